"""From a policy document to a draft: checked as a whole, with everything that is wrong."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import msgspec

from routeyard.domain.policies import sense
from routeyard.domain.policies.asking import test_faults
from routeyard.domain.policies.condition import Condition
from routeyard.domain.policies.policy import Policy, PolicyState, Preference, Rule, policy_id
from routeyard.domain.policies.shape import Fault, Path, faults_of
from routeyard.domain.policies.written import Document, Spec, Test, WrittenRule
from routeyard.domain.resolution import Weights
from routeyard.domain.tenancy import Target

T = TypeVar("T")


class Draft(NamedTuple):
    """What a document comes to, before it has a version."""

    name: str
    rules: tuple[Rule, ...]
    match: Condition | None
    objective: Weights | None
    tests: tuple[Test, ...]

    def policy(
        self,
        version: int,
        document: str,
        tenant: str | None = None,
        state: PolicyState = PolicyState.DRAFT,
    ) -> Policy:
        """The version as the graph would hold it."""
        return Policy(
            id=policy_id(tenant, self.name, version),
            name=self.name,
            version=version,
            state=state,
            document=document,
            rules=self.rules,
            match=self.match,
            objective=self.objective,
            tenant=tenant,
        )


def read(plain: Any, tenant: str | None = None) -> Draft | list[Fault]:
    """The draft in a document's plain data; or everything that is wrong with it, as it stands.

    `tenant`: whose own policy it is to be; what is evaluated for a tenant's sake is kept small.
    """
    reader = _Reader(plain, tenant)
    found = reader.draft()
    return sorted(reader.faults, key=lambda fault: _place(fault.path)) if found is None else found


def _place(path: Path) -> tuple[str, ...]:
    return tuple(f"{step:08}" if isinstance(step, int) else step for step in path)


class _Reader:
    """Checks the parts that are of their shape, whatever is wrong with the others."""

    def __init__(self, plain: Any, tenant: str | None) -> None:
        self._plain = plain
        self._tenant = tenant
        self.faults = faults_of(Document, plain)
        self._unsound = [fault.path for fault in self.faults]

    def draft(self) -> Draft | None:
        """The draft; None when something is wrong, which is in `faults` then."""
        name, match = self._held("metadata", "name"), self._match()
        rules = [self._rule(number) for number in range(len(self._list("rules")))]
        self._note(("metadata", "name"), sense.name_faults(name) if isinstance(name, str) else ())
        self._note(("spec", "rules"), sense.names_twice(self._list("rules"), "rule"))
        self._note(("spec", "tests"), sense.names_twice(self._list("tests"), "test"))
        self._counts()
        for number in range(len(self._list("tests"))):
            self._test(number)
        objective = self._objective()
        if self.faults:
            return None
        spec = msgspec.convert(self._plain, Document).spec
        made = tuple(rule for rule in rules if rule is not None)
        return Draft(str(name), made, match, objective, spec.tests)

    def _match(self) -> Condition | None:
        path = ("spec", "match")
        match = self._condition(path, self._held(*path))
        self._note(path, sense.match_faults(match) if match else ())
        return match

    def _objective(self) -> Weights | None:
        path = ("spec", "objective")
        objective = self._sound(Weights, *path)
        self._note(path, sense.objective_faults(objective) if objective else ())
        return objective

    def _rule(self, number: int) -> Rule | None:
        path = ("spec", "rules", number)
        written = self._sound(WrittenRule, *path)
        if written is None:
            self._condition((*path, "when"), self._held(*path, "when"))
            return None
        when = self._condition((*path, "when"), written.when)
        self._note(path, sense.rule_faults(written, when))
        return _rule(written, when)

    def _test(self, number: int) -> None:
        path = ("spec", "tests", number)
        test = self._sound(Test, *path)
        named = (each.get("name") for each in self._list("rules") if isinstance(each, dict))
        rules = {name for name in named if isinstance(name, str)}
        is_tenants = self._tenant is not None
        self._note(path, test_faults(test, rules, is_tenants=is_tenants) if test else ())

    def _counts(self) -> None:
        for name, most in (("rules", sense.MOST_RULES), ("tests", sense.MOST_TESTS)):
            if len(self._list(name)) > most:
                self.faults.append(
                    Fault(("spec", name), f"there may be {most} {name}; make two policies of it.")
                )
        spec = self._sound(Spec, "spec")
        if spec is not None and not spec.rules and spec.objective is None:
            self.faults.append(Fault(("spec",), "it says nothing; give it rules or an objective."))

    def _condition(self, path: Path, text: Any) -> Condition | None:
        if not isinstance(text, str):
            return None
        found = sense.checked(text, is_tenants=self._tenant is not None)
        if isinstance(found, Condition):
            return found
        self._note(path, found)
        return None

    def _note(self, path: Path, faults: Any) -> None:
        self.faults += [fault._replace(path=(*path, *fault.path)) for fault in faults]

    def _sound(self, shape: type[T], *path: str | int) -> T | None:
        """A part that has nothing wrong about its shape, if it is there."""
        held = self._held(*path)
        is_unsound = any(
            each[: len(path)] == path or path[: len(each)] == each for each in self._unsound if each
        )
        return None if held is None or is_unsound else msgspec.convert(held, shape)

    def _list(self, name: str) -> list[Any]:
        held = self._held("spec", name)
        return held if isinstance(held, list) else []

    def _held(self, *path: str | int) -> Any:
        held = self._plain
        for step in path:
            if isinstance(held, dict):
                held = held.get(step)
            else:
                held = held[step] if isinstance(held, list) and isinstance(step, int) else None
        return held


def _rule(written: WrittenRule, when: Condition | None) -> Rule:
    prefer = written.prefer
    return Rule(
        name=written.name,
        when=when,
        require=written.require,
        deny=tuple(Target(kind=each.kind, id=each.id) for each in written.deny),
        prefer=None if prefer is None else Preference(**msgspec.structs.asdict(prefer)),
        fallback=written.fallback,
        missing=written.missing,
    )
