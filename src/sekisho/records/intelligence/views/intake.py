"""Taking in: paste or hand in, see what was taken out, then keep it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from sekisho.errors import Conflict, InputError
from sekisho.records import staging
from sekisho.records.downloads import safe_file_name
from sekisho.records.intelligence import actions
from sekisho.records.intelligence.forms.notices import TakeForm
from sekisho.records.intelligence.models import IntelSource
from sekisho.records.intelligence.queries import notices as queries
from sekisho.records.intelligence.views.common import sentences
from sekisho.records.intelligence.views.names import KINDS, MATERIALS, TLP
from sekisho.records.languages import language
from sekisho.records.pages import PageRequest, beside, page
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.records.intelligence.rules.intake import Material

_PURPOSE: Final = "intelligence.take"
_SHOWN: Final = 100
_PASTED: Final = "pasted.txt"


@require_http_methods(["GET", "POST"])
@page
def take(request: PageRequest, code: str) -> HttpResponse:
    """First the form, then what was found, then the notice."""
    request.principal.require("intelligence.take_in", request.organization.pk)
    sources = list(queries.sources(request.principal, request.organization).filter(organization=request.organization))
    initial = {"received_at": timezone.localtime(request.now), "source": request.GET.get("source", "")[:36]}
    form = TakeForm(request.POST or None, request.FILES or None, sources=sources, initial=initial)
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("do") == "keep":
                return _keep(request, code, form, sources)
            return _preview(request, form, sources)
        except (InputError, Conflict) as error:
            lines = beside(form, error)
    return render(request, "intelligence/take.html", {"form": form, "lines": lines}, status=422 if form.errors or lines else 200)


def _source(form: TakeForm, sources: Sequence[IntelSource]) -> IntelSource | None:
    return next((one for one in sources if str(one.pk) == form.cleaned_data["source"]), None)


def _given(form: TakeForm) -> tuple[bytes, str]:
    """What was handed in, a file before a pasted text. Raises InputError when there is neither."""
    file = form.cleaned_data["file"]
    if file is not None:
        return file.read(actions.MOST_BYTES + 1), safe_file_name(file.name or "")
    text = form.cleaned_data["text"]
    if not text.strip():
        raise InputError("intelligence.nothing_given", name="text")
    return text.encode("utf-8", "replace"), _PASTED


def _form(content: bytes, name: str) -> str:
    """Pasted words are a notice, however short their lines; pasted JSON or XML is what it is."""
    return "notice" if name == _PASTED and content.lstrip()[:1] not in {b"{", b"[", b"<"} else ""


def _taking(form: TakeForm, source: IntelSource | None, title: str = "") -> actions.Taking:
    given = form.cleaned_data
    return actions.Taking(source=source, received_at=given["received_at"], tlp=given["tlp"], title=title)


def _preview(request: PageRequest, form: TakeForm, sources: Sequence[IntelSource]) -> HttpResponse:
    content, name = _given(form)
    source = _source(form, sources)
    found = actions.look_into(
        request.principal, request.organization, untrusted=content, name=name, source=source, form=_form(content, name)
    )
    taking = _taking(form, source)
    known = queries.with_digest(request.organization.pk, [one.digest for one in found])
    ticket = staging.keep(
        request.principal, content=content, name=name, purpose=_PURPOSE, organization_id=request.organization.pk, now=request.now
    )
    visible = set(
        queries.notices(request.principal).filter(pk__in=[one.pk for one in known.values()]).values_list("pk", flat=True)
    )
    rows = [_line(number, one, actions.label_of(one, taking)) for number, one in enumerate(found)]
    for row, one in zip(rows, found, strict=True):
        old = known.get(one.digest)
        row["known"] = old if old is not None and old.pk in visible else None
        row["again"] = old is not None
    context = {
        "materials": rows,
        "several": len(rows) > 1,
        "ticket": ticket,
        "source": source,
        "again": {name: form.cleaned_data[name] for name in ("source", "tlp")},
        "received_at": timezone.localtime(form.cleaned_data["received_at"]).strftime("%Y-%m-%dT%H:%M:%S"),
        "file_name": name,
    }
    return render(request, "intelligence/take_preview.html", context)


def _line(number: int, one: Material, label: tuple[str, str]) -> dict[str, Any]:
    usable = [item for item in one.found if not item.refused and item.kind]
    return {
        "number": number,
        "material": one,
        "form": MATERIALS.get(one.form, one.form),
        "tlp": TLP[label[0]],
        "tlp_origin": label[1],
        "counts": [(KINDS.get(kind, kind), count) for kind, count in one.counts.items()],
        "found": [
            {
                "item": item,
                "kind": KINDS.get(item.kind, item.kind),
                "reasons": sentences(item.reasons, language()),
            }
            for item in sorted(one.found, key=lambda item: (item.refused, item.ambiguous))[:_SHOWN]
        ],
        "more": max(0, len(one.found) - _SHOWN),
        "usable": len(usable),
        "likely": sum(not item.ambiguous for item in usable),
        "refused": len(one.found) - len(usable),
        "problems": [texts.render_problem(problem, language()) for problem in one.problems],
        "ignored": [
            (texts.render(code, {}, language()) if texts.known(code) else code, count) for code, count in one.ignored.items()
        ],
    }


def _keep(request: PageRequest, code: str, form: TakeForm, sources: Sequence[IntelSource]) -> HttpResponse:
    content, name = staging.take(
        request.principal, ticket=request.POST.get("ticket", ""), purpose=_PURPOSE, organization_id=request.organization.pk
    )
    source = _source(form, sources)
    found = actions.look_into(
        request.principal, request.organization, untrusted=content, name=name, source=source, form=_form(content, name)
    )
    wanted = {int(given) for given in request.POST.getlist("material") if given.isdecimal() and len(given) < 6}  # noqa: PLR2004
    chosen = [one for number, one in enumerate(found) if number in wanted or len(found) == 1]
    if not chosen:
        raise InputError("intelligence.none_chosen")
    title = request.POST.get("title", "").strip() if len(chosen) == 1 else ""
    made = actions.register(
        request.principal,
        request.organization,
        materials=chosen,
        untrusted=content,
        name=name,
        taking=replace(_taking(form, source), title=title),
        now=request.now,
    )
    new = [one for one in made if not one.joined]
    if new:
        said = ngettext("脅威情報を%(n)s件、取り込みました。", "脅威情報を%(n)s件、取り込みました。", len(new)) % {"n": len(new)}
        messages.success(request, said)
    if len(made) > len(new):
        messages.info(request, _("もう届いていたものは、前のものに合わせました。"))
    first: uuid.UUID = made[0].notice.pk
    seen = len(made) == 1 and queries.notices(request.principal).filter(pk=first).exists()
    return redirect("intelligence:notice", code, first) if seen else redirect("intelligence:index", code)
