"""Looking a policy over before it is published or takes part, in view of the graph as it is."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from routeyard.domain.policies.policy import Policy
from routeyard.domain.review.difference import Side, VersionDifference
from routeyard.domain.review.note import Note
from routeyard.runtime.clock import Clock
from services.registry.outlook import Outlook
from services.registry.policies.text import Noted, Written, read


class Examined(NamedTuple):
    """What speaks against it, and what else there is to say. `failed`: tests by their number."""

    errors: list[Noted]
    warnings: list[Noted]
    failed: Mapping[int, str]


class Examiner(NamedTuple):
    """Runs the tests in a document, and looks for what cannot be meant."""

    outlook: Outlook
    clock: Clock

    async def examine(self, policy: Policy, written: Written) -> Examined:
        """Everything there is to say of a version, from the top of its document down."""
        found = await self.outlook.review(policy, written.draft.tests, self.clock())
        told = [(note, written.note(note.path, note.message)) for note in found]
        return Examined(
            [noted for note, noted in told if note.is_error],
            [noted for note, noted in told if not note.is_error],
            failed_in(found),
        )

    async def difference(self, old: Policy, new: Policy) -> VersionDifference:
        """What lies between two versions, with the tests of both among what is asked."""
        return await self.outlook.between(_side(old), _side(new), self.clock())


def failed_in(notes: Iterable[Note]) -> dict[int, str]:
    """The tests that fail, by their number, and what came out."""
    return {int(note.path[2]): note.message for note in notes if note.path[:2] == ("spec", "tests")}


def _side(policy: Policy) -> Side:
    written = read(policy.document, policy.tenant)
    return Side(policy, written.draft.tests if isinstance(written, Written) else ())
