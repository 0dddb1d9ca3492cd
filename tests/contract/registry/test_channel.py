"""The relay's channel and the post, on a real broker."""

import uuid

import pytest

from routeyard.domain.errors import Unavailable
from routeyard.kafka import layout
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.record import Outgoing
from routeyard.wire.topics import Carries, Topics
from services.registry.channel import Post, open_channel
from services.registry.reading import asking

NOWHERE = KafkaSettings(bootstrap="127.0.0.1:1")


@pytest.fixture
def settings(kafka: str) -> KafkaSettings:
    name = f"test-{uuid.uuid4().hex[:8]}"
    return KafkaSettings(bootstrap=kafka, namespace=name, is_development=True)


async def test_a_development_broker_gets_its_topics_and_a_log(settings: KafkaSettings) -> None:
    log = Topics(settings.namespace).name(Carries.GRAPH_LOG)
    async with open_channel(settings) as channel:
        assert await channel.end_of_log() == 0
        for number in range(3):
            (position,) = await channel.write([Outgoing(log, b"g", b"%d" % number)])
            assert (position.topic, position.offset) == (log, number)
        assert await channel.end_of_log() == 3
    assert (await layout.plan(settings)).missing == {}


@pytest.mark.needs_apache_kafka
async def test_elsewhere_missing_topics_are_told(settings: KafkaSettings) -> None:
    production = KafkaSettings(bootstrap=settings.bootstrap, namespace=settings.namespace)
    with pytest.raises(Unavailable, match="create them with `routeyard topics apply`"):
        await layout.prepare(production)
    await layout.apply(production)
    await layout.prepare(production)


async def test_the_post_connects_when_first_used(settings: KafkaSettings) -> None:
    await layout.prepare(settings)
    topic = Topics(settings.namespace).name(Carries.PARKED)
    post = Post(settings)
    for number in range(2):
        (position,) = await post.write([Outgoing(topic, None, b"x")])
        assert position.offset == number
    await post.close()


async def test_a_broker_that_answers_does(settings: KafkaSettings) -> None:
    async with asking(settings) as ask:
        assert await ask()


async def test_a_broker_that_is_away_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await Post(NOWHERE).write([Outgoing("t", None, b"x")])
    with pytest.raises(Unavailable):
        async with open_channel(NOWHERE):
            pass
    with pytest.raises(Unavailable):
        async with asking(NOWHERE):
            pass
