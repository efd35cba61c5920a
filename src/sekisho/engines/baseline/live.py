"""Asking the running host: a few fixed queries, and the kernel's clock. Handed to :func:`collect_linux` by whoever runs it."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.linux.context import KernelClock

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["kernel_clock", "local_run"]

_ALLOWED: Final = frozenset({"systemctl", "timedatectl", "chronyc", "ntpq"})
_PATH: Final = "/usr/sbin:/usr/bin:/sbin:/bin"
_TIMEOUT: Final = 5
_UNSYNCHRONISED: Final = 0x0040  # STA_UNSYNC of adjtimex(2)
_TIME_ERROR: Final = 5
_MICRO: Final = 1_000_000


def local_run(argv: Sequence[str]) -> str | None:
    """Run one of the allowed queries (looked up in the system's own directories, not in PATH) for at most 5 seconds.

    Returns its standard output; None if it is missing, failed, took too long, or is not one of ours.
    """
    program = shutil.which(argv[0], path=_PATH) if argv[0] in _ALLOWED else None
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - fixed queries of ours, absolute path, no shell
            [program, *argv[1:]],
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
            env={"LC_ALL": "C", "PATH": _PATH, "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2), as far as we read it, padded beyond what any architecture writes."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 512),
    )


def kernel_clock() -> KernelClock | None:
    """What adjtimex(2) says about the clock; only asks (``modes`` 0), so needs no rights. None where there is no such call."""
    try:
        call = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    timex = _Timex()
    state = call(ctypes.byref(timex))
    if state < 0:
        return None
    synchronised = state != _TIME_ERROR and not timex.status & _UNSYNCHRONISED
    return KernelClock(synchronised, timex.esterror / _MICRO, timex.maxerror / _MICRO)
