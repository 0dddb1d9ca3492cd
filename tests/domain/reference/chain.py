"""Whom to try, and in which order."""

from collections.abc import Iterator
from typing import NamedTuple

from routeyard.domain.cohort import bucket
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.resolution import Because
from tests.domain.reference.asked import Asked, Candidate
from tests.domain.reference.policies import Judged, Policies, reads
from tests.domain.reference.rules import Rules, weight_of
from tests.domain.reference.scoring import Scoring, tie

CLOSE = 0.02
OF_ENDPOINT = "latency_ms|ttft_ms|health"
MOST = 4


class Pick(NamedTuple):
    """A candidate, and why it stands here."""

    candidate: Candidate
    because: Because


class Chain:
    """The order in which candidates are tried, each at another endpoint."""

    def __init__(self, asked: Asked, rules: Rules, policies: Policies) -> None:
        self.asked = asked
        self.rules = rules
        self.policies = policies
        self.scoring = Scoring(asked, rules, policies)
        self.at_primary: list[Judged] = []

    def by_worth(self, candidates: list[Candidate]) -> list[Candidate]:
        """The best first."""
        return sorted(candidates, key=lambda c: (self.scoring.worth(c), tie(c)), reverse=True)

    def picks(self, eligible: list[Candidate], anyone: list[Candidate]) -> list[Pick]:
        """Of those that are eligible; fallbacks also of those that were only not asked for."""
        if not eligible:
            return []
        primary = self.primary(eligible)
        self.at_primary = list(self.policies.judged(primary.candidate))
        wanted = self.asked.wanted.provider
        if wanted is not None and not wanted.allow_fallbacks and not wanted.order:
            return [primary]
        found: list[Pick] = []
        for pick in self.in_order(primary, eligible, anyone):
            tried = {each.candidate.endpoint.id for each in found}
            if pick.candidate.endpoint.id not in tried and len(found) < MOST:
                found.append(pick)
        return found

    def in_order(
        self, primary: Pick, eligible: list[Candidate], anyone: list[Candidate]
    ) -> Iterator[Pick]:
        others = (*self.policies.of_scope, *self.policies.of_request)
        first = [each for each in self.at_primary if each.applies]
        after = [each for each in self.at_primary if not each.applies]
        after += [each for each in others if each.applies]
        elsewhere = self.but_where_it_is_slow(primary, first, anyone)
        for judged in first:
            yield from self.best_of(judged.rule.fallback, elsewhere, Because.POLICY_FALLBACK)
        yield primary
        for judged in after:
            yield from self.best_of(judged.rule.fallback, anyone, Because.POLICY_FALLBACK)
        following = primary.candidate.model.falls_back_to
        if following is not None:
            yield from self.best_of((following,), anyone, Because.FALLS_BACK_TO)
        yield from (Pick(each, Because.NEXT_BEST) for each in self.by_worth(eligible))

    def but_where_it_is_slow(
        self, primary: Pick, first: list[Judged], anyone: list[Candidate]
    ) -> list[Candidate]:
        """A rule that holds by the latency or the health of an endpoint asks for another one."""
        if not any(reads(judged.rule, "primary", OF_ENDPOINT) for judged in first):
            return anyone
        return [each for each in anyone if each.endpoint.id != primary.candidate.endpoint.id]

    def best_of(
        self, names: tuple[str, ...], anyone: list[Candidate], because: Because
    ) -> Iterator[Pick]:
        for name in names:
            meant = self.by_worth([each for each in anyone if each.is_called(name)])
            yield from (Pick(each, because) for each in meant[:1])

    def primary(self, eligible: list[Candidate]) -> Pick:
        """The best, or one of the endpoints of its release that are as good."""
        best = self.by_worth(eligible)[0]
        least = self.scoring.worth(best) - CLOSE
        alike = [
            each
            for each in sorted(eligible, key=lambda c: c.offering.id)
            if each.offering.release == best.offering.release and self.scoring.worth(each) >= least
        ]
        if len(alike) == 1:
            return Pick(best, Because.BEST)
        return self.by_weight(alike) or self.by_load(best, alike)

    def by_weight(self, alike: list[Candidate]) -> Pick | None:
        """In proportion to the shares that are said; nobody without a share has calls."""
        said = {o.target: weight_of(o) for o in self.rules.narrowest(OverrideKind.WEIGHT).values()}
        shares = [(each, said.get(each.endpoint.id, 0.0)) for each in alike]
        shares = [(each, share) for each, share in shares if share > 0.0]
        if not shares:
            return None
        key = self.asked.wanted.sticky_key
        draw = self.asked.inputs.draw if key is None else bucket("weights", key) / 10_000
        left = draw * sum(share for _, share in shares)
        for each, share in shares:
            left -= share
            if left < 0.0:
                return Pick(each, Because.WEIGHTED)
        return Pick(shares[-1][0], Because.WEIGHTED)

    def by_load(self, best: Candidate, alike: list[Candidate]) -> Pick:
        """The less busy one of two, by one draw for the pair."""
        load = self.asked.inputs.load
        known = [each for each in alike if each.endpoint.id in load]
        pairs = [(one, other) for one in known for other in known if one is not other]
        if not pairs:
            return Pick(best, Because.BEST)
        drawn = pairs[min(int(self.asked.inputs.draw * len(pairs)), len(pairs) - 1)]

        def busy(each: Candidate) -> tuple[float, str]:
            seen = load[each.endpoint.id]
            return seen.latency_ms * (seen.in_flight + 1), each.offering.id

        lighter = min(drawn, key=busy)
        return Pick(lighter, Because.BEST if lighter is best else Because.LIGHTER_LOAD)
