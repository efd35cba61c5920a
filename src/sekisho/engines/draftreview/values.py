"""Figures with units in normalised Japanese text: lengths of time, intervals, counts, lengths, bits, shares, versions."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sekisho.engines.draftreview.normalise import term

__all__ = ["Value", "find_values", "read_value", "same"]

_NUMBER: Final = r"(?<![0-9.,a-z])([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9}(?:\.[0-9]{1,6})?)(?![0-9.,]*[0-9])"
_HOURS: Final = {
    "年間": 8766.0,
    "年": 8766.0,
    "か年間": 8766.0,
    "か年": 8766.0,
    "か月間": 730.5,
    "か月": 730.5,
    "ケ月": 730.5,
    "月間": 730.5,
    "月": 730.5,
    "週間": 168.0,
    "週": 168.0,
    "日間": 24.0,
    "日": 24.0,
    "時間": 1.0,
    "分間": 1 / 60,
    "分": 1 / 60,
    "秒間": 1 / 3600,
    "秒": 1 / 3600,
}
_EACH: Final = {
    "毎時": 1.0,
    "毎日": 24.0,
    "日次": 24.0,
    "日毎": 24.0,
    "毎週": 168.0,
    "週次": 168.0,
    "毎月": 730.5,
    "月次": 730.5,
    "四半期": 2191.5,
    "半期": 4383.0,
    "半年": 4383.0,
    "毎年": 8766.0,
    "年次": 8766.0,
    "毎年度": 8766.0,
    "毎営業日": 24.0,
}
_TIMES_IN: Final = {"年": 8766.0, "年度": 8766.0, "月": 730.5, "か月": 730.5, "週": 168.0, "日": 24.0, "四半期": 2191.5}
_BOUND: Final = re.compile(r"\s*(?:以上|以下|以内|未満|を?超え?|まで|程度|ごと|毎|おき|に1[回度]|前後)?")
_BOUNDS: Final = {
    **dict.fromkeys(("以上", "を超え", "超"), "at_least"),
    **dict.fromkeys(("以下", "以内", "未満", "まで"), "at_most"),
    **dict.fromkeys(("ごと", "毎", "おき", "に1回", "に1度"), "every"),
}  # fmt: skip
_DURATION: Final = re.compile(
    _NUMBER + r"\s*(営業日|か?年間?(?!度)|[かケ]月間?|月間|月(?=以上|以内|未満|を超え|とする|(?:は|を)?保[存管])"
    r"|週間?|日間?(?!付)|時間(?!帯)|分間?(?!の|析|類)|秒間?)(半)?"
)
_HALF: Final = re.compile("半(年|か月)間?(?!に1|ごと|毎)")
_INTERVAL: Final = re.compile(
    r"(毎(?:営業日|時|日|週|月|年度?)|日次|週次|月次|年次|日毎|四半期(?:に1[回度]|ごと|毎)?|半期(?:に1[回度]|ごと|毎)?|半年(?:に1[回度]|ごと|毎))"
    r"|(年度?|か?月|週|日|四半期)(?:間)?に?([0-9]{1,3})[回度](?!目|線)"
)
_SIMPLE: Final = {
    "count": re.compile(_NUMBER + r"\s*(回|度)(?!目|線|答)"),
    "length": re.compile(_NUMBER + r"\s*(文字|桁|字)(?!以内の英)"),
    "bits": re.compile(r"(?<![0-9.])([0-9]{2,5}|[0-9],[0-9]{3})\s*(ビット|bits?)?(?![0-9a-z.]|年)"),
    "ratio": re.compile(_NUMBER + r"\s*(%|パーセント)"),
    "version": re.compile(r"(?:v(?:er)?\.?\s*)?([0-9](?:\.[0-9])?)(?![0-9.])()"),
}
_UNITS: Final = {"count": "count", "length": "character", "bits": "bit", "ratio": "ratio", "version": "version"}
_LARGEST: Final = {"年": 1900, "日": 9999}
_TOLERANCE: Final = 0.02
_LONGEST: Final = 60


class Value(NamedTuple):
    """A figure at ``[start, end)`` of the normalised text; ``end`` includes the bound (以上, 以内 …)."""

    start: int
    end: int
    amount: float
    unit: str
    bound: str


def find_values(low: str, kind: str) -> list[Value]:
    """All figures of one kind in normalised lower-case text, in order; ``kind`` is a Parameter's ``unit``."""
    if kind == "duration":
        return _durations(low)
    if kind == "period":
        return sorted([*_intervals(low), *(v for v in _durations(low) if v.bound == "every" or _is_interval(low, v))])
    unit = _UNITS[kind]
    made = []
    for found in _SIMPLE[kind].finditer(low):
        amount = float(found.group(1).replace(",", ""))
        end, bound = _bound(low, found.end())
        made.append(Value(found.start(), end, amount / 100 if unit == "ratio" else amount, unit, bound))
    return made


