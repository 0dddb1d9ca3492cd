"""`POST /v1/resolve` at a router: requests a second on one core, and what one costs in CPU.

    python -m tests.benchmarks.resolve_http --json [--quick]

A stack of its own on Apache Kafka, filled from models.dev. The router has one core to itself where
the machine has several, the callers and all others of the stack have the rest. Beside it, in turns
on the same core: the same server with a handler that reads a JSON body and answers a constant, as
long as the router's answer. Times of CPU are the process's own, so others on the machine count
little.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import msgspec
import uvloop

from infra.local.kafka import ApacheKafka
from infra.local.ports import free_port
from infra.local.stack import Stack
from infra.local.state import StackAddresses
from routeyard.domain.resolution import Step
from tests.benchmarks.http_load import Load, load, request

ROUNDS, SECONDS = 6, 5.0
QUICK_ROUNDS, QUICK_SECONDS = 2, 2.0
REQUESTS, WARM_UP_S, READY_S = 1_000, 1.0, 30.0
PATH = "/v1/resolve"
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
TAGS = ("tool_use", "vision", "reasoning")


class Server(NamedTuple):
    """Something that answers, and the process that does."""

    url: str
    pid: int


class Measured(NamedTuple):
    """Of one server: answers, seconds, seconds of CPU, and milliseconds of each answer."""

    answered: int
    seconds: float
    cpu_s: float
    took_ms: list[float]

    def told(self) -> dict[str, float]:
        """What is shown of it."""
        percentiles = quantiles(self.took_ms, n=100, method="inclusive")
        return {
            "rps": round(self.answered / self.seconds, 1),
            "cpu_us": round(self.cpu_s / self.answered * 1e6, 1),
            "cores": round(self.cpu_s / self.seconds, 2),
            "p50_ms": round(median(self.took_ms), 2),
            "p99_ms": round(percentiles[98], 2),
        }


def bodies(number: int) -> list[bytes]:
    """What agents ask: any size, mostly with something required."""
    draw = random.Random(1)  # noqa: S311 - repeatable, not secret
    return [msgspec.json.encode(_body(draw)) for _ in range(number)]


def _body(draw: random.Random) -> dict[str, Any]:
    estimate = {
        "input_tokens": int(10 ** (1 + 4 * draw.random())),
        "output_tokens": int(10 ** (1 + 2.5 * draw.random())),
    }
    asked: dict[str, Any] = {"step": draw.choice(tuple(Step)), "estimate": estimate}
    if draw.random() < 0.75:
        least = draw.choice((8_000, 32_000, 128_000))
        asked["require"] = {"capabilities": [draw.choice(TAGS)], "min_context": least}
    return asked


def answer_of(server: Server, body: bytes, key: str) -> bytes:
    """One answer, as it is sent."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    asked = Request(server.url + PATH, body, headers)  # noqa: S310 - this machine's own
    with urlopen(asked) as answer:  # noqa: S310 - this machine's own
        found: bytes = answer.read()
    return found


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


def resolve_us(server: Server) -> tuple[float, float]:
    """Microseconds in which the router resolved so far, without HTTP, and how often."""
    with urlopen(f"{server.url}/metrics") as answer:  # noqa: S310 - this machine's own
        lines = dict(line.rsplit(" ", 1) for line in answer.read().decode().splitlines())
    name = "routeyard_resolve_seconds"
    return float(lines[f"{name}_sum"]) * 1e6, float(lines[f"{name}_count"])


def pin(pids: Sequence[int], cores: set[int]) -> None:
    """Give processes, with all their threads, these cores."""
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), cores)


