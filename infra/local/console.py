"""Log lines of several programs on one terminal, each behind its program's name."""

import sys
from collections.abc import Callable
from typing import TextIO

COLOURS = (36, 33, 35, 32, 34, 96, 93, 95)
WIDTH = 12


class Console:
    """Writes lines to ``stream`` behind a name, coloured only where the stream is a terminal."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._coloured = stream.isatty()
        self._names: list[str] = []

    def printer(self, name: str) -> Callable[[str], None]:
        """A function that prints one line of the program ``name``."""
        prefix = self._prefix(name)
        return lambda line: self._write(f"{prefix}{line}")

    def _prefix(self, name: str) -> str:
        if name not in self._names:
            self._names.append(name)
        label = f"{name:<{WIDTH}} | "
        colour = COLOURS[self._names.index(name) % len(COLOURS)]
        return f"\x1b[{colour}m{label}\x1b[0m" if self._coloured else label

    def _write(self, line: str) -> None:
        # One write a line, so that lines of several programs do not mix.
        self._stream.write(f"{line}\n")
        self._stream.flush()
