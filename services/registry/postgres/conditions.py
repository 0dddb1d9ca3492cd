"""What a list is filtered and sorted by, as SQL."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from routeyard.domain.claims import Kind
from routeyard.domain.overrides import ScopeLevel
from routeyard.domain.territories import covered
from services.registry.postgres.sight import Look, Values, one_of
from services.registry.reads import Order, Sort, Tagged, Wanted

_WORD = re.compile(r"[^\W_]+")


class Key(NamedTuple):
    """What a list is sorted by: an expression, its type, and what it has to be joined with."""

    expression: str
    type: str
    join: str = ""


_KEYS = {
    Sort.ID: Key("CAST(NULL AS text)", "text"),
    Sort.NAME: Key("lower(e.doc ->> 'name') COLLATE \"C\"", "text"),
    Sort.CONTEXT: Key("CAST(e.doc ->> 'context' AS numeric)", "numeric"),
    Sort.RELEASED_ON: Key("(e.doc ->> 'released_on') COLLATE \"C\"", "text"),
    Sort.QUALITY: Key("CAST(e.doc -> 'quality' ->> :task AS float8)", "float8"),
}


# A rule's scope is the narrowest that its body names.
_LEVELS = {
    ScopeLevel.PLATFORM: "NOT e.doc ?| ARRAY['tenant', 'tenant_class']",
    ScopeLevel.CLASS: "e.doc ? 'tenant_class'",
    ScopeLevel.TENANT: "e.doc ? 'tenant' AND NOT e.doc ?| ARRAY['project', 'key']",
    ScopeLevel.PROJECT: "e.doc ? 'project' AND NOT e.doc ? 'key'",
    ScopeLevel.KEY: "e.doc ? 'key'",
}


class Where:
    """Conditions on entities `e` of a kind, gathered with their parameters."""

    def __init__(self, look: Look, kind: Kind, wanted: Wanted) -> None:
        self._look = look
        self._wanted = wanted
        self.values: Values = dict(look.values)
        self._kind = kind
        self._is_joined = False
        self._conditions = [look.listed(kind, "e"), *self._own(kind)]

    def clause(self) -> str:
        """All conditions; their parameters are in `values` from then on."""
        return " AND ".join([*self._conditions, *self._related(self._kind)])

    def sort_key(self, order: Order) -> Key:
        """What the list is sorted by. A model's price is its cheapest offering's asked for."""
        self.values["task"] = order.task
        if order.by in _KEYS:
            return _KEYS[order.by]
        name = order.by.removeprefix("price_")
        if self._kind is Kind.OFFERING:
            return Key(price("e", name), "numeric")
        # Where offerings are asked for, models without one are left out by the join.
        self._is_joined = self._asks_for_offerings()
        join = "JOIN" if self._is_joined else "LEFT JOIN"
        cheapest = f"SELECT o.model AS model, min({price('o', name)}) AS price"
        return Key(
            "c.price",
            "numeric",
            f" {join} ({cheapest} {self._offered()} GROUP BY 1) c ON c.model = e.id",
        )

    def _asks_for_offerings(self) -> bool:
        return self._kind is Kind.MODEL and bool(self._priced("o") or self._placed("p"))

    def _offered(self) -> str:
        """Offerings `o` that are seen and meet what is asked of them and their endpoints `p`."""
        priced = self._priced("o")
        placed = self._placed("p")
        conditions = [self._look.listed(Kind.OFFERING, "o"), *priced, *self._at("o", placed)]
        return f"FROM entity o WHERE {' AND '.join(conditions)}"

    def _own(self, kind: Kind) -> list[str]:
        """What stands in the body itself."""
        wanted = self._wanted
        return [
            *self._equal("model", "e.model", wanted.model),
            *self._equal("endpoint", "e.endpoint", wanted.endpoint),
            *self._equal("mode", "e.doc ->> 'mode'", wanted.mode),
            *self._equal("dialect", "coalesce(e.doc ->> 'dialect', 'openai')", wanted.dialect),
            *self._tenant(),
            *self._of_rules(),
            *self._lifecycle(),
            *self._numbers(),
            *self._modalities(),
            *self._tagged(),
            *(self._priced("e") if kind is Kind.OFFERING else ()),
            *(self._placed("e") if kind is Kind.ENDPOINT else ()),
            *(
                self._equal("provider", "e.doc ->> 'provider'", wanted.provider)
                if kind is not Kind.OFFERING
                else ()
            ),
        ]

    def _related(self, kind: Kind) -> list[str]:
        """What stands in the bodies of offerings and endpoints that belong to it."""
        found: list[str] = []
        wanted = self._wanted
        if self._asks_for_offerings() and not self._is_joined:
            found.append(one_of("e.id", f"SELECT o.model {self._offered()}"))
        if kind is Kind.OFFERING:
            placed = [
                *self._placed("p"),
                *self._equal("provider", "p.doc ->> 'provider'", wanted.provider),
            ]
            found += self._at("e", placed)
        return [*found, *self._searched(kind)]

    def _at(self, alias: str, placed: list[str]) -> list[str]:
        """What is asked of an offering's endpoint `p`."""
        if not placed:
            return []
        conditions = " AND ".join([self._look.seen(Kind.ENDPOINT, "p"), *placed])
        return [one_of(f"{alias}.endpoint", f"SELECT p.id FROM entity p WHERE {conditions}")]

    def _equal(self, name: str, expression: str, value: object) -> list[str]:
        if value is None:
            return []
        self.values[name] = value
        return [f"{expression} = :{name}"]

    def _tenant(self) -> list[str]:
        return [
            f"{condition} AND {of_tenant(':tenant')}"
            for condition in self._equal("tenant", "e.doc ->> 'tenant'", self._wanted.tenant)
        ]

    def _of_rules(self) -> list[str]:
        found = self._equal("tenant_class", "e.doc ->> 'tenant_class'", self._wanted.tenant_class)
        found += self._equal("name", "e.doc ->> 'name'", self._wanted.name)
        found += self._equal("state", "e.doc ->> 'state'", self._wanted.state)
        if self._wanted.is_platforms:
            found.append("NOT e.doc ? 'tenant'")
        if self._wanted.level is not None:
            found.append(_LEVELS[self._wanted.level])
        return found

    def _lifecycle(self) -> list[str]:
        # Bodies leave defaults out.
        return self._any_of("lifecycle", "coalesce(e.doc ->> 'lifecycle', 'ga')")

    def _any_of(self, name: str, expression: str) -> list[str]:
        values = getattr(self._wanted, name)
        if not values:
            return []
        self.values[name] = list(values)
        return [f"{expression} = ANY(CAST(:{name} AS text[]))"]

    def _numbers(self) -> list[str]:
        context = "CAST(e.doc ->> 'context' AS numeric)"
        found = []
        for name, compare in (("min_context", ">="), ("max_context", "<=")):
            if (value := getattr(self._wanted, name)) is not None:
                self.values[name] = value
                found.append(f"{context} {compare} :{name}")
        if self._wanted.open_weights is not None:
            self.values["open_weights"] = self._wanted.open_weights
            found.append("CAST(e.doc ->> 'open_weights' AS boolean) = :open_weights")
        return found

    def _modalities(self) -> list[str]:
        found = []
        for name in ("modalities_in", "modalities_out"):
            if values := getattr(self._wanted, name):
                self.values[name] = list(values)
                found.append(f"e.doc -> '{name}' @> to_jsonb(CAST(:{name} AS text[]))")
        return found

    def _tagged(self) -> list[str]:
        wanted = self._wanted
        either = " OR ".join(self._levels("any", wanted.any_of))
        return [
            *self._levels("all", wanted.all_of),
            *([f"({either})"] if either else ()),
            *(f"{each} IS NOT TRUE" for each in self._levels("none", wanted.none_of)),
        ]

    def _levels(self, name: str, tagged: Iterable[Tagged]) -> list[str]:
        found = []
        for number, each in enumerate(tagged):
            self.values[f"{name}{number}"] = each.tag
            level = f"CAST(e.doc -> 'capabilities' ->> :{name}{number} AS float8)"
            if each.min_level is None:
                found.append(f"({level} > 0)")
            else:
                self.values[f"{name}_level{number}"] = each.min_level
                found.append(f"({level} >= :{name}_level{number})")
        return found

    def _priced(self, alias: str) -> list[str]:
        found = []
        for name in ("input", "output"):
            if (most := getattr(self._wanted, f"max_{name}")) is not None:
                self.values[f"max_{name}"] = most
                found.append(f"{price(alias, name)} <= :max_{name}")
        return found

    def _placed(self, alias: str) -> list[str]:
        found = self._any_of("hosting", f"coalesce({alias}.doc ->> 'hosting', 'public_api')")
        if self._wanted.residency:
            # As the resolver has it: every place lies within; what is not stated is not known to.
            self.values["residency"] = sorted(covered(self._wanted.residency))
            found.append(f"{alias}.doc -> 'residency' <@ to_jsonb(CAST(:residency AS text[]))")
        return found

    def _searched(self, kind: Kind) -> list[str]:
        if self._wanted.search is None or not self._wanted.search.strip():
            return []
        self.values["words"] = query = _words(self._wanted.search)
        if not query:
            return ["false"]
        if kind is not Kind.MODEL:
            return [match("e")]
        offered = self._look.listed(Kind.OFFERING, "n")
        named = f"SELECT n.model FROM entity n WHERE {offered} AND {match('n')}"
        return [f"({match('e')} OR {one_of('e.id', named)})"]


def of_tenant(tenant: str) -> str:
    """Whether the id of `e` says that it is a project of a tenant, or a rule for it.

    The ranges let the index on ids find them: '0' follows '/' in ASCII.
    """
    ranges = (
        f"(e.id >= ({each} || '/') COLLATE \"C\" AND e.id < ({each} || '0') COLLATE \"C\")"
        for each in (tenant, f"'platform:' || {tenant}")
    )
    return f"({' OR '.join(ranges)})"


def price(alias: str, name: str) -> str:
    """Dollars per million tokens of an offering."""
    return f"{alias}.price_{name}"


def match(alias: str) -> str:
    """Whether the words are there."""
    return f"{alias}.words @@ CAST(:words AS tsquery)"


def _words(search: str) -> str:
    """A tsquery: every word has to be there; a word of letters, and the last one, may go on."""
    found = _WORD.findall(search.lower())
    last = len(found) - 1
    return " & ".join(
        f"'{word}':*" if number == last or word.isalpha() else f"'{word}'"
        for number, word in enumerate(found)
    )
