import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from infra.local.errors import StackError
from infra.local.loopback import is_ready, read_json
from infra.local.ports import LOOPBACK, free_port
from infra.local.status import read_status
from tests.services.local.test_state import ADDRESSES


class Answers(http.server.BaseHTTPRequestHandler):
    """Answers GET by path; 503 for what it does not know."""

    def __init__(self, answers: dict[str, Any], *args: Any) -> None:
        self.answers = answers
        super().__init__(*args)

    def do_GET(self) -> None:
        known = self.path in self.answers
        body = json.dumps(self.answers.get(self.path)).encode()
        self.send_response(200 if known else 503)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def answering(answers: dict[str, Any]) -> Iterator[str]:
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), partial(Answers, answers)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://{LOOPBACK}:{server.server_port}"
        server.shutdown()
        thread.join()


def saying(state: str, revision: int | None, *, ready: bool = True) -> dict[str, Any]:
    status = {"service": "any", "state": state, "epoch": "e1", "revision": revision}
    return {"/v1/status": status} | ({"/readyz": {}} if ready else {})


def test_lag_is_how_far_a_router_is_behind_the_registry() -> None:
    with ExitStack() as stack:
        registry = stack.enter_context(answering(saying("ready", 12)))
        first = stack.enter_context(answering(saying("stale", 10)))
        second = stack.enter_context(answering(saying("loading", None, ready=False)))
        absent = f"http://{LOOPBACK}:{free_port()}"
        addresses = replace(
            ADDRESSES, registry=registry, routers=(first, second), healthcheck=absent
        )
        rows = {row.service: row for row in read_status(addresses)}
    assert [(name, row.state, row.ready, row.lag) for name, row in rows.items()] == [
        ("registry", "ready", True, 0),
        ("healthcheck", "unreachable", False, None),
        ("router-1", "stale", True, 2),
        ("router-2", "loading", False, None),
    ]


def test_ready_is_an_answer_of_200_and_nothing_else() -> None:
    with answering({"/readyz": {}}) as url:
        assert is_ready(f"{url}/readyz")
        assert not is_ready(f"{url}/other")
    assert not is_ready(f"http://{LOOPBACK}:{free_port()}/readyz")


def test_a_refusal_is_told_with_its_status() -> None:
    with answering({}) as url, pytest.raises(StackError, match="answered 503"):
        read_json(f"{url}/v1/status")
