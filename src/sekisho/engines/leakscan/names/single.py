"""Names of one part: a surname or a given name by its title, its label or its place in the sentence."""
# ruff: noqa: C901, PLR0911, PLR0912, PLR2004 - rules over few characters; numbers are weights and lengths

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sekisho.engines.leakscan.names.contexts import DEPARTMENTS, SPACES, Contexts, Role, contexts
from sekisho.engines.leakscan.names.findings import Finding, Why
from sekisho.engines.leakscan.names.gazetteer import gazetteer
from sekisho.engines.leakscan.names.lookup import Known, katakana_of, known
from sekisho.engines.leakscan.names.spaced import spaced_titles
from sekisho.engines.leakscan.names.tokens import (
    COMMON,
    GIVEN,
    ORGANISATION,
    PARTICLE,
    PERSON,
    PERSON_SUFFIX,
    PLACE,
    PREFIX,
    PROPER,
    SIGN,
    SURNAME,
    VERB,
    Tokens,
)  # fmt: skip

__all__ = ["HIRAGANA_ONLY", "KANJI_RUN", "KATAKANA_ONLY", "NAME_LIKE", "NO_SURNAME_LETTERS", "Part", "SingleParts"]

KANJI_RUN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々]+")
KATAKANA_ONLY: Final = re.compile(r"[ァ-ヴー]+")
HIRAGANA_ONLY: Final = re.compile(r"[ぁ-ゖー]+")
NAME_LIKE: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々ヶケノツぁ-ゖァ-ヴー]+")
REMARK: Final = re.compile(r"^[ \u3000]?\([^()\n]{1,8}\)")
NO_SURNAME_LETTERS: Final = frozenset(
    "当毎全現元前故新旧同各両妻夫父母兄弟姉妹子孫男女氏甲乙丙丁主副兼第約計名者係課部長日月年米英仏独中韓一二三四五六七八九十"
)
LEFT_OUT: Final = NO_SURNAME_LETTERS - {"中"}
LETTER: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々ァ-ヴー]")
OWN_NAME_FIRST: Final = re.compile(r"[^\s、。:「(]株式会社$")
BEFORE_REMARK: Final = re.compile(r"(?:\([ぁ-んァ-ヴー \u3000]+\))?(?:さん|様|氏|君|くん)?")
OFFICE: Final = re.compile(
    r"(?!支店|支社|市|県|町|村|区|府|都|営業所|工場|大学|病院|銀行)[\u3400-\u9fff]{1,6}(?:課長|係長|主査)(?![\u3400-\u9fff])"
)
COMPANY: Final = re.compile(
    r"(?:工業|建設|産業|商事|商店|商会|製作所|運輸|銀行|電機|物流|食品|印刷|病院|大学|興業|組).{0,4}(?:社長|会長|専務|常務|取締役)"
)
QUOTES: Final = {ord(sign): None for sign in "\"'"}
NO_NAMES: Final = frozenset({SIGN, PARTICLE, VERB, PREFIX})
NOUNS: Final = frozenset({PLACE, ORGANISATION, PROPER, COMMON})
FOLLOWING: Final = {"は": 0.05, "が": 0.05, "も": 0.05, "と": 0.05, "の": -0.1, "で": -0.15, "を": -0.15}
FIELD_ENDS: Final = frozenset(["", *"\n\t,、/|()[]"])


class Part(NamedTuple):
    """The words that make up one part of a name: ends before ``stop`` (a word) at ``end`` (a character)."""

    end: int
    stop: int
    weight: int


