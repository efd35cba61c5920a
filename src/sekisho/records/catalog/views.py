"""基準: which catalogues hold here, what they demand, and this organisation's corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.catalog import actions, editions, hooks, queries, reference, show
from sekisho.records.catalog.forms import AdoptionForm, OverlayForm
from sekisho.records.pages import PageRequest, page, say

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence

    from django.http import HttpResponse

    from sekisho.records.catalog.models import Catalog, Overlay, Requirement

__all__ = ["adopt", "catalog", "compare", "correct", "index", "requirement", "withdraw"]

OPEN_UP_TO: Final = 150
"""Catalogues with more lines begin with their sections closed, so that the whole can be seen at a glance."""


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The catalogues that hold here and why; the others; the lists of reference facts."""
    del code
    principal, language = request.principal, request.principal.language
    rows = {row.pk: row for row in queries.catalogs(principal)}
    applying = [one for one in queries.applying_to(request.organization.pk) if one.catalog.pk in rows]
    here = {one.catalog.pk for one in applying}
    context = {
        "applying": [(rows[one.catalog.pk], queries.text(one.catalog, "title", language), one) for one in applying],
        "others": [(row, queries.text(row, "title", language)) for row in rows.values() if row.pk not in here],
        "lists": [_list_line(list_id, language) for list_id in reference.list_ids()],
        "may_import": bool(principal.roles_for("catalog.import")),
        "may_adopt": bool(principal.roles_for("catalog.adopt")),
    }
    return render(request, "catalog/index.html", context)


def _list_line(list_id: str, language: str) -> dict[str, Any]:
    found = reference.list_of(list_id)
    return {"id": list_id, "title": found.title.get(language), "count": found.count, "confidence": found.confidence}


@require_http_methods(["GET", "HEAD", "POST"])
@page
def adopt(request: PageRequest, code: str, catalog_key: str) -> HttpResponse:
    """Decide whether the organisation judges itself by a catalogue that is offered to it."""
    principal, here = request.principal, request.organization
    principal.require("catalog.adopt", here.pk)
    one = next((one for one in queries.applying_to(here.pk) if one.catalog.key == catalog_key), None)
    if one is None:
        raise NotFound("access.not_found")
    form = AdoptionForm(request.POST or None)
    title = queries.text(one.catalog, "title", principal.language)
    status, context = 200, {"form": form, "one": one, "title": title}
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.decide_adoption(
                    principal,
                    organization=here,
                    catalog_key=catalog_key,
                    adopted=not one.adopted,
                    reason=form.cleaned_data["reason"],
                    now=request.now,
                )
            except (InputError, Conflict) as error:
                status = error.http_status
                context["lines"] = say(error, principal.language)
            else:
                messages.success(request, _("決めたことを記録しました。"))
                return redirect("catalog:index", code=code)
    return render(request, "catalog/adopt.html", context, status=status)


# -------------------------------------------------------------------------------------------------------- a catalogue


def _filters(request: PageRequest, attributes: Sequence[tuple[str, str, list[tuple[str, str]]]]) -> show.Filters:
    given = request.GET
    chosen = {key: given[f"a-{key}"] for key, _title, _values in attributes if given.get(f"a-{key}")}
    return show.Filters(
        words=given.get("q", "").strip()[:100],
        theme=given.get("theme", "")[:64],
        attributes=chosen,
        new=given.get("new") == "1",
        unverified=given.get("unverified") == "1",
        guide=given.get("guide") == "1",
        corrected=given.get("corrected") == "1",
    )


def _themes(
    rows: Sequence[Requirement], attributes: Sequence[tuple[str, str, list[tuple[str, str]]]], language: str
) -> list[tuple[str, str]]:
    """The themes that occur, by the vocabulary's word or the heading's title."""
    words = dict(next((values for key, _title, values in attributes if key == "theme"), []))
    titles = {row.ref: queries.text(row, "title", language) for row in rows}
    found = dict.fromkeys(row.theme for row in rows if row.theme)
    return [(theme, words.get(theme) or titles.get(theme, theme)) for theme in found]


@require_safe
@page
def catalog(request: PageRequest, code: str, catalog_id: uuid.UUID) -> HttpResponse:
    """The whole tree of one edition, filtered by the address."""
    principal, language = request.principal, request.principal.language
    found = queries.catalog(principal, catalog_id)
    rows = list(queries.lines(principal, catalog_id, with_words=bool(request.GET.get("q"))))
    attributes = [one for one in show.choices(found, language) if one[0] != "label"]
    overlays = queries.overlays_for(request.organization.pk, catalog_key=found.key)
    filters = _filters(request, attributes)
    sections = show.outline(rows, filters, overlays)
    units = {row.unit for row in rows if row.unit}
    open_all = filters.any or len(rows) <= OPEN_UP_TO or request.GET.get("open") == "1"
    context = {
        "catalog": found,
        "title": queries.text(found, "title", language),
        "facts": _facts(found, language),
        "sections": [_section(section, overlays, language) for section in sections],
        "prefix": reverse("catalog:requirements", args=[code]),
        "attributes": [
            (key, title, values, filters.attributes.get(key, "")) for key, title, values in attributes if key != "theme"
        ],
        "themes": _themes(rows, attributes, language),
        "filters": filters,
        "shown": sum(section.count for section in sections),
        "total": sum(row.assessable for row in rows),
        "counts": {
            "new": sum(row.is_new for row in rows),
            "unverified": sum(show.unverified(row) for row in rows),
            "guide": sum(show.has_guide(row) for row in rows),
            "corrected": len(overlays),
        },
        "several_units": len(units) > 1,
        "words": {"new": _("新"), "corrected": _("訂正"), "heading": _("見出し"), "guide": _("松竹梅")},
        "open_all": open_all,
        "large": len(rows) > OPEN_UP_TO,
        "editions": queries.editions(principal, found),
    }
    return render(request, "catalog/catalog.html", context)


