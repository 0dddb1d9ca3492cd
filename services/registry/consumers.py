"""What the registry reads from Kafka: one consumer group for each kind of record."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from faststream.kafka import KafkaBroker

from routeyard.kafka import intake
from routeyard.kafka.intake import Intake, Refuse, Take
from routeyard.wire.topics import FACTS, Carries, Topics


class Takers(NamedTuple):
    """Who takes which records; `refuse` puts aside one that breaks the code itself."""

    facts: Take
    states: Take
    letters: Take
    probes: Take
    refuse: Refuse
    end: Callable[[], None]


def subscribe(broker: KafkaBroker, topics: Topics, takers: Takers, fetch_wait_ms: int) -> None:
    """Subscribe to everything the registry reads."""
    carried = {
        "facts": (FACTS, takers.facts),
        "states": ((Carries.HEALTH_STATE,), takers.states),
        "probes": ((Carries.PROBE_RESULT,), takers.probes),
        "letters": ((Carries.DEAD_LETTER, Carries.PARKED), takers.letters),
    }
    for kind, (carries, take) in carried.items():
        intake.subscribe(
            broker,
            [topics.name(each) for each in carries],
            f"{topics.namespace}-registry-{kind}",
            Intake(take=take, refuse=takers.refuse, end=takers.end),
            fetch_wait_ms,
        )
