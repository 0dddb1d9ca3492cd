"""`routeyard tenants|projects|overrides|keys …` against a registry."""

import pytest

from tests.services.registry.graphql.tenants.conftest import Shell

GOLD = ("tenants", "tiers", "define", "gold", "--name", "Gold")
LEGAL = ("tenants", "classes", "define", "LEGAL", "--name", "Legal", "--tier", "gold")
ACME = ("--tenant", "acme")
WHY = ("--reason", "because")
COMMANDS = [
    *(("tenants", name) for name in ("list", "show", "create", "update", "offboard")),
    *(("tenants", "classes", name) for name in ("list", "define", "remove")),
    *(("tenants", "tiers", name) for name in ("list", "define", "remove")),
    *(("projects", name) for name in ("list", "create", "remove")),
    *(("overrides", name) for name in ("list", "show", "set", "remove", "effective")),
    *(("keys", name) for name in ("list", "issue", "rotate", "revoke")),
    ("apply",),
    ("export", "tenants"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
async def test_every_command_has_an_example(shell: Shell, words: tuple[str, ...]) -> None:
    assert f"routeyard {' '.join(words)} " in " ".join(
        (await shell.say(*words, "--help")).replace("│", " ").split()
    )


async def test_a_tenant_joins_changes_and_leaves(shell: Shell) -> None:
    await shell.say(*GOLD, "--allow", "provider=openai", "--limit", "requests_per_minute=600")
    await shell.say(*LEGAL, "--residency", "EU")
    gamma = ("tenants", "create", "gamma", "--name", "Gamma", "--class", "LEGAL")
    rehearsed = await shell.json(*gamma, "--dry-run")
    assert [each["id"] for each in rehearsed["changes"]] == ["gamma"]
    assert "gamma" not in await shell.say("tenants", "list")
    assert "tenant gamma" in await shell.say(*gamma, "--network", "10.0.0.0/8")
    assert [each["id"] for each in await shell.json("tenants", "list", "--class", "LEGAL")] == [
        "gamma"
    ]
    changed = await shell.say(
        "tenants", "update", "gamma", "--tier", "gold", "--no-network", "--residency", "FR"
    )
    assert "tier" in changed
    found = await shell.json("tenants", "show", "gamma")
    assert (found["tier"], found["allowedNetworks"], found["residency"]) == ("gold", [], ["FR"])
    await shell.say("tenants", "update", "gamma", "--no-tier", "--anywhere")
    found = await shell.json("tenants", "show", "gamma")
    assert (found["tier"], found["residency"], found["name"]) == (None, [], "Gamma")
    assert "of its class" in await shell.say("tenants", "show", "gamma")
    await shell.say("tenants", "offboard", "gamma", *WHY, "--yes")
    assert "There is no tenant 'gamma'" in await shell.fault("tenants", "show", "gamma")


async def test_a_tenant_leaves_only_when_somebody_says_so(shell: Shell) -> None:
    offboard = ("tenants", "offboard", "beta", *WHY)
    done = await shell.run(*offboard, answer="n\n")
    assert (done.exit_code, shell.posts) == (1, 0)
    assert "nothing brings them back" in done.output
    assert "removed" in await shell.say(*offboard, "--dry-run")
    assert await shell.json("tenants", "show", "beta")
    assert (await shell.run(*offboard, answer="y\n")).exit_code == 0
    assert "There is no tenant" in await shell.fault("tenants", "show", "beta")


async def test_classes_and_tiers_come_and_go(shell: Shell) -> None:
    await shell.say(*GOLD, "--allow", "model=openai/gpt-4o", "--limit", "spend_per_day=12.50")
    await shell.say(*LEGAL)
    assert "model openai/gpt-4o" in await shell.say("tenants", "tiers", "list")
    (tier,) = await shell.json("tenants", "tiers", "list")
    assert tier["limits"] == [{"kind": "SPEND_PER_DAY", "value": "12.50"}]
    assert "LEGAL" in await shell.say("tenants", "classes", "list")
    assert "still used by tenant class LEGAL" in await shell.fault(
        "tenants", "tiers", "remove", "gold"
    )
    await shell.say("tenants", "classes", "remove", "LEGAL")
    await shell.say("tenants", "tiers", "remove", "gold")
    assert await shell.json("tenants", "tiers", "list") == []
    assert "nothing was removed" in await shell.fault("tenants", "tiers", "remove", "gold")


async def test_projects_come_and_go(shell: Shell) -> None:
    web = ("projects", "create", "web", *ACME, "--name", "Web [shop]", "--residency", "EU")
    await shell.say(*web)
    assert "Web [shop]" in await shell.say("projects", "list", *ACME)
    (found,) = await shell.json("projects", "list", *ACME)
    assert found == {"id": "acme/web", "tenant": "acme", "name": "Web [shop]", "residency": ["EU"]}
    await shell.say("projects", "remove", "web", *ACME)
    assert "There are no projects." in await shell.say("projects", "list", *ACME)


RULES = {
    "allow": ("--target", "provider=openai"),
    "deny": ("--target", "model=openai/gpt-4o"),
    "pin": ("--model", "openai/gpt-4o", "--target", "endpoint=openai"),
    "prefer": ("--target", "capability=tool_use", "--weight", "2"),
    "weight": ("--target", "endpoint=openai", "--weight", "0.5"),
    "alias": ("--target", "model=openai/gpt-4o-mini"),
    "profile": ("--require", '{"min_context": 1000}'),
    "limit": ("--limit", "tokens_per_day=1000"),
}
SCOPES = {
    "platform:*": (),
    "platform:class:LEGAL": ("--class", "LEGAL"),
    "platform:acme": ACME,
    "acme": (*ACME, "--author", "tenant"),
    "platform:acme/project:web": (*ACME, "--project", "web"),
    "acme/key:k1": (*ACME, "--key", "k1", "--author", "tenant"),
}


async def test_every_kind_of_rule_is_set_for_every_scope_and_taken_back(shell: Shell) -> None:
    await shell.say(*GOLD)
    await shell.say(*LEGAL)
    await shell.say("projects", "create", "web", *ACME, "--name", "Web")
    for number, (place, scope) in enumerate(SCOPES.items()):
        for kind, said in list(RULES.items())[number % 2 :: 2]:
            await shell.say("overrides", "set", f"r-{kind}", kind, *said, *scope, *WHY)
            found = await shell.json("overrides", "show", f"{place}/r-{kind}")
            assert (found["kind"], found["reason"]) == (kind.upper(), "because")
    listed = await shell.say("overrides", "list", "--all")
    for words in ("at most 1000 tokens_per_day", "pin openai/gpt-4o to endpoint openai", "by 0.5"):
        assert words in listed
    for place, scope in SCOPES.items():
        for each in await shell.json("overrides", "list", "--all"):
            if each["id"].rpartition("/")[0] == place:
                await shell.say("overrides", "remove", each["name"], *scope, *WHY)
    assert await shell.json("overrides", "list") == []


async def test_a_rule_is_rehearsed_and_shown_with_all_it_has(shell: Shell) -> None:
    canary = ("overrides", "set", "canary", "deny", *RULES["deny"], *ACME, *WHY)
    more = ("--percent", "10", "--salt", "s", "--expires-at", "2099-01-31")
    assert "Would change" in await shell.say(*canary, *more, "--dry-run")
    assert await shell.json("overrides", "list") == []
    await shell.say(*canary, *more)
    shown = await shell.say("overrides", "show", "platform:acme/canary")
    for words in ("2099-01-31T00:00:00", '"percent": 10.0', "not GA", "because"):
        assert (words in shown) is (words != "not GA")
    assert "for 10 %" in await shell.say("overrides", "list", "--level", "tenant")
    assert await shell.json("overrides", "list", "--level", "key") == []


async def test_what_applies_is_told_level_by_level_with_why_the_rest_does_not(
    shell: Shell,
) -> None:
    await shell.say(*GOLD, "--allow", "provider=openai", "--limit", "requests_per_minute=600")
    await shell.say(*LEGAL, "--residency", "EU")
    await shell.say("tenants", "update", "acme", "--class", "LEGAL")
    await shell.say("projects", "create", "web", *ACME, "--name", "Web")
    for name, scope, said in (
        ("all", (), ("limit", "--limit", "requests_per_minute=1000")),
        ("own", (*ACME, "--author", "tenant"), ("deny", "--target", "model=openai/gpt-4o")),
        ("fast", ACME, ("alias", "--target", "model=openai/gpt-4o")),
        ("fast", (*ACME, "--project", "web"), ("alias", "--target", "model=openai/gpt-4o-mini")),
        ("later", (*ACME, "--project", "web"), ("deny", *RULES["deny"], "--percent", "0")),
    ):
        await shell.say("overrides", "set", name, *said, *scope, *WHY)
    told = await shell.say("overrides", "effective", *ACME, "--project", "web")
    for words in (
        "everyone",
        "its class",
        "requests stay in EU",
        "tier:gold is said for a narrower scope by the platform, in its place",
        "platform:acme/project:web/fast counts instead",
        "it is rolled out to others first",
        "Only: provider openai (tier:gold)",
        "Never: model openai/gpt-4o",
        "At most: 600 requests_per_minute (tier:gold)",
        "Within: EU",
        "Aliases: fast",
    ):
        assert words in told, words
    found = await shell.json("overrides", "effective", *ACME, "--project", "web")
    assert found["project"] == "web"
    assert "There is no 'acme/none'" in await shell.fault(
        "overrides", "effective", *ACME, "--project", "none"
    )


async def test_keys_are_issued_rotated_listed_and_revoked(shell: Shell) -> None:
    issue = ("keys", "issue", "--role", "tenant_user", "--label", "billing")
    made = await shell.json(*issue, *ACME, "--expires-at", "2099-01-31", *WHY)
    assert made["key"].startswith(f"ry_{made['keyId']}_")
    rotated = (await shell.say("keys", "rotate", made["keyId"], *WHY)).strip()
    new = rotated.split("_")[1]
    await shell.say("keys", "revoke", new, *WHY)
    listed = {each["id"]: each for each in await shell.json("keys", "list", *ACME)}
    assert listed[new]["rotates"] == made["keyId"]
    table = await shell.say("keys", "list", *ACME, "--all")
    assert ("revoked" in table, rotated in table) == (True, False)
    assert "There is no such key" in await shell.fault("keys", "revoke", "none", *WHY)
    assert "There is no such key" in await shell.fault("keys", "rotate", "none", *WHY)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("tenants", "update", "acme"), "Name what is to change"),
        (("tenants", "update", "acme", "--tier", "g", "--no-tier"), "either --tier or --no-tier"),
        (("overrides", "set", "x", "deny", "--target", "gpt", *WHY), "write KIND=ID"),
        (("overrides", "set", "x", "limit", "--limit", "9", *WHY), "write KIND=VALUE"),
        (("overrides", "set", "x", "profile", "--require", "{", *WHY), "--require is no JSON"),
        (("overrides", "set", "x", "deny", "--target", "shop=a", *WHY), "does not exist in"),
        (("overrides", "list", "--level", "moon"), "--level is one of platform, class"),
        (("overrides", "show", "none"), "There is no override 'none'"),
    ],
)
async def test_what_is_wrong_is_said_in_a_sentence(
    shell: Shell, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in await shell.fault(*words)


async def test_a_tenants_admin_uses_the_same_commands_within_its_tenant(shell: Shell) -> None:
    await shell.say(
        "overrides", "set", "mine", "deny", *RULES["deny"], "--tenant", "beta", *WHY, key="beta"
    )
    assert [each["id"] for each in await shell.json("overrides", "list", key="beta")] == [
        "beta/mine"
    ]
    refused = await shell.fault("tenants", "update", "beta", "--name", "Mine", key="beta")
    assert "Only a platform admin's key" in refused
