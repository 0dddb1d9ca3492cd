"""The first facts of a new registry (sources, capabilities, one tenant), and its keys."""

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.claims import OPERATOR, EntityRef, Kind
from routeyard.domain.events import (
    TYPE_NAMES,
    Event,
    Payload,
    SourceRegistered,
    TenantClassDefined,
    TenantRegistered,
)
from routeyard.domain.tenancy import STANDARD, Role
from services.registry.admission import require_name
from services.registry.commands.sources import TYPES
from services.registry.commands.standing import IsThere
from services.registry.keys import Keys, WantedKey
from services.registry.keystore import Act
from services.registry.ledger import Batch, Ledger
from services.registry.vocabulary import vocabulary

LABEL = "bootstrap"
DEV_SOURCE = "dev"
DEV_RANK = 70
_CATALOG = (
    events.ProviderDescribed,
    events.EndpointRegistered,
    events.EndpointRemoved,
    events.ModelReleased,
    events.ModelDescribed,
    events.ModelPriced,
    events.ModelWithdrawn,
    events.ModelDeprecated,
    events.ModelRelated,
    events.CapabilityUpdated,
)
_QUALITY = (events.CapabilityUpdated, events.PrecisionDefined)
_BOARD = (events.CapabilityUpdated,)
_LOOKS = (events.EndpointObserved,)
SOURCES: Mapping[str, tuple[int, tuple[type[Payload], ...]]] = {
    "models-dev": (50, _CATALOG),
    "genai-prices": (60, _CATALOG),
    "litellm": (40, _CATALOG),
    "openrouter": (45, _CATALOG),
    "providers": (30, _CATALOG),
    # A host's limits are its own: of other makers' models it must not have the last word.
    "bedrock": (46, _CATALOG),
    # A vendor's own words, as others have written them down.
    "openai-ids": (55, _CATALOG),
    "deprecations": (52, _CATALOG),
    "llm-prices": (48, _CATALOG),
    "cloudflare": (35, _CATALOG),
    "ollama-library": (35, _CATALOG),
    "helm": (35, _CATALOG),
    # All leaderboards together come before a single one.
    "quality": (50, _QUALITY),
    "aider": (45, _BOARD),
    "livebench": (45, _BOARD),
    "lmarena": (45, _BOARD),
    "tau2": (45, _BOARD),
    "wildbench": (45, _BOARD),
    "openai-compatible": (55, _CATALOG),
    "healthcheck": (50, _LOOKS),
    "router": (50, _LOOKS),
}


class Plan(NamedTuple):
    """What to set up. `reissue`: new keys, although there are some; those are revoked."""

    tenant: str
    has_dev_source: bool = False
    reissue: bool = False


class Done(NamedTuple):
    """What was set up: how many facts were new, and the keys by principal, shown this once."""

    registered: int
    keys: Mapping[str, str]


class Bootstrap(NamedTuple):
    """Sets a registry up; what is there already is left as it is."""

    ledger: Ledger
    keys: Keys
    is_there: IsThere

    async def run(self, plan: Plan) -> Done:
        """Set it up.

        Raises:
            InvalidRequest: the tenant's name cannot be one.
            Unavailable: the database does not answer.
        """
        require_name("tenant", plan.tenant)
        missing = await self._missing(plan)
        if missing:
            told = [self._event(payload) for payload in missing]
            await self.ledger.record(Batch(told, actor=LABEL, reason="bootstrap", is_order=True))
        return Done(len(missing), await self._keys(plan))

    async def _missing(self, plan: Plan) -> list[Payload]:
        known = await self.ledger.sources()
        missing: list[Payload] = [each for each in sources(plan) if each.name not in known]
        missing += [
            each
            for each in vocabulary()
            if not await self.is_there(EntityRef(Kind.CAPABILITY, each.tag))
        ]
        if not await self.is_there(EntityRef(Kind.TENANT_CLASS, STANDARD)):
            missing.append(TenantClassDefined(tenant_class=STANDARD, name="Standard"))
        if not await self.is_there(EntityRef(Kind.TENANT, plan.tenant)):
            missing.append(TenantRegistered(tenant=plan.tenant, name=plan.tenant))
        return missing

    def _event(self, payload: Payload) -> Event:
        return Event(
            id=uuid.uuid4().hex,
            source=OPERATOR,
            observed_at=self.keys.clock(),
            data=payload,
            actor=LABEL,
        )

    async def _keys(self, plan: Plan) -> dict[str, str]:
        old = await self.keys.store.labelled(LABEL)
        if old and not plan.reissue:
            return {}
        issued = {
            principal: (await self.keys.issue(wanted, LABEL)).key
            for principal, wanted in wanted_keys(plan.tenant).items()
        }
        for verifier in old:
            await self.keys.store.revoke(verifier.key_id, Act(LABEL, "reissued", self.keys.clock()))
        return issued


def sources(plan: Plan) -> list[SourceRegistered]:
    """The sources that come with Routeyard."""
    built_in = [
        SourceRegistered(name=name, rank=rank, types=tuple(TYPE_NAMES[each] for each in types))
        for name, (rank, types) in SOURCES.items()
    ]
    if plan.has_dev_source:
        built_in.append(
            SourceRegistered(name=DEV_SOURCE, rank=DEV_RANK, types=tuple(sorted(TYPES)))
        )
    return built_in


def wanted_keys(tenant: str) -> dict[str, WantedKey]:
    """One key for each principal of a stack."""
    return {
        "admin": WantedKey(Role.PLATFORM_ADMIN, label=LABEL),
        "service": WantedKey(Role.SERVICE, label=LABEL),
        "tenant": WantedKey(Role.TENANT_ADMIN, tenant=tenant, label=LABEL),
    }
