"""models.dev: providers with their addresses, and every model each of them serves."""

from collections.abc import Iterator, Mapping

from routeyard.domain.catalog import Dialect, Lifecycle, Mode, Price
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import EndpointRegistered, ModelReleased, ProviderDescribed
from routeyard.servers.kinds import is_row
from services.registry.catalogs import capabilities
from services.registry.catalogs.address import dialect_of_package
from services.registry.catalogs.inheritance import merged
from services.registry.catalogs.models_dev_price import is_free, price_of, states_no_price
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import UnusableError

SOURCE = "models-dev"

_LIFECYCLES = {
    "alpha": Lifecycle.PREVIEW,
    "beta": Lifecycle.PREVIEW,
    "deprecated": Lifecycle.DEPRECATED,
}
# What a model puts out decides what it is asked for; the first match wins.
_MODES = {"text": Mode.CHAT, "image": Mode.IMAGE, "video": Mode.VIDEO, "audio": Mode.SPEECH}


def parse(
    document: object, lab_models: Mapping[str, Mapping[str, object]] | None = None
) -> ParsedCatalog:
    """The catalog's facts. `lab_models` are the rows that others name as their `base_model`."""
    if not is_row(document) or not document:
        raise InvalidCatalog("This is not models.dev's api.json: give an object of providers.")
    harvest = Harvest(SOURCE)
    for provider, described in sorted(document.items()):
        models = described.get("models") if is_row(described) else None
        if is_row(described) and is_row(models):
            _Provider(Row(provider, described, harvest), harvest).read(models, lab_models or {})
        else:
            harvest.rows += 1
            harvest.refuse(provider, "not a provider with models")
    return harvest.parsed()


def lab_models(document: object) -> dict[str, Mapping[str, object]]:
    """The base models in a document of them, by `lab/name`."""
    if not is_row(document):
        raise InvalidCatalog("This is not a file of lab models: give an object of rows.")
    return {name: fields for name, fields in document.items() if is_row(fields)}


class _Provider:
    """One provider being read. A model that speaks another dialect has an endpoint of its own."""

    def __init__(self, row: Row, harvest: Harvest) -> None:
        self._row = row
        self._harvest = harvest
        self._url = row.address("api")
        self._dialect = dialect_of_package(row.text("npm"))
        self._others: set[str] = set()
        self._is_unpriced = False
        harvest.announce(
            ProviderDescribed(provider=row.name, name=row.text("name") or row.name),
            self._endpoint(row.name, self._url, self._dialect),
        )

    def read(
        self, models: Mapping[str, object], lab_models: Mapping[str, Mapping[str, object]]
    ) -> None:
        """Take over every model."""
        rows = dict(self._rows(models, lab_models))
        self._is_unpriced = states_no_price(row.fields.get("cost") for row in rows.values())
        for native_id, row in rows.items():
            self._harvest.release(row.name, self._release(native_id, row))

    def _rows(
        self, models: Mapping[str, object], lab_models: Mapping[str, Mapping[str, object]]
    ) -> Iterator[tuple[str, Row]]:
        for native_id, model in sorted(models.items()):
            self._harvest.rows += 1
            name = f"{self._row.name}/{native_id}"
            if not is_row(model):
                # A file that could not be read says why instead.
                self._harvest.refuse(name, model if isinstance(model, str) else "not an object")
                continue
            try:
                yield native_id, Row(name, merged(model, lab_models), self._harvest)
            except UnusableError as fault:
                self._harvest.refuse(name, f"base_model {fault}")

    def _price(self, native_id: str, cost: Row) -> Price | None:
        if self._is_unpriced and is_free(cost.fields) and not native_id.endswith(":free"):
            cost.omit("costs 0 where nearly everything does: sold otherwise, or run by oneself")
            return None
        return price_of(cost)

    def _release(self, native_id: str, row: Row) -> ModelReleased:
        modalities, limit, cost = row.within("modalities"), row.within("limit"), row.within("cost")
        inputs, outputs = modalities.words("input"), modalities.words("output")
        context = limit.tokens("context")
        return ModelReleased(
            provider=self._row.name,
            native_id=native_id,
            endpoint=self._endpoint_of(row.within("provider")),
            complete=True,
            name=row.text("name"),
            family=row.text("family"),
            mode=_mode(outputs),
            lifecycle=_LIFECYCLES.get(row.text("status") or ""),
            released_on=row.day("release_date"),
            knowledge_cutoff=row.text("knowledge"),
            open_weights=row.flag("open_weights"),
            licence=row.text("license"),
            modalities_in=inputs,
            modalities_out=outputs,
            context=context,
            max_output=limit.tokens("output"),
            price=self._price(native_id, cost),
            capabilities={
                **capabilities.of_modalities(inputs),
                **capabilities.of_prices({"cached_read"} & _priced(cost)),
                **capabilities.models_dev_flags(row),
                **capabilities.of_context(context),
            },
        )

    def _endpoint_of(self, override: Row) -> str | None:
        """None for the provider's own endpoint."""
        dialect = dialect_of_package(override.text("npm"))
        if dialect in (None, self._dialect):
            return None
        url = override.address("api") or self._url
        if url is None or dialect is None:
            override.omit(f"speaks the {dialect} dialect at an address that is not stated")
            return None
        endpoint = f"{self._row.name}.{dialect}"
        if endpoint not in self._others:
            self._others.add(endpoint)
            self._harvest.announce(self._endpoint(endpoint, url, dialect))
        return endpoint

    def _endpoint(
        self, endpoint: str, url: str | None, dialect: Dialect | None
    ) -> EndpointRegistered:
        return EndpointRegistered(
            endpoint=endpoint,
            provider=self._row.name,
            name=self._row.text("name"),
            url=url,
            dialect=dialect,
        )


def _mode(outputs: tuple[str, ...] | None) -> Mode | None:
    if not outputs:
        return None
    return next((mode for word, mode in _MODES.items() if word in outputs), Mode.OTHER)


def _priced(cost: Row) -> set[str]:
    return {"cached_read"} if "cache_read" in cost.fields else set()
