"""Values that have broken other services; nobody means them well."""

from random import Random
from typing import Any

SQL = (
    "'",
    "''",
    '"',
    "';--",
    "' OR '1'='1",
    "'; DROP TABLE entity; --",
    "' UNION SELECT * FROM api_key --",
    "1; SELECT pg_sleep(20)",
    "') OR pg_sleep(20) IS NULL --",
    "$1",
    ":viewer",
    ":name",
    "%(name)s",
    "%s",
    "\\'; SELECT 1 --",
    "$$; SELECT 1; $$",
    "/* */",
    "E'\\x27'",
    "openai' AND 1=CAST((SELECT version()) AS int) --",
    "{viewer}",
    "{0.__class__}",
)
BOMBS = ("%" * 200, "_" * 200, "%_" * 90, "\\" * 199, "*" * 200, "a%" * 100, ":* & " * 40, "& | !")
ODD = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\ufeff",
    "\u202e",
    "\ufffe",
    "\U0010ffff",
    "é" * 100,
    "ﷺ" * 66,
    "x" * 200,
    "x" * 20_000,
    "\r\nX-Injected: 1",
    "../../etc/passwd",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "__proto__",
    "NaN",
    "null",
    "true",
    "0x10",
    "1e999",
)
NUMBERS = (
    0,
    -1,
    1,
    200,
    201,
    2**31 - 1,
    2**31,
    -(2**31),
    2**53,
    2**63,
    10**40,
    0.1,
    -0.0,
    1e308,
    5e-324,
)
TIMES = (
    "2026-06-01T12:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30T00:00:00Z",
    "2026-06-01",
    "yesterday",
    "1",
    "2026-06-01T12:00:00",
)
KNOWN = ("openai", "openai/gpt-4o", "acme", "acme-gpu", "tool_use", "EU", "general", "gpt 4o", "1")


def text(draw: Random) -> str:
    """A text of some kind."""
    return draw.choice(draw.choice((SQL, BOMBS, ODD, KNOWN, KNOWN)))


def anything(draw: Random, depth: int = 3) -> Any:
    """A JSON value of some kind."""
    kind = draw.randrange(8 if depth else 5)
    if kind < 2:
        return text(draw)
    if kind < 4:
        return draw.choice(NUMBERS)
    if kind == 4:
        return draw.choice((None, True, False))
    if kind < 7:
        return {text(draw)[:40]: anything(draw, depth - 1) for _ in range(draw.randrange(4))}
    return [anything(draw, depth - 1) for _ in range(draw.randrange(4))]
