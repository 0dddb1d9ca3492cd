"""Who orders, and where to."""

from routeyard.domain.tenancy import Principal
from services.registry.commands import Commands
from services.registry.graphql.context import Info


def orders(info: Info) -> Commands:
    """What may be ordered."""
    return info.context.services.commands


def caller(info: Info) -> Principal:
    """Who orders."""
    return info.context.principal


def actor(info: Info) -> str:
    """The caller's name in audits: its key's id."""
    return caller(info).scope.key or ""
