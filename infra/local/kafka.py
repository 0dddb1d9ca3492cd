"""Apache Kafka without Docker: its jars from Maven, one KRaft node on loopback ports."""

import base64
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

from infra.local.errors import StackError
from infra.local.kafka_guard import ADMIN, client_settings, guard_settings
from infra.local.kafka_jars import kafka_jars
from infra.local.ports import LOOPBACK, free_port
from infra.local.server import Server
from infra.local.service import Service

JAVA_FLAGS = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
FORMAT_DEADLINE_S = 60
ACLS_DEADLINE_S = 60
# What a node needs wherever it runs; addresses and folders are added by who runs it.
NODE_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # A single node that was killed is alone at its return: nobody gains from waiting for it.
    "broker.heartbeat.interval.ms": "300",
    "broker.session.timeout.ms": "2000",
}


class ApacheKafka(Server):
    """One Apache Kafka node, broker and controller, which keeps ports and data over restarts.

    With ``passwords``, by user, it asks who connects (SASL/PLAIN) and refuses everybody what no
    access rule allows them; the user ``superuser`` must be among them and may do everything.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        passwords: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data_dir)
        self._passwords = passwords
        self.port = port or free_port()
        self._controller_port = free_port()

    @property
    def bootstrap_servers(self) -> str:
        """``host:port`` for Kafka clients."""
        return f"{LOOPBACK}:{self.port}"

    def service(self) -> Service:
        """Fetch the jars, format the data folder when new, and say how to run it."""
        jars = kafka_jars()
        properties = self._write_properties()
        self._format(jars, properties)
        return Service(
            name="kafka",
            argv=(*_java(jars), "kafka.Kafka", str(properties)),
            ready_url=f"tcp://{self.bootstrap_servers}",
            ready_within_s=60.0,
        )

    def acls(self, *arguments: str) -> str:
        """Run ``kafka-acls.sh`` with ``arguments`` as ``superuser``; StackError when it fails."""
        config = self.data_dir / "superuser.properties"
        _write(config, client_settings(ADMIN, (self._passwords or {})[ADMIN]))
        tool = ("org.apache.kafka.tools.AclCommand", "--bootstrap-server", self.bootstrap_servers)
        argv = (*_java(kafka_jars()), *tool, "--command-config", str(config), *arguments)
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=ACLS_DEADLINE_S
        )
        if done.returncode != 0:
            raise StackError(f"kafka-acls failed: {done.stdout}{done.stderr}")
        return done.stdout

    def _write_properties(self) -> Path:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        path = self.data_dir / "server.properties"
        protocol = "PLAINTEXT" if self._passwords is None else "SASL_PLAINTEXT"
        listeners = (
            f"{protocol}://{self.bootstrap_servers},CONTROLLER://{LOOPBACK}:{self._controller_port}"
        )
        settings = {
            **NODE_SETTINGS,
            **(guard_settings(self._passwords) if self._passwords is not None else {}),
            "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{self._controller_port}",
            "listeners": listeners,
            "advertised.listeners": listeners,
            "log.dirs": str(self._log_dir),
        }
        _write(path, settings)
        return path

    @property
    def _log_dir(self) -> Path:
        return self.data_dir / "log"

    def _format(self, jars: Path, properties: Path) -> None:
        if (self._log_dir / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # In one word: an id that begins with a dash would be read as an option.
        tool = ("kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}")
        argv = (*_java(jars), *tool, "-c", str(properties))
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=FORMAT_DEADLINE_S
        )
        if done.returncode != 0:
            raise StackError(f"Kafka could not format {self.data_dir}: {done.stdout}{done.stderr}")


def why_unavailable() -> str | None:
    """Why this machine cannot run Apache Kafka without Docker, or None when it can."""
    missing = [program for program in ("java", "mvn") if shutil.which(program) is None]
    if sys.platform == "win32":
        return "Kafka is not run on Windows"
    return f"{' and '.join(missing)} not found on PATH" if missing else None


def _write(path: Path, properties: Mapping[str, str]) -> None:
    path.touch(mode=0o600)  # passwords may stand in it
    lines = (f"{name}={value}\n" for name, value in properties.items())
    path.write_text("".join(lines), encoding="utf-8")


def _java(jars: Path) -> tuple[str, ...]:
    return ("java", *JAVA_FLAGS, "-cp", f"{jars}/*")
