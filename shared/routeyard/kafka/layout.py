"""Topics as they are laid out on a cluster, against how they should be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from routeyard.domain.errors import InvalidSettings, Unavailable
from routeyard.kafka.clients import admin
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.topics import Topics, TopicSpec

DEADLINE_S = 15.0


class Found(NamedTuple):
    """A topic on the cluster; `cleanup` None where the broker does not tell."""

    partitions: int
    cleanup: str | None


class Plan(NamedTuple):
    """What `apply` would do, and what it cannot mend."""

    missing: dict[str, TopicSpec]
    faults: list[str]


def compare(wanted: Mapping[str, TopicSpec], found: Mapping[str, Found]) -> Plan:
    """Pure: what is missing, and what is laid out in a way that breaks a promise."""
    missing = {name: spec for name, spec in wanted.items() if name not in found}
    faults = [
        fault
        for name, spec in wanted.items()
        if name in found
        for fault in _faults(name, spec, found[name])
    ]
    return Plan(missing, faults)


def _faults(name: str, spec: TopicSpec, found: Found) -> list[str]:
    faults = []
    if spec.exact and found.partitions != spec.partitions:
        faults.append(
            f"{name} has {found.partitions} partitions and must have exactly {spec.partitions}"
        )
    elif found.partitions < spec.partitions:
        faults.append(
            f"{name} has {found.partitions} partitions and needs at least {spec.partitions}"
        )
    if found.cleanup is not None and set(found.cleanup.split(",")) != set(spec.cleanup.split(",")):
        faults.append(f"{name} has cleanup.policy={found.cleanup} and must have {spec.cleanup}")
    return faults


async def plan(settings: KafkaSettings) -> Plan:
    """Compare the cluster with what Routeyard needs.

    Raises:
        Unavailable: no broker answers.
    """
    return await _with_admin(settings, lambda client: _plan(client, settings))


async def apply(settings: KafkaSettings, replication: int = 1) -> Plan:
    """Create what is missing; the plan that was carried out.

    Raises:
        Unavailable: no broker answers.
        InvalidSettings: topics exist that break a promise; nothing was created.
    """

    async def create(client: AIOKafkaAdminClient) -> Plan:
        found = await _plan(client, settings)
        refuse(found)
        for name, spec in found.missing.items():
            await _create(client, name, spec, replication)
        return found

    return await _with_admin(settings, create)


async def prepare(settings: KafkaSettings) -> None:
    """See that the topics are laid out as they must be; a development broker gets missing ones.

    Raises:
        Unavailable: no broker answers, or topics are missing.
        InvalidSettings: topics are laid out in a way that breaks a promise.
    """
    if settings.is_development:
        await apply(settings)
        return
    found = await plan(settings)
    refuse(found)
    if found.missing:
        raise Unavailable(
            f"Topics are missing: {', '.join(sorted(found.missing))}; "
            "create them with `routeyard topics apply`."
        )


def refuse(found: Plan) -> None:
    """Raise InvalidSettings if topics are laid out in a way that breaks a promise."""
    if found.faults:
        raise InvalidSettings(
            f"Topics are not laid out as they must be: {'; '.join(found.faults)}. "
            "Create them anew with `routeyard topics apply`."
        )


async def _with_admin(settings: KafkaSettings, act: Any) -> Plan:
    client = admin(settings, "routeyard-topics")
    try:
        async with asyncio.timeout(DEADLINE_S):
            await client.start()
            result: Plan = await act(client)
            return result
    except (KafkaError, OSError, TimeoutError) as fault:
        raise Unavailable(
            f"No Kafka broker answers at {settings.bootstrap}; start one or set ROUTEYARD_KAFKA."
        ) from fault
    finally:
        await client.close()


async def _plan(client: AIOKafkaAdminClient, settings: KafkaSettings) -> Plan:
    wanted = Topics(settings.namespace).all()
    present = set(await client.list_topics()) & wanted.keys()
    described = await client.describe_topics(sorted(present)) if present else []
    policies = {} if settings.is_development else await _policies(client, present)
    found = {
        topic["topic"]: Found(len(topic["partitions"]), policies.get(topic["topic"]))
        for topic in described
    }
    return compare(wanted, found)


async def _policies(client: AIOKafkaAdminClient, names: set[str]) -> dict[str, str | None]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in sorted(names)]
    policies: dict[str, str | None] = {}
    for answer in await client.describe_configs(resources):
        for resource in answer.resources:
            _, _, _, name, configs = resource[:5]
            policies[name] = next((c[1] for c in configs if c[0] == "cleanup.policy"), None)
    return policies


async def _create(
    client: AIOKafkaAdminClient, name: str, spec: TopicSpec, replication: int
) -> None:
    configs = {"cleanup.policy": spec.cleanup}
    if spec.retention_ms is not None:
        configs["retention.ms"] = str(spec.retention_ms)
    if "compact" in spec.cleanup:
        configs |= {"min.cleanable.dirty.ratio": "0.1", "segment.ms": "600000"}
    topic = NewTopic(name, spec.partitions, replication, topic_configs=configs)
    try:
        await client.create_topics([topic], timeout_ms=10_000)
    except TopicAlreadyExistsError:
        return  # another replica was faster
