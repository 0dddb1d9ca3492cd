"""Who may give which order: the whole table, compared with what really happens.

An order that is not here fails the test until somebody enters it. `arguments` are such that the
order makes sense for one's own tenant; those that raise nobody's rights are enough of them.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from tests.services.registry.scoping.customers import OTHER, OWN, Customer
from tests.services.registry.scoping.policies import document


class Outcome(StrEnum):
    """What comes of an order about one's own."""

    DONE = "done"
    REFUSED = "not_allowed"


class Right(NamedTuple):
    """What an order is given with, and what comes of it by who gives it.

    `named`: the arguments that name something a tenant might have; each is asked with one's own,
    another's and nobody's. `raising`: arguments that would raise the caller's rights, all refused.
    """

    arguments: Callable[[Customer], dict[str, Any]]
    admin: Outcome
    user: Outcome = Outcome.REFUSED
    named: Mapping[str, Callable[[Customer], Any]] = {}
    raising: tuple[dict[str, Any], ...] = ()


def _platforms(arguments: Callable[[Customer], dict[str, Any]], *named: tuple[str, str]) -> Right:
    return Right(arguments, Outcome.REFUSED, named={key: _same(name) for key, name in named})


def _same(name: str) -> Callable[[Customer], Any]:
    return lambda who: getattr(who, name)


def _rule(who: Customer) -> dict[str, Any]:
    return {
        "tenant": who.word,
        "name": "new-rule",
        "kind": "DENY",
        "targetKind": "MODEL",
        "target": "openai/gpt-4o",
        "reason": "policy",
    }


def _changes() -> dict[str, Right]:
    """Each change that can be part of many is an order of its own."""

    def one(
        name: str,
        said: Callable[[Customer], Any],
        admin: Outcome = Outcome.REFUSED,
        raised: tuple[dict[str, Any], ...] = (),
    ) -> Right:
        def told(who: Customer) -> list[dict[str, Any]]:
            return [{name: said(who)}]

        return Right(
            lambda who: {"changes": told(who), "reason": "all at once"},
            admin,
            named={"changes": told},
            raising=tuple({"changes": [{name: {**said(OWN), **each}}]} for each in raised),
        )

    place = {"author": "PLATFORM", "tenant": None, "tenantClass": "STANDARD"}
    rule = ({"author": "PLATFORM"}, {"author": "PLATFORM", "tenant": None}, place)
    return {
        "tier": one("tier", lambda who: {"id": who.tier, "name": "Sold"}),
        "tenantClass": one("tenantClass", lambda who: {"id": who.tenant_class, "name": "Kind"}),
        "tenant": one("tenant", lambda who: {"id": who.word, "name": "New"}),
        "project": one(
            "project",
            lambda who: {"tenant": who.word, "project": who.project, "name": "New"},
            Outcome.DONE,
        ),
        "override": one("override", _rule, Outcome.DONE, rule),
        "removeTier": one("removeTier", lambda who: who.tier),
        "removeTenantClass": one("removeTenantClass", lambda who: who.tenant_class),
        "removeProject": one(
            "removeProject",
            lambda who: {"tenant": who.word, "project": who.project},
            Outcome.DONE,
        ),
        "removeOverride": one(
            "removeOverride",
            lambda who: {"tenant": who.word, "name": who.rule},
            Outcome.DONE,
            rule,
        ),
    }


def _new(who: Customer, **more: Any) -> dict[str, Any]:
    """An endpoint to be set up."""
    return {"name": "new", "url": f"https://{who.word}.example/v1", "keyless": True, **more}


def _told(**said: str) -> Callable[[Customer], dict[str, Any]]:
    """An endpoint that serves a model of which something of a tenant's is said."""

    def told(who: Customer) -> dict[str, Any]:
        named = {key: getattr(who, name) for key, name in said.items()}
        return _new(OWN, models=[{"nativeId": "new", **named}])

    return told


def _declared(**said: str) -> Right:
    """One's own endpoint, and what is said of its models; nothing is carried out."""
    told = _told(**said)
    return Right(
        lambda who: {"input": told(who), "tenant": OWN.word, "dryRun": True},
        Outcome.DONE,
        named={"input": told},
    )


