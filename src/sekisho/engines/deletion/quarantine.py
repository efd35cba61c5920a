"""A restore window: files are set aside within the same file system, can be brought back, and are deleted after it.

They lie in ``<root>/.sekisho-quarantine/<run>/<target>``; nothing in there counts as deleted.
"""

from __future__ import annotations

import os

import msgspec

from sekisho.engines.deletion.files import QUARANTINE, list_files
from sekisho.engines.deletion.model import Files, Guard, Item, Listing, Outcome, Statement
from sekisho.engines.deletion.tree import FOLDER, look, parts_of, reach
from sekisho.errors import Conflict, NotFound

__all__ = ["aside", "bring_back", "clear_away", "set_aside"]


def aside(target: Files, run: str) -> Files:
    """The target as it lies set aside: delete it with :func:`erase_files` when the window is over."""
    return msgspec.structs.replace(target, root=f"{target.root}/{QUARANTINE}/{run}/{target.id}", path=".")


def set_aside(target: Files, listing: Listing, *, run: str, guard: Guard) -> Outcome:
    """Move what the listing names out of reach, whole, by renaming.

    Raises Conflict ``deletion.quarantine_incomplete`` when something in it would have to stay,
    ``deletion.changed_since_approval`` when it is no longer what was listed, ``deletion.quarantine_there`` when this run set it
    aside before.
    """
    if listing.refused:
        raise Conflict("deletion.quarantine_incomplete", target=target.id, count=listing.refused)
    now = list_files(target)
    if now.digest != listing.digest:
        raise Conflict("deletion.changed_since_approval", target=target.id, then=listing.count, now=now.count)
    parts = parts_of(target.path)
    stop = guard(target.id, target.path)
    if stop is None:
        with reach(target.root, parts[:-1]) as (folder, _), _place(target, run) as there:
            for name in _tops(folder, parts):
                os.rename(name, name, src_dir_fd=folder, dst_dir_fd=there)
            os.fsync(there)
            os.fsync(folder)
    state = "quarantined" if stop is None else "held" if stop.code == "deletion.held" else "untouched"
    items = tuple(msgspec.structs.replace(i, state=state) for i in listing.items)
    return Outcome(
        target=target.id, type="files", asked=target.method, achieved="none" if stop else "quarantined", done=0,
        left=len(items), bytes=0, overwritten=0, items=items, statements=listing.statements,
        stopped=Statement(code=stop.code, fields=stop.fields) if stop else None,
    )  # fmt: skip


def _tops(folder: int, parts: tuple[str, ...]) -> list[str]:
    return [parts[-1]] if parts else [name for name in sorted(os.listdir(folder)) if name != QUARANTINE]


class _place:  # noqa: N801 - used like a function
    """The folder of a target's quarantine, made new and open."""

    def __init__(self, target: Files, run: str) -> None:
        self._names = (QUARANTINE, run, target.id)
        self._target = target
        self._open: list[int] = []

    def __enter__(self) -> int:
        try:
            with reach(self._target.root, ()) as (folder, _):
                self._open.append(os.dup(folder))
            for name in self._names:
                self._into(name, last=name == self._names[-1])
        except BaseException:
            self.__exit__()
            raise
        return self._open[-1]

    def _into(self, name: str, *, last: bool) -> None:
        try:
            os.mkdir(name, 0o700, dir_fd=self._open[-1])
        except FileExistsError as error:
            if last:
                raise Conflict("deletion.quarantine_there", target=self._target.id) from error
        self._open.append(os.open(name, FOLDER, dir_fd=self._open[-1]))

    def __exit__(self, *ignored: object) -> None:
        for one in reversed(self._open):
            os.close(one)


def bring_back(target: Files, run: str) -> tuple[Item, ...]:
    """Move everything back where it was.

    Raises NotFound when nothing is set aside, Conflict ``deletion.restore_in_the_way`` when a name is taken again; then nothing
    is moved.
    """
    parts = parts_of(target.path)
    with reach(target.root, (QUARANTINE, run, target.id)) as (there, _), reach(target.root, parts[:-1]) as (folder, _):
        names = sorted(os.listdir(there))  # noqa: PTH208 - of an open folder
        for name in names:
            if look(folder, name, name) is not None:
                raise Conflict("deletion.restore_in_the_way", target=target.id, name=name)
        for name in names:
            os.rename(name, name, src_dir_fd=there, dst_dir_fd=folder)
        os.fsync(folder)
    clear_away(target, run)
    return tuple(Item(name=name, kind="top", state="restored") for name in names)


def clear_away(target: Files, run: str) -> None:
    """Remove the empty folders of a quarantine; what is not empty stays."""
    for parts in ((QUARANTINE, run, target.id), (QUARANTINE, run), (QUARANTINE,)):
        try:
            with reach(target.root, parts[:-1]) as (folder, _):
                os.rmdir(parts[-1], dir_fd=folder)
        except (OSError, NotFound):
            return
