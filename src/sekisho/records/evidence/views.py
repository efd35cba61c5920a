"""Pages of evidence: list, one evidence, documents, bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.catalog import queries as catalog_queries
from sekisho.records.evidence import actions, forms, hooks, queries
from sekisho.records.evidence.downloads import download as as_download
from sekisho.records.evidence.downloads import read_upload
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.subjects import queries as subject_queries
from sekisho.standards import catalog as standards
from sekisho.standards import texts

if TYPE_CHECKING:
    import uuid

    from sekisho.records.evidence.models import Evidence, Measure
    from sekisho.records.subjects.models import Subject

PER_PAGE: Final = 50
_STATES: Final = ("valid", "soon", "expired", "unreviewed", "withdrawn")
_CHOICES: Final = 2000
_UNITS: Final = frozenset({"count", "percent", "days", "hours", "minutes", "seconds", "ms", "bytes", "jpy"})  # have a text


def _title(row: Evidence, language: str) -> str:
    """What an evidence is called: a document by its title, an observation by its engine."""
    if row.observation is None:
        return row.title
    code = f"evidence.engine_{row.observation.engine}"
    return texts.render(code, {}, language) if texts.known(code) else row.observation.engine


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """Evidence, newest first, with the counts of each state."""
    del code
    given, organization_id = request.GET, request.organization.pk
    subject = given.get("subject", "")
    rows = queries.evidence(
        request.principal,
        now=request.now,
        organization_id=organization_id,
        state=given.get("state", ""),
        kind=given.get("kind", "")[:16],
        document_kind=given.get("document_kind", "")[:64],
        engine=given.get("engine", "")[:64],
        subject_id=subject_queries.uuid_of(subject) if subject else None,
        text=given.get("q", "").strip()[:100],
    )
    shown = Paginator(rows, PER_PAGE).get_page(given.get("page"))
    counts = queries.state_counts(request.principal, now=request.now, organization_id=organization_id)
    context: dict[str, Any] = {
        "page": shown,
        "rows": [(row, _title(row, request.principal.language), queries.evidence_state(row, now=request.now)) for row in shown],
        "counts": counts,
        "may_add": request.principal.may("evidence.add", organization_id),
        "may_submit": request.principal.may("observation.submit", organization_id),
    }
    return render(request, "evidence/index.html", context)


def _one(request: PageRequest, evidence_id: uuid.UUID) -> Evidence:
    row = queries.evidence_with(request.principal, evidence_id)
    if row.organization_id != request.organization.pk:
        raise NotFound("access.not_found")
    return row


def _figures(row: Evidence) -> list[tuple[Measure, str, str, str]]:
    """The measures of an observation with title, meaning and the value with its unit, by the dictionary."""
    if row.observation is None:
        return []
    spoken = language()
    declared = standards.measures()
    found = []
    for measure in row.observation.measures.order_by("key", "pk"):
        known = declared.get(measure.key)
        title = known.title.get(spoken) if known else measure.key
        meaning = known.meaning.get(spoken) if known else ""
        found.append((measure, title, meaning, _shown(measure.value, known.unit if known else "", spoken)))
    return found


def _shown(value: float | None, unit: str, language: str) -> str:
    """A figure with its unit, as in the sentences of the levels: shares in per cent, no more digits than tell something."""
    if value is None:
        return ""
    if unit == "ratio":
        return texts.render("levels.unit_percent", {"n": f"{value * 100:.1f}".removesuffix(".0")}, language)
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    code = f"levels.unit_{unit}" if unit in _UNITS else "levels.unit_plain"
    return texts.render(code, {"n": number}, language)


@require_safe
@page
def detail(request: PageRequest, code: str, evidence_id: uuid.UUID) -> HttpResponse:
    """What it is, how old, its figures, findings and files, where it is used, and what the ledger says of it."""
    del code
    row = _one(request, evidence_id)
    principal, language = request.principal, request.principal.language
    findings = list(row.observation.findings.order_by("severity", "pk")[:200]) if row.observation else []
    context: dict[str, Any] = {
        "evidence": row,
        "title": _title(row, language),
        "state": queries.evidence_state(row, now=request.now),
        "document_kind": forms.document_kind_name(row.document_kind) if row.document_kind else "",
        "figures": _figures(row),
        "findings": [(f, texts.render(f.code, f.fields, language)) for f in findings],
        "artifacts": list(row.observation.artifact_links.select_related("artifact")) if row.observation else [],
        "requirements": [
            (link.requirement, catalog_queries.text(link.requirement, "title", language))
            for link in row.requirement_links.select_related("requirement")
        ],
        "uses": [use for give in hooks.USES for use in give(principal, row.pk)],
        "entries": queries.ledger_entries(row) if principal.may("ledger.read", row.organization_id) else [],
        "may_review": row.kind == "document"
        and row.withdrawn_at is None
        and row.added_by_id != principal.person_id
        and principal.may("evidence.review", row.organization_id),
        "may_withdraw": row.withdrawn_at is None and principal.may("evidence.withdraw", row.organization_id),
        **_settings(request, row),
    }
    return render(request, "evidence/detail.html", context)


def _settings(request: PageRequest, row: Evidence) -> dict[str, Any]:
    """What the page says about accepting the settings that a configuration measurement recorded; empty for other evidence."""
    observation = row.observation
    if observation is None or not observation.artifact_links.filter(name=actions.SNAPSHOT_NAME).exists():
        return {}
    accepted = queries.accepted_snapshot(request.principal, row.subject_id)
    return {
        "has_snapshot": True,
        "accepted": accepted,
        "is_accepted": accepted is not None and accepted.observation_id == observation.pk,
        "drift": observation.findings.filter(scope__startswith="drift:").count(),
        "may_accept": row.withdrawn_at is None and request.principal.may("baseline.accept", row.organization_id),
    }


@require_POST
@page
def accept(request: PageRequest, code: str, evidence_id: uuid.UUID) -> HttpResponse:
    """Take the recorded settings as the accepted ones."""
    row = _one(request, evidence_id)
    if row.observation is None:
        raise NotFound("access.not_found")
    try:
        actions.accept_snapshot(request.principal, row.observation, reason=request.POST.get("reason", ""), now=request.now)
    except InputError as error:
        tell(request, error)
    else:
        messages.success(request, _("この設定を承認しました。次の測定から、ここからの違いがずれとして数えられます。"))
    return redirect("evidence:detail", code, row.pk)


@require_POST
@page
def verify(request: PageRequest, code: str, evidence_id: uuid.UUID) -> HttpResponse:
    """Hash the bytes again, now."""
    row = _one(request, evidence_id)
    erased = row.artifact is not None and row.artifact.erased_at is not None
    matches = bool(row.artifact_id) and not erased and actions.artifact_store().verify(row.artifact_id or "")
    if request.htmx:  # type: ignore[attr-defined] # set by django-htmx
        return render(request, "evidence/verified.html", {"matches": matches, "erased": erased, "sha256": row.artifact_id})
    if matches:
        messages.success(request, _("一致：保存した内容は、受け取ったときから変わっていません。"))
    else:
        messages.error(request, _("一致しません：保存した内容が、変わったか失われています。管理者に知らせてください。"))
    return redirect("evidence:detail", code, row.pk)


@require_safe
@page
def download(request: PageRequest, code: str, evidence_id: uuid.UUID) -> HttpResponse:
    """The bytes, as a download."""
    del code
    row = _one(request, evidence_id)
    if row.artifact is None:
        raise NotFound("access.not_found")
    return as_download(row.artifact, row.file_name or f"{row.engine_name}-{row.artifact.sha256[:12]}.json")


@require_safe
@page
def artifact(request: PageRequest, code: str, evidence_id: uuid.UUID, sha256: str) -> HttpResponse:
    """A file that an observation names, as a download."""
    del code
    row = _one(request, evidence_id)
    link = (
        row.observation.artifact_links.select_related("artifact").filter(artifact_id=sha256).first() if row.observation else None
    )
    if link is None:
        raise NotFound("access.not_found")
    return as_download(link.artifact, link.name)


def _subjects(request: PageRequest) -> list[tuple[str, str]]:
    rows = subject_queries.in_organization(request.principal, request.organization.pk)
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:_CHOICES]]


def _chosen(request: PageRequest, value: str) -> Subject:
    return subject_queries.subject(request.principal, subject_queries.uuid_of(value))


@require_http_methods(["GET", "POST"])
@page
def add(request: PageRequest, code: str) -> HttpResponse:
    """Keep a document as evidence."""
    request.principal.require("evidence.add", request.organization.pk)
    applying = catalog_queries.requirements(request.principal).filter(assessable=True, catalog__status="current")
    language = request.principal.language
    choices = [(str(r.pk), f"{r.ref} {catalog_queries.text(r, 'title', language)}") for r in applying[:_CHOICES]]
    form = forms.DocumentForm(
        request.POST or None,
        request.FILES or None,
        subjects=_subjects(request),
        requirements=choices,
        initial={"subject": request.GET.get("subject", ""), "document_kind": request.GET.get("document_kind", "")},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = actions.add_document(
                request.principal,
                subject=_chosen(request, values["subject"]),
                requirement_ids=[subject_queries.uuid_of(r) for r in values["requirements"]],
                note=values["note"],
                now=request.now,
                **form.handed_in,
            )
        except (InputError, Conflict) as error:
            lines = say(error, language)
        else:
            messages.success(request, _("文書を登録しました。ほかの責任者の確認を待っています。"))
            return redirect("evidence:detail", code, made.pk)
    return render(request, "evidence/add.html", {"form": form, "lines": lines}, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def bundle(request: PageRequest, code: str) -> HttpResponse:
    """Take in a ``*.sekisho`` file that was carried by hand."""
    del code
    request.principal.require("observation.submit", request.organization.pk)
    form = forms.BundleForm(
        request.POST or None,
        request.FILES or None,
        subjects=_subjects(request),
        initial={"subject": request.GET.get("subject", "")},
    )
    context: dict[str, Any] = {"form": form, "lines": []}
    if request.method == "POST" and form.is_valid():
        try:
            subject = _chosen(request, form.cleaned_data["subject"])
            content = read_upload(form.cleaned_data["file"])
            result = actions.receive_bundle(request.principal, untrusted=content, subject=subject, now=request.now)
        except (InputError, Conflict) as error:
            context["lines"] = say(error, request.principal.language)
        else:
            language = request.principal.language
            context["results"] = [
                (item, [texts.render_problem(p, language) for p in [*item.problems, *item.warnings]]) for item in result.results
            ]
    return render(request, "evidence/bundle.html", context, status=422 if form.errors or context["lines"] else 200)


@require_POST
@page
def review(request: PageRequest, code: str, evidence_id: uuid.UUID) -> HttpResponse:
    """The document was read and is what it claims to be."""
    row = _one(request, evidence_id)
    try:
        actions.review_document(request.principal, evidence=row, note=request.POST.get("note", "")[:2000], now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("evidence:detail", code, row.pk)


@require_POST
@page
def withdraw(request: PageRequest, code: str, evidence_id: uuid.UUID) -> HttpResponse:
    """It may no longer be relied on."""
    row = _one(request, evidence_id)
    reason = request.POST.get("reason", "")[:2000]
    try:
        actions.withdraw_evidence(request.principal, evidence=row, reason=reason, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("evidence:detail", code, row.pk)
