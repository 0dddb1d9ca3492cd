"""Write what Ollama's short tags stand for, as its library tells by equal hashes.

    python -m infra.catalogs.build_ollama_tags ollama_library.json.gz

Two tags of one hash are one file, so a short tag means what the longest tag of its hash says.
The library's facts (names and hashes) were listed by MarkWard0110/ollama-models.
"""

import gzip
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from routeyard.domain.identity.ollama import QUANTIZED

WIDTH = 98
TARGET = Path("shared/routeyard/domain/identity/ollama_tags.py")
HEADER = '''"""What the short tags of Ollama's library stand for: family, full tag = its short ones.

Written by infra/catalogs/build_ollama_tags.py from the hashes of Ollama's library (2026-06-20).
"""

TAGS = """
'''
_SIZE = re.compile(r"\d+(?:x\d+)?(?:\.\d+)?[bm]")


def document(library: list[dict[str, Any]]) -> str:
    """The module's text, for the families of a library as listed."""
    lines = [line for family in library for line in _lines(family["name"], family["tags"])]
    return HEADER + "".join(f"{line}\n" for line in sorted(lines)) + '"""\n'


def _lines(family: str, tags: list[dict[str, str]]) -> list[str]:
    hashes: dict[str, list[str]] = defaultdict(list)
    for tag in tags:
        hashes[tag["hash"]].append(tag["name"])
    meant: dict[str, str] = {}
    for names in hashes.values():
        if len(names) > 1 and not all(QUANTIZED.search(name) for name in names):
            full = _full(names)
            meant |= {name: full for name in names if _agrees(name, full)}
    plain = {name: full for name, full in meant.items() if not QUANTIZED.search(name)}
    # Where `7b-chat-q4_0` and `7b-chat-v1.5-q4_0` are two files, only the plain tag is the newer.
    older = {f"{bare}*": bare for bare in _older({tag["name"] for tag in tags} - set(meant), plain)}
    odd = {n: f for n, f in meant.items() if n not in plain and _stripped(n, plain | older) != f}
    by_full: dict[str, list[str]] = defaultdict(list)
    for name, full in (plain | older | odd).items():
        if name != full:
            by_full[full].append(name)
    return [
        line
        for full, names in by_full.items()
        for line in _wrapped(f"{family} {full or '-'} =", sorted(names))
    ]


def _older(alone: set[str], plain: dict[str, str]) -> set[str]:
    """Tags that mean something older when quantized than they do when plain."""
    found = set()
    for name in alone:
        match = QUANTIZED.search(name)
        bare = name[: match.start()] if match else ""
        full = plain.get(bare, bare)
        if match and full != bare and f"{full}-{match[1]}" in alone:
            found.add(bare)
    return found


def _wrapped(head: str, names: list[str]) -> list[str]:
    lines = [head]
    for name in names:
        if len(lines[-1]) + len(name) > WIDTH:
            lines.append(head)
        lines[-1] += f" {name}"
    return lines


def _full(names: list[str]) -> str:
    """The longest tag without its quantization, with a version only a short one tells."""
    full = QUANTIZED.sub("", max(names, key=lambda name: (len(name), name)))
    for name in sorted(names):
        if re.fullmatch(r"v\d[\d.]*", name) and name not in full:
            full = f"{full}-{name}"
    full = full.removesuffix("cloud").rstrip("-")
    return "" if full == "latest" else full


def _agrees(name: str, full: str) -> bool:
    """Whether tag and meaning have one size: the library has a slip or two."""
    size, other = _SIZE.search(name), _SIZE.search(full)
    return size is None or other is None or size[0] == other[0] or "x" in size[0]


def _stripped(name: str, plain: dict[str, str]) -> str:
    bare = QUANTIZED.sub("", name) or "latest"
    if f"{bare}*" in plain:
        return bare
    return plain.get(bare, "" if bare == "latest" else bare)


def main() -> None:
    """Write the module."""
    raw = Path(sys.argv[1]).read_bytes()
    TARGET.write_text(document(json.loads(gzip.decompress(raw))), encoding="utf-8")


if __name__ == "__main__":
    main()
