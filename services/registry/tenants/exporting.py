"""Writing what is there into a folder of files, so that applying them changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.overrides import Author
from services.registry.tenants import documents as d
from services.registry.tenants import questions, standing, translated

Environment = Mapping[str, str]
Answer = dict[str, Any]
_WIDTH = 100


def files(environ: Environment, names: list[str] | None) -> Iterator[tuple[str, str]]:
    """Each file's path in the folder, and its text; with names only those tenants' files."""
    if names is None:
        yield from _of_platform(environ)
    listed = names or [each["id"] for each in questions.listed(environ, "tenants", "id")]
    missing = set(listed)
    for node in standing.tenants(environ, sorted(missing)):
        missing.discard(node["id"])
        yield f"tenants/{node['id']}.yaml", _written([_tenant(node)])
    if names is not None and missing:
        raise InvalidRequest(f"There is no tenant {', '.join(sorted(missing))}.")


def write(folder: Path, found: Iterable[tuple[str, str]], *, is_forced: bool) -> int:
    """Write the files; how many there are.

    Raises:
        InvalidRequest: one is there already, or cannot be written.
    """
    count = 0
    for name, text in found:
        file = folder / name
        if file.exists() and not is_forced:
            raise InvalidRequest(
                f"{file} is there already; name an empty folder, or give --force to replace files."
            )
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as fault:
            raise InvalidRequest(f"{file} cannot be written ({fault.strerror}).") from None
        count += 1
    return count


def _of_platform(environ: Environment) -> Iterator[tuple[str, str]]:
    tiers = questions.listed(environ, "tiers", questions.TIER)
    if tiers:
        yield "tiers.yaml", _written(_document("Tier", each["id"], _tier(each)) for each in tiers)
    classes = questions.listed(environ, "tenantClasses", questions.CLASS)
    if classes:
        rules = standing.level(environ, "CLASS")
        yield "classes.yaml", _written(_class(each, rules) for each in classes)
    if everyone := standing.level(environ, "PLATFORM"):
        spec = {"overrides": [_rule(each) for each in everyone]}
        yield "platform.yaml", _written([_document("Platform", "everyone", spec)])


def _tier(node: Answer) -> Answer:
    return _plain(translated.tier(node))


def _class(node: Answer, rules: Iterable[Answer]) -> Answer:
    own = [_rule(each) for each in rules if each["tenantClass"] == node["id"]]
    spec = {**_plain(translated.tenant_class(node)), "overrides": own}
    return _document("TenantClass", node["id"], spec)


def _tenant(node: Answer) -> Answer:
    said: dict[Author, list[Answer]] = {author: [] for author in Author}
    for each in node["overrides"]:
        said[translated.author(each)].append(_rule(each))
    projects = [
        {"project": each["id"].partition("/")[2], **_plain(translated.project(each))}
        for each in node["projects"]
    ]
    spec = {
        **_plain(translated.tenant(node)),
        "projects": projects,
        "overrides": said[Author.PLATFORM],
        "own_overrides": said[Author.TENANT],
    }
    return _document("Tenant", node["id"], spec)


def _rule(node: Answer) -> Answer:
    return _plain(translated.rule(node))


def _document(kind: str, name: str, spec: Answer) -> Answer:
    return {"apiVersion": d.VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _plain(value: Any) -> Answer:
    """A record as YAML is written from it. Amounts are text, so that they stay exact."""
    plain: Answer = msgspec.to_builtins(value)
    return plain


def _written(documents: Iterable[Answer]) -> str:
    return yaml.safe_dump_all(
        documents, sort_keys=False, allow_unicode=True, width=_WIDTH, explicit_start=True
    )
