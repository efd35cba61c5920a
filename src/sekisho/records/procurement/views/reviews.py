"""Reviews of drafts: reading one, its points side by side with ours, what a person decides, what the next draft made better."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.fields.json import KeyTransform
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.documents import MEDIA_TYPES
from sekisho.engines.draftreview import MAX_BYTES
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.records.downloads import attachment
from sekisho.records.jobs import queries as job_queries
from sekisho.records.pages import PageRequest, page, tell
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.forms.reviews import ReviewForm
from sekisho.records.procurement.models import MemberPart
from sekisho.records.procurement.queries import reviews as review_queries
from sekisho.records.procurement.rules.reviewing import difference, effective, marked
from sekisho.records.procurement.views.common import language
from sekisho.records.procurement.views.errors import beside_fields
from sekisho.records.procurement.writing.review import ReviewMaterial, place_of, render_review, sentence
from sekisho.standards import texts
from sekisho.standards.review_rules import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.engines.draftreview import ClauseResult, Item, Passage, Review
    from sekisho.records.procurement.models import DraftReview, ReviewDecision

_PER_PAGE: Final = 50
_ITEMS: Final = 40  # of one kind on the first page
KINDS: Final = ("inconsistent", "expected", "floor", "restriction", "placeholder", "vague")
STATUS_STYLES: Final = {"covered": "ok", "partly": "warn", "missing": "bad"}
_WORDS: Final = {
    "covered": gettext_lazy("あり"),
    "partly": gettext_lazy("一部"),
    "missing": gettext_lazy("なし"),
    "inconsistent": gettext_lazy("案の中の食い違い"),
    "expected": gettext_lazy("案件の値との違い"),
    "floor": gettext_lazy("弱すぎる値"),
    "restriction": gettext_lazy("競争を狭めるおそれ"),
    "placeholder": gettext_lazy("埋まっていない所"),
    "vague": gettext_lazy("あいまいな言葉"),
}
VERDICTS: Final = {
    "agreed": gettext_lazy("そのとおり"),
    "dismissed": gettext_lazy("問題ない"),
    "covered": gettext_lazy("人が見て、ある"),
    "missing": gettext_lazy("人が見て、ない"),
}


@require_safe
@page
def index(request: PageRequest, code: str) -> HttpResponse:
    """The reviews that the reader may see, newest first."""
    del code
    case_id = request.GET.get("case", "")
    try:
        wanted = uuid.UUID(case_id) if case_id else None
    except ValueError as error:
        raise NotFound("access.not_found") from error
    rows = review_queries.reviews_in(request.principal, request.organization.pk, case_id=wanted)
    rows = rows.defer("result").annotate(counts=KeyTransform("counts", KeyTransform("review", "result")))
    shown = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    may = request.principal.may("procurement.review", request.organization.pk)
    return render(request, "procurement/reviews.html", {"page": shown, "may_review": may, "case_id": case_id})


def _cases(request: PageRequest) -> list[tuple[str, str]]:
    """The cases of this organisation in which the reader takes part."""
    rows = queries.in_organization(request.principal, request.organization.pk).filter(
        organization=request.organization, members__person=request.principal.person_id
    )
    return [(str(row.pk), f"{row.number}　{row.title}") for row in rows.distinct()[:300]]


@require_http_methods(["GET", "POST"])
@page
def create(request: PageRequest, code: str) -> HttpResponse:
    """Hand in a draft."""
    request.principal.require("procurement.review", request.organization.pk)
    form = ReviewForm(
        request.POST or None, request.FILES or None, cases=_cases(request), initial={"case": request.GET.get("case", "")}
    )
    lines: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = actions.review_draft(
                request.principal,
                organization=request.organization,
                untrusted=values["file"].read(MAX_BYTES + 1),
                filename=str(values["file"].name),
                case=queries.case(request.principal, uuid.UUID(values["case"])) if values["case"] else None,
                families=values["families"],
                products=values["products"].splitlines(),
                now=request.now,
            )
        except (InputError, Conflict) as error:
            lines = beside_fields(form, error, request.principal.language)
        else:
            return redirect("procurement:review", code, made.pk)
    return render(
        request, "procurement/review_new.html", {"form": form, "lines": lines}, status=422 if form.errors or lines else 200
    )


def _row(request: PageRequest, review_id: uuid.UUID) -> DraftReview:
    return review_queries.draft_review(request.principal, review_id)


@require_safe
@page
def show(request: PageRequest, code: str, review_id: uuid.UUID) -> HttpResponse:
    """One review: summary, clauses, points; while it waits, how far it is."""
    del code
    row = _row(request, review_id)
    if "review" not in row.result:
        return render(request, "procurement/review_waiting.html", {"review": row, "job": _job(request, row)})
    result = review_queries.result_of(row)
    verdicts = review_queries.verdicts_of(row)
    earlier = review_queries.review_before(row)
    spoken = language()
    kind = request.GET.get("kind", "")
    basis = row.result.get("basis", {})
    rules = queries.rules_of(row.case) if row.case else None
    context = {
        "review": row,
        "result": result,
        "counts": _counts(result, verdicts),
        "notices": [texts.render(notice.code, notice.fields, spoken) for notice in result.notices],
        "groups": _groups(row, result, verdicts, kind),
        "clauses": _clauses(row, result, verdicts) if not kind else [],
        "kind": kind if kind in KINDS else "",
        "families": [FAMILIES[name].get(spoken) for name in basis.get("families", ()) if name in FAMILIES]
        if not row.case
        else [],
        "left_out": [_left_out(rules, name) for name in basis.get("left_out", ())],
        "outdated": row.case is not None and basis.get("answers_version") != row.case.answers_version,
        "earlier": earlier,
        "difference": _difference(result, earlier, verdicts) if earlier else None,
        "may_decide": _may(request, row),
        "may_discard": row.person_id == request.principal.person_id or _is_owner(request, row),
    }
    return render(request, "procurement/review.html", context)


def _job(request: PageRequest, row: DraftReview) -> Any:
    """The job that reads the draft, where the reader may see it."""
    job_id = row.result.get("job")
    return job_queries.jobs(request.principal).filter(pk=job_id).first() if job_id else None


@require_safe
@page
def waiting(request: PageRequest, code: str, review_id: uuid.UUID) -> HttpResponse:
    """The part of the page that renews itself; once the review is there the page opens anew."""
    row = _row(request, review_id)
    response = render(request, "procurement/_review_waiting.html", {"review": row, "job": _job(request, row)})
    if "review" in row.result:
        response["HX-Redirect"] = reverse("procurement:review", args=[code, row.pk])
    return response


def _may(request: PageRequest, row: DraftReview) -> bool:
    if not request.principal.may("procurement.review", row.organization_id):
        return False
    return row.case is not None or row.person_id == request.principal.person_id


def _is_owner(request: PageRequest, row: DraftReview) -> bool:
    return row.case is not None and MemberPart.OWNER in queries.parts_of(request.principal, row.case)


def _left_out(rules: Any, name: str) -> str:
    clause = rules.find("clauses", name) or rules.find("requirements", name) if rules else None
    return f"{name}　{clause.title.get(language())}" if clause else name


def _counts(result: Review, verdicts: Mapping[str, ReviewDecision]) -> list[dict[str, Any]]:
    """The summary: how many of each, and how many of them a person has decided about."""
    made = []
    for status in ("missing", "partly", "covered"):
        found = [one for one in result.clauses if effective(one, _verdict(verdicts, one)) == status]
        made.append({"key": status, "name": _WORDS[status], "n": len(found), "style": STATUS_STYLES[status], "clause": True})
    for kind in KINDS:
        items = [one for one in result.items if one.kind == kind]
        dismissed = sum(_verdict(verdicts, one) == "dismissed" for one in items)
        made.append({"key": kind, "name": _WORDS[kind], "n": len(items) - dismissed, "dismissed": dismissed, "clause": False})
    return made


def _verdict(verdicts: Mapping[str, ReviewDecision], one: ClauseResult | Item) -> str:
    found = verdicts.get(one.fingerprint)
    return found.verdict if found else ""


def _passages(passages: tuple[Passage, ...]) -> list[dict[str, Any]]:
    return [{"pieces": marked(one), "place": place_of(one.location, language())} for one in passages]


def _decided(row_at: Any, verdict: ReviewDecision | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {"word": VERDICTS.get(verdict.verdict, verdict.verdict), "row": verdict, "taken_over": verdict.at < row_at}


def _clauses(row: DraftReview, result: Review, verdicts: Mapping[str, ReviewDecision]) -> list[dict[str, Any]]:
    """One line for each clause looked for, what is missing first."""
    spoken, ours = language(), review_queries.our_words(row)
    made = []
    for one in sorted(result.clauses, key=lambda c: ("missing", "partly", "covered").index(c.status)):
        status = effective(one, _verdict(verdicts, one))
        made.append(
            {
                "clause": one,
                "title": one.title.get(spoken),
                "status": _WORDS[status],
                "style": STATUS_STYLES[status],
                "found": _WORDS[one.status],
                "ours": ours[one.id].get(spoken) if one.id in ours else "",
                "passages": _passages(one.passages),
                "percent": round(one.confidence * 100),
                "parts": [
                    (texts.render(f"review.part_{name}", {}, spoken), round(getattr(one.parts, name) * 100))
                    for name in one.parts.__struct_fields__
                ],
                "met": [group.name.get(spoken) for group in one.groups if group.met],
                "unmet": [group.name.get(spoken) for group in one.groups if not group.met],
                "reasons": [texts.render(code, {}, spoken) for code in one.reasons],
                "wanted": texts.render(f"derivation.strength_{one.wanted}", {}, spoken) if one.wanted else "",
                "level": texts.render(f"derivation.strength_{one.level}", {}, spoken) if one.level else "",
                "basis": one.basis.title.get(spoken),
                "decision": _decided(row.at, verdicts.get(one.fingerprint)),
                "verdicts": [(key, VERDICTS[key]) for key in ("agreed", "covered", "missing")],
            }
        )
    return made


def _groups(row: DraftReview, result: Review, verdicts: Mapping[str, ReviewDecision], kind: str) -> list[dict[str, Any]]:
    """The points by kind; the first of each unless one kind was asked for."""
    spoken = language()
    made = []
    for name in [kind] if kind in KINDS else KINDS:
        items = [one for one in result.items if one.kind == name]
        shown = items if kind else items[:_ITEMS]
        rows = [
            {
                "item": one,
                "sentence": sentence(one.code, one.fields, spoken),
                "suggestion": sentence(one.suggestion, one.fields, spoken) if one.suggestion else "",
                "passages": _passages(one.passages),
                "basis": [(basis.title.get(spoken), basis.verified) for basis in one.basis],
                "decision": _decided(row.at, verdicts.get(one.fingerprint)),
                "verdicts": [(key, VERDICTS[key]) for key in ("agreed", "dismissed")],
            }
            for one in shown
        ]
        if rows:
            made.append({"kind": name, "name": _WORDS[name], "rows": rows, "total": len(items), "more": len(items) - len(shown)})
    return made


def _difference(result: Review, earlier: DraftReview, verdicts: Mapping[str, ReviewDecision]) -> dict[str, Any]:
    old = {key: one.verdict for key, one in review_queries.verdicts_of(earlier).items()}
    found = difference(
        review_queries.result_of(earlier),
        result,
        verdicts_before=old,
        verdicts_after={key: one.verdict for key, one in verdicts.items()},
    )
    spoken = language()

    def lines(changes: Any) -> list[tuple[str, Any, Any]]:
        words: dict[str | None, Any] = {None: _("探していない")}
        words.update(_WORDS)
        return [(f"{c.clause.id}　{c.clause.title.get(spoken)}", words[c.before], words[c.after]) for c in changes]

    return {
        "empty": found.is_empty,
        "better": lines(found.better),
        "worse": lines(found.worse),
        "other": lines(found.other),
        "solved": [sentence(one.code, one.fields, spoken) for one in found.solved][:_ITEMS],
        "solved_total": len(found.solved),
        "new": [sentence(one.code, one.fields, spoken) for one in found.new][:_ITEMS],
        "new_total": len(found.new),
        "same": found.same,
    }


@require_POST
@page
def decide(request: PageRequest, code: str, review_id: uuid.UUID) -> HttpResponse:
    """Keep what a person decided about a point."""
    row = _row(request, review_id)
    fingerprint = request.POST.get("fingerprint", "")
    try:
        actions.decide_point(
            request.principal,
            row,
            fingerprint=fingerprint,
            verdict=request.POST.get("verdict", ""),
            reason=request.POST.get("reason", ""),
            now=request.now,
        )
    except (InputError, Conflict) as error:
        tell(request, error)
    kind = request.POST.get("kind", "")
    target = reverse("procurement:review", args=[code, row.pk]) + (f"?kind={kind}" if kind in KINDS else "")
    plain = fingerprint[:16] if fingerprint.isalnum() and fingerprint.isascii() else ""
    return redirect(f"{target}#p-{plain}")


@require_http_methods(["GET", "POST"])
@page
def discard(request: PageRequest, code: str, review_id: uuid.UUID) -> HttpResponse:
    """Say what is lost, then take the review away."""
    row = _row(request, review_id)
    if request.method == "POST":
        actions.discard_review(request.principal, row, now=request.now)
        messages.success(request, _("点検の結果を消しました。"))
        return redirect("procurement:reviews", code)
    return render(request, "procurement/review_discard.html", {"review": row, "decided": len(review_queries.verdicts_of(row))})


@require_safe
@page
def export(request: PageRequest, code: str, review_id: uuid.UUID, form: str) -> HttpResponse:
    """The review as a file."""
    del code
    row = _row(request, review_id)
    if form not in {"docx", "xlsx", "html"}:
        raise NotFound("access.not_found")
    material = ReviewMaterial(
        result=review_queries.result_of(row),
        verdicts={
            key: (one.verdict, one.reason, one.person.name if one.person else "")
            for key, one in review_queries.verdicts_of(row).items()
        },
        ours=dict(review_queries.our_words(row)),
        case=f"{row.case.number}　{row.case.title}" if row.case else "",
        organization=row.organization.name,
        fictional=row.organization.is_fictional,
        language=language(),
        as_of=row.at,
        left_out=tuple(row.result.get("basis", {}).get("left_out", ())),
    )
    return attachment(render_review(material, form), name=f"review-{row.sha256[:8]}.{form}", media_type=MEDIA_TYPES[form])
