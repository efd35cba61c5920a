"""Changing a set of answers by one key at a time: ``answers.Q15``, ``tasks.T1``, ``decisions.AT-1-1``, ``values.保存期間`` …"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.derivation import Answers, check_answers
from sekisho.errors import InputError, Problem
from sekisho.records.procurement.rules.estimate import holds_estimate
from sekisho.standards.rule_sets import STRENGTHS, RuleSet

if TYPE_CHECKING:
    from sekisho.engines.derivation import Derivation

__all__ = ["KEYS", "apply_changes", "checked_json", "checked_text", "differences", "free_id", "present_wording", "value_at"]

_WHOLE: Final = ("title", "organization", "purposes", "hosting", "cloud_kind")
_MAPPINGS: Final = ("answers", "values", "decisions", "clauses")
_LISTS: Final = ("information", "tasks")
KEYS: Final = (*_WHOLE, *(f"{name}.*" for name in (*_MAPPINGS, *_LISTS)))
"""What may be changed."""
_MOST: Final = 200_000  # bytes of one value as JSON
_ALTOGETHER: Final = 4_000_000  # bytes of all answers as JSON
_KEY: Final = 160  # characters
_KEYS: Final = 2000  # in one save
_TITLE: Final = 200
_ITEM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
# No text holds these: NUL and the other controls but tab and line ends, halves of surrogate pairs, non-characters.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def present_wording(rules: RuleSet, derivation: Derivation, name: str) -> str:
    """What a clause says as the rules word it, a line for each item; places stay in their braces, so that they can be filled."""
    found = next((clause for clause in derivation.included if clause.id == name), None)
    if found is None:
        return ""
    if found.requirement and found.level is not None:
        levels = rules.find("requirements", found.requirement).levels
        return "\n".join(levels[level].clause.ja for level in STRENGTHS[: STRENGTHS.index(found.level) + 1])
    clause = rules.find("clauses", name)
    return "\n".join(text.ja for text in (clause.text, *clause.items)) if clause else ""


def value_at(plain: Mapping[str, Any], key: str) -> Any:
    """The value at ``key`` of answers as JSON; None when there is none. Raises InputError ``procurement.unknown_key``."""
    field, _, name = key.partition(".")
    if field in _WHOLE and not name:
        return plain.get(field)
    if len(key) <= _KEY and not _NO_TEXT.search(key):
        if field in _MAPPINGS and name:
            return plain.get(field, {}).get(name)
        if field in _LISTS and _ITEM.fullmatch(name):
            return next((item for item in plain.get(field, []) if item.get("id") == name), None)
    raise InputError("procurement.unknown_key", key=_NO_TEXT.sub("?", key[:80]), keys=", ".join(KEYS))


def checked_json(value: Any, *, name: str, limit: int) -> None:
    """InputError when a JSON value holds what no text holds or the 予定価格, or is longer than ``limit`` bytes."""
    if any(_NO_TEXT.search(text) for text in _texts(value)):
        raise InputError("input.not_text", key=name[:80])
    if any(holds_estimate(text) for text in _texts(value)):
        raise InputError("procurement_notice.estimate_price", key=name[:80])
    if len(msgspec.json.encode(value)) > limit:
        raise InputError("procurement.too_long", key=name[:80], limit=limit)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The keys at which two sets of answers differ."""
    keys: dict[str, None] = dict.fromkeys(_WHOLE)
    for plain in (before, after):
        keys |= dict.fromkeys(f"{field}.{name}" for field in _MAPPINGS for name in plain.get(field, {}))
        keys |= dict.fromkeys(f"{field}.{item['id']}" for field in _LISTS for item in plain.get(field, []))
    return [key for key in keys if (value_at(before, key) or None) != (value_at(after, key) or None)]


def checked_text(text: str, *, name: str, limit: int) -> str:
    """``text`` without spaces around it; InputError when it is too long, holds what no text holds, or the 予定価格."""
    if _NO_TEXT.search(text):
        raise InputError("input.not_text", key=name)
    text = text.strip()
    if len(text) > limit:
        raise InputError("procurement.too_long", key=name, limit=limit)
    if holds_estimate(text):
        raise InputError("procurement_notice.estimate_price", key=name)
    return text


def free_id(plain: Mapping[str, Any], field: str) -> str:
    """An id that no item of the list ``field`` (information, tasks) has: i1, i2 … or T1, T2 …"""
    taken = {item.get("id") for item in plain.get(field, [])}
    letter = {"information": "i", "tasks": "T"}[field]
    return next(name for n in range(1, len(taken) + 2) if (name := f"{letter}{n}") not in taken)


def apply_changes(rules: RuleSet, plain: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as JSON after ``changes`` (None takes away). Raises InputError with every problem; nothing is then changed."""
    if len(changes) > _KEYS:
        raise InputError("procurement_cases.too_many_changes", found=len(changes), limit=_KEYS)
    after: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(plain))
    for key, value in changes.items():
        value_at(plain, key)
        checked_json(value, name=key, limit=_MOST)
        _set(after, key, value)
    if "title" in changes:
        after["title"] = _title(after)
    try:
        answers = msgspec.convert(after, Answers)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        problem = Problem("derivation.wrong_field", {"detail": message}, column=path.strip("`$.") or ".")
        raise InputError("derivation.wrong_answers", problems=(problem,), file="") from error
    values = check_answers(rules, answers)
    made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answers))
    for name in [key.partition(".")[2] for key in changes if key.startswith("answers.")]:
        if name in values:  # the form that questions know: "yes" for true, options in their order
            value = values[name]
            made["answers"][name] = list(value) if isinstance(value, tuple) else value
        else:  # an empty answer is none
            made.get("answers", {}).pop(name, None)
    if len(msgspec.json.encode(made)) > _ALTOGETHER:
        raise InputError("procurement.too_long", key="*", limit=_ALTOGETHER)
    return made


def _title(after: Mapping[str, Any]) -> str:
    title = after.get("title") or ""
    if not isinstance(title, str):
        raise InputError("procurement_cases.title_no_text")
    title = title.strip()
    if not title:
        raise InputError("procurement.title_missing")
    if len(title) > _TITLE:
        raise InputError("procurement_cases.title_too_long", length=len(title), limit=_TITLE)
    return title


def _texts(value: Any) -> Iterator[str]:
    """Every text inside a JSON value, names of fields included."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one


def _set(after: dict[str, Any], key: str, value: Any) -> None:
    field, _, name = key.partition(".")
    if field in _WHOLE:
        if value is None:
            after.pop(field, None)
        else:
            after[field] = value
        return
    if field in _MAPPINGS:
        rows: dict[str, Any] = after.setdefault(field, {})
        if value is None:
            rows.pop(name, None)
        else:
            rows[name] = value
        return
    items: list[Any] = after.setdefault(field, [])
    place = next((index for index, item in enumerate(items) if item.get("id") == name), None)
    if value is None:
        if place is not None:
            del items[place]
        return
    if not isinstance(value, dict) or value.get("id") != name:
        raise InputError("procurement.id_differs", key=key[:80])
    if place is None:
        items.append(value)
    else:
        items[place] = value
