"""Pages of the ways out: the executives' page with what they order, and the words to the staff."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.documents import ALL_MEDIA_TYPES
from sekisho.documents import render as render_document
from sekisho.documents.html import render_html
from sekisho.documents.model import decode
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.downloads import attachment
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.fields import owner_of
from sekisho.records.intelligence.forms.reporting import AnnounceForm, BriefForm, ChooseForm, OrderForm
from sekisho.records.intelligence.queries import notices as notice_queries
from sekisho.records.intelligence.queries import reporting as queries
from sekisho.records.intelligence.queries.notices import READ
from sekisho.records.intelligence.views.common import here, page_of
from sekisho.records.intelligence.views.names import HORIZONS, TLP
from sekisho.records.intelligence.views.notices import find as find_notice
from sekisho.records.languages import language
from sekisho.records.organization import queries as organization_queries
from sekisho.records.organization.role_names import ROLE_NAMES
from sekisho.records.pages import PageRequest, beside, page, say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.documents.model import Document
    from sekisho.records.intelligence.models import Briefing, Notice

FORMS: Final = ("docx", "pdf", "html", "md")
_CHOICES: Final = 100


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The briefings, and what was ordered and is open."""
    del code
    request.principal.require(READ, request.organization.pk)
    shown = page_of(request, queries.briefings(request.principal, request.organization))
    context = {
        "page": shown,
        "rows": [{"briefing": row, "tlp": TLP[row.tlp], "horizon": HORIZONS[row.horizon]} for row in shown],
        "orders": [_order_line(one) for one in queries.open_instructions(request.principal, request.organization)],
        "may_brief": request.principal.may("intelligence.brief", request.organization.pk),
    }
    return render(request, "intelligence/briefings.html", context)


def _order_line(one: queries.Ordered) -> dict[str, Any]:
    return {"order": one.instruction, "duty": one.duty, "role": dict(ROLE_NAMES).get(one.instruction.owner_role, "")}


@require_http_methods(["GET", "POST"])
@page
def brief(request: PageRequest, code: str, notice_id: uuid.UUID) -> HttpResponse:
    """The page about one notice: written, seen as it will be, given."""
    notice = find_notice(request, notice_id)
    initial = {
        "title": _("【脅威情報】%(title)s") % {"title": notice.title[:180]},
        "horizon": notice.horizon or "short",
        "given_to": _("最高情報セキュリティ責任者"),
    }
    form = BriefForm(request.POST or None, initial=initial)
    return _brief(request, code, form, notice)


@require_http_methods(["GET", "POST"])
@page
def brief_many(request: PageRequest, code: str) -> HttpResponse:
    """The page about several notices: for the management review."""
    rows = list(
        notice_queries.notices(request.principal)
        .filter(organization=request.organization, verdict__in=("relevant", "watch"))
        .order_by("-received_at")[:_CHOICES]
    )
    initial = {
        "title": _("脅威のまとめ %(day)s") % {"day": timezone.localdate(request.now).isoformat()},
        "horizon": "long",
        "given_to": _("マネジメントレビュー"),
        "notices": [str(one.pk) for one in rows if one.horizon == "long" or one.verdict == "watch"],
    }
    form = ChooseForm(request.POST or None, notices=rows, initial=initial)
    return _brief(request, code, form, None, rows)


def _brief(
    request: PageRequest, code: str, form: BriefForm | ChooseForm, notice: Notice | None, rows: Sequence[Notice] = ()
) -> HttpResponse:
    request.principal.require("intelligence.brief", request.organization.pk)
    lines: list[str] = []
    context: dict[str, Any] = {"form": form, "notice": notice, "rows": rows}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = [notice] if notice else [one for one in rows if str(one.pk) in given["notices"]]
        summaries = {notice.pk: given["summary"]} if notice else {}
        made = actions.Page(
            title=given["title"], horizon=given["horizon"], asked=given["asked"], given_to=given["given_to"], summaries=summaries
        )
        try:
            if request.POST.get("do") == "give":
                row = actions.give_briefing(request.principal, request.organization, chosen, made, now=request.now)
                messages.success(request, _("報告を確定しました。Wordなどで渡せます。"))
                return redirect("intelligence:briefing", code, row.pk)
            document = actions.preview_briefing(request.principal, request.organization, chosen, made, now=request.now)
            context["preview"] = _body(document, level=2)
            context["again"] = [(name, value) for name, values in request.POST.lists() for value in values if name in form.fields]
        except NotPermitted as error:
            lines = say(error, language())
        except (InputError, Conflict) as error:
            lines = beside(form, error)
    return render(request, "intelligence/brief.html", {**context, "lines": lines}, status=422 if lines or form.errors else 200)


def _body(document: Document, *, level: int = 1) -> str:
    """The document for a page; ``level`` of its title: a page has one h1."""
    made = render_html(decode(msgspec.json.encode(document)), embed=True)
    if level > 1:
        made = made.replace("<h1 ", f"<h{level} ", 1).replace("</h1>", f"</h{level}>", 1)
    return mark_safe(made)  # noqa: S308 - made by documents, which escapes


