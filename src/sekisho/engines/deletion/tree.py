"""Walking below a root without ever leaving it: by open folders, no symbolic link followed, no mount entered."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sekisho.engines.deletion.storage import mount_id
from sekisho.errors import InputError, NotFound, Unavailable

__all__ = ["FOLDER", "Entry", "blocked", "listed_parts", "look", "parts_of", "reach", "walk"]

FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_DEEPEST: Final = 200
_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One name below the root. ``why``: why it cannot go (``mount``, ``too_deep``, ``unreadable``, ``not_text``), else empty."""

    path: str
    kind: str
    device: int
    inode: int
    size: int
    links: int
    changed: int
    why: str = ""


def parts_of(path: str) -> tuple[str, ...]:
    """The names of a relative path; ``.`` has none.

    Raises InputError ``deletion.path_leaves_root`` for absolute paths, ``..``, empty names and control characters.
    """
    if path == ".":
        return ()
    parts = tuple(path.split("/"))
    wrong = path.startswith("/") or any(p in {"", ".", ".."} for p in parts) or _CONTROL.search(path) is not None
    if wrong:
        raise InputError("deletion.path_leaves_root", path=path[:200])
    return parts


def listed_parts(name: str) -> tuple[str, ...]:
    """The names of an item of a listing, which may hold any character. Raises InputError ``deletion.path_leaves_root``."""
    parts = tuple(name.split("/"))
    if any(p in {"", ".", ".."} for p in parts):
        raise InputError("deletion.path_leaves_root", path=name[:200])
    return parts


@contextmanager
def reach(root: str, parts: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """An open folder at ``root`` and ``parts``, and the root's mount. Raises where a link or a mount lies on the way.

    Raises InputError ``deletion.root_not_plain``, ``deletion.link_on_the_way``, ``deletion.mount_on_the_way``; NotFound
    ``deletion.not_there``; Unavailable ``deletion.no_proc`` where the mounts cannot be told apart.
    """
    folder = _root(root)
    try:
        try:
            home = mount_id(folder)
        except OSError as error:
            raise Unavailable("deletion.no_proc") from error
        for name in parts:
            try:
                deeper = os.open(name, FOLDER, dir_fd=folder)
            except FileNotFoundError as error:
                raise NotFound("deletion.not_there", root=root, path="/".join(parts)) from error
            except OSError as error:  # ELOOP or ENOTDIR: a link or a file stands where a folder should
                raise InputError("deletion.link_on_the_way", root=root, path="/".join(parts), name=name) from error
            os.close(folder)
            folder = deeper
            if mount_id(folder) != home:
                raise InputError("deletion.mount_on_the_way", root=root, path="/".join(parts), name=name)
        yield folder, home
    finally:
        os.close(folder)


def _root(root: str) -> int:
    plain = Path(root)
    if not plain.is_absolute() or root != os.path.normpath(root) or os.path.realpath(root) != root or root == "/":
        raise InputError("deletion.root_not_plain", root=root[:200])
    try:
        return os.open(root, FOLDER)
    except OSError as error:
        raise NotFound("deletion.root_not_there", root=root, reason=error.strerror or "") from error


def walk(folder: int, home: int, *, at: str = "", depth: int = 0) -> Iterator[Entry]:
    """Everything below an open folder, contents before their folder; each entry as it is itself (links are not followed)."""
    for name in sorted(os.listdir(folder)):
        path = f"{at}/{name}" if at else name
        if not _is_text(name):  # a record could not name it
            shown = path.encode(errors="surrogateescape").decode(errors="backslashreplace")
            yield Entry(shown, "special", 0, 0, 0, 1, 0, "not_text")
            continue
        entry = look(folder, name, path)
        if entry is None:
            continue
        if entry.kind != "folder":
            yield entry
            continue
        yield from _into(folder, home, entry, name=name, depth=depth)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _into(folder: int, home: int, entry: Entry, *, name: str, depth: int) -> Iterator[Entry]:
    if depth >= _DEEPEST:
        yield blocked(entry, "too_deep")
        return
    try:
        inner = os.open(name, FOLDER, dir_fd=folder)
    except OSError:
        yield blocked(entry, "unreadable")
        return
    try:
        if mount_id(inner) != home:
            yield blocked(entry, "mount")
            return
        yield from walk(inner, home, at=entry.path, depth=depth + 1)
        yield entry
    finally:
        os.close(inner)


def blocked(entry: Entry, why: str) -> Entry:
    """The entry with the reason why it cannot go."""
    return Entry(entry.path, entry.kind, entry.device, entry.inode, entry.size, entry.links, entry.changed, why)


def look(folder: int, name: str, path: str) -> Entry | None:
    """The entry of a name in an open folder; None when it is gone."""
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    mode = info.st_mode
    kind = (
        "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "special"
    )  # fmt: skip
    size = info.st_size if kind == "file" else 0
    return Entry(path, kind, info.st_dev, info.st_ino, size, info.st_nlink, info.st_mtime_ns)
