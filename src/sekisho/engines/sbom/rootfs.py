"""Reading a host, or a mounted copy of one, without ever leaving it.

Every path is absolute *inside* the root. Symbolic links are followed as the inspected system itself would follow them (an
absolute target begins at the root, ``..`` stops at the root), so that a prepared image cannot lead the reader to files of the
machine that reads it. Only regular files are opened, never with blocking, and never beyond a size limit.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_FILE_BYTES", "Root", "Unreadable"]

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
_MAX_LINKS: Final = 40


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place that exists but could not be read: ``path`` inside the root, ``reason`` a text code."""

    path: str
    reason: str


@dataclass(slots=True)
class Root:
    """A file tree to inspect; ``unreadable`` collects every place that exists but could not be read."""

    base: Path
    unreadable: list[Unreadable] = field(default_factory=list)
    _directories: dict[str, str | None] = field(default_factory=dict)

    def resolve(self, path: str) -> str | None:
        """The real path inside the root after following links; None when there is nothing, or links go in a circle."""
        parent, _, name = path.rstrip("/").rpartition("/")
        if not name or name in {".", ".."}:
            return self._walk(path)
        if parent not in self._directories:
            self._directories[parent] = self._walk(parent)
        real_parent = self._directories[parent]
        return None if real_parent is None else self._walk(f"{real_parent}/{name}", known=real_parent)

    def _walk(self, path: str, *, known: str = "") -> str | None:
        todo = [part for part in path[len(known) :].split("/") if part not in {"", "."}][::-1]
        done = [part for part in known.split("/") if part]
        links = 0
        while todo:
            part = todo.pop()
            if part == "..":
                del done[-1:]
                continue
            here = self._host("/".join((*done, part)))
            try:
                mode = os.lstat(here).st_mode
                target = os.readlink(here) if stat.S_ISLNK(mode) else None  # noqa: PTH115 - hot path
            except (FileNotFoundError, NotADirectoryError):
                return None
            except (OSError, ValueError):
                self._refused("/" + "/".join((*done, part)), "sbom.unreadable_permission")
                return None
            if target is None:
                done.append(part)
                continue
            links += 1
            if links > _MAX_LINKS:
                self._refused(path, "sbom.unreadable_link_loop")
                return None
            if target.startswith("/"):
                done.clear()
            todo.extend(p for p in reversed(target.split("/")) if p not in {"", "."})
        return "/" + "/".join(done)

    def _host(self, inside: str) -> str:
        return os.path.join(self.base, inside.lstrip("/"))  # noqa: PTH118 - hot path, strings are several times faster

    def _refused(self, path: str, reason: str) -> None:
        entry = Unreadable(path, reason)
        if entry not in self.unreadable:
            self.unreadable.append(entry)

    def exists(self, path: str) -> bool:
        """Whether there is anything at ``path``."""
        return self.resolve(path) is not None

    def is_dir(self, path: str) -> bool:
        """Whether ``path`` is a directory (links followed inside the root)."""
        real = self.resolve(path)
        return real is not None and os.path.isdir(self._host(real))  # noqa: PTH112 - real has no links left

    def read(self, path: str, *, limit: int = MAX_FILE_BYTES) -> bytes | None:
        """The bytes of a regular file; None when absent or unreadable (the latter is noted in :attr:`unreadable`)."""
        real = self.resolve(path)
        if real is None:
            return None
        try:
            descriptor = os.open(self._host(real), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self._refused(path, "sbom.unreadable_permission")
            return None
        with os.fdopen(descriptor, "rb") as file:
            try:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    self._refused(path, "sbom.unreadable_not_a_file")
                    return None
                data = file.read(limit + 1)
            except OSError:
                self._refused(path, "sbom.unreadable_permission")
                return None
        if len(data) > limit:
            self._refused(path, "sbom.unreadable_too_large")
            return None
        return data

    def names(self, path: str) -> list[str]:
        """Sorted names in a directory; empty when absent, not a directory, or unreadable (noted)."""
        real = self.resolve(path)
        if real is None:
            return []
        try:
            return sorted(os.listdir(self._host(real)))  # noqa: PTH208 - names only
        except NotADirectoryError:
            return []
        except OSError:
            self._refused(path, "sbom.unreadable_permission")
            return []

    def host_path(self, path: str) -> Path | None:
        """Where a resolved regular file lies on the reading machine, for readers that need a file (SQLite)."""
        real = self.resolve(path)
        return None if real is None else Path(self._host(real))

    def walk(self, path: str, *, depth: int, limit: int) -> Iterator[tuple[str, list[str], list[str]]]:
        """Directories below ``path`` as (directory, directory names, file names); links to directories are not entered.

        ``depth`` levels at most, ``limit`` directories at most (then the rest is noted as unreadable, never dropped silently).
        The caller may remove directory names from the list to stay out of them.
        """
        real = self.resolve(path)
        if real is None or not os.path.isdir(self._host(real)):  # noqa: PTH112
            return
        waiting = [(real, 0)]
        seen = 0
        while waiting:
            here, level = waiting.pop()
            seen += 1
            if seen > limit:
                self._refused(path, "sbom.unreadable_too_many")
                return
            directories: list[str] = []
            files: list[str] = []
            try:
                with os.scandir(self._host(here)) as entries:
                    for entry in entries:
                        (directories if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
            except OSError:
                self._refused(here, "sbom.unreadable_permission")
                continue
            directories.sort()
            files.sort()
            yield here, directories, files
            if level < depth:
                prefix = "" if here == "/" else here
                waiting.extend((f"{prefix}/{name}", level + 1) for name in reversed(directories))
