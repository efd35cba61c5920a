"""Uploaded Sigma rules: a ZIP or one YAML file, read with bounds; what can be used, and what not and why."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.sigma import RuleSet, compile_rules
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["compiled", "files_of", "read_sigma", "rule_key"]

_SUFFIXES: Final = (".yml", ".yaml")
_MOST_FILES: Final = 50_000
_MOST_UNPACKED: Final = 400_000_000  # bytes
_BROKEN: Final = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error)


def files_of(untrusted: bytes, filename: str) -> list[tuple[str, bytes]]:
    """Name and content of each rule file. Raises InputError ``monitoring.sigma_unreadable``, ``monitoring.sigma_too_large``."""
    name = PurePosixPath(filename.replace("\\", "/")).name or "rules.yml"
    if not untrusted.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return [(name, untrusted)]
    found: list[tuple[str, bytes]] = []
    try:
        with zipfile.ZipFile(io.BytesIO(untrusted)) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir() and e.filename.lower().endswith(_SUFFIXES)]
            if len(entries) > _MOST_FILES or sum(e.file_size for e in entries) > _MOST_UNPACKED:
                raise InputError("monitoring.sigma_too_large", name="file", limit=_MOST_UNPACKED // 1_000_000)
            left = _MOST_UNPACKED
            for entry in entries:
                with archive.open(entry) as file:
                    content = file.read(left + 1)
                left -= len(content)
                if left < 0:  # the table of contents lied
                    raise InputError("monitoring.sigma_too_large", name="file", limit=_MOST_UNPACKED // 1_000_000)
                found.append((entry.filename, content))
    except _BROKEN as error:
        raise InputError("monitoring.sigma_unreadable", name="file") from error
    return sorted(found)


def compiled(files: Sequence[tuple[str, bytes]]) -> RuleSet:
    """The rules compiled."""
    return compile_rules(files)


def rule_key(rule_id: str, title: str) -> str:
    """How a rule is named in settings and findings: by its id, else by its title."""
    return (rule_id or title)[:200]


def read_sigma(untrusted: bytes, filename: str) -> dict[str, Any]:
    """``{files, rules: [{key, title, level, file, logsource}], unsupported: [{file, row, code, fields}]}``, plain JSON values."""
    rules = compiled(files_of(untrusted, filename))
    faults = [fault.problem() for fault in (*rules.broken, *rules.unsupported)]
    return {
        "files": rules.files,
        "rules": [
            {
                "key": rule_key(rule.id, rule.title),
                "title": rule.title[:300],
                "level": rule.level,
                "file": rule.file,
                "logsource": str(rule.logsource),
            }
            for rule in rules.rules
        ],
        "unsupported": [
            {"file": problem.file, "row": problem.row, "code": problem.code, "fields": _plain(problem.fields)}
            for problem in faults
        ],
    }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value if isinstance(value, str | int | float | bool) else str(value)[:300] for key, value in fields.items()}
