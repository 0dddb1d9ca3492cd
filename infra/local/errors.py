"""What can go wrong when a machine runs the stack; every message says what to do next."""


class StackError(Exception):
    """The local stack, or a part of it, cannot run; the message is a sentence for the terminal."""
