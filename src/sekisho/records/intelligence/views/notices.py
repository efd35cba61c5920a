"""Pages of notices: the list, one with its text and indicators, its judgement, label and readers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import attachment
from sekisho.records.evidence import actions as evidence
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.notices import JudgeForm
from sekisho.records.intelligence.models import CandidateState, Notice
from sekisho.records.intelligence.queries import blocking, indicators, overview, reporting, searches
from sekisho.records.intelligence.queries import notices as queries
from sekisho.records.intelligence.rules.intake import segments
from sekisho.records.intelligence.views.common import (
    MOST_EXPORTED,
    choice_of,
    export,
    here,
    id_of,
    ids_of,
    local,
    page_of,
    sentences,
    text_of,
)
from sekisho.records.intelligence.views.names import BANDS, CANDIDATE_STATES, HORIZONS, KINDS, MATERIALS, STEPS, TLP, VERDICTS
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, beside, page, tell
from sekisho.records.tabular import Column
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_STATES: Final = ("all", "waiting", *(key for key in VERDICTS if key), "unblocked", "unreported")
_SHOWN_CANDIDATES: Final = 200
_LONGEST_TEXT: Final = 60_000
_COLUMNS: Final = (
    Column("number", "番号", "Number", width=14),
    Column("title", "題名", "Title", width=50),
    Column("tlp", "共有範囲", "TLP", width=18),
    Column("source", "入手元", "Source", width=24),
    Column("verdict", "判断", "Verdict", width=12),
    Column("relevance", "関わり", "Relevance", width=10),
    Column("received", "受領", "Received", width=18),
    Column("judged", "判断の日時", "Judged", width=18),
    Column("blocked", "遮断の確認", "Blocked", width=18),
    Column("searched", "検索", "Searched", width=18),
    Column("reported", "報告", "Reported", width=18),
)


def find(request: PageRequest, notice_id: uuid.UUID) -> Notice:
    """The notice of the address, if the reader may see it. Raises NotFound."""
    row: Notice = here(request, queries.notice(request.principal, notice_id))
    return row


def lines_of(rows: Iterable[Notice]) -> list[dict[str, Any]]:
    """Notices with the words that a list shows."""
    return [
        {
            "notice": row,
            "tlp": TLP[row.tlp],
            "verdict": VERDICTS[row.verdict],
            "band": BANDS.get(row.relevance.get("band", "")),
            "score": row.relevance.get("score"),
        }
        for row in rows
    ]


def _filters(request: PageRequest) -> queries.NoticeFilters:
    return queries.NoticeFilters(
        state=choice_of(request, "state", _STATES, default="all"),
        tlp=choice_of(request, "tlp", TLP),
        horizon=choice_of(request, "horizon", HORIZONS),
        source_id=id_of(request, "source"),
        text=text_of(request),
    )


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What came, newest first."""
    del code
    request.principal.require(queries.READ, request.organization.pk)
    filters = _filters(request)
    shown = page_of(request, queries.listed(request.principal, request.organization, filters=filters))
    counts = queries.counts_by_verdict(request.principal, request.organization)
    context: dict[str, Any] = {
        "page": shown,
        "rows": lines_of(shown),
        "filters": filters,
        "all": sum(counts.values()),
        "waiting": counts[""],
        "verdicts": [(key, name, counts[key]) for key, (_style, name) in VERDICTS.items() if key],
        "labels": [(key, name) for key, (_style, name, _who) in TLP.items()],
        "sources": queries.sources(request.principal, request.organization),
        "narrowed": any(request.GET.get(name) for name in ("q", "tlp", "horizon", "source")),
        "may_take_in": request.principal.may("intelligence.take_in", request.organization.pk),
    }
    return render(request, "intelligence/index.html", context)


