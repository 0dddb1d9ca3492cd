"""One order for many changes of tenancy."""

from routeyard.domain.errors import Invalid
from services.registry.commands.changes import Change
from services.registry.graphql.changes import Committed
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, mutation
from services.registry.graphql.mutations.asking import caller, manner, orders
from services.registry.graphql.mutations.changes import TenancyChange


@described
class OrdersOfChanges:
    """Many changes at once."""

    @mutation
    async def apply_tenancy(
        self,
        info: Info,
        changes: list[TenancyChange],
        reason: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Carry out up to 500 changes in one commit: all of them, or none.

        Each is checked as the order of its own is, in view of all others: they may stand in any
        order, one for an entity. What is refused names the change and the way into it, e.g.
        `changes.17.override.target`.
        A tenant's admins may change their tenant's projects and own rules. `ifRevision` speaks of
        every entity that a change names.
        """
        wanted = [_change(info, number, each, reason) for number, each in enumerate(changes)]
        done = await info.context.told(str(info.path.key))
        if done is None:
            done = await orders(info).changes.apply(
                caller(info), wanted, reason, manner(info, dry_run, if_revision)
            )
        else:
            # An earlier try at this request may have died between the commit and this.
            await orders(info).changes.shred(caller(info), wanted, reason)
        return Committed.of(done)


def _change(info: Info, number: int, given: TenancyChange, reason: str) -> Change:
    """A change with the way to it; a fault in its fields names that, too."""
    path = f"changes.{number}.{given.given()[0]}"
    try:
        return Change(given.said(info, reason), path)
    except Invalid as fault:
        field = f"{path}.{fault.fields['field']}"
        raise type(fault)(fault.message, field=field) from None
