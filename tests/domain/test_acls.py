"""The access rules that the table of topics leads to; tests/contract/test_acls.py keeps them."""

import shlex

import pytest

from routeyard.domain.errors import InvalidRequest
from routeyard.kafka.acls import (
    AclBinding,
    Operation,
    Pattern,
    Resource,
    bindings,
    command_arguments,
    command_lines,
    members,
    parts,
)
from routeyard.wire.topics import TOPICS, Carries, Topics

RULES = bindings(Topics(), members(Topics(), []))


def allowed(operation: Operation, carries: Carries) -> set[str]:
    name = Topics().name(carries)
    return {rule.principal for rule in RULES if (rule.operation, rule.name) == (operation, name)}


@pytest.mark.parametrize(
    ("carries", "writers"),
    [
        (Carries.GRAPH_LOG, {"User:registry"}),
        (Carries.GRAPH_SNAPSHOT, {"User:registry"}),
        (Carries.CREDENTIAL, {"User:registry"}),
        (Carries.HEALTH_STATE, {"User:healthcheck", "User:registry"}),
        (Carries.TENANT_OVERRIDE, {"User:admin", "User:billing", "User:registry"}),
        (Carries.MODEL_RELEASE, {"User:ingester", "User:registry"}),
    ],
)
def test_who_writes_what_matters_most(carries: Carries, writers: set[str]) -> None:
    assert allowed(Operation.WRITE, carries) == writers


def test_credentials_are_read_by_those_alone_who_check_keys_or_call_endpoints() -> None:
    assert allowed(Operation.READ, Carries.CREDENTIAL) == {"User:router", "User:healthcheck"}


@pytest.mark.parametrize("carries", TOPICS)
def test_only_who_lays_topics_out_creates_them(carries: Carries) -> None:
    assert allowed(Operation.CREATE, carries) == {"User:deployer"}


def test_topics_are_named_one_by_one_and_groups_by_how_they_begin() -> None:
    for rule in RULES:
        is_group = rule.resource is Resource.GROUP
        assert rule.pattern is (Pattern.PREFIXED if is_group else Pattern.LITERAL)
    groups = {rule.name for rule in RULES if rule.resource is Resource.GROUP}
    assert groups == {"routeyard-registry", "routeyard-healthcheck"}


def test_several_principals_may_be_one_part_and_only_those_named_get_rules() -> None:
    given = members(Topics("x"), ["ingester=User:a", "ingester=User:CN=b,O=Acme"])
    rules = bindings(Topics("x"), given)
    assert {rule.principal for rule in rules} == {"User:a", "User:CN=b,O=Acme"}
    assert (
        AclBinding("User:a", Resource.TOPIC, "x.model-release.v1", Pattern.LITERAL, Operation.WRITE)
        in rules
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("router", "names no principal"),
        ("router=", "names no principal"),
        ("router=alice", "names no principal"),
        ("router=User:", "names no principal"),
        ("router=User:a\nb", "names no principal"),
        ("router=User:*", "would allow everybody"),
        ("pilot=User:a", "names no part of the platform; the parts are admin, "),
    ],
)
def test_what_names_no_member_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        members(Topics(), [text])


def test_the_calls_add_every_rule_once() -> None:
    added = []
    for call in command_arguments(reversed(RULES)):
        options = list(zip(call[1::2], call[2::2], strict=True))
        values = {name: [v for k, v in options if k == name] for name, _ in options}
        (principal,), (pattern,) = values["--allow-principal"], values["--resource-pattern-type"]
        added += [
            AclBinding(principal, resource, name, Pattern(pattern), Operation(operation))
            for resource in Resource
            for name in values.get(f"--{resource}", [])
            for operation in values["--operation"]
        ]
    assert sorted(added) == RULES
    assert len(set(added)) == len(added)


def test_a_shell_reads_the_lines_as_they_are_meant() -> None:
    rules = bindings(Topics(), members(Topics(), ["router=User:it's; rm -rf $HOME"]))
    for line, call in zip(
        command_lines(rules, "kafka:9092", "my file"), command_arguments(rules), strict=True
    ):
        head = ["kafka-acls.sh", "--bootstrap-server", "kafka:9092", "--command-config", "my file"]
        assert shlex.split(line) == head + call


def test_every_writer_and_reader_is_a_part() -> None:
    for spec in TOPICS.values():
        assert {*spec.writers, *spec.readers} <= set(parts(Topics()))
