"""Key pairs for sources: the private half goes into a file that only its owner reads."""

import os
from pathlib import Path

from routeyard.domain.errors import InvalidRequest


def write_private(path: Path, pem: str) -> None:
    """Write a private key to a new file.

    Raises:
        InvalidRequest: the file is there already, or cannot be written.
    """
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(pem)
    except FileExistsError:
        raise InvalidRequest(
            f"{path} is there already; name a new file, since a key in use is not replaced."
        ) from None
    except OSError as fault:
        raise InvalidRequest(f"{path} cannot be written ({fault.strerror}).") from fault
