"""Telephone numbers of Japan that no subscriber has, for values that are made up.

The numbering plan (電気通信番号計画, notification 6 of 2019 of the Ministry of Internal Affairs and Communications) assigns no
mobile or IP telephone number whose fourth digit is 0, and no exchange number (市内局番) that begins with 0 or 1. Japan has no
range that is reserved for fiction; these are free because the plan excludes them, until the plan is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["UNASSIGNED", "UnassignedRange", "is_unassigned"]


@dataclass(frozen=True, slots=True)
class UnassignedRange:
    """Numbers that begin with ``prefix`` (digits only), ``digits`` long in all; ``groups``: how many digits between hyphens."""

    kind: Literal["mobile", "ip", "fixed"]
    prefix: str
    digits: int
    groups: tuple[int, int, int]

    @property
    def size(self) -> int:
        """How many numbers the range has."""
        return int(10 ** (self.digits - len(self.prefix)))

    def number(self, index: int) -> str:
        """The number at an index from 0 to size - 1, with hyphens."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        digits = f"{self.prefix}{index:0{self.digits - len(self.prefix)}d}"
        first, second, _ = self.groups
        return f"{digits[:first]}-{digits[first : first + second]}-{digits[first + second :]}"


# Area codes of one to four digits after the 0; the exchange number begins with 0 or 1.
_AREAS: Final = ("03", "06", "011", "022", "025", "045", "052", "075", "078", "082", "092", "098")

UNASSIGNED: Final[tuple[UnassignedRange, ...]] = (
    *(UnassignedRange("mobile", f"{prefix}0", 11, (3, 4, 4)) for prefix in ("070", "080", "090")),
    UnassignedRange("ip", "0500", 11, (3, 4, 4)),
    *(
        UnassignedRange("fixed", f"{area}{digit}", 10, (len(area), 6 - len(area), 4))
        for area in _AREAS
        for digit in "01"
    ),
)  # fmt: skip


def is_unassigned(number: str) -> bool:
    """Whether a number (digits and hyphens) lies in one of the ranges."""
    digits = number.replace("-", "")
    return any(digits.startswith(r.prefix) and len(digits) == r.digits for r in UNASSIGNED)
