"""An organisation's own edition of a rule set: what it changes in the rules, its numbers, its files. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sekisho.errors import InputError, Problem
from sekisho.standards.rule_sets import LISTS

if TYPE_CHECKING:
    from sekisho.engines.derivation import Comparison
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["MOST_BYTES", "MOST_FILES", "RuleChange", "checked_files", "checked_settings", "moved_levels", "rule_changes"]

MOST_FILES: Final = 50
MOST_BYTES: Final = 2_000_000  # of all files together
_NAME: Final = re.compile(r"[\w.\- ()（）]{1,100}\.ya?ml", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """An item of the rules (``kind`` names its list) that is new, changed or gone. ``item``: the one that remains to be shown."""

    kind: str
    id: str
    what: str  # added | changed | removed
    item: Any


def rule_changes(before: RuleSet, after: RuleSet) -> tuple[RuleChange, ...]:
    """What differs between two editions of a rule set, list by list."""
    found: list[RuleChange] = []
    for kind in LISTS:
        old, new = ({item.id: item for item in getattr(rules, kind)} for rules in (before, after))
        for name in old | new:
            if name not in old:
                found.append(RuleChange(kind, name, "added", new[name]))
            elif name not in new:
                found.append(RuleChange(kind, name, "removed", old[name]))
            elif old[name] != new[name]:
                found.append(RuleChange(kind, name, "changed", new[name]))
    return tuple(found)


def checked_files(untrusted: Mapping[str, bytes]) -> dict[str, str]:
    """Uploaded files as texts by name. Raises InputError ``procurement_tools.*`` with every file that is refused."""
    problems: list[Problem] = []
    made: dict[str, str] = {}
    if len(untrusted) > MOST_FILES:
        raise InputError("procurement_tools.too_many_files", found=len(untrusted), limit=MOST_FILES)
    if sum(len(content) for content in untrusted.values()) > MOST_BYTES:
        raise InputError("procurement_tools.files_too_large", limit=MOST_BYTES)
    for name, content in untrusted.items():
        plain = re.split(r"[\\/]", name)[-1]
        if not _NAME.fullmatch(plain):
            problems.append(Problem("procurement_tools.file_name", {"name": plain[:60]}, file=plain[:60]))
            continue
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            row = content[: error.start].count(b"\n") + 1
            problems.append(Problem("procurement_tools.not_utf8", {"name": plain}, file=plain, row=row))
            continue
        if "\0" in text:
            row = text[: text.index("\0")].count("\n") + 1
            problems.append(Problem("procurement_tools.not_utf8", {"name": plain}, file=plain, row=row))
            continue
        if plain in made:
            problems.append(Problem("procurement_tools.file_twice", {"name": plain}, file=plain))
        made[plain] = text
    if problems:
        raise InputError("procurement_tools.files_refused", problems=tuple(problems), count=len(problems))
    return made


def checked_settings(rules: RuleSet, given: Mapping[str, Any]) -> dict[str, float]:
    """The organisation's own numbers: only those that differ from the rules'. Raises InputError with every wrong one."""
    problems: list[Problem] = []
    made: dict[str, float] = {}
    for name, raw in given.items():
        setting = rules.find("settings", name)
        if setting is None:
            problems.append(
                Problem("procurement_tools.unknown_setting", {"id": str(name)[:60]}, column=f"settings.{str(name)[:60]}")
            )
            continue
        value = _number(raw)
        if value is None or value < 0 or value > 1e12:  # noqa: PLR2004 - no number of people, hours or yen is larger
            fields = {"id": name, "value": str(raw)[:40]}
            problems.append(Problem("procurement_tools.wrong_setting", fields, column=f"settings.{name}"))
        elif value != setting.value:
            made[name] = value
    if problems:
        raise InputError("procurement_tools.settings_wrong", problems=tuple(problems), count=len(problems))
    return made


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool):
        return None
    try:
        value = float(raw.replace(",", "").replace("，", "") if isinstance(raw, str) else raw)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def moved_levels(found: Comparison) -> int:
    """How many requirements count at another level, or hold on one side only."""
    return sum((one.before and one.before[2]) != (one.after and one.after[2]) for one in found.requirements)
