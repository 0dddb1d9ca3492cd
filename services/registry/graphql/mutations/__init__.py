"""What can be ordered. Who may is decided by the commands."""

from services.registry.graphql.described import described
from services.registry.graphql.mutations.apply import OrdersOfChanges
from services.registry.graphql.mutations.endpoints import OrdersOfEndpoints
from services.registry.graphql.mutations.facts import OrdersOfFacts
from services.registry.graphql.mutations.keys import OrdersOfKeys
from services.registry.graphql.mutations.kinds import OrdersOfKinds
from services.registry.graphql.mutations.overrides import OrdersOfOverrides
from services.registry.graphql.mutations.policies import OrdersOfPolicies
from services.registry.graphql.mutations.sources import OrdersOfSources
from services.registry.graphql.mutations.tenants import OrdersOfTenants


@described
class Mutation(
    OrdersOfTenants,
    OrdersOfKinds,
    OrdersOfOverrides,
    OrdersOfPolicies,
    OrdersOfEndpoints,
    OrdersOfChanges,
    OrdersOfKeys,
    OrdersOfSources,
    OrdersOfFacts,
):
    """Orders. `revision` is the one from which on a change holds.

    `dryRun`: find out what would change, and leave it. `ifRevision`: only if what is changed did
    not change after that revision; else it is refused as a `conflict`, which names the newer one.
    """
