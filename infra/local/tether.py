"""Become another program that ends when the process that started it ends.

Run by path, with nothing but the standard library: ``python -I -S tether.py PARENT UID GID program
[argument ...]``; UID and GID are -1 to stay who one is. It replaces itself by the program, so the
process id stays. Where the system has no parent-death signal (macOS) it only replaces itself.
"""

import ctypes
import os
import shutil
import signal
import sys

PR_SET_PDEATHSIG = 1


def change_account(uid: int, gid: int) -> None:
    """Drop every privilege for those of ``uid`` and ``gid``.

    Whatever is still to be imported must be imported before: Python may lie in root's own folder.
    """
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def tie_to_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL at the parent's death. Must follow a change of account."""
    if sys.platform != "linux":
        return
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the parent-death signal could not be set")
    if os.getppid() != parent:
        sys.exit(f"the parent process {parent} ended before its child started")


def main() -> None:
    """Tie, then become the program named by the arguments."""
    parent, uid, gid = (int(number) for number in sys.argv[1:4])
    program = shutil.which(sys.argv[4]) or sys.argv[4]
    if uid >= 0:
        change_account(uid, gid)
    tie_to_parent(parent)
    try:
        os.execv(program, sys.argv[4:])  # noqa: S606 - a program by name, no shell
    except OSError as error:
        sys.exit(f"{program} cannot be run: {error.strerror}")


if __name__ == "__main__":
    main()
