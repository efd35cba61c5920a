"""A transformed マイナンバー is still 個人番号: the guard before every transform.

番号法 第2条第9項 counts every number, sign or code that corresponds to a マイナンバー and is used in its place; encrypted,
hashed, split or otherwise converted by a rule, it stays one (``my_number_rules.yaml``, MR02, MR03). So for such a column only
what leaves nothing of it is allowed: drop, redact, dummies that are not derived from it. 住民票コード is left out of that
definition (MR33), but 住民基本台帳法 第30条の37 and 第30条の38 forbid databases that hold it, and of its 10**10 values every
one can be tried by whoever holds the key: the same three.

Columns are guarded by what the plan declares and, since a plan may be wrong, by what the values are: most of them right in the
check digit cannot be chance (about one in ten passes by chance). A person may say why a column that looks like it is none; the
plan keeps the reason. What was declared cannot be talked away. Fewer than three numbers prove nothing by themselves: there the
declaration counts.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.engines.checkdigits import MY_NUMBER, RESIDENT_RECORD_CODE, Scheme, digits
from sekisho.engines.masking.transforms.columns import filled, is_text
from sekisho.engines.masking.transforms.context import Context, Seen
from sekisho.errors import InputError

__all__ = ["PROTECTED", "check"]

PROTECTED: Final[dict[str, Scheme]] = {scheme.name: scheme for scheme in (MY_NUMBER, RESIDENT_RECORD_CODE)}
"""The kinds of numbers of which nothing may be left, by the name that plans and the leak scan use."""
_SAMPLE: Final = 1000
"""Values looked at in one batch, evenly spaced; all of a smaller batch."""
_SAMPLE_LATER: Final = 100
_LATER: Final = 5000
"""Where so many values of the column have been looked at, fewer are looked at in each batch that follows."""
_WINDOW: Final = 50_000
"""After so many different values the count begins anew: memory stays bounded, and a later part of the column is judged by
itself."""
_SHARE: Final = 0.5
_ENOUGH: Final = 20
"""From so many candidates on, their own share decides, however few they are among other values."""
_CHANCE: Final = 13 / 121
"""Share of numbers whose check digit is right by chance, for both schemes: 0 for two of eleven remainders, else one of nine
digits."""
_EXPLAINED: Final = 0.002
"""What is less probable than this is not chance: three right ones of three are enough, two of two are not."""
_SEPARATED: Final = re.compile(r"(?<![0-9])[0-9](?:[ \-.‐-―−ー]?[0-9]){10,11}(?![0-9])")
_FEWEST: Final = min(scheme.places for scheme in PROTECTED.values())
_NOT_DIGIT: Final = re.compile(r"[^0-9]")


def check(transform: str, values: pa.Array, context: Context, *, removes: bool) -> None:
    """Refuse a transform that leaves something of a protected number.

    Raises:
        InputError: ``masking.number_declared`` or ``masking.number_detected``.
    """
    if removes:
        return
    for kind in PROTECTED:
        if kind in context.kinds:
            raise InputError(
                "masking.number_declared", kind=kind, column=context.column, table=context.table, transform=transform
            )
    if context.not_my_number.strip():
        context.memory.counts["declared_not_my_number"] = 1
        return
    for kind, found in _looked_at(values, context.memory.numbers_seen).items():
        seen = context.memory.numbers_seen.setdefault(kind, (set(), set(), set()))
        for prints, more in zip(seen, found, strict=True):
            prints.update(more)
        # the column so far; and a part by itself, which may hold numbers behind many other values
        parts = [seen, found] if len(found[1]) >= _ENOUGH else [seen]
        for part in parts:
            if _mostly(*(len(one) for one in part)):
                share = round(100 * len(part[2]) / len(part[0]))
                fields: dict[str, Any] = {"column": context.column, "table": context.table, "share": share}
                raise InputError("masking.number_detected", kind=kind, transform=transform, **fields)


def _looked_at(values: pa.Array, seen: dict[str, Seen]) -> dict[str, Seen]:
    """A sample of the batch added to what was seen of the column: prints of different values, of numbers among them, of right
    ones.
    """
    kind = values.type
    numeric = pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind)
    if not numeric and not is_text(kind):
        return {}
    places = np.flatnonzero(filled(values))
    before = max((len(one[0]) for one in seen.values()), default=0)
    if before >= _WINDOW:
        seen.clear()
    most = _SAMPLE_LATER if before >= _LATER else _SAMPLE
    if len(places) > most:
        places = places[np.linspace(0, len(places) - 1, most).astype(np.int64)]
    taken = values.take(pa.array(places))
    sample = set(taken.to_pylist())
    likely = (
        sample if numeric else set(taken.filter(pc.greater_equal(pc.count_substring_regex(taken, r"\p{N}"), _FEWEST)).to_pylist())
    )
    every = {hash(value) for value in sample}
    batch: dict[str, Seen] = {}
    for name, scheme in PROTECTED.items():
        found = [(hash(value), number) for value in likely for number in _numbers(value, scheme.places)]
        holds = scheme.valid(digits([number for _, number in found])) if found else ()
        right = {value for (value, _), one in zip(found, holds, strict=True) if one}
        batch[name] = (every, {value for value, _ in found}, right)
    return batch


def _numbers(value: Any, places: int) -> list[str]:
    """The numbers of so many places within a value; numbers lose zeros in front."""
    if isinstance(value, str):
        plain = value if value.isascii() else unicodedata.normalize("NFKC", value)
        return [number for found in _SEPARATED.findall(plain) if len(number := _NOT_DIGIT.sub("", found)) == places]
    if not 10 ** (places - 3) <= value < 10**places or value % 1:
        return []
    return [f"{int(value):0{places}d}"]


def _mostly(count: int, candidates: int, valid: int) -> bool:
    """Whether at least half of the values (or of many candidates among others) are right, and chance does not explain it."""
    if valid < _SHARE * candidates or (valid < _SHARE * count and candidates < _ENOUGH):
        return False
    looked_at, right = min(candidates, _ENOUGH), min(valid, _ENOUGH) if candidates <= _ENOUGH else _ENOUGH // 2
    tail = sum(
        math.comb(looked_at, hits) * _CHANCE**hits * (1 - _CHANCE) ** (looked_at - hits) for hits in range(right, looked_at + 1)
    )
    return tail <= _EXPLAINED
