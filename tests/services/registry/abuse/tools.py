"""Two published tools, from an environment of their own (`make abuse-env`), against a registry."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema

ROOT = Path(__file__).parents[4]
PROGRAMS = ROOT / ".abuse" / "bin"
DEADLINE_S = 900
# Words that a stranger would guess first.
WORDS = (
    *("user", "users", "model", "models", "tenant", "tenants", "key", "keys", "endpoint"),
    *("endpoints", "id", "name", "status", "revision", "search", "node", "nodes", "query"),
)


def are_there() -> bool:
    """Whether the environment was made."""
    return (PROGRAMS / "schemathesis").exists()


def schemathesis(url: str, key: str, each: int, seed: int, folder: Path) -> dict[str, Any]:
    """Generated documents for every field, `each` of one, judged by hooks.py."""
    report = folder / "schemathesis.json"
    ran = _run(
        "schemathesis",
        "run",
        str(ROOT / "docs" / "graphql.graphql"),
        f"--url={url}/graphql",
        f"--header=authorization: Bearer {key}",
        "--checks=typed",
        f"--max-examples={each}",
        f"--seed={seed}",
        "--continue-on-failure",
        "--no-shrink",
        "--no-color",
        "--phases=fuzzing",
        "--generation-codec=utf-8",
        f"--report-json-path={report}",
        folder=folder,
    )
    generated = re.search(r"(\d+) generated", ran.stdout)
    return {
        "exit": ran.returncode,
        "cases": int(generated[1]) if generated else 0,
        "said": [line.strip() for line in ran.stdout.splitlines() if line.strip()][-12:],
        "report": json.loads(report.read_text()) if report.exists() else None,
    }


def clairvoyance(url: str, key: str | None, words: Sequence[str], folder: Path) -> dict[str, Any]:
    """What of the schema can be guessed from the errors alone."""
    (folder / "words").write_text("\n".join(words) + "\n")
    found = folder / "found.json"
    found.unlink(missing_ok=True)
    header = [] if key is None else [f"-H=authorization: Bearer {key}"]
    ran = _run(
        "clairvoyance",
        *header,
        f"-w={folder / 'words'}",
        f"-o={found}",
        "-m=1",
        "-c=4",
        f"{url}/graphql",
        folder=folder,
    )
    fields = _fields(json.loads(found.read_text())) if found.exists() else []
    said = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
    return {"exit": ran.returncode, "fields": fields, "said": said[-6:]}


def words_of(schema: GraphQLSchema) -> list[str]:
    """A list that nobody outside has: every name that the schema really holds."""
    names = {
        name
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name in type_.fields
    }
    return sorted({*WORDS, *names})


def _fields(found: Any) -> list[str]:
    types = found.get("data", found).get("__schema", {}).get("types", [])
    return sorted(
        f"{type_['name']}.{field['name']}"
        for type_ in types
        for field in type_.get("fields") or []
        if not type_["name"].startswith("__")
    )


def _run(program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    # Nothing may go anywhere but to this machine, whatever proxies the environment names.
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(
        [str(PROGRAMS / program), *arguments],
        cwd=folder,
        env={
            **clean,
            "NO_COLOR": "1",
            "COLUMNS": "120",
            "PYTHONPATH": str(Path(__file__).parent),
            "SCHEMATHESIS_HOOKS": "hooks",
        },
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )
