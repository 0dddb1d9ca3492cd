"""The whole answer to a request."""

from collections import Counter
from collections.abc import Iterable

from routeyard.domain import resolution
from routeyard.domain.graph import Graph
from routeyard.domain.resolution import Inputs, Rejection, Resolution
from tests.domain.reference.asked import Asked, Candidate, Conditions, Refused
from tests.domain.reference.chain import Chain, Pick
from tests.domain.reference.constraints import Constraints
from tests.domain.reference.money import cost
from tests.domain.reference.policies import Policies, told
from tests.domain.reference.rules import Rules

Reasons = dict[str, list[str]]


def refuse_or_answer(graph: Graph, inputs: Inputs, conditions: Conditions) -> Resolution | Refused:
    """The answer, but for what became of overrides; reasons are sorted."""
    try:
        return answer(Asked(graph, inputs, conditions))
    except Refused as refusal:
        return refusal


def answer(asked: Asked) -> Resolution:
    """What the specification says.

    Raises:
        Refused: the request makes no sense.
    """
    if asked.inputs.scope.tenant is not None and asked.tenant is None:
        raise Refused("tenant")
    rules, policies = Rules(asked), Policies(asked)
    applying = [(j.policy, j.rule) for j in policies.of_scope + policies.of_request if j.applies]
    constraints = Constraints(asked, rules, applying)
    seen = asked.visible()
    reasons = {each.offering.id: constraints.reasons(each) for each in seen}
    eligible = [each for each in seen if not reasons[each.offering.id]]
    anyone = [each for each in seen if set(reasons[each.offering.id]) <= {"model_not_requested"}]
    chain = Chain(asked, rules, policies)
    is_told = asked.wanted.explain
    found = enumerate(chain.picks(eligible, anyone))
    picks = [candidate(chain, pick, is_told=is_told or place == 0) for place, pick in found]
    judged = [*policies.of_scope, *policies.of_request, *chain.at_primary]
    return Resolution(
        epoch=asked.graph.epoch,
        revision=asked.graph.revision,
        chosen=picks[0] if picks else None,
        fallbacks=tuple(picks[1:]),
        considered=len(seen),
        eligible=len(eligible),
        policies=tuple(each.id for each in policies.holding),
        not_evaluated=sum(each.is_unevaluated for each in judged),
        first_attempt_ms=min((b for j in chain.at_primary if (b := j.bound)), default=None),
        rejected_for=counts(reasons) if is_told or not picks else {},
        rejections=rejections(seen, reasons) if is_told else (),
        rules=tuple(told(each) for each in judged) if is_told else (),
    )


def counts(reasons: Reasons) -> dict[str, int]:
    """How many each constraint leaves out, however often it does so for one."""
    return dict(Counter(code for each in reasons.values() for code in codes(each)))


def codes(reasons: Iterable[str]) -> set[str]:
    return {reason.partition(":")[0] for reason in reasons}


def rejections(seen: list[Candidate], reasons: Reasons) -> tuple[Rejection, ...]:
    return tuple(
        Rejection(
            offering=each.offering.id,
            model=each.model.id,
            endpoint=each.endpoint.id,
            reasons=tuple(sorted(reasons[each.offering.id])),
        )
        for each in sorted(seen, key=lambda c: c.offering.id)
        if reasons[each.offering.id]
    )


def candidate(chain: Chain, pick: Pick, *, is_told: bool) -> resolution.Candidate:
    asked, (offering, _, endpoint, _) = chain.asked, pick.candidate
    return resolution.Candidate(
        offering=offering.id,
        model=offering.model,
        release=offering.release,
        endpoint=endpoint.id,
        native_id=offering.native_id,
        provider=endpoint.provider,
        hosting=endpoint.hosting,
        dialect=endpoint.dialect,
        residency=endpoint.residency,
        url=endpoint.url,
        price=offering.price,
        because=pick.because,
        cost_estimate=cost(asked, pick.candidate) if is_told else None,
        score=chain.scoring.parts(pick.candidate) if asked.wanted.explain else None,
    )
