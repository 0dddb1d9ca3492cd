"""What of a server's answers is worth carrying: names, numbers and short texts."""

from __future__ import annotations

from msgspec import structs

from routeyard.servers.discover import Answers

# Licences and templates are longer; no field that is read is.
LONGEST_TEXT = 1_000
MOST_MEMBERS = 1_000
DEEPEST = 8
MOST = 2**53


def trimmed(answers: Answers) -> Answers:
    """The answers without long texts, huge numbers, members beyond a thousand, and depths."""
    return structs.replace(
        answers,
        listed=_trimmed(answers.listed, DEEPEST),
        shown={name: _trimmed(told, DEEPEST) for name, told in answers.shown.items()},
        about=_trimmed(answers.about, DEEPEST),
    )


def _trimmed(value: object, depth: int) -> object:
    if depth == 0:
        return None
    match value:
        case dict():
            members = list(value.items())[:MOST_MEMBERS]
            named = [(name, inner) for name, inner in members if _is_carried(name)]
            return {name: _trimmed(inner, depth - 1) for name, inner in named}
        case list():
            return [_trimmed(inner, depth - 1) for inner in value[:MOST_MEMBERS]]
        case str():
            return value if _is_carried(value) else None
        case int():
            return value if abs(value) <= MOST else None
    return value


def _is_carried(text: str) -> bool:
    """Whether it is short, UTF-8, and without the one character that databases cannot hold."""
    is_utf8 = not any("\ud800" <= letter <= "\udfff" for letter in text[:LONGEST_TEXT])
    return len(text) <= LONGEST_TEXT and is_utf8 and "\x00" not in text
