"""The registry's other doors: nothing of a tenant is behind them."""

from tests.services.registry.graphql.conftest import Registry
from tests.services.registry.scoping.customers import OTHER, OWN, PLATFORM
from tests.services.registry.scoping.matrix import Matrix
from tests.services.registry.scoping.traces import traces

PATHS = (
    "/v1/status",
    "/v1/consumed",
    "/metrics",
    "/livez",
    "/readyz",
    "/graphql",
    "/",
    f"/{OTHER.word}",
)


async def doors(matrix: Matrix, registry: Registry) -> None:
    """Ask every path with every key, and with none."""
    for path in PATHS:
        for holder in (None, "own user", "own admin", "other admin"):
            headers = {"authorization": f"Bearer {registry.keys[holder]}"} if holder else {}
            response = await registry.http.get(path, headers=headers)
            matrix.cells["door"] += 1
            told = f"{response.text} {response.headers}"
            found = traces(told, (*OWN.traces, *OTHER.traces, PLATFORM), [path])
            if found or (response.status_code >= 500 and path != "/readyz"):
                matrix.leak(path, str(holder), f"tells of {found}", told)
