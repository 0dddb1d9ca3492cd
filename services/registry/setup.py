"""What the commands that set up a registry do themselves, without a running one."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence

from routeyard.domain.keys import Pepper
from routeyard.kafka import acls, layout
from routeyard.runtime.clock import utc_now
from routeyard.runtime.environ import Environ
from routeyard.runtime.settings import KafkaSettings, namespace
from routeyard.wire.topics import Topics
from services.registry.bootstrap import Bootstrap, Done, Plan
from services.registry.keys import Keys
from services.registry.postgres import engine
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.memory import PostgresMemory
from services.registry.postgres.reads import PostgresReads
from services.registry.settings import PEPPER_BYTES, database_url


def bootstrapped(variables: Mapping[str, str], plan: Plan) -> Done:
    """Set up the registry in the database that the environment names."""
    environ = Environ(variables)
    url = database_url(environ)
    pepper = Pepper(environ.secret("ROUTEYARD_KEY_PEPPER", PEPPER_BYTES))
    environ.finish()
    return asyncio.run(_bootstrap(url, pepper, plan))


async def _bootstrap(url: str, pepper: Pepper, plan: Plan) -> Done:
    pool = engine.connect(url)
    keys = Keys(PostgresKeys(pool), pepper, utc_now, secrets.token_bytes)
    try:
        await PostgresMemory(pool).check()
        return await Bootstrap(PostgresLedger(pool), keys, PostgresReads(pool).is_there).run(plan)
    finally:
        await pool.dispose()


def topics_planned(variables: Mapping[str, str]) -> layout.Plan:
    """What `topics_applied` would create, and what it cannot mend."""
    return asyncio.run(layout.plan(_kafka(variables)))


def topics_applied(variables: Mapping[str, str], replication: int) -> layout.Plan:
    """Create the topics that are missing."""
    return asyncio.run(layout.apply(_kafka(variables), replication))


def topic_rules(variables: Mapping[str, str], principals: Sequence[str]) -> list[acls.AclBinding]:
    """What each principal must be allowed on the brokers."""
    environ = Environ(variables)
    topics = Topics(namespace(environ))
    environ.finish()
    return acls.bindings(topics, acls.members(topics, principals))


def _kafka(variables: Mapping[str, str]) -> KafkaSettings:
    environ = Environ(variables)
    settings = KafkaSettings.read(environ)
    environ.finish()
    return settings
