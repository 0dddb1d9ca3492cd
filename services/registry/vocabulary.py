"""The capabilities that a registry knows from the start."""

from pathlib import Path

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityDefined
from services.registry.catalogs.load import file_document

FILE = Path(__file__).with_name("vocabulary.yaml")


def vocabulary(file: Path = FILE) -> tuple[CapabilityDefined, ...]:
    """What `file` defines, by tag.

    Raises:
        InvalidCatalog: it is not such a file.
    """
    listed = file_document(file)
    if not isinstance(listed, dict):
        raise InvalidCatalog(f"{file.name} is no list of capabilities.")
    return tuple(_definition(tag, fields) for tag, fields in sorted(listed.items()))


def _definition(tag: str, fields: object) -> CapabilityDefined:
    match fields:
        case {"name": str(name), "description": str(description), **rest}:
            return CapabilityDefined(
                tag=tag,
                name=name,
                description=description,
                is_graded=rest.get("graded") is True,
            )
    raise InvalidCatalog(f"The capability {tag!r} needs a name and a description.")
