import json
from pathlib import Path

import pytest

from routeyard.domain.errors import InvalidSettings
from routeyard.runtime.stackfile import StackFile

WRITTEN = {
    "registry": "http://127.0.0.1:8470",
    "routers": ["http://127.0.0.1:8480", "http://127.0.0.1:8481"],
    "healthcheck": "http://127.0.0.1:8490",
    "kafka": "127.0.0.1:9092",
    "database": "postgresql://db/routeyard",
    "keys": {"admin": "a", "service": "s", "tenant": "t"},
    "ports": {"registry": 8470},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    return tmp_path


def write(folder: Path, content: str = json.dumps(WRITTEN)) -> Path:
    file = folder / ".routeyard" / "stack.json"
    file.parent.mkdir()
    file.write_text(content, encoding="utf-8")
    return file


def test_it_is_found_upwards(folder: Path) -> None:
    write(folder)
    stack = StackFile.find({})
    assert (stack.kafka, stack.database) == (WRITTEN["kafka"], WRITTEN["database"])
    assert (stack.registry, stack.healthcheck) == (WRITTEN["registry"], WRITTEN["healthcheck"])
    assert list(stack.routers) == WRITTEN["routers"]
    assert stack.keys == WRITTEN["keys"]


def test_a_variable_names_another_file(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert StackFile.find({"ROUTEYARD_STACK": str(write(elsewhere))}).kafka == WRITTEN["kafka"]


def test_variables_win_over_the_file(folder: Path) -> None:
    write(folder)
    stack = StackFile.find(
        {
            "ROUTEYARD_REGISTRY_URL": "https://registry/",
            "ROUTEYARD_ROUTER_URL": "https://one, https://two/",
            "ROUTEYARD_KAFKA": "kafka:1",
            "ROUTEYARD_KEY": "mine",
        }
    )
    assert (stack.registry, stack.routers) == ("https://registry", ("https://one", "https://two"))
    assert (stack.kafka, set(stack.keys.values())) == ("kafka:1", {"mine"})
    assert stack.healthcheck == WRITTEN["healthcheck"]


def test_without_a_stack_it_says_how_to_start_one(folder: Path) -> None:
    with pytest.raises(InvalidSettings, match="`make up`"):
        StackFile.find({})


@pytest.mark.parametrize("name", ["kafka", "database", "routers", "healthcheck", "keys"])
def test_what_nobody_gave_is_asked_for_when_it_is_needed(folder: Path, name: str) -> None:
    stack = StackFile.find({"ROUTEYARD_REGISTRY_URL": "https://registry"})
    assert stack.registry == "https://registry"
    with pytest.raises(InvalidSettings, match="needs a running stack"):
        getattr(stack, name)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"keys": 7}', "\udcff"])
def test_a_damaged_file_is_told(folder: Path, content: str) -> None:
    file = write(folder, "")
    file.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InvalidSettings, match="damaged"):
        StackFile.find({})


def test_a_file_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read"):
        StackFile.find({"ROUTEYARD_STACK": "nowhere.json"})
