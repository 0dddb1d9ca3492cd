"""Orders about endpoints: tenants' own, the platform's, and those that catalogs list."""

import strawberry

from routeyard.domain.errors import InvalidRequest
from services.registry.commands.trials import DEFAULT_WAIT_S
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, mutation
from services.registry.graphql.mutations.asking import caller, manner, orders
from services.registry.graphql.mutations.endpoint_inputs import (
    EndpointChange,
    EndpointInput,
    SecretInput,
)
from services.registry.graphql.trials import EndpointTest


@described
class OrdersOfEndpoints:
    """Endpoints that are set up here. Admins of a tenant decide on their own tenant's alone."""

    @order
    async def register_endpoint(
        self,
        info: Info,
        input: EndpointInput,
        tenant: strawberry.ID | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Set an endpoint up; routers use it within milliseconds.

        A tenant's admin sets it up for its tenant, and nobody else sees it. A platform admin sets
        it up for the platform, or for the `tenant` that is named. Which models it serves is found
        out from it besides what is declared.
        """
        new = input.new(tenant)
        done = await orders(info).endpoints.register(
            caller(info), new, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def update_endpoint(
        self,
        info: Info,
        id: strawberry.ID,
        input: EndpointChange,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Change what is given of an endpoint; null when the caller has none of that id."""
        done = await orders(info).endpoints.update(
            caller(info), id, input.given(), manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)

    @order
    async def rotate_secret(
        self,
        info: Info,
        id: strawberry.ID,
        secret: SecretInput,
        reason: str = "rotate the secret",
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Put a secret in the place of an endpoint's; the one before is destroyed.

        Null when the caller has no endpoint of that id.
        """
        done = await orders(info).endpoints.rotate(
            caller(info), id, secret.secret(), reason, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)

    @order
    async def deregister_endpoint(
        self,
        info: Info,
        id: strawberry.ID,
        reason: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Take an endpoint down, with its secret and all it serves; null when there is none."""
        done = await orders(info).endpoints.deregister(
            caller(info), id, reason, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)

    @mutation
    async def test_endpoint(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        input: EndpointInput | None = None,
        tenant: strawberry.ID | None = None,
        wait_s: int = DEFAULT_WAIT_S,
    ) -> EndpointTest | None:
        """Have healthcheck look at an endpoint, or at one that is not set up yet; keeps nothing.

        Null when the caller has no endpoint of that id. Waits 25 seconds at most.
        """
        if (id is None) == (input is None):
            raise InvalidRequest("Give an id, or an input that is not set up yet.", field="id")
        trials = orders(info).trials
        if input is not None:
            new = input.new(tenant)
            return EndpointTest.of(await trials.try_out(caller(info), new, wait_s))
        found = await trials.test(caller(info), id or "", wait_s)
        return None if found is None else EndpointTest.of(found)

    @order
    async def enable_endpoint(
        self,
        info: Info,
        id: strawberry.ID,
        secret: SecretInput,
        url: str | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Let the platform call an endpoint that catalogs list, with a secret of its own.

        Null when there is no such endpoint. For platform admins.
        """
        done = await orders(info).enabling.enable(
            caller(info), id, secret.secret(), url, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)

    @order
    async def disable_endpoint(
        self,
        info: Info,
        id: strawberry.ID,
        reason: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Destroy the platform's secret for an endpoint that catalogs list; null without one.

        For platform admins.
        """
        done = await orders(info).enabling.disable(
            caller(info), id, reason, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)
