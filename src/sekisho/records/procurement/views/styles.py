"""The office's own form: Word templates with named places, ways of numbering with a live example."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.documents.numbering import BUILT_IN, parse
from sekisho.documents.numbering import NumberingStyle as Style
from sekisho.errors import Conflict, InputError
from sekisho.records.evidence.downloads import download, read_upload
from sekisho.records.pages import PageRequest, page, say, tell
from sekisho.records.procurement import actions
from sekisho.records.procurement.queries import styles as style_queries
from sekisho.records.procurement.views.common import language
from sekisho.records.procurement.writing import PLACES, REQUIRED_PLACES
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.procurement.models import NumberingStyle

_WHERE = {
    "body": gettext_lazy("本文"),
    "table": gettext_lazy("表"),
    "header": gettext_lazy("ヘッダー"),
    "footer": gettext_lazy("フッター"),
    "footnote": gettext_lazy("注"),
}
_HOW = {
    "content_control": gettext_lazy("コンテンツコントロール"),
    "bookmark": gettext_lazy("ブックマーク"),
    "marker": gettext_lazy("二重の波かっこ"),
}


class TemplateForm(forms.Form):
    """A Word template."""

    name = forms.CharField(label=gettext_lazy("様式の名前"), max_length=200)
    file = forms.FileField(
        label=gettext_lazy("Wordの様式（.docx）"),
        help_text=gettext_lazy("マクロのあるもの、外の文書を取り込むものは受け取りません。"),
    )


class NumberingForm(forms.Form):
    """A way of numbering."""

    name = forms.CharField(label=gettext_lazy("書式の名前"), max_length=100)
    text = forms.CharField(
        label=gettext_lazy("段ごとの書式（一行に一段）"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "波かっこの中に、最初の番号の見た目を書きます。例：第{n}条、（{１}）、{ア}、{①}。{n}.{m}は上の段の番号も書きます。"
        ),
    )


@require_http_methods(["GET", "POST"])
@page
def templates(request: PageRequest, code: str) -> HttpResponse:
    """The templates with their places; a new one is read at once."""
    request.principal.require("procurement.read", request.organization.pk)
    may = request.principal.may("procurement.edit", request.organization.pk)
    form = TemplateForm(request.POST or None, request.FILES or None) if may else None
    lines: list[str] = []
    if request.method == "POST":
        request.principal.require("procurement.edit", request.organization.pk)
    if form is not None and request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = actions.add_word_template(
                request.principal,
                organization=request.organization,
                name=form.cleaned_data["name"],
                untrusted=read_upload(file),
                filename=str(file.name),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            messages.success(request, _("様式「%(name)s」を加えました。") % {"name": made.name})
            return redirect("procurement:word_templates", code)
    rows = style_queries.own_word_templates(request.principal, request.organization.pk)
    context = {
        "rows": [(one, *_places(one.places)) for one in rows],
        "form": form,
        "lines": lines,
        "known": [(name, name in REQUIRED_PLACES) for name in PLACES],
    }
    return render(request, "procurement/word_templates.html", context, status=422 if lines or (form and form.errors) else 200)


def _places(stored: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    places = [
        {
            **one,
            "where": _WHERE.get(one["where"], one["where"]),
            "kind": _HOW.get(one["kind"], one["kind"]),
            "known": one["name"] in PLACES,
        }
        for one in stored
        if "name" in one
    ]
    return places, [texts.render(one["problem"], one["fields"], language()) for one in stored if "problem" in one]


@require_safe
@page
def template_file(request: PageRequest, code: str, template_id: uuid.UUID) -> HttpResponse:
    """The template as it was handed in."""
    del code
    row = style_queries.own_word_template(request.principal, template_id)
    return download(row.artifact, row.file_name)


@require_POST
@page
def template_withdraw(request: PageRequest, code: str, template_id: uuid.UUID) -> HttpResponse:
    """No longer offer a template."""
    row = style_queries.own_word_template(request.principal, template_id)
    try:
        actions.withdraw_word_template(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
    else:
        messages.success(request, _("様式「%(name)s」を外しました。作った文書は残ります。") % {"name": row.name})
    return redirect("procurement:word_templates", code)


@require_safe
@page
def numbering(request: PageRequest, code: str) -> HttpResponse:
    """The built-in ways of numbering and the organisation's own, each with an example."""
    del code
    request.principal.require("procurement.read", request.organization.pk)
    spoken = language()
    rows = style_queries.own_numbering_styles(request.principal, request.organization.pk)
    context = {
        "built_in": [
            (texts.render(f"numbering.style_{key}", {}, spoken), one.text, style_queries.example_of(one))
            for key, one in BUILT_IN.items()
        ],
        "rows": [(one, Style(tuple(one.levels)).text, style_queries.example_of(Style(tuple(one.levels)))) for one in rows],
        "may_edit": request.principal.may("procurement.edit", request.organization.pk),
    }
    return render(request, "procurement/numbering.html", context)


@require_http_methods(["GET", "POST"])
@page
def numbering_new(request: PageRequest, code: str) -> HttpResponse:
    """A new way of numbering."""
    return _edit(request, code, None)


@require_http_methods(["GET", "POST"])
@page
def numbering_edit(request: PageRequest, code: str, style_id: uuid.UUID) -> HttpResponse:
    """Change a way of numbering."""
    return _edit(request, code, style_queries.own_numbering_style(request.principal, style_id))


def _edit(request: PageRequest, code: str, row: NumberingStyle | None) -> HttpResponse:
    organization = row.organization if row else request.organization
    request.principal.require("procurement.edit", organization.pk)
    initial = {"name": row.name, "text": "\n".join(row.levels)} if row else {"text": "第{n}条\n{n}\n（{n}）\n{ア}"}
    form = NumberingForm(request.POST or None, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_numbering(
                request.principal,
                organization=organization,
                name=form.cleaned_data["name"],
                text=form.cleaned_data["text"],
                style=row,
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = say(error, request.principal.language)
        else:
            return redirect("procurement:numbering", code)
    text = request.POST.get("text", initial["text"])
    context = {"form": form, "lines": lines, "row": row, **_example(text)}
    return render(request, "procurement/numbering_new.html", context, status=422 if lines or form.errors else 200)


def _example(text: str) -> dict[str, Any]:
    try:
        return {"example": style_queries.example_of(parse(text[:600])), "wrong": []}
    except InputError as error:
        return {"example": [], "wrong": say(error, language())}


@require_POST
@page
def numbering_example(request: PageRequest, code: str) -> HttpResponse:
    """The example for what stands in the form; nothing is kept."""
    del code
    request.principal.require("procurement.read", request.organization.pk)
    return render(request, "procurement/_numbering_example.html", _example(request.POST.get("text", "")))


@require_POST
@page
def numbering_delete(request: PageRequest, code: str, style_id: uuid.UUID) -> HttpResponse:
    """Take a way of numbering away."""
    row = style_queries.own_numbering_style(request.principal, style_id)
    try:
        actions.delete_numbering(request.principal, row, now=request.now)
    except Conflict as error:
        tell(request, error)
    return redirect("procurement:numbering", code)
