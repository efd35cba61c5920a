"""Readings of names in kana, and foreign names in katakana."""
# ruff: noqa: PLR0911, PLR2004 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

import re
from typing import Final

from sekisho.engines.leakscan.names.contexts import Role, contexts
from sekisho.engines.leakscan.names.findings import Finding, Why
from sekisho.engines.leakscan.names.gazetteer import gazetteer
from sekisho.engines.leakscan.names.lookup import katakana_of, known
from sekisho.engines.leakscan.names.single import NO_SURNAME_LETTERS
from sekisho.engines.leakscan.names.tokens import Tokens

__all__ = ["kana_names"]

KATAKANA: Final = re.compile(r"[ァ-ヴ][ァ-ヴー]*(?:(?:[・=]|[ \u3000]{1,2})(?:[A-Z]\.?[・= ])?[ァ-ヴ][ァ-ヴー]*)*")
LATIN: Final = re.compile(r"[A-Z](?<![A-Za-z0-9._@/-].)[a-z]+(?:[ ・-][A-Z][A-Za-z]*\.?){0,3}(?![A-Za-z0-9@.])")
HONORIFICS: Final = ("さん", "様", "氏", "さま", "先生", "君", "くん", " さん", " 様", " 氏", "\u3000様")
HIRAGANA_GAP: Final = re.compile(r"[ \u3000](?<=[ぁ-んー]{2}.)(?=[ぁ-ん]{2})")
RUN: Final = re.compile(r"[ぁ-んー]+")
PART: Final = r"(?:[ぁ-んー]+|[ァ-ヴー]+)"
READING: Final = re.compile(
    r"[ \u3000]{0,2}[(\[〈<「【]?[ \u3000]?"
    rf"({PART}(?:[ \u3000・]{{1,2}}{PART})?)(?=[ \u3000]?[)\]〉>」】])"
)
SPACED_READING: Final = re.compile(
    rf"[ \u3000]({PART}[ \u3000](?:[ぁ-んー]+?|[ァ-ヴー]+?))(?=さん|様|さま|氏|[ \u3000]?(?:[\n、,)]|$))"
)
BRACKETED: Final = re.compile(r"\(([ぁ-ん]{3,10}|[ぁ-ん]{2,5}[ \u3000][ぁ-ん]{2,5}|[ァ-ヴー]{2,5}[ \u3000][ァ-ヴー]{2,5})\)")
BEFORE_BRACKET: Final = re.compile(
    r"(?:^|[^\u3400-\u9fff々])([\u3400-\u9fff々]{2,5}|[\u3400-\u9fff々]{1,3}[ \u3000][\u3400-\u9fff々]{1,3})[ \u3000]?$"
)
CELL: Final = re.compile(r"[ \u3000]?[,\t、/|][ \u3000\"]?({PART}(?:[ \u3000]{{1,2}}{PART})?)(?=[ \u3000\"]?(?:[,\t、/|\n]|$))")
PERSON_ENDS: Final = ("さん", "様", "さま", "くん", "ちゃん", "氏", "君")
KANJI: Final = re.compile(r"[\u3400-\u9fff々]")
KANJI_BEFORE: Final = re.compile(r"(?:^|[^\u3400-\u9fff々ァ-ヴーA-Za-z0-9])([\u3400-\u9fff々]{2,4})$")
NO_SURNAME_ENDS: Final = frozenset(
    "仕多同模異一有左王神殿奥客皆何者名日課係局室所社店校院会家方員長士師手人官主業屋団組市町区県府都国"
)
HEADS: Final = frozenset(
    [
        "社長",
        "会長",
        "町長",
        "市長",
        "村長",
        "団長",
        "議長",
        "校長",
        "園長",
        "院長",
        "議員",
        "教授",
        "宮司",
        "先生",
        "専務",
        "常務",
    ]
)
FORMER: Final = frozenset("新前元現旧副")
TIMES: Final = frozenset("当全各現次先初今毎歴")
ENDS_HEAD: Final = re.compile(r"[^\u3400-\u9fff々ァ-ヴ]|$")
HIRAGANA_RUN: Final = re.compile(r"[ぁ-んー]{2,}$")
AFTER_PERSON: Final = re.compile(r"^.*(?:さん|くん|さま)[とやも]?|^[とはがもやのに](?=[ぁ-ん]{2})")
NO_PERSON_ENDS: Final = (
    "さんか",
    "さんぎ",
    "さんば",
    "さんま",
    "様式",
    "様子",
    "様々",
    "様態",
    "様相",
    "様方",
    "氏名",
    "氏族",
    "氏神",
    "氏子",
    "君主",
    "君津",
    "君臨",
    "君子",
)
POPULAR_GIVEN: Final = 64
HIRAGANA_FIELD: Final = re.compile(r"[:、,・( \u3000]([ぁ-ん]{4,9})(?=[、,()\n]|$)")
OPENERS: Final = frozenset(" \u3000([〈<「【,\t、/|")
PARTS: Final = re.compile(r"[ \u3000・=]+")
LABELS: Final = ("フリガナ", "ふりがな", "カナ", "かな", "ヨミ", "よみ", "読み", "セイ", "kana", "KANA", "furigana", "名義")
LABELLED: Final = re.compile(
    r"[^\n:ァ-ヴーぁ-ん]{0,6}[:>=|)\]】\t, \u3000\"']{1,6}\n?"
    rf"({PART}(?:[ \u3000・]{{1,2}}{PART})?)(?![ぁ-んァ-ヴー])"
)
NAME_LETTER: Final = re.compile(r"[\u3400-\u9fff々ァ-ヴー]")
EDGES: Final = frozenset(["", *"\n\t,\"'|()[]<>/、「」『』【】:="])
COMMON_SURNAME: Final = 20_000
COMMON_GIVEN: Final = 16


