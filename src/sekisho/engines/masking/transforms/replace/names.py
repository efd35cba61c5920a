"""Names of persons with their kana: frequent ones stay frequent, the sex stays where a column says it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sekisho.engines import lexicon
from sekisho.engines.masking.transforms.columns import as_text, flat, utf8
from sekisho.engines.masking.transforms.context import Context
from sekisho.engines.masking.transforms.parameters import choice, texts
from sekisho.engines.masking.transforms.replace.entity import Replacement, part

__all__ = ["FakeName"]

_SLOT_BITS: Final = 18
_WHATS: Final = ("name", "surname", "given_name", "name_kana", "surname_kana", "given_name_kana")
_GAPS: Final = {"full": "\u3000", "half": " ", "none": ""}
_SEXES: Final = {
    "m": ("男", "男性", "1", "１", "m", "male", "オトコ", "ダンセイ", "おとこ", "♂"),
    "f": ("女", "女性", "2", "２", "f", "female", "オンナ", "ジョセイ", "おんな", "♀"),
}
_RARE: Final = 4
"""Given names that fewer sources list are left out: many of them are read in ways that hardly anybody has met."""
_HIRAGANA_SHIFT: Final = 0x60


@dataclass(frozen=True, slots=True)
class _Pool:
    """Spellings and kana with a table of 2**18 slots: a name has as many of them as its weight deserves, at least one."""

    spelling: pa.Array
    kana: dict[str, pa.Array]
    slots: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeName(Replacement):
    """A name out of the lexicon.

    Attributes:
        what: Which part of the name the column holds, in kanji or kana. A column of kana names the column of the name as its
            ``entity`` (or both name the number of the person), so that they agree.
        sex: Column that says the sex (男, 女, 1, 2, m, f, …); a given name follows it.
        kana: Form of kana.
        gap: What stands between surname and given name; ``keep``: as in the original.
    """

    name: ClassVar[str] = "fake_name"
    purpose: ClassVar[str] = "name"

    what: str = choice("name", among=_WHATS)
    sex: str = texts("", high=200)
    kana: str = choice("katakana", among=("katakana", "hiragana", "half"))
    gap: str = choice("keep", among=("keep", *_GAPS))

    def needs(self) -> tuple[str, ...]:
        """The entity's columns and the sex."""
        return (*self.entity, *((self.sex,) if self.sex and self.sex not in self.entity else ()))

    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        entity = self._entity(values, context)
        words = self._words(values, context)
        text = as_text(values)
        result = self._spelled(words, text, context, self.what)
        base = self.what.removesuffix("_kana")
        spelled = result if base == self.what and self.gap == "keep" else self._spelled(words, entity, context, base, keep=True)
        same = np.asarray(pc.fill_null(pc.equal(spelled, entity.cast(spelled.type)), fill_value=False))
        if same.any():  # nobody keeps the own name by chance: take the other half of the pseudorandom bits
            words[same] = words[same][:, ::-1] ^ np.uint64(1)
            result = self._spelled(words, text, context, self.what)
        return self._finished(result, values, context)

    def _spelled(self, words: NDArray[np.uint64], like: pa.Array, context: Context, what: str, *, keep: bool = False) -> pa.Array:
        """The names for pseudorandom words."""
        script = self.kana if what.endswith("_kana") else ""
        base = what.removesuffix("_kana")
        surname = given = None
        if base != "given_name":
            surname = _taken(_surnames(), words, 40, script)
        if base != "surname":
            given = self._given(words, context, script)
        if surname is None or given is None:
            return surname if given is None else given
        return pc.binary_join_element_wise(surname, given, _gaps(like, "keep" if keep else self.gap))

    def _given(self, words: NDArray[np.uint64], context: Context, script: str) -> pa.Array:
        if not self.sex:
            return _taken(_given_names(""), words, 16, script)
        codes = _sexes(flat(context.beside(self.sex)))
        result = _taken(_given_names("m"), words, 16, script)
        result = pc.if_else(pa.array(codes == 1), _taken(_given_names("f"), words, 16, script), result)
        other = codes < 0
        return pc.if_else(pa.array(other), _taken(_given_names(""), words, 16, script), result) if other.any() else result


