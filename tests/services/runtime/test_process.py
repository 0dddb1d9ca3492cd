import socket

import pytest

from routeyard.domain.errors import InvalidSettings
from routeyard.runtime.process import listen
from routeyard.runtime.settings import HttpSettings


def test_a_taken_port_is_one_sentence_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(InvalidSettings, match=f"127.0.0.1:{port} cannot be listened on"):
            listen(HttpSettings(host="127.0.0.1", port=port))


def test_a_free_port_is_listened_on() -> None:
    with listen(HttpSettings(host="127.0.0.1", port=0)) as listening:
        assert listening.getsockname()[1] > 0
