"""概要図: drawn from the tasks, corrected by hand, with its tables beneath."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.engines import systemdiagram
from sekisho.errors import Conflict, InputError, SekishoError
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.queries.diagram import confirmations_of
from sekisho.records.procurement.rules.drawing import changed, without_orphans
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.standards import texts

if TYPE_CHECKING:
    import uuid

    from sekisho.engines.systemdiagram import Diagram, Edits

_CURRENT: Final = "procurement:diagram"
_ATTEMPTS: Final = 5
_MOST: Final = 1_000_000  # bytes of a request of the editor


def _title(shown: CasePage) -> str:
    return _("%(title)sの概要図") % {"title": shown.case.title}


@require_safe
@page
def show(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The diagram, forms to correct it, and every part and flow as tables."""
    del code
    shown = case_page(request, case_id, _CURRENT)
    spoken = language()
    applied = queries.applied_diagram(shown.case, language=spoken)
    edits = queries.edits_of(shown.case)
    visible = [node for node in applied.diagram.nodes if not node.hidden]
    names = {node.id: node.name for node in applied.diagram.nodes}
    context: dict[str, Any] = {
        **shown.context,
        # The engine escapes every word that people wrote; what it draws holds neither style nor script.
        "svg": mark_safe(systemdiagram.render_svg(applied.diagram, language=spoken, title=_title(shown))),  # noqa: S308
        "empty": not visible,
        "table": systemdiagram.table_rows(applied.diagram, spoken),
        "version": shown.case.diagram_version,
        "edits_json": msgspec.json.encode(edits).decode(),
        "orphans": [
            texts.render(f"diagram.orphan_{o.edit}", {"id": o.id, "missing": ", ".join(o.missing)}, spoken)
            for o in applied.orphans
        ],
        "nodes": visible,
        "flows": _flows(applied.diagram, names, spoken),
        "zones": applied.diagram.zones,
        "items": applied.diagram.information,
        "kinds": [(kind, texts.render(f"diagram.kind_{kind}", {}, spoken)) for kind in systemdiagram.KINDS],
        "hidden": _hidden(shown, edits, spoken),
        "added": {node.id for node in edits.added_nodes} | {flow.id for flow in edits.added_flows},
        "moved": edits.moved.keys(),
        "changed": edits != systemdiagram.Edits(),
        **_confirmations(shown, applied.diagram, spoken),
    }
    return render(request, "procurement/diagram.html", context)


def _confirmations(shown: CasePage, diagram: Diagram, spoken: str) -> dict[str, Any]:
    """What the program drew, in words, with who confirmed it and when; what is open first."""
    known = confirmations_of(shown.case)
    names = {node.id: node.name for node in diagram.nodes}
    zones = {zone.id: zone.name for zone in diagram.zones}
    words = {node.id: f"{node.name}（{zones[node.zone]}）" if node.zone in zones else node.name for node in diagram.nodes}
    words |= {name: said for name, said, _known in _flows(diagram, names, spoken)}
    rows = [(name, seen, words.get(name, name), known.confirmed.get(name)) for name, seen in known.parts.items()]
    return {
        "drawn": sorted(rows, key=lambda row: row[3] is not None),
        "drawn_total": known.total,
        "drawn_confirmed": known.total - known.unconfirmed,
    }


def _flows(diagram: Diagram, names: dict[str, str], spoken: str) -> list[tuple[str, str, bool | None]]:
    """Id, words and encryption of every flow."""
    found = []
    for flow in diagram.flows:
        key = "flow_both" if flow.direction == "both" else "flow_one"
        ends = texts.render(
            f"diagram.{key}", {"source": names.get(flow.source, ""), "target": names.get(flow.target, "")}, spoken
        )
        what = "・".join(flow.information) or flow.label
        found.append((flow.id, f"{ends}（{what}）" if what else ends, flow.encrypted))
    return found


