"""models.dev rows that inherit: what a provider's row leaves out stands in its base model."""

from collections.abc import Mapping

from services.registry.catalogs.values import UnusableError


def merged(
    row: Mapping[str, object], lab_models: Mapping[str, Mapping[str, object]]
) -> Mapping[str, object]:
    """The row with its base model's fields beneath it, minus those it names as not inherited."""
    base_id = row.get("base_model")
    if base_id is None:
        return row
    base = lab_models.get(base_id) if isinstance(base_id, str) else None
    if base is None:
        raise UnusableError(f"{base_id} is not among the lab models")
    inherited = dict(base)
    omitted = row.get("base_model_omit")
    for path in omitted if isinstance(omitted, list) else []:
        inherited = _without(inherited, str(path).split("."))
    return _over(inherited, row)


def _over(base: Mapping[str, object], row: Mapping[str, object]) -> dict[str, object]:
    """Objects are merged field by field; everything else is replaced."""
    result = dict(base)
    for field, value in row.items():
        beneath = result.get(field)
        both = isinstance(beneath, Mapping) and isinstance(value, Mapping)
        result[field] = _over(beneath, value) if both else value  # type: ignore[arg-type]
    return result


def _without(fields: Mapping[str, object], path: list[str]) -> dict[str, object]:
    head, *rest = path
    inner = fields.get(head)
    if rest and isinstance(inner, Mapping):
        return {**fields, head: _without(inner, rest)}
    return {field: value for field, value in fields.items() if rest or field != head}
