"""Pages of one entry: which kinds of record it is, what is said of it, where it lies."""

from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.errors import NotFound
from sekisho.records.evidence import queries as evidence_queries
from sekisho.records.languages import language
from sekisho.records.ledger import queries as ledger
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.forms.fields import owner_value, split_owner
from sekisho.records.lifecycle.forms.retention import DropPlaceForm, EntryForm, PlaceForm
from sekisho.records.lifecycle.queries import deletions as deletion_queries
from sekisho.records.lifecycle.queries import retention as queries
from sekisho.records.lifecycle.rules.counting import said
from sekisho.records.lifecycle.views.classes import class_choices
from sekisho.records.lifecycle.views.common import attempt, form_page, text_of, today_of
from sekisho.records.lifecycle.views.retention import kinds_of, owner_of
from sekisho.records.lifecycle.views.retention_names import (
    CONSENT_KINDS,
    DELETION_STATES,
    ENTRY_STATES,
    FIELDS,
    HOLD_KINDS,
    PERSONAL,
    PLACE_KINDS,
    STANDINGS,
    UNITS,
)
from sekisho.records.organization import queries as organization_queries
from sekisho.records.pages import PageRequest, own, page, version_of
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.lifecycle.models import RetentionEntry
    from sekisho.records.lifecycle.queries.retention import Book


def _entry(request: PageRequest, retention_entry_id: uuid.UUID) -> RetentionEntry:
    return own(request, queries.entry(request.principal, retention_entry_id))


def crumbs_of(request: PageRequest, row: RetentionEntry | None = None) -> list[tuple[str, str]]:
    """The way to the ledger, or to one of its entries."""
    made = [(reverse("lifecycle:entries", args=[request.organization.code]), _("保存の台帳"))]
    if row is not None:
        made.append((reverse("lifecycle:entry", args=[request.organization.code, row.pk]), row.name))
    return made


@require_safe
@page
def kinds(request: PageRequest, code: str) -> HttpResponse:
    """Which kinds of record it is: statutory ones by field, the organisation's own first."""
    del code
    request.principal.require("lifecycle.edit", request.organization.pk)
    book = queries.book_of(request.organization.pk)
    text, chosen = text_of(request).casefold(), set(request.GET.getlist("kinds"))
    row = None
    if given := request.GET.get("entry"):
        row = _entry(request, subject_queries.uuid_of(given))
        chosen |= set(row.kinds)
    groups: dict[str, list[dict[str, Any]]] = {}
    for kind in book.rules.kinds.values():
        title = kind.title.en if language() == "en" else kind.title.ja
        if text and text not in f"{kind.id} {title} {kind.title.ja} {kind.basis.ja}".casefold() and kind.id not in chosen:
            continue
        period = kind.rule.period
        groups.setdefault(str(FIELDS.get(kind.field, kind.field)) or _("この組織の規程"), []).append(
            {
                "kind": kind,
                "title": title,
                "basis": kind.basis.en if language() == "en" else kind.basis.ja,
                "period": f"{period.value}{UNITS[period.unit]}" if period.value else "",
                "chosen": kind.id in chosen,
            }
        )
    own_name = _("この組織の規程")
    shown = sorted(groups.items(), key=lambda item: item[0] != own_name)
    context = {
        "groups": [{"name": name, "rows": rows, "open": bool(text) or any(r["chosen"] for r in rows)} for name, rows in shown],
        "entry": row,
        "trail": crumbs_of(request, row),
        "target": reverse("lifecycle:entry_edit", args=[request.organization.code, row.pk])
        if row
        else reverse("lifecycle:entry_new", args=[request.organization.code]),
    }
    return render(request, "lifecycle/kinds.html", context)


