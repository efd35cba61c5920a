"""From blocks to units: one numbered item, paragraph or table row each, with its headings, sentences and force of obligation."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from sekisho.engines.draftreview.headings import article, heading_level, starts_item
from sekisho.engines.draftreview.model import Location, Match, Passage
from sekisho.engines.draftreview.normalise import Normalised, normalise, term

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.engines.draftreview.draft import Block, Draft

__all__ = ["Corpus", "Force", "Hit", "Sentence", "Unit", "is_japanese", "segment"]

Force = Literal["binding", "weak", "none"]
_END: Final = re.compile(r"[。！？]|\n|(?<=[ぁ-んァ-ヶ一-龥])[.](?=\s|$)")
_BINDING: Final = re.compile(
    r"(?:こと|ものとする|ものとし|(?:ねば|なければ)ならない|てはならない|ならない|必須|義務|厳禁|禁止する|禁じる|とする|請け負う|負う)"
    r"(?=[。.、,;:)）」』\s]|$)|(?:必要がある|必要とする|遵守する|順守する|義務付け|なければならない|とすること)"
)
_WEAK: Final = re.compile(
    "望ましい|望まれる|努める|努めるもの|努力(?:する|義務)|推奨(?:する|される|し)|任意とする|が期待される|好ましい"
)
_CANCELLED: Final = re.compile(
    "(?:は|を|が|も|については)不要(?:と|で|。|$)|不要と(?:する|し)|必要は?(?:が)?ない|(?:は|については|までは)、?求め(?:ない(?!こと|よう)|ません)|要しない|要求しない|しなくて(?:も)?(?:よい|良い)"
    "|行わなくて(?:も)?(?:よい|良い)|対象外と(?:する|し)|対象としない|免除する|実施しない(?:もの|こと)?と?(?:する)?。?$|(?:調達|業務|契約|本件)の?範囲外"
)
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
    """``[start, end)`` in the unit's normalised text; ``cancelled``: it says that something is not asked for."""

    start: int
    end: int
    force: Force
    cancelled: bool


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


def _sentences(normal: Normalised) -> tuple[Sentence, ...]:
    text = normal.text
    edges = [0, *(m.end() for m in _END.finditer(text)), len(text)]
    found = []
    for start, end in pairwise(edges):
        part = text[start:end]
        if part.strip():
            force: Force = "weak" if _WEAK.search(part) else "binding" if _BINDING.search(part) else "none"
            found.append(Sentence(start, end, force, bool(_CANCELLED.search(part))))
    return tuple(found) or (Sentence(0, len(text), "none", cancelled=False),)


def segment(draft: Draft) -> Corpus:
    """The units of a draft: every block but headings; headings become the path above the units that follow them."""
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
            path.append((level, f"{block.label} {title}".strip()[:120]))
            continue
        named = article(block.text)
        if named:
            section += 1
            path = [p for p in path if p[0] < 3]  # noqa: PLR2004 - the level of articles in headings.py
            path.append((3, named))
        unit = Unit(len(units), block, tuple(p[1] for p in path), normalise(block.text), section=section)
        unit.sentences = _sentences(unit.normal)
        lead = _inherit(unit, lead)
        units.append(unit)
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
