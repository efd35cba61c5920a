"""An organisation's own editions of the rules: proposed, looked at, put in force; the cases that one would change or move."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.engines.derivation import strength_name
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records import staging
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import CaseState, MemberPart
from sekisho.records.procurement.queries import editions as edition_queries
from sekisho.records.procurement.rules.editions import MOST_BYTES, moved_levels, rule_changes
from sekisho.records.procurement.views.common import case_page, language
from sekisho.records.procurement.views.rules import SETS, item_of, set_of
from sekisho.records.subjects.queries import uuid_of
from sekisho.standards import texts
from sekisho.standards.rule_sets import rule_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.engines.derivation import Comparison
    from sekisho.records.procurement.models import RuleEdition
    from sekisho.records.procurement.queries.editions import CaseEffect
    from sekisho.standards.rule_sets import RuleSet

__all__ = ["case_rules", "edition", "edition_do", "propose"]

PURPOSE: Final = "procurement.rules"
_WHAT: Final = {"added": gettext_lazy("加わる"), "changed": gettext_lazy("変わる"), "removed": gettext_lazy("なくなる")}


@require_http_methods(["GET", "POST"])
@page
def propose(request: PageRequest, code: str) -> HttpResponse:
    """Numbers and files of a new edition: looked at first, then kept with a note."""
    request.principal.require("procurement.rules", request.organization.pk)
    name, spoken = set_of(request), language()
    base = None
    if given := request.GET.get("edition", ""):
        base = edition_queries.edition(request.principal, uuid_of(given))
    else:
        base = (
            edition_queries.editions(request.principal, request.organization.pk, name)
            .exclude(in_force_at=None)
            .order_by("-in_force_at")
            .first()
        )
    if base is not None and (base.rule_set != name or base.organization_id != request.organization.pk):
        raise NotFound("access.not_found")
    context: dict[str, Any] = {"set": name, "name": SETS.get(name, name), "base": base, "lines": [], "errors": []}
    try:
        if request.method == "POST" and request.POST.get("do") == "save":
            return _save(request, code, name)
        if request.method == "POST":
            context |= _preview(request, name, base)
    except (InputError, Conflict) as error:
        context["errors"] = _beside(error, rule_set(name), request.principal.language)
        context["lines"] = [line for _at, line in context["errors"]]
    rules = rule_set(name)
    own = base.settings if base else {}
    context["settings"] = [
        {
            "id": one.id,
            "title": one.title.get(spoken),
            "unit": one.unit.get(spoken) if one.unit else "",
            "ours": f"{one.value:.10g}",
            "value": request.POST.get(f"s.{one.id}") or f"{own.get(one.id, one.value):.10g}",
            "verified": one.verified,
            "wrong": dict(context["errors"]).get(f"s-{one.id}", ""),
        }
        for one in rules.settings
    ]
    return render(request, "procurement/rules_new.html", context, status=422 if context["lines"] else 200)


def _proposed(request: PageRequest, name: str, base: RuleEdition | None) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Files and numbers as the form gives them: those of the edition before, without the removed ones, and the uploaded ones."""
    kept = {file: text for file, text in (base.files if base else {}).items() if file not in request.POST.getlist("remove")}
    found = {file: str(text).encode() for file, text in kept.items()}
    uploads = request.FILES.getlist("files")
    names = [str(one.name) for one in uploads]
    if len(set(names)) != len(names):
        twice = next(one for one in names if names.count(one) > 1)
        raise InputError("procurement_tools.file_twice", name=twice[:60])
    if sum(one.size or 0 for one in uploads) > MOST_BYTES:
        raise InputError("procurement_tools.files_too_large", limit=MOST_BYTES)
    found |= {str(one.name): one.read() for one in uploads}
    numbers = {one.id: value for one in rule_set(name).settings if (value := request.POST.get(f"s.{one.id}", "").strip())}
    return found, numbers


def _preview(request: PageRequest, name: str, base: RuleEdition | None) -> dict[str, Any]:
    found, numbers = _proposed(request, name, base)
    merged, texts, settings = actions.check_edition(
        request.principal, organization=request.organization, rule_set_id=name, files=found, settings=numbers
    )
    ticket = staging.keep(
        request.principal,
        content=json.dumps({"files": texts, "settings": settings}).encode(),
        name=name,
        purpose=PURPOSE,
        organization_id=request.organization.pk,
        now=request.now,
    )
    return {"ticket": ticket, "file_names": sorted(texts), **_effects(request, merged, settings, name)}


