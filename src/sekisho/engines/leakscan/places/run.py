"""A scan of files and folders: two processes where there is enough to do, bounded memory, an index, progress."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sekisho.engines.leakscan.places.folders import Candidate, Choice, Walk
from sekisho.engines.leakscan.places.index import Index, hash_of
from sekisho.engines.leakscan.places.model import PlaceScan, Settings, Summary
from sekisho.engines.leakscan.places.scanning import prepared, unreadable
from sekisho.errors import Problem

if TYPE_CHECKING:
    from sekisho.engines.leakscan.places.scanning import Scanning

__all__ = ["Progress", "Run"]

_FEW_FILES: Final = 400  # starting processes costs some seconds
_FEW_BYTES: Final = 24 << 20
_TASK_BYTES: Final = 4 << 20
_TASK_FILES: Final = 32
_WAITING: Final = 3
_COMMIT_FILES: Final = 200
_COMMIT_BYTES: Final = 256 << 20
_PRELOADED: Final = ["sekisho.engines.leakscan.places.scanning"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: files and bytes done, findings so far, and what was done last."""

    files: int
    size: int
    findings: int
    path: str


@dataclass(slots=True)
class Run:
    """One scan of ``roots``. :meth:`scans` gives one :class:`PlaceScan` for each file, in the order of the walk.

    ``index``: file that remembers what was scanned; ``workers``: processes, 1 scans in this one; ``apart``: files that are not
    looked at (the output of this very run); ``tell``: called after every file.
    """

    roots: Sequence[Path]
    settings: Settings
    choice: Choice = field(default_factory=Choice)
    index: Path | None = None
    workers: int = 2
    apart: frozenset[Path] = frozenset()
    tell: Callable[[Progress], None] | None = None
    summary: Summary = field(default_factory=Summary)
    problems: list[Problem] = field(default_factory=list)

    def scans(self) -> Iterator[PlaceScan]:
        """Scan. A spool of a result is removed when the next result is asked for.

        Raises:
            InputError: a root does not exist, or settings, rules, index cannot be used; nothing was scanned then.
        """
        walk = Walk(self.roots, self.choice, self.apart)
        walk.check()
        prepared(self.settings)
        with ExitStack() as stack:
            index = stack.enter_context(Index(self.index, self.settings.digest())) if self.index else None
            if index:
                walk.apart |= index.files()
            spools = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sekisho-leakscan-")))
            keeper = _Keeper(index)
            for candidate, scan, sha256 in self._results(walk, index, spools):
                if not scan.unchanged:
                    keeper.keep(candidate, scan, sha256)
                self.summary.add(scan)
                if self.tell:
                    self.tell(Progress(self.summary.looked_at, self.summary.size, self.summary.findings, scan.path))
                yield scan
                scan.dispose()
            if index:
                index.forget_others(self.roots)
        self.summary.excluded, self.summary.links = walk.excluded, walk.links
        self.summary.unread += walk.unread
        self.problems += walk.problems

    def _results(self, walk: Walk, index: Index | None, spools: Path) -> Iterator[tuple[Candidate, PlaceScan, str]]:
        hashed = index is not None
        candidates = ((c, index.unchanged(c, spools) if index else None) for c in walk.files())
        few, size = [], 0
        for candidate, known in candidates:
            few.append((candidate, known))
            size += 0 if known else candidate.size
            if len(few) >= _FEW_FILES or size >= _FEW_BYTES:
                break
        rest = next(candidates, None)
        if self.workers < 2 or (rest is None and (size < _FEW_BYTES or len(few) < 2)):  # noqa: PLR2004 - one process is none beside
            scanning = prepared(self.settings)
            for candidate, known in _chain(few, rest, candidates):
                yield (candidate, known, "") if known else _scanned(scanning, candidate, spools, hashed=hashed)
            return
        yield from self._pooled(_chain(few, rest, candidates), spools, hashed=hashed)

    def _pooled(
        self, candidates: Iterator[tuple[Candidate, PlaceScan | None]], spools: Path, *, hashed: bool
    ) -> Iterator[tuple[Candidate, PlaceScan, str]]:
        """Tasks of a few files each; results in order, never more than a few tasks ahead."""
        pool = _Pool(self.workers)
        waiting: deque[tuple[list[tuple[Candidate, PlaceScan | None]], Future[list[tuple[PlaceScan, str]]] | None]] = deque()
        try:
            while True:
                while len(waiting) < self.workers * _WAITING and (task := _task(candidates)):
                    new = [candidate for candidate, known in task if known is None]
                    waiting.append((task, pool.submit(self.settings, new, spools, hashed=hashed) if new else None))
                if not waiting:
                    return
                task, future = waiting.popleft()
                yield from self._matched(task, future, spools, hashed=hashed)
        finally:
            pool.close()

    def _matched(
        self,
        task: list[tuple[Candidate, PlaceScan | None]],
        future: Future[list[tuple[PlaceScan, str]]] | None,
        spools: Path,
        *,
        hashed: bool,
    ) -> Iterator[tuple[Candidate, PlaceScan, str]]:
        try:
            results = iter(future.result() if future else [])
        except BrokenProcessPool:  # one of the files brought its process down: each is looked at in a process of its own
            results = (self._alone(c, spools, hashed=hashed) for c, known in task if known is None)
        for candidate, known in task:
            if known:
                yield candidate, known, ""
            else:
                scan, sha256 = next(results)
                yield candidate, scan, sha256

    def _alone(self, candidate: Candidate, spools: Path, *, hashed: bool) -> tuple[PlaceScan, str]:
        pool = _Pool(1)
        try:
            return pool.submit(self.settings, [candidate], spools, hashed=hashed).result()[0]
        except BrokenProcessPool:
            return _crashed(candidate), ""
        finally:
            pool.close()


