"""What orders about endpoints take."""

from typing import Any

import strawberry
from strawberry import UNSET

from routeyard.domain.catalog import Dialect, Hosting, Mode, Price, ServerKind, Variant
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.matching import Listed
from routeyard.domain.secret import SecretText
from routeyard.wire.credential import Scheme
from services.registry.commands.drafts import Given, NewEndpoint
from services.registry.commands.secrets import NewSecret
from services.registry.graphql.described import Money, described_input
from services.registry.graphql.mutations.inputs import given

strawberry.enum(Scheme, name="SecretScheme", description="How an endpoint wants its secret.")


@described_input
class SecretInput:
    """A secret, which nothing ever shows again.

    BEARER: as `Authorization: Bearer …`. HEADER: as it is, in a header of its own.
    """

    value: str
    scheme: Scheme = Scheme.BEARER
    header: str | None = None

    def secret(self) -> NewSecret:
        """As orders take it."""
        return NewSecret(SecretText(self.value), self.scheme, self.header)

    def __repr__(self) -> str:
        """Without the secret."""
        return "SecretInput(…)"


@described_input
class DeclaredCapability:
    """A capability, and to which degree, 0 to 1."""

    tag: str
    level: float = 1.0


@described_input
class DeclaredPrice:
    """US dollars per million tokens; `perRequest`: per call."""

    input: Money | None = None
    output: Money | None = None
    cached_read: Money | None = None
    cache_write: Money | None = None
    per_request: Money | None = None

    def price(self) -> Price:
        """As the domain has it."""
        return Price(
            input=self.input,
            output=self.output,
            cached_read=self.cached_read,
            cache_write=self.cache_write,
            per_request=self.per_request,
        )


@described_input
class DeclaredModel:
    """What you know of a model that the endpoint serves under its own name, `nativeId`.

    `model`: it is that one of the graph. Without it the name is matched, and what leads to none is
    your own model, `@tenant/name`; `variantOf` then says which one of the graph it was made from.
    """

    native_id: str
    model: strawberry.ID | None = None
    variant_of: strawberry.ID | None = None
    variant: Variant | None = None
    name: str | None = None
    mode: Mode | None = None
    context: int | None = None
    max_output: int | None = None
    quantization: str | None = None
    modalities_in: list[str] | None = None
    modalities_out: list[str] | None = None
    languages: list[str] | None = None
    price: DeclaredPrice | None = None
    capabilities: list[DeclaredCapability] | None = None

    def listed(self) -> Listed:
        """As the domain has it."""
        return Listed(
            native_id=self.native_id,
            model=self.model,
            variant_of=self.variant_of,
            variant=self.variant,
            name=self.name,
            mode=self.mode,
            context=self.context,
            max_output=self.max_output,
            quantization=self.quantization,
            modalities_in=_several(self.modalities_in),
            modalities_out=_several(self.modalities_out),
            languages=_several(self.languages),
            price=None if self.price is None else self.price.price(),
            capabilities={each.tag: each.level for each in self.capabilities or ()} or None,
        )


@described_input
class EndpointInput:
    """An endpoint to be set up. Its id is `tenant/name`, or `name` where it is the platform's.

    Give a secret or say that it is keyless. `provider` and `dedicatedTo` are for platform admins.
    """

    name: str
    url: str
    dialect: Dialect = Dialect.OPENAI
    server: ServerKind = ServerKind.OPENAI_COMPATIBLE
    hosting: Hosting = Hosting.PUBLIC_API
    residency: list[str] | None = None
    zones: list[str] | None = None
    keyless: bool = False
    secret: SecretInput | None = None
    models: list[DeclaredModel] | None = None
    provider: str | None = None
    dedicated_to: list[strawberry.ID] | None = None

    def new(self, tenant: str | None) -> NewEndpoint:
        """As orders take it."""
        return NewEndpoint(
            name=self.name,
            url=self.url,
            details={
                "dialect": self.dialect,
                "server": self.server,
                "hosting": self.hosting,
                "residency": tuple(self.residency or ()),
                "zones": tuple(self.zones or ()),
                "keyless": self.keyless,
            },
            secret=None if self.secret is None else self.secret.secret(),
            models=tuple(each.listed() for each in self.models or ()),
            tenant=tenant,
            dedicated_to=tuple(self.dedicated_to or ()),
            provider=self.provider,
        )


@described_input
class EndpointChange:
    """What is to be changed of an endpoint. What is left out stays; lists are replaced whole.

    A new host, scheme or port needs the secret again: it is bound to the address it was given for.
    """

    url: str | None = UNSET
    dialect: Dialect | None = UNSET
    server: ServerKind | None = UNSET
    hosting: Hosting | None = UNSET
    residency: list[str] | None = UNSET
    zones: list[str] | None = UNSET
    keyless: bool | None = UNSET
    secret: SecretInput | None = UNSET
    models: list[DeclaredModel] | None = UNSET

    def given(self) -> Given:
        """As orders take it.

        Raises:
            InvalidRequest: a field is null.
        """
        fields: dict[str, Any] = given(
            **{name: getattr(self, name) for name in self.__annotations__}
        )
        for name, value in fields.items():
            if value is None:
                raise InvalidRequest(f"{name} must not be null; leave it out.", field=name)
        secret, models = fields.pop("secret", None), fields.pop("models", None)
        lists: dict[str, Any] = {
            name: tuple(fields[name]) for name in ("residency", "zones") if name in fields
        }
        return Given(
            {**fields, **lists},
            None if secret is None else secret.secret(),
            None if models is None else tuple(each.listed() for each in models),
        )


def _several(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
