"""FastStream's broker with Routeyard's settings."""

from __future__ import annotations

import logging

from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from routeyard.kafka.clients import tls
from routeyard.runtime.settings import KafkaSettings

GRACE_S = 15.0
_SASL: dict[str | None, type[SASLPlaintext | SASLScram256 | SASLScram512]] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}
log = logging.getLogger(__name__)


def consumer_broker(settings: KafkaSettings, client_id: str) -> KafkaBroker:
    """A broker for subscribers only. It creates no topic: FastStream would lay it out wrongly.

    When it is stopped, a batch in hand has 15 seconds to become safe.
    """
    return KafkaBroker(
        settings.bootstrap.split(","),
        client_id=client_id,
        consumer_only=True,
        graceful_timeout=GRACE_S,
        security=_security(settings),
        logger=log,
        log_level=logging.DEBUG,
    )


def _security(settings: KafkaSettings) -> BaseSecurity:
    is_tls = settings.security.endswith("ssl")
    context = tls(settings) if is_tls else None
    sasl = _SASL.get(settings.mechanism)
    if sasl is None:
        return BaseSecurity(context, use_ssl=is_tls)
    username, password = settings.username or "", settings.password or ""
    return sasl(username, password, ssl_context=context, use_ssl=is_tls)
