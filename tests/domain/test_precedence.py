"""Whose word counts where sources disagree, and what is told about it."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain import events as e
from routeyard.domain.catalog import Model, Offering
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, Kind, Statement
from routeyard.domain.fold import gather
from routeyard.domain.precedence import AGREED, PRECEDENCE, By, conflicts, merge, voices
from routeyard.domain.statements import statements_of
from tests.builders import event

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "claims.md"
RANKS = {"low": 10, "high": 60, OPERATOR: OPERATOR_RANK}


def said(payload: e.Payload, source: str, seconds: int = 0) -> list[Statement]:
    return [
        statement
        for statement in statements_of(event(payload, source=source, seconds=seconds))
        if statement.kind is Kind.MODEL
    ]


def row(provider: str, source: str, seconds: int = 0, **fields: object) -> list[Statement]:
    payload = e.ModelReleased(provider=provider, native_id="openai/gpt-4o", **fields)  # type: ignore[arg-type]
    return said(payload, source, seconds)


def test_what_a_model_is_by_nature_is_told_best_by_its_maker() -> None:
    held = [*row("openai", "low", context=128_000), *row("azure", "high", context=32_000)]

    merged, found = merge(held, RANKS), conflicts(held, RANKS)

    assert merged is not None
    assert merged["context"] == 128_000
    assert [(c.field, c.decided_by, [v.value for v in c.voices]) for c in found] == [
        ("context", By.MAKER, [128_000, 32_000])
    ]


def test_an_operator_corrects_the_maker() -> None:
    correction = e.FactCorrected(
        kind="model",
        entity="openai/gpt-4o",
        fields={"context": 64_000},
        reason="measured",
        actor="jo",
    )
    held = [*row("openai", "high", context=128_000), *said(correction, OPERATOR)]

    assert (merge(held, RANKS) or {})["context"] == 64_000
    assert [c.decided_by for c in conflicts(held, RANKS)] == [By.OPERATOR]


def test_a_retracted_correction_gives_the_field_back() -> None:
    correction = e.FactCorrected("model", "openai/gpt-4o", {"context": 64_000}, "measured", "jo")
    retracted = e.CorrectionRetracted("model", "openai/gpt-4o", "mended", "jo")
    held = gather(
        [
            *row("openai", "high", context=128_000),
            *said(correction, OPERATOR, 1),
            *said(retracted, OPERATOR, 2),
        ]
    )

    assert (merge(held.values(), RANKS) or {})["context"] == 128_000
    assert not conflicts(held.values(), RANKS)


@pytest.mark.parametrize(
    ("first", "second", "decided_by", "winner"),
    [
        (("high", 0, None), ("low", 9, date(2026, 1, 2)), By.RANK, 0.5),
        (("low", 9, date(2026, 1, 1)), ("low2", 0, date(2026, 1, 2)), By.MEASURED, 0.7),
        (("low", 0, date(2026, 1, 1)), ("low2", 9, date(2026, 1, 1)), By.NEWEST, 0.7),
        (("low", 0, None), ("low2", 0, None), By.NAME, 0.7),
    ],
)
def test_of_two_results_the_better_source_then_the_later_measurement_counts(
    first: tuple[str, int, date | None],
    second: tuple[str, int, date | None],
    decided_by: By,
    winner: float,
) -> None:
    held = row("openai", "low")
    for score, (source, seconds, measured_on) in ((0.5, first), (0.7, second)):
        payload = e.CapabilityUpdated(
            model="openai/gpt-4o", quality={"general": score}, measured_on=measured_on
        )
        held += said(payload, source, seconds)

    assert (merge(held, RANKS | {"low2": 10}) or {})["quality"]["general"] == winner
    assert [c.decided_by for c in conflicts(held, RANKS | {"low2": 10})] == [decided_by]


def test_of_equally_good_sources_the_value_counts_that_most_say() -> None:
    held = [
        *row("azure", "low", 9, context=32_000),
        *row("aws", "low", context=128_000),
        *row("groq", "low", context=128_000),
    ]

    (conflict,) = conflicts(held, RANKS)

    assert (merge(held, RANKS) or {})["context"] == 128_000
    assert (conflict.decided_by, conflict.voices[0].value) == (By.MOST, 128_000)


def test_a_claim_keeps_its_evidence() -> None:
    payload = e.CapabilityUpdated(
        model="openai/gpt-4o",
        capabilities={"multilingual": 0.8},
        evidence="ratings in nine languages",
        measured_on=date(2025, 12, 17),
    )

    (voice,) = voices([*row("openai", "low"), *said(payload, "high")], RANKS)[
        "capabilities.multilingual"
    ]

    assert (voice.source, voice.evidence, voice.measured_on) == (
        "high",
        "ratings in nine languages",
        "2025-12-17",
    )


def test_languages_add_up_unless_an_operator_lists_them() -> None:
    held = [*row("openai", "low", languages=("de", "en")), *row("azure", "high", languages=("fr",))]
    correction = e.FactCorrected("model", "openai/gpt-4o", {"languages": ["en"]}, "told", "jo")

    assert (merge(held, RANKS) or {})["languages"] == ["de", "en", "fr"]
    assert not conflicts(held, RANKS)
    assert (merge([*held, *said(correction, OPERATOR)], RANKS) or {})["languages"] == ["en"]


def test_nothing_holds_of_what_nobody_announces() -> None:
    payload = e.CapabilityUpdated(model="openai/gpt-4o", quality={"general": 0.5})

    assert merge(said(payload, "high"), RANKS) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["openai", "azure", "openrouter"]),
            st.sampled_from(["low", "high"]),
            st.integers(0, 2),
            st.integers(1, 3),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda each: (each[0], each[1]),
    ),
    st.randoms(use_true_random=False),
)
def test_what_holds_is_the_first_voice_in_whatever_order_claims_are_looked_at(
    rows: list[tuple[str, str, int, int]], chance: object
) -> None:
    held = [s for p, source, t, context in rows for s in row(p, source, t, context=context)]
    shuffled = list(held)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    merged = merge(shuffled, RANKS)

    assert merged == merge(held, RANKS)
    assert merged is not None
    assert voices(held, RANKS)["context"][0].value == merged["context"]
    assert bool([c for c in conflicts(held, RANKS) if c.field == "context"]) == (
        len({context for *_, context in rows}) > 1
    )


def test_the_declared_fields_exist() -> None:
    fields = set(Model.__struct_fields__) | set(Offering.__struct_fields__)

    assert set(PRECEDENCE) <= fields


def test_the_guide_states_the_precedence_as_it_is() -> None:
    rows = [
        line.split("|")[1:-1] for line in GUIDE.read_text().splitlines() if "operator |" in line
    ]
    told = {
        field.strip(" `.*"): tuple(By(cell.strip()) for cell in cells if cell.strip())
        for fields, *cells in rows
        for field in fields.split(",")
        if field.strip().startswith("`")
    }

    assert told == PRECEDENCE
    assert tuple(By(cell.strip()) for cell in rows[-1][1:] if cell.strip()) == AGREED
