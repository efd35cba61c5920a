"""The list of cases, and how one begins: new, as a copy, from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records import staging
from sekisho.records.downloads import table_attachment
from sekisho.records.pages import PageRequest, page, say
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.actions.cases import IMPORT_LIMIT
from sekisho.records.procurement.forms.cases import CopyForm, ImportForm, NewForm
from sekisho.records.procurement.models import CaseState
from sekisho.records.procurement.views.common import case_page
from sekisho.records.procurement.views.names import RULE_SETS, STATES, STEPS, address
from sekisho.records.tabular import Column
from sekisho.standards.rule_sets import rule_set_ids

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from sekisho.records.procurement.models import Case
    from sekisho.records.procurement.queries import Progress

PER_PAGE: Final = 25
PURPOSE: Final = "procurement.answers"
_COLUMNS: Final = (
    Column("number", "番号", "Number", width=14),
    Column("title", "件名", "Title", width=44),
    Column("rule_set", "種類", "Kind", width=22),
    Column("state", "段階", "Stage", width=14),
    Column("next", "次にすること", "Next step", width=28),
    Column("questions", "答えた設問", "Questions answered", width=14),
    Column("organization", "組織", "Organisation", width=24),
    Column("changed_by", "最後に変えた人", "Changed last by", width=18),
    Column("changed_at", "最後に変えた日時", "Changed last at", width=20),
)


def _listed(request: PageRequest) -> QuerySet[Case]:
    given = request.GET
    state = given.get("state", "")
    return queries.listed(
        request.principal,
        request.organization.pk,
        state=state if state in STATES else "",
        rule_set=given.get("rule_set", "") if given.get("rule_set") in RULE_SETS else "",
        text=given.get("q", "").strip()[:100],
    )


def _with_progress(rows: Iterable[Case]) -> Iterator[tuple[Case, Progress]]:
    for row in rows:
        yield row, queries.progress_of(row, opinion=getattr(row, "opinion_agrees", None))


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The cases of the organisation that the reader may see, with what comes next in each."""
    shown = Paginator(_listed(request), PER_PAGE).get_page(request.GET.get("page"))
    rows: list[dict[str, Any]] = []
    for row, progress in _with_progress(shown):
        step = progress.next
        rows.append(
            {
                "case": row,
                "state": STATES[row.state],
                "kind": RULE_SETS.get(row.rule_set, row.rule_set),
                "step": STEPS[step.key][0] if step else "",
                "url": address(STEPS[step.key][2], code, row.pk) if step else "",
                "broken": progress.problem is not None,
            }
        )
    context: dict[str, Any] = {
        "page": shown,
        "rows": rows,
        "kinds": RULE_SETS.items(),
        "states": [(key, name) for key, (_style, name) in STATES.items()],
        "filtered": any(request.GET.get(name) for name in ("q", "state", "rule_set")),
        "may_edit": request.principal.may("procurement.edit", request.organization.pk),
    }
    return render(request, "procurement/index.html", context)


@require_safe
@page
def export(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the cases that the list shows, as a workbook or CSV."""
    rows = []
    for row, progress in _with_progress(_listed(request)):
        done = next((step for step in progress.steps if step.key == "questions"), None)
        rows.append(
            {
                "number": row.number,
                "title": row.title,
                "rule_set": str(RULE_SETS.get(row.rule_set, row.rule_set)),
                "state": str(STATES[row.state][1]),
                "next": str(STEPS[progress.next.key][0]) if progress.next else "",
                "questions": f"{done.done}/{done.total}" if done else "",
                "organization": row.organization.name,
                "changed_by": getattr(row, "changed_by", ""),
                "changed_at": timezone.localtime(row.changed_at).strftime("%Y-%m-%d %H:%M"),
            }
        )
    name = f"procurement-{code}-{timezone.localdate(request.now)}"
    return table_attachment(_COLUMNS, rows, form=form, title=_("調達案件"), name=name, language=request.principal.language)


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Begin a case."""
    request.principal.require("procurement.edit", request.organization.pk)
    form = NewForm(request.POST or None, rule_sets=rule_set_ids(), initial={"rule_set": request.GET.get("rule_set", "")})
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_case(
                request.principal,
                organization=request.organization,
                title=form.cleaned_data["title"],
                rule_set=form.cleaned_data["rule_set"],
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(request, _("案件 %(number)s を作りました。上から順に進めてください。") % {"number": made.number})
            return redirect("procurement:case", code, made.pk)
    earlier = queries.in_organization(request.principal, request.organization.pk).exclude(state=CaseState.CANCELLED)[:10]
    context = {"form": form, "lines": lines, "earlier": earlier}
    return render(request, "procurement/new.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def copy(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Begin a case with the answers of an earlier one."""
    shown = case_page(request, case_id, "procurement:case")
    request.principal.require("procurement.edit", shown.case.organization_id)
    form = CopyForm(
        request.POST or None,
        may_vary=shown.may_edit,
        initial={"title": _("%(title)sの写し") % {"title": shown.case.title[:190]}, "variant": request.GET.get("as", "")},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.copy_case(
                request.principal,
                shown.case,
                title=form.cleaned_data["title"],
                variant=form.cleaned_data.get("variant") == "variant",
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(request, _("写して、案件 %(number)s を作りました。") % {"number": made.number})
            return redirect("procurement:case", code, made.pk)
    context = {**shown.context, "form": form, "lines": lines}
    return render(request, "procurement/copy.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def upload(request: PageRequest, code: str) -> HttpResponse:
    """Read an answers file and show what it would become; nothing is written yet."""
    del code
    request.principal.require("procurement.edit", request.organization.pk)
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "lines": []}
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        untrusted, name = file.read(IMPORT_LIMIT + 1), str(file.name)
        try:
            answers = actions.read_import(
                request.principal, organization=request.organization, untrusted=untrusted, filename=name
            )
        except InputError as error:
            context["lines"] = say(error, request.principal.language)
        else:
            context |= {"answers": answers, "kind": RULE_SETS.get(answers.rule_set, answers.rule_set), "name": name}
            context["ticket"] = staging.keep(
                request.principal,
                content=untrusted,
                name=name,
                purpose=PURPOSE,
                organization_id=request.organization.pk,
                now=request.now,
            )
    return render(request, "procurement/import.html", context, status=422 if form.errors or context["lines"] else 200)


@require_POST
@page
def confirm_upload(request: PageRequest, code: str) -> HttpResponse:
    """Begin a case with the file that was previewed."""
    ticket = request.POST.get("ticket", "")
    untrusted, name = staging.take(request.principal, ticket=ticket, purpose=PURPOSE, organization_id=request.organization.pk)
    made = actions.import_case(
        request.principal, organization=request.organization, untrusted=untrusted, filename=name, now=request.now
    )
    messages.success(request, _("ファイルを読み込み、案件 %(number)s を作りました。") % {"number": made.number})
    return redirect("procurement:case", code, made.pk)
