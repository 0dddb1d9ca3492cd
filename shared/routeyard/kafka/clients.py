"""Clients with Routeyard's defaults: acks from all, nothing committed behind one's back."""

from __future__ import annotations

import ssl
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from routeyard.runtime.settings import KafkaSettings

FETCH_WAIT_MS = 500
# The embedded broker polls its own log for as long as it may wait: that delays every record.
DEVELOPMENT_FETCH_WAIT_MS = 20
MAX_RECORD_BYTES = 1_000_000


def connection_options(settings: KafkaSettings) -> dict[str, Any]:
    """What every aiokafka client needs to connect."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap,
        "security_protocol": settings.security.upper(),
    }
    if settings.security.endswith("ssl"):
        options["ssl_context"] = tls(settings)
    if settings.mechanism is not None:
        options |= {
            "sasl_mechanism": settings.mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password,
        }
    return options


def tls(settings: KafkaSettings) -> ssl.SSLContext:
    """A context that verifies the broker, and shows a client certificate where one is given."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context


def producer(settings: KafkaSettings, client_id: str) -> AIOKafkaProducer:
    """A producer that reports a record as sent only when every replica in step has it."""
    return AIOKafkaProducer(
        **connection_options(settings),
        client_id=client_id,
        acks="all",
        linger_ms=0,
        max_request_size=MAX_RECORD_BYTES + 100_000,
        request_timeout_ms=10_000,
    )


def follower(settings: KafkaSettings, client_id: str) -> AIOKafkaConsumer:
    """A consumer without a group: it reads everything, and commits nothing."""
    return AIOKafkaConsumer(
        **connection_options(settings),
        client_id=client_id,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=fetch_wait_ms(settings),
        fetch_max_bytes=16 * 1024 * 1024,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )


def fetch_wait_ms(settings: KafkaSettings) -> int:
    """How long a broker may keep an empty fetch waiting."""
    return DEVELOPMENT_FETCH_WAIT_MS if settings.is_development else FETCH_WAIT_MS


def admin(settings: KafkaSettings, client_id: str) -> AIOKafkaAdminClient:
    """A client for topics."""
    return AIOKafkaAdminClient(**connection_options(settings), client_id=client_id)