class _Pool:
    """Processes that scan; when they broke down, new ones."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool = self._made()

    def _made(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
        return ProcessPoolExecutor(self._workers, mp_context=context)

    def submit(
        self, settings: Settings, candidates: list[Candidate], spools: Path, *, hashed: bool
    ) -> Future[list[tuple[PlaceScan, str]]]:
        try:
            return self._pool.submit(_work, settings, candidates, spools, hashed)
        except BrokenProcessPool:
            self.close()
            self._pool = self._made()
            return self._pool.submit(_work, settings, candidates, spools, hashed)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _chain(
    few: list[tuple[Candidate, PlaceScan | None]],
    rest: tuple[Candidate, PlaceScan | None] | None,
    candidates: Iterator[tuple[Candidate, PlaceScan | None]],
) -> Iterator[tuple[Candidate, PlaceScan | None]]:
    yield from few
    if rest is not None:
        yield rest
        yield from candidates


def _task(candidates: Iterator[tuple[Candidate, PlaceScan | None]]) -> list[tuple[Candidate, PlaceScan | None]]:
    task, size = [], 0
    for candidate, known in islice(candidates, _TASK_FILES):
        task.append((candidate, known))
        size += candidate.size
        if size >= _TASK_BYTES:
            break
    return task


def _work(settings: Settings, candidates: list[Candidate], spools: Path, hashed: bool) -> list[tuple[PlaceScan, str]]:
    """In another process."""
    scanning = prepared(settings)
    return [_scanned(scanning, candidate, spools, hashed=hashed)[1:] for candidate in candidates]


def _scanned(scanning: Scanning, candidate: Candidate, spools: Path, *, hashed: bool) -> tuple[Candidate, PlaceScan, str]:
    scan = scanning.file(candidate.path, candidate.name, spools)
    sha256 = ""
    if hashed:
        try:
            sha256 = hash_of(candidate.path)
        except OSError as error:
            scan = unreadable(candidate.name, error)
    return candidate, scan, sha256


def _crashed(candidate: Candidate) -> PlaceScan:
    problem = Problem("leakplaces.process_died", {}, candidate.name)
    return PlaceScan(candidate.name, state="unread", problems=[problem])


class _Keeper:
    """Writes to the index, and makes it last from time to time."""

    def __init__(self, index: Index | None) -> None:
        self._index = index
        self._files = self._bytes = 0

    def keep(self, candidate: Candidate, scan: PlaceScan, sha256: str) -> None:
        if self._index is None:
            return
        self._index.keep(candidate, scan, sha256)
        self._files += 1
        self._bytes += candidate.size
        if self._files >= _COMMIT_FILES or self._bytes >= _COMMIT_BYTES:
            self._index.commit()
            self._files = self._bytes = 0