def _form(request: PageRequest, row: RetentionEntry | None, chosen: list[str], book: Book) -> EntryForm:
    here = request.organization
    initial: dict[str, Any] = {"public_record": True, "owner": "role:section_officer", "own_unit": "year"}
    if row is not None:
        names = (
            "name",
            "number",
            "own_value",
            "own_unit",
            "personal",
            "my_number",
            "sensitive",
            "public_record",
            "description",
            "note",
        )
        initial = {name: getattr(row, name) for name in names}
        initial |= {
            "owner": owner_value(row.owner_id, row.owner_role),
            "subject": str(row.subject_id or ""),
            "classification": f"{row.classification_scheme}:{row.confidentiality}" if row.confidentiality else "",
            **{f"event_{name}": day for name, day in row.events.items()},
            **{f"answer_{name}": "yes" if yes else "no" for name, yes in row.answers.items()},
        }
    return EntryForm(
        request.POST or None,
        kinds=chosen,
        book=book,
        people=organization_queries.people_of(here.pk, today=today_of(request)).order_by("name"),
        subjects=subject_queries.in_organization(request.principal, here.pk).exclude(kind="supplier")[:1000],
        classes=class_choices(),
        language=language(),
        initial=initial,
    )


def _facts(form: EntryForm) -> actions.EntryFacts:
    given = form.cleaned_data
    person, role = split_owner(given["owner"])
    scheme, _separator, value = given["classification"].partition(":")
    return actions.EntryFacts(
        name=given["name"],
        number=given["number"],
        description=given["description"],
        note=given["note"],
        subject_id=uuid.UUID(given["subject"]) if given["subject"] else None,
        kinds=form.kinds,
        events=form.events_given(),
        answers=form.answers_given(),
        own_value=given.get("own_value"),
        own_unit=given.get("own_unit") or "year",
        personal=given["personal"],
        my_number=given["my_number"],
        sensitive=given["sensitive"],
        public_record=given["public_record"],
        classification_scheme=scheme if value else "",
        confidentiality=value,
        owner_id=uuid.UUID(person) if person else None,
        owner_role=role,
    )


