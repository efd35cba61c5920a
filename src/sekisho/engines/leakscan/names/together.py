"""Names that others of the same list vouch for; lists of places and the like, which are none."""
# ruff: noqa: PLR0911, PLR2004 - rules over few characters; numbers are weights, lengths and how many

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from sekisho.engines.leakscan.names.contexts import SPACES
from sekisho.engines.leakscan.names.findings import THRESHOLD, Finding, Why
from sekisho.engines.leakscan.names.gazetteer import gazetteer
from sekisho.engines.leakscan.names.single import LETTER, NO_SURNAME_LETTERS, SingleParts
from sekisho.engines.leakscan.names.unlisted import NO_NAME_ENDS

__all__ = ["AFTER_ITEM", "together"]

PLACE_ENDS: Final = frozenset("都道府県市区町村郡駅社省庁署校寺院会")
SEPARATOR: Final = re.compile(r"[\"']?[ \u3000]?(?:[、,・/→]|[.](?![0-9])|と|及び|並びに)[ \u3000\n]{0,40}[\"']?")
SEPARATOR_BEFORE: Final = re.compile(r"(?:[、,・/→]|[.]|と|及び|並びに)[ \u3000\n]{0,40}$")
SEPARATOR_LETTER: Final = re.compile(r"[、,・/→.とびに][ \u3000\n]{0,3}$|[ \u3000\n]{4}$")
LIST_SIGNS: Final = frozenset("、,・/→.と及並び\"'")
AFTER_ENTRY: Final = LIST_SIGNS | frozenset("( \u3000")
BLANKS: Final = frozenset(" \u3000\n\"'")
REMARK: Final = re.compile(r"[ \u3000]?\([^()\n]{1,24}\)")
KANJI: Final = r"[\u3400-\u9fff々ヶケノ]"
ITEM: Final = re.compile(
    rf"{KANJI}{{1,3}}[ \u3000]{KANJI}{{1,3}}(?!{KANJI})"
    rf"|{KANJI}{{1,3}}(?:[ぁ-ん]{{2,3}}(?=さん|[、,(\n]|$)|[ァ-ヴー]{{2,4}})|{KANJI}{{1,6}}|[ァ-ヴー]{{2,8}}"
)
ITEM_BEFORE: Final = re.compile(rf"(?:^|[^\u3400-\u9fff々ァ-ヴーぁ-ん])({KANJI}{{2,8}})(?:[ \u3000]?\([^()\n]{{1,24}}\))?$")
LONG_TITLE: Final = re.compile(
    r"[\u3400-\u9fff々ァ-ヴー・A-Za-z]{2,30}?(?:[官監]|[課部係局室次校院館園所会]長|理事|監事|幹事|教授|講師|補佐|主査|主任|参事|委員|会員|研究員|調整員|係員|職員)"
    r"(?=[、,()\n。 \u3000]|$|より|から|[がはもにを])"
)
AFTER_ITEM: Final = re.compile(
    r"[ \u3000]?(?:[、,・/→.()\n。|\]】]|$)|[がはもにをへで](?![\u3400-\u9fff]?君)|と|及び|より|から|各|両|の"
)
LONGEST_LIST: Final = 40
CERTAIN: Final = Why.HONORIFIC | Why.TITLE | Why.LABEL | Why.GIVEN_NAME | Why.SPACED


class Item:
    """One entry of a list: a name that was found (``finding``), or what stands where one should."""

    __slots__ = ("end", "finding", "start", "title")

    def __init__(self, start: int, end: int, title: str, finding: Finding | None) -> None:
        self.start, self.end, self.title, self.finding = start, end, title, finding


