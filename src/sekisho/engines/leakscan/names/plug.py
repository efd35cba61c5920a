"""The recogniser as a plug of the scanner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.names.findings import THRESHOLD, Finding, Why
from sekisho.engines.leakscan.names.recogniser import find, find_many
from sekisho.engines.leakscan.plugs import Hit

__all__ = ["NameRecogniser"]

KINDS: Final = {"person_name": Kind.PERSON_NAME, "person_kana": Kind.PERSON_KANA, "postal_address": Kind.POSTAL_ADDRESS}
REASONS: Final = {
    Why.LABEL: Reason.LABEL_BEFORE,
    Why.HONORIFIC: Reason.LABEL_AFTER,
    Why.TITLE: Reason.LABEL_AFTER,
    Why.SURNAME: Reason.POPULATION,
    Why.GIVEN_NAME: Reason.POPULATION,
    Why.TOWN: Reason.POPULATION,
    Why.MUNICIPALITY: Reason.POPULATION,
    Why.POSTAL_CODE: Reason.PREFIX,
    Why.BLOCK_NUMBER: Reason.FORM,
    Why.COLUMN: Reason.COLUMN_HEADER,
    Why.BESIDE_NAME: Reason.IN_LIST,
}


def hit(finding: Finding) -> Hit:
    """A finding as the scanner takes it."""
    reasons = Reason.RECOGNISER
    for why, reason in REASONS.items():
        if why & finding.why:
            reasons |= reason
    return Hit(KINDS[finding.type], finding.start, finding.end, finding.score, reasons)


@dataclass(frozen=True, slots=True)
class NameRecogniser:
    """Names and addresses for :class:`~sekisho.engines.leakscan.scanner.Scanner`; ``threshold`` from 0 to 1."""

    threshold: float = THRESHOLD

    @property
    def kinds(self) -> frozenset[Kind]:
        """Names, readings and addresses."""
        return frozenset(KINDS.values())

    @property
    def reach(self) -> int:
        """A finding depends on its own line, on names named near by and on the heading of its table, no farther than this."""
        return 1_000

    def find(self, text: str, context: str = "") -> Sequence[Hit]:
        """All findings of a text; ``context`` is the heading of its column (氏名, フリガナ, 住所)."""
        return [hit(finding) for finding in find(text, threshold=self.threshold, context=context)]

    def find_many(self, texts: Sequence[str], context: str = "") -> list[tuple[int, Hit]]:
        """The findings of many short texts (cells), with the number of the text of each; much quicker than one by one."""
        return [(number, hit(finding)) for number, finding in find_many(texts, threshold=self.threshold, context=context)]