# What nobody may set up for a tenant but the platform, and where no endpoint may lie.
_RAISED = (
    {"dedicatedTo": [OWN.word]},
    {"dedicatedTo": [OTHER.word]},
    {"provider": "openai"},
    {"url": "https://127.0.0.1/v1"},
    {"url": "https://10.0.0.1/v1"},
    {"url": "http://169.254.169.254/latest"},
    {"url": "file:///etc/passwd"},
)
_SECRET = {"value": "no-secret-of-anybody"}


def _endpoints() -> dict[str, Right]:
    """Endpoints that are set up here; a tenant's admins decide on their tenant's alone."""
    return {
        "registerEndpoint": Right(
            lambda who: {"input": _new(who), "tenant": who.word},
            Outcome.DONE,
            named={"tenant": _same("word"), "input": lambda who: _new(OWN, name=f"{who.word}-own")},
            raising=tuple({"input": _new(OWN, **each)} for each in _RAISED),
        ),
        "registerEndpoint#model": _declared(model="hosted"),
        "registerEndpoint#variantOf": _declared(variantOf="ours"),
        "registerEndpoint#nativeId": _declared(nativeId="hosted"),
        "registerEndpoint#privateId": _declared(nativeId="ours"),
        "updateEndpoint": Right(
            lambda who: {"id": who.rack, "input": {"residency": ["CH"]}},
            Outcome.DONE,
            named={
                "id": _same("rack"),
                "input": lambda who: {"models": [{"nativeId": "x", "model": who.hosted}]},
            },
            raising=tuple({"input": each} for each in _RAISED),
        ),
        "rotateSecret": Right(
            lambda who: {"id": who.rack, "secret": _SECRET},
            Outcome.DONE,
            named={"id": _same("rack")},
        ),
        "deregisterEndpoint": Right(
            lambda who: {"id": who.rack, "reason": "moved"},
            Outcome.DONE,
            named={"id": _same("rack")},
        ),
        "testEndpoint": Right(
            lambda who: {"id": who.rack, "waitS": 1},
            Outcome.DONE,
            named={"id": _same("rack")},
        ),
        "testEndpoint#input": Right(
            lambda who: {"input": _new(OWN), "tenant": who.word, "waitS": 1},
            Outcome.DONE,
            named={"tenant": _same("word")},
            raising=tuple({"input": _new(OWN, **each)} for each in _RAISED),
        ),
        "testEndpoint#model": Right(
            lambda who: {"input": _told(model="hosted")(who), "tenant": OWN.word, "waitS": 1},
            Outcome.DONE,
            named={"input": _told(model="hosted")},
        ),
        "enableEndpoint": _platforms(
            lambda who: {"id": who.dedicated, "secret": _SECRET}, ("id", "dedicated")
        ),
        "disableEndpoint": _platforms(
            lambda who: {"id": who.dedicated, "reason": "over"}, ("id", "dedicated")
        ),
    }


