"""What docs/guides/tenants.md shows can be run."""

import re
import shlex
from pathlib import Path

import pytest

from tests.services.registry.graphql.tenants.conftest import Shell

GUIDE = (Path(__file__).parents[5] / "docs" / "guides" / "tenants.md").read_text(encoding="utf-8")
RULES = re.findall(r"`(overrides set .*?)` \|", GUIDE)
COMMANDS = re.findall(r"^routeyard ([a-z ]+) ([a-z|]+)$", GUIDE, re.MULTILINE)
FILES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


async def test_its_files_are_applied_once(shell: Shell, tmp_path: Path) -> None:
    for number, text in enumerate(FILES):
        (tmp_path / f"{number}.yaml").write_text(text, encoding="utf-8")
    assert FILES
    assert "8 to create" in await shell.say("apply", "-f", str(tmp_path), "--yes")
    assert "Nothing to do" in await shell.say("apply", "-f", str(tmp_path), "--prune")


async def test_its_rules_are_of_every_kind_and_taken(shell: Shell) -> None:
    await shell.say("projects", "create", "web", "--tenant", "acme", "--name", "Web")
    await shell.say("tenants", "classes", "define", "TRIAL", "--name", "Trial")
    kinds = set()
    for command in RULES:
        words = shlex.split(command)
        kinds.add(words[3])
        assert "Would change" in await shell.say(*words, "--reason", "r", "--dry-run")
    assert kinds == {"allow", "deny", "pin", "prefer", "weight", "alias", "profile", "limit"}


@pytest.mark.parametrize(
    "command", re.findall(r"^routeyard ([a-z ]+) ([a-z|]+)$", GUIDE, re.MULTILINE)
)
async def test_its_commands_are_there(shell: Shell, command: tuple[str, str]) -> None:
    group, names = command
    listed = await shell.say(*group.split(), "--help")
    for name in names.split("|"):
        assert f"│ {name} " in listed
