"""From blocks to units: one numbered item, paragraph or table row each, with its headings, sentences and force of obligation."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from sekisho.engines.draftreview.headings import article, heading_level, is_sentence, starts_item
from sekisho.engines.draftreview.model import Location, Match, Passage
from sekisho.engines.draftreview.normalise import Normalised, normalise, term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.engines.draftreview.draft import Block, Draft

__all__ = ["Corpus", "Force", "Hit", "Sentence", "Unit", "Void", "is_japanese", "segment"]

Force = Literal["binding", "weak", "none"]
Void = Literal["", "cancelled", "described"]
_END: Final = re.compile(r"[。！？]|\n|(?<=[ぁ-んァ-ヶ一-龥])[.](?=\s|$)|[、,(](?=(?:ただし|但し)[、,])")
_BINDING: Final = re.compile(
    r"(?:こと|ものとする|ものとし|(?:ねば|なければ)ならない|てはならない|ならない|必須|義務|厳禁|禁止する|禁じる|とする|請け負う|負う)"
    r"(?=[。.、,;:(（)）」』\s]|$)|(?:必要がある|必要とする|遵守する|順守する|義務付け|なければならない|とすること)"
)
_WEAK: Final = re.compile(
    "望ましい|望まれる|努める|努めるもの|努力(?:する|義務)|推奨(?:する|される|し)|任意とする|が期待される|好ましい"
)
_CANCELLED: Final = re.compile(
    "不要(?:とする|とし|である|です|なため|[。)]|$)|必要(?:は|が|も)?(?:ない|ありません)(?:[。、も)]|と(?!認|判断|き)|$|ため|もの)"
    "|(?:は|については|までは)、?求め(?:ない(?!こと|よう)|ません)|求めるものではない|要しない(?!場合|とき|と認|情報|者)|要求しない(?!こと|よう)"
    "|(?:し|行わ|設け|備え|用い|求め)なくて(?:も)?(?:よい|良い|可|差し支えない|構わない|かまわない)|対象外と(?:する|し)|対象としない"
    "|免除する(?!もの|わけ|こと)|実施しない(?:もの|こと)?と?(?:する)?。?$|省略(?:できる|可|してよい|することができる)"
    "|必須(?:とは?しない|ではない|でない)|(?:調達|業務|契約|本件)の?範囲外|(?:調達|業務|契約|本件)(?:の(?:範囲|対象))?には?含(?:まない|めない|まれない)"
    "|受注者の(?:業務|負担|責任)としない"
)
_UNDONE: Final = re.compile(
    "(?:取得|保存|保管|記録|暗号化|認証|監視|検知|診断|検査|分離|同期|適用|更新|導入|設置|実施|整備|作成|提出|報告|点検|対策)"
    "(?:(?:は|を|も|については)?(?:行わない|実施しない|しない)(?:もの|こと)と(?:する|し)|(?:は|も|については)(?:行わない|実施しない|しない)(?:こと)?[。)]?$)"
)
# What makes 「…しないものとする」 a prohibition that is asked for, rather than a measure that is not.
_PROHIBITION: Final = re.compile(
    "承認|承諾|許可|同意|許諾|以外|目的外|みだりに|限り|外部|私物|個人(?:所有|情報)|秘密|端末に|媒体に|国外|第三者|複製|複写|持ち?出"
)
_PRESENT_STATE: Final = re.compile(
    r"^\s*(?:[^\s。]{0,6}[)）.．、]\s*)?(?:なお、)?(?:現行|現在|既存|従来|これまで)[^。]*(?:[てで](?:いる|います|いた)|である)[。)]?$"
)
_PRESENT_HEADING: Final = re.compile("現行|現状|背景|経緯|これまでの")
_LEAD_IN: Final = re.compile("(?:次|以下|下記)(?:の|に|に掲げる|に示す|のとおり|の各号|の事項|の要件)")
_LETTERS: Final = re.compile("[A-Za-zぁ-んァ-ヶ一-龥ｦ-ﾟ]")
_JAPANESE: Final = re.compile("[ぁ-んァ-ヶ一-龥ｦ-ﾟ]")
_KANA: Final = re.compile("[ぁ-んァ-ヶｦ-ﾟ]")
_FEWEST_LETTERS: Final = 60
_SHARE: Final = 0.2
_MOST_HEADINGS: Final = 8
_BELOW_STYLED: Final = 10


@dataclass(frozen=True, slots=True)
class Sentence:
    """``[start, end)`` in the unit's normalised text. ``void``: why it asks for nothing: it says that something is not asked
    for (``cancelled``), or only how things are at present (``described``); empty for every other sentence.
    """

    start: int
    end: int
    force: Force
    void: Void = ""


@dataclass(slots=True)
class Unit:
    """One block of the draft, ready for matching. ``offset``: where it begins in :attr:`Corpus.low`."""

    index: int
    block: Block
    headings: tuple[str, ...]
    normal: Normalised
    offset: int = 0
    sentences: tuple[Sentence, ...] = ()
    inherited: bool = False
    section: int = 0

    @property
    def location(self) -> Location:
        """Where it stands in the file."""
        b = self.block
        return Location(
            number=b.number,
            kind=b.kind,
            headings=self.headings,
            label=b.label,
            page=b.page,
            line=b.line,
            table=b.table,
            row=b.row,
        )

    def sentence_at(self, position: int) -> Sentence:
        """The sentence that holds a place of the normalised text."""
        starts = [s.start for s in self.sentences]
        return self.sentences[max(0, bisect_right(starts, position) - 1)]

    def void_at(self, position: int) -> Void:
        """Why the sentence at a place asks for nothing; an item below 「次の事項を行うこと。」 is never a mere description."""
        void = self.sentence_at(position).void
        return "" if void == "described" and self.inherited else void

    def match(self, term_: str, start: int, end: int) -> Match:
        """A normalised span as a place of the original text."""
        first, last = self.normal.span(start, end)
        return Match(term=term_, start=first, end=last, text=self.block.text[first:last])

    def passage(self, matches: Iterable[Match] = ()) -> Passage:
        """The block's text with places in it, in order and each once."""
        unique = {(m.start, m.end, m.term): m for m in matches}
        return Passage(text=self.block.text, location=self.location, matches=tuple(unique[key] for key in sorted(unique)))


