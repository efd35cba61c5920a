"""Compiled rules kept on disk under the hash of all that they were made from: data only, read with msgspec, never executed."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.engines.detection.sigma.compiler import RuleSet, compile_rules
from sekisho.engines.detection.sigma.documents import rule_files
from sekisho.engines.detection.sigma.quiet import no_collecting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["COMPILER_VERSION", "load_rules"]

COMPILER_VERSION: Final = "5"  # raised whenever the intermediate form or its making changes
_KEPT: Final = 8
_SUFFIX: Final = ".sigma-rules"


def load_rules(
    paths: Sequence[Path], *, placeholders: Mapping[str, Sequence[str]] | None = None, cache: Path | None = None
) -> RuleSet:
    """The rules in ``paths`` (files and folders), compiled or taken from the folder ``cache``.

    Names of files are relative to the folder that was given. Raises InputError when a path does not exist; a cache that cannot
    be read or written is done without.
    """
    files = [(name, file.read_bytes()) for name, file in _named(paths)]
    if cache is None:
        return compile_rules(files, placeholders=placeholders)
    kept = cache / f"{_digest(files, placeholders or {})}{_SUFFIX}"
    known = _read(kept)
    if known is not None:
        return known
    with no_collecting():
        made = compile_rules(files, placeholders=placeholders)
    _write(kept, made)
    return made


def _named(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    result: dict[Path, str] = {}
    for path in paths:
        for file in rule_files([path]):
            result.setdefault(file, str(file.relative_to(path)) if path.is_dir() else file.name)
    return [(name, file) for file, name in result.items()]


def _digest(files: Sequence[tuple[str, bytes]], placeholders: Mapping[str, Sequence[str]]) -> str:
    made = hashlib.sha256(msgspec.json.encode([COMPILER_VERSION, version("pysigma"), sorted(placeholders.items())]))
    for name, content in files:
        made.update(f"{len(name.encode('utf-8', 'surrogateescape'))}:{len(content)}:".encode())
        made.update(name.encode("utf-8", "surrogateescape"))
        made.update(content)
    return made.hexdigest()


def _read(file: Path) -> RuleSet | None:
    try:
        content = file.read_bytes()
    except OSError:
        return None
    try:
        with no_collecting():
            return msgspec.msgpack.decode(content, type=RuleSet)
    except (msgspec.DecodeError, RecursionError):
        return None


def _write(file: Path, rules: RuleSet) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        part.write_bytes(msgspec.msgpack.encode(rules))
        part.replace(file)
        for old in sorted(file.parent.glob(f"*{_SUFFIX}"), key=lambda one: one.stat().st_mtime, reverse=True)[_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return
