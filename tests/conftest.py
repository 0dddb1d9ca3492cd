import pytest

pytest_plugins = [
    "tests.components.brokers",
    "tests.components.databases",
    "tests.components.datasets",
]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
