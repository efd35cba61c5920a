"""Periods that stand in the places of clauses (「3か月」, 「契約の日から14日」) as lengths of days or months. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from sekisho.engines.draftreview.normalise import term
from sekisho.engines.schedule.days import JapaneseHolidays, Span
from sekisho.errors import InputError, Problem
from sekisho.standards.model import Text, Verified

if TYPE_CHECKING:
    from sekisho.engines.derivation import ClauseResult, Derivation
    from sekisho.standards.rule_sets import ClauseDuty

__all__ = ["Asked", "Period", "PeriodUse", "add_months", "asked", "period_uses", "read_period", "require_periods"]

Unit = Literal["day", "business_day", "month"]
_MONTHS: Final = 12
_LONGEST_TEXT: Final = 60
_MOST: Final = {"day": 20_000, "business_day": 1_000, "month": 600}
_UNITS: Final[dict[str, tuple[Unit, int]]] = {
    "年": ("month", 12),
    "か月": ("month", 1),
    "ケ月": ("month", 1),
    "月": ("month", 1),
    "週": ("day", 7),
    "日": ("day", 1),
    "営業日": ("business_day", 1),
    "開庁日": ("business_day", 1),
}
_WORDS: Final[dict[str, tuple[int, Unit]]] = {
    "毎週": (7, "day"),
    "週次": (7, "day"),
    "毎月": (1, "month"),
    "月次": (1, "month"),
    "四半期": (3, "month"),
    "半期": (6, "month"),
    "半年": (6, "month"),
    "毎年": (12, "month"),
    "毎年度": (12, "month"),
    "年次": (12, "month"),
}
_ANCHORS: Final[dict[str, str]] = {
    "契約の締結": "contract", "契約締結": "contract", "契約": "contract", "契約の終了": "end", "契約終了": "end",
    "引渡し": "delivery", "納入": "delivery", "運用の開始": "operation", "運用開始": "operation",
}  # fmt: skip
_FROM: Final = rf"(?P<anchor>{'|'.join(sorted(_ANCHORS, key=len, reverse=True))})(?:の?日)?(?:から|より|後)(?:起算して)?"
_END: Final = r"(?:を経過する日)?(?:以内|以上|ごと|毎|おき|まで)?(?:に1[回度])?"
_COUNTED: Final = re.compile(
    rf"(?:{_FROM})?(?P<number>[0-9]{{1,5}})(?P<unit>営業日|開庁日|年|[かケ]月|月(?=間)|週|日)間?(?P<half>半)?{_END}"
)
_ENGLISH: Final = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>(?:business|working)?day|week|month|year)s?")
_ENGLISH_UNITS: Final = {
    "day": "日", "businessday": "営業日", "workingday": "営業日", "week": "週", "month": "か月", "year": "年",
}  # fmt: skip
_HOURS: Final = re.compile(rf"(?:{_FROM})?(?P<number>[0-9]{{1,5}})時間{_END}")
_TIMES: Final = re.compile(r"(?P<unit>年|月)(?:に)?(?P<times>[0-9]{1,2})[回度]")
_NAMED: Final = re.compile(rf"(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))}){_END}")


@dataclass(frozen=True, slots=True)
class Period:
    """A length: so many days, business days or months. ``anchor``: the day that the text counts from, where it names one."""

    count: int
    unit: Unit
    anchor: str = ""

    @property
    def text(self) -> str:
        """As it is kept: 3か月, 1年, 14日, 10営業日. :func:`read_period` reads it again."""
        if self.unit == "month":
            years, rest = divmod(self.count, _MONTHS)
            return f"{self.count}か月" if rest or not years else f"{years}年"
        return f"{self.count}日" if self.unit == "day" else f"{self.count}営業日"

    def after(self, day: date) -> date:
        """The day so long after ``day``, which itself is not counted."""
        if self.unit == "month":
            return add_months(day, self.count)
        if self.unit == "day":
            return day + timedelta(days=self.count)
        return Span(self.count, "business", "after").forward(day, JapaneseHolidays())


@dataclass(frozen=True, slots=True)
class PeriodUse:
    """A place of an included clause whose period becomes duties.

    ``text``: what the published clause says ("" where the office's own wording has no such place). ``source``: where ``read``
    comes from ("" while it is missing). ``default``: what the rule data propose, and how that was checked.
    """

    clause: str
    clause_title: Text
    place: str
    text: str
    read: Period | None
    source: Literal["place", "given", ""]
    default: Period | None
    default_verified: Verified
    duties: tuple[Text, ...]

    @property
    def key(self) -> str:
        """Where a period given at the contract is kept."""
        return f"{self.clause}/{self.place}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A period that has to be asked for: for a place of one clause, or (``key``: the place) for all clauses that say the same."""

    key: str
    uses: tuple[PeriodUse, ...]

    @property
    def first(self) -> PeriodUse:
        """One of them; they agree in place, text and default."""
        return self.uses[0]


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last day of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    year += day.year
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def read_period(untrusted: str) -> Period | None:
    """The one period that the whole text says; None when it says anything else or more."""
    if not untrusted.strip() or len(untrusted) > _LONGEST_TEXT:
        return None
    text = re.sub(r"\s+", "", term(untrusted))
    if english := _ENGLISH.fullmatch(text):
        text = english["number"] + _ENGLISH_UNITS[english["unit"]]
    found = _of_word(text) or _of_times(text) or _of_hours(text) or _of_count(text)
    return found if found and 0 < found.count <= _MOST[found.unit] else None


def _of_word(text: str) -> Period | None:
    found = _NAMED.fullmatch(text)
    return Period(*_WORDS[found["word"]]) if found else None


def _of_times(text: str) -> Period | None:
    found = _TIMES.fullmatch(text)
    if not found:
        return None
    months, times = (12 if found["unit"] == "年" else 1), int(found["times"])
    return Period(months // times, "month") if times and months % times == 0 else None


def _of_hours(text: str) -> Period | None:
    found = _HOURS.fullmatch(text)
    if not found or int(found["number"]) % 24:
        return None
    return Period(int(found["number"]) // 24, "day", _ANCHORS.get(found["anchor"] or "", ""))


def _of_count(text: str) -> Period | None:
    found = _COUNTED.fullmatch(text)
    if not found:
        return None
    unit, factor = _UNITS[found["unit"]]
    count = int(found["number"]) * factor
    if found["half"]:
        if found["unit"] != "年":
            return None
        count += 6
    return Period(count, unit, _ANCHORS.get(found["anchor"] or "", ""))


def _own_default(duty: ClauseDuty, place: str) -> Period | None:
    if place == duty.every_place and duty.every:
        return Period(duty.every, "month")
    return Period(duty.after, "day") if duty.after else None


def _fits(period: Period, duty: ClauseDuty) -> bool:
    """Whether the day that the text counts from, if it names one, is the day that the duty is counted from."""
    return period.anchor in ("", duty.counted_from)


def _uses(clause: ClauseResult, given: Mapping[str, str]) -> Iterator[PeriodUse]:
    places = {use.name: use for use in clause.places}
    wanted: dict[str, list[ClauseDuty]] = {}
    for duty in clause.duties:
        for place in dict.fromkeys(name for name in (duty.after_place, duty.every_place) if name):
            wanted.setdefault(place, []).append(duty)
    for place, duties in wanted.items():
        use = places.get(place)
        text = (use.value or "") if use else ""
        proposed = read_period(use.suggested) if use and use.suggested else None
        default = proposed or _own_default(duties[0], place)
        verified = use.suggested_verified if use and proposed and use.suggested_verified else clause.verified
        found = PeriodUse(
            clause.id, clause.title, place, text, None, "", default, verified, tuple(duty.title for duty in duties)
        )  # fmt: skip
        read = read_period(text)
        if read is not None and all(_fits(read, duty) for duty in duties):
            yield replace(found, read=read, source="place")
            continue
        said = given.get(found.key, given.get(place, ""))
        chosen = read_period(said)
        fits = chosen is not None and all(_fits(chosen, duty) for duty in duties)
        yield replace(found, read=chosen, source="given") if fits else found


def period_uses(derivation: Derivation, given: Mapping[str, str]) -> tuple[PeriodUse, ...]:
    """Every place of the included clauses that gives a duty its days. ``given``: answers of the contract, by key or by place."""
    return tuple(use for clause in derivation.included for use in _uses(clause, given))


def asked(uses: tuple[PeriodUse, ...]) -> tuple[Asked, ...]:
    """What has to be asked: the places whose text cannot be read; those that say the same are asked once."""
    by_place: dict[str, list[PeriodUse]] = {}
    for use in uses:
        if use.source != "place":
            by_place.setdefault(use.place, []).append(use)
    found: list[Asked] = []
    for place, same in by_place.items():
        if len({(use.text, use.default) for use in same}) == 1:
            found.append(Asked(place, tuple(same)))
        else:
            found += [Asked(use.key, (use,)) for use in same]
    return tuple(found)


def require_periods(uses: tuple[PeriodUse, ...], given: Mapping[str, str]) -> dict[str, str]:
    """``given`` as it is kept (canonical texts), when every period is known.

    Raises InputError ``procurement_contract.periods_missing`` with a problem for each that is missing, cannot be read, or was not
    asked for (the published text stands).
    """
    problems: list[Problem] = []
    wanted = asked(uses)
    for one in wanted:
        if any(use.read is None for use in one.uses):
            said = given.get(one.first.key, given.get(one.key, ""))
            problems.append(_missing(one, said))
    open_keys = {key for one in wanted for key in (one.key, *(use.key for use in one.uses), one.first.place)}
    problems += [
        Problem("procurement_contract.period_not_asked", {"place": key[:100]}, column=f"periods.{key[:100]}")
        for key in given
        if key not in open_keys
    ]
    if problems:
        raise InputError("procurement_contract.periods_missing", problems=tuple(problems), count=len(problems))
    return {key: period.text for key, said in given.items() if (period := read_period(said))}


def _missing(one: Asked, said: str) -> Problem:
    clauses = ", ".join(use.clause for use in one.uses)
    fields: dict[str, Any] = {"place": one.first.place, "clauses": clauses, "text": one.first.text}
    name = "period_unreadable" if said else "period_missing"
    return Problem(f"procurement_contract.{name}", fields | {"given": said[:_LONGEST_TEXT]}, column=f"periods.{one.key}")