def _beside(error: InputError | Conflict, rules: RuleSet, spoken: str) -> list[tuple[str, str]]:
    """(control of the form or an empty text, sentence): a number's own, a file's with its line at the files."""
    if not error.problems:
        return [("", line) for line in say(error, spoken)]
    titles = {f"settings.{one.id}": (f"s-{one.id}", one.title.get(spoken)) for one in rules.settings}
    found = []
    for one, line in zip(error.problems, say(error, spoken)[1:], strict=True):
        at, title = titles.get(one.column, ("files" if one.file else "", ""))
        found.append((at, texts.render(one.code, {**one.fields, "id": title}, spoken) if title else line))
    return found


def _effects(request: PageRequest, merged: RuleSet, settings: Mapping[str, float], name: str) -> dict[str, Any]:
    """What differs from the rules in force, and which cases would change."""
    spoken = language()
    before, numbers, _present = edition_queries.present_rules(request.organization.pk, name)
    changes = rule_changes(before, merged)
    values = {one.id: (numbers.get(one.id, one.value), settings.get(one.id, one.value)) for one in merged.settings}
    found = edition_queries.effects(request.principal, request.organization.pk, merged, settings) if name != "grading" else None
    return {
        "previewed": True,
        "rule_changes": [{"what": _WHAT[one.what], **item_of(one.kind, one.item, spoken)} for one in changes[:200]],
        "rule_changes_total": len(changes),
        "setting_changes": [
            (merged.find("settings", one).title.get(spoken), f"{was:,.10g}", f"{now:,.10g}")
            for one, (was, now) in values.items()
            if was != now
        ],
        "effects": [_effect(one, merged, spoken) for one in found.changed] if found else [],
        "same_cases": len(found.cases) - len(found.changed) if found else 0,
        "left_out": found.left_out if found else 0,
        "has_cases": found is not None,
    }


def _effect(one: CaseEffect, rules: RuleSet, spoken: str) -> dict[str, Any]:
    if one.comparison is None:
        return {"case": one.case, "lines": say(one.error, spoken) if one.error else []}
    return {"case": one.case, "levels": moved_levels(one.comparison), **_compared(one.comparison, rules, spoken)}


def _compared(found: Comparison, rules: RuleSet, spoken: str) -> dict[str, Any]:
    """A comparison in words: levels, clauses, decisions."""

    def named(name: str) -> str:
        item = rules.find("clauses", name) or rules.find("requirements", name)
        return f"{name}　{item.title.get(spoken)}" if item else name

    def level(state: tuple[str, str, str] | None) -> str:
        if state is None:
            return _("求めない")
        low, high, chosen = (strength_name(one, spoken) for one in state)
        return f"{chosen}（{low}–{high}）" if low != high else chosen

    def outcome(name: str, value: str | None) -> str:
        decision = rules.find("decisions", name)
        if value is None or decision is None:
            return value or "―"
        choice = next((one for one in decision.choices if one.value == value), None)
        title = choice.title if choice else decision.otherwise_title if decision.otherwise == value else None
        return title.get(spoken) if title else value

    return {
        "requirements": [(named(one.id), level(one.before), level(one.after)) for one in found.requirements],
        "added": [named(one) for one in found.added_clauses],
        "removed": [named(one) for one in found.removed_clauses],
        "changed": [named(one) for one in found.changed_clauses],
        "decisions": [
            (
                rules.find("decisions", one.id).title.get(spoken) if rules.find("decisions", one.id) else one.id,
                outcome(one.id, one.before),
                outcome(one.id, one.after),
            )
            for one in found.decisions
        ],
    }


def _save(request: PageRequest, code: str, name: str) -> HttpResponse:
    content, staged = staging.take(
        request.principal, ticket=request.POST.get("ticket", ""), purpose=PURPOSE, organization_id=request.organization.pk
    )
    if staged != name:
        raise Conflict("tabular.upload_gone")
    plain = json.loads(content)
    made = actions.propose_edition(
        request.principal,
        organization=request.organization,
        rule_set_id=name,
        files={file: text.encode() for file, text in plain["files"].items()},
        settings=plain["settings"],
        note=request.POST.get("note", ""),
        now=request.now,
    )
    messages.success(request, _("版 %(number)s を残しました。まだ使われていません。") % {"number": made.number})
    return redirect("procurement:rule_edition", code, made.pk)


