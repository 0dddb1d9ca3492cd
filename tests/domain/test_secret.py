"""A secret that nothing shows by accident."""

import copy
import io
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from routeyard.domain.secret import SecretText
from routeyard.runtime.logs import configure
from routeyard.runtime.settings import LogSettings

CANARY = "canary-7f3a9"
SECRET = SecretText(CANARY)


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        "{}".format,
        "{0!r:>40}".format,
        lambda s: f"{s:>20}",
        lambda s: "%s %r" % (s, s),  # noqa: UP031 - shown this way too
        lambda s: str([s, {"a": s}]),
        lambda s: repr(vars(Holder(s))),
    ],
)
def test_it_is_shown_as_a_secret(show: Callable[[SecretText], str]) -> None:
    shown = show(SECRET)
    assert CANARY not in shown
    assert "SecretText(…)" in shown or "SecretText(\\u2026)" in shown


class Holder:
    def __init__(self, secret: SecretText) -> None:
        self.secret = secret


@pytest.mark.parametrize(
    "encode",
    [
        json.dumps,
        lambda s: json.dumps({"a": [s]}),
        msgspec.json.encode,
        msgspec.msgpack.encode,
        lambda s: msgspec.json.encode({"a": s}),
        msgspec.to_builtins,
        pickle.dumps,
        lambda s: pickle.dumps(s, protocol=0),
        copy.copy,
        copy.deepcopy,
        vars,
        bytes,
        iter,
        len,
        hash,
    ],
)
def test_it_is_neither_encoded_nor_copied(encode: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError) as caught:
        encode(SECRET)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_log_at_debug_does_not_tell_it(form: str) -> None:
    stream = io.StringIO()
    try:
        configure(LogSettings(level="debug", format=form), stream)
        log = logging.getLogger("canary")
        try:
            _fail(SECRET)
        except ValueError:
            log.exception("failed with %s and %r", SECRET, [SECRET])
    finally:
        logging.basicConfig(handlers=[], force=True)
    assert "failed with SecretText(…)" in stream.getvalue()
    assert CANARY not in stream.getvalue()


def test_a_traceback_with_the_values_of_variables_does_not_tell_it() -> None:
    try:
        _fail(SECRET)
    except ValueError as fault:
        told = "".join(
            traceback.TracebackException.from_exception(fault, capture_locals=True).format()
        )
    assert "secret = SecretText(…)" in told
    assert CANARY not in told


def _fail(secret: SecretText) -> None:
    raise ValueError("something else is wrong", secret)


def test_it_is_told_when_it_is_asked_for() -> None:
    assert SECRET.reveal() == CANARY


def test_equal_secrets_are_equal_and_no_text_is_one() -> None:
    assert SecretText(CANARY) == SECRET
    assert SecretText("other") != SECRET
    assert SECRET != CANARY
    assert SecretText("\udc80ä") == SecretText("\udc80ä")
