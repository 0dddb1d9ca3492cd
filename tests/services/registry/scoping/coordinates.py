"""What every argument of the schema stands for, and what a tenant is never shown.

A callable is asked with each customer: it names something of a tenant. Anything else is the same
whoever's things are meant. What is in none of these tables fails the matrix until somebody says
how it is to be asked.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.services.registry.scoping.customers import Customer
from tests.services.registry.scoping.policies import document

NOW = object()
Value = Callable[[Customer], Any]
Arguments = Mapping[str, Any]

# Fields that only the platform's own keys may ask, and those that a tenant's admins may, not users.
FOR_OPERATORS = frozenset(
    {
        "tenantClasses",
        "tiers",
        "sources",
        "deadLetters",
        "deadLetter",
        "consumed",
        "commits",
        "unsureNames",
        "waiting",
    }
)
FOR_ADMINS = frozenset({"keys", "keyHistory", "checkPolicy"})

# What is null or empty for every tenant, though the types that hold it are shown to them.
HIDDEN: Mapping[str, str] = {
    "Status.deadLetters": "letters are the platform's",
    "Status.parked": "letters are the platform's",
    "Status.sources": "nothing is counted that is not seen",
    "Counts.sources": "nothing is counted that is not seen",
}
# Nothing in these worlds has it, and whoever asks would see the same.
UNFILLED: Mapping[str, str] = {
    "Release.deprecatedOn": "said of offerings and models here",
    "Release.retiresOn": "said of offerings and models here",
    "Release.succeededBy": "no source names a release's successor",
    "Committed.findings": "what would be refused is no order of these",
    "BlastRadius.moves": "their class keeps them in the EU and all of theirs lies in CH",
    "EndpointTest.reason": "every server that is looked at is of use",
    "PolicyTest.message": "a test that fails refuses its document",
    "PolicyReport.errors": "what is wrong in a document quotes nothing but the document",
    "PolicyDiff.moved": "nobody in these worlds is served within their bounds",
    "PolicyDiff.moves": "the same",
    **{
        f"DecisionMove.{name}": "the same"
        for name in ("asked", "before", "after", "isElsewhere", "firstMsBefore", "firstMsAfter")
    },
}
# Questions that tell a tenant nothing, whosever things it names.
UNTOLD: Mapping[str, str] = {
    "overrides(tenantClass)": "what is said for a class is in effectiveScope alone",
}
# The same for everybody, and moved by everybody's changes: which there were stays untold.
COMMON = frozenset({"checksum", "epoch", "committedAt", "acceptedAt"})


def _same(name: str) -> Value:
    return lambda who: getattr(who, name)


# By field and argument; each alternative is asked on its own.
ARGUMENTS: Mapping[str, Sequence[Any]] = {
    "model(id)": [_same("hosted"), _same("model"), _same("ours")],
    "release(id)": [
        _same("release"),
        _same("ours_release"),
        lambda who: f"{who.hosted}@undated",
    ],
    "releases(model)": [_same("hosted"), _same("model"), _same("ours")],
    "endpoint(id)": [_same("dedicated"), _same("endpoint"), _same("rack")],
    "offering(id)": [_same("hosted_offering"), _same("offering"), _same("ours_offering")],
    "fallbackChain(model)": [_same("hosted")],
    "alternatives(model)": [_same("hosted"), _same("model"), _same("ours")],
    "tenant(id)": [_same("word")],
    "projects(tenant)": [_same("word")],
    "overrides(tenant)": [_same("word")],
    "overrides(tenantClass)": [_same("tenant_class")],
    "override(id)": [_same("rule_id"), lambda who: f"platform:{who.rule_id}"],
    "policies(tenant)": [_same("word")],
    "policies(name)": [_same("policy")],
    "tenants(ids)": [lambda who: [who.word]],
    "keys(tenant)": [_same("word")],
    "keyHistory(tenant)": [_same("word")],
    "keyHistory(keyId)": [_same("key"), _same("user_key")],
    "deadLetter(id)": ["1", "3"],
    "endings(since)": ["2020-01-01"],
    "endings(until)": ["2099-12-31"],
    "claims(field)": ["context"],
}
# Arguments that belong together: all sets in which a field is asked.
SETS: Mapping[str, Sequence[Arguments]] = {
    "policy": [
        {"name": _same("policy"), "tenant": _same("word")},
        {"name": _same("policy"), "tenant": _same("word"), "version": 2},
        {"name": _same("policy")},
    ],
    "policyDiff": [
        {"name": _same("policy"), "tenant": _same("word"), "from": 1, "to": 2},
        {"name": _same("policy"), "from": 1, "to": 2},
    ],
    "checkPolicy": [
        {"document": document},
        {"document": document, "tenant": _same("word")},
    ],
    "effectiveScope": [
        {"tenant": _same("word"), "project": _same("project"), "key": _same("key")},
        {"tenant": _same("word")},
        {"tenant": _same("word"), "project": _same("project")},
    ],
    "history": [
        {"kind": kind, "id": name}
        for kind, names in {
            "MODEL": ["hosted", "model", "ours"],
            "RELEASE": ["release", "ours_release"],
            "ENDPOINT": ["endpoint", "dedicated", "former", "rack"],
            "OFFERING": ["offering", "hosted_offering", "ours_offering"],
            "PROJECT": ["project_id"],
            "TENANT": ["word"],
            "OVERRIDE": ["rule_id"],
            "POLICY": ["policy_id"],
        }.items()
        for name in map(_same, names)
    ]
    + [{"kind": "ENDPOINT", "id": name} for name in ("rack-seven", "rack-for-two", "openai")]
    + [{"kind": "OVERRIDE", "id": lambda who: f"platform:{who.word}/{who.word}-deny"}],
    "diff": [
        {"from": 0},
        {"from": 1, "to": 6},
        *({"from": before, "to": before + 1} for before in range(14)),
    ],
    "graph": [{}, {"revision": 9}, {"at": NOW}],
}
# By input and field; a field that is an input itself is asked with each of its own.
INPUTS: Mapping[str, Sequence[Any]] = {
    "ModelFilter.provider": [_same("word")],
    "ModelFilter.capability": [_same("tag")],
    "ModelFilter.minContext": [_same("number")],
    "ModelFilter.residency": [["CH"]],
    "ModelFilter.openWeights": [True, False],
    "ModelFilter.search": [_same("word"), _same("native")],
    "OfferingFilter.model": [_same("hosted"), _same("model"), _same("ours")],
    "OfferingFilter.endpoint": [_same("dedicated"), _same("endpoint"), _same("rack")],
    "OfferingFilter.provider": [_same("word")],
    "OfferingFilter.residency": [["CH"]],
    "OfferingFilter.search": [_same("word"), lambda who: f"{who.word}-v1"],
    "EndpointFilter.provider": [_same("word"), lambda who: f"@{who.word}"],
    "EndpointFilter.residency": ["CH"],
    "EndpointFilter.search": [_same("word"), _same("dedicated"), _same("rack")],
    # Ceilings: what is below both numbers is the same, so they name nobody's things.
    "PriceCeiling.maxInput": [10**9],
    "PriceCeiling.maxOutput": [10**9],
    "ModalityFilter.input": [["image"]],
    "ModalityFilter.output": [["text"]],
    "CapabilityFilter.allOf": [lambda who: [{"tag": who.tag}]],
    "CapabilityFilter.anyOf": [lambda who: [{"tag": who.tag, "minLevel": 0.4}]],
    "CapabilityFilter.noneOf": [[{"tag": "flying"}]],
}
INPUT_SETS: Mapping[str, Sequence[Arguments]] = {
    "Range": [{"min": _same("number"), "max": _same("number")}, {"min": _same("number")}],
    "WantedCapability": [{"tag": _same("tag"), "minLevel": 0.1}],
    "ModelSort": [
        {"by": by, "direction": way, **({"task": "general"} if by == "QUALITY" else {})}
        for by in (
            "ID",
            "NAME",
            "CONTEXT",
            "RELEASED_ON",
            "PRICE_INPUT",
            "PRICE_OUTPUT",
            "QUALITY",
        )
        for way in ("ASC", "DESC")
    ],
    "OfferingSort": [
        {"by": by, "direction": way}
        for by in ("ID", "CONTEXT", "PRICE_INPUT", "PRICE_OUTPUT")
        for way in ("ASC", "DESC")
    ],
}
# Told with every list: how many, and from where; cursors have cells of their own.
PAGING: Mapping[str, Any] = {"first": 50, "after": None}
