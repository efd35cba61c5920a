"""The words around names; the lists stand in ``contexts.yaml``. Looked up by length, which is quicker here than patterns."""
# ruff: noqa: C901, PLR0911 - rules over few characters; numbers are weights, lengths and classes of characters.py

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import yaml

from sekisho.engines.leakscan.names.characters import normalise_word

__all__ = ["Contexts", "Role", "contexts"]

NOTHING: Final = (0, 0)
SPACES: Final = frozenset(" \u3000")
GAP: Final = frozenset(" \u3000:=>|/[]「」『』【】()<>、,・※*●○■□◆◇\t\"'.．‥…―-→＞~〜")
PARTICLES: Final = frozenset("のはがもを")
BEFORE_NAMES: Final = GAP | PARTICLES | {"\n"}
DEPARTMENTS: Final = frozenset("課部係室局班署")
LONGEST_GAP: Final = 8
ORGANISATION_RUN: Final = re.compile(  # 亀戸労働基準監督署, 長野精工(株)
    r"[\u3400-\u9fff々ァ-ヴー・&A-Za-z]{1,14}?(?:署|[^場住]所|局|校|大学|会社|組合|センター|病院|学園|協会|連合会?|財団|機構|銀行|支店|工場|\(株\)|\(有\)|㈱|法人|本部|支部|役場|委員会|協議会)(?![\u3400-\u9fff々])"
)
COMPOUND_TITLE: Final = re.compile(  # 山田総務課長, 石原都知事, 高橋元市長
    r"[\u3400-\u9fff々ァ-ヴー・]{1,8}?(?:課長|部長|係長|室長|局長|次長|主任|主査|知事|市長|町長|村長|区長|議員|委員長|委員|教授|大臣|長官|首相|大統領|社長|会長|校長|監督|審議官|企画官|調整官|視学官|専門官|参事官|戦略官|監察官|書記官|研究員|調査員|調査官|主幹|専務|常務|取締役|理事|マネージャー|リーダー)(?!会)"
)
NAMED_BEFORE: Final = re.compile(r"[\u3400-\u9fff々ァ-ヴーA-Za-z](?:株式|有限|合同)会社$")
PLACEHOLDERS: Final = frozenset("○●□■◇◆")
FORMER: Final = frozenset("新前元現旧")  # 新団長, 前会長
WITHIN_WORD: Final = re.compile(r"関[\u3400-\u9fff]|[市県都区町村府道]議会|さま[ァ-ヴ]")  # 学術機関課, 市議会
LONGEST_BRACKET: Final = 14


class Role:
    """What a word does beside a name, as bits."""

    HONORIFIC: Final = 1
    TITLE: Final = 2
    PLACE_TITLE: Final = 4
    STRONG: Final = 8
    WEAK: Final = 16
    KANA: Final = 32
    ORGANISATION: Final = 64
    COMPOUND: Final = 128
    DEPARTMENT: Final = 256


