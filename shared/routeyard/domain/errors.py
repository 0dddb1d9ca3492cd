"""Every fault Routeyard raises on purpose.

RouteyardError
├── Recoverable            try again later; nothing was decided
│   ├── Unavailable        a component (database, broker, disk) does not answer
│   └── OutOfStep          a follower has lost its place and must read a snapshot
└── Invalid                trying again cannot help; the input is at fault
    ├── InvalidEvent       an event's bytes or fields are wrong            -> dead letter
    │   └── BadSignature   its source did not sign it, or not as it is        -> dead letter
    ├── NotUnderstood      a type or an enum value of a newer version      -> parked
    ├── NotAllowed         the source or the caller may not say this       -> parked / 403
    ├── InvalidRequest     a request's fields are wrong                    -> 400
    ├── Conflict           the entity was changed meanwhile                -> 409
    ├── IdempotencyConflict  a request's key was used for another request  -> 409
    ├── EndpointRefused    an address that may not be called               -> 400
    ├── Unauthenticated    no usable key                                   -> 401
    ├── Unsealable         a stored secret was moved, changed, or is under a key that is not here
    ├── InvalidCatalog     a catalog is not in its format                  -> refused, reported
    └── InvalidSettings    environment variables are missing or wrong      -> the start is refused
"""

from __future__ import annotations

from enum import StrEnum


class ErrorCode(StrEnum):
    """What went wrong, as callers see it in HTTP, GraphQL and dead letters."""

    UNAVAILABLE = "unavailable"
    OUT_OF_STEP = "out_of_step"
    INVALID_EVENT = "invalid_event"
    BAD_SIGNATURE = "bad_signature"
    NOT_UNDERSTOOD = "not_understood"
    NOT_ALLOWED = "not_allowed"
    INVALID_REQUEST = "invalid_request"
    CONFLICT = "conflict"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    ENDPOINT_REFUSED = "endpoint_refused"
    UNAUTHENTICATED = "unauthenticated"
    UNSEALABLE = "unsealable"
    INVALID_CATALOG = "invalid_catalog"
    INVALID_SETTINGS = "invalid_settings"


class RouteyardError(Exception):
    """The root; `code` is stable, `message` is one sentence that says what to do."""

    code: ErrorCode

    def __init__(self, message: str, **fields: str | int | None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields

    @property
    def told(self) -> str:
        """What callers are told over the network."""
        return self.message


class Recoverable(RouteyardError):
    """May be retried: nothing was decided."""


class Invalid(RouteyardError):
    """May not be retried: the input has to change first."""


class Unavailable(Recoverable):
    """A component does not answer.

    `told` is for callers, where the message speaks of addresses and of what drivers say: that is
    for whoever runs the service.
    """

    code = ErrorCode.UNAVAILABLE

    def __init__(
        self, message: str, *, told: str | None = None, **fields: str | int | None
    ) -> None:
        super().__init__(message, **fields)
        self._told = told

    @property
    def told(self) -> str:
        """What callers are told over the network."""
        return self._told or self.message


class OutOfStep(Recoverable):
    """A follower's position no longer joins onto what it is given."""

    code = ErrorCode.OUT_OF_STEP


class InvalidEvent(Invalid):
    """An event that no version of Routeyard could accept."""

    code = ErrorCode.INVALID_EVENT


class BadSignature(InvalidEvent):
    """An event that its source did not sign, or that was changed since."""

    code = ErrorCode.BAD_SIGNATURE


class NotUnderstood(Invalid):
    """An event of a type, or with an enum value, that this version does not know."""

    code = ErrorCode.NOT_UNDERSTOOD


class NotAllowed(Invalid):
    """The source or the caller is not registered for what it says."""

    code = ErrorCode.NOT_ALLOWED


class InvalidRequest(Invalid):
    """A request with a wrong, missing or unknown field."""

    code = ErrorCode.INVALID_REQUEST


class Conflict(Invalid):
    """A change of what was changed meanwhile; `revision` is that of the last change."""

    code = ErrorCode.CONFLICT


class IdempotencyConflict(Invalid):
    """An idempotency key that stands for another request."""

    code = ErrorCode.IDEMPOTENCY_CONFLICT


class EndpointRefused(Invalid):
    """An endpoint's address that may not be called; `rule` among the fields says why in short."""

    code = ErrorCode.ENDPOINT_REFUSED


class Unauthenticated(Invalid):
    """A request without a usable key."""

    code = ErrorCode.UNAUTHENTICATED


class Unsealable(Invalid):
    """A stored secret that cannot be opened, and is not used."""

    code = ErrorCode.UNSEALABLE


class InvalidCatalog(Invalid):
    """A catalog file or response that is not in its documented format."""

    code = ErrorCode.INVALID_CATALOG


class InvalidSettings(Invalid):
    """One or more environment variables are missing or wrong; the message lists all of them."""

    code = ErrorCode.INVALID_SETTINGS
