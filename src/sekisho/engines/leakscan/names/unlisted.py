"""Full names whose surname no list has, by the given name, the letters, and what stands around."""
# ruff: noqa: PLR2004 - rules over few characters; numbers are weights and lengths

from __future__ import annotations

import re
from typing import Final

from sekisho.engines.leakscan.names.contexts import SPACES, Role
from sekisho.engines.leakscan.names.findings import Finding, Why
from sekisho.engines.leakscan.names.single import KATAKANA_ONLY, NO_SURNAME_LETTERS, SingleParts
from sekisho.engines.leakscan.names.tokens import COMMON, GIVEN, PERSON, PLACE, SURNAME

__all__ = ["NO_NAME_ENDS", "UnlistedSurnames"]

NO_NAME_ENDS: Final = frozenset("者名日課係部局室所様宛印欄先元費額書票証")
LEFT: Final = re.compile(r"[\u3400-\u9fff々ヶケ]{1,8}$")
POPULAR: Final = 16


class UnlistedSurnames(SingleParts):
    """The rules over one text."""

    def with_unlisted_surname(self, index: int) -> Finding | None:
        """A given name of the lexicon behind kanji that fill the place of a surname: 砥江博明氏, 営業 太郎."""
        words = self.words
        start, end = words.starts[index], words.ends[index]
        weight = self.known.given.get(self.text[start:end], 0)
        if not weight or words.kinds[index] not in {GIVEN, PERSON, COMMON, PLACE, SURNAME}:
            return None
        spaced = self.text[start - 1 : start] in SPACES and start > 0
        stop = start - 1 if spaced else start
        if end - start < 2 and not (spaced and weight >= POPULAR and self.ahead(max(0, stop - 2))[0]):
            return None
        left = LEFT.search(self.text, max(0, stop - 9), stop)
        role = self.plain_role(end)
        if (
            left is None
            or not (role or self.closed(end))
            or not self.may_be_surname(left[0], sure=spaced or bool(role & Role.HONORIFIC))
        ):
            return None
        begin = left.start()
        if KATAKANA_ONLY.fullmatch(self.text[begin - 1 : begin]) or (spaced and not self.alone(begin, end) and not role):
            return None
        before, _ = self.ahead(begin)
        placed = before & (Role.STRONG | Role.TITLE | Role.WEAK) or self.in_list(begin)
        if not (role & Role.HONORIFIC or (weight >= POPULAR and (placed or role))):
            return None
        self.parts[begin] = stop
        why = Why.GIVEN_NAME | Why.UNLISTED | (Why.HONORIFIC if role & Role.HONORIFIC else Why.TITLE if role else Why.LABEL)
        return self.finding(begin, end, 0.65, why)

    def may_be_surname(self, letters: str, *, sure: bool) -> bool:
        """Whether kanji before a given name can be a surname that no list has."""
        if len(letters) > (4 if sure else 3) or letters[0] in NO_SURNAME_LETTERS:
            return False
        if letters[-1] in NO_NAME_ENDS and not (sure and len(letters) == 2 and letters not in self.known.common_words):
            return False
        if letters in self.contexts.before or letters in self.contexts.after or letters in self.contexts.not_after:
            return False
        if not sure and (letters in self.known.common_words or letters[:2] in self.contexts.before):
            return False
        return sure or letters[0] in self.known.surname_letters
