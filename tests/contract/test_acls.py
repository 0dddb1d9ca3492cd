"""The access rules on Apache Kafka: each part can do its work there, and nothing else."""

import asyncio
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import NamedTuple

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from infra.local.kafka import ApacheKafka, why_unavailable
from infra.local.kafka_guard import ADMIN
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import Event, HealthDeclared, Payload
from routeyard.domain.health import HealthState
from routeyard.kafka import acls, layout, publisher
from routeyard.kafka.clients import connection_options, follower, producer
from routeyard.runtime.clock import utc_now
from routeyard.runtime.environ import Environ
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.topics import REPLAYABLE, Carries, Topics
from services.healthcheck.app import create_app as healthcheck_app
from services.healthcheck.settings import HealthcheckSettings
from services.registry import bootstrap
from services.registry.app import create_app as registry_app
from services.registry.postgres import schema
from services.registry.settings import RegistrySettings
from services.registry.setup import bootstrapped
from services.router.app import create_app as router_app
from services.router.settings import RouterSettings
from tests.builders import endpoint, released
from tests.components.databases import as_service
from tests.components.requirements import go_without

NAMESPACE, BENCH = "routeyard", "bench"
PARTS = acls.parts(Topics())
STRANGER = "stranger"
DEADLINE_S = 30.0
SECRET = b64encode(b"0123456789abcdef" * 2).decode()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Apache Kafka that keeps the rules of two namespaces, their topics laid out."""
    if reason := why_unavailable():
        go_without("kafka", f"Apache Kafka cannot be run without Docker: {reason}")
    passwords = {user: f"{user}-password" for user in (ADMIN, STRANGER, *PARTS)}
    folder = tmp_path_factory.mktemp("guarded")
    with ApacheKafka(folder / "kafka", passwords=passwords) as broker:
        calls = [call for name in (NAMESPACE, BENCH) for call in calls_for(Topics(name))]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda call: broker.acls(*call), calls))
        for name in (NAMESPACE, BENCH):
            asyncio.run(layout.apply(settings(broker, "deployer", name)))
        assert asyncio.run(writable(broker, ADMIN)) == Topics(BENCH).all().keys()
        yield broker


def calls_for(topics: Topics) -> list[list[str]]:
    return acls.command_arguments(acls.bindings(topics, acls.members(topics, [])))


def environment(broker: ApacheKafka, user: str, namespace: str = NAMESPACE) -> dict[str, str]:
    return {
        "ROUTEYARD_KAFKA": broker.bootstrap_servers,
        "ROUTEYARD_NAMESPACE": namespace,
        "ROUTEYARD_KAFKA_SECURITY": "sasl_plaintext",
        "ROUTEYARD_KAFKA_SASL_MECHANISM": "PLAIN",
        "ROUTEYARD_KAFKA_USERNAME": user,
        "ROUTEYARD_KAFKA_PASSWORD": f"{user}-password",
    }


def settings(broker: ApacheKafka, user: str, namespace: str = BENCH) -> KafkaSettings:
    return KafkaSettings.read(Environ(environment(broker, user, namespace)))


async def may(attempt: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(DEADLINE_S):
            await attempt
    except TopicAuthorizationFailedError:
        return False
    return True


async def writable(broker: ApacheKafka, user: str) -> set[str]:
    async with producer(settings(broker, user), user) as client:
        return {
            name
            for name in Topics(BENCH).all()
            if await may(client.send_and_wait(name, b"{}", key=b"k", partition=0))
        }


async def readable(broker: ApacheKafka, user: str) -> set[str]:
    async with follower(settings(broker, user), user) as client:
        # Asked for a topic that it may not even see, a client would try for ever.
        seen = Topics(BENCH).all().keys() & await client.topics()
    return {name for name in seen if await may(read_one(broker, user, name))}


async def read_one(broker: ApacheKafka, user: str, name: str) -> None:
    async with follower(settings(broker, user), user) as client:
        client.assign([TopicPartition(name, 0)])
        await client.getone()


def named(part_of: str, part: str) -> set[str]:
    return {name for name, spec in Topics(BENCH).all().items() if part in getattr(spec, part_of)}


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_writes_to_its_own_topics_alone(guarded: ApacheKafka, part: str) -> None:
    replays = REPLAYABLE if part == acls.REGISTRY else ()
    expected = named("writers", part) | {Topics(BENCH).name(carries) for carries in replays}
    assert await writable(guarded, part) == expected


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_reads_its_own_topics_alone(guarded: ApacheKafka, part: str) -> None:
    assert await readable(guarded, part) == named("readers", part)


async def test_a_stranger_sees_nothing(guarded: ApacheKafka) -> None:
    assert await readable(guarded, STRANGER) == set()
    assert await writable(guarded, STRANGER) == set()


async def test_a_wrong_password_is_refused(guarded: ApacheKafka) -> None:
    wrong = environment(guarded, "registry") | {"ROUTEYARD_KAFKA_PASSWORD": "guessed"}
    with pytest.raises(Unavailable):
        await layout.plan(KafkaSettings.read(Environ(wrong)))


@pytest.mark.parametrize(
    ("user", "carries"),
    [
        ("router", Carries.HEALTH_STATE),
        ("ingester", Carries.MODEL_RELEASE),
        ("healthcheck", Carries.HEALTH_STATE),
    ],
)
async def test_nobody_else_joins_the_registrys_groups(
    guarded: ApacheKafka, user: str, carries: Carries
) -> None:
    client = AIOKafkaConsumer(
        **connection_options(settings(guarded, user)), group_id=f"{BENCH}-registry-facts"
    )
    client.subscribe([Topics(BENCH).name(carries)])
    try:
        with pytest.raises(GroupAuthorizationFailedError):
            await client.start()
    finally:
        await client.stop()


def rules_in(listing: str) -> set[tuple[str, str]]:
    """Resource and permission; the tool lists them in an order of its own each time."""
    rules: set[tuple[str, str]] = set()
    resource = ""
    for line in filter(None, map(str.strip, listing.splitlines())):
        if line.startswith("("):
            rules.add((resource, line))
        else:
            resource = line
    return rules


def test_adding_the_rules_again_changes_nothing(guarded: ApacheKafka) -> None:
    before = rules_in(guarded.acls("--list"))
    guarded.acls(*calls_for(Topics(BENCH))[0])
    assert rules_in(guarded.acls("--list")) == before
    assert len(before) == 2 * len(acls.bindings(Topics(), acls.members(Topics(), [])))


class Clients(NamedTuple):
    """Each service, asked over HTTP in this process."""

    registry: httpx.AsyncClient
    router: httpx.AsyncClient
    healthcheck: httpx.AsyncClient


@asynccontextmanager
async def served(broker: ApacheKafka, database: str) -> AsyncIterator[Clients]:
    """Registry, router and healthcheck, each connected as the user of its name."""
    secrets = {"ROUTEYARD_KEY_PEPPER": SECRET, "ROUTEYARD_ENCRYPTION_KEY": SECRET}
    own = {user: environment(broker, user) | secrets for user in Clients._fields}
    registry = registry_app(
        RegistrySettings.read(own["registry"] | {"ROUTEYARD_DATABASE_URL": as_service(database)})
    )
    router = router_app(RouterSettings.read(own["router"] | {"ROUTEYARD_ROUTER_ID": "r"}))
    healthcheck = healthcheck_app(HealthcheckSettings.read(own["healthcheck"]))
    async with AsyncExitStack() as held:
        await held.enter_async_context(registry.running())
        await held.enter_async_context(router.router.lifespan_context(router))
        await held.enter_async_context(healthcheck.router.lifespan_context(healthcheck))
        clients = [
            await held.enter_async_context(
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
            )
            for app in (registry, router, healthcheck)
        ]
        yield Clients(*clients)


def set_up(database: str) -> dict[str, dict[str, str]]:
    """A migrated database with sources and a tenant; headers by principal."""
    schema.migrate(database)
    variables = {"ROUTEYARD_DATABASE_URL": as_service(database), "ROUTEYARD_KEY_PEPPER": SECRET}
    done = bootstrapped(variables, bootstrap.Plan("acme", has_dev_source=True))
    return {name: {"authorization": f"Bearer {key}"} for name, key in done.keys.items()}


async def tell(broker: ApacheKafka, user: str, *said: Payload) -> None:
    events = [
        Event(id=uuid.uuid4().hex, source="dev", observed_at=utc_now(), data=data) for data in said
    ]
    async with publisher.connect(settings(broker, user, NAMESPACE), user) as publishing:
        await publishing.send(events)


async def until(ask: Callable[[], Awaitable[httpx.Response]], part: str) -> None:
    """Wait until an answer has a part."""
    answer = ""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while part not in answer:
                answer = (await ask()).text
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"{part} is not in {answer}")


async def test_the_services_do_their_work(guarded: ApacheKafka, database: str) -> None:
    """An ingester's facts reach a router, and so does health that monitoring declares."""
    keys = await asyncio.to_thread(set_up, database)
    async with served(guarded, database) as (registry, router, healthcheck):
        await tell(guarded, "ingester", endpoint("mine", url="http://127.0.0.1:9", keyless=True))
        await tell(guarded, "ingester", released("openai", "gpt-4o", endpoint="mine"))
        resolve = partial(router.post, "/v1/resolve", headers=keys["tenant"], json={})
        await until(resolve, '"endpoint":"mine"')
        await until(partial(healthcheck.get, "/v1/status"), '"consuming":true')
        declared = HealthDeclared(endpoint="mine", state=HealthState.UNHEALTHY)
        await tell(guarded, "monitoring", declared)
        await until(resolve, '"unhealthy":1')
        history = {"query": '{ endpoint(id: "mine") { healthHistory { state } } }'}
        ask = partial(registry.post, "/graphql", headers=keys["admin"], json=history)
        await until(ask, "UNHEALTHY")
