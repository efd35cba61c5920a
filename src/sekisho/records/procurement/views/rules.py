"""The rules of 調達 as they are in force: what each says and how sure it is, and their files."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, Final

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from sekisho.errors import NotFound
from sekisho.records.downloads import attachment
from sekisho.records.pages import PageRequest, page
from sekisho.records.procurement.queries import editions as edition_queries
from sekisho.records.procurement.rules.editions import rule_changes
from sekisho.records.procurement.views.common import language
from sekisho.records.subjects.queries import uuid_of
from sekisho.standards.model import Text
from sekisho.standards.rule_sets import LISTS, rule_set, rule_set_ids

if TYPE_CHECKING:
    from django.http import HttpResponse

    from sekisho.standards.rule_sets import RuleSet

__all__ = ["SETS", "files", "index", "item_of", "set_of"]

_PER_PAGE: Final = 50
SETS: Final = {
    "specification": gettext_lazy("調達仕様書の規則"),
    "generative_ai": gettext_lazy("生成AIのリスクチェックの規則"),
    "grading": gettext_lazy("システムの格付の規則"),
}
_KINDS: Final = {
    "questions": gettext_lazy("設問"),
    "conditions": gettext_lazy("判断条件"),
    "decisions": pgettext_lazy("rules", "判定"),
    "requirements": gettext_lazy("対策要件"),
    "clauses": pgettext_lazy("several", "条項"),
    "settings": gettext_lazy("数値の設定"),
    "placeholders": gettext_lazy("条項の空欄"),
    "checks": gettext_lazy("食い違いの検査"),
    "sections": gettext_lazy("設問の区分"),
    "groups": gettext_lazy("対策要件の区分"),
    "parts": gettext_lazy("仕様書の章"),
}
_SURENESS: Final = ("low", "medium", "high")  # of several fields the weakest is shown


def set_of(request: PageRequest) -> str:
    """The rule set of the address. Raises NotFound."""
    wanted = request.GET.get("set", "") or "specification"
    if wanted not in rule_set_ids():
        raise NotFound("access.not_found")
    return wanted


def item_of(kind: str, item: Any, spoken: str) -> dict[str, Any]:
    """One item as the page shows it: what it is, what it says, how sure it is, where it comes from."""
    title = getattr(item, "title", None) or getattr(item, "message", None)
    said = [getattr(item, name, None) for name in ("text", "why", "purpose", "help", "note", "otherwise_reason")]
    sources = [getattr(item, name, None) for name in ("basis", "source")]
    confidence = getattr(item, "confidence", "")
    return {
        "kind": _KINDS.get(kind, kind),
        "id": item.id,
        "title": title.get(spoken) if isinstance(title, Text) else item.id,
        "text": next((one.get(spoken) for one in said if isinstance(one, Text)), ""),
        "verified": getattr(item, "verified", ""),
        "confidence": min(confidence.values(), key=_SURENESS.index, default="") if isinstance(confidence, dict) else confidence,
        "source": " / ".join(one.get(spoken) for one in sources if isinstance(one, Text)),
        "value": f"{item.value:,.10g}" if kind == "settings" else "",
        "unit": item.unit.get(spoken) if kind == "settings" and item.unit else "",
    }


def _found(rules: RuleSet, kind: str, text: str, spoken: str) -> list[dict[str, Any]]:
    kinds = [kind] if kind in _KINDS else [name for name in _KINDS if name in LISTS]
    rows = [item_of(name, item, spoken) for name in kinds for item in getattr(rules, name)]
    plain = text.casefold()
    return [row for row in rows if plain in f"{row['id']} {row['title']} {row['text']} {row['source']}".casefold()]


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """What the rules in force say, item by item; the organisation's editions; templates and numbering."""
    del code
    request.principal.require("procurement.read", request.organization.pk)
    name, spoken = set_of(request), language()
    rules, settings, present = edition_queries.present_rules(request.organization.pk, name)
    kind, text = request.GET.get("kind", "requirements" if rules.requirements else "questions"), request.GET.get("q", "")[:100]
    shown = Paginator(_found(rules, kind, text, spoken), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "set": name,
        "sets": [(one, SETS.get(one, one)) for one in rule_set_ids()],
        "rules": rules,
        "title": rules.title.get(spoken),
        "note": rules.confidence_note.get(spoken),
        "sources": rules.source.documents,
        "present": present,
        "settings": settings,
        "kind": kind,
        "kinds": [(one, word, len(getattr(rules, one))) for one, word in _KINDS.items() if getattr(rules, one)],
        "text": text,
        "page": shown,
        "own": {one.id for one in rule_changes(rule_set(name), rules)} if present else set(),
        "editions": edition_queries.editions(request.principal, request.organization.pk, name)[:20],
        "may_edit": request.principal.may("procurement.rules", request.organization.pk),
    }
    return render(request, "procurement/rules.html", context)


@require_safe
@page
def files(request: PageRequest, code: str) -> HttpResponse:
    """The files of the included rules, or of an edition, as one ZIP."""
    request.principal.require("procurement.read", request.organization.pk)
    name, row = set_of(request), None
    if given := request.GET.get("edition", ""):
        row = edition_queries.edition(request.principal, uuid_of(given))
        name = row.rule_set
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for file, content in sorted(edition_queries.edition_files(row, name).items()):
            package.writestr(zipfile.ZipInfo(file, (2000, 1, 1, 0, 0, 0)), content)
    suffix = f"-{code}-{row.number}" if row else ""
    return attachment(target.getvalue(), name=f"rules-{name}{suffix}.zip", media_type="application/zip")
