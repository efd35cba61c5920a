"""The journal of a run: what was to go, written and synced before anything goes; then what is gone, line by line.

After an interruption the same run goes on from it. What is gone without a line is reported as *found gone*, never as done.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from sekisho.engines.deletion.model import Item, Listing
from sekisho.errors import Conflict, InputError, Unavailable

__all__ = ["Journal"]

_FORM: Final = "sekisho.deletion_journal/1"
_SYNC_EVERY: Final = 200


class Journal:
    """An append-only file of JSON lines, 0600, used by one run at a time."""

    def __init__(self, path: Path, *, run: str, plan: str) -> None:
        """``run``: id of the run; ``plan``: hash of the plan. A journal that is there is taken up again.

        Raises Conflict ``deletion.journal_of_another`` when it belongs to another plan or run, InputError
        ``deletion.journal_broken`` when it cannot be read, Unavailable ``deletion.journal_unwritable``.
        """
        self.path = path
        self.listings: dict[str, Listing] = {}
        self.done: dict[str, dict[str, Item]] = {}
        self.finished: dict[str, dict[str, Any]] = {}
        self._unsynced = 0
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise Unavailable("deletion.journal_unwritable", path=str(path), reason=error.strerror or "") from error
        try:
            os.lockf(self._descriptor, os.F_TLOCK, 0)
            self._read(run, plan)
        except BlockingIOError as error:
            self.close()
            raise Conflict("deletion.journal_in_use", path=str(path)) from error
        except BaseException:
            self.close()
            raise

    @staticmethod
    def listings_of(path: Path) -> dict[str, Listing]:
        """The listings with which an interrupted run began. Raises InputError ``deletion.journal_broken``."""
        found = {}
        try:
            for line in path.read_bytes().split(b"\n")[:-1]:
                row = json.loads(line)
                if "listing" in row:
                    found[row["target"]] = msgspec.convert(row["listing"], Listing)
        except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
            raise InputError("deletion.journal_broken", path=str(path)) from error
        return found

    @property
    def resumed(self) -> bool:
        """Whether an earlier run has begun with it."""
        return bool(self.listings)

    def _read(self, run: str, plan: str) -> None:
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            file.seek(0)
            content = file.read()
        if not content:
            self._write({"form": _FORM, "run": run, "plan": plan})
            self.sync()
            return
        whole, _, torn = content.rpartition(b"\n")
        if torn:  # the last line of a run that was cut off
            os.ftruncate(self._descriptor, len(whole) + 1 if whole else 0)
        try:
            rows = [json.loads(line) for line in whole.split(b"\n")]
            head = rows[0]
            if head["form"] != _FORM:
                raise InputError("deletion.journal_broken", path=str(self.path))
            if (head["run"], head["plan"]) != (run, plan):
                raise Conflict("deletion.journal_of_another", path=str(self.path))
            for row in rows[1:]:
                self._take(row)
        except (ValueError, KeyError, TypeError, IndexError, msgspec.ValidationError) as error:
            raise InputError("deletion.journal_broken", path=str(self.path)) from error

    def _take(self, row: dict[str, Any]) -> None:
        target = row["target"]
        if "listing" in row:
            self.listings[target] = msgspec.convert(row["listing"], Listing)
        elif "finished" in row:
            self.finished[target] = row["finished"]
        else:
            item = msgspec.convert(row["item"], Item)
            self.done.setdefault(target, {})[item.name] = item

    def begin(self, listing: Listing) -> None:
        """Write down what is to go, before anything goes."""
        if listing.target not in self.listings:
            self._write({"target": listing.target, "listing": msgspec.to_builtins(listing)})
            self.sync()
            self.listings[listing.target] = listing

    def record(self, target: str, item: Item) -> None:
        """Write down what became of an item."""
        self._write({"target": target, "item": msgspec.to_builtins(item)})
        self.done.setdefault(target, {})[item.name] = item

    def finish(self, target: str, outcome: dict[str, Any]) -> None:
        """Write down that a target is finished."""
        self._write({"target": target, "finished": outcome})
        self.sync()
        self.finished[target] = outcome

    def _write(self, row: dict[str, Any]) -> None:
        os.write(self._descriptor, json.dumps(row, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")
        self._unsynced += 1
        if self._unsynced >= _SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        """Have everything on the disk."""
        os.fsync(self._descriptor)
        self._unsynced = 0

    def close(self) -> None:
        """Let the journal go."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.sync()
        self.close()
