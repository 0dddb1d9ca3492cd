from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra.local.cli import register
from infra.local.commands import run_routeyard
from infra.local.errors import StackError


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


@pytest.mark.parametrize("command", ["up", "status", "selftest"])
def test_each_command_has_examples_in_its_help(app: typer.Typer, command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert f"Examples: routeyard {command}" in shown.output


def test_status_without_a_stack_says_how_to_start_one(app: typer.Typer, tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["status", "--data-dir", str(tmp_path)])
    assert shown.exit_code == 1
    assert shown.output.startswith("error: There is no stack in")


def test_a_command_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"`routeyard no-such-command` failed with status \d"):
        run_routeyard(["no-such-command"], {})


def test_a_command_that_takes_too_long_is_ended() -> None:
    with pytest.raises(StackError, match="`routeyard status` did not finish in 0 s"):
        run_routeyard(["status"], {}, deadline_s=0.0)
