"""A progress bar on a terminal, and silence elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from services.registry.catalogs.ingest import Progress


@contextmanager
def shown(stream: TextIO) -> Iterator[Progress]:
    """Tells of a run while it lasts."""
    if not stream.isatty():
        yield lambda _sent, _total: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import Progress as Bar  # noqa: PLC0415 - the same

    with Bar(console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("publishing", total=None)
        yield lambda sent, total: bar.update(task, completed=sent, total=total)