@require_safe
@page
def briefing(request: PageRequest, code: str, briefing_id: uuid.UUID) -> HttpResponse:
    """A briefing as it was given, and what was ordered."""
    del code
    return _briefing(request, here(request, queries.briefing(request.principal, briefing_id)))


def _people(request: PageRequest) -> Any:
    return organization_queries.people_of(request.organization.pk, today=timezone.localdate(request.now)).order_by(
        "kana", "login"
    )[:500]


def _briefing(request: PageRequest, row: Briefing, *, form: OrderForm | None = None, lines: Sequence[str] = ()) -> HttpResponse:
    may = request.principal.may("intelligence.brief", row.organization_id)
    context = {
        "briefing": row,
        "tlp": TLP[row.tlp],
        "horizon": HORIZONS[row.horizon],
        "body": _body(actions.document_of(row)),
        "notices": list(notice_queries.notices(request.principal).filter(briefings=row)),
        "orders": [_order_line(one) for one in queries.instructions_of(row)],
        "forms": FORMS,
        "form": form or (OrderForm(people=_people(request), initial={"given_by": row.given_to}) if may else None),
        "lines": lines,
    }
    return render(request, "intelligence/briefing.html", context, status=422 if lines or (form and form.errors) else 200)


@require_POST
@page
def order(request: PageRequest, code: str, briefing_id: uuid.UUID) -> HttpResponse:
    """Note what was ordered: it becomes a task."""
    row = here(request, queries.briefing(request.principal, briefing_id))
    form = OrderForm(request.POST, people=_people(request))
    if not form.is_valid():
        return _briefing(request, row, form=form)
    given = form.cleaned_data
    try:
        actions.order(
            request.principal,
            row,
            text=given["text"],
            given_by=given["given_by"],
            due_on=given["due_on"],
            now=request.now,
            **owner_of(given["owner"]),
        )
    except (InputError, Conflict) as error:
        return _briefing(request, row, form=form, lines=beside(form, error))
    messages.success(request, _("指示を課題（期限）にしました。"))
    return redirect("intelligence:briefing", code, row.pk)


@require_safe
@page
def file(request: PageRequest, code: str, briefing_id: uuid.UUID, form: str) -> HttpResponse:
    """The page as a file."""
    del code
    row = here(request, queries.briefing(request.principal, briefing_id))
    if form not in FORMS:
        raise NotFound("access.not_found")
    return attachment(
        render_document(actions.document_of(row), form), name=f"{row.number}.{form}", media_type=ALL_MEDIA_TYPES[form]
    )


# ----------------------------------------------------------------------------------------------------------- to the staff


@require_safe
@page
def announcements(request: PageRequest, code: str) -> HttpResponse:
    """What the staff are to know: everybody reads it."""
    del code
    ended = request.GET.get("state") == "all"
    shown = page_of(request, queries.announcements(request.principal, request.organization, ended=ended), each=20)
    context = {
        "page": shown,
        "ended": ended,
        "may_announce": request.principal.may("intelligence.announce", request.organization.pk),
        "may_read": request.principal.may(READ, request.organization.pk),
    }
    return render(request, "intelligence/announcements.html", context)


@require_safe
@page
def announcement(request: PageRequest, code: str, announcement_id: uuid.UUID) -> HttpResponse:
    """One announcement."""
    del code
    row = here(request, queries.announcement(request.principal, announcement_id))
    may = request.principal.may("intelligence.announce", row.organization_id)
    notice = None
    if row.notice_id and request.principal.may(READ, row.organization_id):
        notice = notice_queries.notices(request.principal).filter(pk=row.notice_id).first()
    return render(request, "intelligence/announcement.html", {"row": row, "may_announce": may, "notice": notice})


@require_http_methods(["GET", "POST"])
@page
def announce(request: PageRequest, code: str, notice_id: uuid.UUID | None = None) -> HttpResponse:
    """Tell the staff, about a notice or without one."""
    notice = find_notice(request, notice_id) if notice_id else None
    request.principal.require("intelligence.announce", request.organization.pk)
    form = AnnounceForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.announce(request.principal, request.organization, notice=notice, now=request.now, **form.cleaned_data)
        except NotPermitted as error:
            lines = say(error, language())
        except (InputError, Conflict) as error:
            lines = beside(form, error)
        else:
            messages.success(request, _("職員へ知らせました。"))
            return redirect("intelligence:announcement", code, made.pk)
    context = {"form": form, "lines": lines, "notice": notice, "red": notice is not None and notice.tlp == "red"}
    return render(request, "intelligence/announce.html", context, status=422 if lines or form.errors else 200)


@require_POST
@page
def end_announcement(request: PageRequest, code: str, announcement_id: uuid.UUID) -> HttpResponse:
    """It holds no longer."""
    row = here(request, queries.announcement(request.principal, announcement_id))
    try:
        actions.end_announcement(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("終わりにしました。"))
    return redirect("intelligence:announcements", code)
