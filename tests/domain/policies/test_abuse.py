"""Five thousand documents of all sorts; `tests.experiments.policies` runs any number of them."""

import pytest

from tests.domain.policies.abuse import Abuse
from tests.domain.policies.legal import world

DOCUMENTS, PARTS = 5_000, 20


@pytest.mark.parametrize("seed", range(PARTS))
def test_no_document_crashes_or_widens_anything(seed: int) -> None:
    abuse = Abuse(world(), seed)

    abuse.run(DOCUMENTS // PARTS)

    counts = abuse.counts
    assert counts["documents"] == DOCUMENTS // PARTS
    # Documents and requests are worth something only if they come to all of this.
    for name in ("refused", "drafts", "reviewed", "answers", "fallbacks", "narrowed", "moved"):
        assert counts[name] > 0, counts
    assert counts["drafts"] > counts["documents"] // 5
