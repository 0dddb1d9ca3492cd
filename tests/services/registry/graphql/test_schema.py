from pathlib import Path

from services.registry.graphql.schema import sdl

COMMITTED = Path(__file__).parents[4] / "docs" / "graphql.graphql"


def test_the_committed_schema_is_the_codes() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == sdl(), "run `routeyard schema export`"


def test_nothing_in_it_shows_a_secret() -> None:
    for word in ("digest", "verifier", "pepper", "credential"):
        assert word not in sdl()