@dataclass(frozen=True, slots=True)
class Hit:
    """A normalised span ``[start, end)`` in unit number ``unit``."""

    unit: int
    start: int
    end: int


@dataclass(slots=True)
class Corpus:
    """All units of a draft and their normalised texts one after the other, for searching in one go."""

    units: list[Unit]
    low: str
    offsets: list[int]
    heading_terms: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def locate(self, start: int, end: int) -> Hit:
        """The unit that holds a place of :attr:`low`."""
        index = bisect_right(self.offsets, start) - 1
        base = self.offsets[index]
        return Hit(index, start - base, end - base)

    def near_headings(self, unit: Unit) -> tuple[str, ...]:
        """The two innermost headings of a unit, normalised."""
        found = self.heading_terms.get(unit.headings)
        if found is None:
            found = self.heading_terms[unit.headings] = tuple(term(h) for h in unit.headings[-2:])
        return found


def is_japanese(draft: Draft) -> bool:
    """Whether a draft is in Japanese: at least a fifth of its letters are Japanese and some of them kana.

    A text with fewer than 60 letters counts as Japanese when it has any Japanese letter.
    """
    text = "".join(block.text for block in draft.blocks)[:400_000]
    letters, japanese = len(_LETTERS.findall(text)), len(_JAPANESE.findall(text))
    if letters < _FEWEST_LETTERS:
        return japanese > 0 or letters == 0
    return japanese >= _SHARE * letters and bool(_KANA.search(text))


