"""Rule files in, YAML documents with their lines out; whatever is wrong with a file stays with that file.

Files may be hostile: they are bounded in size, read by a safe loader (no tags that build objects), and their nesting and aliases
are looked at before anything is built.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["MAX_DOCUMENT", "MAX_FILE", "MAX_RULES", "Document", "read_rules", "rule_files"]

MAX_FILE: Final = 64 * 1024 * 1024  # bytes
MAX_DOCUMENT: Final = 1024 * 1024  # characters
MAX_RULES: Final = 200_000
_MAX_DEPTH: Final = 40
_MAX_ALIASES: Final = 100
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK: Final = re.compile(r"^---(?=[ \t\r\n]|$)[^\S\n]*", re.MULTILINE)
# What may nest deeply or multiply: only then is a document looked at event by event before it is built.
_SUSPECT: Final = re.compile(r"(?:^|[\s\[{,:-])[&*][^\s,\]}]|^(?:[ \t]|[-?:] ){24}", re.MULTILINE)
_SUSPECT_BRACKETS: Final = 32
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SUFFIXES: Final = (".yml", ".yaml")


class Document(NamedTuple):
    """One YAML document: the file as shown, the 1-based line on which it begins, its text, its value."""

    file: str
    line: int
    text: str
    value: dict[str, Any]

    def line_of(self, *keys: str) -> int:
        """The line of the first of ``keys`` that stands in the document as a key, else its first line."""
        for key in keys:
            found = re.search(rf"^[ \t]*{re.escape(key)}[ \t]*:", self.text, re.MULTILINE)
            if found:
                return self.line + self.text.count("\n", 0, found.start())
        return self.line


def rule_files(paths: Sequence[Path]) -> list[Path]:
    """All rule files in ``paths`` (files and folders), sorted, each once. Raises InputError when a path does not exist."""
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())))
        elif path.is_file():
            found[path] = None
        else:
            raise InputError("detection.rules_missing", file=str(path))
    return list(found)


def read_rules(files: Sequence[tuple[str, bytes]]) -> Iterator[Document | Problem]:
    """Every document of ``files`` (name as shown, content), or what is wrong with it; stops after :data:`MAX_RULES`."""
    count = 0
    for name, content in files:
        for item in _documents(name, content):
            count += isinstance(item, Document)
            if count > MAX_RULES:
                yield Problem("detection.too_many_rules", {"limit": MAX_RULES}, file=name)
                return
            yield item


def _documents(name: str, content: bytes) -> Iterator[Document | Problem]:
    if len(content) > MAX_FILE:
        yield Problem("detection.rule_file_large", {"limit": MAX_FILE}, file=name)
        return
    encoding = next((e for bom, e in _BOMS if content.startswith(bom)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        yield Problem("detection.rule_encoding", {"offset": error.start}, file=name, row=content.count(b"\n", 0, error.start) + 1)
        return
    starts = [0, *(found.end() for found in _BREAK.finditer(text))]
    ends = [*(found.start() for found in _BREAK.finditer(text)), len(text)]
    line, counted = 1, 0
    for start, end in zip(starts, ends, strict=True):
        line, counted = line + text.count("\n", counted, start), start
        item = _document(name, line, text[start:end])
        if item is not None:
            yield item


def _document(name: str, line: int, text: str) -> Document | Problem | None:
    code, fields, row = "", {}, 0
    try:
        value = _loaded(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
        code, fields, row = "detection.rule_yaml", {"reason": str(reason)[:200]}, mark.line if mark else 0
    except InputError as error:
        code, fields = error.code, error.fields
    except (ValueError, TypeError, OverflowError) as error:  # a timestamp or number that cannot be, a key that has no hash
        code, fields = "detection.rule_yaml", {"reason": str(error)[:200]}
    else:
        if isinstance(value, dict):
            return Document(name, line, text, value)
        code = "" if value is None else "detection.rule_not_mapping"
    return Problem(code, fields, file=name, row=line + row) if code else None


def _loaded(text: str) -> Any:
    if len(text) > MAX_DOCUMENT:
        raise InputError("detection.rule_large", limit=MAX_DOCUMENT)
    if _SUSPECT.search(text) or text.count("[") + text.count("{") > _SUSPECT_BRACKETS:
        _check_events(text)
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - the loader is safe


def _check_events(text: str) -> None:
    """Refuse deep nesting and many aliases (they multiply) before anything is built."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
            if aliases > _MAX_ALIASES:
                raise InputError("detection.rule_aliases", limit=_MAX_ALIASES)
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                raise InputError("detection.rule_deep", limit=_MAX_DEPTH)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
