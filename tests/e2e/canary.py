"""Where a secret could have come to lie, read in full, and what is found of it there."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import psycopg
import zstandard
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from psycopg.sql import SQL, Identifier

from infra.local.loopback import request
from routeyard.kafka.clients import admin
from routeyard.kafka.reader import incoming
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire import credential, graphlog
from routeyard.wire.credential import EndpointCredential, EndpointTold
from services.registry.postgres.scope import PLATFORM_ROLE
from tests.e2e.running import RunningStack

READ_S = 30.0
# Which of a record's bytes are its own: the rest tells the key that it is sealed with.
SEALED = slice(9, 69)


class Place(NamedTuple):
    """Somewhere that was looked, and all that is there."""

    name: str
    content: bytes


class Record(NamedTuple):
    """A record of Kafka's as it lies there."""

    topic: str
    raw: ConsumerRecord[bytes | None, bytes | None]


def places(running: RunningStack, records: list[Record]) -> list[Place]:
    """What every process logged and shows, every table as the platform sees it, every topic."""
    return [*_pages(running), *_logs(running), *_tables(running), *_topics(records)]


def found(secrets: Iterable[str], searched: Iterable[Place]) -> list[str]:
    """The places in which a secret lies, in the clear, as hex, or as base64."""
    forms = [form for secret in secrets for form in forms_of(secret.encode())]
    return [place.name for place in searched if any(form in place.content for form in forms)]


def forms_of(secret: bytes) -> list[bytes]:
    """How it may be written; base64 depends on what stands before it."""
    return [secret, secret.hex().encode(), *_in_base64(secret)]


def _in_base64(secret: bytes) -> Iterator[bytes]:
    for before in range(3):
        written = b64encode(b"\0" * before + secret)
        # Without the letters that depend on what stands before and after.
        yield written[4 if before else 0 : -4]


def told_of(endpoint: str, records: Iterable[Record]) -> list[EndpointCredential | None]:
    """What the credential topic told of an endpoint's secret, in its order; None is its end."""
    told = [credential.read(incoming(each.raw)) for each in records if "credential" in each.topic]
    return [
        each.credential
        for each in told
        if isinstance(each, EndpointTold) and each.endpoint == endpoint
    ]


def where_sealed(told: Iterable[EndpointCredential | None], searched: Iterable[Place]) -> set[str]:
    """The places in which sealed secrets lie."""
    forms = [form for each in told if each for form in forms_of(each.sealed[SEALED])]
    return {place.name for place in searched if any(form in place.content for form in forms)}


def secrets_left(running: RunningStack, tenant: str) -> int:
    """How many sealed secrets of a tenant the database still holds."""
    count = SQL("SELECT count(*) FROM endpoint_secret WHERE owner = %s AND sealed IS NOT NULL")
    with _platforms(running) as connection:
        row = connection.execute(count, (tenant,)).fetchone()
    assert row is not None
    return int(row[0])


def all_records(kafka: str) -> list[Record]:
    """Every record of every topic of ours."""
    return asyncio.run(_all_records(kafka))


def _pages(running: RunningStack) -> Iterator[Place]:
    headers = {"authorization": f"Bearer {running.addresses.keys['service']}"}
    for name, url in running.addresses.services().items():
        for path in ("/metrics", "/v1/status"):
            yield Place(f"{name}{path}", request(f"{url}{path}", headers=headers)[1])


def _logs(running: RunningStack) -> Iterator[Place]:
    for file in sorted((running.stack.data_dir / "logs").glob("*")):
        yield Place(f"log {file.name}", file.read_bytes())


def _tables(running: RunningStack) -> Iterator[Place]:
    with _platforms(running) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
            "'public'::regnamespace AND has_table_privilege(oid, 'SELECT')"
        ).fetchall()
        for (table,) in sorted(tables):
            rows = connection.execute(SQL("SELECT t::text FROM {} t").format(Identifier(table)))
            yield Place(f"table {table}", "\n".join(row[0] for row in rows).encode())


def _platforms(running: RunningStack) -> psycopg.Connection:
    """A connection that sees what the platform does."""
    connection = psycopg.connect(running.addresses.database)
    connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(PLATFORM_ROLE)))
    return connection


def _topics(records: Iterable[Record]) -> Iterator[Place]:
    by_topic: dict[str, list[bytes]] = {}
    for topic, raw in records:
        headers = b" ".join(name.encode() + b"=" + value for name, value in raw.headers)
        content = b" ".join([bytes(raw.key or b""), headers, bytes(raw.value or b"")])
        by_topic.setdefault(topic, []).append(content)
    for topic, contents in sorted(by_topic.items()):
        yield Place(f"topic {topic}", b"\n".join(contents))
    yield Place("snapshot, unpacked", _unpacked(records))


def _unpacked(records: Iterable[Record]) -> bytes:
    """What the newest snapshot says: on its topic it is compressed."""
    told = [incoming(raw) for topic, raw in records if topic.endswith("graph.snapshot.v1")]
    manifest = graphlog.newest_manifest(told)
    assert manifest is not None
    chunks = {each.key: each.value for each in told if each.header("ry_snapshot")}
    packed = b"".join(chunks[b"chunk/%d" % number] or b"" for number in range(manifest.chunks))
    return zstandard.decompress(packed, max_output_size=graphlog.MAX_SNAPSHOT_BYTES)


async def _all_records(kafka: str) -> list[Record]:
    client = admin(KafkaSettings(bootstrap=kafka, is_development=True), "hunt")
    await client.start()
    try:
        names = [each for each in await client.list_topics() if each.startswith("routeyard.")]
        told = await client.describe_topics(names)
    finally:
        await client.close()
    parts = [
        TopicPartition(each["topic"], part["partition"])
        for each in told
        for part in each["partitions"]
    ]
    return await _read(kafka, parts)


async def _read(kafka: str, parts: list[TopicPartition]) -> list[Record]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        # What is written while we read, as bookmarks are, is none of this look.
        ends = await consumer.end_offsets(parts)
        return await _up_to(consumer, ends)
    finally:
        await consumer.stop()


async def _up_to(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> list[Record]:
    records: list[Record] = []
    deadline, left = time.monotonic() + READ_S, dict(ends)
    while left:
        assert time.monotonic() < deadline, f"not read to the end: {left}"
        for told in (await consumer.getmany(timeout_ms=100)).values():
            records += [Record(raw.topic, raw) for raw in told]
        left = {part: end for part, end in left.items() if await consumer.position(part) < end}
    return records
