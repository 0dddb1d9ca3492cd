"""What Bedrock's ListFoundationModels answers with: the models of one region."""

import re

from routeyard.domain.catalog import Dialect, Hosting, Lifecycle, Mode
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import EndpointRegistered, ModelReleased, ProviderDescribed
from routeyard.servers.kinds import is_row
from services.registry.catalogs import capabilities
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row

SOURCE = "bedrock"
PROVIDER = "amazon-bedrock"

_ARN = re.compile(r"arn:aws[\w-]*:bedrock:([a-z0-9-]+):.*")
_LIFECYCLES = {"ACTIVE": Lifecycle.GA, "LEGACY": Lifecycle.DEPRECATED}
_MODALITIES = {"speech": "audio"}
# Where the regions lie. A model's own id is served in the region that is asked.
_COUNTRIES = {
    "af-south": "ZA", "ap-east-1": "HK", "ap-east-2": "TW", "ap-northeast-1": "JP",
    "ap-northeast-2": "KR", "ap-northeast-3": "JP", "ap-south-": "IN", "ap-southeast-1": "SG",
    "ap-southeast-2": "AU", "ap-southeast-3": "ID", "ap-southeast-4": "AU", "ap-southeast-5": "MY",
    "ap-southeast-6": "NZ", "ap-southeast-7": "TH", "ca-": "CA", "eu-central-1": "DE",
    "eu-central-2": "CH", "eu-north-1": "SE", "eu-south-1": "IT", "eu-south-2": "ES",
    "eu-west-1": "IE", "eu-west-2": "GB", "eu-west-3": "FR", "il-": "IL", "me-central-1": "AE",
    "me-south-1": "BH", "mx-": "MX", "sa-": "BR", "us-": "US",
}  # fmt: skip


def parse(document: object) -> ParsedCatalog:
    """The region's endpoint, and every model that it serves on demand."""
    listed = document.get("modelSummaries") if is_row(document) else None
    summaries = [each for each in listed if is_row(each)] if isinstance(listed, list) else []
    regions = {_region(each.get("modelArn")) for each in summaries} - {None}
    if len(regions) != 1:
        raise InvalidCatalog(
            "The models' ARNs do not name one region; give one region's answer of "
            "ListFoundationModels at a time."
        )
    region = str(regions.pop())
    harvest = Harvest(SOURCE, part=region)
    harvest.announce(ProviderDescribed(provider=PROVIDER, name="Amazon Bedrock"), _address(region))
    for number, fields in enumerate(listed if isinstance(listed, list) else []):
        harvest.rows += 1
        native_id = fields.get("modelId") if is_row(fields) else None
        if not is_row(fields) or not isinstance(native_id, str):
            harvest.refuse(f"row {number}", "has no modelId")
            continue
        row = Row(native_id, fields, harvest)
        if "on_demand" in (row.words("inferenceTypesSupported") or ()):
            harvest.release(native_id, _release(_endpoint(region), region, row))
        else:
            harvest.refuse(native_id, "not served on demand: it takes an inference profile")
    return harvest.parsed()


def lower_modalities(words: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """AWS's modalities in the words of the other catalogs."""
    return words and tuple(sorted({_MODALITIES.get(word, word) for word in words}))


def _region(arn: object) -> str | None:
    match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    return match[1] if match else None


def _endpoint(region: str) -> str:
    return f"{PROVIDER}.{region}"


def _address(region: str) -> EndpointRegistered:
    country = next((at for name, at in _COUNTRIES.items() if region.startswith(name)), None)
    return EndpointRegistered(
        endpoint=_endpoint(region),
        provider=PROVIDER,
        name=f"Amazon Bedrock {region}",
        url=f"https://bedrock-runtime.{region}.amazonaws.com",
        dialect=Dialect.BEDROCK,
        hosting=Hosting.PUBLIC_API,
        residency=None if country is None else (country,),
    )


def _release(endpoint: str, region: str, row: Row) -> ModelReleased:
    inputs = lower_modalities(row.words("inputModalities"))
    outputs = lower_modalities(row.words("outputModalities"))
    life, streams = row.within("modelLifecycle"), row.flag("responseStreamingSupported")
    return ModelReleased(
        provider=PROVIDER,
        native_id=row.name,
        endpoint=endpoint,
        complete=True,
        name=row.text("modelName"),
        mode=Mode.EMBEDDING if outputs == ("embedding",) else None,
        lifecycle=_LIFECYCLES.get(life.text("status") or ""),
        deprecated_on=life.moment("legacyTime"),
        retires_on=life.moment("endOfLifeTime"),
        regions=(region,),
        modalities_in=inputs,
        modalities_out=outputs,
        capabilities={
            **capabilities.of_listed(inputs),
            **({} if streams is None else {"streaming": float(streams)}),
        },
    )
