"""What owners declare of the models that their endpoints serve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import EndpointServed, Served
from routeyard.domain.events.sense import PRIVATE
from routeyard.domain.matching import Listed
from services.registry.admission import MAX_TEXT, require_text
from services.registry.known import KnownModels

MOST_MODELS = 200


class Declarations(NamedTuple):
    """Checks them against the graph."""

    known: KnownModels

    async def require_sound(self, declared: Sequence[Listed], owner: str | None) -> None:
        """Refuse what is not declared as it must be; the fault names the field's path.

        Raises:
            InvalidRequest: too many, one twice, an unknown model or capability, or a value that
                cannot be.
        """
        if len(declared) > MOST_MODELS:
            raise InvalidRequest(
                f"An endpoint declares at most {MOST_MODELS} models.", field="models"
            )
        names = [each.native_id for each in declared]
        for number, each in enumerate(declared):
            require_text(f"models.{number}.nativeId", each.native_id)
            if each.native_id in names[:number]:
                raise InvalidRequest(
                    f"The model {each.native_id!r} is declared twice.",
                    field=f"models.{number}.nativeId",
                )
            _require_sense(each, f"models.{number}")
        await self._require_capabilities(declared)
        await self._require_models(declared, owner)

    async def _require_capabilities(self, declared: Sequence[Listed]) -> None:
        tags = {tag for each in declared for tag in each.capabilities or {}}
        for tag in tags:
            require_text("models.capabilities", tag)
        defined = await self.known.defined(tags)
        for number, each in enumerate(declared):
            for tag in each.capabilities or {}:
                if tag not in defined:
                    raise InvalidRequest(
                        f"Nobody has defined the capability {tag!r}; `capabilities` lists those "
                        "there are.",
                        field=f"models.{number}.capabilities.{tag}",
                    )

    async def _require_models(self, declared: Sequence[Listed], owner: str | None) -> None:
        named = {name for each in declared for name in (each.model, each.variant_of) if name}
        known = await self.known.of({n for n in named if "\x00" not in n}, owner)
        for number, each in enumerate(declared):
            for field, name in (("model", each.model), ("variantOf", each.variant_of)):
                if name is not None and (name not in known or _is_private(field, name)):
                    raise InvalidRequest(
                        f"There is no model {name[:MAX_TEXT]!r} that it could be; "
                        "leave it out where the model is your own.",
                        field=f"models.{number}.{field}",
                    )


def _is_private(field: str, name: str) -> bool:
    """A private model may be made from another, and is never said to be one."""
    return field == "model" and name.startswith(PRIVATE)


def _require_sense(listed: Listed, path: str) -> None:
    facts = {
        name: getattr(listed, name)
        for name in ("context", "max_output", "price", "capabilities", "mode")
    }
    served = Served(native_id=listed.native_id, model="m", release="m@undated", **facts)
    if found := events.faults(EndpointServed(endpoint="e", serves=(served,))):
        raise InvalidRequest(f"The declaration makes no sense: {found[0]}.", field=path)
    for field in ("name", "quantization"):
        if (value := getattr(listed, field)) is not None:
            require_text(f"{path}.{field}", value)
    for field in ("modalities_in", "modalities_out", "languages"):
        for value in getattr(listed, field) or ():
            require_text(f"{path}.{field}", value)
