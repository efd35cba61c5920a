"""The review of a draft as a document: what is covered, which points there are, what people decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sekisho.documents import render
from sekisho.documents.model import (
    Block,
    Callout,
    Cell,
    Column,
    ColumnKind,
    Document,
    Heading,
    KeyValue,
    KeyValues,
    Paragraph,
    Table,
)
from sekisho.records.procurement.rules.reviewing import RANK, effective
from sekisho.standards import texts
from sekisho.standards.model import Text

if TYPE_CHECKING:
    from sekisho.engines.draftreview import ClauseResult, Item, Location, Review

__all__ = ["ReviewMaterial", "place_of", "render_review", "review_document", "sentence"]

Language = Literal["ja", "en"]
_KINDS = ("inconsistent", "expected", "floor", "restriction", "placeholder", "vague")
_LONGEST = 600  # characters of a passage in a cell


@dataclass(frozen=True, kw_only=True)
class ReviewMaterial:
    """What the document is written from. ``verdicts``: fingerprint → (verdict, reason, who)."""

    result: Review
    verdicts: Mapping[str, tuple[str, str, str]]
    ours: Mapping[str, Text]
    case: str
    organization: str
    language: str
    as_of: datetime
    fictional: bool = False
    left_out: tuple[str, ...] = field(default=())

    def word(self, name: str, /, **fields: Any) -> str:
        """A word of the review in the reader's language."""
        return texts.render(f"procurement_reviews.{name}", fields, self.language)


def sentence(code: str, fields: Mapping[str, Any], language: str) -> str:
    """The sentence of a point."""
    return texts.render(code, dict(fields), language)


def place_of(location: Location, language: str) -> str:
    """Where a passage stands, as a reader finds it: headings, page or line, table row."""
    parts = [" › ".join(location.headings)] if location.headings else []
    for name in ("page", "line", "table", "row"):
        value = getattr(location, name)
        if value is not None:
            parts.append(texts.render(f"procurement_reviews.at_{name}", {"n": value}, language))
    if not any(getattr(location, name) is not None for name in ("page", "line", "table")):
        parts.append(texts.render("procurement_reviews.at_paragraph", {"n": location.number}, language))
    if location.label:
        parts.append(location.label)
    return ("　" if language == "ja" else ", ").join(parts)


def review_document(material: ReviewMaterial) -> Document:
    """The whole review as a document."""
    result = material.result
    facts = [
        KeyValue(material.word("file"), (result.file,)),
        KeyValue("SHA-256", (result.sha256,)),
        KeyValue(material.word("compared_with"), (material.case or material.word("no_case"),)),
        KeyValue(material.word("rules_version"), (result.rules_version,)),
    ]
    blocks: list[Block] = [Paragraph((material.word("caution"),)), KeyValues(tuple(facts))]
    blocks += [Callout((texts.render(notice.code, notice.fields, material.language),), "warning") for notice in result.notices]
    blocks += [Heading(material.word("clauses")), _clauses(material)]
    if material.left_out:
        blocks.append(Paragraph((material.word("left_out", ids=", ".join(material.left_out)),)))
    blocks += [Heading(material.word("points")), _items(material)]
    language: Language = "en" if material.language == "en" else "ja"
    return Document(
        title=material.word("title", file=result.file),
        organization=material.organization,
        as_of=material.as_of,
        blocks=tuple(blocks),
        language=language,
        fictional=material.fictional,
    )


def _passages(found: ClauseResult | Item, language: str) -> str:
    lines = []
    for passage in found.passages:
        text = passage.text if len(passage.text) <= _LONGEST else passage.text[:_LONGEST] + "…"
        lines.append(f"[{place_of(passage.location, language)}] {text}")
    return "\n".join(lines)


def _decision(material: ReviewMaterial, fingerprint: str) -> str:
    if fingerprint not in material.verdicts:
        return material.word("undecided")
    verdict, reason, who = material.verdicts[fingerprint]
    shown = material.word(f"verdict_{verdict}")
    return "\n".join(part for part in (shown, reason, who) if part)


def _clauses(material: ReviewMaterial) -> Table:
    lang = material.language
    rows = []
    for clause in sorted(material.result.clauses, key=lambda c: RANK[c.status]):
        verdict = material.verdicts.get(clause.fingerprint, ("", "", ""))[0]
        ours = material.ours[clause.id].get(lang) if clause.id in material.ours else ""
        cells = (
            clause.id,
            clause.title.get(lang),
            texts.render(f"review.status_{effective(clause, verdict)}", {}, lang),
            texts.render(f"derivation.strength_{clause.wanted}", {}, lang) if clause.wanted else "",
            round(clause.confidence, 2),
            ours[:_LONGEST],
            _passages(clause, lang),
            _decision(material, clause.fingerprint),
        )
        rows.append(tuple(Cell(value) for value in cells))
    names = (
        ("number", 1.4),
        ("clause", 3),
        ("status", 1.4),
        ("wanted", 1.4),
        ("confidence", 1.6),
        ("ours", 5),
        ("theirs", 5),
        ("decision", 2.4),
    )
    kinds = {"confidence": ColumnKind.PERCENT}
    return Table(
        columns=tuple(Column(material.word(f"column_{n}"), kind=kinds.get(n, ColumnKind.TEXT), width=w) for n, w in names),
        rows=tuple(rows),
        caption=material.word("clauses"),
        empty=material.word("no_clauses"),
        landscape=True,
    )


def _items(material: ReviewMaterial) -> Table:
    lang = material.language
    rows = []
    for item in sorted(material.result.items, key=lambda i: _KINDS.index(i.kind)):
        cells = (
            material.word(f"kind_{item.kind}"),
            sentence(item.code, item.fields, lang),
            _passages(item, lang),
            sentence(item.suggestion, item.fields, lang) if item.suggestion else "",
            "\n".join(basis.title.get(lang) for basis in item.basis),
            _decision(material, item.fingerprint),
        )
        rows.append(tuple(Cell(value) for value in cells))
    names = (("kind", 1.6), ("point", 4), ("theirs", 5), ("suggestion", 3), ("basis", 2.4), ("decision", 2.4))
    return Table(
        columns=tuple(Column(material.word(f"column_{name}"), width=width) for name, width in names),
        rows=tuple(rows),
        caption=material.word("points"),
        empty=material.word("no_points"),
        landscape=True,
    )


def render_review(material: ReviewMaterial, output: str) -> bytes:
    """The review as docx, xlsx or html. Errors as :func:`sekisho.documents.render`."""
    return render(review_document(material), output)
