"""Pages of data stores, of the rules by which they are scanned, and of what was found."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records.jobs import queries as job_queries
from sekisho.records.lifecycle import actions
from sekisho.records.lifecycle.forms.deletions import ScanRuleForm, SecretForm, StoreForm
from sekisho.records.lifecycle.forms.fields import ReasonForm
from sekisho.records.lifecycle.queries import deletions as queries
from sekisho.records.lifecycle.views.common import attempt, form_page, page_of
from sekisho.records.lifecycle.views.holds import ids_of, split
from sekisho.records.lifecycle.views.own_rules import event_choices
from sekisho.records.lifecycle.views.retention_names import DATE_SOURCES, GROUPS, STORE_KINDS
from sekisho.records.pages import PageRequest, own, page, tell, version_of
from sekisho.records.subjects import queries as subject_queries

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import DataStore


def _store(request: PageRequest, data_store_id: uuid.UUID) -> DataStore:
    return own(request, queries.store(request.principal, data_store_id))


def _crumbs(request: PageRequest, row: DataStore | None = None) -> list[tuple[str, str]]:
    made = [(reverse("lifecycle:stores", args=[request.organization.code]), _("保管先"))]
    if row is not None:
        made.append((reverse("lifecycle:store", args=[request.organization.code, row.pk]), row.name))
    return made


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """Folders, buckets and databases that Sekisho may reach."""
    del code
    principal, here = request.principal, request.organization
    principal.require("lifecycle.read", here.pk)
    shown = page_of(request, queries.stores(principal, here, retired=request.GET.get("show") == "all"))
    context = {
        "page": shown,
        "rows": [(row, STORE_KINDS[row.kind]) for row in shown],
        "may_edit": principal.may("lifecycle.store", here.pk),
    }
    return render(request, "lifecycle/stores.html", context)


def _form(request: PageRequest, row: DataStore | None = None) -> StoreForm:
    names = ("name", "kind", "address", "bucket", "region", "login", "note")
    initial = {**{name: getattr(row, name) for name in names}, "subject": str(row.subject_id or "")} if row else None
    subjects = subject_queries.in_organization(request.principal, request.organization.pk).exclude(kind="supplier")[:1000]
    return StoreForm(request.POST or None, subjects=subjects, initial=initial)


def _facts(form: StoreForm) -> actions.StoreFacts:
    given = form.cleaned_data
    return actions.StoreFacts(
        name=given["name"], kind=given["kind"], address=given["address"], bucket=given["bucket"], region=given["region"],
        login=given["login"], note=given["note"], subject_id=uuid.UUID(given["subject"]) if given["subject"] else None,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Register a store."""
    request.principal.require("lifecycle.store", request.organization.pk)
    form, lines = _form(request), list[str]()
    if request.method == "POST" and form.is_valid():
        made, lines = attempt(
            form,
            lambda: actions.register_store(
                request.principal, organization=request.organization, facts=_facts(form), now=request.now
            ),
        )
        if made is not None:
            messages.success(request, _("保管先を登録しました。"))
            return redirect("lifecycle:store", code, made.pk)
    return form_page(
        request,
        form,
        lines,
        heading=_("保管先を登録する"),
        lead=_("ここに登録した場所だけを、走査し、消すことができます。場所は、設定（data_roots）で許された範囲に限られます。"),
        submit=_("登録する"),
        back=reverse("lifecycle:stores", args=[code]),
        crumbs=_crumbs(request),
    )


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """Change what is said of a store."""
    row = _store(request, data_store_id)
    request.principal.require("lifecycle.store", row.organization_id)
    form, lines = _form(request, row), list[str]()
    if request.method == "POST" and form.is_valid():
        done, lines = attempt(
            form,
            lambda: actions.edit_store(request.principal, row, facts=_facts(form), version=version_of(request), now=request.now),
        )
        if done is not None:
            messages.success(request, _("変えました。"))
            return redirect("lifecycle:store", code, row.pk)
    return form_page(
        request, form, lines, heading=_("保管先を変える"), submit=_("保存する"),
        back=reverse("lifecycle:store", args=[code, row.pk]), crumbs=_crumbs(request, row), version=row.version,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@page
def secret(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """Keep its password, or forget it."""
    row = _store(request, data_store_id)
    request.principal.require("lifecycle.store", row.organization_id)
    form, lines = SecretForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():

        def act() -> bool:
            actions.set_store_secret(request.principal, row, secret=form.cleaned_data["secret"], now=request.now)
            return True

        done, lines = attempt(form, act)
        if done:
            messages.success(request, _("保存しました。") if form.cleaned_data["secret"] else _("忘れました。"))
            return redirect("lifecycle:store", code, row.pk)
    return form_page(
        request, form, lines, heading=_("パスワード・秘密鍵"), submit=_("保存する"),
        back=reverse("lifecycle:store", args=[code, row.pk]), crumbs=_crumbs(request, row),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@page
def retire(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """Sekisho reaches it no more."""
    row = _store(request, data_store_id)
    request.principal.require("lifecycle.store", row.organization_id)
    form, lines = ReasonForm(request.POST or None), list[str]()
    if request.method == "POST" and form.is_valid():

        def act() -> bool:
            actions.retire_store(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
            return True

        done, lines = attempt(form, act)
        if done:
            messages.success(request, _("保管先を廃止しました。"))
            return redirect("lifecycle:stores", code)
    return form_page(
        request, form, lines, heading=_("保管先「%(name)s」を廃止する") % {"name": row.name}, submit=_("廃止する"),
        back=reverse("lifecycle:store", args=[code, row.pk]), crumbs=_crumbs(request, row),
    )  # fmt: skip


@require_safe
@page
def detail(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """One store: what lies where, what was found and waits for a decision."""
    del code
    row = _store(request, data_store_id)
    principal = request.principal
    rules = list(row.scan_rules.filter(ended_at=None).order_by("created_at"))
    found = page_of(request, queries.found_entries(principal, row))
    scan = row.scans.select_related("job").first()
    context: dict[str, Any] = {
        "store": row,
        "kind": STORE_KINDS[row.kind],
        "rules": [(one, GROUPS[one.group], DATE_SOURCES[one.date_source]) for one in rules],
        "scan": scan,
        "scan_job": _job(request, scan),
        "page": found,
        "found": found,
        "may_edit": row.retired_at is None and principal.may("lifecycle.store", row.organization_id),
        "may_scan": row.retired_at is None and principal.may("lifecycle.scan", row.organization_id),
        "trail": _crumbs(request),
    }
    return render(request, "lifecycle/store.html", context)


def _job(request: PageRequest, scan: Any) -> Any:
    if scan is None or scan.state != "waiting" or scan.job_id is None:
        return None
    job = job_queries.jobs(request.principal).filter(pk=scan.job_id).first()
    return job if job is not None and job.state in {"queued", "running"} else None


@require_safe
@page
def scanning(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself while a scan runs."""
    row = _store(request, data_store_id)
    scan = row.scans.select_related("job").first()
    job = _job(request, scan)
    response = render(request, "lifecycle/_scan.html", {"store": row, "scan": scan, "scan_job": job})
    if job is None:
        response["HX-Redirect"] = reverse("lifecycle:store", args=[code, row.pk])
    return response


@require_http_methods(["GET", "POST"])
@page
def rule_new(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """Say what lies where."""
    row = _store(request, data_store_id)
    request.principal.require("lifecycle.scan", row.organization_id)
    form = ScanRuleForm(request.POST or None, database=row.kind == "database", events=event_choices())
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        facts = actions.ScanRuleFacts(
            name=given["name"], pattern=given["pattern"], group=given["group"], kinds=split(given["kinds"]),
            event=given["event"], date_source=given["date_source"], column=given.get("column", ""), fixed_on=given["fixed_on"],
            personal=given["personal"], my_number=given["my_number"], sensitive=given["sensitive"],
            public_record=given["public_record"],
            owner_role=given["owner_role"],
        )  # fmt: skip
        made, lines = attempt(form, lambda: actions.make_scan_rule(request.principal, row, facts=facts, now=request.now))
        if made is not None:
            messages.success(request, _("規則を加えました。走査すると、当てはまるものが提案されます。"))
            return redirect("lifecycle:store", code, row.pk)
    return form_page(
        request, form, lines, heading=_("走査の規則を加える"), submit=_("加える"),
        lead=_("この保管先の、どこに、何の記録があるか。走査すると、台帳に入れるものが提案されます。"),
        back=reverse("lifecycle:store", args=[code, row.pk]), crumbs=_crumbs(request, row),
    )  # fmt: skip


@require_POST
@page
def rule_end(request: PageRequest, code: str, scan_rule_id: uuid.UUID) -> HttpResponse:
    """The rule is used no more."""
    rule = own(request, queries.scan_rule(request.principal, scan_rule_id))
    try:
        actions.end_scan_rule(request.principal, rule, version=version_of(request), now=request.now)
        messages.success(request, _("規則をやめました。"))
    except Conflict as error:
        tell(request, error)
    return redirect("lifecycle:store", code, rule.store_id)


@require_POST
@page
def scan(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """Look through the store."""
    row = _store(request, data_store_id)
    try:
        actions.begin_scan(request.principal, row, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("lifecycle:store", code, row.pk)


@require_POST
@page
def decide(request: PageRequest, code: str, data_store_id: uuid.UUID) -> HttpResponse:
    """Enter what was ticked into the ledger, or put it aside."""
    row = _store(request, data_store_id)
    request.principal.require("lifecycle.scan", row.organization_id)
    ids = ids_of(request.POST.getlist("found")[:1000])
    try:
        if request.POST.get("to") == "dismiss":
            count = actions.dismiss_found(request.principal, row, found_ids=ids, now=request.now)
            messages.success(request, _("%(n)s件を、台帳に入れないことにしました。") % {"n": count})
        else:
            made = actions.accept_found(request.principal, row, found_ids=ids, now=request.now)
            messages.success(request, _("%(n)s件を台帳に入れました。") % {"n": len(made)})
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("lifecycle:store", code, row.pk)
