"""`routeyard apply` and `routeyard export`: tenants in files, against a registry."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.registry.tenants import applying, files_cli, standing
from tests.services.registry.graphql.conftest import Registry
from tests.services.registry.graphql.tenants.conftest import Shell

FILES = """apiVersion: routeyard/v1
kind: Tier
metadata: {name: gold}
spec:
  name: Gold
  allow: [{kind: provider, id: openai}]
  limits: {requests_per_minute: 600, price_input: "2.50"}
---
apiVersion: routeyard/v1
kind: TenantClass
metadata: {name: LEGAL}
spec:
  name: Legal
  tier: gold
  residency: [EU]
  overrides:
    - {name: no-mini, kind: deny, reason: r, target_kind: model, target: openai/gpt-4o-mini}
---
apiVersion: routeyard/v1
kind: Platform
metadata: {name: everyone}
spec:
  overrides:
    - {name: cap, kind: limit, reason: all, limit: tokens_per_day, value: 1000000}
---
apiVersion: routeyard/v1
kind: Tenant
metadata: {name: gamma}
spec:
  name: Gamma
  tenant_class: LEGAL
  allowed_networks: [10.1.0.0/16]
  projects:
    - {project: web, name: Web, residency: [FR]}
  overrides:
    - name: pinned
      kind: pin
      reason: measured
      model: openai/gpt-4o
      target_kind: endpoint
      target: openai
      rollout: {percent: 10}
      expires_at: 2099-01-31
  own_overrides:
    - {name: fast, kind: alias, reason: r, target_kind: model, target: openai/gpt-4o, project: web}
    - {name: long, kind: profile, reason: r, require: {min_context: 1000, languages: [de]}}
    - {name: mine, kind: prefer, reason: r, target_kind: provider, target: a, weight: 2, key: k}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "tenants"
    folder.mkdir()
    (folder / "all.yaml").write_text(FILES, encoding="utf-8")
    return folder


def edit(folder: Path, before: str, after: str) -> None:
    file = folder / "all.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


async def overrides(shell: Shell) -> list[str]:
    return [each["id"] for each in await shell.json("overrides", "list", "--all")]


async def test_a_plan_is_shown_carried_out_and_then_there_is_nothing_to_do(
    shell: Shell, files: Path
) -> None:
    apply = ("apply", "-f", str(files))
    planned = await shell.say(*apply, "--dry-run")
    assert f"+ tenant gamma  ({files}/all.yaml:26:1)" in planned
    assert "Plan at revision 3: 10 to create, 0 to change, 0 to remove" in planned
    assert await overrides(shell) == []
    done = await shell.run(*apply, "--yes", "--reason", "merge request 17")
    assert done.exit_code == 0, done.output
    assert "10 of 10 changes are in as of revision 4." in done.stderr
    again = await shell.say(*apply, "--yes")
    assert "Nothing to do: all 10 are as the files say (revision 4)." in again
    found = await shell.registry.ask("{ commits(first: 1) { nodes { revision reason } } }")
    assert found["commits"]["nodes"] == [{"revision": 4, "reason": "merge request 17"}]


async def test_what_changes_is_told_field_by_field_and_nothing_else_is_touched(
    shell: Shell, files: Path
) -> None:
    apply = ("apply", "-f", str(files))
    await shell.say(*apply, "--yes")
    edit(files, "percent: 10", "percent: 20")
    edit(files, "  allowed_networks: [10.1.0.0/16]\n", "")
    edit(files, '"2.50"', '"2.5"')
    edit(files, "2099-01-31", "2099-01-31T01:00:00+01:00")
    planned = await shell.say(*apply, "--dry-run")
    assert "~ override platform:gamma/pinned" in planned
    assert 'rollout: {"percent": 10.0} -> {"percent": 20.0}' in planned
    assert 'allowed_networks: ["10.1.0.0/16"] -> (default)' in planned
    assert "0 to create, 2 to change, 0 to remove; 8 are as the files say." in planned
    await shell.say(*apply, "--yes")
    assert "Nothing to do" in await shell.say(*apply)