class Together:
    """The rules over one text and the names that were found in it."""

    def __init__(self, rules: SingleParts, found: list[Finding]) -> None:
        self.rules = rules
        self.text = rules.text
        self.sure = sorted((f for f in found if f.score >= THRESHOLD), key=lambda f: f.start)
        self.at = {f.start: f for f in self.sure}
        self.extra: list[Finding] = []
        self.removed: set[int] = set()

    def all(self) -> list[Finding]:
        """What the others vouch for; places may overlap with names found before."""
        listed = 0
        for finding in self.sure:
            if finding.start >= listed and self.may_be_listed(finding):
                listed = self.in_list(finding)
        self.merged()
        return self.extra

    def may_be_listed(self, finding: Finding) -> bool:
        """Whether a sign of a list, a title or a remark touches a name."""
        text, start = self.text, finding.start - 1
        while start >= 0 and text[start] in BLANKS:
            start -= 1
        behind = text[finding.end : finding.end + 1]
        return (
            (start >= 0 and text[start] in LIST_SIGNS) or behind in LIST_SIGNS or behind in "( \u3000" or "ァ" <= behind <= "龥"
        )

    def merged(self) -> None:
        """Two surnames that touch are one that no list has: 壁谷, 沢."""
        for one, other in pairwise(self.sure):
            if one.end == other.start and other.end - one.start <= 4 and not (one.why | other.why) & Why.GIVEN_NAME:
                self.add(one.start, other.end, max(one.score, other.score), one.why | other.why | Why.UNLISTED)

    def add(self, start: int, end: int, score: float, why: int) -> None:
        """A finding, known to the rules that follow."""
        finding = Finding("person_name", start, end, round(score, 2), why)
        self.extra.append(finding)
        self.at[start] = finding

    def in_list(self, first: Finding) -> int:
        """Judges the list that a name stands in; where the part that was looked at ends."""
        items = [*self.before(first.start), *self.behind(first)]
        if len(items) == 1:
            return first.end
        if self.is_no_list_of_names(items):
            self.removed.update(item.start for item in items if item.finding is not None and not item.finding.why & CERTAIN)
            return items[-1].end
        names = [item for item in items if item.finding is not None]
        likely = len(names) + sum(item.finding is None and len(item.title) > 3 and self.common(item) for item in items)
        one_title = len(items) >= 3 and bool(items[0].title) and len({item.title for item in items}) == 1
        if len(items) > len(names) >= 1 and (one_title or (len(names) >= 2 and likely * 2 >= len(items))):
            full = sum(item.end - item.start >= 3 for item in names) * 2 > len(names)
            titles = {item.title for item in names}
            for item in items:
                if item.finding is None and self.may_be_name(
                    item, full=full, same_title=bool(item.title) and item.title in titles
                ):
                    self.add(item.start, item.end, 0.65, Why.BESIDE_NAME | Why.UNLISTED)
        if len(names) >= 2:
            for item in names:
                self.filled(item)
        return items[-1].end

    def is_no_list_of_names(self, items: list[Item]) -> bool:
        """Whether a list without any label is one of places, or of single letters such as 春、夏、秋."""
        if self.rules.ahead(items[0].start)[0] or any(item.title for item in items):
            return False
        places = sum(self.is_place(self.text[item.start : item.end]) for item in items)
        if places * 5 >= len(items) * 3 and len(items) >= 3:
            return True
        letters = all(item.end - item.start == 1 for item in items)
        return letters and (len(items) >= 3 or self.text[items[0].start - 1 : items[0].start] in LIST_SIGNS)

    def is_place(self, word: str) -> bool:
        """Whether a word is that of a place or ends like one."""
        return word[-1] in PLACE_ENDS or any(word + sign in gazetteer().all for sign in "市県府都区町村")

    def common(self, item: Item) -> bool:
        """Whether an entry is a common surname."""
        return self.rules.known.surnames.get(self.text[item.start : item.end], 0) >= 5_000

    def filled(self, item: Item) -> None:
        """A name that goes on to the end of its place in a list: 青木重十, where 青木重 was found."""
        finding = item.finding
        if finding is None or (finding.score >= 0.99 and finding.why & Why.SPACED):
            return
        match = ITEM.match(self.text, item.start)
        if match is None or not finding.end < match.end() or match.end() - item.start > 5:
            return
        rest = self.text[finding.end : match.end()]
        if self.rules.behind(finding.end)[0] or not self.closes(match.end()) or rest[0] in SPACES:
            return
        if all(c in self.rules.known.given_letters for c in rest) and rest[-1] not in NO_NAME_ENDS:
            self.add(item.start, match.end(), max(0.6, finding.score - 0.2), finding.why | Why.BESIDE_NAME)

    def closes(self, end: int) -> bool:
        """Whether an entry of a list may end at a place."""
        return AFTER_ITEM.match(self.text, end) is not None

    def before(self, start: int) -> list[Item]:
        """Entries to the left of a name that were not found."""
        items: list[Item] = []
        low = max(0, start - 400)
        while len(items) < 4 and SEPARATOR_LETTER.search(self.text, max(low, start - 4), start):
            separator = SEPARATOR_BEFORE.search(self.text, low, start)
            match = separator and ITEM_BEFORE.search(self.text, max(low, separator.start() - 40), separator.start())
            if not match:
                break
            begin, end = match.span(1)
            cut = next((e for e in range(begin + 1, end) if self.rules.direct_role(e)), end)
            if (cut - begin < 2 and cut < end) or any(f in self.at for f in range(begin, end)):
                break
            items.insert(0, Item(begin, cut, self.text[cut:end], None))
            start = begin
        return items

    def behind(self, first: Finding) -> list[Item]:
        """A name and the entries to the right of it."""
        items: list[Item] = []
        start, text = first.start, self.text
        while len(items) < LONGEST_LIST:
            finding = self.at.get(start)
            item = self.entry(start, finding)
            if item is None:
                break
            items.append(item)
            end = item.end + len(item.title)
            if text[end : end + 1] not in AFTER_ENTRY:
                end = self.longer(item)
                if not end:
                    break
            remark = REMARK.match(text, end)
            if remark is not None:
                end = remark.end() + (text[remark.end() : remark.end() + 1] in "各次")
                end += self.rules.behind(end)[1]
            separator = SEPARATOR.match(text, end)
            if separator is None:
                break
            start = separator.end()
        return items

    def longer(self, item: Item) -> int:
        """Where an entry ends that goes on behind the name found: 青木重十; 0 where it does not end soon."""
        match = ITEM.match(self.text, item.start)
        fits = match is not None and item.end < match.end() <= item.start + 5 and not item.title and self.closes(match.end())
        return match.end() if match is not None and fits else 0

    def entry(self, start: int, finding: Finding | None) -> Item | None:
        """The entry of a list that begins at a place, with its title."""
        if finding is not None:
            end = finding.end
        else:
            match = ITEM.match(self.text, start)
            if match is None:
                return None
            end = next((e for e in range(start + 1, match.end()) if self.rules.direct_role(e)), match.end())
            match = LONG_TITLE.match(self.text, start) if end - start > 3 else None
            if match is not None and not "ァ" <= self.text[start] <= "ー":
                cut = self.surname_of(start, match.end())
                if not self.rules.known.given.get(self.text[cut:end]):
                    return Item(start, cut, self.text[cut : match.end()], None)
            if end - start < 2 and not self.rules.known.surnames.get(self.text[start:end]):
                return None
        title = self.title(end)
        if finding is None and not title and not self.closes(end):
            match = LONG_TITLE.match(self.text, start)
            if match is None:
                return None
            end = self.surname_of(start, match.end())
            title = self.text[end : match.end()]
        return Item(start, end, title, finding)

    def title(self, end: int) -> str:
        """The title right behind a place, with the words that lead to it: 高等教育局長."""
        text = self.text
        if not LETTER.match(text[end : end + 1]):
            return ""
        role, width = self.rules.behind(end)
        title = text[end : end + width] if role else ""
        if title and not LETTER.match(text[end + width : end + width + 1]):
            return title
        long = LONG_TITLE.match(text, end)
        return long[0] if long is not None and len(long[0]) > len(title) else title

    def surname_of(self, start: int, end: int) -> int:
        """Where the likeliest surname ends that begins a run with a long title."""
        known = self.rules.known.surnames
        best = max(range(1, 4), key=lambda n: known.get(self.text[start : start + n], 0) * (200 if n > 1 else 1))
        return min(start + (best if known.get(self.text[start : start + best], 0) else 2), end - 1)

    def may_be_name(self, item: Item, *, full: bool, same_title: bool) -> bool:
        """Whether an entry among names has the form of one."""
        known, contexts = self.rules.known, self.rules.contexts
        word = self.text[item.start : item.end]
        letters = "".join(c for c in word if c not in SPACES)
        weight = known.surnames.get(letters, 0)
        if letters in contexts.never or letters in contexts.before or letters in contexts.after or letters in contexts.not_after:
            return False
        if "ァ" <= letters[0] <= "ー":
            return bool(item.title) and letters not in known.katakana_words
        if letters in known.common_words and weight < 1_000:
            return False
        if not weight and (letters[-1] in NO_NAME_ENDS or letters[-1] in PLACE_ENDS or letters in gazetteer().all):
            return False
        if (letters[0] not in known.surname_letters or letters[0] in NO_SURNAME_LETTERS) and not self.begins_with_surname(
            letters
        ):
            return False
        if not full or same_title or word != letters:
            return len(letters) <= (3 if not full else 5) or word != letters
        return 3 <= len(letters) <= 5 and (self.begins_with_surname(letters) or known.given.get(letters[2:], 0) >= 4)

    def begins_with_surname(self, letters: str) -> bool:
        """Whether a surname of the lexicon begins the letters."""
        return any(self.rules.known.surnames.get(letters[:cut], 0) for cut in (1, 2, 3))


def together(rules: SingleParts, found: list[Finding]) -> list[Finding]:
    """The names found before, without those in lists of places, and the names that they vouch for."""
    judged = Together(rules, found)
    extra = judged.all()
    return [f for f in found if f.start not in judged.removed] + extra
