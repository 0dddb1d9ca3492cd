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
# Some are what the worlds of `scoping` hold, so that orders about them come as far as they can.
KNOWN = (
    *("openai", "openai/gpt-4o", "tool_use", "EU", "general", "gpt 4o", "1"),
    *("quokka", "quokka/rack", "@quokka/ours", "quokka-dedicated", "quokka-web", "wombat"),
    *("https://93.184.216.34/v1", "CH"),
)
# Addresses without a name, so that nobody is asked for one; none of them is ever called.
ADDRESSES = (
    "https://93.184.216.34/v1",
    "https://93.184.216.34:0/v1",
    "https://93.184.216.34:65536",
    "https://127.0.0.1/v1",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[::1",
    "http://169.254.169.254/latest/meta-data",
    "http://openai@127.0.0.1/",
    "http://user:password@93.184.216.34/",
    "https://93.184.216.34/v1?key=a",
    "https://93.184.216.34/v1#a",
    "https://93.184.216.34/\r\nx: y",
    "https://93.184.216.34\\@127.0.0.1/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "http+unix://%2Ftmp%2Fsocket/v1",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "tcp://93.184.216.34:5432",
    "https://",
    "://",
    "",
)


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
