"""業務の洗い出し: purposes, information, tasks one by one, and where the system stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.engines.systemdiagram import WORDS
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.pages import PageRequest, page
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.forms.business import USE_FIELDS, TaskDraft
from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.rules.editing import free_id, value_at
from sekisho.records.procurement.rules.wording import value_in_words, word
from sekisho.records.procurement.views.common import CasePage, case_page, language
from sekisho.records.procurement.views.placing import placed
from sekisho.records.procurement.views.saving import names_of, save

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping

_CURRENT: Final = "procurement:business"
_ATTEMPTS: Final = 5
_PURPOSES: Final = 50


def _editable(request: PageRequest, case_id: uuid.UUID) -> CasePage:
    """The case, for somebody who may change it. Raises NotPermitted for the other members."""
    shown = case_page(request, case_id, _CURRENT)
    queries.require_part(request.principal, shown.case, "procurement.edit", MemberPart.OWNER, MemberPart.EDITOR)
    return shown


@require_safe
@page
def overview(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """What was written so far: purposes, information, tasks, place of the system; and what comes next."""
    shown = case_page(request, case_id, _CURRENT)
    plain, rules, spoken = shown.case.answers, queries.rules_of(shown.case), language()
    names = names_of(plain)
    tasks = []
    for task in plain.get("tasks", []):
        first = 2 if task.get("purpose") else 1
        lines = value_in_words(f"tasks.{task['id']}", task, rules, spoken, names)
        tasks.append({"id": task["id"], "name": task["name"], "purpose": task.get("purpose", ""), "lines": lines[first:]})
    used = {
        i
        for task in plain.get("tasks", [])
        for row in (*task.get("uses", []), *task.get("partners", []))
        for i in row["information"]
    }
    information = [
        {
            "id": item["id"],
            "shown": value_in_words(f"information.{item['id']}", item, rules, spoken)[0],
            "used": item["id"] in used,
        }
        for item in plain.get("information", [])
    ]
    steps = (
        ("purposes", bool(plain.get("purposes")), _("次へ：目的を書く")),
        ("information_new", bool(information), _("次へ：扱う情報を加える")),
        ("task_new", bool(tasks) and all(task["lines"] for task in tasks), _("次へ：業務を加える")),
        ("hosting", bool(plain.get("hosting")), _("次へ：システムの置き場所を選ぶ")),
        ("diagram", False, _("次へ：概要図を確かめる")),
    )
    following = next((name, label) for name, done, label in steps if not done)
    context = {
        **shown.context,
        "following": (reverse(f"procurement:{following[0]}", args=[code, case_id]), following[1]),
        "purposes": plain.get("purposes", []),
        "information": information,
        "tasks": tasks,
        "hosting": word("hosting", plain["hosting"], spoken) if plain.get("hosting") else "",
        "cloud_kind": word("cloud_kind", plain["cloud_kind"], spoken) if plain.get("cloud_kind") else "",
    }
    return render(request, "procurement/business.html", context)


@require_http_methods(["GET", "POST"])
@page
def purposes(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """The title and what the procurement is for, one purpose a line."""
    shown = _editable(request, case_id)
    back, errors = reverse(_CURRENT, args=[code, case_id]), []
    title = request.POST.get("title", shown.case.title)
    text = request.POST.get("purposes", "\n".join(shown.case.answers.get("purposes", [])))
    if request.method == "POST":
        listed = [line.strip(" 　・-") for line in text.splitlines()]
        try:
            changes = {"title": title, "purposes": [line for line in listed if line][:_PURPOSES]}
            if (choice := save(request, shown, changes, back=back)) is not None:
                return choice
        except InputError as error:
            errors = placed(error, request.principal.language, lambda code, _: "f-title" if "title" in code else "f-purposes")
        else:
            return redirect(back)
    context = {**shown.context, "title": title, "text": text, "errors": errors, "version": _version(request, shown), "back": back}
    return render(request, "procurement/purposes.html", context, status=422 if errors else 200)


def _need(given: object, code: str, **fields: Any) -> None:
    """InputError ``procurement_cases.<code>`` when nothing was given."""
    if not given:
        raise InputError(f"procurement_cases.{code}", **fields)


def _version(request: PageRequest, shown: CasePage) -> object:
    return request.POST.get("base_version") or shown.case.answers_version


@require_http_methods(["GET", "POST"])
@page
def hosting(request: PageRequest, code: str, case_id: uuid.UUID) -> HttpResponse:
    """Where the system stands."""
    shown = _editable(request, case_id)
    back, errors = reverse(_CURRENT, args=[code, case_id]), []
    plain = shown.case.answers
    where, kind = (request.POST.get(name, plain.get(name, "")) for name in ("hosting", "cloud_kind"))
    if request.method == "POST":
        try:
            _need(where, "hosting_missing")
            changes = {"hosting": where, "cloud_kind": kind if where == "cloud" else ""}
            if (choice := save(request, shown, changes, back=back)) is not None:
                return choice
        except InputError as error:
            errors = placed(error, request.principal.language, lambda *_: "f-hosting")
        else:
            return redirect(back)
    spoken = language()
    context = {
        **shown.context,
        "places": [(name, word("hosting", name, spoken)) for name in WORDS["hosting"]],
        "kinds": [(name, word("cloud_kind", name, spoken)) for name in WORDS["cloud_kind"]],
        "where": where,
        "kind": kind,
        "errors": errors,
        "version": _version(request, shown),
        "back": back,
    }
    return render(request, "procurement/hosting.html", context, status=422 if errors else 200)


def _item(shown: CasePage, field: str, item_id: str) -> dict[str, Any]:
    """The item of that id. Raises NotFound."""
    found = next((item for item in shown.case.answers.get(field, []) if item["id"] == item_id), None)
    if found is None:
        raise NotFound("access.not_found")
    return dict(found)


def _save_item(
    request: PageRequest, shown: CasePage, field: str, item_id: str | None, value: dict[str, Any], *, back: str
) -> HttpResponse | None:
    """Save an item of a list; a new one gets an id that nobody else took meanwhile."""
    if item_id is not None:
        return save(request, shown, {f"{field}.{item_id}": value | {"id": item_id}}, back=back)
    for attempt in range(_ATTEMPTS):
        now = queries.case(request.principal, shown.case.pk)
        new_id = free_id(now.answers, field)
        try:
            actions.save_answers(
                request.principal,
                now,
                changes={f"{field}.{new_id}": value | {"id": new_id}},
                base_version=now.answers_version,
                now=request.now,
            )
        except Conflict:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            break
    return None


@require_http_methods(["GET", "POST"])
@page
def information(request: PageRequest, code: str, case_id: uuid.UUID, item_id: str | None = None) -> HttpResponse:
    """One kind of information: its name, its class, whether it is personal."""
    shown = _editable(request, case_id)
    held = _item(shown, "information", item_id) if item_id is not None else {}
    value = {name: request.POST.get(name, held.get(name, "")).strip() for name in ("name", "confidentiality", "personal")}
    back, errors = reverse(_CURRENT, args=[code, case_id]), []
    if request.method == "POST":
        try:
            _need(value["name"], "name_missing")
            value["name"] = value["name"][:200]
            if (choice := _save_item(request, shown, "information", item_id, value, back=back)) is not None:
                return choice
        except InputError as error:
            errors = placed(error, request.principal.language, lambda *_: "f-name")
        else:
            if request.POST.get("do") == "more":
                messages.success(request, _("「%(name)s」を加えました。") % {"name": value["name"]})
                return redirect("procurement:information_new", code, case_id)
            return redirect(back)
    context = {
        **shown.context,
        "item": value,
        "new": item_id is None,
        "classes": _options(shown, "confidentiality"),
        "kinds": _options(shown, "personal"),
        "errors": errors,
        "version": _version(request, shown),
        "back": back,
    }
    return render(request, "procurement/information.html", context, status=422 if errors else 200)


def _options(shown: CasePage, source: str) -> list[tuple[str, str, str]]:
    """The values that the questions about it admit: those of questions that are (or may be) asked in this case."""
    derivation, spoken = queries.derivation_of(shown.case), language()
    asked = {reply.question: reply.asked for reply in derivation.answers}
    found: dict[str, tuple[str, str, str]] = {}
    for question in queries.rules_of(shown.case).questions:
        if question.from_tasks == source and asked[question.id] is not False:
            for option in question.options:
                note = option.note.get(spoken) if option.note else ""
                found.setdefault(option.id, (option.id, option.title.get(spoken), note))
    return list(found.values())


@require_http_methods(["GET", "POST"])
@page
def task(request: PageRequest, code: str, case_id: uuid.UUID, item_id: str | None = None) -> HttpResponse:
    """One task: who handles which information, where and how, and with whom it is exchanged."""
    shown = _editable(request, case_id)
    draft = TaskDraft.of(_item(shown, "tasks", item_id)) if item_id is not None else TaskDraft(uses=[{"information": []}])
    back, errors, focus = reverse(_CURRENT, args=[code, case_id]), [], ""
    if request.method == "POST":
        draft = TaskDraft.posted(request.POST)
        do = request.POST.get("do", "")
        if do in {"", "save"}:
            try:
                value = draft.value(item_id or "new")
                if (choice := _save_item(request, shown, "tasks", item_id, value, back=back)) is not None:
                    return choice
            except InputError as error:
                errors = _task_errors(draft, error, request.principal.language)
            else:
                return redirect(back)
        else:
            focus = draft.change(do)
    spoken = language()
    context = {
        **shown.context,
        "draft": draft,
        "new": item_id is None,
        "item_id": item_id,
        "words": {field: [(name, word(field, name, spoken)) for name in WORDS[field]] for field in WORDS},
        "information": [(item["id"], item["name"]) for item in shown.case.answers.get("information", [])],
        "errors": errors,
        "version": _version(request, shown),
        "back": back,
        "focus": focus,
    }
    return render(request, "procurement/task.html", context, status=422 if errors else 200)


def _task_errors(draft: TaskDraft, error: InputError, language: str) -> list[tuple[str, str]]:
    """The errors of the form of a task with their controls; each row gets its own (``error``), which its fieldset shows."""

    def control(code: str, fields: Mapping[str, Any]) -> str:
        place = int(fields.get("row", 1)) - 1
        match code:
            case "procurement_cases.row_unfinished":
                return f"u{place}-{next(name for name in USE_FIELDS if not draft.uses[place].get(name))}"
            case "procurement_cases.partner_unnamed":
                return f"p{place}-name"
        return "f-name"

    found = placed(error, language, control, most=30)
    for at, line in found:
        row, _, name = at.partition("-")
        if row[0] in "up" and name:
            (draft.uses if row[0] == "u" else draft.partners)[int(row[1:])]["error"] = line
    return found


@require_http_methods(["GET", "POST"])
@page
def remove(request: PageRequest, code: str, case_id: uuid.UUID, field: str, item_id: str) -> HttpResponse:
    """Say what would go, then take it away."""
    if field not in {"information", "tasks"}:
        raise NotFound("access.not_found")
    shown = _editable(request, case_id)
    item = _item(shown, field, item_id)
    back, errors = reverse(_CURRENT, args=[code, case_id]), []
    plain = shown.case.answers
    users = [
        str(task["name"])
        for task in plain.get("tasks", [])
        if any(item_id in row["information"] for row in (*task.get("uses", []), *task.get("partners", [])))
    ]
    if request.method == "POST":
        try:
            _need(field != "information" or not users, "information_in_use", name=item["name"], tasks="、".join(users)[:200])
            if (choice := save(request, shown, {f"{field}.{item_id}": None}, back=back)) is not None:
                return choice
        except InputError as error:
            errors = placed(error, request.principal.language, lambda *_: "")
        else:
            messages.success(request, _("「%(name)s」を消しました。履歴から元の内容を見られます。") % {"name": item["name"]})
            return redirect(back)
    key = f"{field}.{item_id}"
    shown_lines = value_in_words(key, value_at(plain, key), queries.rules_of(shown.case), language(), names_of(plain))
    context = {
        **shown.context,
        "item": item,
        "shown_lines": shown_lines,
        "users": users if field == "information" else [],
        "errors": errors,
        "version": _version(request, shown),
        "back": back,
    }
    return render(request, "procurement/remove.html", context, status=422 if errors else 200)