def _chosen(request: PageRequest, book: Book, default: list[str]) -> list[str]:
    given = request.POST.getlist("kinds") if request.method == "POST" else request.GET.getlist("kinds")
    if not given and "kinds" not in request.GET and request.method == "GET":
        given = default
    return [kind for kind in dict.fromkeys(given) if kind in book.rules.kinds]


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Enter something that is kept."""
    request.principal.require("lifecycle.edit", request.organization.pk)
    book = queries.book_of(request.organization.pk)
    chosen = _chosen(request, book, [])
    form, lines = _form(request, None, chosen, book), list[str]()
    if request.method == "POST" and form.is_valid():
        made, lines = attempt(
            form,
            lambda: actions.register_entry(
                request.principal, organization=request.organization, facts=_facts(form), now=request.now
            ),
        )
        if made is not None:
            messages.success(request, _("台帳に入れました。つぎは、どこにあるかを登録します。"))
            return redirect("lifecycle:entry", code, made.pk)
    return _entry_page(request, form, lines, None, book)


def _entry_page(request: PageRequest, form: EntryForm, lines: list[str], row: RetentionEntry | None, book: Book) -> HttpResponse:
    spoken = language()
    titles = [
        (kind, book.rules.kinds[kind].title.en if spoken == "en" else book.rules.kinds[kind].title.ja) for kind in form.kinds
    ]
    back = reverse("lifecycle:entry", args=[request.organization.code, row.pk]) if row else crumbs_of(request)[0][0]
    return form_page(
        request,
        form,
        lines,
        heading=_("台帳の項目を変える") if row else _("台帳に入れる"),
        submit=_("保存する"),
        back=back,
        crumbs=crumbs_of(request, row),
        version=row.version if row else None,
        hidden=[("kinds", kind) for kind in form.kinds],
        template="lifecycle/entry_form.html",
        more={"titles": titles, "entry": row},
    )


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, retention_entry_id: uuid.UUID) -> HttpResponse:
    """Change what is said of an entry."""
    row = _entry(request, retention_entry_id)
    request.principal.require("lifecycle.edit", row.organization_id)
    book = queries.book_of(row.organization_id)
    form, lines = _form(request, row, _chosen(request, book, row.kinds), book), list[str]()
    if request.method == "POST" and form.is_valid():
        done, lines = attempt(
            form,
            lambda: actions.edit_entry(request.principal, row, facts=_facts(form), version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("変えました。保存期間も計算し直しました。"))
            return redirect("lifecycle:entry", code, row.pk)
    return _entry_page(request, form, lines, row, book)


@require_safe
@page
def detail(request: PageRequest, code: str, retention_entry_id: uuid.UUID) -> HttpResponse:
    """One entry: until when it is kept and why, where it lies, what stops its deletion, what happened to it."""
    del code
    row = _entry(request, retention_entry_id)
    principal = request.principal
    today = today_of(request)
    standing = queries.standing_of(row, on=today)
    book = queries.book_of(row.organization_id)
    spoken = language()
    here = row.state in {"held", "deleting"}
    context: dict[str, Any] = {
        "entry": row,
        "standing": standing,
        "state": STANDINGS[standing.state],
        "entry_state": ENTRY_STATES[row.state],
        "kinds": kinds_of(row),
        "shown": row.computed,
        "reasons": _sentences(row.computed.get("reasons", ()), book, spoken),
        "conflicts": _sentences(row.computed.get("conflicts", ()), book, spoken),
        "rules": [_rule_line(one, book, spoken) for one in row.computed.get("kinds", ())],
        "events": _event_lines(row, book, spoken),
        "steps": [book.rules.steps[name] for name in row.computed.get("steps", ()) if name in book.rules.steps],
        "open_steps": standing.steps,
        "places": [(place, PLACE_KINDS[place.kind][0]) for place in queries.places_of(row)],
        "place_kinds": [(key, name) for key, (name, _what) in PLACE_KINDS.items()],
        "holds": [(one, HOLD_KINDS[one.kind]) for one in _holds(request, row)],
        "consents": [(one, CONSENT_KINDS[one.kind]) for one in row.consents.select_related("document").order_by("-recorded_at")],
        "deletions": [(one, DELETION_STATES[one.state]) for one in row.deletions.order_by("-created_at")],
        "flags": [name for key, name in PERSONAL.items() if getattr(row, key)],
        "owner": owner_of(row),
        "history": ledger.history_of(row.pk, limit=10),
        "may_edit": here and principal.may("lifecycle.edit", row.organization_id),
        "may_request": row.state == "held" and principal.may("lifecycle.request", row.organization_id),
        "spoken": spoken,
    }
    return render(request, "lifecycle/entry.html", context)


def _holds(request: PageRequest, row: RetentionEntry) -> list[Any]:
    from sekisho.records.lifecycle.rules.holding import holding  # noqa: PLC0415 - only here

    reaching = queries.holds_reaching([row.organization_id]).get(row.organization_id, [])
    held = queries.held_of(row, [place.label for place in row.places.all()])
    return holding(held, reaching, today=today_of(request))


def _sentences(found: Sequence[dict[str, Any]], book: Book, spoken: str) -> list[str]:
    return [texts.render(one["code"], said(one["fields"], book.rules, spoken), spoken) for one in found]


def _event_lines(row: RetentionEntry, book: Book, spoken: str) -> list[tuple[str, date]]:
    events = book.rules.events
    return [(_title(events[name].title, spoken), date.fromisoformat(day)) for name, day in row.events.items() if name in events]


def _title(text: Any, spoken: str) -> str:
    return str(text.en if spoken == "en" else text.ja)


def _rule_line(one: dict[str, Any], book: Book, spoken: str) -> dict[str, Any]:
    """One kind of an entry with what is missing and asked, in words."""
    events, questions = book.rules.events, book.rules.conditions
    special = {"year_end": _("事業年度の終わり"), "period": _("保存期間（規程による）")}
    missing = [
        special.get(name) or (_title(events[name].title, spoken) if name in events else name) for name in one.get("missing", ())
    ]
    asked = [_title(questions[name].question, spoken) for name in one.get("questions", ()) if name in questions]
    unit = UNITS.get(one.get("unit", ""), "")
    days = {name: date.fromisoformat(one[name]) if one.get(name) else None for name in ("first_day", "last_day")}
    return {
        **one,
        **days,
        "name": one["title"][spoken] or one["title"]["ja"],
        "missing": missing,
        "asked": asked,
        "period": f"{one['value']}{unit}" if one.get("value") and unit else "",
    }


# ------------------------------------------------------------------------------------------------------------- copies


@require_http_methods(["GET", "POST"])
@page
def add_place(request: PageRequest, code: str, retention_entry_id: uuid.UUID, kind: str) -> HttpResponse:
    """Name a copy of that kind."""
    row = _entry(request, retention_entry_id)
    request.principal.require("lifecycle.edit", row.organization_id)
    if kind not in PLACE_KINDS:
        raise NotFound("access.not_found")
    store_kind = {"folder": "folder", "key": "folder", "objects": "bucket", "rows": "database"}.get(kind, "")
    form = PlaceForm(
        request.POST or None,
        kind=kind,
        stores=deletion_queries.stores(request.principal).filter(organization=row.organization_id, kind=store_kind),
        suppliers=subject_queries.in_organization(request.principal, row.organization_id, kind="supplier")[:1000],
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.PlaceFacts(
            kind=kind,
            label=given["label"],
            store_id=uuid.UUID(given["store"]) if given.get("store") else None,
            locator=form.locator(),
            supplier_id=uuid.UUID(given["supplier"]) if given.get("supplier") else None,
            quantity=given.get("quantity", ""),
        )
        made, lines = attempt(
            form, lambda: actions.add_place(request.principal, row, facts=facts, version=version_of(request), now=request.now)
        )
        if made is not None:
            messages.success(request, _("保管場所を加えました。"))
            return redirect("lifecycle:entry", code, row.pk)
    name, what = PLACE_KINDS[kind]
    return form_page(
        request,
        form,
        lines,
        heading=_("保管場所を加える：%(kind)s") % {"kind": name},
        lead=str(what),
        submit=_("加える"),
        back=reverse("lifecycle:entry", args=[code, row.pk]),
        crumbs=crumbs_of(request, row),
        version=row.version,
    )


@require_http_methods(["GET", "POST"])
@page
def drop_place(request: PageRequest, code: str, place_id: uuid.UUID) -> HttpResponse:
    """There is no such copy."""
    place = deletion_queries.place(request.principal, place_id)
    row = own(request, place.entry)
    request.principal.require("lifecycle.edit", row.organization_id)
    form, lines = DropPlaceForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():

        def act() -> bool:
            reason = form.cleaned_data["reason"]
            actions.drop_place(request.principal, place, reason=reason, version=version_of(request), now=request.now)
            return True

        done, lines = attempt(form, act)
        if done:
            messages.success(request, _("保管場所を台帳から外しました。"))
            return redirect("lifecycle:entry", code, row.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("「%(label)s」を台帳から外す") % {"label": place.label},
        submit=_("外す"),
        back=reverse("lifecycle:entry", args=[code, row.pk]),
        crumbs=crumbs_of(request, row),
        version=row.version,
    )


def documents_of(request: PageRequest) -> list[tuple[str, str]]:
    """Documents of the organisation that may be named, the newest first."""
    rows = evidence_queries.evidence(request.principal, now=request.now, organization_id=request.organization.pk)
    found = rows.filter(organization=request.organization, kind="document", withdrawn_at=None).order_by("-added_at")[:300]
    return [(str(row.pk), f"{row.title}（{row.number}）" if row.number else row.title) for row in found]