class Kana:
    """The rules over one text; ``persons`` are the names found before."""

    def __init__(self, words: Tokens, persons: list[Finding]) -> None:
        self.text = words.text
        self.persons = persons
        self.known = known()
        self.contexts = contexts()
        self.found: dict[tuple[int, int], Finding] = {}

    def all(self) -> list[Finding]:
        """Every finding, in no order; places may overlap with the names found before."""
        self.beside_names()
        self.before_readings()
        self.behind_labels()
        self.in_hiragana()
        self.before_honorific()
        self.before_title()
        for match in HIRAGANA_FIELD.finditer(self.text):
            weights = self.split(match[1])
            ahead, _ = self.contexts.ahead(self.text, match.start(1))
            if weights[0] >= COMMON_SURNAME and weights[1] >= 4 and ahead & (Role.STRONG | Role.TITLE | Role.WEAK):
                self.keep("name", match.start(1), match.end(1), 0.65, Why.READING | Why.LABEL)
        for match in LATIN.finditer(self.text):
            self.in_latin(match.start(), match.end())
        for match in KATAKANA.finditer(self.text):
            if match.end() - match.start() >= 2:
                self.in_katakana(match.start(), match.end())
        return list(self.found.values())

    def keep(self, kind: str, start: int, end: int, score: float, why: int) -> None:
        """A finding, unless a better one has this place."""
        score = round(min(0.99, max(0.0, score)), 2)
        before = self.found.get((start, end))
        if score > 0 and (before is None or before.score < score):
            self.found[start, end] = Finding("person_kana" if kind == "kana" else "person_name", start, end, score, why)

    def split(self, reading: str) -> tuple[int, int]:
        """The weights of surname and given name of a reading; zeros where it is none."""
        plain = katakana_of(reading)
        parts = PARTS.split(plain)
        if len(parts) == 2:
            return self.known.surname_kana.get(parts[0], 0), self.known.given_kana.get(parts[1], 0)
        best = (0, 0)
        if len(parts) == 1:
            for cut in range(1, len(plain) - 1):
                weights = self.known.surname_kana.get(plain[:cut], 0), self.known.given_kana.get(plain[cut:], 0)
                if all(weights) and weights[0] * weights[1] > best[0] * best[1]:
                    best = weights
        return best

    def beside_names(self) -> None:
        """A reading in brackets or in the next cell behind a name: 山田太郎（やまだ たろう）."""
        for person in self.persons:
            following = self.text[person.end : person.end + 1]
            for pattern in (READING, CELL, SPACED_READING) if following in OPENERS else ():
                match = pattern.match(self.text, person.end)
                if match is not None:
                    weights = self.split(match[1])
                    if all(weights):
                        self.keep("kana", match.start(1), match.end(1), 0.95, Why.READING | Why.READING_AGREES)
                    elif any(weights) and PARTS.search(match[1]):
                        self.keep("kana", match.start(1), match.end(1), 0.75, Why.READING | Why.BESIDE_NAME)
                    elif self.one_part(match[1]) or (pattern is READING and person.why & Why.GIVEN_NAME and len(match[1]) >= 2):
                        self.keep("kana", match.start(1), match.end(1), 0.7, Why.READING | Why.BESIDE_NAME)

    def before_readings(self) -> None:
        """Kanji before a full reading in brackets: 柳垣明（やながきあきら）, though no list has the surname."""
        ends = {person.end for person in self.persons}
        for match in BRACKETED.finditer(self.text):
            begin = BEFORE_BRACKET.search(self.text, max(0, match.start() - 9), match.start())
            if begin is None or begin.end(1) in ends or begin[1] in self.known.common_words:
                continue
            if self.may_be_read(begin[1], match[1]) or self.surname_read(begin[1], match[1], match.end()):
                self.keep("name", begin.start(1), begin.end(1), 0.7, Why.UNLISTED | Why.READING_AGREES)
                self.keep("kana", match.start(1), match.end(1), 0.75, Why.READING | Why.READING_AGREES)

    def surname_read(self, kanji: str, reading: str, end: int) -> bool:
        """Whether kanji and a reading are both surnames, and a title or an honorific follows the brackets."""
        known = kanji in self.known.surnames and self.known.surname_kana.get(katakana_of(reading), 0) >= 1_000
        return known and bool(self.contexts.behind(self.text, end)[0])

    def may_be_read(self, kanji: str, reading: str) -> bool:
        """Whether kanji and a reading both end with a given name, or the reading is a known full name."""
        plain = katakana_of(reading)
        written = any(self.known.given.get(kanji[cut:].lstrip(), 0) >= COMMON_GIVEN for cut in range(1, len(kanji)))
        read = any(self.known.given_kana.get(plain[cut:].lstrip(), 0) >= COMMON_GIVEN for cut in range(2, len(plain) - 1))
        return len(kanji) >= 3 and len(reading) >= 5 and written and (read or all(self.split(reading)))

    def one_part(self, reading: str) -> bool:
        """Whether a reading is that of a surname or a given name alone."""
        plain = katakana_of(reading)
        return len(plain) >= 2 and (
            self.known.surname_kana.get(plain, 0) >= 1_000 or self.known.given_kana.get(plain, 0) >= COMMON_GIVEN
        )

    def behind_labels(self) -> None:
        """A reading behind フリガナ and the like."""
        for label in LABELS:
            at = self.text.find(label)
            while at >= 0:
                match = LABELLED.match(self.text, at + len(label))
                if match is not None and match[1] not in self.contexts.before:
                    weights = self.split(match[1])
                    if all(weights):
                        self.keep("kana", match.start(1), match.end(1), 0.95, Why.READING | Why.LABEL)
                    elif any(weights) or self.one_part(match[1]):
                        self.keep("kana", match.start(1), match.end(1), 0.8, Why.READING | Why.LABEL)
                    elif PARTS.search(match[1]) and match[1] not in self.known.katakana_words:
                        self.keep("kana", match.start(1), match.end(1), 0.6, Why.UNLISTED | Why.LABEL)
                at = self.text.find(label, at + 1)

    def in_hiragana(self) -> None:
        """Two readings with a space between: さとう はなこ."""
        for gap in HIRAGANA_GAP.finditer(self.text):
            start = gap.start()
            while start > 0 and RUN.fullmatch(self.text[start - 1]):
                start -= 1
            match = RUN.match(self.text, gap.end())
            if match is None:
                continue
            for end in range(match.end(), gap.end() + 1, -1):
                weights = self.split(self.text[start:end])
                if not all(weights):
                    continue
                behind, _ = self.contexts.behind(self.text, end)
                if end == match.end() or behind & Role.HONORIFIC:
                    ahead, _ = self.contexts.ahead(self.text, start)
                    score = 0.6 + (0.1 if weights[0] >= 1_000 else 0) + (0.25 if behind or ahead else 0)
                    self.keep("kana", start, end, score, Why.READING | Why.SPACED | (Why.LABEL if ahead else 0))
                    break

    def before_honorific(self) -> None:
        """A surname or a given name in hiragana before さん, 様 and the like."""
        for honorific in PERSON_ENDS:
            at = self.text.find(honorific)
            while at >= 0:
                if "ぁ" <= self.text[at - 1 : at] <= "ん" and not self.text.startswith(NO_PERSON_ENDS, at):
                    self.hiragana_person(at)
                elif KANJI.match(self.text[at - 1 : at]) and not self.text.startswith(NO_PERSON_ENDS, at):
                    self.kanji_person(at)
                at = self.text.find(honorific, at + 1)

    def hiragana_person(self, end: int) -> None:
        """The name in hiragana that ends at a place, if there is one."""
        run = HIRAGANA_RUN.search(self.text, max(0, end - 14), end)
        if run is None:
            return
        begin = AFTER_PERSON.match(run[0])
        start = run.start() + (begin.end() if begin else 0)
        name = self.text[start:end]
        plain = katakana_of(name)
        if not 2 <= len(name) <= 6 or name in self.contexts.never:
            return
        if self.known.surname_kana.get(plain, 0) >= COMMON_SURNAME or self.known.given_kana.get(plain, 0) >= POPULAR_GIVEN:
            self.keep("name", start, end, 0.65, Why.READING | Why.HONORIFIC)

    def before_title(self) -> None:
        """Two kanji before 社長, 町長 and the like that no dictionary word fills."""
        for last in ("長", "員", "授", "司", "生", "務"):
            at = self.text.find(last)
            while at >= 0:
                if self.text[at - 1 : at + 1] in HEADS and ENDS_HEAD.match(self.text, at + 1):
                    self.kanji_person(at - 1, shortest=True)
                at = self.text.find(last, at + 1)

    def kanji_person(self, end: int, *, shortest: bool = False) -> None:
        """Two or three kanji before さん or 様 that no dictionary word fills: a surname that no list has."""
        match = KANJI_BEFORE.search(self.text, max(0, end - 6), end)
        if match is None:
            return
        start, name = match.start(1), match[1]
        if shortest and (
            len(name) != 2 or name[-1] in FORMER or name[0] not in self.known.surname_letters or names_a_place(name)
        ):
            return
        if (
            name in self.known.common_words
            or name in self.contexts.never
            or name in self.contexts.before
            or name in self.known.surnames
        ):
            return
        if name[0] in NO_SURNAME_LETTERS or name[-1] in NO_SURNAME_ENDS or not self.unknown_word(name):
            return
        self.keep("name", start, end, 0.6 if shortest else 0.65, Why.UNLISTED | (Why.TITLE if shortest else Why.HONORIFIC))

    def unknown_word(self, name: str) -> bool:
        """Whether no shorter word of the language stands at the beginning or at the end of the letters."""
        if len(name) == 2:
            return True
        parts = {name[:2], name[1:3], name[2:], name[1:]}
        if len(name) == 4 and not (
            name[0] in self.known.surname_letters and all(c in self.known.given_letters for c in name[2:])
        ):
            return False
        return not parts & self.known.common_words and name[:2] not in self.contexts.before

    def in_katakana(self, start: int, end: int) -> None:
        """A run of katakana, its parts joined by ・ or spaces."""
        run = self.text[start:end]
        if run in self.known.katakana_words and run not in self.known.foreign:
            return
        behind, _ = self.contexts.behind(self.text, end)
        ahead, _ = self.contexts.ahead(self.text, start)
        if ahead & Role.ORGANISATION:
            return
        parts = PARTS.split(run)
        bonus = (0.35 if behind & Role.HONORIFIC else 0.15 if behind else 0.0) + (
            0.25 if ahead & (Role.STRONG | Role.KANA) else 0.0
        )
        why = (Why.HONORIFIC if behind & Role.HONORIFIC else Why.TITLE if behind else 0) | (Why.LABEL if ahead else 0)
        if len(parts) == 1:
            self.one_run(start, end, run, behind, ahead)
            return
        weights = self.split(run)
        if all(weights) and "・" not in run:
            self.keep("kana", start, end, 0.6 + (0.1 if weights[0] >= 1_000 else 0) + bonus, Why.READING | Why.SPACED | why)
            return
        if (
            len(parts) == 2
            and "・" not in run
            and not {*parts} & self.known.katakana_words
            and (weights[0] >= 1_000 or weights[1] >= COMMON_GIVEN)
        ):
            self.keep("kana", start, end, 0.4 + (0.15 if self.alone(start, end) else 0) + bonus, Why.READING | Why.SPACED | why)
            return
        if not re.search(r"[・=]", run) and not (ahead & (Role.STRONG | Role.KANA) or behind & Role.HONORIFIC):
            foreign = [part for part in parts if part in self.known.foreign]
            if len(foreign) < len(parts) or len(parts) > 3:
                self.last_part(start, run, parts, behind, ahead)
                return
        parts = [part for part in parts if not part.isascii()]
        if len(parts) < 2:
            return
        listed = sum(
            part in self.known.foreign or (part in self.known.surname_kana and part in self.known.given_kana) for part in parts
        )
        common = sum(part in self.known.katakana_words and part not in self.known.foreign for part in parts)
        both = sum(part in self.known.katakana_words for part in parts)
        score = 0.3 + 0.35 * listed / len(parts) - 0.4 * bool(common) - 0.15 * bool(both) + bonus
        score -= 0.3 * (not why and all(len(part) <= 2 for part in parts)) + 0.3 * (
            not behind and self.contexts.spoiled(self.text, end)
        )
        if behind & Role.HONORIFIC and common < len(parts):
            score = max(score, 0.6)
        self.keep("name", start, end, score, Why.FOREIGN_NAME | why if listed else Why.UNLISTED | why)

    def in_latin(self, start: int, end: int) -> None:
        """A name in Latin letters before an honorific or behind a label: Nguyen Van An さん."""
        several = self.text.find(" ", start, end) >= 0
        if not several and not self.text.startswith(HONORIFICS, end):
            return
        behind, _ = self.contexts.behind(self.text, end)
        ahead, _ = self.contexts.ahead(self.text, start)
        if behind & Role.HONORIFIC and self.text.startswith(HONORIFICS, end):
            self.keep("name", start, end, 0.75 if several else 0.6, Why.UNLISTED | Why.HONORIFIC)
        elif ahead & Role.STRONG and several:
            self.keep("name", start, end, 0.7, Why.UNLISTED | Why.LABEL)

    def alone(self, start: int, end: int) -> bool:
        """Whether a run is alone in its cell, line or quotes."""
        return self.text[start - 1 : start] in EDGES and self.text[end : end + 1] in EDGES

    def last_part(self, start: int, run: str, parts: list[str], behind: int, ahead: int) -> None:
        """Of words in katakana with spaces between, the last one may be a name before a title."""
        if behind:
            begin = start + len(run) - len(parts[-1])
            self.one_run(begin, start + len(run), parts[-1], behind, ahead)

    def one_run(self, start: int, end: int, run: str, behind: int, ahead: int) -> None:
        """A single run of katakana."""
        common = run in self.known.katakana_words
        if run in self.contexts.never or run in self.contexts.before:
            return
        weights = self.split(run) if len(run) >= 4 else (0, 0)
        if all(weights) and not common:
            score = 0.35 + (0.2 if weights[0] >= COMMON_SURNAME and weights[1] >= COMMON_GIVEN and len(run) >= 5 else 0)
            score += (0.4 if ahead & (Role.STRONG | Role.KANA) else 0) + (0.3 if behind & Role.HONORIFIC else 0)
            self.keep("kana", start, end, score, Why.READING | (Why.LABEL if ahead else 0) | (Why.HONORIFIC if behind else 0))
            return
        foreign = run in self.known.foreign
        if behind & Role.HONORIFIC and not common:
            self.keep(
                "name", start, end, 0.8 if foreign else 0.6, (Why.FOREIGN_NAME if foreign else Why.UNLISTED) | Why.HONORIFIC
            )
        elif behind and foreign and not common and not behind & Role.PLACE_TITLE:
            self.keep("name", start, end, 0.6, Why.FOREIGN_NAME | Why.TITLE)
        elif ahead & Role.STRONG and foreign and not common and not NAME_LETTER.match(self.text, end):
            self.keep("name", start, end, 0.65, Why.FOREIGN_NAME | Why.LABEL)


def names_a_place(word: str) -> bool:
    """Whether a municipality is called so."""
    return any(word + sign in gazetteer().all for sign in "市県府都区町村")


def kana_names(words: Tokens, persons: list[Finding]) -> list[Finding]:
    """Readings and foreign names of a text, in places of the normalised text."""
    return Kana(words, persons).all()
