import stat
from pathlib import Path

from infra.local.account import open_tree, open_way_to


def test_the_way_is_opened_for_passing_through_and_not_for_listing(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    closed.chmod(0o700)
    (closed / "data").chmod(0o700)
    open_way_to(closed / "data")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o701
    assert stat.S_IMODE((closed / "data").stat().st_mode) == 0o700


def test_a_tree_is_opened_for_reading_and_its_programs_for_running(tmp_path: Path) -> None:
    program, text = tmp_path / "program", tmp_path / "text"
    for path, mode in ((program, 0o700), (text, 0o600)):
        path.touch()
        path.chmod(mode)
    open_tree(tmp_path)
    assert stat.S_IMODE(program.stat().st_mode) == 0o705
    assert stat.S_IMODE(text.stat().st_mode) == 0o604
