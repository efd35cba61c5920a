"""Holds out of a file that is looked at again before every item: one that is set a second before stops the deletion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema_rs
import msgspec

from sekisho.engines.deletion.model import Guard, Stop
from sekisho.engines.deletion.plan import plain_days
from sekisho.errors import InputError, Problem
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = ["HoldRow", "HoldsFile", "guard_of_file", "no_holds", "read_holds"]


class HoldRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order to keep, from ``since`` to ``until`` (both included). ``targets``: ids it holds; empty: everything."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    kind: Literal["litigation", "audit", "inspection", "disclosure", "investigation", "other"]
    since: date
    until: date | None = None
    reason: str = ""
    targets: tuple[str, ...] = ()


class HoldsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file of holds."""

    deletion_holds: Literal[1]
    holds: tuple[HoldRow, ...]


def read_holds(untrusted: bytes, *, filename: str) -> tuple[HoldRow, ...]:
    """The holds of a YAML file. Raises InputError naming file and line."""
    located = read_untrusted_yaml(untrusted, filename=filename)
    located.value = plain_days(located.value)
    validator = jsonschema_rs.validator_for(msgspec.json.schema(HoldsFile))
    problems = tuple(
        Problem(
            "standards.schema", {"path": ".".join(map(str, e.instance_path)) or ".", "message": e.message[:200]}, filename,
            located.line(list(e.instance_path)),
        )
        for e in validator.iter_errors(located.value)
    )  # fmt: skip
    try:
        if problems:
            raise InputError("deletion.holds_wrong", problems=problems, count=len(problems))
        return msgspec.convert(located.value, HoldsFile).holds
    except msgspec.ValidationError as error:
        problem = Problem("standards.schema", {"path": ".", "message": str(error)[:200]}, filename, 1)
        raise InputError("deletion.holds_wrong", problems=(problem,), count=1) from error


def no_holds(_target: str, _item: str) -> Stop | None:
    """The guard of a run for which no holds can be set."""
    return None


def guard_of_file(path: Path, *, today: Callable[[], date]) -> Guard:
    """A guard that reads the file again whenever it has changed. A file that cannot be read stops the run."""
    known: dict[str, Any] = {"seen": None, "rows": ()}

    def guard(target: str, _item: str) -> Stop | None:
        try:
            info = path.stat()
            seen = (info.st_mtime_ns, info.st_size, info.st_ino)
            if seen != known["seen"]:
                known["rows"] = read_holds(path.read_bytes(), filename=path.name)
                known["seen"] = seen
        except (OSError, InputError):
            return Stop(code="deletion.holds_unreadable", fields={"file": path.name})
        day = today()
        for row in known["rows"]:
            if row.since <= day and (row.until is None or day <= row.until) and (not row.targets or target in row.targets):
                return Stop(code="deletion.held", fields={"hold": row.id, "reason": row.reason or row.kind})
        return None

    return guard