def _hidden(shown: CasePage, edits: Edits, spoken: str) -> list[tuple[str, str]]:
    """Id and words of what was hidden."""
    if not edits.hidden:
        return []
    everything = systemdiagram.apply(
        systemdiagram.derive(queries.answers_of(shown.case.answers).business, language=spoken),
        msgspec.structs.replace(edits, hidden=()),
    ).diagram
    names = {node.id: node.name for node in everything.nodes}
    words = names | {name: said for name, said, _known in _flows(everything, names, spoken)}
    return [(name, words[name]) for name in edits.hidden if name in words]


@require_safe
@page
def picture(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The picture as a file."""
    del code
    shown = case_page(request, case_id, _CURRENT)
    applied = queries.applied_diagram(shown.case, language=language())
    svg = systemdiagram.render_svg(applied.diagram, language=language(), title=_title(shown))
    return attachment(svg, name=f"{shown.case.number}-diagram.svg", media_type="image/svg+xml")


@require_POST
@page
def edit(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """One change by a form, or all moves of the editor in the browser as JSON."""
    shown = case_page(request, case_id, _CURRENT)
    queries.require_part(request.principal, shown.case, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
    if request.content_type == "application/json":
        return _from_editor(request, shown)
    do = request.POST.get("do", "")
    try:
        _from_form(request, shown, do)
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("procurement:diagram", code, case_id)


@require_POST
@page
def confirm(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Somebody has looked at parts that the program drew, or takes that back."""
    shown = case_page(request, case_id, _CURRENT)
    given = (value.rpartition(":") for value in request.POST.getlist("part"))
    parts = {name: seen for name, _mark, seen in given if name}
    confirmed = request.POST.get("do") != "undo"
    try:
        count = actions.confirm_parts(request.principal, shown.case, parts=parts, confirmed=confirmed, now=request.now)
    except (InputError, Conflict) as error:
        tell(request, error)
    else:
        said = _("%(n)s件を、人が確かめたものとして記録しました。")
        if not confirmed:
            said = _("%(n)s件を、確かめていないものに戻しました。")
        messages.success(request, said % {"n": count})
    return redirect(f"{reverse('procurement:diagram', args=[code, case_id])}#h-confirm")


def _from_form(request: PageRequest, shown: CasePage, do: str) -> None:
    """Put one change on the diagram as it is now; when somebody else was faster, on theirs."""
    for attempt in range(_ATTEMPTS):
        case = queries.case(request.principal, shown.case.pk)
        applied, edits = queries.applied_diagram(case, language=language()), queries.edits_of(case)
        if do == "clean":
            after = without_orphans(edits, applied.orphans)
        else:
            after = changed(
                edits, do, request.POST.dict(), information=request.POST.getlist("information"), shown=applied.diagram
            )
        try:
            actions.save_diagram(
                request.principal,
                case,
                edits=msgspec.to_builtins(after),
                base_version=case.diagram_version,
                now=request.now,
            )
        except Conflict as error:
            if error.code != "procurement_cases.diagram_changed" or attempt == _ATTEMPTS - 1:
                raise
        else:
            return


def _body(request: HttpRequest) -> tuple[dict[str, Any], int]:
    """Edits and version out of the editor's JSON. Raises InputError ``diagram.not_edits``."""
    if len(request.body) > _MOST:
        raise InputError("procurement_cases.diagram_too_large", size=len(request.body), limit=_MOST)
    try:
        told = json.loads(request.body)
        edits, version = told["edits"], told["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError("diagram.not_edits", detail=str(error)[:200]) from error
    if not isinstance(edits, dict) or not isinstance(version, int):
        raise InputError("diagram.not_edits", detail="edits, version")
    return edits, version


def _from_editor(request: PageRequest, shown: CasePage) -> HttpResponse:
    try:
        edits, version = _body(request)
        case = actions.save_diagram(request.principal, shown.case, edits=edits, base_version=version, now=request.now)
    except SekishoError as error:
        return JsonResponse({"message": " ".join(say(error, request.principal.language))}, status=error.http_status)
    applied = queries.applied_diagram(case, language=language())
    svg = systemdiagram.render_svg(applied.diagram, language=language(), title=_title(shown))
    return JsonResponse({"version": case.diagram_version, "svg": svg})
