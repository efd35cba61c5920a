"""Names of persons out of the words of a text: full names, surnames with a title, names behind a label."""
# ruff: noqa: C901, PLR0911, PLR0912, PLR2004 - rules over few characters; numbers are weights and lengths

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from sekisho.engines.leakscan.names.contexts import SPACES, Role
from sekisho.engines.leakscan.names.findings import THRESHOLD, Finding, Why
from sekisho.engines.leakscan.names.single import KANJI_RUN, KATAKANA_ONLY, NAME_LIKE, NO_SURNAME_LETTERS, Part, SingleParts
from sekisho.engines.leakscan.names.spaced import spaced_out
from sekisho.engines.leakscan.names.together import together
from sekisho.engines.leakscan.names.tokens import (
    COMMON,
    GIVEN,
    ORGANISATION,
    PARTICLE,
    PERSON,
    PLACE,
    SIGN,
    SUFFIX,
    SURNAME,
    VERB,
    Tokens,
)  # fmt: skip
from sekisho.engines.leakscan.names.unlisted import NO_NAME_ENDS, UnlistedSurnames

__all__ = ["persons"]

LONGEST_GIVEN: Final = 5
ONE_MORE: Final = re.compile(r"[\u3400-\u9fff](?:[君氏殿]|様)$")
NO_GIVEN: Final = re.compile(r"[各両同前元現新旧副]|.*[官監員長]$")
OKURIGANA: Final = re.compile(r"[しせりれいきけくっえわる]")  # 申合せ, 見直し
NO_GIVEN_LETTERS: Final = NO_SURNAME_LETTERS - frozenset("一二三子男女夫兄")
FORMER: Final = frozenset("新前元現旧")
LAST_LETTER: Final = re.compile(r"[ \u3000]([\u3400-\u9fff々])(?![\u3400-\u9fff々])")


