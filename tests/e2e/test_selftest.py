"""`routeyard selftest`: the embedded stack with all packaged catalogs, as a person would run it."""

import json
import subprocess
import sys

import pytest


@pytest.mark.timeout(240)
def test_the_embedded_stack_proves_itself_in_one_line() -> None:
    done = subprocess.run(
        (sys.executable, "-m", "routeyard.cli", "selftest", "--json"),
        capture_output=True,
        text=True,
        check=False,
        timeout=230,
    )

    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert report["ok"] is True
    assert report["models"] >= 1000
    assert report["offerings"] >= 3000
    assert report.keys() == {
        "ok",
        "models",
        "offerings",
        "ingest_s",
        "propagation_ms",
        "resolve_us",
    }
