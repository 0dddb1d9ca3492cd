"""The whole system on one machine, in the order in which its parts need one another."""

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.commands import run_routeyard
from infra.local.console import Console
from infra.local.folders import claim, require_space
from infra.local.ports import LOOPBACK, free_port, is_free, require_free
from infra.local.postgres import EmbeddedPostgres, create_login
from infra.local.server import Server
from infra.local.service import Service
from infra.local.state import StackAddresses, StackSecrets
from infra.local.supervisor import RestartPolicy, Supervisor
from infra.local.tansu import Tansu

ROUTERS = ("router-1", "router-2")
PUBLIC = ("registry", *ROUTERS, "healthcheck")
PROGRAMS = ("postgres", "kafka", *PUBLIC)
LEAST_DISK_BYTES = 1 << 30
DATABASE = "routeyard"
LOGIN = "routeyard_stack"
# What `routeyard migrate` lets do the services' work.
SERVICE_ROLE = "routeyard_service"


class Stack:
    """PostgreSQL, a broker, the registry, healthcheck and two routers under one supervisor.

    Everything lies in ``data_dir``, which a later run finds again. ``port`` is the first of four
    consecutive ports for the registry, both routers and healthcheck; without it, those of the last
    run are taken where they are free. ``broker`` makes the broker: Tansu, or Apache Kafka.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        console: Console | None = None,
        broker: Callable[..., Server] = Tansu,
        restarts: RestartPolicy | None = None,
    ) -> None:
        self.data_dir = data_dir.resolve()
        self.addresses_file = self.data_dir / "stack.json"
        self._first_port = port
        self._broker = broker
        self._env: dict[str, str] = {}
        self._supervisor = Supervisor(
            self.data_dir / "logs", console or Console(), restarts=restarts
        )
        self._held = ExitStack()

    def start(self) -> StackAddresses:
        """Start every part; where they answer. StackError, with nothing left running, if it fails.

        The thread that calls it must outlive the stack.
        """
        self._held.enter_context(claim(self.data_dir))
        try:
            require_space(self.data_dir, LEAST_DISK_BYTES)
            return self._start_in_order()
        except BaseException:
            self.stop()
            raise

    def watch(self) -> None:
        """Restart parts that die, until interrupted; StackError when one dies too often."""
        self._supervisor.watch()

    def run(self, *command: str, deadline_s: float = 120.0) -> str:
        """Run ``routeyard <command>`` on this stack; what it printed, StackError if it fails."""
        return run_routeyard(command, self._env, deadline_s=deadline_s)

    def request_stop(self) -> None:
        """Let ``watch`` return; any thread may call it."""
        self._supervisor.request_stop()

    def pids(self) -> dict[str, int]:
        """The process id of each part, by name, in the order of their starts."""
        return self._supervisor.pids()

    def stop(self) -> None:
        """End every part, in reverse order, and let go of ``data_dir``."""
        self._supervisor.stop()
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_in_order(self) -> StackAddresses:
        ports = self._choose_ports()
        owner, is_new = self._start_postgres(ports["postgres"])
        secrets_file = self.data_dir / "secrets.json"
        secrets = StackSecrets.load_or_make(secrets_file)
        database = create_login(owner, LOGIN, secrets.database_password, SERVICE_ROLE)
        env = environment(ports, database, secrets)
        env["ROUTEYARD_STACK"] = str(self.addresses_file)
        env["ROUTEYARD_KAFKA_DEVELOPMENT"] = "1" if self._broker is Tansu else "0"
        self._env = env
        run_routeyard(["migrate"], {**env, "ROUTEYARD_MIGRATION_DATABASE_URL": owner})
        self._start_broker(ports["kafka"], env)
        if is_new or not secrets.keys:
            secrets = replace(
                secrets,
                keys=json.loads(
                    run_routeyard(["bootstrap", "--dev-source", "--reissue", "--json"], env)
                ),
            )
            secrets.save(secrets_file)
        addresses = addresses_of(ports, database, secrets.keys)
        addresses.save(self.addresses_file)
        for name in PUBLIC:
            self._supervisor.start(self._service(name, ports[name], env))
        return addresses

    def _start_postgres(self, port: int) -> tuple[str, bool]:
        postgres = EmbeddedPostgres(self.data_dir / "postgres", port=port)
        is_new = postgres.is_new
        self._supervisor.start(postgres.service())
        return postgres.create_database(DATABASE), is_new

    def _start_broker(self, port: int, env: Mapping[str, str]) -> None:
        def apply_topics() -> None:
            run_routeyard(["topics", "apply"], env)

        # It forgets its topics when it is restarted, hence at each start.
        broker = self._broker(self.data_dir / "kafka", port=port).service()
        self._supervisor.start(replace(broker, after_start=apply_topics))

    def _service(self, name: str, port: int, env: Mapping[str, str]) -> Service:
        package = "router" if name in ROUTERS else name
        own = {
            "ROUTEYARD_PORT": str(port),
            "ROUTEYARD_STATE_DIR": str(self.data_dir / "state" / name),
        }
        if name in ROUTERS:
            own["ROUTEYARD_ROUTER_ID"] = name
        if name != "registry":
            # Nobody else may reach the database, nor inherit its address from a terminal.
            own["ROUTEYARD_DATABASE_URL"] = ""
        # Nor may any service become the tables' owner.
        own["ROUTEYARD_MIGRATION_DATABASE_URL"] = ""
        return Service(
            name=name,
            argv=(sys.executable, "-m", f"services.{package}"),
            env={**env, **own},
            ready_url=f"http://{LOOPBACK}:{port}/readyz",
            ready_within_s=60.0,
        )

    def _choose_ports(self) -> dict[str, int]:
        last = self._ports_of_last_run()
        ports = {
            name: last[name] if name in last and is_free(last[name]) else free_port()
            for name in PROGRAMS
        }
        if self._first_port is not None:
            ports |= {name: self._first_port + index for index, name in enumerate(PUBLIC)}
        for name, port in ports.items():
            require_free(port, name)
        return ports

    def _ports_of_last_run(self) -> Mapping[str, int]:
        if not self.addresses_file.exists():
            return {}
        return StackAddresses.load(self.addresses_file).ports


def environment(ports: Mapping[str, int], database: str, secrets: StackSecrets) -> dict[str, str]:
    """The settings that the services and commands of one stack share."""
    return {
        "ROUTEYARD_KAFKA": f"{LOOPBACK}:{ports['kafka']}",
        "ROUTEYARD_DATABASE_URL": database,
        "ROUTEYARD_KEY_PEPPER": secrets.key_pepper,
        "ROUTEYARD_ENCRYPTION_KEY": secrets.encryption_key,
        "ROUTEYARD_HOST": LOOPBACK,
        "ROUTEYARD_ZONE": "local",
        # Servers on this machine may be endpoints; on any other, loopback is nobody's endpoint.
        "ROUTEYARD_PRIVATE_NETWORKS": "127.0.0.0/8,::1/128",
        # Whoever reaches this machine's broker is believed; nobody else does.
        "ROUTEYARD_UNSIGNED_GRANTS": "allow",
    }


def addresses_of(
    ports: Mapping[str, int], database: str, keys: Mapping[str, str]
) -> StackAddresses:
    """What ``stack.json`` says of a stack on ``ports``."""
    url = {name: f"http://{LOOPBACK}:{ports[name]}" for name in PUBLIC}
    return StackAddresses(
        registry=url["registry"],
        routers=tuple(url[name] for name in ROUTERS),
        healthcheck=url["healthcheck"],
        kafka=f"{LOOPBACK}:{ports['kafka']}",
        database=database,
        keys=keys,
        ports=ports,
    )
