"""The list of judgements as a workbook or CSV: every row that the filters leave, not only the page that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sekisho.records.assessment import queries
from sekisho.records.assessment.views.common import filters_of
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.downloads import table_attachment
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, page
from sekisho.records.tabular import Choice, Column

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet

    from sekisho.records.assessment.models import Judgement

_AT_ONCE: Final = 2000
_LEVELS: Final = (
    Choice("3", "松", "Matsu (high)"),
    Choice("2", "竹", "Take (middle)"),
    Choice("1", "梅", "Ume (basic)"),
    Choice("0", "未実施", "Not done"),
    Choice("none", "未測定", "Not measured"),
)
_STATES: Final = (
    Choice("unmeasured", "未測定", "Not measured"),
    Choice("proposed", "提案（未確認）", "Proposed (not confirmed)"),
    Choice("confirmed", "確認ずみ", "Confirmed"),
    Choice("overridden", "理由をつけて変更", "Overridden with a reason"),
    Choice("declared", "申告", "Declared"),
    Choice("to_review", "見直しが必要", "To be reviewed"),
)
_BASES: Final = (
    Choice("measured", "測定", "Measured"),
    Choice("documented", "文書", "Documented"),
    Choice("declared", "申告", "Declared"),
)
_YES: Final = (Choice("yes", "はい", "Yes"), Choice("no", "いいえ", "No"))
COLUMNS: Final = (
    Column("id", "識別子", "Identifier", width=36),
    Column("catalog", "カタログ", "Catalogue", width=24),
    Column("ref", "番号", "Number", width=10),
    Column("title", "要求事項", "Requirement", width=40),
    Column("subject", "対象", "Subject", width=24),
    Column("level", "レベル", "Level", choices=_LEVELS, width=12),
    Column("stale", "エビデンスが古い", "Evidence is stale", choices=_YES, width=12),
    Column("state", "状態", "State", choices=_STATES, width=16),
    Column("basis", "根拠", "Basis", choices=_BASES, width=10),
    Column("proposed", "規則の提案", "Proposed by the rule", choices=_LEVELS, width=12),
    Column("target", "目標", "Target", choices=_LEVELS, width=10),
    Column("target_on", "目標の期日", "Target date", width=12),
    Column("fresh_until", "エビデンスの期限", "Evidence good until", width=18),
    Column("judged_at", "判定した日時", "Judged at", width=18),
    Column("judged_by", "判定した人", "Judged by", width=18),
    Column("reason", "理由", "Reason", width=40, limit=4000),
)


def _level(value: int | None) -> str:
    return "none" if value is None else str(value)


def _moment(value: datetime | None) -> datetime | str:
    return timezone.localtime(value) if value else ""


def _rows(judgements: QuerySet[Judgement], *, now: datetime, lang: str) -> Iterator[dict[str, Any]]:
    for row in judgements.select_related("judged_by").iterator(chunk_size=_AT_ONCE):
        yield {
            "id": str(row.pk),
            "catalog": catalog_queries.text(row.requirement.catalog, "title", lang),
            "ref": row.requirement.ref,
            "title": catalog_queries.text(row.requirement, "title", lang),
            "subject": row.subject.name,
            "level": _level(row.level),
            "stale": "yes" if queries.is_stale(row, now) else "no",
            "state": row.state,
            "basis": row.basis,
            "proposed": "" if row.proposed_level is None else _level(row.proposed_level),
            "target": "" if row.target_level is None else _level(row.target_level),
            "target_on": row.target_on or "",
            "fresh_until": _moment(row.fresh_until),
            "judged_at": _moment(row.judged_at),
            "judged_by": str(row.judged_by) if row.judged_by else "",
            "reason": row.reason,
        }


@require_GET
@page
def export(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the judgements that the list's filters leave."""
    filters, lang = filters_of(request, default_view="all"), language()
    found = queries.judgements(request.principal, now=request.now, organization_id=request.organization.pk, filters=filters)
    rows, title = _rows(found, now=request.now, lang=lang), _("判定の一覧")
    name = f"judgement-list-{code}-{timezone.localdate(request.now)}"
    return table_attachment(COLUMNS, rows, form=form, title=title, name=name, language=lang)
