"""Vetting: resolve once, judge every address, and hand out nothing but what passed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from routeyard.domain.errors import EndpointRefused, Unavailable
from routeyard.domain.value import Value
from routeyard.guard.address import Verdict, judge
from routeyard.guard.permission import Permission
from routeyard.guard.ports import is_allowed_in_public
from routeyard.guard.ranges import Address, Standing
from routeyard.guard.refusal import Rule, refused
from routeyard.guard.target import Target

# A name to addresses as text, in the order of preference; nothing when there are none.
Resolve = Callable[[str], Awaitable[Sequence[str]]]

MOST_ADDRESSES = 64
DEADLINE_S = 5.0


class Vetted(Value, frozen=True):
    """A target and the addresses to dial for it, best first.

    `standing` is PERMITTED when all of them lie in permitted networks, else PUBLIC.
    """

    target: Target
    addresses: tuple[Address, ...]
    standing: Standing


class Guard:
    """Vets targets for somebody with a permission."""

    def __init__(
        self, permission: Permission, resolve: Resolve, *, deadline_s: float = DEADLINE_S
    ) -> None:
        self._permission = permission
        self._resolve = resolve
        self._deadline_s = deadline_s

    async def vet(self, target: Target) -> Vetted:
        """What may be dialled for a target now; a later answer of the name counts for nothing.

        Raises:
            EndpointRefused: an address of it may not be called. What a name stands for is not told.
            Unavailable: the name does not resolve, or not in time.
        """
        return approve(target, await self._addresses(target), self._permission)

    async def _addresses(self, target: Target) -> tuple[Address, ...]:
        if target.address is not None:
            return (target.address,)
        try:
            async with asyncio.timeout(self._deadline_s):
                answers = await self._resolve(target.host)
        except TimeoutError:
            raise Unavailable("The name does not resolve in time; try again.") from None
        if not answers:
            raise Unavailable("The name does not resolve; check the host.")
        if len(answers) > MOST_ADDRESSES:
            raise refused(Rule.CROWD, "The name stands for too many addresses; use another.")
        return tuple(dict.fromkeys(_address(answer) for answer in answers))


def approve(target: Target, addresses: tuple[Address, ...], permission: Permission) -> Vetted:
    """The target with its addresses, if every one of them may be called.

    Raises:
        EndpointRefused: one of them may not.
    """
    verdicts = [judge(address, permission.networks) for address in addresses]
    worst = max(verdicts, key=lambda verdict: verdict.standing)
    if worst.is_denied:
        raise _denied(target, worst)
    standing = min(verdict.standing for verdict in verdicts)
    if standing == Standing.PUBLIC:
        _require_public(target, permission)
    return Vetted(target=target, addresses=addresses, standing=standing)


def _require_public(target: Target, permission: Permission) -> None:
    if not is_allowed_in_public(target.port):
        raise refused(
            Rule.PORT,
            f"Port {target.port} is allowed in permitted private networks only; use another.",
        )
    if target.scheme == "http" and not permission.is_plain_allowed:
        raise refused(Rule.PLAIN, "Public addresses are called with TLS only; use https://.")


def _denied(target: Target, worst: Verdict) -> EndpointRefused:
    """Of an address in the URL everything may be told, of what a name stands for only the rule."""
    rule = Rule.PRIVATE if worst.standing == Standing.PRIVATE else Rule.NEVER
    detail = f": it is {worst.why}" if target.address is not None else ""
    advice = (
        "ask the platform's admin to permit its network"
        if rule is Rule.PRIVATE
        else "use an address of the public Internet"
    )
    return refused(rule, f"{str(rule).capitalize()}{detail}; {advice}.")


def _address(answer: str) -> Address:
    try:
        return ip_address(answer)
    except ValueError:
        raise refused(Rule.NEVER, "The name stands for no address; check the host.") from None
