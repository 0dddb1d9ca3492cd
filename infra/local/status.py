"""What every service of a running stack says of itself."""

from dataclasses import dataclass

from infra.local.errors import StackError
from infra.local.loopback import is_ready, read_json
from infra.local.state import StackAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """One service now.

    Attributes:
        service: its name in the stack.
        url: its base URL.
        ready: whether ``/readyz`` answers 200.
        state: what it says of itself; ``unreachable`` when it says nothing.
        epoch, revision: the graph it serves; None when it has none.
        lag: revisions behind the registry; None when either is unknown.
    """

    service: str
    url: str
    ready: bool
    state: str
    epoch: str | None = None
    revision: int | None = None
    lag: int | None = None


def read_status(addresses: StackAddresses) -> list[ServiceStatus]:
    """The status of each service, the registry first."""
    head = _revision_at(addresses.registry)
    return [_ask(name, url, head) for name, url in addresses.services().items()]


def _ask(name: str, url: str, head: int | None) -> ServiceStatus:
    ready = is_ready(f"{url}/readyz")
    try:
        said = read_json(f"{url}/v1/status")
    except StackError:
        return ServiceStatus(service=name, url=url, ready=ready, state="unreachable")
    revision = said.get("revision")
    lag = None if head is None or revision is None else max(0, head - revision)
    return ServiceStatus(
        service=name,
        url=url,
        ready=ready,
        state=str(said.get("state", "unknown")),
        epoch=said.get("epoch"),
        revision=revision,
        lag=lag,
    )


def _revision_at(url: str) -> int | None:
    try:
        revision: int | None = read_json(f"{url}/v1/status").get("revision")
    except StackError:
        return None
    return revision
