"""The sentence the project is built around, as a document, with its tests, in the resolver."""

from routeyard.domain.resolution import Because, Inputs, Outcome, Requirement, Resolution
from routeyard.domain.resolver import resolve
from routeyard.domain.review.note import Note
from routeyard.domain.review.requests import all_slow
from routeyard.domain.tenancy import Scope
from tests.builders import at
from tests.domain.policies.legal import EXAMPLES, World, world

TEXT = (EXAMPLES / "enterprise-legal.yaml").read_text(encoding="utf-8")


def asked(made: World, tenant: str, latency_ms: int | None) -> Resolution:
    inputs = Inputs(
        now=at(),
        scope=Scope(tenant=tenant),
        requirement=Requirement(explain=True),
        zone="any",
        health={} if latency_ms is None else all_slow(made.graph, at(), latency_ms),
    )
    return resolve(made.stage(TEXT).after, inputs)


def test_nothing_speaks_against_it_and_its_tests_pass() -> None:
    found = world().review(TEXT)

    assert found == []


def test_data_of_the_eu_go_to_a_self_hosted_endpoint_in_the_eu() -> None:
    found = asked(world(), "lex", None)

    assert found.chosen is not None
    assert (found.chosen.model, found.chosen.endpoint) == ("meta-llama/llama-4", "rack")
    assert {each.endpoint for each in (found.chosen, *found.fallbacks)} <= {"rack", "cloud"}
    assert found.policies == ("enterprise-legal@1",)


def test_a_primary_over_2000_ms_is_fallen_back_from_and_at_2000_it_is_kept() -> None:
    at_2000, over = (asked(world(), "lex", ms) for ms in (2000, 2001))

    assert at_2000.chosen is not None
    assert over.chosen is not None
    assert at_2000.chosen.model == "meta-llama/llama-4"
    assert at_2000.first_attempt_ms == 2000
    assert (over.chosen.model, over.chosen.endpoint) == ("mistral/mistral-large-3", "cloud")
    assert over.chosen.because is Because.POLICY_FALLBACK
    assert over.fallbacks[0].model == "meta-llama/llama-4"
    told = {each.rule: each.outcome for each in over.rules}
    assert told["slow-primary"] is Outcome.APPLIES


def test_long_documents_are_preferred_by_law_firms_alone() -> None:
    for tenant, rules in (("jus", 3), ("acme", 0)):
        found = asked(world(), tenant, None)
        assert len(found.rules) == rules
    chosen = asked(world(), "jus", None).chosen
    assert chosen is not None
    assert chosen.score is not None
    assert chosen.score.preference > 0


def test_a_document_whose_test_fails_is_told_with_what_came_out() -> None:
    wrong = TEXT.replace("model: mistral/mistral-large-3\n", "model: openai/gpt-5\n")
    (note,) = world().review(wrong)

    assert isinstance(note, Note)
    assert note.is_error
    assert note.path == ("spec", "tests", 2)
    assert "model openai/gpt-5 is expected, and mistral/mistral-large-3 at cloud" in note.message
    assert "residency_outside" in note.message


def test_an_unhealthy_endpoint_is_one_that_a_test_can_give() -> None:
    text = TEXT.replace(
        "given: {tenant: {class: ENTERPRISE_LEGAL, data_residency: EU}}\n      expect: "
        "{residency: EU, hosting: self_hosted, rule: eu-data-stays-home}",
        "given: {tenant: {id: lex}, health: {rack: {state: unhealthy}}}\n      expect: "
        "{endpoint: cloud, rule: eu-data-stays-home}",
    )
    assert text != TEXT
    assert world().review(text) == []