def _is_interval(low: str, value: Value) -> bool:
    return value.bound == "at_most" and low[value.end : value.end + 2] in {"ごと", "の間", "に1"}


def _bound(low: str, end: int) -> tuple[int, str]:
    found = _BOUND.match(low, end)
    word = found.group().strip() if found else ""
    return (found.end() if found and word else end), _BOUNDS.get(word, "")


def _durations(low: str) -> list[Value]:
    made = []
    for found in _DURATION.finditer(low):
        number, unit = float(found.group(1).replace(",", "")), found.group(2)
        if found.group(3):
            number += 0.5
        end, bound = _bound(low, found.end())
        if unit == "営業日":
            made.append(Value(found.start(), end, number, "business_day", bound))
        elif not (unit in {"年", "日"} and number > (1900 if unit == "年" else 9999)) and not _is_date(low, found):
            made.append(Value(found.start(), end, round(number * _HOURS[unit], 4), "hour", bound))
    for half in _HALF.finditer(low):
        if half.start() == 0 or not low[half.start() - 1].isdigit():
            end, bound = _bound(low, half.end())
            made.append(Value(half.start(), end, _HOURS[half.group(1)] / 2, "hour", bound))
    return sorted(made)


def _is_date(low: str, found: re.Match[str]) -> bool:
    """Whether a "year" or "day" is part of a calendar date: 令和8年, 3月31日, 8年3月."""
    before = low[max(0, found.start() - 2) : found.start()]
    after = low[found.end() : found.end() + 3]
    return before in {"令和", "平成", "昭和"} or before.endswith("月") or bool(re.match(r"[0-9]{1,2}月(?!間)", after))


def _intervals(low: str) -> list[Value]:
    made = []
    for found in _INTERVAL.finditer(low):
        if found.group(1):
            word = re.sub("(?:に1[回度]|ごと|毎)$", "", found.group(1))
            made.append(Value(found.start(), found.end(), _EACH.get(word, 24.0), "hour", "every"))
        else:
            times = max(int(found.group(3)), 1)
            end, _ = _bound(low, found.end())
            made.append(Value(found.start(), end, round(_TIMES_IN[found.group(2)] / times, 4), "hour", "every"))
    return made


def read_value(shown: str | float, kind: str) -> Value | None:
    """A value handed in: a text with a unit (90日以内), or a bare figure in the kind's own unit; None if it cannot be read."""
    if isinstance(shown, int | float) and not isinstance(shown, bool):
        return None if kind in {"duration", "period"} else Value(0, 0, float(shown), _UNITS[kind], "")
    text = term(str(shown)[:_LONGEST])
    found = find_values(text, kind)
    if not found and kind == "period":
        found = _durations(text)
    if not found and kind == "version":
        found = find_values(text.replace("tls", ""), kind)
    if not found and kind not in {"duration", "period"} and re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]+)?", text):
        return Value(0, 0, float(text), _UNITS[kind], "")
    return found[0] if len(found) == 1 else None


def same(first: Value, second: Value) -> bool:
    """Whether two figures say the same: 12か月 and 1年, 90日 and 3か月 (within 2 %)."""
    if first.unit != second.unit:
        return False
    exact = first.unit != "hour"
    limit = 1e-9 if exact else _TOLERANCE * max(first.amount, second.amount)
    return abs(first.amount - second.amount) <= limit