@require_safe
@page
def export_list(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the notices that the list shows. RED ones are left out: a file is no named person."""
    del code
    request.principal.require(queries.READ, request.organization.pk)
    found = queries.listed(request.principal, request.organization, filters=_filters(request)).exclude(tlp="red")
    rows = [
        {
            "number": row.number,
            "title": row.title,
            "tlp": TLP[row.tlp][1],
            "source": row.source.name if row.source else "",
            "verdict": str(VERDICTS[row.verdict][1]),
            "relevance": row.relevance.get("score", ""),
            "received": local(row.received_at),
            "judged": local(row.judged_at),
            "blocked": local(row.blocked_at),
            "searched": local(row.searched_at),
            "reported": local(row.reported_at),
        }
        for row in found[:MOST_EXPORTED]
    ]
    return export(request, _COLUMNS, rows, form=form, title=_("脅威情報"), name="threat-notices")


# ------------------------------------------------------------------------------------------------------------ one notice


@require_safe
@page
def detail(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """One notice: the times, why it concerns us, its text with the indicators marked, what was done."""
    del code
    return _detail(request, find(request, notice_id))


def _detail(request: PageRequest, row: Notice, *, status: int = 200, lines: Sequence[str] = ()) -> HttpResponse:
    principal = request.principal
    chosen = choice_of(request, "candidates", CANDIDATE_STATES)
    shown = page_of(request, queries.candidates(row, state=chosen), each=_SHOWN_CANDIDATES)
    told = overview.told(principal, row)
    context: dict[str, Any] = {
        **lines_of([row])[0],
        "material": MATERIALS.get(row.form, row.form),
        "horizon": HORIZONS.get(row.horizon),
        "steps": _course(row),
        "reasons": overview.reason_lines(row, language()),
        "inventories": row.relevance.get("inventories", 0),
        "page": shown,
        "candidates": _candidate_lines(shown),
        "candidate_states": _candidate_counts(row),
        "text": _marked(row),
        "cut": len(row.text) > _LONGEST_TEXT,
        "told": told,
        "releases": list(blocking.of_notice(principal, row)[:20]),
        "searches": list(searches.of_notice(principal, row)[:20]),
        "briefings": list(reporting.of_notice(principal, row)[:20]),
        "history": [{"step": one, "text": texts.render(one.code, one.fields, language())} for one in queries.steps_of(row)],
        "receipts": queries.receipts_of(row),
        "readers": list(queries.readers_of(row)) if row.tlp == "red" else [],
        "lines": lines,
        "may": _may(request, row),
        "next": _next(row, told.indicators, told.listed),
    }
    return render(request, "intelligence/notice.html", context, status=status)


def _may(request: PageRequest, row: Notice) -> dict[str, bool]:
    names = ("judge", "release", "search", "brief", "announce", "hand_out")
    roles = {name: request.principal.roles_for(f"intelligence.{name}") for name in names}
    return {
        name: bool(found) and request.principal.may(f"intelligence.{name}", row.organization_id) for name, found in roles.items()
    }


def _course(row: Notice) -> list[dict[str, Any]]:
    """The line from received to reported."""
    times = overview.times_of(row)
    line: list[dict[str, Any]] = [{"name": _("受領"), "at": row.received_at, "hours": None, "done": True}]
    for key, name in STEPS.items():
        took = times.took(key)
        minutes = round(took * 60) if took is not None and took < 1 else None
        line.append({"name": name, "at": times.at(key), "hours": took, "minutes": minutes, "done": took is not None})
    return line


def _next(row: Notice, confirmed: int, listed: int) -> str:
    """What is to be done next: a name that the template knows."""
    if not row.verdict:
        return "judge"
    if row.verdict != "relevant":
        return ""
    if confirmed and not listed and not row.released_at:
        return "release"
    if row.released_at and not row.blocked_at:
        return "prove"
    if confirmed and not row.searched_at:
        return "search"
    return "brief" if not row.reported_at else ""


def _candidate_lines(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {
            "row": row,
            "kind": KINDS.get(row.kind, row.kind),
            "state": CANDIDATE_STATES[row.state],
            "reasons": sentences(row.reasons, language()),
            "refused": not row.kind or any(one.get("refuses") for one in row.reasons),
            "likely": row.state == CandidateState.WAITING and not row.ambiguous,
        }
        for row in rows
    ]


def _candidate_counts(row: Notice) -> list[tuple[str, Any, int]]:
    counts: dict[str, int] = {}
    for state in queries.candidates(row).order_by().values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return [(key, name, counts.get(key, 0)) for key, (_style, name) in CANDIDATE_STATES.items()]


def _marked(row: Notice) -> list[tuple[str, str]]:
    """The text in pieces, each that is an indicator with its state."""
    text = row.text[:_LONGEST_TEXT]
    places = queries.candidates(row).filter(start__isnull=False).values_list("start", "end", "state")
    return segments(text, [(start or 0, end or 0, state) for start, end, state in places])


@require_safe
@page
def original(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """The bytes as they came, for whom the label lets see the notice."""
    del code
    row = find(request, notice_id)
    if row.content_id is None:
        raise NotFound("access.not_found")
    name = row.file_name or f"{row.number}.txt"
    return attachment(evidence.artifact_store().open(row.content_id), name=name, media_type="application/octet-stream")


@require_POST
@page
def decide_candidates(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """What was ticked is an indicator, or is none."""
    row = find(request, notice_id)
    try:
        chosen = ids_of(request, "candidate")
        if request.POST.get("do") == "drop":
            count = actions.drop(request.principal, row, candidate_ids=chosen, now=request.now)
            messages.success(request, _("%(count)s件を指標でないとしました。") % {"count": count})
        else:
            count = actions.confirm(request.principal, row, candidate_ids=chosen, now=request.now)
            messages.success(request, _("%(count)s件を指標と認めました。") % {"count": count})
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("intelligence:notice", code, row.pk)


@require_http_methods(["GET", "POST"])
@page
def judge(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """Relevant, to be watched, or not; with the reason."""
    row = find(request, notice_id)
    request.principal.require("intelligence.judge", row.organization_id)
    initial = {
        "verdict": row.verdict or None,
        "horizon": row.horizon or "short",
        "look_again_on": row.look_again_on or timezone.localdate(request.now) + timedelta(days=30),
        "reason": row.verdict_reason,
        "version": row.version,
    }
    form = JudgeForm(request.POST or None, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.judge(request.principal, row, now=request.now, **form.cleaned_data)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("判断を記録しました。"))
            return redirect("intelligence:notice", code, row.pk)
    context = {
        **lines_of([row])[0],
        "form": form,
        "lines": lines,
        "reasons": overview.reason_lines(row, language()),
        "inventories": row.relevance.get("inventories", 0),
    }
    return render(request, "intelligence/judge.html", context, status=422 if form.errors or lines else 200)


@require_POST
@page
def weigh(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """Compute the relevance anew."""
    row = find(request, notice_id)
    actions.refresh_relevance(request.principal, row, now=request.now)
    messages.success(request, _("いまの台帳と比べ直しました。"))
    return redirect("intelligence:notice", code, row.pk)


def confirmed_of(request: PageRequest, row: Notice) -> Any:
    """The confirmed indicators of a notice that the reader sees."""
    return indicators.of_notice(request.principal, row)
