"""What orders keep of endpoints besides the graph, in memory."""

from datetime import datetime
from typing import NamedTuple

from services.registry.besides import Besides
from services.registry.ledger import Overtaken
from tests.fakes.secrets import MemorySecrets
from tests.fakes.serving import MemoryServing


class MemoryBesides(NamedTuple):
    """What `services.registry.postgres.besides` does, all of it or nothing."""

    secrets: MemorySecrets
    serving: MemoryServing

    def keep(self, besides: Besides, at: datetime) -> None:
        if besides.serving is not None and not self.serving.is_current(besides.serving):
            raise Overtaken("The endpoint was changed meanwhile.")
        if besides.secret is not None and not self.secrets.put(besides.secret, at):
            raise Overtaken("The endpoint was changed meanwhile.")
        if besides.forgets_secret:
            self.secrets.drop(besides.endpoint)
        if besides.serving is not None:
            self.serving.put(besides.serving, at)
        if besides.forgets_serving:
            self.serving.forget(besides.endpoint)
