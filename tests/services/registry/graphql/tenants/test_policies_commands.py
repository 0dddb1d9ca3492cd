"""`routeyard policy`: from a file to the version that decides, and back."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.registry.policies import graphs
from tests.domain.policies.legal import EXAMPLES, world
from tests.services.registry.graphql.tenants.conftest import Shell

LEGAL = EXAMPLES / "enterprise-legal.yaml"
GRAPH = EXAMPLES.parent / "graphs" / "law-firm.yaml"
HOME = """apiVersion: routeyard/v1
kind: RoutingPolicy
metadata: {name: home}
spec:
  rules:
    - name: cheap
      prefer: {provider: openai}
  tests:
    - name: openai serves
      given: {}
      expect: {provider: openai}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return written(tmp_path, HOME)


def written(folder: Path, text: str, name: str = "home.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


async def test_lint_needs_nothing_but_the_file(shell: Shell, tmp_path: Path) -> None:
    assert "enterprise-legal is in order" in await shell.say("policy", "lint", str(LEGAL))
    bad = written(tmp_path, LEGAL.read_text().replace("tenant.class ==", "tenant.clas =="))
    done = await shell.run("policy", "lint", str(bad))

    assert done.exit_code == 1
    assert f"{bad}:8:16: error match: nothing is called tenant.clas here" in done.stdout
    assert shell.posts == 0


async def test_lint_tells_programs_what_it_tells_people(shell: Shell, tmp_path: Path) -> None:
    bad = written(tmp_path, HOME.replace("prefer", "prefers"))
    done = await shell.run("policy", "lint", str(bad), str(LEGAL), "--json")
    wrong, right = json.loads(done.stdout)

    assert wrong["errors"] == [
        {
            "line": 7,
            "column": 7,
            "message": "prefers: there is no field 'prefers' here: did you mean prefer?",
        }
    ]
    assert right["errors"] == []


async def test_tests_run_over_a_graph_in_a_file(shell: Shell, tmp_path: Path) -> None:
    found = await shell.json("policy", "test", str(LEGAL), "--graph", str(GRAPH))
    assert [each["passed"] for each in found["tests"]] == [True] * 4
    wrong = written(tmp_path, LEGAL.read_text().replace("latency_ms: 2001", "latency_ms: 1999"))
    done = await shell.run("policy", "test", str(wrong), "--graph", str(GRAPH))

    assert done.exit_code == 1
    assert done.stdout.count("passes") == 3
    assert shell.posts == 0


async def test_a_graph_is_written_and_found_again(tmp_path: Path) -> None:
    graph = world().graph
    graphs.write(tmp_path / "graph.json", graph)

    assert graphs.read(tmp_path / "graph.json").checksum == graph.checksum


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cannot be read as a graph"),
        ("a: b", "it has no `entities`"),
        ("entities: {modl: []}", "no entities of kind 'modl'"),
        ("entities: {model: [{id: 3}]}", "one model is none"),
    ],
)
async def test_a_file_that_holds_no_graph_is_refused(
    shell: Shell, tmp_path: Path, text: str, sentence: str
) -> None:
    file = written(tmp_path, text, "graph.yaml")

    assert sentence in await shell.fault("policy", "test", str(LEGAL), "--graph", str(file))
    assert "cannot be read" in await shell.fault("policy", "lint", str(tmp_path / "nothing"))


async def test_a_version_goes_from_a_file_to_deciding_and_back(shell: Shell, home: Path) -> None:
    assert (await shell.json("policy", "test", str(home)))["tests"][0]["passed"]
    for _ in range(2):
        done = await shell.json("policy", "publish", str(home), "--reason", "cheap")
    assert done["changes"][0]["id"] == "home@2"
    await shell.say("policy", "activate", "home", "1", "--reason", "first")
    await shell.say("policy", "shadow", "home", "--reason", "a week")
    await shell.say("policy", "activate", "home", "2", "--reason", "no surprises")
    listed = await shell.json("policy", "list", "--name", "home")
    assert {each["id"]: each["state"] for each in listed} == {
        "home@1": "RETIRED",
        "home@2": "ACTIVE",
    }
    rehearsed = await shell.say("policy", "rollback", "home", "--reason", "slow", "--dry-run")
    assert "Would change" in rehearsed
    await shell.say("policy", "rollback", "home", "--reason", "too slow")
    (active,) = await shell.json("policy", "list", "--state", "active")
    assert (active["id"], active["reason"]) == ("home@1", "too slow")
    assert "decided before" in await shell.fault("policy", "rollback", "home", "--reason", "x")
    await shell.say("policy", "retire", "home", "--reason", "over")
    assert await shell.json("policy", "list", "--state", "active") == []