class Persons(UnlistedSurnames):
    """The rules over one text."""

    def all(self) -> list[Finding]:
        """Every finding, from left to right, without overlaps."""
        words = self.words
        spaced = spaced_out(self.text, self.spaced_titles, self.known, self.contexts)
        taken = {i for s in spaced for i in range(s.start, s.end)} | {i for s, e in self.spaced_titles for i in range(s, e)}
        free = 0
        for index, followed in zip(words.candidates, words.followed, strict=True):
            start = words.starts[index]
            if start < free or start in taken:
                continue
            finding = self.full_name(index) if followed else None
            finding = finding or self.whole_field(start)
            if finding is None or finding.score < THRESHOLD:
                finding = self.best(finding, self.one_part(index))
            if finding is None or finding.score < THRESHOLD or not finding.why & (Why.SURNAME | Why.UNLISTED):
                finding = self.with_unlisted_surname(index) or finding
            if finding is not None and finding.score > 0:
                self.found.append(finding)
                free = finding.end if finding.score >= THRESHOLD else free
        return self.found + spaced

    def whole_field(self, start: int) -> Finding | None:
        """Kanji that fill a field behind a title, a label or another name, though the segmentation reads them otherwise."""
        before, _ = self.ahead(start)
        if (not before & (Role.STRONG | Role.TITLE | Role.WEAK) and not self.in_list(start)) or self.is_remark(start):
            return None
        run = KANJI_RUN.match(self.text, start)
        if run is None or not 2 <= len(run[0]) <= 12:
            return None
        if start > 0 and NAME_LIKE.match(self.text, start - 1) and self.text[start - 1] not in SPACES:
            return None
        end = next((e for e in range(start + 2, run.end()) if self.direct_role(e)), run.end())
        letters = self.text[start:end]
        if letters in self.known.common_words or letters in self.contexts.never or letters in self.contexts.before:
            return None
        role = self.direct_role(end)
        if 3 <= len(letters) <= 5 and (role or end == run.end()):
            return self.split_field(start, end)
        begins = letters[0] in self.known.surname_letters and letters[0] not in NO_SURNAME_LETTERS
        likely = begins and letters[-1] not in NO_NAME_ENDS
        if len(letters) == 2 and role and likely and self.words.word(self.index_at(start)) != letters:
            return self.finding(start, end, 0.55, Why.UNLISTED | (Why.HONORIFIC if role & Role.HONORIFIC else Why.TITLE))
        return None

    def index_at(self, start: int) -> int:
        """The word that begins at a place or reaches over it."""
        return max(0, bisect_right(self.words.starts, start) - 1)

    def split_field(self, start: int, end: int) -> Finding | None:
        """A field as surname and given name: both of the lexicon, or a known given name behind letters of surnames."""
        letters = self.text[start:end]
        for cut in (2, 1, 3):
            given = 0 if letters[cut:] in self.contexts.not_after else self.known.given.get(letters[cut:], 0)
            if given and self.known.surnames.get(letters[:cut], 0):
                return self.finding(start, end, 0.6, Why.SURNAME | Why.GIVEN_NAME)
        common = {letters[:2], letters[1:]} & self.known.common_words
        likely = letters[0] in self.known.surname_letters and letters[0] not in NO_SURNAME_LETTERS and not common
        if likely and self.known.given.get(letters[2:], 0) >= 16:
            return self.finding(start, end, 0.55, Why.GIVEN_NAME | Why.UNLISTED)
        return None

    @staticmethod
    def best(full: Finding | None, part: Finding | None) -> Finding | None:
        """The full name, unless only its first part is likely enough."""
        if full is None or (full.score < THRESHOLD and part is not None and part.score > full.score):
            return part
        return full

    def full_name(self, index: int) -> Finding | None:
        """Surname and given name, joined or with a space between."""
        words = self.words
        start = words.starts[index]
        surname = self.surname(index)
        if surname is None or surname.stop >= self.size:
            return None
        gap = self.text[surname.end : words.starts[surname.stop]]
        if len(gap) > 2 or gap.strip(" \u3000"):  # a line end, or no space
            return None
        given = self.given(surname.stop, spaced=bool(gap))
        if given is None:
            return self.unlisted_given(index, surname, gap)
        if KATAKANA_ONLY.fullmatch(self.text[start]) and not gap:
            return None  # katakana.py knows more of these
        given = self.longer_given(words.starts[surname.stop], given)
        former = self.text[surname.end : given.end] in FORMER and bool(self.plain_role(given.end))
        if former or self.is_title(surname.stop, given) or (not gap and self.is_verb(surname, given)):
            return None  # 関, 文化施設部長; 堀, 新団長
        if self.text[given.end : given.end + 1] == "・" and KATAKANA_ONLY.fullmatch(self.text[given.end - 1]):
            return None
        return self.scored_full_name(index, self.longer_surname(index), surname, given, gap)

    def is_title(self, stop: int, given: Part) -> bool:
        """Whether a rare given name is the beginning of a longer word: 関, 文化施設部長."""
        common = self.words.word(stop) in self.known.common_words
        if given.weight >= 16 or not (common or self.words.kinds[stop] == COMMON) or self.closed(given.end):
            return False
        role = self.plain_role(given.end)
        return not role or (not role & Role.HONORIFIC and common)

    def is_verb(self, surname: Part, given: Part) -> bool:
        """Whether rare letters are rather a verb with its kana: 立入り, 見直し."""
        single = given.end - surname.end == 1
        if (
            "ぁ" <= self.text[surname.end] <= "ん"
            and "ぁ" <= self.text[given.end : given.end + 1] <= "ん"
            and surname.weight < 20_000
        ):
            return not self.plain_role(given.end)  # 見とらん
        kana = OKURIGANA.match(self.text, surname.end) or (OKURIGANA.match(self.text, given.end) if single else None)
        return kana is not None and surname.weight < 20_000 and not self.plain_role(given.end)

    def longer_given(self, begin: int, given: Part) -> Part:
        """A given name that the lexicon does not list but begins with one that it does: 琢智 behind 石田."""
        spaced = LAST_LETTER.match(self.text, given.end)
        if spaced is not None and self.text[begin : given.end] + spaced[1] in self.known.given:
            return Part(spaced.end(), given.stop, self.known.given[self.text[begin : given.end] + spaced[1]])
        run = KANJI_RUN.match(self.text, given.end)
        if (
            run is not None
            and ONE_MORE.match(run[0])
            and run[0][0] in self.known.given_letters
            and not self.plain_role(given.end)
        ):
            return Part(given.end + 1, given.stop, 1)  # 高田守家君, though 家君 is a word
        behind, _ = self.behind(given.end)
        if run is None or (behind and not behind & Role.COMPOUND) or self.contexts.spoiled(self.text, given.end):
            return given
        words = self.words
        for at in range(given.stop, self.size):
            end = words.ends[at]
            if end - begin > 3 or end > run.end() or words.starts[at] != (given.end if at == given.stop else words.ends[at - 1]):
                break
            rest = self.text[given.end : end]
            likely = all(c in self.known.given_letters for c in rest) or words.kinds[at] in {SURNAME, GIVEN}
            if rest[0] in NO_GIVEN_LETTERS or not likely:
                break
            if end == run.end() or self.behind(end)[0]:
                return Part(end, at + 1, 1)
        return given

    def given(self, index: int, *, spaced: bool) -> Part | None:
        """The longest given name that begins with a word and ends with one."""
        words = self.words
        start = words.starts[index]
        best: Part | None = None
        at = index
        while (
            at < self.size and words.ends[at] - start <= LONGEST_GIVEN and (at == index or words.starts[at] == words.ends[at - 1])
        ):
            spelling = self.text[start : words.ends[at]]
            weight = self.known.given.get(spelling, 0)
            if not weight and spelling[0] < "ヿ" and words.kinds[at] not in {PARTICLE, VERB, SIGN}:
                weight = self.kana_given(spelling)
            if not weight and at == index and words.kinds[index] == GIVEN:
                weight = 4
            if weight and not self.breaks(start, at, weight, spaced=spaced):
                best = Part(words.ends[at], at + 1, weight)
            elif words.kinds[at] == SIGN:
                break
            at += 1
        return best

    def breaks(self, start: int, last: int, weight: int, *, spaced: bool) -> bool:
        """Whether a given name that ends with this word would break something: a title, a word that goes on."""
        words = self.words
        spelling = words.word(last)
        if words.kinds[last] == SUFFIX and self.text[start : words.ends[last]] not in self.known.given:
            return True
        if not spaced and spelling in self.contexts.not_after:
            return True
        if spelling in self.contexts.after and words.kinds[last] not in {GIVEN, SURNAME, PERSON}:
            return True
        if last + 1 < self.size and words.starts[last + 1] == words.ends[last] and not spaced and weight < 16:
            following = words.kinds[last + 1]
            return following == SUFFIX and self.behind(words.ends[last])[0] == 0
        return False

    def unlisted_given(self, index: int, surname: Part, gap: str) -> Finding | None:
        """A surname and kanji that are no given name of the lexicon, where letters and surroundings say that they are one."""
        words = self.words
        start, begin = words.starts[index], words.starts[surname.stop]
        run = KANJI_RUN.match(self.text, begin)
        sure = words.kinds[index] == SURNAME or (words.kinds[index] in {PLACE, ORGANISATION} and surname.weight >= 5_000)
        if run is None or not sure or (self.contexts.spoiled(self.text, surname.end) and not gap):
            return None
        end = next(
            (e for e in range(begin + 1, min(run.end(), begin + 3) + 1) if e == run.end() or self.plain_role(e)),
            0,
        )
        if gap and (run[0] in self.contexts.before or run[0][-1] in NO_NAME_ENDS):
            return None
        if (
            not end
            or self.behind(begin)[0]
            or (self.contexts.spoiled(self.text, end) and end < run.end() and not self.plain_role(end))
        ):
            return None
        after, _ = self.behind(end)
        before, _ = self.ahead(start)
        letters = self.text[begin:end]
        if NO_GIVEN.match(letters) or (not gap and OKURIGANA.match(self.text, end)):
            return None
        if letters in self.known.surnames and not gap and not after and not before:
            return None  # 武蔵小杉
        if words.kinds[index] != SURNAME and not after & (Role.HONORIFIC | Role.TITLE):
            return None
        one_word = words.ends[surname.stop] == end and words.kinds[surname.stop] in {COMMON, SUFFIX, PLACE, ORGANISATION}
        likely = all(c in self.known.given_letters for c in letters) and not (one_word and len(letters) > 1)
        if one_word and len(letters) > 1 and not (after & Role.HONORIFIC and likely):
            return None
        why = Why.SURNAME | Why.UNLISTED
        self.parts[start] = surname.end
        if after & Role.HONORIFIC:
            return self.finding(start, end, 0.8, why | Why.HONORIFIC)
        score = 0.35 + (0.2 if likely else 0)
        if before & (Role.STRONG | Role.TITLE):
            score, why = score + 0.25, why | Why.LABEL
        if gap and self.alone(start, end):
            score, why = score + 0.15, why | Why.SPACED
        if after:
            score, why = score + 0.2, why | Why.TITLE
        if self.in_list(start):
            score, why = score + 0.15, why | Why.BESIDE_NAME
        return self.finding(start, end, score, why)

    def scored_full_name(self, index: int, start: int, surname: Part, given: Part, gap: str) -> Finding | None:
        """The score of a full name of the lexicon."""
        words = self.words
        after, _ = self.behind(given.end)
        before, _ = self.ahead(start)
        why = Why.SURNAME | Why.GIVEN_NAME
        self.parts[start] = surname.end
        seen = words.kinds[index] == SURNAME and words.kinds[surname.stop] in {GIVEN, PERSON}
        half = words.kinds[index] == SURNAME or words.kinds[surname.stop] == GIVEN
        score = 0.85 if seen else 0.6 if half else 0.3
        if seen:
            why |= Why.SEGMENTATION
        if half and not seen and given.weight < 4 and surname.weight < 5_000:
            score -= 0.15
        if gap:
            score += 0.05
            why |= Why.SPACED
            long_enough = given.weight >= 16 or given.end - words.starts[surname.stop] > 1
            if not half and surname.weight >= 3_000 and long_enough and self.alone(start, given.end):
                score += 0.3
        elif half and not after and self.alone(start, given.end):
            score += 0.1
        if after & Role.HONORIFIC:
            score += 0.3
            why |= Why.HONORIFIC
        elif after:
            score += 0.2
            why |= Why.TITLE
        if before & (Role.STRONG | Role.WEAK):
            score += 0.3 if before & Role.STRONG else 0.2
            why |= Why.LABEL
        if before & Role.ORGANISATION:
            score -= 0.5
        if not gap and self.text[start : given.end] in self.known.common_words:
            score -= 0.5
        if surname.weight < 3_000 and self.is_remark(start):
            score -= 0.3
        if not gap and not after and surname.weight < 3_000 and (not self.closed(given.end) or self.touches_before(index)):
            score -= 0.4  # within a longer word: 瑞宝双光章
        elif not gap and after & Role.COMPOUND and surname.end - start == 1 and surname.weight < 1_000:
            score -= 0.2
        if not gap and not after and given.end - start == 2 and self.touches_before(index):
            score -= 0.4  # two characters within a longer word
        if (
            not gap
            and self.names_a_place(self.text[start : surname.end])
            and self.names_a_place(self.text[surname.end : given.end])
        ):
            score -= 0.4
        if (not after or after & Role.COMPOUND) and self.contexts.spoiled(self.text, given.end):
            score -= 0.45
        if not after and not gap and self.contexts.spoiled(self.text, surname.end) and not (seen and given.weight >= 16):
            score -= 0.3
        return self.finding(start, given.end, score, why)


def persons(words: Tokens) -> tuple[SingleParts, list[Finding]]:
    """Names of persons in Japanese spelling, in places of the normalised text, and the rules that found them."""
    rules = Persons(words)
    return rules, together(rules, rules.all())
