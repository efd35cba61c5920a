"""Tables of the room as document models, to be rendered as workbooks: exactly what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from sekisho.documents.model import Cell, CellState, Column, ColumnKind, Document, Level, LevelMark, MarkState, Paragraph, Table
from sekisho.records.assessment.queries import is_stale
from sekisho.records.catalog import queries as catalog_queries
from sekisho.standards.texts import render

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.assessment.models import Judgement
    from sekisho.records.assessment.queries import Matrix, SoaRow
    from sekisho.records.catalog.models import Catalog
    from sekisho.records.organization.models import Organization

__all__ = ["matrix_document", "soa_document"]

_LEVELS: Final = (Level.NONE, Level.UME, Level.TAKE, Level.MATSU)


def _mark(level: int | None, *, stale: bool = False) -> LevelMark:
    if level is None:
        return LevelMark(state=MarkState.UNMEASURED)
    return LevelMark(level=_LEVELS[level], state=MarkState.STALE if stale else MarkState.CURRENT)


def _cell(row: Judgement | None, now: datetime) -> Cell:
    if row is None:
        return Cell()
    if not row.applicable:
        return Cell(LevelMark(state=MarkState.NOT_APPLICABLE))
    return Cell(_mark(row.level, stale=is_stale(row, now)))


def _document(title: str, table: Table, organization: Organization, *, now: datetime, lang: str, note: str) -> Document:
    return Document(
        title=title,
        organization=organization.name_en if lang == "en" and organization.name_en else organization.name,
        language="en" if lang == "en" else "ja",
        as_of=timezone.localtime(now),
        fictional=organization.is_fictional,
        blocks=(Paragraph(runs=(note,)), table),
    )


def matrix_document(found: Matrix, organization: Organization, *, now: datetime, lang: str) -> Document:
    """判定表."""
    title = catalog_queries.text(found.catalog, "title", lang) if found.catalog else ""
    columns = (
        Column(_("番号")),
        Column(_("要求事項")),
        *(Column(s.name, ColumnKind.LEVEL) for s in found.subjects),
    )
    rows = tuple(
        (
            Cell(row.requirement.ref),
            Cell(catalog_queries.text(row.requirement, "title", lang)),
            *(_cell(cell, now) for cell in row.cells),
        )
        for row in found.rows
    )
    table = Table(columns=columns, rows=rows, caption=title, name=_("判定表"), empty=_("判定はありません。"), landscape=True)
    return _document(_("判定表"), table, organization, now=now, lang=lang, note=title or _("判定はありません。"))


def soa_document(found: list[SoaRow], catalog: Catalog, organization: Organization, *, now: datetime, lang: str) -> Document:
    """適用宣言書."""
    columns = (
        Column(_("番号")),
        Column(_("要求事項")),
        Column(_("適用")),
        Column(_("理由")),
        Column(_("適用する対象"), ColumnKind.NUMBER),
        Column(_("対象外"), ColumnKind.NUMBER),
        Column(_("最も低いレベル"), ColumnKind.LEVEL),
        Column(_("エビデンス"), ColumnKind.NUMBER),
    )
    rows = []
    for row in found:
        reasons = [reason or render(rule, fields, lang) for rule, fields, reason in row.reasons]
        rows.append(
            (
                Cell(row.requirement.ref),
                Cell(catalog_queries.text(row.requirement, "title", lang)),
                Cell(_("適用") if row.applicable else _("対象外") if row.excluded else _("対象なし")),
                Cell("\n".join(reasons)),
                Cell(row.applicable),
                Cell(row.excluded),
                Cell(_mark(row.lowest)) if row.applicable else Cell(state=CellState.NOT_APPLICABLE),
                Cell(row.evidence),
            )
        )
    title = catalog_queries.text(catalog, "title", lang)
    table = Table(columns=columns, rows=tuple(rows), caption=title, name=_("適用宣言書"), landscape=True)
    return _document(_("適用宣言書"), table, organization, now=now, lang=lang, note=title)
