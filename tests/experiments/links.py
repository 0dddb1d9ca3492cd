"""Pairs of names that publishers themselves state to be one model, or two.

What each publisher states is read from its own fields only, never from how a name is spelled:

    models.dev     a row's `base_model`; a row that is a symbolic link to another; two lab models
    OpenRouter     `canonical_slug` and `hugging_face_id` of one row; two rows that share neither
    Bedrock        the ids of one model card; two model cards
    HELM           a deployment and its `model_name`; two models
    Ollama         two tags of one hash; tags of two families, or of two parameter sizes
    LMArena        a display name and the name used by the API; two rows
    genai-prices   a row of one model repeated under several providers' spellings of it
    OpenAI         two ids of its own list
    Mistral        an id and its `aliases`

Dated snapshots and serving variants of one model are listed by most publishers as rows of their
own. They state an offering, not another model, so a pair that differs in nothing else is in
neither class (`_snapshot`).
"""

import gzip
import io
import json
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

HARD_NEGATIVES = 6


@dataclass(frozen=True, order=True)
class Name:
    """An id as a catalog prints it, with the provider that serves it."""

    catalog: str
    provider: str
    id: str


@dataclass(frozen=True)
class Link:
    """Two names that `publisher` states to be the same model, or not; `about` is the model."""

    publisher: str
    one: Name
    other: Name
    same: bool
    about: str

    @property
    def is_held_out(self) -> bool:
        """Whether its model is in the half that no rule was made for."""
        return is_held_out(self.about)

    @property
    def is_trivial(self) -> bool:
        """The two ids end in the same word but for capitals."""
        return _last(self.one.id) == _last(self.other.id)


def is_held_out(model: str) -> bool:
    """Half of the models, chosen by a hash of their plainest name."""
    return blake2b(_plain(model).encode(), digest_size=1).digest()[0] % 2 == 1


def links(data: Path) -> list[Link]:
    """Every link, positive ones first; in the same order for the same data."""
    groups = {publisher: list(read(data)) for publisher, read in READERS.items()}
    found = [link for publisher, each in groups.items() for link in _positives(publisher, each)]
    for publisher, each in groups.items():
        found += _negatives(publisher, each)
    return list(dict.fromkeys(found))


Group = tuple[str, list[Name]]


def _positives(publisher: str, groups: list[Group]) -> Iterator[Link]:
    """The first name of a group with each of the others, and neighbours with each other."""
    for about, names in groups:
        first, *others = dict.fromkeys(names)
        for one, other in [(first, other) for other in others] + list(pairwise(others)):
            yield Link(publisher, one, other, same=True, about=about)


def _negatives(publisher: str, groups: list[Group]) -> Iterator[Link]:
    """Each model with the most similar names of other models in the same half."""
    halves: dict[bool, list[tuple[str, str, Name]]] = defaultdict(list)
    for about, names in groups:
        for name in sorted(set(names) - {each for each in names if _SERVED.search(each.id)})[:4]:
            half = is_held_out(about)
            halves[half].append((_plain(about), about, name))
    for _, members in sorted(halves.items()):
        for key, about, name in members:
            ranked = sorted(
                (
                    (-_similarity(name.id, other.id), other)
                    for stem, _, other in members
                    if stem != key and _snapshot(other.id) != _snapshot(name.id)
                ),
            )
            for _, other in ranked[:HARD_NEGATIVES]:
                one, two = sorted((name, other))
                yield Link(publisher, one, two, same=False, about=about)


# Rows named for how one model is served: HELM's `amazon-…`, Ollama's formats for Apple's chips.
_SERVED = re.compile(r"/amazon-|^amazon/(?!nova|titan)|-bedrock$|[-:](mlx|nvfp4|mxfp8)$")


@cache
def _similarity(one: str, other: str) -> float:
    """How many pairs of neighbouring letters two names share (Dice), 0 to 1."""
    first, second = _pairs(one), _pairs(other)
    return 2 * len(first & second) / (len(first) + len(second) or 1)


