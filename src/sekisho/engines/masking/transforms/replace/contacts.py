"""Telephone numbers that nobody has, mail addresses that nobody can have, companies that are made up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines import lexicon
from sekisho.engines.masking.transforms.columns import as_text, fixed_texts, points_of, text_of_points, utf8
from sekisho.engines.masking.transforms.context import Context
from sekisho.engines.masking.transforms.numerals import write_numbers
from sekisho.engines.masking.transforms.parameters import choice
from sekisho.engines.masking.transforms.replace.entity import Replacement, part, scaled
from sekisho.engines.masking.transforms.token import ALPHABETS

__all__ = ["FakeCompany", "FakeEmail", "FakePhone"]

_KINDS: Final = ("mobile", "ip", "fixed")
_HOSTS: Final = ("example.com", "example.net", "example.org", "example.jp", "per_domain")
_MOBILE_DIGITS: Final = 11
_LOCAL: Final = 12
_LABEL: Final = 6
_SYLLABLES: Final = (
    "アオ",
    "アカ",
    "イズ",
    "ウメ",
    "エダ",
    "オト",
    "カゼ",
    "キリ",
    "クモ",
    "コハ",
    "サザ",
    "シラ",
    "スミ",
    "セナ",
    "ソラ",
    "タキ",
    "チグ",
    "ツユ",
    "テラ",
    "トワ",
    "ナギ",
    "ニレ",
    "ヌノ",
    "ネム",
    "ノギ",
    "ハナ",
    "ヒノ",
    "フジ",
    "ヘキ",
    "ホシ",
    "マユ",
    "ミネ",
)
_TRADES: Final = (
    "商事",
    "工業",
    "建設",
    "製作所",
    "運輸",
    "食品",
    "電機",
    "印刷",
    "設備",
    "システム",
    "サービス",
    "不動産",
    "産業",
    "物流",
    "企画",
    "開発",
)
_FORMS: Final = (
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "合名会社",
    "一般社団法人",
    "医療法人",
    "社会福祉法人",
    "学校法人",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePhone(Replacement):
    """A number out of the ranges that the numbering plan assigns to nobody; mobile stays mobile, hyphens and full width stay.

    Attributes:
        kind: ``keep``: mobile, IP or fixed line, as the original is; a number that is none of them becomes a fixed line.
    """

    name: ClassVar[str] = "fake_phone"
    purpose: ClassVar[str] = "phone"

    kind: str = choice("keep", among=("keep", *_KINDS))

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        words, text = self._words(values, context), as_text(values)
        kinds = np.full(len(values), _KINDS.index("fixed" if self.kind == "keep" else self.kind))
        if self.kind == "keep":
            _tell_kinds(text, kinds)
        separated = pc.fill_null(pc.match_substring_regex(text, "[^0-9０-９]"), fill_value=False)
        full = pc.fill_null(pc.match_substring_regex(text, "[０-９]"), fill_value=False)
        result = _numbers(words, kinds)
        if not pc.all(separated).as_py():
            result = pc.if_else(separated, result, pc.replace_substring(result, "-", ""))
        if pc.any(full).as_py():
            result = pc.if_else(full, _full_width(result), result)
        return self._finished(result, values, context)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeEmail(Replacement):
    """An address at a domain that RFC 2606 (and JPRS for example.jp) keeps for examples; twelve letters before the @.

    Attributes:
        host: One of the domains, or ``per_domain``: each original domain becomes one of its own below ``.example``.
    """

    name: ClassVar[str] = "fake_email"
    purpose: ClassVar[str] = "email"

    host: str = choice("example.com", among=_HOSTS)

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        local = _letters(self._words(values, context), _LOCAL)
        if self.host != "per_domain":
            result = pc.binary_join_element_wise(local, pa.scalar(self.host), pa.scalar("@"))
            return self._finished(result, values, context)
        domain = pc.utf8_lower(pc.replace_substring_regex(as_text(values), "^.*@", ""))
        label = _letters(self._pseudorandom(domain, context, "email domain"), _LABEL)
        host = pc.binary_join_element_wise(label, pa.scalar("example"), pa.scalar("."))
        return self._finished(pc.binary_join_element_wise(local, host, pa.scalar("@")), values, context)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCompany(Replacement):
    """A made-up company: the original's legal form at its place, syllables, a trade. A real one may have the name."""

    name: ClassVar[str] = "fake_company"
    purpose: ClassVar[str] = "company"

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        words, text = self._words(values, context), as_text(values)
        syllables, trades = pa.array(_SYLLABLES), pa.array(_TRADES)
        parts = [syllables.take(pa.array(part(words, 0, first, 5).astype(np.int64))) for first in (0, 5, 10)]
        stem = pc.binary_join_element_wise(*parts, trades.take(pa.array(part(words, 0, 20, 4).astype(np.int64))), pa.scalar(""))
        before, after = _forms(text)
        return self._finished(pc.binary_join_element_wise(before, stem, after, pa.scalar("")), values, context)