@dataclass(frozen=True, slots=True)
class Contexts:
    """``after``: words behind a name; ``before``: words before one; ``not_after``: what makes it no name; ``never``: no names."""

    after: dict[str, int]
    before: dict[str, int]
    not_after: frozenset[str]
    honorifics_not: tuple[str, ...]
    never: frozenset[str]
    widths: dict[str, int]
    firsts: str
    spoiler_widths: dict[str, int]
    before_widths: dict[str, int]
    acts: tuple[str, ...]
    honorifics: tuple[str, ...]

    def behind(self, text: str, end: int) -> tuple[int, int]:
        """The role of the words behind a name that ends at ``end``, after one space at most; and how long gap and word are."""
        start = end
        first = text[start : start + 1]
        while first in SPACES and start < end + 2:
            start += 1
            first = text[start : start + 1]
        for width in range(self.widths.get(first, 0), 0, -1):
            role = self.after.get(text[start : start + width])
            if role is not None:
                if WITHIN_WORD.match(text, start) or (role & Role.HONORIFIC and text.startswith(self.honorifics_not, start)):
                    return NOTHING
                return role, start - end + width
        if first < "ァ" or first > "龥":
            return NOTHING
        if first in FORMER and start == end:
            role, width = self.behind(text, end + 1)
            if role & Role.TITLE and not role & Role.COMPOUND:
                return role & ~Role.PLACE_TITLE, width + 1
        match = COMPOUND_TITLE.match(text, start)
        return (Role.TITLE | Role.PLACE_TITLE | Role.COMPOUND, start - end + len(match[0])) if match else NOTHING

    def ahead(self, text: str, start: int) -> tuple[int, bool]:
        """The role of the words before a name that begins at ``start``, and whether a sign or a space stands between."""
        touching = text[start - 1 : start]
        if touching not in BEFORE_NAMES and touching not in self.before_widths:
            return 0, False
        at, low = start, max(0, start - LONGEST_GAP)
        while at > low and text[at - 1] in GAP:
            if text[at - 1] == ")" and self._ending(text, at) & Role.ORGANISATION:
                return Role.ORGANISATION, at < start
            at -= 1
        if at > 0 and text[at - 1] == "\n" and at > low:
            at -= 1
            while at > low and text[at - 1] in GAP:
                at -= 1
        role = self._ending(text, at)
        if role == Role.ORGANISATION and at < start and self.has_own_name(text, at):
            return Role.DEPARTMENT, True  # 大波株式会社 鈴木
        if role:
            return role, at < start
        if (at < start and text[at : at + 1] in {")", "]", "】"}) or (at < start and ")" in text[at:start]):
            opening = text.rfind("(", max(0, at - LONGEST_BRACKET), at)
            if opening > 0:
                role = self._ending(text, opening)
                if role:
                    return role, True
        if at == start and at > 1 and text[at - 1] in PARTICLES:
            role = self._ending(text, at - 1)
            return Role.DEPARTMENT if role == Role.ORGANISATION else role, False  # みなも冷暖房株式会社の木村
        if at < start and text[at - 1 : at] in DEPARTMENTS:
            return Role.DEPARTMENT, True
        return 0, at < start

    @staticmethod
    def has_own_name(text: str, end: int) -> bool:
        """Whether a company's own name stands before 株式会社 that ends at a place, or a sign for one behind it."""
        return text[end - 1] == "社" and (
            NAMED_BEFORE.search(text, max(0, end - 8), end) is not None or text[end] in PLACEHOLDERS
        )

    def _ending(self, text: str, end: int) -> int:
        for width in range(min(self.before_widths.get(text[end - 1 : end], 0), end), 0, -1):
            role = self.before.get(text[end - width : end])
            if role is not None:
                return role
        return 0

    def spoiled(self, text: str, end: int) -> bool:
        """Whether what follows right at ``end`` makes the words before it a place, an organisation or a thing."""
        first = text[end : end + 1]
        if first in SPACES:
            end += 1
            first = text[end : end + 1]
            least = 2
        else:
            least = 1
        for width in range(self.spoiler_widths.get(first, 0), least - 1, -1):
            if text[end : end + width] in self.not_after:
                return True
        return least == 1 and first > "ァ" and ORGANISATION_RUN.match(text, end) is not None


def _roles(lists: dict[str, list[str]], keys: dict[str, int]) -> dict[str, int]:
    roles: dict[str, int] = {}
    for key, role in keys.items():
        for word in lists[key]:
            roles[word] = roles.get(word, 0) | role
    return roles


def _widths(words: Iterable[str], letter: int) -> dict[str, int]:
    """The length of the longest word for each first (0) or last (-1) letter."""
    widths: dict[str, int] = {}
    for word in words:
        widths[word[letter]] = max(len(word), widths.get(word[letter], 0))
    return widths


@cache
def contexts() -> Contexts:
    """Read at the first call."""
    raw = resources.files("sekisho.engines.leakscan.names").joinpath("contexts.yaml").read_text(encoding="utf-8")
    lists = {key: [normalise_word(str(word)) for word in value] for key, value in yaml.safe_load(raw).items()}
    after = _roles(lists, {"honorifics": Role.HONORIFIC, "titles": Role.TITLE, "place_titles": Role.PLACE_TITLE})
    before = _roles(
        lists,
        {
            "labels_strong": Role.STRONG, "labels_weak": Role.WEAK, "kana_labels": Role.KANA,
            "titles": Role.TITLE, "organisation_before": Role.ORGANISATION,
        },
    )  # fmt: skip
    widths = _widths(after, 0)
    return Contexts(
        after, before, frozenset(lists["not_after"]), tuple(lists["honorifics_not"]), frozenset(lists["never"]), widths,
        "".join(widths), _widths(lists["not_after"], 0), _widths(before, -1), tuple(lists["acts"]),
        tuple(gap + word for word in lists["honorifics"] for gap in ("", " ", "\u3000")),
    )  # fmt: skip
