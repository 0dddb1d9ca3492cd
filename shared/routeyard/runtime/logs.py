"""One log per process, on standard error: text for people, JSON lines for machines."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

from routeyard.runtime.settings import LogSettings

_SECRETS = (
    (re.compile(r"\b(ry_[a-z2-7]+_)[a-z0-9]+"), r"\1***"),
    # A token of an identity provider, whose header begins with {" in base64.
    (re.compile(r"\b(eyJ)[\w-]*\.[\w-]*(\.[\w-]*)*"), r"\1***"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)"), r"\1***"),
)
# They tell of every request and rebalance; what matters of it is in our own log.
_REPETITIVE = ("aiokafka",)
SPARING_S = 10.0
_TALKATIVE = ("aiokafka", "alembic", "faststream", "httpx", "uvicorn.access")


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send every logger's records to `stream` (standard error), once each."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    handler.addFilter(Sparing())
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)
    if settings.level != "debug":
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)


def without_secrets(text: str) -> str:
    """A text in which keys and passwords in addresses are blotted out."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Sparing(logging.Filter):
    """Lets a library say one thing once in ten seconds.

    While a broker is away, its client says so hundreds of times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """False for what was just said."""
        if not record.name.startswith(_REPETITIVE):
            return True
        said = (record.name, str(record.msg))
        is_news = record.created - self._said.get(said, 0.0) >= SPARING_S
        if is_news:
            self._said[said] = record.created
        return is_news


class TextLines(logging.Formatter):
    """`time level logger message`, and a traceback below where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        lines = [f"{_time(record)} {record.levelname.lower()} {record.name} {record.getMessage()}"]
        if record.exc_info:
            lines.append(self.formatException(record.exc_info))
        return without_secrets("\n".join(lines))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as JSON."""
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
