"""Small readers of the plain formats that many files share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.engines.baseline.facts import FactStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.engines.baseline.facts import FactsBuilder, Source
    from sekisho.engines.baseline.tree import Tree, TreeFile

__all__ = ["assignments", "ini", "layered", "lines", "miss_all", "number", "words"]

_MAX_DIGITS = 15


def lines(text: str, comment: str = "#") -> Iterator[tuple[int, str]]:
    """Numbered lines without blank ones and whole-line comments, stripped."""
    for row, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line and line[0] not in comment:
            yield row, line


def words(text: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines as words; what follows a ``#`` is a comment."""
    for row, line in lines(text):
        found = line.split("#", 1)[0].split()
        if found:
            yield row, found


def assignments(text: str) -> dict[str, str]:
    """``key = value`` lines; the last one wins; quotes around the value are taken off."""
    found = {}
    for _, line in lines(text, "#;"):
        key, equals, value = line.removeprefix("export ").partition("=")
        if equals and key.strip():
            found[key.strip()] = value.strip().strip("\"'")
    return found


def ini(text: str) -> dict[str, dict[str, str]]:
    """Sections of ``key=value`` lines as systemd, GDM and dconf write them; section and key in lower case; the last one wins."""
    found: dict[str, dict[str, str]] = {}
    section = ""
    for _, line in lines(text, "#;"):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip().lower()
            found.setdefault(section, {})
        else:
            key, equals, value = line.partition("=")
            if equals:
                found.setdefault(section, {})[key.strip().lower()] = value.strip()
    return found


def number(text: str | None) -> int | None:
    """A whole number, or None."""
    if text is None:
        return None
    digits = text.strip().removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS else None


def miss_all(facts: FactsBuilder, keys: tuple[str, ...], file: TreeFile) -> None:
    """Mark all of ``keys`` as not read, for the reason why ``file`` was not."""
    status = FactStatus.UNPARSABLE if file.ok else file.status
    for key in keys:
        facts.miss(key, status, file.source())


def layered(tree: Tree, main: str, *drop_ins: str) -> tuple[list[TreeFile], list[Source], FactStatus]:
    """The main file and its drop-in files (``/etc`` before ``/usr/lib`` by name, as systemd does it) that exist, in order of
    effect, and the worst status among them.
    """
    names: dict[str, str] = {}
    for pattern in drop_ins:
        for path in tree.glob(pattern):
            names.setdefault(path.rsplit("/", 1)[-1], path)
    files = [tree.read(main)] if main else []
    files += [tree.read(names[n]) for n in sorted(names)]
    present = [f for f in files if f.ok]
    denied = any(f.status is FactStatus.DENIED for f in files)
    status = FactStatus.DENIED if denied else FactStatus.READABLE if present else FactStatus.ABSENT
    return present, [f.source() for f in present], status
