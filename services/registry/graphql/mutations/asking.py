"""Who orders, and where to."""

from routeyard.domain.tenancy import Principal
from services.registry.commands import Commands
from services.registry.commands.recording import Manner
from services.registry.graphql.context import Info


def orders(info: Info) -> Commands:
    """What may be ordered."""
    return info.context.services.commands


def caller(info: Info) -> Principal:
    """Who orders."""
    return info.context.principal


def manner(info: Info, dry_run: bool = False, if_revision: int | None = None) -> Manner:
    """How an order is to be carried out, as its field in the document says."""
    entropy = info.context.entropy(str(info.path.key))
    return Manner(is_dry_run=dry_run, if_revision=if_revision, entropy=entropy)


def actor(info: Info) -> str:
    """The caller's name in audits: its key's id."""
    return caller(info).scope.key or ""