@cache
def _pairs(name: str) -> frozenset[str]:
    last = f"^{_last(name)}$"
    return frozenset(f"{one}{other}" for one, other in pairwise(last))


def _last(name: str) -> str:
    return name.lower().rpartition("/")[2]


_SNAPSHOT = re.compile(
    r"(?<=[a-z0-9.])[-@:](20\d\d-?\d\d-?\d\d|2[3-7]\d{4}|\d\d-20\d\d|[01]\d-?[0-3]\d|2[3-7][01]\d|00\d|latest|default|free"
    r"|beta|preview|exp|extended|thinking|cloud|maas|v1:0|v1|fp8|bf16|q\d\S*|fp16|turbo|lightning|0)$"
)


@cache
def _snapshot(name: str) -> str:
    """The last word of a name without date and serving variant, however they are combined."""
    last = _last(name)
    while (shorter := _SNAPSHOT.sub("", last)) != last:
        last = shorter
    return last


def _plain(name: str) -> str:
    """What is left of a model's name for telling halves apart: letters and digits, in order."""
    words = re.findall(r"[a-z]+|\d+", _snapshot(name))
    return "".join(sorted(words))


def published(path: Path) -> Any:
    """The JSON in a file, which may be packed."""
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)


def _models_dev(data: Path) -> Iterator[Group]:
    """Rows by the lab model they inherit from."""
    catalog = data / "catalog"
    groups: dict[str, list[Name]] = {
        lab_id: [Name("models.dev", lab_id.partition("/")[0], lab_id)]
        for lab_id in published(catalog / "models_dev_2026-07-02_lab_models.json.gz")
    }
    rows = published(catalog / "models_dev_2026-07-02_providers.json.gz")
    for provider, record in rows.items():
        for native, row in record["models"].items():
            if base := row.get("base_model"):
                groups[base].append(Name("models.dev", provider, native))
    yield from groups.items()


