"""From what a catalog prints to a name: addresses, hosts, regions and makers before it."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

from routeyard.domain.identity.labs import FAMILIES, HOSTS, LAB_ALIASES, OFFERS, STRUCTURE
from routeyard.domain.identity.result import Trail

# Derived families are searched one by one, in their order; of what begins a name one matches.
_DERIVED = tuple((re.compile(each), lab) for each, lab in FAMILIES if not each.startswith("^"))
_BEGINNING = tuple((each, lab) for each, lab in FAMILIES if each.startswith("^"))
_BEGINS = re.compile("|".join(f"({pattern})" for pattern, _ in _BEGINNING))
# Characters of the longest id that is read as one; the longest in the catalogs has 76.
LONGEST = 512
_LABS = frozenset(LAB_ALIASES.values()) | frozenset(lab for _, lab in FAMILIES)
_SCHEME = re.compile(r"^(?:https?://)?(?:huggingface\.co/|hf\.co/|hf:)")
_FOREIGN = re.compile(r"[^\w./:@-]+")
# Words that end a path without naming a model: they qualify the word before them.
_GENERIC = re.compile(
    r"v?\d+(?:\.\d+)*|dev|pro|max|schnell|ultra|standard|master|lite|fast|turbo|hd|base|edit|image"
    r"|preview|default|latest|stable|beta|chat|instruct|(?:text|image|video|audio|speech)-to-\w+"
    r"|reference-to-\w+|upscale|remix|sunburst|flare|generate|\d+-x-\d+|max-x-max|redux|inpaint|fill"
)
_REGION = re.compile(
    r"^(?:us|eu|apac|ap|jp|au|ca|sa|me|af|in|kr|global|us-gov|regional)\.(?=[a-z0-9-]+\.)"
)
_MAKER = re.compile(
    r"^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|moonshot|moonshotai|minimax|nvidia"
    r"|google|zai|xai|writer|luma|stability|twelvelabs|system\.ai)\.(?=[a-z])"
)


@lru_cache(maxsize=4096)
def family(name: str) -> str | None:
    """The maker of the family a name belongs to, None where the name does not tell."""
    for pattern, lab in _DERIVED:
        if pattern.search(name):
            return lab
    match = _BEGINS.match(name)
    return None if match is None else _BEGINNING[(match.lastindex or 1) - 1][1]


def canonical_lab(word: str) -> str:
    """The id of a maker, whatever an organisation or provider is called."""
    own = re.sub(r"[^a-z0-9.]+", "-", word).strip("-.")
    return LAB_ALIASES.get(word) or LAB_ALIASES.get(own, own)


def is_lab(word: str) -> bool:
    """Whether a word is the name of a maker of models."""
    return word in LAB_ALIASES or word in _LABS


def segments(native_id: str) -> list[str]:
    """The words of an id between slashes: lower case, plain punctuation, no empty ones."""
    text = _bounded(unicodedata.normalize("NFKC", native_id).strip().lower())
    text = re.sub(r"(?<=command.r)\+", "-plus", _SCHEME.sub("", text).lstrip("~"))
    text = _FOREIGN.sub("-", text).replace("--", "-")
    return [word for part in text.split("/") if (word := re.sub(r"-{2,}", "-", part).strip("-._"))]


def _bounded(text: str) -> str:
    """A text longer than any name, cut and told apart by a digest."""
    if len(text) <= LONGEST:
        return text
    digest = blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
    return f"{text[:64].rpartition('/')[2]}-x{digest}"


def split(words: list[str], trail: Trail) -> str | None:
    """Set the name from the words of a path; the word that may name its maker, if any."""
    start = len(words) - 1
    if start > 0 and _GENERIC.fullmatch(words[start]):
        start = _name_start(words)
        trail.becomes("-".join(words[start:]), "name spread over a path")
    named = [word for word in words[:start] if _ORGANISATION.fullmatch(word)]
    named = [word for word in named if word not in STRUCTURE and not _GENERIC.fullmatch(word)]
    makers = [word for word in named if word not in HOSTS]
    return next(reversed(makers or named), None)


_ORGANISATION = re.compile(r"\w[\w.-]*")


def _name_start(words: list[str]) -> int:
    """Where a name that is spread over a path begins: at a family, else after the hosts."""
    for at in range(len(words) - 2, -1, -1):
        if words[at] not in HOSTS and not is_lab(words[at]) and family(words[at]):
            return at
    known = [at for at, word in enumerate(words[:-1]) if word in HOSTS or is_lab(word)]
    return min((known[-1] + 1) if known else 0, len(words) - 1)


def strip_maker(trail: Trail) -> str | None:
    """Take off region and maker in front of a dot, as Bedrock writes them; the maker, if any."""
    trail.becomes(_REGION.sub("", trail.name), "region prefix")
    match = _MAKER.match(trail.name)
    if match is None:
        return None
    maker, rest = match[1], trail.name[match.end() :]
    # `deepseek.v3.2`: the maker's name is part of the model's.
    if re.match(r"v\d|r\d", rest) and maker == "deepseek":
        rest = f"{maker}-{rest}"
    trail.becomes(rest, "maker prefix")
    return canonical_lab(maker)


def strip_vendor(provider: str, trail: Trail) -> None:
    """Take off a maker's, host's or provider's name glued to the front of a family's name."""
    for _ in range(3):
        if not _strip_one_vendor(provider, trail):
            return


def _strip_one_vendor(provider: str, trail: Trail) -> bool:
    name, lab = trail.name, family(trail.name)
    parts = name.split("-")
    for width in range(min(3, len(parts) - 1), 0, -1):
        prefix, rest = "-".join(parts[:width]), "-".join(parts[width:])
        inner = family(rest)
        if inner is None or (lab is not None and lab != inner):
            continue
        own = {provider, provider.partition("-")[0]}
        is_host = prefix in HOSTS or prefix in own
        # `coding-xiaomi-mimo`: several words, each of which says who makes or offers it.
        is_said = all(_is_said(word, inner, own) for word in parts[:width])
        if is_host or is_said or (is_lab(prefix) and canonical_lab(prefix) == inner):
            return trail.becomes(rest, "prefix of maker or host")
    return False


def _is_said(word: str, lab: str, own: set[str]) -> bool:
    """Whether a word before a family's name says who makes or offers it."""
    # `open-mistral-7b`, `labs-devstral`: Mistral's own words for how it is offered.
    is_offer = lab == "mistral" and word in {"open", "labs"}
    is_maker = is_lab(word) and canonical_lab(word) == lab
    return is_offer or is_maker or word in HOSTS or word in own or word in OFFERS
