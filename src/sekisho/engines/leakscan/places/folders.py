"""Which files a scan of folders looks at: regular files, in the order of their names, links never followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from sekisho.engines.leakscan.places.model import shown
from sekisho.errors import InputError, Problem

__all__ = ["Candidate", "Choice", "Walk"]


class Candidate(NamedTuple):
    """A file that will be looked at: where it is, how it is called, and what tells whether it changed (times in nanoseconds)."""

    path: Path
    name: str
    size: int
    modified: int
    changed: int
    inode: int
    device: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Patterns (``*``, ``?``, ``[…]``) over names.

    One without ``/`` is compared with every name on the way, one with ``/`` with the whole path below the root; ``include`` empty
    takes every file.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, relative: str) -> bool:
        """Whether the file at ``relative`` (with ``/``) is looked at."""
        if any(_fits(relative, pattern) for pattern in self.exclude):
            return False
        return not self.include or any(_fits(relative, pattern) for pattern in self.include)

    def enters(self, relative: str) -> bool:
        """Whether the folder at ``relative`` is entered."""
        return not any(_fits(relative, pattern) for pattern in self.exclude)


def _fits(relative: str, pattern: str) -> bool:
    pattern = pattern.rstrip("/")
    if "/" in pattern:
        return fnmatchcase(relative, pattern.lstrip("/"))
    return any(fnmatchcase(part, pattern) for part in relative.split("/"))


@dataclass(slots=True)
class Walk:
    """One walk over ``roots``. What is not looked at is counted or told: excluded files, links, what cannot be opened."""

    roots: Sequence[Path]
    choice: Choice = field(default_factory=Choice)
    apart: frozenset[Path] = frozenset()
    excluded: int = 0
    links: int = 0
    problems: list[Problem] = field(default_factory=list)
    unread: int = 0

    def check(self) -> None:
        """Refuse before anything is read, naming every root that does not exist.

        Raises:
            InputError: ``leakplaces.paths_missing``.
        """
        missing = [Problem("leakplaces.path_missing", {}, shown(root)) for root in self.roots if not os.path.lexists(root)]
        if missing:
            raise InputError("leakplaces.paths_missing", problems=tuple(missing), count=len(missing))

    def files(self) -> Iterator[Candidate]:
        """The files; one that is reached by two ways is given once."""
        seen: set[tuple[int, int]] = set()
        for root in self.roots:
            for path, relative in self._below(root) if root.is_dir() else ((root, root.name),):
                if path.absolute() in self.apart:
                    continue
                if not self.choice.takes(relative):
                    self.excluded += 1
                    continue
                found = self._candidate(path, follow=path == root)
                if found is not None and (found.device, found.inode) not in seen:
                    seen.add((found.device, found.inode))
                    yield found

    def _candidate(self, path: Path, *, follow: bool) -> Candidate | None:
        try:
            state = path.stat() if follow else path.lstat()
        except OSError as error:
            self._tell("leakplaces.denied" if isinstance(error, PermissionError) else "leakplaces.unreadable", path)
            return None
        if stat.S_ISLNK(state.st_mode):
            self.links += 1
            return None
        if not stat.S_ISREG(state.st_mode):
            self._tell("leakplaces.not_a_file", path)
            return None
        return Candidate(
            path, shown(path), state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_dev
        )  # fmt: skip

    def _tell(self, code: str, path: Path) -> None:
        self.unread += 1
        self.problems.append(Problem(code, {}, shown(path)))

    def _below(self, root: Path) -> Iterator[tuple[Path, str]]:
        """Files below a folder, with their paths relative to it; without recursion."""
        waiting: list[tuple[Path, str]] = [(root, "")]
        while waiting:
            folder, relative = waiting.pop()
            try:
                with os.scandir(folder) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self._tell("leakplaces.denied" if isinstance(error, PermissionError) else "leakplaces.unreadable", folder)
                continue
            folders = []
            for entry in found:
                below = f"{relative}/{entry.name}" if relative else entry.name
                if entry.is_symlink():
                    self.links += 1
                elif entry.is_dir(follow_symlinks=False):
                    if self.choice.enters(below):
                        folders.append((Path(entry.path), below))
                    else:
                        self.excluded += 1
                else:
                    yield Path(entry.path), below
            waiting.extend(reversed(folders))
