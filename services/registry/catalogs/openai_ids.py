"""The model ids that OpenAI's API lists, with the day each was created."""

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.provider_ids import introduced
from services.registry.catalogs.row import Row

SOURCE = "openai-ids"
PROVIDER = "openai"


def parse(document: object) -> ParsedCatalog:
    """The facts in a list of ids: OpenAI's own answer (`data`) or a tracker's file (`models`)."""
    listed = document.get("data") or document.get("models") if is_row(document) else None
    if not isinstance(listed, list):
        raise InvalidCatalog(
            "This is not a list of OpenAI's model ids: give the answer of /v1/models, or a file "
            "with `models:`, each with an id."
        )
    harvest = Harvest(SOURCE)
    harvest.announce(*introduced([PROVIDER]))
    for number, fields in enumerate(listed):
        harvest.rows += 1
        native_id = fields.get("id") if is_row(fields) else None
        if not is_row(fields) or not isinstance(native_id, str):
            harvest.refuse(f"row {number}", "has no id")
        elif native_id.startswith("ft:"):
            harvest.refuse(native_id, "a fine-tuned model of one account")
        else:
            row = Row(native_id, fields, harvest)
            field = "api_created" if "api_created" in fields else "created"
            released = ModelReleased(
                provider=PROVIDER,
                native_id=native_id,
                complete=True,
                released_on=row.moment(field),
            )
            harvest.release(native_id, released)
    return harvest.parsed()
