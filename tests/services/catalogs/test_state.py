from pathlib import Path

import pytest

from routeyard.domain.errors import InvalidCatalog, Unavailable
from services.registry.catalogs import state


def test_what_was_written_is_read(tmp_path: Path) -> None:
    state.write(tmp_path / "new", "models-dev", {"a": "1", "ü b": "2"})
    assert state.read(tmp_path / "new", "models-dev") == {"a": "1", "ü b": "2"}
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["models-dev.json"]


def test_before_the_first_run_nothing_is_known(tmp_path: Path) -> None:
    assert state.read(tmp_path, "models-dev") == {}


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"version": 1}', b'{"version": 2, "facts": {}}', b"\xff", b"[]"]
)
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "models-dev.json").write_bytes(content)
    with pytest.raises(InvalidCatalog, match=r"delete it, or run with --full"):
        state.read(tmp_path, "models-dev")


def test_a_write_that_fails_leaves_the_old_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.write(tmp_path, "x", {"a": "1"})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        state.write(tmp_path, "x", {"a": "2"})
    assert state.read(tmp_path, "x") == {"a": "1"}
    assert [each.name for each in tmp_path.iterdir()] == ["x.json"]
