"""The commands, as a shell runs them."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from routeyard.domain.authority import public_keys
from routeyard.wire.signature import Signer
from tests.services.registry.graphql.conftest import environment

GROUPS = [
    "registry",
    "migrate",
    "bootstrap",
    "topics",
    "dead-letters",
    "keys",
    "sources",
    "tenants",
]


def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    bare = {k: v for k, v in os.environ.items() if not k.startswith("ROUTEYARD_")}
    return subprocess.run(
        [sys.executable, "-m", "routeyard.cli", *arguments],
        env=bare | dict(env or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_help_lists_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in GROUPS:
        assert name in done.stdout
    assert "Example" in run("topics", "plan", "--help").stdout


def test_a_fault_is_one_sentence_and_status_one() -> None:
    done = run("migrate")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        "The settings are not usable: ROUTEYARD_DATABASE_URL is missing. See docs/settings.md."
    )


def test_with_json_it_is_an_object() -> None:
    done = run("topics", "plan", "--json", env={"ROUTEYARD_KAFKA": "127.0.0.1:1"})
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert (error["code"], "127.0.0.1:1" in error["message"]) == ("unavailable", True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("dead-letters", "list"),
        ("keys", "revoke", "x", "--reason", "leaked"),
        ("tenants", "create", "x", "--name", "X"),
    ],
)
def test_a_registry_that_is_away_is_told(arguments: tuple[str, ...]) -> None:
    env = {"ROUTEYARD_REGISTRY_URL": "http://127.0.0.1:1", "ROUTEYARD_KEY": "ry_x"}
    done = run(*arguments, env=env)
    assert done.returncode == 1
    assert "http://127.0.0.1:1 does not answer" in done.stderr


def test_a_database_is_set_up_once(database: str) -> None:
    env = environment(database)
    assert json.loads(run("migrate", "--json", env=env).stdout)["before"] is None
    first = run("bootstrap", "--json", env=env)
    assert json.loads(first.stdout).keys() == {"admin", "service", "tenant"}
    again = run("bootstrap", "--json", env=env)
    assert (again.returncode, json.loads(again.stdout)) == (0, {})
    assert "--reissue" in again.stderr
    assert len(json.loads(run("bootstrap", "--json", "--reissue", env=env).stdout)) == 3


def test_a_key_pair_is_made_and_the_private_half_kept_from_others(tmp_path: Path) -> None:
    file = tmp_path / "acme.pem"
    made = json.loads(run("sources", "keygen", "--out", str(file), "--json").stdout)
    assert made == {"public_key": made["public_key"], "private_key_file": str(file)}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(public_keys(made["public_key"])) == 1
    Signer.of_pem(file.read_bytes())

    before = file.read_bytes()
    again = run("sources", "keygen", "--out", str(file))
    assert (again.returncode, file.read_bytes()) == (1, before)
    assert "is there already; name a new file" in again.stderr


def test_without_a_file_both_halves_are_printed() -> None:
    lines = run("sources", "keygen").stdout.splitlines()
    assert lines[0] == "-----BEGIN PRIVATE KEY-----"
    assert lines[-1].startswith("public key: ")


def test_a_key_is_either_given_or_forgotten() -> None:
    done = run(
        *("sources", "register", "acme", "--rank", "5", "--type", "routeyard.model.released.v1"),
        *("--public-key", "x", "--unsigned"),
    )
    assert (done.returncode, "either --public-key or --unsigned" in done.stderr) == (1, True)


def test_the_access_rules_are_printed_for_a_shell_and_for_programs() -> None:
    arguments = ("topics", "acls", "--principal", "router=User:r-1")
    env = {"ROUTEYARD_NAMESPACE": "staging", "ROUTEYARD_KAFKA": "kafka:9092"}
    lines = run(*arguments, env=env).stdout.splitlines()
    assert all(line.startswith("kafka-acls.sh --bootstrap-server kafka:9092 ") for line in lines)
    rules = json.loads(run(*arguments, "--json", env=env).stdout)
    assert {
        "principal": "User:r-1",
        "resource": "topic",
        "name": "staging.credential.v1",
        "pattern": "literal",
        "operation": "Read",
    } in rules
    refused = run("topics", "acls", "--principal", "router=User:*", env=env)
    assert (refused.returncode, "would allow everybody" in refused.stderr) == (1, True)
