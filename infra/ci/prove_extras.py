"""Install the wheel with one extra alone, and show what is not there and what runs without it.

Import contracts see the project's own imports only; that no dependency brings SQL to a router is
shown by an environment in which SQL is not installed.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SQL_AND_GRAPHQL = ("sqlmodel", "sqlalchemy", "psycopg", "alembic", "strawberry")
CHECK = """
import importlib, importlib.util, sys
absent, present = (names.split(",") for names in sys.argv[1:])
found = [name for name in absent if importlib.util.find_spec(name)]
if found:
    sys.exit("installed, but must not be: " + ", ".join(found))
for name in present:
    importlib.import_module(name)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An extra ("" for none), what it must not bring, and what must import with it alone."""

    extra: str
    absent: tuple[str, ...]
    present: tuple[str, ...]


PROOFS = (
    Proof(
        extra="",
        absent=("pydantic", "faststream", "aiokafka", "starlette", *SQL_AND_GRAPHQL),
        present=("routeyard.domain.resolver",),
    ),
    Proof(
        extra="router",
        absent=("aiohttp", "cryptography", "joserfc", *SQL_AND_GRAPHQL),
        present=("services.router.app", "routeyard.wire.signature", "routeyard.guard.secret"),
    ),
    Proof(extra="healthcheck", absent=SQL_AND_GRAPHQL, present=("services.healthcheck.app",)),
)


def main() -> int:
    """Check every proof; the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        failures = [fault for proof in PROOFS if (fault := check(proof, wheel, Path(folder)))]
    for fault in failures:
        print(fault, file=sys.stderr)
    return 1 if failures else 0


def build_wheel(folder: Path) -> Path:
    """The project's wheel, built with the backend of the lock."""
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)])
    return next(folder.glob("*.whl"))


def check(proof: Proof, wheel: Path, folder: Path) -> str | None:
    """What is wrong with ``proof``, or None."""
    name = f"routeyard[{proof.extra}]" if proof.extra else "routeyard"
    environment = folder / (proof.extra or "none")
    python = environment / "bin" / "python"
    uv = os.environ.get("UV", "uv")
    run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
    install = (uv, "pip", "install", "--quiet", "--python", str(python))
    lock = ("--constraint", str(ROOT / "requirements.lock"))
    run([*install, *lock, f"{name} @ {wheel.as_uri()}"])
    arguments = (CHECK, ",".join(proof.absent), ",".join(proof.present))
    done = subprocess.run(
        (str(python), "-I", "-c", *arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"{name} alone: {'kept' if done.returncode == 0 else 'BROKEN'}")
    return None if done.returncode == 0 else f"{name} alone: {done.stderr.strip()}"


def run(argv: Sequence[str]) -> None:
    """Run ``argv`` in the project's folder; its output is shown when it fails."""
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"`{' '.join(argv)}` failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
