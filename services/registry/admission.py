"""Who may order what, and which values are refused whoever sends them."""

import re
from datetime import datetime

from routeyard.domain.errors import InvalidRequest, NotAllowed
from routeyard.domain.identity import UNDATED
from routeyard.domain.tenancy import Principal, Role

MAX_TEXT = 500
_MODEL = re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._:+-]{0,200}")
_RELEASE = re.compile(rf"@(20\d{{6}}|{UNDATED})")
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}")


def require_operator(caller: Principal) -> None:
    """Refuse everyone but platform admins and services."""
    if caller.role not in (Role.PLATFORM_ADMIN, Role.SERVICE):
        raise NotAllowed("Only the platform's own keys may see this.")


def require_platform_admin(caller: Principal) -> None:
    """Refuse everyone but platform admins."""
    if caller.role is not Role.PLATFORM_ADMIN:
        raise NotAllowed("Only a platform admin's key may do this.")


def require_tenant_admin(caller: Principal, tenant: str) -> None:
    """Refuse everyone but this tenant's admins and platform admins."""
    # Bound to a project, a key decides on nothing that is the whole tenant's.
    is_own = (caller.scope.tenant, caller.scope.project) == (tenant, None)
    is_admin = caller.role is Role.TENANT_ADMIN and is_own
    if caller.role is not Role.PLATFORM_ADMIN and not is_admin:
        raise NotAllowed("Only an admin's key of this tenant may do this.")


def require_name(field: str, value: str) -> None:
    """Refuse what cannot be a name or a part of an id."""
    if _NAME.fullmatch(value) is None:
        raise InvalidRequest(
            f"{field} must be 1 to 63 letters, digits, dots, dashes or underscores, "
            "a letter or digit first.",
            field=field,
        )


def require_canonical(model: str, release: str) -> None:
    """Refuse what is not written as canonical ids are: `lab/name` and `lab/name@date`."""
    if _MODEL.fullmatch(model) is None:
        raise InvalidRequest(
            f"{model[:80]!r} is no model's id; write lab/name, in lower case.", field="model"
        )
    if not _RELEASE.fullmatch(release.removeprefix(model)):
        raise InvalidRequest(
            f"{release[:80]!r} is no release of {model}; write {model}@YYYYMMDD or @{UNDATED}.",
            field="release",
        )


def require_text(field: str, value: str) -> None:
    """Refuse texts that are empty, very long, or not to be printed."""
    if not value.strip() or len(value) > MAX_TEXT or not value.isprintable():
        raise InvalidRequest(
            f"{field} must be 1 to {MAX_TEXT} characters on one line.", field=field
        )


def require_future(field: str, value: datetime | None, now: datetime) -> None:
    """Refuse times without a zone, or that are over."""
    if value is not None and (value.tzinfo is None or value <= now):
        raise InvalidRequest(
            f"{field} must lie in the future and name its time zone, e.g. 2030-01-31T12:00:00Z.",
            field=field,
        )
