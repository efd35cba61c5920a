"""Files and folders: listed first, written over where that reaches the bytes, removed by name; told what it came to."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.deletion.model import Achieved, Files, Guard, Item, Listing, Outcome, Statement, Stop, Verification
from sekisho.engines.deletion.overwriting import overwrite
from sekisho.engines.deletion.storage import Storage, mount_id, mounts, storage_of
from sekisho.engines.deletion.tree import FOLDER, Entry, blocked, listed_parts, look, parts_of, reach, walk
from sekisho.errors import InputError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.engines.deletion.journal import Journal

__all__ = ["QUARANTINE", "digest_of", "erase_files", "list_files", "verify_files"]

QUARANTINE: Final = ".sekisho-quarantine"
_REFUSALS: Final = frozenset({"mount", "too_deep", "unreadable", "not_text"})


def digest_of(items: tuple[Item, ...]) -> str:
    """SHA-256 over exactly what was found: names, kinds, sizes, times, what is refused."""
    made = hashlib.sha256()
    for item in items:
        row = (item.name, item.kind, item.size, item.fields.get("changed"), item.note)
        made.update(msgspec.json.encode(row) + b"\n")
    return made.hexdigest()


def list_files(target: Files) -> Listing:
    """What would go: every file, folder and link below the target, and what stays and why.

    Raises InputError for paths that leave their root, links or mounts on the way, NotFound when the target is not there.
    """
    parts = parts_of(target.path)
    with reach(target.root, parts[:-1]) as (folder, home):
        storage = storage_of(folder)
        entries = list(_entries(folder, home, parts))
    entries = _mounted_files(target.root, entries)
    names = _names(entries)
    items = tuple(_with_parents(_item(e, names, target) for e in entries))
    refused = sum(i.state == "refused" for i in items)
    return Listing(
        target=target.id, type="files", items=items, count=len(items) - refused,
        bytes=sum(i.size for i in items if i.state == "would"), refused=refused, digest=digest_of(items),
        statements=(*_about(storage), *_open_elsewhere(entries)),
    )  # fmt: skip


def _entries(folder: int, home: int, parts: tuple[str, ...]) -> Iterator[Entry]:
    at = "/".join(parts[:-1])
    if not parts:
        for entry in walk(folder, home):
            if entry.path.split("/")[0] != QUARANTINE:
                yield entry
        return
    top = look(folder, parts[-1], "/".join(parts))
    if top is None:
        raise NotFound("deletion.not_there", root=at or ".", path="/".join(parts))
    if top.kind != "folder":
        yield top
        return
    with ExitStack() as stack:
        try:
            inner = os.open(parts[-1], FOLDER, dir_fd=folder)
        except OSError:
            yield blocked(top, "unreadable")
            return
        stack.callback(os.close, inner)
        if mount_id(inner) != home:
            yield blocked(top, "mount")
            return
        yield from walk(inner, home, at=top.path)
        yield top


def _mounted_files(root: str, entries: list[Entry]) -> list[Entry]:
    """A file may be a mount of its own."""
    points = {m.point for m in mounts().values()}
    return [blocked(e, "mount") if not e.why and f"{root}/{e.path}" in points else e for e in entries]


def _names(entries: list[Entry]) -> Counter[tuple[int, int]]:
    return Counter((e.device, e.inode) for e in entries if e.kind == "file")


def _item(entry: Entry, names: Counter[tuple[int, int]], target: Files) -> Item:
    # Numbers of files and times in nanoseconds pass what JSON's numbers hold: they are texts.
    fields: dict[str, Any] = {"file": _number(entry), "changed": str(entry.changed) if entry.kind == "file" else ""}
    state, note = "would", ""
    if entry.why in _REFUSALS:
        state, note = "refused", entry.why
    elif entry.kind == "file" and entry.links > names[(entry.device, entry.inode)]:
        fields["links"] = entry.links
        note = "hard_links"
        state = "refused" if target.hard_links == "refuse" else "would"
    elif entry.kind == "link":
        note = "link_itself"
    return Item(name=entry.path, kind=entry.kind, state=state, size=entry.size, note=note, fields=fields)


def _number(entry: Entry) -> str:
    return f"{entry.device}:{entry.inode}"


def _with_parents(items: Iterator[Item]) -> Iterator[Item]:
    """A folder that holds something that stays, stays too."""
    staying: set[str] = set()
    for item in items:
        if item.state == "would" and item.kind == "folder" and item.name in staying:
            item = msgspec.structs.replace(item, state="refused", note="holds_what_stays")  # noqa: PLW2901 - the same item
        if item.state == "refused":
            parts = item.name.split("/")
            staying |= {"/".join(parts[:n]) for n in range(1, len(parts))}
        yield item


def _about(storage: Storage) -> tuple[Statement, ...]:
    fields = {"kind": storage.kind, "writes": storage.writes, "device": storage.device, "name": storage.name}
    made = [Statement(code="deletion.storage", fields=fields)]
    if storage.journals_data:
        made.append(Statement(code="deletion.journal_holds_data"))
    if storage.kind == "xfs":
        made.append(Statement(code="deletion.shared_extents"))
    return tuple(made)


def _open_elsewhere(entries: list[Entry]) -> tuple[Statement, ...]:
    """Files that other processes hold open: their bytes stay until these close them. Only processes one may look into."""
    wanted = {(e.device, e.inode): e.path for e in entries if e.kind == "file"}
    held: dict[str, int] = {}
    seen = unseen = 0
    for process in Path("/proc").iterdir() if wanted else ():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            found = list((process / "fd").iterdir())
            seen += 1
        except OSError:
            unseen += 1
            continue
        for one in found:
            try:
                info = one.stat()
            except OSError:
                continue
            if path := wanted.get((info.st_dev, info.st_ino)):
                held[path] = held.get(path, 0) + 1
    made = [Statement(code="deletion.open_elsewhere", fields={"count": len(held), "first": min(held)})] if held else []
    if unseen:
        made.append(Statement(code="deletion.processes_unseen", fields={"seen": seen, "unseen": unseen}))
    return tuple(made)


def erase_files(target: Files, listing: Listing, *, guard: Guard, journal: Journal | None = None) -> Outcome:
    """Delete exactly what the listing names, one by one; what has changed since stays.

    ``guard`` is asked before each item. With a journal an interrupted run goes on where it stopped.
    """
    before = journal.done.get(target.id, {}) if journal else {}
    resumed = bool(journal and target.id in journal.listings)
    if journal:
        journal.begin(listing)
    pending = next((i.name for i in listing.items if i.state == "would" and i.name not in before), "")
    eraser = _Eraser(target, resumed=resumed, begun=pending if resumed else "")
    stop: Stop | None = None
    made: list[Item] = []
    try:
        for item in listing.items:
            earlier = before.get(item.name)
            if earlier is not None and earlier.state in {"done", "gone"}:
                made.append(earlier)
            elif item.state == "refused":
                made.append(item)
            elif stop is not None or (stop := guard(target.id, item.name)) is not None:
                made.append(msgspec.structs.replace(item, state="held" if stop.code == "deletion.held" else "untouched"))
            else:
                result = eraser.erase(item)
                if journal:
                    journal.record(target.id, result)
                made.append(result)
    finally:
        eraser.close()
    return _outcome(target, listing, tuple(made), storage=eraser.storage, stop=stop)


class _Eraser:
    """Keeps the folder of the last item open; writes over, then removes the name."""

    def __init__(self, target: Files, *, resumed: bool, begun: str) -> None:
        """``begun``: the item that an interrupted run may have written over already; its time has changed by that."""
        self._target = target
        self._begun = begun
        self._resumed = resumed
        self._stack = ExitStack()
        self._at: tuple[str, ...] | None = None
        self._folder = self._home = -1
        self._written: set[tuple[int, int]] = set()
        self.storage: Storage | None = None

    def close(self) -> None:
        self._sync()
        self._stack.close()

    def _sync(self) -> None:
        if self._folder >= 0:
            os.fsync(self._folder)

    def _into(self, parts: tuple[str, ...]) -> None:
        if parts == self._at:
            return
        self.close()
        self._folder, self._at = -1, None
        self._stack = ExitStack()
        self._folder, self._home = self._stack.enter_context(reach(self._target.root, parts))
        self._at = parts
        if self.storage is None:
            self.storage = storage_of(self._folder)

    def erase(self, item: Item) -> Item:
        parts = listed_parts(item.name)
        try:
            self._into(parts[:-1])
        except NotFound:
            return self._missing(item)
        except InputError as error:  # a link or a mount stands where the listing saw a folder
            return msgspec.structs.replace(item, state="failed", note="way_changed", fields={**item.fields, "code": error.code})
        entry = look(self._folder, parts[-1], item.name)
        if entry is None:
            return self._missing(item)
        if not self._same(item, entry):
            return msgspec.structs.replace(item, state="failed", note="changed")
        try:
            return self._remove(item, entry, parts[-1])
        except OSError as error:
            fields = {**item.fields, "reason": error.strerror or ""}
            return msgspec.structs.replace(item, state="failed", note="refused_by_system", fields=fields)

    def _missing(self, item: Item) -> Item:
        state = "gone" if self._resumed else "failed"
        return msgspec.structs.replace(item, state=state, note="found_gone" if self._resumed else "vanished")

    def _same(self, item: Item, entry: Entry) -> bool:
        """Whether it is still what the listing saw: kind, file, and contents as far as size and time tell."""
        if (item.kind, item.fields.get("file")) != (entry.kind, _number(entry)):
            return False
        untouched = (entry.size, str(entry.changed)) == (item.size, item.fields.get("changed"))
        return entry.kind != "file" or untouched or (entry.device, entry.inode) in self._written or item.name == self._begun

    def _remove(self, item: Item, entry: Entry, name: str) -> Item:
        if entry.kind == "folder":
            os.rmdir(name, dir_fd=self._folder)
            return msgspec.structs.replace(item, state="done")
        written, note = 0, item.note
        bare = entry.kind != "file" or note == "hard_links" or not entry.size
        if not bare and (entry.device, entry.inode) not in self._written:
            written, problem = overwrite(self._folder, name, entry, home=self._home)
            if problem:
                return msgspec.structs.replace(item, state="failed", note=problem)
            self._written.add((entry.device, entry.inode))
        os.unlink(name, dir_fd=self._folder)
        return msgspec.structs.replace(item, state="done", overwritten=written, note=note)


def _outcome(target: Files, listing: Listing, items: tuple[Item, ...], *, storage: Storage | None, stop: Stop | None) -> Outcome:
    gone = [i for i in items if i.state in {"done", "gone"}]
    left = len(items) - len(gone)
    overwritten = sum(i.overwritten for i in gone)
    unsure = [i for i in gone if i.state == "gone" and i.kind == "file"]
    linked = [i for i in gone if i.note == "hard_links"]
    cleared = storage is not None and storage.clears and not unsure and not linked
    achieved: Achieved = "none" if not gone else "clear" if cleared else "deleted"
    said = [*listing.statements, Statement(code="deletion.overwritten", fields={"bytes": overwritten})]
    if storage is not None and not storage.clears:
        said.append(Statement(code=f"deletion.not_cleared_{storage.writes if storage.writes != 'in_place' else storage.device}"))
    if storage is not None and storage.clears and storage.device == "flash":
        said.append(Statement(code="deletion.flash_keeps_spare"))
    if target.method != "clear":
        said.append(Statement(code="deletion.not_reached", fields={"asked": target.method, "achieved": achieved}))
    if unsure:
        said.append(Statement(code="deletion.found_gone", fields={"count": len(unsure)}))
    if linked:
        said.append(Statement(code="deletion.other_names_left", fields={"count": len(linked)}))
    said.append(Statement(code="deletion.copies_elsewhere"))
    return Outcome(
        target=target.id, type="files", asked=target.method, achieved=achieved, done=len(gone), left=left,
        bytes=sum(i.size for i in gone), overwritten=overwritten, items=items, statements=tuple(said),
        stopped=Statement(code=stop.code, fields=stop.fields) if stop else None,
    )  # fmt: skip


def verify_files(target: Files, items: tuple[Item, ...]) -> Verification:
    """Whether the names that were reported gone are gone, looked up again below the same root.

    Raises NotFound ``deletion.root_not_there`` where nobody can look.
    """
    gone = [i for i in items if i.state in {"done", "gone"}]
    with reach(target.root, ()):  # a root that is not there (not mounted) says nothing about what lies below it
        pass
    left = [i.name for i in gone if _there(target, i.name)]
    looked = Statement(code="deletion.checked_names", fields={"count": len(gone)})
    return Verification(
        target=target.id, result="left" if left else "gone", checked=len(gone), total=len(gone), left=tuple(left),
        checks=(looked, Statement(code="deletion.bytes_not_looked_at")),
    )  # fmt: skip


def _there(target: Files, name: str) -> bool:
    parts = listed_parts(name)
    try:
        with reach(target.root, parts[:-1]) as (folder, _):
            return look(folder, parts[-1], name) is not None
    except NotFound:
        return False
