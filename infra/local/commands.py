"""Runs `routeyard ...` as a process of its own, the way a person would."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from infra.local.errors import StackError

LAST_LINES = 20


def run_routeyard(
    arguments: Sequence[str], env: Mapping[str, str], *, deadline_s: float = 120.0
) -> str:
    """Run ``routeyard`` with ``arguments``; what it printed on standard output.

    ``env`` is added to this process's environment. StackError when it fails or takes too long.
    """
    name = f"`routeyard {' '.join(arguments)}`"
    try:
        done = subprocess.run(
            (sys.executable, "-m", "routeyard.cli", *arguments),
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=deadline_s,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{name} did not finish in {deadline_s:g} s.") from error
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()[-LAST_LINES:]
        story = "\n".join(f"  {line}" for line in lines)
        raise StackError(f"{name} failed with status {done.returncode}. Its last lines:\n{story}")
    return done.stdout


def show_routeyard(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Run ``routeyard`` with ``arguments`` on this terminal; its exit status."""
    argv = (sys.executable, "-m", "routeyard.cli", *arguments)
    return subprocess.run(argv, env={**os.environ, **env}, check=False).returncode
