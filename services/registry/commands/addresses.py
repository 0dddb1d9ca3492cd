"""Judging the addresses of endpoints before anything is kept. Nobody is called here."""

from __future__ import annotations

from typing import NamedTuple

from routeyard.domain.catalog import ServerKind
from routeyard.domain.errors import InvalidRequest, Unavailable
from routeyard.domain.tenancy import Tenant
from routeyard.guard.owners import permission_for
from routeyard.guard.permission import Permission
from routeyard.guard.ranges import Standing
from routeyard.guard.refusal import Rule, refused
from routeyard.guard.target import TCP, WEB, Target, read_target
from routeyard.guard.vet import Guard, Resolve
from routeyard.runtime.credentials import origin_of


class Address(NamedTuple):
    """What an endpoint's URL is to be, and for whom."""

    url: str
    server: ServerKind
    owner: Tenant | None
    has_secret: bool = False
    zones: tuple[str, ...] = ()


class Addresses(NamedTuple):
    """Judges addresses. `platform` is what the platform's own endpoints may be besides public."""

    resolve: Resolve
    platform: Permission

    async def judged(self, address: Address) -> Target:
        """What the URL names, if it may be called; a name is resolved once.

        Raises:
            EndpointRefused: it may not be called, or not with a secret.
            InvalidRequest: it has a query, or its name does not resolve though it is reached from
                everywhere.
        """
        target = read_target(address.url, TCP if address.server is ServerKind.TCP else WEB)
        if "?" in target.path:
            raise InvalidRequest(
                "The address must have no part after a ?: it is shown, and may hold a secret; "
                "give secrets as `secret`.",
                field="url",
            )
        standing = await self._standing(target, address)
        is_told_in_public = address.has_secret and standing != Standing.PERMITTED
        if is_told_in_public and target.scheme != "https":
            raise refused(Rule.PLAIN, "A secret is not told without TLS; use an https:// address.")
        return target

    async def _standing(self, target: Target, address: Address) -> Standing:
        owner = address.owner
        tenants = {owner.id: owner} if owner else {}
        permission = permission_for(owner.id if owner else None, self.platform, tenants)
        try:
            return (await Guard(permission, self.resolve).vet(target)).standing
        except Unavailable:
            # Somewhere else the name may mean something; there it is judged before each call.
            if address.zones:
                return Standing.PERMITTED
            raise InvalidRequest(
                "The host's name does not resolve; check it, or name the zones that know it.",
                field="url",
            ) from None


def written(target: Target) -> str:
    """The URL as it is kept: in one spelling for all that mean the same."""
    return target.url.rstrip("/") if target.path == "/" else target.url


def read(url: str | None) -> Target:
    """What a URL that was judged before names."""
    return read_target(url or "", TCP)


def origin(url: str | None) -> str:
    """Whom a secret for the URL may be told; empty without one."""
    return origin_of(read(url)) if url else ""
