"""What docs/guides/policies.md shows can be run, and is all there is."""

import re
from pathlib import Path

import yaml

from routeyard.domain.policies.condition import VARIABLES
from routeyard.domain.policies.policy import Rule
from routeyard.domain.policies.written import Expect, Given
from services.registry.policies.cli import EXAMPLES
from services.registry.policies.text import Written, read
from tests.domain.policies.legal import EXAMPLES as FOLDER
from tests.services.registry.graphql.tenants.conftest import Shell

GUIDE = (Path(__file__).parents[5] / "docs" / "guides" / "policies.md").read_text(encoding="utf-8")
LEGAL = FOLDER / "enterprise-legal.yaml"
(DOCUMENT,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def test_its_document_is_the_example_and_its_sentence_is_the_projects() -> None:
    shown, kept = (yaml.safe_load(text) for text in (DOCUMENT, LEGAL.read_text(encoding="utf-8")))
    for each in (shown, kept):
        del each["spec"]["tests"]
    assert shown == kept
    sentence = re.sub(r"\s+", " ", " ".join(re.findall(r"^> (.*)$", GUIDE, re.MULTILINE)))
    written = re.sub(r"\s*#\s*", " ", LEGAL.read_text(encoding="utf-8").partition("apiVersion")[0])
    assert sentence == written.strip()


async def test_its_document_stands_over_the_graph_beside_it(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "legal.yaml").write_text(DOCUMENT, encoding="utf-8")
    graph = FOLDER.parent / "graphs" / "law-firm.yaml"

    found = await shell.json("policy", "test", str(tmp_path / "legal.yaml"), "--graph", str(graph))
    assert [each["passed"] for each in found["tests"]] == [True]


def test_every_variable_and_field_is_in_it() -> None:
    words = set(re.findall(r"[a-z_.]+", GUIDE))

    assert set(VARIABLES) <= words
    assert set(Rule.__struct_fields__) - {"name"} <= words
    assert set(Given.__struct_fields__) | set(Expect.__struct_fields__) <= words


def test_what_it_shows_of_lint_is_what_lint_says() -> None:
    told = re.search(r"^legal\.yaml:(\d+):(\d+): error (.*)$", GUIDE, re.MULTILINE)
    found = read(LEGAL.read_text(encoding="utf-8").replace("tenant.class ==", "tenant.clas =="))

    assert told is not None
    assert not isinstance(found, Written)
    assert found == [(int(told[1]), int(told[2]), told[3])]


async def test_its_commands_are_all_there_are(shell: Shell) -> None:
    (named,) = re.findall(r"^routeyard policy ([a-z|]+)$", GUIDE, re.MULTILINE)

    assert set(named.split("|")) == set(EXAMPLES)
    listed = await shell.say("policy", "--help")
    for name in EXAMPLES:
        assert f"│ {name} " in listed
