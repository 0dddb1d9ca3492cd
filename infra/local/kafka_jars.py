"""The jars of Apache Kafka, fetched by Maven once for each user and version."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from infra.local.errors import StackError
from infra.local.folders import cache_dir, exclusive

POM = Path(__file__).parents[1] / "kafka" / "pom.xml"
FETCH_DEADLINE_S = 600


def kafka_jars() -> Path:
    """The folder with the jars that the pom names; StackError when they cannot be fetched."""
    version = hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    jars = cache_dir() / f"kafka-{version}"
    # Parallel callers wait here, so that Maven fetches once.
    with exclusive(cache_dir() / f"kafka-{version}.lock"):
        if not jars.is_dir():
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    with tempfile.TemporaryDirectory(dir=jars.parent) as draft:
        _copy_dependencies(Path(draft) / "jars")
        (Path(draft) / "jars").replace(jars)


def _copy_dependencies(folder: Path) -> None:
    if shutil.which("mvn") is None:
        raise StackError("Maven (mvn) is not on PATH: install it, or name a broker to use.")
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    argv = ("mvn", "--quiet", "--batch-mode", "--file", str(POM), *goal)
    done = subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=FETCH_DEADLINE_S,
    )
    if done.returncode != 0:
        raise StackError(f"Maven could not fetch Apache Kafka: {done.stdout[-1000:]}")
