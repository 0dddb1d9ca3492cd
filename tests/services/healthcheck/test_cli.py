import json

import pytest
import typer
from typer.testing import CliRunner

from routeyard.domain.errors import InvalidRequest, InvalidSettings
from routeyard.domain.events import Event, HealthDeclared
from routeyard.domain.health import HealthState
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.record import Position
from services.healthcheck import declare
from services.healthcheck.cli import register
from services.healthcheck.declare import event_of, kafka_of
from tests.builders import at


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Event, KafkaSettings]]:
    taken: list[tuple[Event, KafkaSettings]] = []

    async def publish(event: Event, settings: KafkaSettings) -> Position:
        taken.append((event, settings))
        return Position("routeyard.endpoint-health.v1", 3, 7)

    monkeypatch.setattr(declare, "publish", publish)
    monkeypatch.setenv("ROUTEYARD_KAFKA", "broker:1")
    monkeypatch.setenv("ROUTEYARD_NAMESPACE", "mine")
    return taken


def test_a_declaration_is_published_with_what_was_said(
    app: typer.Typer, published: list[tuple[Event, KafkaSettings]]
) -> None:
    arguments = ["my-vllm", "unhealthy", "--zone", "eu", "--ttl", "60", "--reason", "GPU", "--json"]
    done = CliRunner().invoke(app, ["health", "declare", *arguments])
    assert done.exit_code == 0, done.output
    [(event, settings)] = published
    said = HealthDeclared(
        endpoint="my-vllm", state=HealthState.UNHEALTHY, zone="eu", ttl_s=60, reason="GPU"
    )
    assert (event.data, event.source) == (said, "dev")
    assert (settings.bootstrap, settings.namespace) == ("broker:1", "mine")
    told = json.loads(done.output)
    assert (told["id"], told["state"], told["partition"], told["offset"]) == (
        event.id,
        "unhealthy",
        3,
        7,
    )


def test_people_are_told_in_a_sentence(
    app: typer.Typer, published: list[tuple[Event, KafkaSettings]]
) -> None:
    done = CliRunner().invoke(app, ["health", "declare", "e", "healthy", "--source", "ops"])
    assert done.output == "Declared e healthy for 300 s, as ops.\n"
    assert published[0][0].source == "ops"


def test_a_state_that_is_none_is_refused(app: typer.Typer) -> None:
    done = CliRunner().invoke(app, ["health", "declare", "e", "sleepy"])
    assert done.exit_code == 2


def test_what_the_consumer_would_refuse_is_not_published() -> None:
    said = HealthDeclared(endpoint="e", state=HealthState.HEALTHY, ttl_s=0)
    with pytest.raises(InvalidRequest, match="ttl_s"):
        event_of(said, "dev", at)


def test_wrong_variables_are_told() -> None:
    with pytest.raises(InvalidSettings, match="SECURITY"):
        kafka_of({"ROUTEYARD_KAFKA": "b:1", "ROUTEYARD_KAFKA_SECURITY": "none"})