def _void(part: str, force: Force, headings: tuple[str, ...]) -> Void:
    """Why a sentence asks for nothing; empty when it may ask for something."""
    if _CANCELLED.search(part) or (_UNDONE.search(part) and not _PROHIBITION.search(part)):
        return "cancelled"
    at_present = _PRESENT_STATE.search(part) or any(_PRESENT_HEADING.search(heading) for heading in headings[-2:])
    return "described" if force == "none" and at_present else ""


def _sentences(normal: Normalised, headings: tuple[str, ...]) -> tuple[Sentence, ...]:
    text = normal.text
    edges = [0, *(m.end() for m in _END.finditer(text)), len(text)]
    found = []
    for start, end in pairwise(edges):
        part = text[start:end]
        if part.strip():
            force: Force = "weak" if _WEAK.search(part) else "binding" if _BINDING.search(part) else "none"
            found.append(Sentence(start, end, force, _void(part, force, headings)))
    return tuple(found) or (Sentence(0, len(text), "none"),)


def _unit(block: Block, headings: tuple[str, ...], index: int, section: int) -> Unit:
    unit = Unit(index, block, headings, normalise(block.text), section=section)
    unit.sentences = _sentences(unit.normal, headings)
    return unit


def segment(draft: Draft) -> Corpus:
    """The units of a draft: every block but headings, which become the path above the units that follow them. A whole sentence in
    the style of a heading (for the sake of its number) is both.
    """
    path: list[tuple[int, str]] = []
    units: list[Unit] = []
    section = 0
    lead: tuple[int, str] | None = None
    levels = _levels(draft)
    for block, level in zip(draft.blocks, levels, strict=True):
        title = block.text.strip()
        if level is not None:
            section += 1
            path = [p for p in path if p[0] < level][-_MOST_HEADINGS:]
            above = tuple(p[1] for p in path)
            path.append((level, f"{block.label} {title}".strip()[:120]))
            if is_sentence(title):
                units.append(_unit(block, above, len(units), section))
                lead = _inherit(units[-1], lead)
            continue
        named = article(block.text)
        if named:
            section += 1
            path = [p for p in path if p[0] < 3]  # noqa: PLR2004 - the level of articles in headings.py
            path.append((3, named))
        units.append(_unit(block, tuple(p[1] for p in path), len(units), section))
        lead = _inherit(units[-1], lead)
    return _corpus(units)


def _levels(draft: Draft) -> list[int | None]:
    """The level of each block that is a heading: by its format, else by its number when something of its own follows below it
    (a numbered line after which the next number follows at once is an item, not a heading).
    """
    styled = any(b.level is not None for b in draft.blocks)
    likely = [
        b.level if b.level is not None else heading_level(b.text) if b.kind == "paragraph" and not b.label else None
        for b in draft.blocks
    ]
    made: list[int | None] = []
    for index, block in enumerate(draft.blocks):
        level = likely[index]
        if block.level is None and level is not None:
            last = index + 1 == len(likely)
            following = None if last else likely[index + 1]
            if last or (draft.blocks[index + 1].level is not None) or (following is not None and following <= level):
                level = None
            elif styled:
                level += _BELOW_STYLED
        made.append(level)
    return made


def _inherit(unit: Unit, lead: tuple[int, str] | None) -> tuple[int, str] | None:
    """Items under 「次の事項を行うこと。」 are as binding as it is. Returns the lead-in that is now open."""
    last = unit.sentences[-1]
    if last.force == "binding" and _LEAD_IN.search(unit.normal.text[last.start :]):
        return unit.section, "binding"
    if (
        lead
        and lead[0] == unit.section
        and (unit.block.label or unit.block.kind == "row" or starts_item(unit.block.text.strip()))
    ):
        unit.inherited = True
        return lead
    return None


def _corpus(units: list[Unit]) -> Corpus:
    offsets, at = [], 0
    for unit in units:
        unit.offset = at
        offsets.append(at)
        at += len(unit.normal.low) + 1
    return Corpus(units, "\n".join(unit.normal.low for unit in units), offsets)