def _taken(pool: _Pool, words: NDArray[np.uint64], first: int, script: str) -> pa.Array:
    places = pool.slots[part(words, 0, first, _SLOT_BITS).view(np.int64)]
    return (pool.kana[script] if script else pool.spelling).take(pa.array(places))


def _gaps(like: pa.Array, gap: str) -> Any:
    """What stands between the two parts of a name, for each row or for all."""
    if gap != "keep":
        return _GAPS[gap]
    full, half = _holding(like, _GAPS["full"]), _holding(like, _GAPS["half"])
    if full is None and half is None:
        return ""
    some = "" if half is None else pc.if_else(half, _GAPS["half"], "")
    if full is None:
        return some
    return _GAPS["full"] if half is None and pc.all(full).as_py() else pc.if_else(full, _GAPS["full"], some)


def _holding(column: pa.Array, mark: str) -> pa.Array | None:
    """Which texts hold the mark; None where no text does."""
    if mark.encode() not in utf8(column).data.tobytes():
        return None
    return pc.fill_null(pc.match_substring(column, mark), fill_value=False)


def _sexes(column: pa.Array) -> NDArray[np.int8]:
    """0 male, 1 female, -1 not said."""
    text = pc.utf8_lower(pc.utf8_trim_whitespace(pc.utf8_normalize(as_text(column), "NFKC")))
    codes = np.full(len(column), -1, dtype=np.int8)
    for code, sex in enumerate(("m", "f")):
        found = pc.is_in(text, value_set=pa.array(_SEXES[sex], text.type))
        codes[np.asarray(found)] = code
    return codes


@cache
def _surnames() -> _Pool:
    table = lexicon.names().surnames
    return _pool(table.filter(pa.array([_in_cp932(one) for one in table["spelling"].to_pylist()])))


def _in_cp932(text: str) -> bool:
    """Whether CP932 can hold it: a made-up name must not be what a file of that encoding refuses."""
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _given_names(sex: str) -> _Pool:
    table = lexicon.names().given_names
    table = table.filter(pc.greater_equal(table["weight"], _RARE))
    among = [sex, "b"] if sex else ["m", "f", "b"]
    return _pool(table.filter(pc.is_in(table["sex"], value_set=pa.array(among))))


def _pool(table: pa.Table) -> _Pool:
    weights = table["weight"].to_numpy().astype(np.float64)
    size = 1 << _SLOT_BITS
    counts = 1 + np.floor(weights / weights.sum() * (size - len(weights))).astype(np.int64)
    counts[0] += size - counts.sum()
    katakana = flat(table["kana"])
    kana = {"katakana": katakana, "hiragana": _mapped(katakana, _hiragana), "half": _mapped(katakana, _half)}
    return _Pool(flat(table["spelling"]), kana, np.repeat(np.arange(len(weights), dtype=np.int32), counts))


def _mapped(column: pa.Array, function: Any) -> pa.Array:
    return pa.array([function(one) for one in column.to_pylist()], pa.string())


def _hiragana(text: str) -> str:
    return "".join(chr(ord(one) - _HIRAGANA_SHIFT) if "ァ" <= one <= "ヶ" else one for one in text)


def _half(text: str) -> str:
    return "".join(_half_table().get(one, one) for one in text)


@cache
def _half_table() -> dict[str, str]:
    """Katakana to their half-width forms, voiced marks apart."""
    table = {}
    for point in range(0xFF65, 0xFF9E):
        half = chr(point)
        table[unicodedata.normalize("NFKC", half)] = half
        for mark in "ﾞﾟ":
            whole = unicodedata.normalize("NFKC", half + mark)
            if len(whole) == 1:
                table[whole] = half + mark
    return table