def _facts(found: Catalog, language: str) -> dict[str, Any]:
    """What a catalogue says of itself, in the reader's language."""
    source: dict[str, Any] = show.localise(found.source, language)
    source["superseded_by"] = source.get("superseded_by") or found.superseded_by
    return source


def _section(section: show.Section, overlays: dict[str, list[Overlay]], language: str) -> dict[str, Any]:
    heading = section.heading
    return {
        "id": heading.pk if heading else "rest",
        "title": queries.text(heading, "title", language) if heading else _("見出しのないもの"),
        "ref": heading.ref if heading else "",
        "link": heading if heading and not show.is_heading(heading) else None,
        "count": section.count,
        "lines": [_line(node, overlays.get(node.row.ref, ()), language) for node in section.nodes],
    }


def _line(node: show.Node, overlays: Sequence[Overlay], language: str) -> dict[str, Any]:
    row = node.row
    return {
        "pk": row.pk,
        "ref": row.ref,
        "title": show.corrected(row, "title", overlays, language)[0] if overlays else queries.text(row, "title", language),
        "depth": node.depth,
        "heading": node.heading,
        "assessable": row.assessable,
        "unit": row.unit,
        "kinds": (", " if language.startswith("en") else "、").join(show.subject_kinds(row, language)),
        "is_new": row.is_new,
        "guide": show.has_guide(row),
        "verified": "user" if overlays else show.verified_of(row, "title_en" if language.startswith("en") else "title"),
        "overlaid": bool(overlays),
    }


@require_safe
@page
def compare(request: PageRequest, code: str, catalog_id: uuid.UUID, other_id: uuid.UUID) -> HttpResponse:
    """What a newer edition does to an older one."""
    del code
    principal, language = request.principal, request.principal.language
    new, old = queries.catalog(principal, catalog_id), queries.catalog(principal, other_id)
    if (new.key, new.organization_id) != (old.key, old.organization_id):
        raise InputError("catalog.not_editions")
    if old.status == "current":
        new, old = old, new
    rows = {one.pk: list(queries.requirements(principal, catalog_id=one.pk)) for one in (old, new)}
    diff = editions.compare((old, rows[old.pk]), (new, rows[new.pk]))
    before = {row.ref: row for row in rows[old.pk]}
    after = {row.ref: row for row in rows[new.pk]}
    labels = {name: reference.label(name, language) for change in diff.changed for name in change.fields}
    context = {
        "old": old,
        "new": new,
        "title": queries.text(new, "title", language),
        "added": [after[ref] for ref in diff.added],
        "removed": [before[ref] for ref in diff.removed],
        "changed": [(after[c.id], [labels[name] for name in c.fields]) for c in diff.changed],
        "moved": [(before[m.old_id], [after[ref] for ref in m.new_ids if ref in after], m.relation) for m in diff.moved],
        "unchanged": len(diff.unchanged),
    }
    return render(request, "catalog/compare.html", context)


# ------------------------------------------------------------------------------------------------------ a requirement


@require_safe
@page
def requirement(request: PageRequest, code: str, requirement_id: uuid.UUID) -> HttpResponse:
    """Everything that is known of one requirement, with this organisation's corrections."""
    del code
    principal, language = request.principal, request.principal.language
    row = queries.requirement(principal, requirement_id)
    overlays = queries.overlays_for(request.organization.pk, catalog_key=row.catalog.key, refs=[row.ref]).get(row.ref, [])
    made = [
        panel
        for hook in hooks.PANELS.values()
        if (panel := hook(principal, organization=request.organization, requirement=row, now=request.now)) is not None
    ]
    context = {
        "row": row,
        "catalog_title": queries.text(row.catalog, "title", language),
        "parent_title": queries.text(row.parent, "title", language) if row.parent else "",
        "parent_is_heading": bool(row.parent and show.is_heading(row.parent)),
        "texts": {name: _text(row, name, overlays, language) for name in ("title", "summary", "note", "responsible")},
        "overlays": [(one, show.overlay_lines(one, language)) for one in overlays],
        "facts": show.localise({k: v for k, v in row.attributes.items() if k not in {"values", "mappings"}}, language),
        "attributes": show.attribute_rows(row.catalog, row, language),
        "kinds": show.subject_kinds(row, language),
        "marks": {
            name: show.verified_of(row, name)
            for name in (
                "applies_to",
                "points",
                "responsible",
                "documented_information",
                "plan_unit",
                "mappings",
                "evidence_examples",
            )
        },
        "guide": show.localise(row.levels, language) if row.levels else None,
        "guide_marks": row.levels.get("verified", {}) if row.levels else {},
        "panels": made,
        "may_correct": bool(principal.roles_for("catalog.overlay")),
        **_ties(request, row),
    }
    return render(request, "catalog/requirement.html", context)


