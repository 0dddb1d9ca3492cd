"""A stand-in for a model server: answers what health probes ask, and fails when told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from infra.local.ports import LOOPBACK

MODELS = "/v1/models"
MODEL_LEN = 32_768
PAGES = {
    "openai_compatible": (MODELS,),
    "vllm": (MODELS, "/health"),
    "nim": (MODELS, "/v1/health/ready"),
    "ollama": (MODELS, "/api/tags"),
    "tgi": (MODELS, "/health"),
}
KINDS = tuple(PAGES)


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """How a stand-in answers; it may be changed while it serves.

    Attributes:
        status: what every page answers with.
        latency_ms: how long it waits before it answers.
        fail_after: pages it answers before it goes over to 503; None for never.
        answered: pages it has answered.
        key: the secret it wants to be shown, as a bearer's or in `x-api-key`; None for none.
        shown: every secret it was shown.
    """

    status: int = 200
    latency_ms: float = 0.0
    fail_after: int | None = None
    answered: int = 0
    key: str | None = None
    shown: list[str] = field(default_factory=list)

    def is_let_in(self, headers: Mapping[str, str]) -> bool:
        """Whether a request shows the secret that is wanted; what it shows is noted."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        told = bearer or headers.get("x-api-key", "")
        if told:
            self.shown.append(told)
        return self.key is None or told == self.key

    def next_status(self) -> int:
        """The status of the next answer, which counts as given."""
        self.answered += 1
        is_worn_out = self.fail_after is not None and self.answered > self.fail_after
        return 503 if is_worn_out else self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A stand-in that serves: its address as an endpoint's `url`, and its models."""

    url: str
    port: int
    models: tuple[str, ...]


class MockEndpoint:
    """The pages of one stand-in."""

    def __init__(self, kind: str, models: Sequence[str], behaviour: Behaviour) -> None:
        self._kind = kind
        self._models = tuple(models)
        self._behaviour = behaviour

    def app(self) -> web.Application:
        """The pages its kind has, and POST /control."""
        app = web.Application()
        app.add_routes([web.get(page, self._answer) for page in PAGES[self._kind]])
        app.add_routes([web.post("/control", self._control)])
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self._behaviour.latency_ms / 1e3)
        status = self._behaviour.next_status()
        if not self._behaviour.is_let_in(request.headers):
            status = web.HTTPUnauthorized.status_code
        body = self._body(request.path) if status == web.HTTPOk.status_code else {"error": status}
        return web.json_response(body, status=status)

    def _body(self, path: str) -> Any:
        if path == MODELS:
            return {"object": "list", "data": [self._row(name) for name in self._models]}
        if path == "/api/tags":
            return {"models": [{"name": name, "model": name} for name in self._models]}
        return {"status": "ready"}

    def _row(self, name: str) -> dict[str, Any]:
        row: dict[str, Any] = {"id": name, "object": "model"}
        if self._kind == "vllm":
            row |= {"owned_by": "vllm", "root": name, "parent": None, "max_model_len": MODEL_LEN}
        return row

    async def _control(self, request: web.Request) -> web.Response:
        try:
            asked = json.loads(await request.text())
            status = int(asked.get("status", self._behaviour.status))
            latency_ms = float(asked.get("latency_ms", self._behaviour.latency_ms))
        except (ValueError, TypeError, AttributeError):
            status, latency_ms = 0, 0.0
        if not (200 <= status <= 599 and 0 <= latency_ms < 1e6):  # noqa: PLR2004 - HTTP's own
            sentence = 'Send JSON like {"status": 503, "latency_ms": 20}.'
            return web.json_response({"error": sentence}, status=400)
        self._behaviour.status, self._behaviour.latency_ms = status, latency_ms
        return web.json_response({"status": status, "latency_ms": latency_ms})


@asynccontextmanager
async def serving(
    kind: str = KINDS[0],
    *,
    models: Sequence[str] = ("mock",),
    port: int = 0,
    behaviour: Behaviour | None = None,
) -> AsyncIterator[Serving]:
    """A stand-in on loopback, on a free port unless one is given; OSError when it is taken."""
    app = MockEndpoint(kind, models, behaviour or Behaviour()).app()
    # A caller that is gone, or an end, cuts a long wait short.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        bound: int = runner.addresses[0][1]
        yield Serving(url=f"http://{LOOPBACK}:{bound}/v1", port=bound, models=tuple(models))
    finally:
        await runner.cleanup()
