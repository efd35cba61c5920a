"""Reading below a root that we do not trust.

A mounted disk or a container's file system may hold symbolic links that point out of it, device files that block, and files of
any size. Each path is walked component by component with directory descriptors; an absolute link starts again at the root, ``..``
never climbs above it (as chroot would do it, without needing its rights). Only regular files are read, and only so many bytes.
"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import hashlib
import itertools
import os
import stat
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MAX_FILE", "Entry", "Tree", "TreeFile", "is_secret"]

MAX_FILE: Final = 4 * 1024 * 1024
"""Bytes; a longer configuration file is not one."""

_MAX_LINKS: Final = 40
_PSEUDO_SIZE: Final = 1024 * 1024
_DIRECTORY: Final = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


def is_secret(path: str) -> bool:
    """Whether the file holds passwords or keys, so that not even its hash may be kept."""
    name = path.rsplit("/", 1)[-1]
    return name.startswith(("shadow", "gshadow", "snmpd", "opasswd")) or ("ssh_host_" in name and not name.endswith(".pub"))


@dataclass(frozen=True, slots=True)
class TreeFile:
    """A file as read: its text (undecodable bytes kept as surrogates), or why there is none."""

    path: str
    status: FactStatus
    data: bytes = b""

    @property
    def ok(self) -> bool:
        """Whether it was read."""
        return self.status is FactStatus.READABLE

    @property
    def text(self) -> str:
        """The content as text. Undecodable bytes become U+FFFD: settings are ASCII, comments need not be UTF-8."""
        return self.data.decode("utf-8", "replace")

    @property
    def binary(self) -> bool:
        """Whether it cannot be a configuration file at all (holds NUL bytes)."""
        return b"\x00" in self.data

    def source(self, line: int | None = None) -> Source:
        """Where a fact came from, for its record."""
        digest = "" if not self.ok or is_secret(self.path) else hashlib.sha256(self.data).hexdigest()
        return Source(path=self.path, line=line, sha256=digest)


@dataclass(frozen=True, slots=True)
class Entry:
    """What ``lstat`` says about one path."""

    path: str
    mode: int
    uid: int
    gid: int
    size: int

    @property
    def permissions(self) -> str:
        """Permission bits in octal, four digits."""
        return f"{stat.S_IMODE(self.mode):04o}"


@dataclass(slots=True)
class Tree:
    """Files below ``root``. Counts what it was asked and what it could not read, for the coverage."""

    root: Path
    read_count: int = 0
    denied: set[str] = field(default_factory=set)
    _cache: dict[str, TreeFile] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises InputError when the root is not a directory."""
        if not self.root.is_dir():
            raise InputError("baseline.root_missing", root=str(self.root))

    def read(self, path: str, *, limit: int = MAX_FILE) -> TreeFile:
        """Read a regular file. Never raises for what it finds: the status says it. Cached."""
        if path not in self._cache:
            try:
                found = TreeFile(path, FactStatus.READABLE, self._read(path, limit))
                self.read_count += 1
            except OSError as error:
                found = TreeFile(path, self._status(path, error))
            self._cache[path] = found
        return self._cache[path]

    def stat(self, path: str) -> Entry | FactStatus:
        """Mode and owner of what ``path`` leads to inside the root."""
        try:
            with self._open(path, os.O_PATH) as descriptor:
                found = os.fstat(descriptor)
        except OSError as error:
            return self._status(path, error)
        return Entry(path, found.st_mode, found.st_uid, found.st_gid, found.st_size)

    def exists(self, path: str) -> bool:
        """Whether ``path`` leads anywhere inside the root."""
        return isinstance(self.stat(path), Entry)

    def link(self, path: str) -> str | None:
        """Where the symbolic link ``path`` points, as it is written; None if it is none."""
        parent, name = os.path.split(path.rstrip("/"))
        try:
            with self._open(parent, os.O_PATH) as descriptor:
                return os.readlink(name, dir_fd=descriptor)
        except OSError:
            return None

    def names(self, path: str) -> list[str] | FactStatus:
        """Names in a directory, sorted."""
        try:
            with self._open(path, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
                return sorted(os.listdir(descriptor))  # noqa: PTH208 - a descriptor, not a path
        except OSError as error:
            return self._status(path, error)

    def glob(self, pattern: str) -> list[str]:
        """Paths that match ``pattern`` (wildcards in any component but ``**``), sorted as a shell would."""
        found = ["/"]
        for part in PurePosixPath(pattern).parts[1:]:
            if any(c in part for c in "*?["):
                found = [self._join(base, n) for base in found for n in self._listed(base) if self._matches(n, part)]
            else:
                found = [self._join(base, part) for base in found]
        return sorted(path for path in found if self.exists(path))

    def walk(self, top: str, *, max_entries: int, max_depth: int = 12) -> Iterator[Entry]:
        """Everything below ``top`` without following links, at most ``max_entries``; what may not be read is noted."""
        try:
            with self._open(top, os.O_RDONLY | os.O_DIRECTORY) as descriptor:
                yield from itertools.islice(self._walk(descriptor, top, max_depth), max_entries)
        except OSError as error:
            self._status(top, error)

    def _walk(self, directory: int, path: str, depth: int) -> Iterator[Entry]:
        """Entries of an open directory and of those below it, each opened relative to its parent."""
        for name in sorted(os.listdir(directory)):
            below = self._join(path, name)
            try:
                found = os.lstat(name, dir_fd=directory)
            except OSError as error:
                self._status(below, error)
                continue
            yield Entry(below, found.st_mode, found.st_uid, found.st_gid, found.st_size)
            if not stat.S_ISDIR(found.st_mode) or depth == 0:
                continue
            try:
                child = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
            except OSError as error:
                self._status(below, error)
                continue
            try:
                yield from self._walk(child, below, depth - 1)
            finally:
                os.close(child)

    def attribute(self, path: str, name: str) -> bytes | None:
        """An extended attribute of a regular file; None if there is none or the file system has none."""
        try:
            with self._open(path, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
                return os.getxattr(descriptor, name)
        except OSError:
            return None

    def _listed(self, path: str) -> list[str]:
        names = self.names(path)
        return names if isinstance(names, list) else []

    @staticmethod
    def _matches(name: str, part: str) -> bool:
        return fnmatch.fnmatchcase(name, part) and (not name.startswith(".") or part.startswith("."))

    @staticmethod
    def _join(base: str, name: str) -> str:
        return f"{base.rstrip('/')}/{name}"

    def _status(self, path: str, error: OSError) -> FactStatus:
        if error.errno in (errno.EACCES, errno.EPERM):
            self.denied.add(path)
            return FactStatus.DENIED
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENXIO, errno.ENODEV):
            return FactStatus.ABSENT
        return FactStatus.UNPARSABLE

    def _read(self, path: str, limit: int) -> bytes:
        with self._open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY, regular=True) as descriptor:
            size = os.fstat(descriptor).st_size
            if size > limit:
                raise OSError(errno.EFBIG, "too large", path)
            chunks, total = [], 0
            while chunk := os.read(descriptor, max(size + 1, 65536)):
                chunks.append(chunk)
                total += len(chunk)
                if total > max(limit, _PSEUDO_SIZE):
                    raise OSError(errno.EFBIG, "too large", path)
            return b"".join(chunks)

    @contextlib.contextmanager
    def _open(self, path: str, flags: int, *, regular: bool = False) -> Iterator[int]:
        """A descriptor of what ``path`` leads to inside the root; closes everything it opened on the way."""
        with contextlib.ExitStack() as closing:
            last, name = self._resolve(path, closing)
            if regular and not stat.S_ISREG(os.lstat(name, dir_fd=last).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=last)
            closing.callback(os.close, descriptor)
            if regular and not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", path)
            yield descriptor

    def _resolve(self, path: str, closing: contextlib.ExitStack) -> tuple[int, str]:
        """Walk ``path``; returns the directory's descriptor and the last name in it, which is no link."""

        def opened(name: str | Path, parent: int | None) -> int:
            descriptor = os.open(name, _DIRECTORY | os.O_DIRECTORY, dir_fd=parent)
            closing.callback(os.close, descriptor)
            return descriptor

        root = os.open(self.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        closing.callback(os.close, root)
        stack, pending, links = [root], _parts(path), 0
        while pending:
            name = pending.pop()
            if name == "..":
                stack = stack[:-1] or [root]
                continue
            if stat.S_ISLNK(os.lstat(name, dir_fd=stack[-1]).st_mode):
                links += 1
                if links > _MAX_LINKS:
                    raise OSError(errno.ELOOP, "too many links", path)
                target = os.readlink(name, dir_fd=stack[-1])
                stack = [root] if target.startswith("/") else stack
                pending.extend(_parts(target))
            elif pending:
                stack.append(opened(name, stack[-1]))
            else:
                return stack[-1], name
        return stack[-1], "."


def _parts(path: str) -> list[str]:
    """The components of ``path``, last first."""
    return [p for p in reversed(path.split("/")) if p and p != "."]
