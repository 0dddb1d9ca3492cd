import io
import json
import logging
from collections.abc import Iterator

import pytest

from routeyard.runtime.logs import configure
from routeyard.runtime.settings import LogSettings

log = logging.getLogger("services.registry.test")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, kept = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    yield io.StringIO()
    root.handlers, root.level = kept, level


def test_text_is_one_line_with_its_time(stream: io.StringIO) -> None:
    configure(LogSettings(level="info", format="text"), stream)
    log.info("took over %d records", 7)
    log.debug("not this")
    time, rest = stream.getvalue().split(" ", 1)
    assert time.endswith("Z")
    assert rest == "info services.registry.test took over 7 records\n"


def test_json_lines_hold_exceptions(stream: io.StringIO) -> None:
    configure(LogSettings(level="info", format="json"), stream)
    log.error("it failed", exc_info=ValueError("line one\nline two"))
    line = json.loads(stream.getvalue())
    assert (line["level"], line["message"]) == ("error", "it failed")
    assert line["exception"].endswith("line two")


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_blotted_out(stream: io.StringIO, form: str) -> None:
    configure(LogSettings(level="info", format=form), stream)
    log.warning("%s at %s", "ry_abc234_s3cret00000000", "postgresql://user:hunter2@db/x")
    log.error("again", exc_info=ValueError("ry_abc234_s3cret00000000"))
    log.warning("Bearer %s, too", "eyJhbGciOiJub25lIn0.s3cret-payload.s3cret_signature")
    said = stream.getvalue()
    assert "ry_abc234_***" in said
    assert "Bearer eyJ***, too" in said
    assert "postgresql://user:***@db/x" in said
    assert "s3cret" not in said
    assert "hunter2" not in said


def test_a_client_repeats_itself_once_in_ten_seconds(stream: io.StringIO) -> None:
    configure(LogSettings(level="info", format="text"), stream)
    for number in range(100):
        logging.getLogger("aiokafka.client").error("Unable to connect to %s", number)
        log.error("ours")
    lines = stream.getvalue().splitlines()
    assert len([line for line in lines if "aiokafka" in line]) == 1
    assert len([line for line in lines if "ours" in line]) == 100


def test_libraries_whisper_unless_debugging(stream: io.StringIO) -> None:
    configure(LogSettings(level="info", format="text"), stream)
    logging.getLogger("httpx").info("GET /")
    assert stream.getvalue() == ""
