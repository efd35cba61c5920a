"""Debian version numbers and their order, as deb-version(7) defines them.

``[epoch:]upstream[-revision]``; each part is compared in alternating runs of non-digits (letters before other characters, a
tilde before everything, even the end) and digits (as numbers).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["compare", "key", "valid"]

_RUN: Final = re.compile(r"([^0-9]*)([0-9]*)")
_VALID: Final = re.compile(r"(?:[0-9]+:)?[0-9A-Za-z.+:~-]+", re.ASCII)
_END: Final = 0  # the end of a non-digit run sorts after a tilde (-1) and before letters and others


_Number = tuple[int, str]  # (count of digits, digits without leading zeros): compares as a number of any length
_Run = tuple[tuple[int, ...], _Number]
_Key = tuple[_Number, tuple[_Run, ...], tuple[_Run, ...]]


def valid(version: str) -> bool:
    """Whether ``version`` has only the characters that a Debian version may have."""
    return _VALID.fullmatch(version) is not None


def _order(character: str) -> int:
    if character == "~":
        return -1
    return ord(character) if character.isascii() and character.isalpha() else ord(character) + 256


def _number(digits: str) -> _Number:
    significant = digits.lstrip("0")
    return len(significant), significant


def _part(text: str) -> tuple[_Run, ...]:
    runs = [
        ((*(_order(c) for c in letters), _END), _number(digits)) for letters, digits in _RUN.findall(text) if letters or digits
    ]
    nothing = ((_END,), _number(""))
    while runs and runs[-1] == nothing:  # "0" is the same as nothing at all
        runs.pop()
    # Two empty runs close the part, so that "0~" is compared with the end of "" and not with its length.
    return (*runs, nothing, nothing)


@lru_cache(maxsize=200_000)
def key(version: str) -> _Key:
    """A sort key with the order of deb-version(7); any text has one, so that broken versions still sort somewhere."""
    epoch, colon, rest = version.strip().partition(":")
    if not colon or not (epoch.isascii() and epoch.isdigit()):
        epoch, rest = "0", version.strip()
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    return _number(epoch), _part(upstream), _part(revision)


def compare(left: str, right: str) -> int:
    """-1, 0 or 1 as ``left`` is earlier than, equal to or later than ``right``."""
    a, b = key(left), key(right)
    return (a > b) - (a < b)