def _text(row: Requirement, name: str, overlays: Sequence[Overlay], language: str) -> dict[str, Any]:
    """A text as it holds here: with how it was checked, whether the English is ours, and what it said before a correction."""
    words, overlay = show.corrected(row, name, overlays, language)
    english = language.startswith("en")
    original = queries.text(row, name, language) if hasattr(row, name) else ""
    if name in {"note", "responsible"} and overlay is None:
        words = ""  # shown from the catalogue's own facts
    return {
        "text": words,
        "overlay": overlay,
        "original": original if overlay else "",
        "other": "" if english else getattr(row, f"{name}_en", ""),
        "is_translation": overlay is None and name in row.attributes.get("translated", ()),
        "verified": "user" if overlay else show.verified_of(row, f"{name}_en" if english else name),
    }


def _ties(request: PageRequest, row: Requirement) -> dict[str, Any]:
    """Mappings to and from what is loaded, and to editions and catalogues that are not (2013)."""
    language = request.principal.language
    loaded: list[dict[str, Any]] = []
    seen: set[uuid.UUID] = set()
    for tie in queries.mappings_of(request.principal, row):
        other = tie.target if tie.source_id == row.pk else tie.source
        if other.pk not in seen:
            seen.add(other.pk)
            loaded.append(
                {
                    "row": other,
                    "title": queries.text(other, "title", language),
                    "catalog": queries.text(other.catalog, "title", language),
                    "edition": other.catalog.edition,
                    "status": other.catalog.status,
                    "relation": tie.relation,
                    "verified": tie.verified,
                }
            )
    loaded.sort(key=lambda tie: (tie["status"] != "current", tie["catalog"], tie["edition"], tie["row"].position))
    external = row.catalog.source.get("external_catalogs", {})
    outside = [
        {
            **mapping,
            "title": show.localise(external[mapping["catalog"]], language),
            "note": show.localise(mapping.get("note"), language),
        }
        for mapping in row.attributes.get("mappings", ())
        if mapping["catalog"] in external
    ]
    return {"ties": loaded, "outside": outside}


@require_http_methods(["GET", "HEAD", "POST"])
@page
def correct(request: PageRequest, code: str, requirement_id: uuid.UUID) -> HttpResponse:
    """Correct a requirement's texts for this organisation and those below it."""
    principal, here = request.principal, request.organization
    principal.require("catalog.overlay", here.pk)
    row = queries.requirement(principal, requirement_id)
    overlays = queries.overlays_for(here.pk, catalog_key=row.catalog.key, refs=[row.ref]).get(row.ref, [])
    above = [one for one in overlays if one.organization_id != here.pk]
    own = next((one for one in overlays if one.organization_id == here.pk), None)
    original = show.correctable(row, above)
    form = OverlayForm(request.POST or None, initial=_initial(original, own))
    status, context = 200, {"form": form, "row": row, "own": own, "title": queries.text(row, "title", principal.language)}
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.add_overlay(
                    principal,
                    organization=here,
                    catalog_key=row.catalog.key,
                    ref=row.ref,
                    fields=form.changes(original),
                    note=form.cleaned_data["source"],
                    now=request.now,
                )
            except (InputError, Conflict) as error:
                status = error.http_status
                context["lines"] = say(error, principal.language)
            else:
                messages.success(request, _("訂正を記録しました。この組織と、その下の組織で使われます。"))
                return redirect("catalog:requirement", code=code, requirement_id=row.pk)
    return render(request, "catalog/correct.html", context, status=status)


def _initial(original: dict[str, str], own: Overlay | None) -> dict[str, str]:
    values = {**original, **(own.fields if own else {})}
    values["note_text"] = values.pop("note", "")
    return {**values, "source": own.note if own else ""}


@require_POST
@page
def withdraw(request: PageRequest, code: str, overlay_id: uuid.UUID) -> HttpResponse:
    """The correction no longer holds."""
    overlay = queries.overlay(request.principal, overlay_id)
    actions.withdraw_overlay(request.principal, overlay, now=request.now)
    messages.success(request, _("訂正を取り下げました。記録は残ります。"))
    row = queries.requirement_of_overlay(request.principal, overlay)
    if row is None:
        return redirect("catalog:index", code=code)
    return redirect("catalog:requirement", code=code, requirement_id=row.pk)
