"""A registry that starts with another encryption key."""

import os
from base64 import b64decode, b64encode

from routeyard.domain.secret import SecretText
from routeyard.runtime.clock import utc_now
from routeyard.wire.sealing import SealingKeys, unseal
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import connect
from tests.components.databases import as_service
from tests.fakes.secrets import put
from tests.services.registry.graphql.conftest import SECRET, Filled, _copy, serving

NEW = bytes(range(32))


async def test_it_puts_all_secrets_under_the_new_key(filled: Filled, database: str) -> None:
    _copy(filled.database, database)
    pool = connect(as_service(database))
    old = EndpointSecrets(
        PostgresSecrets(pool), SealingKeys(b64decode(SECRET)), utc_now, os.urandom
    )
    for number in range(3):
        await put(old, f"e{number}", Destination("acme", "gpu.example"), SecretText(f"s{number}"))
    keys = {
        "ROUTEYARD_ENCRYPTION_KEY": b64encode(NEW).decode(),
        "ROUTEYARD_ENCRYPTION_KEY_PREVIOUS": SECRET,
    }
    async with serving(filled.keys, database, **keys):
        for number in range(3):
            held = (await old.store.find(f"e{number}")).credential
            assert held is not None
            opened = unseal(held.sealed, held.binding, SealingKeys(NEW))
            assert opened == SecretText(f"s{number}")
    await pool.dispose()