def _tell_kinds(text: pa.Array, kinds: NDArray[np.int64]) -> None:
    """Mark which numbers are of mobile telephones (0) and of IP telephones (1): eleven digits with their beginnings."""
    plain = pc.utf8_normalize(text, "NFKC")
    abroad = pc.or_(pc.match_substring(plain, "+"), pc.starts_with(plain, "81"))
    if pc.any(abroad).as_py():
        plain = pc.if_else(abroad, pc.replace_substring_regex(plain, "^[^0-9]*81", "0"), plain)
    encoded = utf8(plain)
    digit = (encoded.data >= ord("0")) & (encoded.data <= ord("9"))
    places = np.zeros(len(digit) + 1, dtype=np.int64)
    np.cumsum(digit, out=places[1:])
    begins = places[encoded.offsets]
    digits = np.append(encoded.data[digit] - np.uint8(ord("0")), np.zeros(3, dtype=np.uint8))
    first, second, third = (digits[begins[:-1] + place] for place in range(3))
    eleven = (np.diff(begins) == _MOBILE_DIGITS) & (first == 0) & (third == 0)
    kinds[eleven & (second >= 7)] = 0  # noqa: PLR2004 - 070, 080, 090
    kinds[eleven & (second == 5)] = 1  # noqa: PLR2004 - 050


@cache
def _ranges(kind: str) -> tuple[lexicon.UnassignedRange, ...]:
    return tuple(one for one in lexicon.UNASSIGNED if one.kind == kind)


def _numbers(words: NDArray[np.uint64], kinds: NDArray[np.int64]) -> pa.Array:
    """Numbers with hyphens."""
    pieces, order = [], []
    for code, kind in enumerate(_KINDS):
        ranges = _ranges(kind)
        rows = np.flatnonzero(kinds == code)
        chosen = scaled(part(words[rows], 0, 0, 32), 32, len(ranges))
        for number, one in enumerate(ranges):
            mine = rows[chosen == number]
            if len(mine):
                pieces.append(_of_range(words[mine], one))
                order.append(mine)
    if not order:
        return pa.array([], pa.string())
    return pa.concat_arrays(pieces).take(pa.array(np.argsort(np.concatenate(order), kind="stable")))


def _of_range(words: NDArray[np.uint64], one: lexicon.UnassignedRange) -> pa.Array:
    template = one.number(0).encode()
    rows = np.tile(np.frombuffer(template, dtype=np.uint8), (len(words), 1))
    places = [place for place, char in enumerate(template) if char != ord("-")][len(one.prefix) :]
    cells = np.empty((len(words), len(places)), dtype=np.uint8)
    write_numbers(cells, words[:, 1] % np.uint64(one.size), np.arange(48, 58, dtype=np.uint8))
    rows[:, places] = cells
    return fixed_texts(rows)


def _full_width(column: pa.Array) -> pa.Array:
    found = points_of(column)
    digit = (found.points >= ord("0")) & (found.points <= ord("9"))
    return text_of_points(found.offsets, np.where(digit, found.points + np.uint32(0xFEE0), found.points))


def _letters(words: NDArray[np.uint64], length: int) -> pa.Array:
    """Letters and digits out of pseudorandom words; the first one is a letter."""
    letters = np.frombuffer(ALPHABETS["base32"].encode(), dtype=np.uint8)
    rows = np.empty((len(words), length), dtype=np.uint8)
    write_numbers(rows, words[:, 0] % np.uint64(32**length), letters)
    rows[:, 0] = letters[scaled(part(words, 1, 0, 32), 32, 24)]
    return fixed_texts(rows)


def _forms(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The legal forms before and behind the names; 株式会社 in front where there is none."""
    pattern = "|".join(_FORMS)
    form = pc.extract_regex(pc.fill_null(text, ""), f"^(?P<before>{pattern})?.*?(?P<after>{pattern})?$")
    before, after = (pc.fill_null(pc.struct_field(form, [side]), "") for side in (0, 1))
    none = pc.and_(pc.equal(before, ""), pc.equal(after, ""))
    return pc.if_else(none, _FORMS[0], before), after
