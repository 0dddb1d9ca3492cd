"""What people may order the registry to do. What they change goes in by the same door as facts."""

from typing import NamedTuple

from routeyard.runtime.clock import Clock
from services.registry.commands.addresses import Addresses
from services.registry.commands.apply import ApplyOrders
from services.registry.commands.declarations import Declarations
from services.registry.commands.drafts import Drafts
from services.registry.commands.enabling import EnablingOrders
from services.registry.commands.endpoints import EndpointOrders
from services.registry.commands.facts import FactOrders
from services.registry.commands.keys import KeyOrders
from services.registry.commands.kinds import KindOrders
from services.registry.commands.leaving import Leaving
from services.registry.commands.letters import LetterOrders
from services.registry.commands.overrides import OverrideOrders
from services.registry.commands.policies import PolicyOrders
from services.registry.commands.recording import Recorder
from services.registry.commands.sources import SourceOrders
from services.registry.commands.standing import Standing
from services.registry.commands.tenants import TenantOrders
from services.registry.commands.trials import TrialOrders
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.examining import Examiner
from services.registry.keys import Keys
from services.registry.known import KnownModels
from services.registry.ledger import Ledger
from services.registry.letters import Letters
from services.registry.outlook import Outlook
from services.registry.probes import Probes
from services.registry.serving import ServingStore


class Commands(NamedTuple):
    """Orders by what they are about, each checked against who gives it.

    Every method raises NotAllowed when the caller may not, InvalidRequest when a field is wrong,
    and Unavailable when a component is away.
    """

    recorder: Recorder
    sources: SourceOrders
    facts: FactOrders
    tenants: TenantOrders
    kinds: KindOrders
    overrides: OverrideOrders
    changes: ApplyOrders
    keys: KeyOrders
    letters: LetterOrders
    endpoints: EndpointOrders
    enabling: EnablingOrders
    trials: TrialOrders
    policies: PolicyOrders


class Rooms(NamedTuple):
    """What orders about endpoints work with."""

    addresses: Addresses
    known: KnownModels
    secrets: EndpointSecrets
    store: ServingStore
    probes: Probes


def commands(  # noqa: PLR0913, PLR0917 - what orders are carried out with
    ledger: Ledger,
    keys: Keys,
    letters: Letters,
    standing: Standing,
    clock: Clock,
    rooms: Rooms,
    outlook: Outlook,
) -> Commands:
    """All orders."""
    secrets, store = rooms.secrets, rooms.store
    recorder, leaving = Recorder(ledger, clock), Leaving(keys, secrets, store)
    drafts, declarations = Drafts(standing, rooms.addresses), Declarations(rooms.known)
    return Commands(
        recorder=recorder,
        sources=SourceOrders(recorder),
        facts=FactOrders(recorder, standing.is_there),
        tenants=TenantOrders(recorder, standing, leaving),
        kinds=KindOrders(recorder, standing),
        overrides=OverrideOrders(recorder, standing),
        changes=ApplyOrders(recorder, standing, leaving),
        keys=KeyOrders(keys, standing.is_there, clock),
        letters=LetterOrders(letters),
        endpoints=EndpointOrders(recorder, standing, drafts, declarations, secrets, store),
        enabling=EnablingOrders(recorder, standing, rooms.addresses, secrets, store),
        trials=TrialOrders(drafts, declarations, secrets, store, rooms.probes, ledger),
        policies=PolicyOrders(recorder, standing, Examiner(outlook, clock)),
    )
