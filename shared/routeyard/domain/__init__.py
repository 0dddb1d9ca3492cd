"""Deciding: values and pure functions. Nothing in here reads a clock, a socket or a file."""
