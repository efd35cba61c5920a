"""What the recogniser of names and addresses finds, and why."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

__all__ = ["REASONS", "THRESHOLD", "Finding", "FindingType", "Why"]

FindingType = Literal["person_name", "person_kana", "postal_address"]

THRESHOLD: Final = 0.5
"""Findings with a lower score are not reported unless they are asked for."""


class Why:
    """Reasons of a finding as bits (plain numbers: rules set them often); the sentences stand in ``leakscan_names.yaml``."""

    SURNAME: Final = 1 << 0
    GIVEN_NAME: Final = 1 << 1
    FOREIGN_NAME: Final = 1 << 2
    SEGMENTATION: Final = 1 << 3
    HONORIFIC: Final = 1 << 4
    TITLE: Final = 1 << 5
    LABEL: Final = 1 << 6
    SPACED: Final = 1 << 7
    READING_AGREES: Final = 1 << 8
    UNLISTED: Final = 1 << 9
    READING: Final = 1 << 10
    PREFECTURE: Final = 1 << 11
    MUNICIPALITY: Final = 1 << 12
    TOWN: Final = 1 << 13
    BLOCK_NUMBER: Final = 1 << 14
    BUILDING: Final = 1 << 15
    POSTAL_CODE: Final = 1 << 16
    COLUMN: Final = 1 << 17
    BESIDE_NAME: Final = 1 << 18
    ACTS: Final = 1 << 19
    NAMED_NEARBY: Final = 1 << 20


REASONS: Final = tuple(name.lower() for name in vars(Why) if name.isupper())
"""Names of the bits of :class:`Why`, from the lowest on."""


class Finding(NamedTuple):
    """Code points ``start`` to ``end`` (exclusive) of the text; ``score`` from 0 to 1."""

    type: FindingType
    start: int
    end: int
    score: float
    why: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of the reasons, in the order of their bits."""
        return tuple(f"leakscan_names.{name}" for bit, name in enumerate(REASONS) if self.why >> bit & 1)
