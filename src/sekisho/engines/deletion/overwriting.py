"""Writing zeros over a file's bytes in place, where there are any, and reading some of them back."""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

from sekisho.engines.deletion.storage import mount_id
from sekisho.engines.deletion.tree import Entry

__all__ = ["overwrite"]

_BLOCK: Final = 1 << 20
_ZEROS: Final = bytes(_BLOCK)
_SAMPLES: Final = 16
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ETXTBSY})


def overwrite(folder: int, name: str, entry: Entry, *, home: int) -> tuple[int, str]:
    """Zeros over every byte that is stored for the file, synced, and read back at some places.

    One pass: NIST SP 800-88 asks for no more on today's media. Holes are left alone. Returns the bytes written and, where it
    could not be done, why (``overwrite_denied``, ``changed``, ``mount``, ``overwrite_failed``, ``read_back_differs``).
    """
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        return 0, "overwrite_denied" if error.errno in _DENIED else "overwrite_failed"
    try:
        info = os.fstat(descriptor)
        if (info.st_dev, info.st_ino) != (entry.device, entry.inode) or not stat.S_ISREG(info.st_mode):
            return 0, "changed"
        if mount_id(descriptor) != home:
            return 0, "mount"
        pieces = list(_stored(descriptor, info.st_size))
        written = sum(_zero(descriptor, start, end) for start, end in pieces)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        return written, "" if _reads_zero(descriptor, pieces) else "read_back_differs"
    except OSError:
        return 0, "overwrite_failed"
    finally:
        os.close(descriptor)


def _stored(descriptor: int, size: int) -> list[tuple[int, int]]:
    """Where bytes are stored, from–to; a file system that knows no holes says: everywhere."""
    pieces, at = [], 0
    while at < size:
        try:
            start = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole from here
                break
            return [(0, size)]
        end = min(os.lseek(descriptor, start, os.SEEK_HOLE), size)
        pieces.append((start, end))
        at = end
    return pieces


def _zero(descriptor: int, start: int, end: int) -> int:
    at = start
    while at < end:
        at += os.pwrite(descriptor, _ZEROS[: min(_BLOCK, end - at)], at)
    return end - start


def _reads_zero(descriptor: int, pieces: list[tuple[int, int]]) -> bool:
    """The first and last bytes of some pieces, read again from the file system."""
    step = max(1, len(pieces) // _SAMPLES)
    for start, end in pieces[::step]:
        for at in (start, max(start, end - 512)):
            if any(os.pread(descriptor, min(512, end - at), at)):
                return False
    return True
