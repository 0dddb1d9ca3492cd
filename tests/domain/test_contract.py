"""The event contract: documents as the code has them, samples that never change."""

import json
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

from infra.contract import FOLDER, documents
from routeyard.domain.events import PAYLOADS
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Position
from routeyard.wire.topics import Topics
from tests.builders import at

SAMPLES = sorted((FOLDER / "samples").glob("*.json"))
FROZEN = Path(__file__).parent / "frozen_samples.json"
ADVICE = (
    "A published event type has changed. If the change only adds an optional field, add a new "
    "sample beside the old one; if it changes a meaning, make a new type ending in .v2. Never "
    "edit a frozen sample."
)


def test_the_committed_documents_are_the_codes() -> None:
    committed = {
        str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8")
        for path in (
            FOLDER / "asyncapi.json",
            FOLDER / "tenancy.schema.json",
            FOLDER / "policy.schema.json",
            FOLDER / "topics.md",
            *(FOLDER / "schemas").glob("*.json"),
        )
    }

    assert committed == documents(), "run `make schema` and look at the difference"


def test_every_type_has_a_sample() -> None:
    assert {path.stem for path in SAMPLES} == set(PAYLOADS)


def test_the_samples_are_as_they_were_frozen() -> None:
    digests = {path.stem: sha256(path.read_bytes()).hexdigest() for path in SAMPLES}

    assert digests == json.loads(FROZEN.read_text(encoding="utf-8")), ADVICE


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_read_and_written_back_the_same(path: Path) -> None:
    sample = json.loads(path.read_text(encoding="utf-8"))
    record = Incoming(
        Position(sample["topic"], 0, 0),
        sample["key"].encode(),
        json.dumps(sample["body"]).encode(),
        tuple((name, text.encode()) for name, text in sample["headers"].items()),
    )

    written = envelope.write(envelope.read(record, at()), Topics())

    assert written.topic == sample["topic"]
    assert written.key == record.key
    assert dict(written.headers) == dict(record.headers)
    assert json.loads(written.value or b"") == sample["body"]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_satisfies_its_schema(path: Path) -> None:
    sample = json.loads(path.read_text(encoding="utf-8"))
    schema = json.loads((FOLDER / "schemas" / path.name).read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator(schema).validate(sample["body"])
