"""What a leak scan looks for, and the reasons that a finding can have. Their names are stable: files and pages keep them."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from functools import lru_cache
from typing import Final

__all__ = ["BY_RECOGNISERS", "NEVER_SHOWN", "OPTIONAL", "Kind", "Reason", "kind_of", "reasons_of"]


class Kind(IntEnum):
    """Kinds of findings; the name in lower case is the ``type`` of a finding."""

    MY_NUMBER = 1
    RESIDENT_RECORD_CODE = 2
    ADDRESSEE_NUMBER = 3
    CORPORATE_NUMBER = 4
    INVOICE_NUMBER = 5
    DRIVING_LICENCE = 6
    PASSPORT = 7
    RESIDENCE_CARD = 8
    PENSION_NUMBER = 9
    INSURER_NUMBER = 10
    INSURED_NUMBER = 11
    PAYMENT_CARD = 12
    BANK_ACCOUNT = 13
    TELEPHONE = 14
    EMAIL = 15
    BIRTH_DATE = 16
    MARKING = 17
    SECRET = 18
    IP_ADDRESS = 19
    PERSON_NAME = 20
    PERSON_KANA = 21
    POSTAL_ADDRESS = 22
    OWN_PATTERN = 23
    OWN_TERM = 24
    OWN_DOCUMENT = 25

    @property
    def label(self) -> str:
        """The ``type`` of a finding of this kind."""
        return self.name.lower()


class Reason(IntFlag):
    """Why a finding has its score; each has a sentence in ``standards/texts/leakscan.yaml``."""

    CHECK_DIGIT = 1 << 0
    FORM = 1 << 1
    LABEL_BEFORE = 1 << 2
    LABEL_AFTER = 1 << 3
    COLUMN_HEADER = 1 << 4
    LABEL_TOUCHES = 1 << 5
    IN_LIST = 1 << 6
    IN_RECORD = 1 << 7
    RANGE = 1 << 8
    PREFIX = 1 << 9
    POPULATION = 1 << 10
    ERA = 1 << 11
    AGE = 1 << 12
    ALONE = 1 << 13
    BRACKETED = 1 << 14
    RANDOMNESS = 1 << 15
    ASSIGNMENT = 1 << 16
    OWN_RULE = 1 << 17
    RECOGNISER = 1 << 18
    KANJI_NUMERALS = 1 << 19
    LOOKS_LIKE_TIME = 1 << 20
    LOOKS_LIKE_PRODUCT = 1 << 21
    OTHER_LABEL = 1 << 22
    CHECK_FAILED = 1 << 23
    WORDED = 1 << 24
    TABLE_HEADER = 1 << 25
    LOCATOR = 1 << 26


NEVER_SHOWN: Final = frozenset({Kind.MY_NUMBER})
"""Neither an excerpt nor a fingerprint of these is made: both would be 個人番号 again (番号法第2条第9項)."""

OPTIONAL: Final = frozenset({Kind.IP_ADDRESS})
"""Looked for only when asked."""

BY_RECOGNISERS: Final = frozenset({Kind.PERSON_NAME, Kind.PERSON_KANA, Kind.POSTAL_ADDRESS, Kind.OWN_DOCUMENT})
"""Found by what is plugged in (:class:`sekisho.engines.leakscan.plugs.Recogniser`), not by the scanner itself."""


def kind_of(label: str) -> Kind:
    """The kind of a ``type``.

    Raises:
        KeyError: there is no such kind.
    """
    return Kind[label.upper()]


@lru_cache(maxsize=4096)
def reasons_of(bits: int) -> tuple[str, ...]:
    """The names of the reasons of a bit set, in a fixed order."""
    return tuple(reason.name.lower() for reason in Reason if bits & reason and reason.name)
