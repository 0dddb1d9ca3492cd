"""The commands, as a shell runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

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
        ("keys", "revoke", "x"),
        ("tenants", "register", "x", "--name", "X"),
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
