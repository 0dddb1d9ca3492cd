"""Amazon Bedrock: AWS's model cards, compiled into one file, and the list a region answers with."""

from collections.abc import Iterator, Mapping

from routeyard.domain.catalog import Dialect, Hosting, Lifecycle, Mode
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import EndpointRegistered, ModelReleased, Payload, ProviderDescribed
from routeyard.servers.kinds import is_row
from services.registry.catalogs import bedrock_region, capabilities
from services.registry.catalogs.bedrock_region import PROVIDER, SOURCE, lower_modalities
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row

RUNTIME = "bedrock-runtime"
# The newer of Bedrock's two addresses; the ids of a model differ between them.
MANTLE = f"{PROVIDER}.mantle"

_LIFECYCLES = {
    "active": Lifecycle.GA,
    "preview": Lifecycle.PREVIEW,
    "legacy": Lifecycle.DEPRECATED,
}
_CHAT_APIS = {"Converse", "Chat Completions", "Responses", "Messages"}
# Where requests to an inference profile may come from; `eu.` is said of regions in Europe.
_PROFILE_REGIONS = {
    "us": ("us-east-", "us-west-", "ca-"),
    "us-gov": ("us-gov-",),
    "eu": ("eu-",),
    "apac": ("ap-",),
    "jp": ("ap-northeast-1", "ap-northeast-3"),
    "au": ("ap-southeast-2", "ap-southeast-4", "ap-southeast-6"),
}


def parse(document: object) -> ParsedCatalog:
    """The facts in the model cards, or in the answer of ListFoundationModels."""
    if is_row(document) and isinstance(document.get("modelSummaries"), list):
        return bedrock_region.parse(document)
    cards = document.get("models") if is_row(document) else None
    if not isinstance(cards, list):
        raise InvalidCatalog(
            "This is neither a file of Bedrock's model cards (`models:`) nor an answer of "
            "ListFoundationModels (`modelSummaries`)."
        )
    harvest = Harvest(SOURCE)
    harvest.announce(*_addresses())
    for number, card in enumerate(cards):
        if is_row(card):
            name = str(card.get("modelName") or f"card {number}")
            _read(Row(name, card, harvest), harvest)
        else:
            harvest.rows += 1
            harvest.refuse(f"card {number}", "not an object")
    return harvest.parsed()


def _addresses() -> tuple[Payload, ...]:
    """Both go by region, so neither has one address."""
    return (
        ProviderDescribed(provider=PROVIDER, name="Amazon Bedrock"),
        EndpointRegistered(endpoint=PROVIDER, provider=PROVIDER, dialect=Dialect.BEDROCK),
        EndpointRegistered(
            endpoint=MANTLE,
            provider=PROVIDER,
            name="Amazon Bedrock (bedrock-mantle)",
            dialect=Dialect.OPENAI,
            hosting=Hosting.PUBLIC_API,
        ),
    )


def _read(card: Row, harvest: Harvest) -> None:
    """A card has a row for each id it gives: the model's own, and those of its profiles."""
    listed = list(card.rows("programmaticAccess"))
    if not listed:
        harvest.rows += 1
        harvest.refuse(card.name, "names no id to call it by")
    if tiers := _tiers(card):
        card.omit(f"serviceTiers {tiers} have prices of their own, which the card does not state")
    facts = _facts(card)
    for access in listed:
        is_alone = len({entry.fields.get("endpoint") for entry in listed}) == 1
        for native_id, regions in _ids(access, card, is_alone=is_alone):
            harvest.rows += 1
            if not native_id:
                harvest.refuse(card.name, "names no id to call it by")
            elif regions == ():
                harvest.refuse(native_id, "no region serves it without an inference profile")
            else:
                endpoint = None if access.fields.get("endpoint") == RUNTIME else MANTLE
                released = ModelReleased(
                    provider=PROVIDER,
                    native_id=native_id,
                    endpoint=endpoint,
                    complete=True,
                    regions=regions,
                    **facts,  # type: ignore[arg-type]
                )
                harvest.release(native_id, released)


def _ids(
    access: Row, card: Row, *, is_alone: bool
) -> Iterator[tuple[str | None, tuple[str, ...] | None]]:
    """Each id with the regions it can be called in; None where the card does not tell.

    A card lists regions once, also where it has two addresses; they are those of the older one.
    """
    is_told = is_alone or access.fields.get("endpoint") == RUNTIME
    yield access.text("modelId"), _served(card, "inRegion") if is_told else None
    for geo_id in access.words("geoInferenceIds") or ():
        near = _PROFILE_REGIONS.get(geo_id.partition(".")[0], ())
        regions = tuple(region for region in _served(card, "geo") if region.startswith(near))
        yield geo_id, regions or None
    for global_id in access.words("globalInferenceIds") or ():
        yield global_id, _served(card, "global") or None


def _served(card: Row, how: str) -> tuple[str, ...]:
    regions = card.within("regions").fields
    return tuple(
        sorted(name for name, ways in regions.items() if is_row(ways) and ways.get(how) is True)
    )


def _facts(card: Row) -> dict[str, object]:
    inputs = lower_modalities(card.words("inputModalities"))
    outputs = lower_modalities(card.words("outputModalities"))
    context = card.tokens("contextWindow")
    reasoning = card.flag("reasoning")
    return {
        "name": card.text("modelName"),
        "mode": _mode(card.fields, outputs),
        "lifecycle": _lifecycle(card),
        "released_on": card.written_day("launchDate"),
        "knowledge_cutoff": card.written_month("knowledgeCutoff"),
        "modalities_in": inputs,
        "modalities_out": outputs,
        "context": context,
        "max_output": None if card.text("maxOutputTokens") == "N/A" else _most(card),
        "capabilities": {
            **capabilities.of_listed(inputs),
            **({} if reasoning is None else {"reasoning": float(reasoning)}),
            **capabilities.of_context(context),
        },
    }


def _most(card: Row) -> int | None:
    return card.tokens("maxOutputTokens")


def _lifecycle(card: Row) -> Lifecycle | None:
    stated = card.text("modelLifecycle")
    if stated is None:
        return None
    word, _, rest = stated.lower().partition(" ")
    if rest:
        card.omit("modelLifecycle differs by region")
        return None
    if word not in _LIFECYCLES:
        card.omit("modelLifecycle is no stage that is known")
    return _LIFECYCLES.get(word)


def _mode(fields: Mapping[str, object], outputs: tuple[str, ...] | None) -> Mode | None:
    if outputs == ("embedding",):
        return Mode.EMBEDDING
    apis = fields.get("apisSupported")
    if isinstance(apis, list) and _CHAT_APIS.intersection(str(api) for api in apis):
        return Mode.CHAT
    by_output = {"image": Mode.IMAGE, "video": Mode.VIDEO, "audio": Mode.SPEECH}
    return by_output.get(outputs[0]) if outputs and len(outputs) == 1 else None


def _tiers(card: Row) -> str:
    tiers = card.within("serviceTiers").fields
    return ", ".join(sorted(name for name, has in tiers.items() if has and name != "standard"))
