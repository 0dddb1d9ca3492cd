"""The two catalogs that are files of this project."""

from datetime import date
from typing import Any

import pytest

from routeyard.domain.catalog import Dialect
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityUpdated, PrecisionDefined
from services.registry.catalogs import providers, quality
from tests.domain.catalogs.rows import endpoints, refused

ACME: dict[str, Any] = {
    "name": "Acme",
    "home": "SE",
    "url": "https://api.acme.dev/v1",
    "dialect": "openai",
    "residency": ["EU"],
    "source": ["https://acme.dev/privacy"],
}


def test_a_provider_says_where_it_answers_and_processes() -> None:
    parsed = providers.parse({"providers": {"acme": ACME}})
    endpoint = endpoints(parsed)["acme"]
    assert (endpoint.url, endpoint.dialect) == ("https://api.acme.dev/v1", Dialect.OPENAI)
    assert endpoint.residency == ("EU",)


def test_residency_left_out_is_unknown() -> None:
    silent = {name: value for name, value in ACME.items() if name != "residency"}
    assert endpoints(providers.parse({"providers": {"acme": silent}}))["acme"].residency is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"residency": "EU"}, "residency"),
        ({"residency": ["eu"]}, "residency"),
        ({"dialect": "klingon"}, "dialect"),
        ({"url": "http://localhost/v1"}, "url"),
        ({"source": None}, "source"),
    ],
)
def test_a_provider_that_is_half_right_is_refused(change: dict[str, Any], reason: str) -> None:
    parsed = providers.parse({"providers": {"acme": {**ACME, **change}}})
    assert parsed.payloads == ()
    assert refused(parsed)["acme"].startswith(reason)


def test_scores_and_floors_become_facts() -> None:
    parsed = quality.parse(
        {
            "precision": {"general": {"low": 0.2, "standard": 0.5, "high": 0.8}},
            "models": {
                "a/b": {
                    "quality": {"general": 0.9},
                    "capabilities": {"multilingual": 0.7},
                    "error": {"general": 0.02},
                    "languages": ["DE", "en"],
                    "evidence": "measured",
                    "measured_on": "2026-01-08",
                }
            },
        }
    )
    assert parsed.payloads == (
        CapabilityUpdated(
            model="a/b",
            quality={"general": 0.9},
            capabilities={"multilingual": 0.7},
            languages=("de", "en"),
            evidence="measured; standard errors: general 0.02",
            measured_on=date(2026, 1, 8),
            complete=True,
        ),
        PrecisionDefined(task="general", low=0.2, standard=0.5, high=0.8),
    )


def test_scores_and_floors_that_cannot_be_are_refused() -> None:
    parsed = quality.parse(
        {
            "precision": {"general": {"low": 0.6, "standard": 0.5, "high": 0.8}, "x": {"low": 1}},
            "models": {
                "a/b": {"quality": {"general": 1.9}},
                "c/d": 3,
                "e/f": {"quality": {"general": 0.5}, "measured_on": "last spring"},
            },
        }
    )
    assert refused(parsed) == {
        "a/b": "general is not a number from 0 to 1",
        "c/d": "not an object",
        "e/f": "measured_on is prose, not a date",
        "general": "low, standard and high are not in rising order",
        "x": "standard is not a number from 0 to 1",
    }


@pytest.mark.parametrize("parse", [providers.parse, quality.parse])
def test_another_document_is_no_catalog(parse: Any) -> None:
    with pytest.raises(InvalidCatalog):
        parse({"something": "else"})
