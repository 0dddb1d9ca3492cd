"""Endpoints' sealed secrets as the registry tells them, opened when a probe goes out."""

from __future__ import annotations

import logging

from routeyard.domain.catalog import Endpoint
from routeyard.domain.errors import EndpointRefused, Unsealable
from routeyard.guard.secret import Secret
from routeyard.runtime.credentials import is_meant_for, open_secret
from routeyard.wire import credential
from routeyard.wire.credential import EndpointCredential, EndpointTold
from routeyard.wire.record import Incoming
from routeyard.wire.sealing import SealingKeys

log = logging.getLogger(__name__)


class Secrets:
    """Keeps them sealed. Without `keys` none is opened, and probes go out without."""

    def __init__(self, keys: SealingKeys | None) -> None:
        self._keys = keys
        self._sealed: dict[str, EndpointCredential] = {}

    def take(self, record: Incoming) -> None:
        """Know a secret, or forget it. Keys of callers are none of ours."""
        told = credential.read(record)
        if not isinstance(told, EndpointTold):
            return
        if told.fault is not None:
            log.warning("the secret of %s is not understood: %s", told.endpoint, told.fault)
        if told.credential is None:
            self._sealed.pop(told.endpoint, None)
        else:
            self._sealed[told.endpoint] = told.credential

    def of(self, endpoint: Endpoint) -> Secret | None:
        """The secret to probe an endpoint with; None where there is none that can be used."""
        sealed = self._sealed.get(endpoint.id)
        if self._keys is None or sealed is None or not is_meant_for(sealed, endpoint):
            return None
        try:
            return open_secret(sealed, endpoint.url or "", self._keys)
        except (EndpointRefused, Unsealable) as fault:
            log.warning("%s is probed without its secret: %s", endpoint.id, fault.message)
            return None
