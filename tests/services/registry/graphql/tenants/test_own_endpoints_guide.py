"""What docs/guides/own-endpoints.md shows can be run, in its order."""

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from routeyard.wire.probe import ProbeAsk, ProbeResult
from services.healthcheck import asks, look, prober
from services.registry import app as registry_app
from services.registry.commands.endpoints import MOST_OF_A_TENANT
from services.registry.commands.trials import MOST_WAIT_S, SILENT
from services.registry.probes import Probes
from tests.builders import NOON
from tests.services.registry.graphql.tenants.conftest import Shell

GUIDE = (Path(__file__).parents[5] / "docs" / "guides" / "own-endpoints.md").read_text("utf-8")
COMMANDS = [shlex.split(line)[1:] for line in GUIDE.splitlines() if line.startswith("routeyard ")]
FOR_ADMINS = ("tenants", "enable", "disable")


class Resolver:
    """Names as they are on no machine."""

    async def __call__(self, _: str) -> Sequence[str]:
        return ("93.184.216.34",)


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_app, "SystemResolver", Resolver)


async def _seen(_: Probes, ask: ProbeAsk) -> ProbeResult:
    return ProbeResult(ask=ask.id, endpoint=ask.endpoint.id, zone="z", at=NOON, status=200)


async def test_its_commands_run_one_after_the_other(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Probes, "wait", _seen)
    monkeypatch.chdir(tmp_path)
    (models,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "models.json").write_text(models, encoding="utf-8")
    (tmp_path / "new.key").write_text("next", encoding="utf-8")
    shell.variables |= {"GPU_KEY": "first", "OPENAI_API_KEY": "second"}
    assert len(COMMANDS) == 9
    for words in COMMANDS:
        is_admins = any(word in FOR_ADMINS for word in words[:2])
        await shell.say(*words, key="admin" if is_admins else "tenant")


async def test_its_mutation_is_taken(shell: Shell) -> None:
    (mutation,) = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)
    done = await shell.registry.ask(mutation, "tenant", secret="s")
    changed = {each["id"] for each in done["registerEndpoint"]["changes"]}
    assert {"acme/pool", "@acme/contracts-ft"} <= changed


def test_its_reasons_and_bounds_are_those_that_are_told() -> None:
    named = re.findall(r"`([a-z][^`…;]+)", GUIDE)
    for reason in (look.NO_KEY, asks.BUSY, asks.TIMED_OUT, prober.REFUSED_SECRET, SILENT):
        assert [each for each in named if reason.startswith(each)], reason
    assert f"at most {MOST_OF_A_TENANT}." in GUIDE
    assert f"at most {MOST_WAIT_S} seconds" in GUIDE
    assert json.loads(re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)[0])
