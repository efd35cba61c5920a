"""Built-in hierarchies: ages, dates (with 和暦), postal codes, addresses, prefectures, numbers, texts cut from the right.

Each is a ladder: it computes the forms of a value, so that a column needs no table of its own.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import floor
from typing import Final

from sekisho.engines.privacyrisk.hierarchies import ROOT, Hierarchy
from sekisho.errors import InputError

__all__ = ["REGIONS", "addresses", "ages", "cut", "dates", "numbers", "parse_day", "postal_codes", "prefectures"]

REGIONS: Final = {
    "北海道": ("北海道",),
    "東北": ("青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県"),
    "関東": ("茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県"),
    "中部": ("新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県"),
    "近畿": ("三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県"),
    "中国": ("鳥取県", "島根県", "岡山県", "広島県", "山口県"),
    "四国": ("徳島県", "香川県", "愛媛県", "高知県"),
    "九州・沖縄": ("福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県"),
}
"""八地方区分 (the usual division in school books and statistics; no law sets it)."""

_REGION_OF: Final = {prefecture: region for region, members in REGIONS.items() for prefecture in members}
_ERAS: Final = (
    ("令和", dt.date(2019, 5, 1)), ("平成", dt.date(1989, 1, 8)), ("昭和", dt.date(1926, 12, 25)),
    ("大正", dt.date(1912, 7, 30)), ("明治", dt.date(1868, 1, 25)),
)  # fmt: skip
_LETTERS: Final = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}
_WESTERN: Final = re.compile(r"([0-9]{4})(?:年|[-/.])([0-9]{1,2})(?:月|[-/.])([0-9]{1,2})日?(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?")
_COMPACT: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_JAPANESE: Final = re.compile(
    r"(令和|平成|昭和|大正|明治|[RHSTM])[. ]?([0-9]{1,2}|元)(?:年|[-/.])([0-9]{1,2})(?:月|[-/.])([0-9]{1,2})日?"
)
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_POSTAL: Final = re.compile(r"([0-9]{3})-?([0-9]{4})")
_CITY: Final = re.compile(r"(?:.+?郡.+?[町村])|(?:.+?市.+?区)|(?:.+?[市区町村])")


def _plain(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip()


def parse_day(value: str) -> dt.date | None:
    """The day of a text: 1980-05-17, 1980/5/17, 1980年5月17日, 19800517, 昭和55年5月17日, S55.5.17; None for anything else."""
    text = _plain(value)
    match = _WESTERN.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        if match:
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        match = _JAPANESE.fullmatch(text)
        if match:
            era = _LETTERS.get(match[1], match[1])
            begin = dict(_ERAS)[era]
            day = dt.date(begin.year - 1 + (1 if match[2] == "元" else int(match[2])), int(match[3]), int(match[4]))
            return day if day >= begin else None
    except ValueError:
        return None
    return None


def _era_year(day: dt.date) -> tuple[str, int]:
    for era, begin in _ERAS:
        if day >= begin:
            return era, day.year - begin.year + 1
    return "", day.year


def dates(*, era: bool = False, first: str = "month") -> Hierarchy:
    """日 → 月 → 年 → 年代 → *. ``era``: in 和暦 (平成元年, 昭和50年代: a decade of the era); ``first``: month or year."""

    def western(day: dt.date) -> tuple[str, ...]:
        return f"{day.year:04}-{day.month:02}", f"{day.year:04}", f"{day.year // 10 * 10:04}s", ROOT

    def japanese(day: dt.date) -> tuple[str, ...]:
        name, year = _era_year(day)
        if not name:
            return f"{day.year}年{day.month}月", f"{day.year}年", f"{day.year // 10 * 10}年代", ROOT
        spoken = f"{name}{'元' if year == 1 else year}年"
        decade = f"{name}{year // 10 * 10}年代" if year >= 10 else f"{name}1桁年代"  # noqa: PLR2004 - decades
        return f"{spoken}{day.month}月", spoken, decade, ROOT

    skip = {"month": 0, "year": 1}
    if first not in skip:
        raise InputError("privacy.builder_wrong", builder="date", setting="first")
    made = japanese if era else western

    def ladder(value: str) -> Sequence[str] | None:
        day = parse_day(value)
        return None if day is None else made(day)[skip[first] :]

    return Hierarchy("date", 4 - skip[first], ladder=ladder)


def _nested_widths(builder: str, widths: Sequence[float]) -> None:
    sound = bool(widths) and widths[0] > 0 and all(
        b > a and abs(b / a - round(b / a)) < 1e-9 for a, b in pairwise(widths)  # noqa: PLR2004 - a rounding
    )  # fmt: skip
    if not sound:
        raise InputError("privacy.builder_wrong", builder=builder, setting="widths")


def ages(widths: Sequence[int] = (5, 10, 20), *, top: int | None = 90) -> Hierarchy:
    """Ages in years to bands; from ``top`` on all are one ("90+") at every level above 0."""
    _nested_widths("age", widths)
    if top is not None and top <= 0:
        raise InputError("privacy.builder_wrong", builder="age", setting="top")

    def ladder(value: str) -> Sequence[str] | None:
        text = _plain(value).removesuffix("歳").removesuffix("才")
        if not re.fullmatch(r"[0-9]{1,3}(\.0+)?", text):
            return None
        age = int(float(text))
        if top is not None and age >= top:
            return (*([f"{top}+"] * len(widths)), ROOT)
        begins = [age // width * width for width in widths]
        ends = [begin + width - 1 for begin, width in zip(begins, widths, strict=True)]
        return (*(f"{b}-{e if top is None else min(e, top - 1)}" for b, e in zip(begins, ends, strict=True)), ROOT)

    return Hierarchy("age", len(widths) + 1, ladder=ladder)


def numbers(widths: Sequence[float], *, start: float = 0.0, low: float | None = None, high: float | None = None) -> Hierarchy:
    """Numbers to bins [a, b); each width a multiple of the one before. Below ``low`` and from ``high`` on: one bin each."""
    _nested_widths("number", widths)

    def ladder(value: str) -> Sequence[str] | None:
        text = _plain(value).replace(",", "")
        if not _NUMBER.fullmatch(text):
            return None
        number = float(text)
        if low is not None and number < low:
            return (*([f"<{_short(low)}"] * len(widths)), ROOT)
        if high is not None and number >= high:
            return (*([f">={_short(high)}"] * len(widths)), ROOT)
        finest = floor((number - start) / widths[0] + 1e-12)
        begins = [finest // round(w / widths[0]) for w in widths]  # from the finest bin, so that rounding cannot part two levels
        return (*(f"[{_short(start + b * w)},{_short(start + (b + 1) * w)})" for b, w in zip(begins, widths, strict=True)), ROOT)

    return Hierarchy("number", len(widths) + 1, ladder=ladder)


def _short(number: float) -> str:
    return f"{number:.9f}".rstrip("0").rstrip(".") or "0"


def postal_codes(kept: Sequence[int] = (5, 3, 2)) -> Hierarchy:
    """Postal codes of seven digits, fewer of them at each level: 231-00**, 231-****, 23*-****, *."""
    if any(not 0 < k < 7 for k in kept) or list(kept) != sorted(set(kept), reverse=True):  # noqa: PLR2004 - seven digits
        raise InputError("privacy.builder_wrong", builder="postal", setting="kept")

    def ladder(value: str) -> Sequence[str] | None:
        match = _POSTAL.fullmatch(_plain(value).removeprefix("〒").strip())
        if not match:
            return None
        digits = match[1] + match[2]
        masked = [digits[:k] + "*" * (7 - k) for k in kept]
        return (*(f"{m[:3]}-{m[3:]}" for m in masked), ROOT)

    return Hierarchy("postal", len(kept) + 1, ladder=ladder)


def prefectures() -> Hierarchy:
    """Prefecture → region (八地方区分) → *."""

    def ladder(value: str) -> Sequence[str] | None:
        region = _REGION_OF.get(_plain(value))
        return None if region is None else (region, ROOT)

    return Hierarchy("prefecture", 2, ladder=ladder)


@cache
def _cities() -> dict[str, dict[str, str]]:
    """Prefecture → full name of each municipality (郡 and ward included) → the name without its ward."""
    from sekisho.engines.lexicon import municipalities  # noqa: PLC0415 - read only where there are addresses

    table = municipalities()
    found: dict[str, dict[str, str]] = {prefecture: {} for prefecture in _REGION_OF}
    for prefecture, city in zip(table.column("prefecture").to_pylist(), table.column("city").to_pylist(), strict=True):
        base = re.fullmatch(r"(.+市).+区", city)
        found.setdefault(prefecture, {})[city] = base[1] if base else city
        if base:
            found[prefecture].setdefault(base[1], base[1])
    return found


def addresses(*, prefecture: str = "") -> Hierarchy:
    """町・番地まで → 町 → 市区町村 → 都道府県 → 地方 → *. Needs the prefecture at the head, or ``prefecture`` for all.

    A ward of a designated city stays with the town; its city is the municipality. What is after the first digit (丁目, 番地) goes
    at level 1.
    """
    if prefecture and prefecture not in _REGION_OF:
        raise InputError("privacy.builder_wrong", builder="address", setting="prefecture")

    def ladder(value: str) -> Sequence[str] | None:
        text = _plain(value).replace(" ", "")
        head = next((p for p in _REGION_OF if text.startswith(p)), "")
        rest = text[len(head) :]
        head = head or prefecture
        if not head:
            return None
        full, city = _city(head, rest)
        if not full:
            return None
        town = re.split(r"[0-9]|[一二三四五六七八九十]+丁目", rest[len(full) :], maxsplit=1)[0]
        return f"{head}{full}{town}", f"{head}{city}", head, _REGION_OF[head], ROOT

    return Hierarchy("address", 5, ladder=ladder)


def _city(prefecture: str, rest: str) -> tuple[str, str]:
    """The municipality at the head of ``rest`` as written there, and its name without a ward."""
    known = _cities()[prefecture]
    longest = max((len(name) for name in known), default=0)
    for length in range(min(longest, len(rest)), 0, -1):
        base = known.get(rest[:length])
        if base is not None:
            return rest[:length], base
    match = _CITY.match(rest)  # a municipality that merged away, or one without its 郡
    return (match[0], match[0]) if match else ("", "")


def cut(length: int) -> Hierarchy:
    """Texts cut from the right, a character a level (ARX's redaction): 12345 → 1234* → 123** → … → *; ``length``: the longest."""
    if not 0 < length <= 64:  # noqa: PLR2004 - more levels than anybody searches
        raise InputError("privacy.builder_wrong", builder="cut", setting="length")

    def ladder(value: str) -> Sequence[str] | None:
        if len(value) > length:
            return None
        padded = value.ljust(length)
        return (*(padded[: length - n] + ROOT * n for n in range(1, length)), ROOT)

    return Hierarchy("cut", length, ladder=ladder)
