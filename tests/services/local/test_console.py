import io

from infra.local.console import Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_each_line_stands_behind_its_programs_name() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.printer("registry")("ready")
    console.printer("router-1")("ready")
    assert stream.getvalue() == "registry     | ready\nrouter-1     | ready\n"


def test_only_a_terminal_gets_colours_and_each_program_its_own() -> None:
    terminal = Terminal()
    console = Console(terminal)
    console.printer("registry")("a")
    console.printer("router-1")("b")
    first, second = terminal.getvalue().splitlines()
    assert first == "\x1b[36mregistry     | \x1b[0ma"
    assert second == "\x1b[33mrouter-1     | \x1b[0mb"
