"""`routeyard endpoints …` against a registry."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from routeyard.domain.errors import InvalidRequest
from routeyard.servers.discover import Answers
from routeyard.servers.kinds import Server
from routeyard.wire.probe import ProbeAsk, ProbeResult
from services.registry import app as registry_app
from services.registry.endpoints import secrets
from services.registry.endpoints.secrets import From
from services.registry.probes import Probes
from tests.builders import NOON
from tests.services.registry.graphql.tenants.conftest import Shell

CANARY = "canary-41ce77"
COMMANDS = (
    "list",
    "show",
    "register",
    "update",
    "rotate-secret",
    "deregister",
    "test",
    "enable",
    "disable",
)
GPU = ("endpoints", "register", "gpu", "--url", "https://gpu.example/v1", "--server", "vllm")
WITH_KEY = ("--key-env", "GPU_KEY")


class Resolver:
    """Names as they are on no machine."""

    async def __call__(self, _: str) -> Sequence[str]:
        return ("93.184.216.34",)


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_app, "SystemResolver", Resolver)


@pytest.fixture
def own(shell: Shell) -> Shell:
    shell.variables["GPU_KEY"] = CANARY
    return shell


async def version(shell: Shell, endpoint: str = "acme/gpu") -> int | None:
    found = await shell.json("endpoints", "show", endpoint)
    return found["secretVersion"] if found["hasSecret"] else None


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_has_an_example(shell: Shell, command: str) -> None:
    words = (await shell.say("endpoints", command, "--help")).replace("│", " ").split()
    assert f"routeyard endpoints {command} " in " ".join(words)


@pytest.mark.parametrize("command", COMMANDS)
async def test_no_command_takes_a_secret_on_its_command_line(shell: Shell, command: str) -> None:
    told = await shell.say("endpoints", command, "--help")
    options = {word for word in told.split() if word.startswith("--")}
    assert not {option for option in options if "secret" in option} - {"--with-secret"}
    for option in ("--secret", "--key", "--token", "--api-key"):
        done = await shell.run("endpoints", command, "x", option, CANARY)
        assert (done.exit_code, shell.posts) == (2, 0)


async def test_an_endpoint_is_set_up_shown_changed_and_taken_down(own: Shell) -> None:
    rehearsed = await own.json(*GPU, *WITH_KEY, "--dry-run", key="tenant")
    assert [each["id"] for each in rehearsed["changes"]] == ["acme/gpu"]
    assert "There is no endpoint" in await own.fault("endpoints", "show", "acme/gpu", key="tenant")
    made = await own.say(
        *GPU, *WITH_KEY, "--hosting", "on_prem", "--residency", "EU", "--zone", "cage", key="tenant"
    )
    assert "endpoint acme/gpu" in made
    shown = await own.json("endpoints", "show", "acme/gpu", key="tenant")
    assert (shown["owner"], shown["hosting"], shown["residency"]) == ("acme", "ON_PREM", ["EU"])
    assert (shown["zones"], shown["server"], shown["secretVersion"]) == (["cage"], "VLLM", 1)
    written = await own.say("endpoints", "show", "acme/gpu", key="tenant")
    assert "secret, version 1" in written
    assert "tenant acme" in written
    await own.say("endpoints", "update", "acme/gpu", "--residency", "DE", key="tenant")
    assert (await own.json("endpoints", "show", "acme/gpu"))["residency"] == ["DE"]
    done = await own.say(
        "endpoints", "deregister", "acme/gpu", "--reason", "moved", "--dry-run", key="tenant"
    )
    assert "removed" in done
    assert await version(own) == 1
    await own.say("endpoints", "deregister", "acme/gpu", "--reason", "moved", key="tenant")
    assert "There is no endpoint" in await own.fault("endpoints", "show", "acme/gpu")


async def test_lists_tell_whose_endpoints_are_and_show_a_tenant_its_own(own: Shell) -> None:
    await own.say(*GPU, *WITH_KEY, key="tenant")
    every = [each["id"] for each in await own.json("endpoints", "list")]
    assert every == ["acme-gpu", "acme/gpu", "openai"]
    found = await own.json("endpoints", "list", "--own")
    assert [each["id"] for each in found if each["id"] != "acme-gpu"] == ["acme/gpu"]
    assert len(await own.json("endpoints", "list", "--first", "2")) == 2
    table = await own.say("endpoints", "list", key="tenant")
    assert "tenant acme" in table
    assert "not enabled" in table
    assert [each["id"] for each in await own.json("endpoints", "list", key="beta")] == ["openai"]


async def test_a_secret_comes_from_a_variable_a_file_or_standard_input(
    own: Shell, tmp_path: Path
) -> None:
    await own.say(*GPU, *WITH_KEY, key="tenant")
    file = tmp_path / "new.key"
    file.write_text(f"{CANARY}-2\n", encoding="utf-8")
    rotate = ("endpoints", "rotate-secret", "acme/gpu")
    await own.say(*rotate, "--key-file", str(file), "--reason", "quarterly", key="tenant")
    assert await version(own) == 2
    piped = await own.say(*rotate, "--key-file", "-", key="tenant", answer=f"{CANARY}-3\n")
    assert await version(own) == 3
    assert "secret_version" in piped
    update = ("endpoints", "update", "acme/gpu", "--url", "https://gpu.example:8443/v1")
    assert "give it again" in await own.fault(*update, key="tenant")
    await own.say(*update, *WITH_KEY, "--header", "x-api-key", key="tenant")
    assert await version(own) == 4
    await own.say("endpoints", "update", "acme/gpu", "--keyless", key="tenant")
    assert await version(own) is None


async def test_nothing_that_is_printed_repeats_a_secret(own: Shell, tmp_path: Path) -> None:
    file = tmp_path / "bad.key"
    file.write_text(f"{CANARY} \n x", encoding="utf-8")
    commands: list[tuple[str, ...]] = [
        (*GPU, "--key-file", str(file)),
        (*GPU, *WITH_KEY, "--header", "host"),
        (*GPU, *WITH_KEY, "--url", "http://169.254.169.254/"),
        (*GPU, *WITH_KEY),
        ("endpoints", "rotate-secret", "acme/none", *WITH_KEY),
        ("endpoints", "rotate-secret", "acme/gpu", *WITH_KEY),
        ("endpoints", "rotate-secret", "acme/gpu", *WITH_KEY, "--json"),
        ("endpoints", "show", "acme/gpu", "--json"),
    ]
    for words in commands:
        done = await own.run(*words, key="tenant")
        fault = getattr(done.exception, "message", "")
        assert CANARY not in done.output + fault + repr(done.exception)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--key-env", "UNSET"), "The variable UNSET is not set"),
        (("--key-env", "EMPTY"), "is no secret in that place"),
        (("--key-env", "GPU_KEY", "--key-file", "-"), "not both"),
        (("--key-file", "/nowhere/at/all"), "cannot be read"),
        ((), "Give the secret with --key-env"),
        (("--key-env", "GPU_KEY", "--models", "/nowhere/at/all"), "is no JSON"),
        (("--keyless", "--key-env", "GPU_KEY"), "not both"),
    ],
)
async def test_what_is_missing_is_told_in_a_sentence(
    own: Shell, more: tuple[str, ...], said: str
) -> None:
    own.variables["EMPTY"] = ""
    assert said in await own.fault(*GPU, *more, key="tenant")


async def test_what_is_declared_comes_from_a_file(own: Shell, tmp_path: Path) -> None:
    models = tmp_path / "models.json"
    models.write_text('[{"nativeId": "ours", "context": 4096}]', encoding="utf-8")
    await own.say(*GPU, *WITH_KEY, "--models", str(models), key="tenant")
    shown = await own.json("endpoints", "show", "acme/gpu", key="tenant")
    (offering,) = shown["offerings"]["nodes"]
    assert (offering["modelId"], offering["context"]) == ("@acme/ours", 4096)
    assert "@acme/ours" in await own.say("endpoints", "show", "acme/gpu", key="tenant")
    assert "Nothing is given" in await own.fault("endpoints", "update", "acme/gpu", key="tenant")


async def test_a_platform_admin_sets_up_for_some_and_for_a_tenant(own: Shell) -> None:
    pool = ("endpoints", "register", "pool", "--url", "https://pool.example", "--keyless")
    await own.say(*pool, "--dedicated-to", "acme", "--provider", "inhouse")
    shown = await own.json("endpoints", "show", "pool")
    assert (shown["owner"], shown["dedicatedTo"], shown["provider"]) == (None, ["acme"], "inhouse")
    assert "the platform's, for acme" in await own.say("endpoints", "show", "pool")
    assert "There is no endpoint" in await own.fault("endpoints", "show", "pool", key="beta")
    await own.say(*GPU, *WITH_KEY, "--tenant", "beta")
    assert (await own.json("endpoints", "show", "beta/gpu", key="beta"))["owner"] == "beta"


async def test_what_catalogs_list_is_enabled_and_disabled(own: Shell) -> None:
    own.variables["OPENAI_API_KEY"] = CANARY
    enable = ("endpoints", "enable", "openai", "--key-env", "OPENAI_API_KEY")
    assert "endpoint openai" in await own.say(*enable)
    assert (await own.json("endpoints", "show", "openai"))["isEnabled"] is True
    disable = ("endpoints", "disable", "openai", "--reason", "the contract ended")
    assert (await own.json(*disable))["revision"] > 0
    assert (await own.json("endpoints", "show", "openai"))["isEnabled"] is False
    assert "has no secret" in await own.fault(*disable)
    assert "There is no endpoint" in await own.fault(
        "endpoints", "enable", "none", "--key-env", "OPENAI_API_KEY"
    )


@pytest.mark.parametrize(("reason", "code"), [("", 0), ("the credential is refused", 1)])
async def test_a_test_tells_what_was_seen_and_fails_when_it_is_of_no_use(
    own: Shell, monkeypatch: pytest.MonkeyPatch, reason: str, code: int
) -> None:
    async def wait(_: Probes, ask: ProbeAsk) -> ProbeResult:
        listed = {"data": [{"id": "ours", "owned_by": "vllm"}]}
        return ProbeResult(
            ask=ask.id,
            endpoint=ask.endpoint.id,
            zone="cage",
            at=NOON,
            is_reached=True,
            status=401 if reason else 200,
            latency_ms=12.5,
            reason=reason,
            answers=None if reason else Answers(server=Server.VLLM, listed=listed),
        )

    monkeypatch.setattr(Probes, "wait", wait)
    await own.say(*GPU, *WITH_KEY, key="tenant")
    done = await own.run("endpoints", "test", "acme/gpu", "--wait", "3", key="tenant")
    assert done.exit_code == code
    assert "after 12.5 ms" in done.stdout
    assert (reason or "@acme/ours (its owner's own)") in done.stdout
    told: dict[str, Any] = json.loads(
        (await own.run("endpoints", "test", "acme/gpu", "--json", key="tenant")).stdout
    )
    assert (told["zone"], told["reason"]) == ("cage", reason)
    assert "There is no endpoint" in await own.fault("endpoints", "test", "acme/gpu", key="beta")


def test_where_no_place_is_named_it_is_asked_for_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(secrets, "getpass", lambda _: f" {CANARY} ")
    assert secrets.read(From(), {}) == {"value": CANARY, "scheme": "BEARER"}
    monkeypatch.setattr(secrets, "getpass", lambda _: "")
    with pytest.raises(InvalidRequest, match="empty"):
        secrets.read(From(), {})
