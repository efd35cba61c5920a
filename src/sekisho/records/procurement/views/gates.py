"""関門: what is due at each gate of the system's life, done or not applicable, and the end of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, page
from sekisho.records.procurement import actions
from sekisho.records.procurement.forms.contract import GateForm, RetireForm
from sekisho.records.procurement.models import CaseState, MemberPart
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.procurement.queries import gates as gate_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.records.procurement.views.contract import may
from sekisho.records.procurement.views.errors import beside_fields, clash_of
from sekisho.records.subjects.queries import uuid_of

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.records.procurement.queries.gates import GateRow

__all__ = ["duties", "gate", "gates", "reopen", "retire"]

TAB: Final = "procurement:gates"
_ENDED: Final = (CaseState.RETIRED, CaseState.CANCELLED)
_EDITORS: Final = (MemberPart.OWNER, MemberPart.EDITOR)


def _line(row: GateRow, today: Any) -> dict[str, Any]:
    """One item in words."""
    lang = language()
    coming = next((day for day in row.plan.due if day >= today), None)
    return {
        "id": row.item.id,
        "title": row.item.title.get(lang),
        "who": ROLE_NAMES.get(row.item.who, row.item.who),
        "basis": row.item.basis.get(lang),
        "verified": row.item.verified,
        "offset_verified": row.item.offset_verified,
        "due": coming or (row.plan.due[-1] if row.plan.due else None),
        "times": len(row.plan.due) if row.item.offset.every_months else 0,
        "every": row.item.offset.every_months,
        "planned": row.plan.planned,
        "late": row.state == "open" and bool(row.plan.due) and row.plan.due[0] < today,
        "state": row.state,
        "check": row.check,
    }


def _may_retire(request: PageRequest, shown: CasePage) -> bool:
    """Whether the reader may end the system's life now."""
    return shown.case.state in (CaseState.ACCEPTED, CaseState.OPERATING) and may(
        request, shown, "procurement.accept", MemberPart.OWNER
    )


@require_safe
@page
def gates(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Every gate with its items."""
    del code
    shown = case_page(request, case_id, TAB)
    today, lang = timezone.localdate(request.now), language()
    found: dict[str, dict[str, Any]] = {}
    for row in gate_queries.gate_rows(shown.case):
        gate_ = found.setdefault(
            row.gate.id,
            {
                "id": row.gate.id,
                "title": row.gate.title.get(lang),
                "meaning": row.gate.meaning.get(lang),
                "lines": [],
                "left": [],
            },
        )
        gate_["left" if row.state == "not_asked" else "lines"].append(_line(row, today))
    for gate_ in found.values():
        gate_["open"] = sum(line["state"] in ("open", "undecided") for line in gate_["lines"])
    anchors = gate_queries.anchors_of(shown.case)
    context = {
        **shown.context,
        "gates": found.values(),
        "anchors": [(name, anchors.get(name)) for name in ("notice", "contract", "delivery", "operation_start", "operation_end")],
        "may_check": shown.case.state not in _ENDED and may(request, shown, "procurement.edit", *_EDITORS),
        "may_retire": _may_retire(request, shown),
    }
    return render(request, "procurement/gates.html", context)


@require_http_methods(["GET", "POST"])
@page
def gate(request: PageRequest, code: str, case_id: uuid.UUID, item: str) -> HttpResponse:
    """Say what was done about an item."""
    shown = case_page(request, case_id, TAB)
    row = next((row for row in gate_queries.gate_rows(shown.case) if row.item.id == item), None)
    if row is None:
        raise NotFound("access.not_found")
    candidates = contract_queries.evidence_candidates(request.principal, shown.case, now=request.now)
    before = row.check
    form = GateForm(
        request.POST or None,
        candidates=[(str(e.pk), f"{e.title}（{e.subject.name}）") for e in candidates],
        initial={
            **({"done": "yes" if before.done else "no", "note": before.note} if before else {}),
            "evidence": str(before.evidence_id or "") if before else "",
            "token": tokens.of_gate(before),
        },
    )
    lines: list[str] = []
    clash: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            actions.check_gate(
                request.principal,
                shown.case,
                item=item,
                done=values["done"] == "yes",
                note=values["note"],
                evidence_id=uuid_of(values["evidence"]) if values["evidence"] else None,
                token=values["token"],
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines, clash = beside_fields(form, error, request.principal.language), clash_of(form, error)
        else:
            messages.success(request, _("記録しました。"))
            return redirect(TAB, code, case_id)
    line = _line(row, timezone.localdate(request.now))
    context = {**shown.context, "form": form, "lines": lines, "clash": clash, "line": line}
    return render(request, "procurement/gate.html", context, status=422 if form.errors or lines else 200)


@require_POST
@page
def reopen(request: PageRequest, code: str, case_id: uuid.UUID, item: str) -> HttpResponse:
    """Take back what was said about an item."""
    shown = case_page(request, case_id, TAB)
    actions.reopen_gate(request.principal, shown.case, item=item, now=request.now)
    messages.success(request, _("未に戻しました。"))
    return redirect(TAB, code, case_id)


@require_POST
@page
def duties(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Duties from the days of the open items."""
    shown = case_page(request, case_id, TAB)
    count = actions.make_gate_duties(request.principal, shown.case, now=request.now)
    messages.success(request, _("期限を%(n)s件、今の日付に合わせました。") % {"n": count})
    return redirect(TAB, code, case_id)


@require_http_methods(["GET", "POST"])
@page
def retire(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The end of the system's life."""
    shown = case_page(request, case_id, TAB)
    subject = contract_queries.visible_subject(request.principal, shown.case.subject_id)
    alive = subject is not None and subject.retired_at is None and request.principal.may("subject.edit", subject.organization_id)
    form = RetireForm(request.POST or None, expected=shown.case.number, subject=alive)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            actions.retire_case(
                request.principal,
                shown.case,
                reason=values["reason"],
                with_subject=values.get("with_subject", False),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside_fields(form, error, request.principal.language)
        else:
            messages.success(request, _("廃止を記録しました。残っていた期限は終わりにしました。"))
            return redirect(TAB, code, case_id)
    open_ = [(row.item.id, row.item.title.get(language())) for row in gate_queries.open_items(shown.case, gate="retire")]
    context = {**shown.context, "form": form, "lines": lines, "open": open_, "subject": subject}
    context["may_retire"] = _may_retire(request, shown)
    return render(request, "procurement/retire.html", context, status=422 if form.errors or lines else 200)