RIGHTS: Mapping[str, Right] = {
    "createTenant": _platforms(lambda _: {"id": "new", "name": "New"}, ("id", "word")),
    "updateTenant": _platforms(lambda who: {"id": who.word, "name": "New"}, ("id", "word")),
    "offboardTenant": _platforms(lambda who: {"id": who.word, "reason": "left"}, ("id", "word")),
    "createProject": Right(
        lambda who: {"tenant": who.word, "project": "new", "name": "New"},
        Outcome.DONE,
        named={"tenant": _same("word"), "project": _same("project")},
    ),
    "removeProject": Right(
        lambda who: {"tenant": who.word, "project": who.project},
        Outcome.DONE,
        named={"tenant": _same("word"), "project": _same("project")},
    ),
    "defineTenantClass": _platforms(
        lambda who: {"id": who.tenant_class, "name": "Kind", "tier": who.tier},
        ("id", "tenant_class"),
        ("tier", "tier"),
    ),
    "removeTenantClass": _platforms(lambda who: {"id": who.tenant_class}, ("id", "tenant_class")),
    "defineTier": _platforms(lambda who: {"id": who.tier, "name": "Sold"}, ("id", "tier")),
    "removeTier": _platforms(lambda who: {"id": who.tier}, ("id", "tier")),
    "setOverride": Right(
        _rule,
        Outcome.DONE,
        named={
            "tenant": _same("word"),
            "project": _same("project"),
            "key": _same("key"),
            "target": _same("hosted"),
            "name": _same("rule"),
        },
        raising=(
            {"author": "PLATFORM"},
            {"author": "PLATFORM", "tenant": None},
            {"author": "PLATFORM", "tenant": None, "tenantClass": "STANDARD"},
        ),
    ),
    # What is allowed at all, so that requests go elsewhere then.
    "setOverride#model": Right(
        lambda who: {**_rule(OWN), "target": who.model, "dryRun": True},
        Outcome.DONE,
        named={"target": _same("model")},
    ),
    "removeOverride": Right(
        lambda who: {"tenant": who.word, "name": who.rule, "reason": "over"},
        Outcome.DONE,
        named={
            "tenant": _same("word"),
            "name": _same("rule"),
            "project": _same("project"),
            "key": _same("key"),
        },
        raising=({"author": "PLATFORM"}, {"author": "PLATFORM", "tenant": None}),
    ),
    "publishPolicy": Right(
        lambda who: {"document": document(who), "reason": "new", "tenant": who.word},
        Outcome.DONE,
        named={"tenant": _same("word"), "document": document},
    ),
    **{
        f"{order}Policy": Right(
            lambda who, version=version: {  # type: ignore[misc]
                "name": who.policy,
                "version": version,
                "reason": "time",
                "tenant": who.word,
            },
            Outcome.DONE,
            named={"tenant": _same("word"), "name": _same("policy")},
        )
        for order, version in (("shadow", 2), ("activate", 2), ("retire", 1))
    },
    "issueKey": Right(
        lambda who: {"role": "TENANT_USER", "label": "new", "tenant": who.word},
        Outcome.DONE,
        named={"tenant": _same("word"), "project": _same("project")},
        raising=(
            {"role": "PLATFORM_ADMIN"},
            {"role": "SERVICE"},
            {"role": "PLATFORM_ADMIN", "tenant": None},
            {"role": "SERVICE", "tenant": None},
            {"tenant": None},
        ),
    ),
    "rotateKey": Right(
        lambda who: {"keyId": who.new_key, "reason": "time"},
        Outcome.DONE,
        named={"keyId": _same("new_key")},
    ),
    "revokeKey": Right(
        lambda who: {"keyId": who.old_key, "reason": "time"},
        Outcome.DONE,
        named={"keyId": _same("old_key")},
    ),
    **_endpoints(),
    **{f"applyTenancy#{name}": right for name, right in _changes().items()},
    "registerSource": _platforms(lambda _: {"name": "mine", "rank": 99, "types": []}),
    "rehearse": _platforms(lambda _: {"events": []}),
    "replayDeadLetter": _platforms(lambda _: {"id": "1"}),
    "correct": _platforms(
        lambda who: {"kind": "MODEL", "id": who.hosted, "fields": {"name": "x"}, "reason": "r"},
        ("id", "hosted"),
    ),
    "retractCorrection": _platforms(
        lambda who: {"kind": "MODEL", "id": who.hosted, "reason": "r"}, ("id", "hosted")
    ),
    "assignName": _platforms(
        lambda who: {"offering": who.hosted_offering, "model": "a/b", "reason": "r"},
        ("offering", "hosted_offering"),
        ("model", "hosted"),
    ),
}
# Arguments of orders that name nothing anybody has, and raise no rights.
NAMES_NOBODYS: frozenset[str] = frozenset(
    {
        "name",
        "reason",
        "label",
        "kind",
        "dryRun",
        "ifRevision",
        "residency",
        "expiresAt",
        "overlap",
        "force",
        "role",
        "author",
        "tenantClass",
        "tier",
        "allowedNetworks",
        "limits",
        "limit",
        "value",
        "weight",
        "require",
        "rollout",
        "targetKind",
        "model",
        "allow",
        "rank",
        "types",
        "entities",
        "publicKeys",
        "events",
        "fields",
        "release",
        "id",
        "url",
    }
)
