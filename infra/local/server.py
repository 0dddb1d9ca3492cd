"""A server one starts and stops by hand: the shape that the brokers and PostgreSQL share."""

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.child import Child
from infra.local.errors import StackError
from infra.local.service import Service


class Server(ABC):
    """A server that keeps its data in ``data_dir``; a context manager that starts and stops it.

    ``service()`` prepares the folder and says how to run; a supervisor may run that itself.
    """

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self._child: Child | None = None

    @abstractmethod
    def service(self) -> Service:
        """Prepare what it needs on disk, as often as asked, and say how to run it."""

    @property
    def pid(self) -> int | None:
        """The process id while it runs, otherwise None."""
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    def start(self) -> Self:
        """Start it and return when it is ready; StackError when it cannot be."""
        if self.pid is not None:
            raise StackError(f"{self._name} runs already (process {self.pid}): stop it first.")
        service = self.service()
        self._child = Child(service, log=self.data_dir / f"{service.name}.log")
        self._child.wait_until_ready()
        return self

    def stop(self) -> None:
        """End it in good order; nothing happens when it does not run."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def kill(self) -> None:
        """End it as a crash would; ``start`` finds the data as the crash left them."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    @property
    def _name(self) -> str:
        return type(self).__name__

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