def _symlinks(data: Path) -> Iterator[Group]:
    """Rows that are symbolic links to another provider's row."""
    packed = gzip.decompress((data / "catalog" / "models_dev_2026-07-02_toml.tar.gz").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        for member in tar:
            if not member.issym():
                continue
            path = PurePosixPath(member.name)
            target = re.sub(r"^(\.\./)+", "", member.linkname)
            one, other = _row(str(path).partition("providers/")[2]), _row(target)
            if other.provider == "models":
                other = Name(other.catalog, one.provider, other.id)
            yield other.id, [other, one]


def _row(path: str) -> Name:
    provider, _, native = path.removesuffix(".toml").partition("/")
    return Name("models.dev", provider, native.removeprefix("models/"))


def _openrouter(data: Path) -> Iterator[Group]:
    """Rows by their canonical slug, with the weights they are said to be."""
    groups: dict[str, list[Name]] = defaultdict(list)
    for row in published(data / "catalog" / "openrouter_v1_models_2026-05.json")["data"]:
        if row["id"].startswith(("openrouter/", "~", "switchpoint/")):
            continue  # routers, not models
        slug = row["canonical_slug"]
        groups[slug] += [Name("openrouter", "openrouter", each) for each in (row["id"], slug)]
        if weights := row.get("hugging_face_id"):
            groups[slug].append(Name("openrouter", "huggingface", weights))
    yield from groups.items()


def _bedrock(data: Path) -> Iterator[Group]:
    """All ids of a model card."""
    for card in published(data / "catalog" / "bedrock_models_2026-08-22.json")["models"]:
        ids = [
            native
            for access in card["programmaticAccess"]
            for native in (
                access.get("modelId"),
                *access.get("geoInferenceIds", ()),
                *access.get("globalInferenceIds", ()),
            )
            if native
        ]
        if ids:
            yield ids[0], [Name("bedrock", "amazon-bedrock", native) for native in ids]


def _helm(data: Path) -> Iterator[Group]:
    """Deployments by the model they name."""
    listed = yaml.safe_load((data / "catalog" / "helm_model_deployments.yaml").read_text())
    groups: dict[str, list[Name]] = {}
    for row in listed["model_deployments"]:
        model = row.get("model_name", row["name"])
        names = groups.setdefault(model, [Name("helm", model.partition("/")[0], model)])
        if not model.startswith(("simple/", "neurips/")):
            names.append(Name("helm", row["name"].partition("/")[0], row["name"]))
    yield from groups.items()


def _ollama(data: Path) -> Iterator[Group]:
    """Tags by hash, and a group for every parameter size."""
    for family in published(data / "catalog" / "ollama_library_2026-06-20.json.gz"):
        hashes: dict[str, list[str]] = defaultdict(list)
        for tag in family["tags"]:
            hashes[tag["hash"]].append(tag["name"])
        for tags in hashes.values():
            longest = max(tags, key=len)
            about = f"{family['name']}:{re.sub(r'-?(q[2-8]_.*|fp16|bf16)$', '', longest)}"
            if len(tags) > 1:
                names = sorted(tags, key=len, reverse=True)
                yield about, [Name("ollama", "ollama", f"{family['name']}:{tag}") for tag in names]


def _lmarena(data: Path) -> Iterator[Group]:
    """Display names and the names used by the API."""
    path = data / "quality" / "lmarena_2025-12-17" / "scatterplot-data.json"
    for row in published(path):
        names = [row["model_api_name"], row["name"]]
        yield names[0], [Name("lmarena", row["organization"].lower(), each) for each in names]


def _genai_prices(data: Path) -> Iterator[Group]:
    """Ids of one row, where all are one open model's weights or a vendor's spellings of one."""
    for provider in published(data / "catalog" / "genai_prices_v2_data.json"):
        for row in provider["models"]:
            ids = [row["id"], *_equal_ids(row["match"])]
            # A row is a price. A vendor may sell several models at one; of weights a row is one.
            if provider["id"].startswith("huggingface_") and len({_snapshot(i) for i in ids}) <= 2:
                yield row["id"], [Name("genai-prices", provider["id"], each) for each in ids]


def _equal_ids(clause: dict[str, Any]) -> Iterator[str]:
    for kind, value in clause.items():
        if kind == "or":
            for each in value:
                yield from _equal_ids(each)
        elif kind == "equals":
            yield value


def _openai(data: Path) -> Iterator[Group]:
    """Ids of OpenAI's own list: one group each."""
    for row in published(data / "catalog" / "openai_model_ids_2026-07-07.json")["models"]:
        yield row["id"], [Name("openai", "openai", row["id"])]


def _helm_models(data: Path) -> Iterator[Group]:
    """Models HELM describes: one group each."""
    listed = yaml.safe_load((data / "catalog" / "helm_model_metadata.yaml").read_text())
    for row in listed["models"]:
        name = row["name"]
        yield name, [Name("helm", name.partition("/")[0], name)]


def _mistral(data: Path) -> Iterator[Group]:
    """Ids and aliases in an answer of Mistral's own API."""
    for row in published(data / "endpoints" / "mistral_v1_models.json")["data"]:
        names = [row["id"], *(each for each in row["aliases"] if not each.endswith("-latest"))]
        yield row["id"], [Name("mistral", "mistral", each) for each in names]


READERS = {
    "models.dev base_model": _models_dev,
    "models.dev symlink": _symlinks,
    "OpenRouter": _openrouter,
    "Bedrock": _bedrock,
    "HELM deployment": _helm,
    "HELM model": _helm_models,
    "Ollama": _ollama,
    "LMArena": _lmarena,
    "genai-prices": _genai_prices,
    "OpenAI": _openai,
    "Mistral": _mistral,
}


def counted(found: Iterable[Link]) -> dict[tuple[str, bool], int]:
    """How many pairs each publisher gives, by class."""
    totals: dict[tuple[str, bool], int] = defaultdict(int)
    for link in found:
        totals[link.publisher, link.same] += 1
    return dict(totals)
