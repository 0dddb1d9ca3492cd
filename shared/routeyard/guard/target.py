"""From a URL to what would be called, without asking anybody."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from routeyard.domain.value import Value
from routeyard.guard.host import read_bracketed, read_host
from routeyard.guard.ports import is_ever_allowed
from routeyard.guard.ranges import Address
from routeyard.guard.refusal import Rule, refused

LONGEST = 2048
WEB = ("https", "http")
TCP = ("tcp", "https", "http")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)"
    r"(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_AUTHORITY = re.compile(
    r"(?:\[(?P<inner>[^\[\]]*)\]|(?P<host>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?"
)
_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
# Percent-encoded control characters, line ends among them.
_CONTROL = re.compile(r"%(?:[01][0-9A-Fa-f]|7[Ff])")
_PORTS = range(1, 1 << 16)


class Target(Value, frozen=True):
    """What a URL names. `host` is a name in ASCII or an address; `path` holds the query."""

    scheme: str
    host: str
    port: int
    path: str = "/"
    address: Address | None = None

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: whom a secret may be told."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The whole address, in one spelling for all that were equal."""
        return f"{self.scheme}://{self.authority}{self.path}"

    def at(self, address: Address) -> str:
        """The URL with an address in the place of the host."""
        host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def read_target(url: str, schemes: tuple[str, ...] = WEB) -> Target:
    """What a URL names.

    Raises:
        EndpointRefused: it is not a URL that could ever be called; nothing of it is repeated.
    """
    parts = _parts(url)
    scheme = parts["scheme"].lower()
    if scheme not in schemes:
        raise refused(Rule.SCHEME, f"The address must begin with {_listed(schemes)}.")
    if parts["fragment"] is not None:
        raise refused(Rule.URL, "The address must have no part after a #; leave it out.")
    host, port = _authority(parts["authority"], scheme)
    return Target(
        scheme=scheme,
        host=str(host),
        port=port,
        path=_path(parts["path"] or "/", parts["query"] or ""),
        address=None if isinstance(host, str) else host,
    )


def _parts(url: str) -> re.Match[str]:
    if not 0 < len(url) <= LONGEST:
        raise refused(Rule.URL, f"The address must be of 1 to {LONGEST} characters.")
    if not all(character.isprintable() and character not in " \\" for character in url):
        raise refused(Rule.URL, "The address must have no spaces, line ends or backslashes.")
    found = _URL.fullmatch(url)
    if found is None:
        raise refused(Rule.URL, "The address is not a URL; write it like https://host/v1.")
    return found


def _authority(text: str, scheme: str) -> tuple[str | Address, int]:
    if "@" in text:
        raise refused(Rule.USER, "The address must have no user name or password before an @.")
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        raise refused(Rule.HOST, "The address names no host, or not as host or host:port.")
    inner = found["inner"]
    host = read_host(found["host"]) if inner is None else read_bracketed(inner)
    return host, _port(found["port"], scheme)


def _port(text: str | None, scheme: str) -> int:
    port = int(text) if text else _DEFAULT_PORTS.get(scheme)
    if port is None or port not in _PORTS:
        raise refused(Rule.PORT, "The address needs a port from 1 to 65535.")
    if not is_ever_allowed(port):
        raise refused(Rule.PORT, f"No endpoint may be at port {port}; it belongs to others.")
    return port


def _path(path: str, query: str) -> str:
    whole = path + query
    if _PATH.fullmatch(whole) is None:
        raise refused(
            Rule.URL, "The address's path has characters to be written as %XX; do that, or none."
        )
    if _CONTROL.search(whole):
        raise refused(Rule.URL, "The address's path must have no control characters.")
    return whole


def _listed(schemes: tuple[str, ...]) -> str:
    return " or ".join(f"{scheme}://" for scheme in schemes)