async def test_exit_codes_and_json_tell_programs_what_there_is_to_do(
    shell: Shell, files: Path
) -> None:
    apply = ("apply", "-f", str(files), "--detailed-exitcode", "--json")
    planned = await shell.run(*apply, "--dry-run")
    told = json.loads(planned.stdout)
    assert (planned.exit_code, told["applied"], len(told["steps"])) == (2, False, 10)
    assert (await shell.run(*apply, "--yes")).exit_code == 2
    again = await shell.run(*apply, "--yes")
    assert (again.exit_code, json.loads(again.stdout)["steps"]) == (0, [])


async def test_a_plan_tells_whom_it_touches_and_where_they_would_go(
    shell: Shell, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = ("apply", "-f", str(files))
    await shell.say(*apply, "--yes")
    alias = ("fast", "alias", "--target", "model=openai/gpt-4o", "--reason", "r")
    await shell.say("overrides", "set", *alias, "--tenant", "acme", "--author", "tenant")
    pin = "- {name: cap, kind: limit, reason: all, limit: tokens_per_day, value: 1000000}"
    deny = "- {name: no, kind: deny, reason: r, target_kind: model, target: openai/gpt-4o}"
    edit(files, pin, f"{pin}\n    {deny}")
    planned = await shell.say(*apply, "--dry-run")
    assert "Touches tenants: acme, beta, gamma" in planned
    assert "Touches overrides: platform:*/no" in planned
    assert "Touches aliases: acme/fast, gamma/project:web/fast" in planned
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in planned.splitlines()]
    assert ["acme", "fast", "openai/gpt-4o", "nothing"] in cells
    told = (await shell.json(*apply, "--dry-run"))["blastRadius"]
    assert (told["tenants"], told["isComplete"]) == (["acme", "beta", "gamma"], True)
    fast = {"tenant": "acme", "asked": "fast", "before": "openai/gpt-4o", "after": None}
    assert fast in told["moves"]

    monkeypatch.setattr(applying, "MOST_CHANGES", 1)
    edit(files, "percent: 10", "percent: 20")
    planned = await shell.say(*apply, "--dry-run")
    assert "The plan takes several commits; whom they touch is not known beforehand." in planned
    assert (await shell.json(*apply, "--dry-run"))["blastRadius"] is None


async def test_an_order_of_its_own_tells_whom_it_would_touch_when_it_is_rehearsed(
    shell: Shell,
) -> None:
    deny = ("overrides", "set", "no", "deny", "--target", "model=openai/gpt-4o", "--reason", "r")
    said = await shell.say(*deny, "--tenant", "beta", "--dry-run")
    assert "Touches tenants: beta" in said
    assert "Touches overrides: platform:beta/no" in said
    told = await shell.json(*deny, "--tenant", "beta", "--dry-run", key="admin")
    assert told["blastRadius"]["tenants"] == ["beta"]
    assert "blastRadius" not in await shell.json(*deny, "--tenant", "beta")
    tier = ("tenants", "tiers", "define", "unused", "--name", "Unused", "--dry-run")
    assert "No tenant is touched." in await shell.say(*tier)


async def test_pruning_removes_what_full_lists_do_not_name_and_nothing_else(
    shell: Shell, files: Path
) -> None:
    apply = ("apply", "-f", str(files))
    deny = ("deny", "--target", "provider=openai", "--reason", "by hand")
    await shell.say(*apply, "--yes")
    await shell.say("projects", "create", "old", "--tenant", "gamma", "--name", "Old")
    for name, scope in (
        ("hand", ("--tenant", "gamma")),
        ("hand", ("--tenant", "gamma", "--author", "tenant")),
        ("hand", ("--tenant", "gamma", "--project", "old")),
        ("hand", ("--class", "LEGAL")),
        ("hand", ()),
        ("other", ("--class", "STANDARD")),
        ("other", ("--tenant", "acme")),
    ):
        await shell.say("overrides", "set", name, *deny, *scope)
    kept = await shell.say(*apply)
    assert "6 are there that the files do not name; --prune removes them:" in kept
    assert "platform:gamma/project:old/hand" in kept
    pruned = await shell.say(*apply, "--prune", "--yes")
    assert "- override platform:*/hand" in pruned
    assert "0 to create, 0 to change, 6 to remove" in pruned
    left = await overrides(shell)
    assert {each for each in left if each.endswith(("hand", "other"))} == {
        "platform:acme/other",
        "platform:class:STANDARD/other",
    }
    assert [each["id"] for each in await shell.json("tenants", "list")] == ["acme", "beta", "gamma"]
    assert "Nothing to do" in await shell.say(*apply, "--prune")


