"""What endpoints say of themselves, taken over where it says something new."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from routeyard.domain.catalog import Endpoint, Variant
from routeyard.domain.claims import Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.matching import Listed
from routeyard.servers.discover import Answers
from routeyard.servers.kinds import Server
from routeyard.wire.probe import ProbeResult, read_ask, tried, write_result
from routeyard.wire.record import Incoming, Position
from routeyard.wire.sealing import unseal
from routeyard.wire.topics import Topics
from services.registry.commands.drafts import NewEndpoint
from services.registry.commands.trials import SILENT
from services.registry.probes import MOST_WAITING
from tests.builders import NOON
from tests.services.registry.rooms import ACME, ADMIN, SEALING, House, house
from tests.services.registry.test_endpoint_orders import CANARY, new

LLAMA = "meta/llama-3.1-8b-instruct"


def vllm(*rows: dict[str, Any]) -> Answers:
    return Answers(
        server=Server.VLLM,
        listed={"object": "list", "data": [{"owned_by": "vllm", **row} for row in rows]},
    )


def record(result: ProbeResult) -> Incoming:
    topic, key, value, _ = write_result(result, Topics())
    return Incoming(Position(topic, 0, 0), key, value)


def seen(answers: Answers | None, ask: str = "a", **more: Any) -> Incoming:
    fields: dict[str, Any] = {"endpoint": "acme/gpu", "zone": "eu", "at": NOON, **more}
    return record(ProbeResult(ask=ask, is_reached=True, status=200, answers=answers, **fields))


async def registered(**more: Any) -> House:
    made = await house()
    await made.orders.endpoints.register(ACME, new(**more))
    return made


async def revision(made: House) -> int:
    return (await made.ledger.head()).revision


async def offerings(made: House) -> list[str]:
    refs = sorted(made.ledger._bodies)
    return [r.id for r in refs if r.kind is Kind.OFFERING and r.id.startswith("acme/gpu/")]


async def test_what_a_server_lists_is_served_and_matched() -> None:
    made = await registered()
    answers = vllm(
        {"id": "meta-llama/Llama-3.1-8B-Instruct", "max_model_len": 8192},
        {"id": "prod", "root": "meta-llama/Llama-3.1-8B-Instruct"},
        {"id": "sql-lora", "root": "/adapters/sql", "parent": "meta-llama/Llama-3.1-8B-Instruct"},
        {"id": "house-model", "root": "/models/house", "max_model_len": 200_000},
    )
    await made.discovery.take([seen(answers)])
    models = {name: (await made.found(Kind.OFFERING, name)).model for name in await offerings(made)}
    assert models == {
        "acme/gpu/meta-llama/Llama-3.1-8B-Instruct": LLAMA,
        "acme/gpu/prod": LLAMA,
        "acme/gpu/sql-lora": "@acme/sql-lora",
        "acme/gpu/house-model": "@acme/house-model",
    }
    lora = await made.found(Kind.MODEL, "@acme/sql-lora")
    assert (lora.owner, lora.variant_of, lora.variant) == ("acme", LLAMA, Variant.FINE_TUNED)
    own = await made.found(Kind.MODEL, "@acme/house-model")
    assert (own.context, own.capabilities) == (200_000, {"long_context": 1.0})


async def test_a_tenants_facts_never_touch_a_public_model() -> None:
    made = await registered()
    before = await made.found(Kind.MODEL, LLAMA)
    row = {"id": "meta-llama/Llama-3.1-8B-Instruct", "max_model_len": 1}
    await made.discovery.take([seen(vllm(row))])
    assert await made.found(Kind.MODEL, LLAMA) == before
    offering = await made.found(Kind.OFFERING, "acme/gpu/meta-llama/Llama-3.1-8B-Instruct")
    assert offering.context == 1


async def test_the_same_answer_again_commits_nothing() -> None:
    made = await registered()
    answers = vllm({"id": "house"}, {"id": "gpt-4o"})
    await made.discovery.take([seen(answers)])
    before, said = await revision(made), len(made.ledger._inbox)
    await made.discovery.take([seen(answers, "b"), seen(answers, "c")])
    assert await revision(made) == before
    assert len(made.ledger._inbox) == said


async def test_what_is_listed_no_longer_is_served_no_longer_and_may_come_back() -> None:
    made = await registered()
    await made.discovery.take([seen(vllm({"id": "a"}, {"id": "b"}))])
    await made.discovery.take([seen(vllm({"id": "b"}), "2")])
    assert await offerings(made) == ["acme/gpu/b"]
    assert await made.found(Kind.MODEL, "@acme/a") is None
    await made.discovery.take([seen(vllm({"id": "a"}), "3")])
    assert await offerings(made) == ["acme/gpu/a"]
    assert await made.found(Kind.MODEL, "@acme/a") is not None


async def test_a_name_that_comes_to_mean_another_model_lets_go_of_the_private_one() -> None:
    made = await registered()
    await made.discovery.take([seen(vllm({"id": "prod"}))])
    assert await made.found(Kind.MODEL, "@acme/prod") is not None
    row = {"id": "prod", "root": "meta-llama/Llama-3.1-8B-Instruct"}
    await made.discovery.take([seen(vllm(row), "2")])
    assert (await made.found(Kind.OFFERING, "acme/gpu/prod")).model == LLAMA
    assert await made.found(Kind.MODEL, "@acme/prod") is None


async def test_a_private_model_stays_while_another_endpoint_serves_it() -> None:
    made = await registered()
    await made.orders.endpoints.register(ACME, new(name="two"))
    for number, name in enumerate(("acme/gpu", "acme/two")):
        await made.discovery.take([seen(vllm({"id": "ours"}), f"{number}", endpoint=name)])
    await made.orders.endpoints.deregister(ACME, "acme/gpu", "moved")
    assert await made.found(Kind.MODEL, "@acme/ours") is not None
    await made.orders.endpoints.deregister(ACME, "acme/two", "moved")
    assert await made.found(Kind.MODEL, "@acme/ours") is None


async def test_the_owners_word_stays_when_the_server_says_otherwise() -> None:
    made = await registered(models=(Listed(native_id="ours", context=100),))
    await made.discovery.take([seen(vllm({"id": "ours", "max_model_len": 9}, {"id": "more"}))])
    assert (await made.found(Kind.MODEL, "@acme/ours")).context == 100
    await made.discovery.take([seen(vllm({"id": "more"}), "2")])
    assert await offerings(made) == ["acme/gpu/more", "acme/gpu/ours"]


@pytest.mark.parametrize(
    "result",
    [
        seen(None),
        seen(vllm({"id": "x"}), is_saved=False),
        seen(vllm({"id": "x"}), endpoint="acme/none"),
        seen(vllm({"id": "x"}), endpoint="openai"),
        seen(Answers(server=Server.VLLM, listed={"data": "x"})),
        seen(Answers(server=Server.TGI, listed=[])),
        seen(vllm({"id": ""}, {"id": "a\nb"}, {"id": "y" * 600})),
    ],
)
async def test_what_says_nothing_that_can_be_used_changes_nothing(result: Incoming) -> None:
    made = await registered()
    before = await revision(made)
    await made.discovery.take([result])
    assert await revision(made) == before


async def test_a_result_that_is_none_is_put_aside_and_the_others_are_taken() -> None:
    made = await registered()
    poison = Incoming(Position("routeyard.probe-result.v1", 0, 0), b"x", b"nonsense")
    await made.discovery.take([poison, seen(vllm({"id": "house"}))])
    assert [each.topic for each in made.post.sent] == ["routeyard.dead-letter.v1"]
    assert await offerings(made) == ["acme/gpu/house"]


async def test_an_endpoint_is_asked_at_registration_and_then_now_and_then() -> None:
    made = await registered()
    assert await made.discovery.ask_due() == 1
    assert await made.discovery.ask_due() == 0
    made.pass_time(299)
    assert await made.discovery.ask_due() == 0
    made.pass_time(2)
    assert await made.discovery.ask_due() == 1
    asked = [read_ask(Incoming(Position(*_at(each)), each.key, each.value)) for each in _sent(made)]
    assert [each.endpoint.id for each in asked] == ["acme/gpu", "acme/gpu"]
    sealed = asked[0].credential
    assert sealed is not None
    assert unseal(sealed.sealed, sealed.binding, SEALING).reveal() == CANARY


async def test_while_the_broker_is_away_endpoints_are_asked_soon_again() -> None:
    from routeyard.domain.errors import Unavailable  # noqa: PLC0415 - beside its one use

    made = await registered()
    made.post.is_away = True
    with pytest.raises(Unavailable):
        await made.discovery.ask_due()
    made.post.is_away = False
    made.pass_time(11)
    assert await made.discovery.ask_due() == 1


class Answering:
    """A healthcheck that answers each ask at once."""

    def __init__(self, made: House, answers: Answers | None, **more: Any) -> None:
        self._made, self._answers, self._more = made, answers, more
        self.asked: list[Any] = []

    async def write(self, records: Sequence[Any]) -> list[Position]:
        for each in records:
            ask = read_ask(Incoming(Position(each.topic, 0, 0), each.key, each.value))
            self.asked.append(ask)
            fields: dict[str, Any] = {"is_reached": True, "status": 200, **self._more}
            result = ProbeResult(
                ask=ask.id,
                endpoint=ask.endpoint.id,
                zone="eu",
                at=NOON,
                is_saved=ask.is_saved,
                answers=self._answers,
                **fields,
            )
            await self._made.discovery.take([record(result)])
        return []


def answered(made: House, answers: Answers | None, **more: Any) -> tuple[House, Answering]:
    post = Answering(made, answers, **more)
    trials = made.orders.trials
    probes = trials.probes._replace(post=post)
    orders = made.orders._replace(trials=trials._replace(probes=probes))
    return made._replace(orders=orders), post


async def test_a_test_tells_what_was_seen_and_which_models_there_are() -> None:
    made, _ = answered(await registered(), vllm({"id": "gpt-4o"}, {"id": "house"}))
    tried_ = await made.orders.trials.test(ACME, "acme/gpu", 5)
    assert tried_ is not None
    assert tried_.result is not None
    assert (tried_.result.status, tried_.reason) == (200, "")
    models = {each.native_id: (each.model, each.is_private) for each in tried_.models}
    assert models == {"gpt-4o": ("openai/gpt-4o", False), "house": ("@acme/house", True)}


async def test_trying_out_keeps_nothing_and_seals_its_secret_for_that_once() -> None:
    made, post = answered(await house(), vllm({"id": "house"}))
    before = await revision(made)
    tried_ = await made.orders.trials.try_out(ACME, new(), 5)
    assert [each.model for each in tried_.models] == ["@acme/house"]
    assert await revision(made) == before
    assert (await made.secrets.store.find("acme/gpu")).version == 0
    (asked,) = post.asked
    assert asked.credential.endpoint == tried("acme/gpu", asked.id)
    sealed = asked.credential
    assert unseal(sealed.sealed, sealed.binding, SEALING).reveal() == CANARY


async def test_a_test_that_nobody_answers_says_so_at_the_end() -> None:
    made = await registered()
    time = made.time

    async def find(_: str) -> None:
        time[0] += timedelta(seconds=3)

    made.probes.store.find = find  # type: ignore[method-assign,assignment]
    told = await made.orders.trials.test(ACME, "acme/gpu", 5)
    assert told is not None
    assert (told.result, told.reason) == (None, SILENT)


async def test_waiting_is_bounded_in_time_and_number() -> None:
    made = await registered()
    for wait_s in (0, 26):
        with pytest.raises(InvalidRequest):
            await made.orders.trials.test(ACME, "acme/gpu", wait_s)
    made.probes.waiting["acme"] = MOST_WAITING
    with pytest.raises(InvalidRequest, match="under way"):
        await made.orders.trials.test(ACME, "acme/gpu", 1)


async def test_a_platforms_own_unknown_model_has_no_owner_and_is_under_no_lab() -> None:
    made = await house()
    wanted = NewEndpoint(
        name="pool", url="https://gpu.example/v1", details={"keyless": True}, dedicated_to=("acme",)
    )
    await made.orders.endpoints.register(ADMIN, wanted)
    await made.discovery.take([seen(vllm({"id": "inhouse"}), endpoint="pool")])
    model = await made.found(Kind.MODEL, "@/inhouse")
    assert model.owner is None
    endpoint = await made.found(Kind.ENDPOINT, "pool")
    assert isinstance(endpoint, Endpoint)
    assert endpoint.is_enabled


def _sent(made: House) -> list[Any]:
    return [each for each in made.post.sent if each.topic == "routeyard.probe-ask.v1"]


def _at(record: Any) -> tuple[str, int, int]:
    return record.topic, 0, 0