@require_safe
@page
def edition(request: PageRequest, code: str, edition_id: uuid.UUID) -> HttpResponse:
    """One edition: its files and numbers, what it changes, the cases that it would change."""
    del code
    row = edition_queries.edition(request.principal, edition_id)
    spoken = language()
    lines: list[str] = []
    shown: dict[str, Any] = {}
    try:
        merged, settings = edition_queries.rules_with(row, row.organization_id, row.rule_set)
        shown = _effects(request, merged, settings, row.rule_set)
        shown["against_ours"] = [
            {"what": _WHAT[one.what], **item_of(one.kind, one.item, spoken)}
            for one in rule_changes(rule_set(row.rule_set), merged)[:200]
        ]
    except InputError as error:  # the included rules changed under it
        lines = say(error, request.principal.language)
    present = edition_queries.present_rules(row.organization_id, row.rule_set)[2] if not lines else None
    context = {
        **shown,
        "edition": row,
        "name": SETS.get(row.rule_set, row.rule_set),
        "lines": lines,
        "is_present": present is not None and present.pk == row.pk,
        "file_list": sorted((name, len(text)) for name, text in row.files.items()),
        "may_edit": request.principal.may("procurement.rules", row.organization_id),
    }
    return render(request, "procurement/rule_edition.html", context)


@require_POST
@page
def edition_do(request: PageRequest, code: str, edition_id: uuid.UUID, verb: str) -> HttpResponse:
    """Put an edition in force, or take one away that nothing rests on."""
    row = edition_queries.edition(request.principal, edition_id)
    name = row.rule_set
    try:
        if verb == "force":
            actions.put_in_force(request.principal, row, now=request.now)
            messages.success(
                request, _("版 %(number)s を使い始めました。準備中の案件は、一つずつ移せます。") % {"number": row.number}
            )
        elif verb == "discard":
            actions.discard_edition(request.principal, row, now=request.now)
            messages.success(request, _("版 %(number)s を消しました。") % {"number": row.number})
            response = redirect("procurement:rules", code)
            response["Location"] += f"?set={name}"
            return response
        else:
            raise NotFound("access.not_found")
    except (InputError, Conflict) as error:
        tell(request, error)
    return redirect("procurement:rule_edition", code, row.pk)


@require_http_methods(["GET", "POST"])
@page
def case_rules(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Which rules a case follows, and what others would change in it; moves it."""
    shown = case_page(request, case_id, "procurement:case")
    row, spoken = shown.case, language()
    offered = list(edition_queries.editions_for(row)[:20])
    lines: list[str] = []
    chosen = request.POST.get("edition") or request.GET.get("edition", "")
    target = next((one for one in offered if str(one.pk) == chosen), None)
    if (chosen not in ("", "ours") and target is None) or (request.method == "POST" and not chosen):
        raise NotFound("access.not_found")
    if request.method == "POST":
        try:
            actions.move_to_edition(request.principal, row, edition=target, now=request.now)
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(request, _("案件の規則を変えました。前の内容は、版として残しました。"))
            return redirect("procurement:case", code, row.pk)
    comparison: dict[str, Any] | None = None
    if chosen:
        rules, settings = edition_queries.rules_with(target, row.organization_id, row.rule_set)
        comparison = _effect(edition_queries.effect_on(row, rules, settings), rules, spoken)
        comparison["empty"] = not any(
            comparison.get(name) for name in ("requirements", "added", "removed", "changed", "decisions", "lines")
        )
    may = shown.may_edit and row.state == CaseState.PREPARING and bool(shown.parts & {MemberPart.OWNER, MemberPart.EDITOR})
    context = {
        **shown.context,
        "offered": offered,
        "chosen": chosen,
        "target": target,
        "one": comparison,
        "lines": lines,
        "may_move": may and (target.pk if target else None) != row.edition_id,
        "digest": queries.rules_of(row).digest,
    }
    return render(request, "procurement/case_rules.html", context, status=422 if lines else 200)
