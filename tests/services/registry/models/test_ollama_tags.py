"""The table of Ollama's short tags is what the library's hashes give."""

import gzip
import json
from pathlib import Path

from infra.catalogs.build_ollama_tags import TARGET, document


def test_the_table_is_what_the_data_give(data_dir: Path) -> None:
    packed = (data_dir / "catalog" / "ollama_library_2026-06-20.json.gz").read_bytes()

    assert document(json.loads(gzip.decompress(packed))) == TARGET.read_text()


def test_a_short_tag_means_the_longest_of_its_hash() -> None:
    tags = [
        {"name": name, "hash": digest}
        for name, digest in [
            ("latest", "a"),
            ("8b", "a"),
            ("8b-chat-v2-q4_0", "a"),
            ("8b-chat-q4_0", "b"),
            ("8b-chat", "a"),
            ("8b-chat-q8_0", "c"),
            ("8b-chat-v2-q8_0", "d"),
        ]
    ]
    lines = document([{"name": "acme", "tags": tags}]).splitlines()

    assert "acme 8b-chat-v2 = 8b 8b-chat latest" in lines
    assert "acme 8b-chat = 8b-chat*" in lines
