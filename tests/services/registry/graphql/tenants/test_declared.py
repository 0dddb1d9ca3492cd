"""What files say, and what is wrong with them: told with file, line and column."""

import json
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from routeyard.domain import tenancy
from routeyard.domain.claims import Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.overrides import Override
from services.registry.marked import read
from services.registry.tenants import documents
from services.registry.tenants.declared import Declared, read_folder

HEAD = "apiVersion: routeyard/v1\n"
TENANT = f"{HEAD}kind: Tenant\nmetadata: {{name: acme}}\n"
DENY = "{name: no, kind: deny, reason: r, target_kind: model, target: a/b}"


def folder(path: Path, **files: str) -> Declared:
    for name, text in files.items():
        (path / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return read_folder([path])


def refused(path: Path, text: str, name: str = "a_yaml") -> str:
    with pytest.raises(InvalidRequest) as told:
        folder(path, **{name: text})
    return told.value.message.replace(f"{path}/", "")


def test_several_documents_several_files_and_both_formats_are_one_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("nonsense", encoding="utf-8")
    (tmp_path / "notes.md").write_text("nonsense", encoding="utf-8")
    document = {
        "apiVersion": "routeyard/v1",
        "kind": "TenantClass",
        "metadata": {"name": "LEGAL"},
        "spec": {"name": "Legal", "overrides": []},
    }
    written = json.dumps(document, indent="\t")
    (tmp_path / "deep" / "legal.json").write_text(written, encoding="utf-8")
    found = folder(
        tmp_path,
        a_yaml=f"{HEAD}kind: Tier\nmetadata: {{name: gold}}\nspec: {{name: Gold}}\n---\n---\n"
        f"{TENANT}spec:\n  name: Acme\n  overrides:\n  - {DENY}\n  own_overrides: [{DENY}]\n",
    )
    assert {(ref.kind, ref.id) for ref in found.things} == {
        (Kind.TIER, "gold"),
        (Kind.TENANT, "acme"),
        (Kind.OVERRIDE, "platform:acme/no"),
        (Kind.OVERRIDE, "acme/no"),
        (Kind.TENANT_CLASS, "LEGAL"),
    }
    (rule,) = (each for each in found.things.values() if each.ref.id == "acme/no")
    assert str(rule.place) == f"{tmp_path / 'a.yaml'}:14:19"
    assert found.tenants["acme"] == (False, True, True)


def test_words_are_words_as_yaml_1_2_has_them(tmp_path: Path) -> None:
    found = folder(
        tmp_path,
        a_yaml=f"{TENANT}spec: {{name: 'on', residency: [NO, no], projects: ["
        "{project: off, name: 0x1F}, {project: '1', name: 1_000}, {project: a, name: 12:30}], "
        "own_overrides: [{name: l, kind: limit, reason: r, limit: price_input, value: 0.10, "
        "expires_at: 2099-01-31}]}",
    )
    specs = {ref.id: thing.spec for ref, thing in found.things.items()}
    assert specs["acme"] == documents.TenantRecord(name="on", residency=("NO", "no"))
    assert [specs[f"acme/{name}"].name for name in ("off", "1", "a")] == ["0x1F", "1_000", "12:30"]
    rule = specs["acme/l"]
    assert isinstance(rule, documents.Rule)
    assert (str(rule.value), str(rule.expires_at)) == ("0.1", "2099-01-31 00:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "a.yaml:2:1: did not find expected node content."),
        ("- 1\n", "a.yaml:1:1: this is no document; begin with apiVersion"),
        ("kind: Tier\n", "a.yaml:1:1: apiVersion must be routeyard/v1."),
        ("apiVersion: v2\nkind: Tier\n", "a.yaml:1:13: apiVersion must be routeyard/v1."),
        (f"{HEAD}kind: Tenants\n", "a.yaml:2:7: kind is 'Tenants'; it is one of Tier, TenantClass"),
        (f"{HEAD}kind: Tier\n", "a.yaml:1:1: the document needs metadata; add it."),
        (f"{TENANT}spec:\n  name: 7\n", "a.yaml:5:9: spec.name must be str | null, and is int."),
        (
            f"{TENANT}spec:\n  name: A\n  api_key: ry_x\n",
            "a.yaml:6:12: spec has no field api_key; see docs/contract",
        ),
        (
            (
                f"{TENANT}spec:\n  name: A\n  overrides:\n  - {DENY}\n"
                "  - name: b\n    kind: forbid\n    reason: r\n"
            ),
            "a.yaml:9:11: spec.overrides.1.kind: 'forbid' is not known; it is one of allow, deny",
        ),
        (
            f"{TENANT}spec:\n  overrides: [{{name: a, kind: limit, reason: r, limit: x}}]\n",
            "a.yaml:5:56: spec.overrides.0.limit: 'x' is not known; it is one of price_input",
        ),
        (
            f"{TENANT}spec:\n  overrides: [{{name: a, kind: deny}}]\n",
            "a.yaml:5:15: spec.overrides.0 needs reason; add it.",
        ),
        (
            (
                f"{TENANT}spec:\n  overrides: [{{name: a, kind: profile, reason: r, "
                "require: {max_latency: 3}}]\n"
            ),
            "spec.overrides.0.require has no field max_latency",
        ),
        (f"{TENANT}spec:\n  tier: gold\n", "a.yaml:5:3: name is missing: a tenant's record"),
        (
            f"{TENANT}spec: {{}}\n---\n{TENANT}spec: {{}}\n",
            "a.yaml:6:1: the tenant acme is at a.ya",
        ),
        (
            f"{TENANT}spec: {{own_overrides: [{DENY}, {DENY}]}}\n",
            "the override acme/no is at a.yaml:4:24, too; leave one of them out.",
        ),
        (f"{TENANT}spec: {{name: a, name: b}}\n", "a.yaml:4:17: name is there twice"),
        ("a: &x 1\nb: *x\n", "a.yaml:1:4: an alias (*name) stands here"),
        ("a: !vault x\n", "a.yaml:1:4: the tag !vault is not known"),
        ("? [a]\n: b\n", "a.yaml:1:3: a key must be a word."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text("a: [", encoding="utf-8")
    message = refused(tmp_path, "- 1\n---\n- 2\n")
    assert [line.partition(":")[0] for line in message.splitlines()] == [
        "a.yaml",
        "a.yaml",
        "b.yml",
    ]
    many = refused(tmp_path, "- 1\n---\n" * 30)
    assert many.splitlines()[-1] == "… and 11 more."


def test_a_folder_without_files_is_no_empty_declaration(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="nothing was compared"):
        read_folder([tmp_path])
    with pytest.raises(InvalidRequest, match=r"There is no .*none"):
        read_folder([tmp_path / "none"])


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(InvalidRequest):
        list(read(Path("a.yaml"), text))


def test_files_say_all_that_the_domain_knows() -> None:
    """A field that the domain gains has to come to files, too."""
    for shape, entity, other in (
        (documents.TierSpec, tenancy.Tier, {"id"}),
        (documents.ClassRecord, tenancy.TenantClass, {"id"}),
        (documents.TenantRecord, tenancy.Tenant, {"id"}),
        (documents.ProjectRecord, tenancy.Project, {"id", "tenant"}),
        (documents.TenantRule, Override, {"id", "actor", "author", "tenant_class", "tenant"}),
    ):
        own = {field.name for field in msgspec.structs.fields(shape)} - {"name"}
        known = {field.name for field in msgspec.structs.fields(entity)} - {"name"}
        assert own == known - other, shape
    spec = {field.name for field in msgspec.structs.fields(documents.TenantSpec)}
    record = {field.name for field in msgspec.structs.fields(documents.TenantRecord)}
    assert spec - record == {"projects", "overrides", "own_overrides"}


def test_the_schema_takes_what_the_reader_takes(tmp_path: Path) -> None:
    validator = Draft202012Validator(documents.schema())
    validator.check_schema(documents.schema())
    good = f"{TENANT}spec: {{name: Acme, own_overrides: [{DENY}]}}\n"
    (document,) = read(Path("a.yaml"), good)
    assert validator.is_valid(document.value)
    folder(tmp_path, a_yaml=good)
    for before, after in (("deny", "forbid"), ("reason: r, ", ""), ("Acme", "[]"), ("v1", "v2")):
        (document,) = read(Path("a.yaml"), good.replace(before, after, 1))
        assert not validator.is_valid(document.value)
        refused(tmp_path, good.replace(before, after, 1))