@contextmanager
def bare(answer: bytes, folder: Path) -> Iterator[Server]:
    """The handler that answers a constant."""
    file, port = folder / "answer.json", free_port()
    file.write_bytes(answer)
    command = [sys.executable, "-m", "tests.benchmarks.bare_http", str(port), str(file)]
    process = subprocess.Popen(command)
    server = Server(f"http://127.0.0.1:{port}", process.pid)
    try:
        _wait(f"{server.url}/readyz")
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    deadline = time.perf_counter() + READY_S
    while True:
        try:
            urlopen(url).close()  # noqa: S310 - this machine's own
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def asked(server: Server, key: str, seconds: float) -> Measured:
    """One round."""
    requests = [request(server.url, PATH, body, key) for body in bodies(REQUESTS)]
    before = cpu_s(server.pid)
    found: Load = uvloop.run(load(server.url, requests, seconds))
    if found.refused:
        raise RuntimeError(f"{server.url} refused {found.refused} of {found.answered} requests.")
    return Measured(found.answered, found.seconds, cpu_s(server.pid) - before, found.took_ms)


def together(rounds: Sequence[Measured]) -> Measured:
    """Several rounds as one."""
    return Measured(
        sum(each.answered for each in rounds),
        sum(each.seconds for each in rounds),
        sum(each.cpu_s for each in rounds),
        [took for each in rounds for took in each.took_ms],
    )


def compared(
    servers: tuple[Server, Server], key: str, rounds: int, seconds: float
) -> dict[str, Any]:
    """The router and the bare server in turns."""
    router = servers[0]
    for each in servers:
        asked(each, key, WARM_UP_S)
    spent, resolved = resolve_us(router)
    found: tuple[list[Measured], list[Measured]] = ([], [])
    for _ in range(rounds):
        for server, of in zip(servers, found, strict=True):
            of.append(asked(server, key, seconds))
    spent_after, resolved_after = resolve_us(router)
    ours, least = (together(each).told() for each in found)
    return {
        **ours,
        "resolve_us": round((spent_after - spent) / (resolved_after - resolved), 1),
        **{f"bare_{name}": value for name, value in least.items()},
        "cpu_ratio": round(ours["cpu_us"] / least["cpu_us"], 2),
        "rps_ratio": round(ours["rps"] / least["rps"], 2),
    }


def run(stack: Stack, folder: Path, *, is_quick: bool) -> dict[str, Any]:
    """All of it, on a stack that is not started."""
    addresses = stack.start()
    stack.run("ingest", "models-dev")
    pids, key = stack.pids(), addresses.keys["tenant"]
    router = Server(addresses.routers[0], pids["router-1"])
    candidates = _caught_up(addresses)
    answer = answer_of(router, bodies(1)[0], key)
    cores = sorted(os.sched_getaffinity(0))
    with bare(answer, folder) as plain:
        if len(cores) > 1:
            pin([*pids.values(), os.getpid()], set(cores[1:]))
            pin([router.pid, plain.pid], {cores[0]})
        rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if is_quick else (ROUNDS, SECONDS)
        found = compared((router, plain), key, rounds, seconds)
    shown = {"offerings": candidates, "answer_bytes": len(answer), "pinned": len(cores) > 1}
    return {**found, **shown}


def _caught_up(addresses: StackAddresses) -> int:
    """How many candidates the router has once it has caught up with the registry."""
    deadline = time.perf_counter() + READY_S
    while True:
        states = [_status(url) for url in (addresses.registry, addresses.routers[0])]
        if states[0]["revision"] == states[1]["revision"]:
            return int(states[1]["candidates"])
        if time.perf_counter() > deadline:
            raise TimeoutError(f"the router is behind: {states}")
        time.sleep(0.1)


def _status(url: str) -> dict[str, Any]:
    with urlopen(f"{url}/v1/status") as answer:  # noqa: S310 - this machine's own
        found: dict[str, Any] = json.load(answer)
    return found


def main() -> None:
    """Run it on Apache Kafka, on a stack of its own in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    parser.add_argument("--quick", action="store_true", help="4 seconds instead of 30 for each")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="routeyard-") as folder:
        stack = Stack(Path(folder) / "stack", broker=ApacheKafka)
        with stack:
            found = run(stack, Path(folder), is_quick=options.quick)
    print(json.dumps(found))  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main()