async def test_a_list_that_is_not_in_a_file_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    deny = ("deny", "--target", "provider=openai", "--reason", "r", "--tenant", "acme")
    await shell.say("overrides", "set", "theirs", *deny, "--author", "tenant")
    await shell.say("overrides", "set", "ours", *deny)
    (tmp_path / "acme.yaml").write_text(
        "apiVersion: routeyard/v1\nkind: Tenant\nmetadata: {name: acme}\nspec: {overrides: []}\n",
        encoding="utf-8",
    )
    await shell.say("apply", "-f", str(tmp_path), "--prune", "--yes")
    assert await overrides(shell) == ["acme/theirs"]
    assert (await shell.json("tenants", "show", "acme"))["name"] == "acme"


async def test_somebody_is_asked_and_only_a_yes_is_one(
    shell: Shell, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = ("apply", "-f", str(files))
    assert "nobody to ask; give --yes" in await shell.fault(*apply)
    monkeypatch.setattr(files_cli, "is_terminal", lambda: True)
    refused = await shell.run(*apply, answer="n\n")
    assert (refused.exit_code, "Carry out these 10 changes?" in refused.output) == (1, True)
    assert await overrides(shell) == []
    assert (await shell.run(*apply, answer="y\n")).exit_code == 0
    assert len(await overrides(shell)) == 6


async def test_what_the_registry_refuses_is_told_with_its_place_before_anything_is_in(
    shell: Shell, files: Path
) -> None:
    edit(files, "tier: gold", "tier: silver")
    edit(files, "project: web}", "project: none}")
    done = await shell.run("apply", "-f", str(files), "--yes")
    assert done.exit_code == 1
    assert f"It would be refused: {files}/all.yaml:9:1: There is no tier 'silver'" in done.output
    assert f"refused: {files}/all.yaml:45:7: There is no project 'none'" in done.output
    assert await overrides(shell) == []


async def test_a_tenant_that_is_not_there_needs_a_record(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(
        "apiVersion: routeyard/v1\nkind: Tenant\nmetadata: {name: nobody}\nspec: {projects: []}\n",
        encoding="utf-8",
    )
    told = await shell.fault("apply", "-f", str(tmp_path))
    assert told == (
        f"{tmp_path}/x.yaml:1:1: there is no tenant nobody yet; "
        "give it a name (spec.name) to let it join."
    )


async def test_nobodys_change_in_between_is_overwritten(
    shell: Shell, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = ("apply", "-f", str(files), "--yes")
    await shell.say(*apply)
    edit(files, "reason: measured", "reason: measured again")
    held = standing.held

    def held_before_somebody_else(*asked: Any) -> Any:
        found = held(*asked)
        urgent = ("--target", "provider=openai", "--tenant", "gamma", "--reason", "urgent")
        done = shell.invoke("admin", ("overrides", "set", "pinned", "deny", *urgent))
        assert done.exit_code == 0
        return found

    monkeypatch.setattr(standing, "held", held_before_somebody_else)
    told = await shell.fault(*apply)
    assert "Somebody changed the same since the plan was made" in told
    assert "run the command again and look at the new plan" in told
    (rule,) = (each for each in await shell.json("overrides", "list") if each["name"] == "pinned")
    assert rule["reason"] == "urgent"


async def test_batches_are_cut_and_what_is_in_before_a_fault_is_told(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "MOST_CHANGES", 2)
    rules = [
        {"name": f"r{n}", "kind": "deny", "reason": "r", "target_kind": "model", "target": "a/b"}
        for n in range(5)
    ]
    rules[4]["target"] = " "
    document = {
        "apiVersion": "routeyard/v1",
        "kind": "Tenant",
        "metadata": {"name": "acme"},
        "spec": {"overrides": rules},
    }
    (tmp_path / "acme.json").write_text(json.dumps(document), encoding="utf-8")
    told = await shell.fault("apply", "-f", str(tmp_path), "--yes")
    assert "target must be 1 to 500 characters" in told
    assert "4 changes before it are in; mend this and run the command again." in told
    assert len(await overrides(shell)) == 4
    rules[4]["target"] = "a/c"
    (tmp_path / "acme.json").write_text(json.dumps(document), encoding="utf-8")
    done = await shell.run("apply", "-f", str(tmp_path), "--yes")
    assert "1 of 1 changes are in as of revision 6." in done.stderr


async def test_what_is_exported_is_applied_without_a_change(
    shell: Shell, files: Path, tmp_path: Path
) -> None:
    await shell.say("apply", "-f", str(files), "--yes")
    await shell.json("keys", "issue", "--role", "tenant_user", "--label", "x", "--tenant", "gamma")
    out = tmp_path / "out"
    told = await shell.say("export", "tenants", "-o", str(out))
    assert told == f"6 files are in {out}.\n"
    assert sorted(str(file.relative_to(out)) for file in out.rglob("*.yaml")) == [
        "classes.yaml",
        "platform.yaml",
        "tenants/acme.yaml",
        "tenants/beta.yaml",
        "tenants/gamma.yaml",
        "tiers.yaml",
    ]
    assert "Nothing to do: all 13" in await shell.say("apply", "-f", str(out), "--prune")
    assert not any("ry_" in file.read_text(encoding="utf-8") for file in out.rglob("*.yaml"))
    assert "is there already" in await shell.fault("export", "tenants", "-o", str(out))
    one = ("export", "tenants", "-o", str(out), "--tenant", "gamma", "--force")
    assert await shell.json(*one) == {"files": 1, "folder": str(out)}
    assert "There is no tenant none" in await shell.fault(*one, "--tenant", "none")


async def test_an_export_takes_a_tenant_to_another_registry(
    shell: Shell, files: Path, tmp_path: Path
) -> None:
    await shell.say("apply", "-f", str(files), "--yes")
    out = tmp_path / "out"
    await shell.say("export", "tenants", "-o", str(out))
    await shell.say("tenants", "offboard", "gamma", "--reason", "moved", "--yes")
    done = await shell.run("apply", "-f", str(out), "--yes")
    assert "6 to create, 0 to change" in done.stdout
    assert "Nothing to do" in await shell.say("apply", "-f", str(files), "--prune")


async def test_long_lists_are_read_to_their_end(
    shell: Shell, files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await shell.say("apply", "-f", str(files), "--yes")
    monkeypatch.setattr(standing, "NESTED", 1)
    monkeypatch.setattr(standing, "CHUNK", 1)
    assert "Nothing to do: all 10" in await shell.say("apply", "-f", str(files), "--prune")


async def test_a_tenants_admin_keeps_its_own_in_files(
    shell: Shell, registry: Registry, tmp_path: Path
) -> None:
    text = (
        "apiVersion: routeyard/v1\nkind: Tenant\nmetadata: {name: beta}\nspec:\n"
        "  projects: [{project: web, name: Web}]\n"
        "  own_overrides: [{name: a, kind: deny, reason: r, target_kind: model, target: x/y}]\n"
    )
    (tmp_path / "beta.yaml").write_text(text, encoding="utf-8")
    await shell.say("apply", "-f", str(tmp_path), "--yes", key="beta")
    assert "Nothing to do" in await shell.say("apply", "-f", str(tmp_path), key="beta")
    (tmp_path / "beta.yaml").write_text(text + "  name: Mine\n", encoding="utf-8")
    told = await shell.fault("apply", "-f", str(tmp_path), "--yes", key="beta")
    assert "Only a platform admin's key may do this." in told