async def test_a_version_is_shown_and_its_document_as_it_was_written(
    shell: Shell, home: Path
) -> None:
    await shell.say("policy", "publish", str(home), "--reason", "cheap", "--tenant", "acme")

    shown = await shell.say("policy", "show", "home", "--tenant", "acme")
    assert "acme/home@1 is draft" in shown
    assert "prefers" in shown
    document = await shell.say("policy", "show", "home", "--tenant", "acme", "--document")
    assert document == HOME
    assert "no such policy" in await shell.fault("policy", "show", "home")


async def test_what_is_wrong_is_told_when_it_is_published(shell: Shell, tmp_path: Path) -> None:
    bad = written(tmp_path, HOME.replace("expect: {provider: openai}", "expect: {provider: acme}"))
    said = await shell.fault("policy", "publish", str(bad), "--reason", "r")

    assert said.startswith("9:7: the test 'openai serves' fails: provider acme is expected")
    done = await shell.run("policy", "publish", str(bad), "--reason", "r", "--dry-run")
    assert done.exit_code == 1
    assert "It would be refused" in done.stdout
    done = await shell.run("policy", "test", str(bad))
    assert done.exit_code == 1
    assert "fails" in done.stdout


async def test_what_may_not_be_meant_is_told_and_taken(shell: Shell, tmp_path: Path) -> None:
    doubtful = written(
        tmp_path, HOME.replace("{provider: openai}\n  tests", "{provider: opnai}\n  tests")
    )
    done = await shell.json("policy", "publish", str(doubtful), "--reason", "r")

    assert done["warnings"] == ["7:26: there is no provider 'opnai': did you mean openai?"]


async def test_a_difference_shows_rules_and_decisions_that_move(
    shell: Shell, tmp_path: Path, home: Path
) -> None:
    await shell.say("policy", "publish", str(home), "--reason", "one")
    rule = "    - {name: fixed, require: {min_context: 100000}}\n  tests"
    other = written(tmp_path, HOME.replace("  tests", rule), "other.yaml")
    await shell.say("policy", "publish", str(other), "--reason", "two")
    found: dict[str, Any] = await shell.json("policy", "diff", "home", "1", "2")

    assert [(each["rule"], each["change"]) for each in found["rules"]] == [("fixed", "ADDED")]
    assert found["cases"] > 0
    shown = await shell.say("policy", "diff", "home", "1", "2")
    assert "fixed (added)" in shown
    assert "are answered otherwise" in shown
    assert "no such versions" in await shell.fault("policy", "diff", "home", "1", "7")
    assert "two files and a --graph" in await shell.fault("policy", "diff", "home")


async def test_two_files_are_compared_over_a_graph(shell: Shell, tmp_path: Path) -> None:
    later = LEGAL.read_text().replace(
        "fallback: [mistral/mistral-large-3]", "fallback: [meta-llama/llama-4]"
    )
    other = written(tmp_path, later)
    found = await shell.json("policy", "diff", str(LEGAL), str(other), "--graph", str(GRAPH))

    assert found["rules"][0]["parts"][0]["field"] == "fallback"
    assert any(each["isElsewhere"] for each in found["moves"])
    assert shell.posts == 0


async def test_a_tenants_admin_publishes_the_tenants_own(shell: Shell, home: Path) -> None:
    done = await shell.json("policy", "publish", str(home), "--reason", "ours", key="tenant")
    assert done["changes"][0]["id"] == "acme/home@1"
    assert (await shell.run("policy", "publish", str(home), "--reason", "x", key="user")).exit_code


@pytest.mark.parametrize(
    "command",
    ["lint", "test", "diff", "publish", "shadow", "activate", "rollback", "retire", "list"],
)
async def test_help_has_examples(shell: Shell, command: str) -> None:
    assert f"Examples: routeyard policy {command}" in await shell.say("policy", command, "--help")
