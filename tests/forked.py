"""Work in a forked child: to be killed, without space, or without rights, while this process looks on."""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple


class End(NamedTuple):
    """How a child ended: ``returned`` and a value, the class of its exception and the message, or ``killed``."""

    how: str
    value: Any = None


def forked(work: Callable[[], object]) -> End:
    """What became of ``work`` in a child process that never runs this process's clean-up."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            end = End("returned", work())
        except BaseException as error:
            end = End(type(error).__name__, str(error))
        with open(writing, "wb") as pipe:
            pickle.dump(tuple(end), pipe)
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        body = pipe.read()
    _, status = os.waitpid(child, 0)
    return End("killed", os.WTERMSIG(status)) if os.WIFSIGNALED(status) else End(*pickle.loads(body))


def steps(folder: Path, at: Callable[[int, str], None]) -> None:
    """Call ``at`` before every change of the file system under ``folder``, numbered from 1; for this process's rest."""
    changing = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir"}
    taken = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal taken
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in changing or writes:
            paths = [a for a in arguments[:2] if isinstance(a, (str, os.PathLike))]
            if any(not os.path.isabs(path) or str(path).startswith(str(folder)) for path in paths):
                taken += 1
                at(taken, event)

    sys.addaudithook(hook)


def kill_at(step: int) -> Callable[[int, str], None]:
    """For :func:`steps`: SIGKILL, as an operator or the kernel would, before the given step."""

    def at(number: int, _event: str) -> None:
        if number == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return at


def without_space(limit: int) -> None:
    """No file may grow beyond ``limit`` bytes: writing more fails as a full disk does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def without_rights() -> None:
    """File permissions hold for this process from now on, even where it runs as root (Linux)."""
    if os.geteuid() == 0:
        header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        if ctypes.CDLL(None, use_errno=True).capset(header, nothing):
            raise OSError(ctypes.get_errno(), "capset")
