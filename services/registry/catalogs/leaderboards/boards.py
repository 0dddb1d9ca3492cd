"""The leaderboards that are read, their files, and what reads them."""

from collections.abc import Callable, Mapping, Sequence

from routeyard.domain.value import Value
from services.registry.catalogs.leaderboards import aider, livebench, lmarena, tau2, wildbench
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.results import Page, Results


class Reader(Value, frozen=True):
    """Reads a board. `files` are patterns of its files in a folder."""

    parse: Callable[[Sequence[Page], Names], Results]
    files: tuple[str, ...]


BOARDS: Mapping[str, Reader] = {
    aider.BOARD: Reader(
        parse=aider.parse,
        files=tuple(f"{name}.yml" for name in aider.FILES),
    ),
    livebench.BOARD: Reader(
        parse=livebench.parse,
        files=("table_*.csv", "categories_*.json"),
    ),
    lmarena.BOARD: Reader(
        parse=lmarena.parse,
        files=tuple(f"{name}.json" for name in lmarena.FILES),
    ),
    tau2.BOARD: Reader(
        parse=tau2.parse,
        files=("**/submission.json", "tau2_*.json"),
    ),
    wildbench.BOARD: Reader(
        parse=wildbench.parse,
        files=("*all_stat_*.json",),
    ),
}
