"""Which entities are there, and which of them a viewer sees: the conditions on every SELECT.

Only values travel as parameters; the texts are put together from constants.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from routeyard.domain.claims import Kind
from services.registry.reads import Viewer

Values = dict[str, Any]
Held = Callable[[str], str]


class Query(NamedTuple):
    """A statement and its parameters."""

    sql: str
    values: Values


class Look(NamedTuple):
    """With whose eyes, and at which revision; `at` None is now. `name` is the parameter's."""

    viewer: Viewer
    at: int | None = None
    name: str = "at"

    @property
    def values(self) -> Values:
        """The parameters that conditions name."""
        return {"viewer": self.viewer.tenant, self.name: self.at}

    def held(self, alias: str) -> str:
        """The condition for versions that held at the revision."""
        if self.at is None:
            return f"{alias}.to_revision IS NULL"
        return (
            f"{alias}.from_revision <= :{self.name} "
            f"AND ({alias}.to_revision IS NULL OR {alias}.to_revision > :{self.name})"
        )

    def seen(self, kind: Kind, alias: str) -> str:
        """The condition for entities of a kind that are there and that the viewer sees."""
        return f"{alias}.kind = '{kind}' AND {self.held(alias)}{self.allowed(kind, alias)}"

    def allowed(self, kind: Kind, alias: str) -> str:
        """What comes on top for a tenant."""
        if self.viewer.tenant is None:
            return ""
        return f" AND {tenant_sees(kind, alias, self.held)}"

    def listed(self, kind: Kind, alias: str) -> str:
        """As `seen`, for lists: what a tenant sees is found out once, not for each row."""
        here = f"{alias}.kind = '{kind}' AND {self.held(alias)}"
        if self.viewer.tenant is None:
            return here
        of_offerings = {
            Kind.OFFERING: (f"{alias}.endpoint", f"SELECT sp.id {self._endpoints()}"),
            Kind.MODEL: (f"{alias}.id", f"SELECT so.model {self._offerings()}"),
            Kind.RELEASE: (f"{alias}.id", f"SELECT so.doc ->> 'release' {self._offerings()}"),
        }
        if kind not in of_offerings:
            return self.seen(kind, alias)
        return f"{here} AND {one_of(*of_offerings[kind])}"

    def _endpoints(self) -> str:
        return f"FROM entity sp WHERE {self.seen(Kind.ENDPOINT, 'sp')}"

    def _offerings(self) -> str:
        at = one_of("so.endpoint", f"SELECT sp.id {self._endpoints()}")
        return f"FROM entity so WHERE so.kind = 'offering' AND {self.held('so')} AND {at}"


def one_of(expression: str, query: str) -> str:
    """Whether a value is one that a query finds.

    Without IS TRUE the planner may look for each value anew: it knows nothing of what is in a
    document and believes that next to no row is left. With it the query runs once, into a hash.
    """
    return f"(({expression}) IN ({query})) IS TRUE"


def seen(look: Look, kind: Kind) -> str:
    """The condition for entities `e` of a kind that are there and seen."""
    return look.seen(kind, "e")


def complete(look: Look, sql: str, values: Values) -> Query:
    """A statement whose `{held_e}` and the like stand for what held at the look's revision."""
    held = {f"held_{alias}": look.held(alias) for alias in "eops"}
    return Query(sql.format(**held), {**values, **look.values})


def tenant_sees(kind: Kind, alias: str, held: Held) -> str:  # noqa: PLR0911 - one for each kind
    """What a tenant sees of a kind: what is public, and what is its own."""
    match kind:
        case Kind.PROVIDER | Kind.PRECISION | Kind.CAPABILITY:
            return "true"
        case Kind.TENANT:
            return f"{alias}.id = :viewer"
        case Kind.OVERRIDE | Kind.PROJECT | Kind.POLICY:
            return f"{alias}.doc ->> 'tenant' = :viewer"
        case Kind.ENDPOINT:
            return owned(alias)
        case Kind.OFFERING:
            return (
                "EXISTS (SELECT FROM entity sp WHERE sp.kind = 'endpoint' "
                f"AND sp.id = {alias}.endpoint AND {held('sp')} AND {owned('sp')})"
            )
        case Kind.MODEL:
            return _offered(f"so.model = {alias}.id", held)
        case Kind.RELEASE:
            return _offered(
                f"so.model = {alias}.model AND so.doc ->> 'release' = {alias}.id",
                held,
            )
        case _:
            return "false"


def owned(alias: str) -> str:
    """Endpoints that are nobody's own and dedicated to nobody, or the viewer's in either way."""
    doc = f"{alias}.doc"
    return (
        f"(CASE WHEN {doc} ->> 'owner' IS NOT NULL THEN {doc} ->> 'owner' = :viewer "
        f"WHEN {doc} ? 'dedicated_to' THEN {doc} -> 'dedicated_to' ? :viewer ELSE true END)"
    )


def told(viewer: Viewer, kind: Kind, alias: str) -> str:
    """An entity's body as a viewer may see it, as text.

    To whom else an endpoint is dedicated, and who speaks for the platform, tenants are not told.
    """
    doc, body = f"{alias}.doc", f"{alias}.body"
    if viewer.tenant is None:
        return body
    if kind is Kind.ENDPOINT:
        has, kept = f"{doc} ? 'dedicated_to'", f"({doc} - 'dedicated_to')::text"
    elif kind is Kind.OVERRIDE:
        has, kept = f"{doc} ->> 'author' = 'platform'", f"({doc} - 'actor')::text"
    else:
        return body
    return f"CASE WHEN {has} THEN {kept} ELSE {body} END"


def _offered(of: str, held: Held) -> str:
    return (
        "EXISTS (SELECT FROM entity so JOIN entity sp ON sp.kind = 'endpoint' "
        f"AND sp.id = so.endpoint WHERE so.kind = 'offering' AND {of} "
        f"AND {held('so')} AND {held('sp')} AND {owned('sp')})"
    )
