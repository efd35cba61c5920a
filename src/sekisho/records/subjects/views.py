"""Pages of subjects: list, one subject, forms, export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError
from sekisho.records.downloads import table_attachment
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.subjects import actions, forms, hooks, importing, queries

if TYPE_CHECKING:
    import uuid

    from django.db.models import QuerySet

    from sekisho.records.subjects.models import Subject

PER_PAGE: Final = 50
_EDITED: Final = (
    "name", "kana", "description", "owner", "classification_scheme", "confidentiality", "integrity", "availability",
    "network_zone",
)  # fmt: skip


def _listed(request: PageRequest) -> QuerySet[Subject]:
    given = request.GET
    return queries.in_organization(
        request.principal,
        request.organization.pk,
        kind=given.get("kind", ""),
        zone=given.get("zone", ""),
        confidentiality=given.get("confidentiality", ""),
        text=given.get("q", "").strip()[:100],
        retired=given.get("retired") == "1",
    )


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The subjects of the organisation, with filters."""
    del code
    shown = Paginator(_listed(request), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": shown,
        "rows": [(row, forms.kind_name(row.kind)) for row in shown],
        "kinds": forms.kinds(),
        "zones": forms.values_of("zone"),
        "names": dict(forms.values_of("confidentiality") + forms.values_of("zone")),
        "classes": forms.values_of("confidentiality"),
        "may_edit": request.principal.may("subject.edit", request.organization.pk),
    }
    return render(request, "subjects/index.html", context)


@require_safe
@page
def export(request: PageRequest, code: str, form: str) -> HttpResponse:
    """Exactly the subjects that the list shows, as a workbook or CSV."""
    rows = [importing.as_row(s) for s in _listed(request).prefetch_related("external_keys") if s.kind != "organization"]
    name = f"subjects-{code}-{timezone.localdate(request.now)}"
    return table_attachment(
        importing.columns(), rows, form=form, title=_("対象の台帳"), name=name, language=request.principal.language
    )


@require_safe
@page
def detail(request: PageRequest, code: str, subject_id: uuid.UUID) -> HttpResponse:
    """One subject: what it is, its parts, keys, machines, and what other rooms know of it."""
    del code
    row = queries.subject(request.principal, subject_id)
    given = [give(request.principal, row, request.now) for give in hooks.PANELS]
    panels = [
        render_to_string(made.template, {**made.context, "subject": row}, request=request) for made in given if made is not None
    ]
    links = queries.links(request.principal, row)
    may_edit = row.retired_at is None and request.principal.may("subject.edit", row.organization_id)
    names = dict(sum((forms.values_of(a) for a in ("confidentiality", "integrity", "availability", "zone")), forms.schemes()))
    context: dict[str, Any] = {
        "subject": row,
        "kind": forms.kind_name(row.kind),
        "links": links,
        "panels": panels,
        "names": names,
        "may_edit": may_edit,
        "may_enroll": row.retired_at is None and request.principal.may("machine.enroll", row.organization_id),
    }
    if may_edit:
        others = queries.in_organization(request.principal, row.organization_id).exclude(pk=row.pk)[:500]
        context["part_form"] = forms.PartForm(candidates=[(str(o.pk), o.name) for o in others])
        context["key_form"] = forms.KeyForm()
    return render(request, "subjects/detail.html", context)


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """A new subject."""
    request.principal.require("subject.edit", request.organization.pk)
    kind = request.POST.get("kind", "") if request.method == "POST" else request.GET.get("kind", "host")
    form = forms.SubjectForm(
        request.POST or None,
        people=queries.possible_owners(request.organization.pk, today=timezone.localdate(request.now)),
        asset=kind == "information_asset",
        initial={"kind": kind if kind in dict(forms.kinds()) else "host"},
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.values
        number, kind = values.pop("number"), values.pop("kind")
        try:
            made = actions.create_subject(
                request.principal,
                organization=request.organization,
                kind=kind,
                asset=form.asset,
                keys={importing.KEY_SCHEME: number} if number else None,
                now=request.now,
                **values,
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(request, _("「%(name)s」を登録しました。") % {"name": made.name})
            return redirect("subjects:detail", code, made.pk)
    context = {"form": form, "lines": lines, "kinds": forms.kinds(), "kind": kind}
    return render(request, "subjects/form.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def edit(request: PageRequest, code: str, subject_id: uuid.UUID) -> HttpResponse:
    """Change a subject."""
    row = queries.subject(request.principal, subject_id)
    request.principal.require("subject.edit", row.organization_id)
    held = getattr(row, "asset", None)
    form = forms.EditForm(
        request.POST or None,
        people=queries.possible_owners(row.organization_id, today=timezone.localdate(request.now), owner_id=row.owner_id),
        asset=row.kind == "information_asset",
        initial={
            **{name: getattr(row, name) for name in _EDITED},
            **({name: getattr(held, name) for name in actions.ASSET_FIELDS} if held else {}),
        },
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            actions.edit_subject(
                request.principal,
                row,
                version=int(version) if version.isascii() and version.isdigit() else 0,
                changes=form.values,
                asset=form.asset,
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            return redirect("subjects:detail", code, row.pk)
    context = {"form": form, "lines": lines, "subject": row}
    return render(request, "subjects/form.html", context, status=422 if form.errors or lines else 200)


@require_http_methods(["GET", "POST"])
@page
def retire(request: PageRequest, code: str, subject_id: uuid.UUID) -> HttpResponse:
    """Say what retiring does, then do it."""
    row = queries.subject(request.principal, subject_id)
    request.principal.require("subject.edit", row.organization_id)
    form = forms.ReasonForm(request.POST or None)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.retire_subject(request.principal, row, reason=form.cleaned_data["reason"], now=request.now)
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            return redirect("subjects:detail", code, row.pk)
    return render(request, "subjects/retire.html", {"form": form, "lines": lines, "subject": row})


@require_POST
@page
def link(request: PageRequest, code: str, subject_id: uuid.UUID, verb: str) -> HttpResponse:
    """Add or remove a part or a key."""
    row, given = queries.subject(request.principal, subject_id), request.POST
    try:
        if verb in {"add-part", "remove-part"}:
            part = queries.subject(request.principal, queries.uuid_of(given.get("part", "")))
            act = actions.add_part if verb == "add-part" else actions.remove_part
            act(request.principal, whole=row, part=part, now=request.now)
        elif verb == "add-key":
            scheme, value = given.get("scheme", ""), given.get("value", "")
            actions.add_key(request.principal, subject=row, scheme=scheme, value=value, now=request.now)
        else:
            actions.remove_key(request.principal, subject=row, key_id=queries.uuid_of(given.get("key", "")), now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("subjects:detail", code, row.pk)
