"""Documents of a case as files: our own look, or the office's Word template filled through its named places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.documents import dates
from sekisho.documents.model import Block, Document, Heading
from sekisho.errors import InputError
from sekisho.records.procurement.writing.evaluation import evaluation
from sekisho.records.procurement.writing.reasons import reasons
from sekisho.records.procurement.writing.specification import (
    annex_blocks,
    business_blocks,
    clause_blocks,
    diagram_blocks,
    document,
    refuse_unfilled,
    requirement_table,
    specification,
)
from sekisho.records.procurement.writing.traceability import traceability

if TYPE_CHECKING:
    from sekisho.documents.docx_places import Fragment
    from sekisho.records.procurement.writing.material import Material

__all__ = [
    "BLOCK_PLACES",
    "DOCUMENTS",
    "FORMATS",
    "PLACES",
    "REQUIRED_PLACES",
    "build",
    "fill_template",
    "render_one",
    "render_workbook",
]

DOCUMENTS: Final = ("specification", "traceability", "evaluation", "reasons")
FORMATS: Final = ("docx", "xlsx", "html", "md", "pdf")
PLACES: Final = ("件名", "組織名", "作成日", "仕様書番号", "セキュリティ要件", "要件一覧", "特記事項", "別紙", "概要図")
"""The names of places that a Word template may have. ``セキュリティ要件`` must be there, else the clauses would be lost."""
REQUIRED_PLACES: Final = ("セキュリティ要件",)
BLOCK_PLACES: Final = ("セキュリティ要件", "要件一覧", "特記事項", "別紙", "概要図")
"""The places that take headings, tables or pictures: each a paragraph of its own."""


def build(material: Material, which: str, *, draft: bool = False) -> Document:
    """One of DOCUMENTS. ``draft``: the specification may have empty places.

    InputError ``procurement_outputs.unknown_document``.
    """
    match which:
        case "specification":
            return specification(material, draft=draft)
        case "traceability":
            return traceability(material)
        case "evaluation":
            return evaluation(material)
        case "reasons":
            return reasons(material)
    raise InputError("procurement_outputs.unknown_document", name=which[:40], names=", ".join(DOCUMENTS))


def render_one(made: Document, output: str) -> bytes:
    """The document as a file of one of FORMATS. Errors as :func:`sekisho.documents.render`."""
    if output == "md":
        from sekisho.documents.markdown import render_markdown  # noqa: PLC0415 - only when it is wanted

        return render_markdown(made).encode()
    from sekisho.documents import render  # noqa: PLC0415 - the renderers load their libraries

    return render(made, output)


def render_workbook(material: Material) -> bytes:
    """The workbook: traceability both ways, every tie on a row, questions to bidders, the evaluation sheet, the requirements."""
    tables: list[Block] = []
    for part in (traceability(material, flat=True), evaluation(material), reasons(material)):
        tables += [block for block in part.blocks if type(block).__name__ == "Table"]
    title = material.word("workbook_title", title=material.answers.title or material.word("untitled"))
    return render_one(document(material, title, tuple(tables)), "xlsx")


def fill_template(material: Material, untrusted_template: bytes, *, filename: str, draft: bool = False) -> bytes:
    """The office's own Word template with its places filled (PLACES).

    What has no place of its own (要件一覧, 特記事項, 別紙, 概要図) stands with the clauses: nothing is lost. Errors:
    InputError ``procurement_outputs.unfilled`` (unless ``draft``), ``places.*`` for a template that cannot be used.
    """
    from sekisho.documents.docx_places import fill_places, find_places  # noqa: PLC0415 - loads python-docx

    if not draft:
        refuse_unfilled(material)
    names = find_places(untrusted_template, filename=filename, expected=PLACES).names
    values: dict[str, str | Fragment] = {
        "件名": material.answers.title or material.word("untitled"),
        "組織名": material.answers.organization,
        "作成日": dates.format_date(material.as_of, language=material.language, era=material.language == "ja"),
        "仕様書番号": material.number,
    }
    values |= _fragments(material, names)
    return fill_places(untrusted_template, filename=filename, values=values, required=REQUIRED_PLACES, as_of=material.as_of)


def _fragments(material: Material, names: frozenset[str]) -> dict[str, str | Fragment]:
    from sekisho.documents.docx_places import Fragment  # noqa: PLC0415 - loads python-docx

    picture = [*diagram_blocks(material)]
    annexes = [*annex_blocks(material)]
    table: list[Block] = [requirement_table(material)]
    business = [*business_blocks(material)]
    clauses = [*clause_blocks(material)]
    if "概要図" not in names:
        business += picture
    if "要件一覧" not in names:
        clauses += [Heading(material.word("requirement_list"), numbered=False), *table]
    if "特記事項" not in names:
        clauses += annexes
    if "別紙" not in names:
        clauses = [*business, *clauses]
    found = {"セキュリティ要件": clauses, "要件一覧": table, "特記事項": annexes, "別紙": business, "概要図": picture}
    return {
        name: Fragment(_piece(material, blocks)) if blocks else material.word("nothing_here")
        for name, blocks in found.items()
        if name in names
    }


def _piece(material: Material, blocks: list[Block]) -> Document:
    """Blocks as a document without the notes that stand at its end."""
    return msgspec.structs.replace(document(material, "―", tuple(blocks)), metadata={})
