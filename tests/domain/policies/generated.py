"""Policy documents as chance writes them: sound ones, nearly sound ones, and others."""

import random
from typing import Any

from routeyard.domain.policies.condition import VARIABLES
from routeyard.domain.resolution import HostingWanted, Objective, Precision, Step
from routeyard.domain.tenancy import TargetKind
from tests.domain.policies.legal import LEGAL

MODELS = ["openai/gpt-5", "mistral/mistral-large-3", "meta-llama/llama-4", "acme/private"]
PLACES = ["EU", "US", "DE", "FR", "XX"]
JUNK: list[Any] = [
    None,
    True,
    -1,
    0,
    10**400,
    -(10**5_000),
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "\x00",
    "\ud800",
    "a" * 3_000,
    "' || true || '",
    [],
    {},
    [[[]]],
    {"": None},
    {"name": {"name": {}}},
    ["x"] * 300,
    "9" * 5_000,
    "1e999999999",
]
KEYS = ["name", "when", "require", "deny", "prefer", "fallback", "missing", "spec", "match", "x"]


class Writer:
    """Writes documents; the same seed writes the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a seed makes it repeatable

    def document(self) -> Any:
        """A document, of which nothing to much is spoilt."""
        made: Any = {
            "apiVersion": "routeyard/v1",
            "kind": "RoutingPolicy",
            "metadata": {"name": f"p{self.chance.randint(0, 9)}"},
            "spec": self.spec(),
        }
        for _ in range(self.chance.choice([0, 0, 0, 1, 1, 2, 8])):
            made = self.spoilt(made)
        return made

    def spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {
            "rules": [self.rule(n) for n in range(self.chance.randint(0, 4))],
        }
        if self.chance.random() < 0.6:
            spec["match"] = self.condition(2, ("tenant", "project", "key"))
        if self.chance.random() < 0.4:
            spec["objective"] = {"cost": self.chance.random(), "quality": 1, "latency": 0.2}
        if self.chance.random() < 0.3:
            spec["tests"] = [{"given": self.given(), "expect": self.expect()}]
        return spec

    def rule(self, number: int) -> dict[str, Any]:
        rule: dict[str, Any] = {"name": f"r{number}"}
        effect = self.chance.choice(["require", "deny", "prefer", "fallback", "fallback"])
        for each in {effect, *self.some(["require", "deny", "prefer", "fallback"], 0.15)}:
            rule[each] = getattr(self, each)()
        if self.chance.random() < 0.7:
            groups = ("tenant", "request", "now", "router")
            alone = set(rule) <= {"name", "fallback"}
            rule["when"] = self.condition(2, (*groups, "primary") if alone else groups)
        if self.chance.random() < 0.2:
            rule["missing"] = self.chance.choice(["skip", "apply"])
        return rule

    def some(self, options: list[Any], share: float) -> list[Any]:
        return [each for each in options if self.chance.random() < share]

    def require(self) -> dict[str, Any]:
        pick = self.chance.choice
        parts: list[dict[str, Any]] = [
            {"residency": self.some(PLACES, 0.4) or ["EU"]},
            {"hosting": [str(pick(list(HostingWanted)))]},
            {"capabilities": [pick(["long_context", "nothing", {"name": "long_context"}])]},
            {"min_context": pick([0, 1_000, 10**9])},
            {"precision": str(pick(list(Precision)))},
            {"max_price_per_mtok": {"input": pick(["0.5", 2, "100"])}},
            {"max_latency_ms": pick([1, 2_000])},
            {"languages": ["de"]},
            {"quantizations": ["fp8"]},
            {"callable": True},
        ]
        found: dict[str, Any] = {}
        for part in self.chance.sample(parts, self.chance.randint(1, 2)):
            found |= part
        return found

    def deny(self) -> list[dict[str, Any]]:
        names = [*MODELS, "openai", "rack", "cloud", "long_context", "hidden", "nothing"]
        return [
            {"kind": str(self.chance.choice(list(TargetKind))), "id": self.chance.choice(names)}
            for _ in range(self.chance.randint(1, 3))
        ]

    def prefer(self) -> dict[str, Any]:
        options: list[dict[str, Any]] = [
            {"capability": "long_context"},
            {"model": self.chance.choice(MODELS)},
            {"endpoint": self.chance.choice(["hidden", "rack", "nothing"])},
            {"hosting": ["self_hosted"]},
            {"residency": ["EU"], "min_level": 0.9},
        ]
        return {**self.chance.choice(options), "weight": self.chance.choice([1, -3, 0.5, 1000])}

    def fallback(self) -> list[str]:
        return self.chance.sample([*MODELS, "nothing/nowhere"], self.chance.randint(1, 3))

    def given(self) -> dict[str, Any]:
        pick = self.chance.choice
        tenants = [{"id": "lex"}, {"class": LEGAL}, {"data_residency": "EU"}, {"class": "NONE"}]
        return {
            **pick([{}, {"tenant": pick(tenants)}]),
            **pick([{}, {"step": str(pick(list(Step)))}, {"models": [pick(MODELS)]}]),
            **pick([{}, {"primary": {"latency_ms": pick([0, 1, 2_001])}}]),
            **pick([{}, {"objective": str(pick(list(Objective)))}, {"require": self.require()}]),
        }

    def expect(self) -> dict[str, Any]:
        pick = self.chance.choice
        return pick([{"none": True}, {"model": pick(MODELS)}, {"residency": "EU"}, {"rule": "r0"}])

    def condition(self, depth: int, groups: tuple[str, ...]) -> str:
        """A condition, mostly of the right types."""
        if depth and self.chance.random() < 0.5:
            left, right = (self.condition(depth - 1, groups) for _ in range(2))
            return f"({left}) {self.chance.choice(['&&', '||'])} {right}"
        known = [name for name in VARIABLES if name.partition(".")[0] in groups]
        name = self.chance.choice(known)
        pick = self.chance.choice
        texts = ['"EU"', f'"{LEGAL}"', '"lex"', '"judging"', '"openai/gpt-5"', '"a\\"b"', "''"]
        match VARIABLES[name]:
            case "int":
                return f"{name} {pick(['>', '<=', '=='])} {pick([0, 12, 2000, 90000])}"
            case "string":
                options = [
                    f"{name} {pick(['==', '!='])} {pick(texts)}",
                    f"{name} in [{pick(texts)}]",
                ]
                return pick([*options, f"{name}.startsWith({pick(texts)})"])
            case _:
                return pick([f"{pick(texts)} in {name}", f"{name}.exists(x, x == {pick(texts)})"])

    def spoilt(self, made: Any) -> Any:
        """The same with one part of it replaced, renamed, doubled or taken away."""
        if not isinstance(made, dict | list) or not made or self.chance.random() < 0.15:
            return self.junk(made)
        copied: Any = dict(made) if isinstance(made, dict) else list(made)
        key = self.chance.choice(list(made) if isinstance(made, dict) else range(len(made)))
        roll = self.chance.random()
        if roll < 0.7:
            copied[key] = self.spoilt(made[key])
        elif roll < 0.8:
            del copied[key]
        elif isinstance(copied, dict):
            copied[self.chance.choice(KEYS)] = self.chance.choice([made[key], *JUNK])
        else:
            copied.append(made[key])
        return copied

    def junk(self, made: Any) -> Any:
        if isinstance(made, str) and made and self.chance.random() < 0.5:
            at = self.chance.randrange(len(made))
            extra = self.chance.choice(["", "(", ")", '"', "\\", " && ", "\x00", "é", "'", "!"])
            return made[:at] + extra + made[at + self.chance.randint(0, 2) :]
        return self.chance.choice(JUNK)
