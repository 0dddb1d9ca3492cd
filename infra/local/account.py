"""The unprivileged account that runs PostgreSQL where the stack is started by root.

PostgreSQL refuses to run as root. ``nobody`` exists on every Linux and macOS machine, so that no
account has to be created.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """A system account: its numbers."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Hand ``path`` to this account."""
        os.chown(path, self.uid, self.gid)


def unprivileged_account() -> Account | None:
    """The account to change to, or None when this process is not root and needs no change."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def open_way_to(path: Path) -> None:
    """Let other accounts pass through the folders above ``path``, without letting them list any."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def open_tree(folder: Path) -> None:
    """Let other accounts read what lies below ``folder``, and run the programs among it."""
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)