class SingleParts:
    """The rules over one text."""

    def __init__(self, words: Tokens) -> None:
        self.words = words
        self.text = words.text
        self.size = len(words)
        self.contexts: Contexts = contexts()
        self.known: Known = known()
        self.found: list[Finding] = []
        self.last: tuple[int, Part | None] = -1, None
        self.parts: dict[int, int] = {}
        """For the begin of each full name where its surname ends."""
        self.spaced_titles = spaced_titles(self.text, self.contexts)
        self.behind_spaced = {end: Role.TITLE for _, end in self.spaced_titles}
        self.seen_behind: dict[int, tuple[int, int]] = {}
        self.seen_ahead: dict[int, tuple[int, bool]] = {}

    def behind(self, end: int) -> tuple[int, int]:
        """:meth:`Contexts.behind` of this text, remembered: several rules ask at one place."""
        found = self.seen_behind.get(end)
        if found is None:
            found = self.seen_behind[end] = self.contexts.behind(self.text, end)
        return found

    def ahead(self, start: int) -> tuple[int, bool]:
        """:meth:`Contexts.ahead` of this text, remembered."""
        found = self.seen_ahead.get(start)
        if found is None:
            found = self.contexts.ahead(self.text, start)
            if self.behind_spaced and not found[0]:
                at = start
                while at > 0 and self.text[at - 1] in SPACES:
                    at -= 1
                found = self.behind_spaced.get(at, 0), found[1]
            self.seen_ahead[start] = found
        return found

    def direct_role(self, end: int) -> int:
        """The role of a title or an honorific right behind a place."""
        role, _ = self.behind(end)
        return 0 if role & Role.COMPOUND or self.text[end : end + 1] in SPACES else role

    def plain_role(self, end: int) -> int:
        """The role of a title or an honorific behind a place, unless a longer word ends with it (総務課長)."""
        role, _ = self.behind(end)
        return 0 if role & Role.COMPOUND else role

    def surname(self, index: int) -> Part | None:
        """A surname of the lexicon that begins with a word: the word itself, or two that make up a longer one."""
        if self.last[0] != index:
            self.last = index, self.new_surname(index)
        return self.last[1]

    def new_surname(self, index: int) -> Part | None:
        """As :meth:`surname`, not remembered."""
        words = self.words
        one = words.word(index)
        if index + 1 < self.size and words.ends[index] == words.starts[index + 1] and words.kinds[index] != SURNAME:
            two = one + words.word(index + 1)
            weight = self.known.surnames.get(two, 0)
            if weight and words.kinds[index + 1] not in {PARTICLE, VERB, SIGN}:
                return Part(words.ends[index + 1], index + 2, weight)
        weight = self.known.surnames.get(one, 0)
        if len(one) == 1 and weight:
            two = self.text[words.starts[index] : words.starts[index] + 2]
            longer = self.known.surnames.get(two, 0)
            role, _ = self.behind(words.starts[index] + 2)
            if longer * 5 > weight and role and not role & Role.COMPOUND and one not in self.contexts.after:
                return Part(words.starts[index] + 2, index + 1, longer)  # 堀内部会長: not 堀, 内部会長
        if weight or words.kinds[index] == SURNAME:
            return Part(words.ends[index], index + 1, weight or 1)
        return None

    def kana_given(self, spelling: str) -> int:
        """The weight of a given name in kana of two or more characters."""
        if len(spelling) < 2 or not (HIRAGANA_ONLY.fullmatch(spelling) or KATAKANA_ONLY.fullmatch(spelling)):
            return 0
        return self.known.given_kana.get(katakana_of(spelling), 0)

    def in_list(self, start: int) -> bool:
        """Whether the last name found stands right before, with a sign of a list between."""
        if not self.found or not 0 <= start - self.found[-1].end <= 12:
            return False
        between = REMARK.sub("", self.text[self.found[-1].end : start]).translate(QUOTES).strip(" \u3000")
        return between in {"・", "、", ",", "と", "及び", "/", "\n", "、\n", ",\n", "", "○", "◎", "|"}

    def alone(self, start: int, end: int) -> bool:
        """Whether nothing but signs, spaces and line ends touches a place."""
        before = self.text[start - 1 : start]
        after = self.text[end : end + 1]
        return not NAME_LIKE.fullmatch(before or "\n") and not NAME_LIKE.fullmatch(after or "\n")

    def ends_field(self, end: int) -> bool:
        """Whether a line, a cell or a bracket ends here, or 宛 follows."""
        return self.text[end : end + 1] in FIELD_ENDS or self.text.startswith((" 宛", "\u3000宛", "です", "より", "宛"), end)

    def closed(self, end: int) -> bool:
        """Whether a name may end here: no kanji or katakana follows."""
        after = self.text[end : end + 1]
        return not after or LETTER.match(after) is None

    def longer_surname(self, index: int) -> int:
        """Where a surname begins that the lexicon does not list but ends like one that it does: 塩畑, 今仲."""
        words = self.words
        start = words.starts[index]
        spaced = self.text[max(0, start - 2) : start]
        if (
            len(spaced) == 2
            and spaced[1] in SPACES
            and spaced[0] + words.word(index) in self.known.surnames
            and words.ends[index] - start == 1
        ):
            return start - 2
        if index == 0 or words.ends[index - 1] != start or words.starts[index - 1] != start - 1 or words.ends[index] - start > 2:
            return start
        letter = self.text[start - 1]
        left = self.text[start - 2 : start - 1] if start >= 2 else ""
        begins = letter in self.known.surname_letters or words.ends[index] - start == 1
        if not begins or not LETTER.match(letter) or letter in LEFT_OUT or LETTER.fullmatch(left):
            return start
        return start - 1

    def touches_before(self, index: int) -> bool:
        """Whether a noun touches the word from the left that is no title."""
        words = self.words
        start = words.starts[index]
        if index == 0 or words.ends[index - 1] != start or not LETTER.match(self.text[start - 1]):
            return False
        if words.kinds[index - 1] in {SIGN, PARTICLE, VERB, PERSON_SUFFIX} or self.text[start - 1] in DEPARTMENTS:
            return False
        return self.contexts.before.get(words.word(index - 1)) is None

    def introduced(self, start: int, end: int) -> bool:
        """Whether a person says the own name or is named as a sender: □□株式会社の田中です, …株式会社田中より."""
        before = self.text[max(0, start - 5) : start]
        touched = OWN_NAME_FIRST.search(before) is not None
        return touched or self.text.startswith(("です", "でございます", "と申し"), end)

    def one_part(self, index: int) -> Finding | None:
        """A surname or a given name alone, by its title, its label or its place in the sentence."""
        words = self.words
        kind, bits = words.kinds[index], words.bits[index]
        start, end = words.starts[index], words.ends[index]
        word = self.text[start:end]
        if kind in NO_NAMES or not NAME_LIKE.fullmatch(word):
            return None
        surname = self.surname(index)
        if surname is not None:
            end = surname.end
        if self.text[start:end] in self.contexts.never:
            return None
        after, _ = self.behind(end)
        before, separated = self.ahead(start)
        if before & Role.ORGANISATION and not after and not self.introduced(start, end):
            return None
        touching = self.touches_before(index)
        if after & Role.HONORIFIC:
            return self.with_honorific(index, surname, end, touching=touching)
        if surname is None and not bits & (1 << GIVEN | 1 << PERSON):
            return self.behind_label(index, before, separated) if before & Role.STRONG and separated else None
        office = after & Role.COMPOUND and kind == SURNAME and OFFICE.match(self.text, end)
        if (not after or after & Role.COMPOUND) and not office and self.contexts.spoiled(self.text, end):
            return None
        if after and surname is not None:
            return self.with_title(index, surname, after, touching=touching)
        labelled = before & Role.STRONG and surname is not None and self.closed(end)
        if labelled and (
            end - start > 1 or kind == SURNAME or (self.ends_field(end) and surname is not None and surname.weight >= 10_000)
        ):
            return self.finding(start, end, 0.8, Why.SURNAME | Why.LABEL)
        if surname is not None and (kind == SURNAME or (surname.weight >= 10_000 and kind in NOUNS)):
            return self.bare_surname(index, end, before, surname.weight, touching=touching)
        if kind in {GIVEN, PERSON} and before & (Role.STRONG | Role.WEAK) and separated and self.closed(end):
            return self.finding(start, end, 0.7, Why.GIVEN_NAME | Why.LABEL)
        return self.finding(start, end, 0.35, Why.GIVEN_NAME) if kind in {GIVEN, PERSON} else None

    def with_honorific(self, index: int, surname: Part | None, end: int, *, touching: bool) -> Finding | None:
        """One word before 様, さん, 氏."""
        words = self.words
        kind, bits, start = words.kinds[index], words.bits[index], words.starts[index]
        word = self.text[start:end]
        if word in self.contexts.never or word in self.contexts.after:
            return None
        if surname is not None:
            score = 0.9 if kind in {SURNAME, GIVEN, PERSON} else 0.75 if len(word) > 1 else 0.65
            if touching and kind not in {SURNAME, GIVEN, PERSON}:
                score -= 0.35
            return self.finding(start, end, score, Why.SURNAME | Why.HONORIFIC)
        if bits & (1 << GIVEN | 1 << PERSON):
            score = 0.8 if kind in {GIVEN, PERSON} else 0.55
            return self.finding(
                start, end, score - (0.3 if touching and kind not in {GIVEN, PERSON} else 0), Why.GIVEN_NAME | Why.HONORIFIC
            )
        weight = self.known.given.get(word, 0) or self.kana_given(word)
        if weight >= 4 and not touching:
            return self.finding(start, end, 0.7, Why.GIVEN_NAME | Why.HONORIFIC)
        if (
            KATAKANA_ONLY.fullmatch(word)
            and len(word) >= 2
            and not touching
            and kind in {COMMON, PROPER, PLACE}
            and not bits & (1 << COMMON)
        ):
            return self.finding(start, end, 0.6, Why.UNLISTED | Why.HONORIFIC)
        return None

    def with_title(self, index: int, surname: Part, after: int, *, touching: bool) -> Finding | None:
        """A surname before a title."""
        words = self.words
        kind, start = words.kinds[index], words.starts[index]
        why = Why.SURNAME | Why.TITLE
        if after & Role.COMPOUND and COMPANY.search(self.text, surname.end, surname.end + self.behind(surname.end)[1]):
            return self.finding(start, surname.end, 0.3, why)  # 山田クレーン工業社長
        if kind == SURNAME and touching and surname.end - start == 1 and self.longer_surname(index) < start:
            return self.finding(self.longer_surname(index), surname.end, 0.7, why | Why.UNLISTED)
        if kind == SURNAME:
            return self.finding(start, surname.end, 0.85 if not touching else 0.75, why | Why.SEGMENTATION)
        if touching or surname.weight < 3_000 or (after & Role.PLACE_TITLE and kind != COMMON and not after & Role.COMPOUND):
            return self.finding(start, surname.end, 0.3, why)
        if after & Role.COMPOUND and kind != COMMON:
            place = self.names_a_place(self.text[start : surname.end])
            return self.finding(start, surname.end, 0.3 if place or surname.weight < 50_000 else 0.55, why)
        if kind == PLACE:
            return self.finding(start, surname.end, 0.65, why)
        return self.finding(start, surname.end, 0.6 if surname.end - start > 1 or surname.weight > 50_000 else 0.4, why)

    def bare_surname(self, index: int, end: int, before: int, weight: int, *, touching: bool) -> Finding | None:
        """A surname without title or label: by what the segmentation says, its commonness, and the words around it."""
        words, text = self.words, self.text
        start = words.starts[index]
        why = Why.SURNAME
        if not self.closed(end):
            return self.finding(start, end, 0.3, why)
        score = 0.25
        if words.kinds[index] == SURNAME:
            score, why = 0.55, why | Why.SEGMENTATION
        elif words.kinds[index] == PLACE and self.names_a_place(text[start:end]):
            score -= 0.15
        if text[end - 1] in "市町村" and (text[start] == "本" or text[start:end] in gazetteer().all):
            score -= 0.4
        score += 0.05 if weight >= 100_000 else -0.15 if weight < 5_000 else 0.0
        if text.startswith(self.contexts.acts, end):
            score, why = score + 0.3, why | Why.ACTS
        elif text[end : end + 1] == "の" and (words.bits[index] & 1 << COMMON or self.names_a_place(text[start:end])):
            score -= 0.25
        else:
            score += FOLLOWING.get(text[end : end + 1], 0.0)
        if before & (Role.TITLE | Role.STRONG | Role.WEAK):
            score, why = score + 0.25, why | (Why.TITLE if before & Role.TITLE else Why.LABEL)
        elif before & Role.DEPARTMENT and self.ends_field(end):
            score, why = score + 0.35, why | Why.TITLE
        elif touching:
            score -= 0.2
        if self.in_list(start):
            score, why = score + 0.3, why | Why.BESIDE_NAME
        elif self.begins_list(index, end):
            score, why = score + 0.2, why | Why.BESIDE_NAME
        if words.bits[index] & 1 << COMMON and not why & (Why.ACTS | Why.TITLE | Why.LABEL | Why.BESIDE_NAME):
            score -= 0.1
        score -= 0.2 * (KATAKANA_ONLY.fullmatch(text[start:end]) is not None) + 0.15 * (end - start == 1)
        score -= 0.2 * text[end : end + 1].isdigit() + 0.4 * self.is_remark(start)
        return self.finding(start, end, score, why)

    def is_remark(self, start: int) -> bool:
        """Whether brackets open here right behind a name: where the person lives or belongs follows."""
        if not self.found or self.text[start - 1 : start] != "(" or self.found[-1].end - self.found[-1].start < 3:
            return False
        return BEFORE_REMARK.fullmatch(self.text, self.found[-1].end, start - 1) is not None

    @staticmethod
    def names_a_place(word: str) -> bool:
        """Whether a word with 市, 県 or the like behind it names a municipality or a prefecture."""
        return any(word + suffix in gazetteer().all for suffix in "市県府都")

    def begins_list(self, index: int, end: int) -> bool:
        """Whether a sign of a list and another surname follow."""
        words = self.words
        after = index + 2
        if self.text[end : end + 1] not in {"・", "、", "と", ","} or after >= self.size or words.starts[index + 1] != end:
            return False
        return words.kinds[after] == SURNAME or self.known.surnames.get(words.word(after), 0) >= 50_000

    def behind_label(self, index: int, before: int, separated: bool) -> Finding | None:
        """Kanji behind 氏名 and the like that no lexicon lists as a name: a run that no dictionary word fills."""
        words = self.words
        start = words.starts[index]
        run = NAME_LIKE.match(self.text, start)
        if run is None or not before & Role.STRONG or not separated or words.bits[index] != 1 << words.kinds[index]:
            return None
        end = run.end()
        name = self.text[start:end]
        if not 2 <= len(name) <= 6 or words.kinds[index] not in {PROPER, PERSON} or name in self.contexts.before:
            return None
        return self.finding(start, end, 0.5, Why.UNLISTED | Why.LABEL)

    @staticmethod
    def finding(start: int, end: int, score: float, why: int) -> Finding:
        """A finding in places of the normalised text."""
        return Finding("person_name", start, end, round(min(0.99, max(0.0, score)), 2), why)
