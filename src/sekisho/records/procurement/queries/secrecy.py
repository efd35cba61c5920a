"""What of a case shows outside the room: entries of the ledger and duties, for nobody who does not see it in the room.

| entry or duty | who, and when |
|---|---|
| of a case that the reader does not see | nobody |
| of the notice, its corrections, opening, award, contract, acceptance, gates | who sees the case |
| of drafts, bidders, questions, the calendar | members of the case |
| of proposals | owners and evaluators |
| of scores | each evaluator their own; after the closing owners and evaluators all |
| of a review of a draft | who sees the review |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Replace, Substr

from sekisho.records.duties import queries as duty_queries
from sekisho.records.ledger import queries as ledger_queries
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement.models import Case, CaseMember, DraftReview, Evaluation, MemberPart, Notice
from sekisho.records.procurement.queries.cases import cases
from sekisho.records.procurement.queries.reviews import draft_reviews

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from sekisho.records.duties.models import Duty
    from sekisho.records.ledger.hooks import Reader
    from sekisho.records.ledger.models import Entry
    from sekisho.records.organization.principals import Principal

__all__ = ["PUBLIC", "duties_shown", "entries_shown"]

PUBLIC: Final = frozenset(
    f"procurement.{name}"
    for name in (
        "accept",
        "attach_evidence",
        "award",
        "cancel",
        "change_contract",
        "check_gate",
        "contract",
        "correct",
        "decide_tests",
        "detach_evidence",
        "hand_over",
        "make_gate_duties",
        "open",
        "publish",
        "reopen_gate",
        "retire",
        "take_delivery",
    )
)
"""Actions of a case that everybody who sees it may read of; the pages show them the same."""
_SEALED: Final = ("procurement.record_proposal", "procurement.fetch_proposal")
_SCORE: Final = "procurement.score"
_JUDGES: Final = frozenset({MemberPart.OWNER, MemberPart.EVALUATOR})
_PREFIX_OF_ACTIONS: Final = "procurement."
_PREFIX: Final = "procurement:"  # of the source of a duty: procurement:<id of the case or contract>:…
_ID: Final = 36
_STEP: Final = ":step:"  # of a duty from the calendar of a case


def entries_shown(reader: Reader, rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """The entries of the ledger without those that tell what the reader may not see in the room."""
    principal = cast("Principal", reader)
    shown = dict(Case.objects.annotate(shown=Exists(cases(principal).filter(pk=OuterRef("pk")))).values_list("pk", "shown"))
    seen = {case_id for case_id, yes in shown.items() if yes}
    parts: dict[uuid.UUID, set[str]] = {}
    for case_id, part in CaseMember.objects.filter(person=principal.person_id, case__in=seen).values_list("case", "part"):
        parts.setdefault(case_id, set()).add(part)
    foreign, judged = seen - parts.keys(), {case_id for case_id, found in parts.items() if found & _JUDGES}
    closed = Evaluation.objects.filter(case__in=judged).exclude(closed_at=None).values_list("case", flat=True) if judged else ()
    of_room, score = Q(action__startswith=_PREFIX_OF_ACTIONS), Q(action=_SCORE)
    kept = _about(shown.keys() - seen) | _about(_duties_kept(principal))
    kept |= of_room & ~Q(action__in=PUBLIC) & _about(foreign)
    kept |= (Q(action__in=_SEALED) | score) & _about(parts.keys() - judged)
    kept |= score & ~Q(actor_id=principal.id) & _about(judged.difference(closed))
    kept |= of_room & _about(
        DraftReview.objects.exclude(pk__in=draft_reviews(principal).values("pk")).values_list("pk", flat=True)
    )
    return rows.exclude(kept)


def _about(ids: Iterable[uuid.UUID]) -> Q:
    return Q(sequence__in=ledger_queries.sequences_about(ids))


def duties_shown(principal: Principal, rows: QuerySet[Duty]) -> QuerySet[Duty]:
    """The duties without those of cases whose notice is not out, and of calendars, but for the members. No query of its own."""
    return _with_case(rows).exclude(_kept(principal))


def _duties_kept(principal: Principal) -> list[uuid.UUID]:
    rows = _with_case(duty_queries.duties(SYSTEM, state="all"))
    return list(rows.filter(_kept(principal)).order_by().values_list("pk", flat=True))


def _with_case(rows: QuerySet[Duty]) -> QuerySet[Duty]:
    """``of_case``: the id within the source, without dashes (databases write ids with and without them)."""
    return rows.alias(of_case=_plain(Substr("source", len(_PREFIX) + 1, _ID)))


def _kept(principal: Principal) -> Q:
    mine = CaseMember.objects.filter(case=OuterRef("pk"), person=principal.person_id)
    foreign = Case.objects.exclude(Exists(mine)).annotate(plain=_plain(Cast("pk", CharField())))
    hidden = foreign.exclude(Exists(Notice.objects.filter(case=OuterRef("pk"))))
    steps = Q(source__contains=_STEP, of_case__in=foreign.values("plain"))
    return Q(source__startswith=_PREFIX) & (Q(of_case__in=hidden.values("plain")) | steps)


def _plain(expression: Any) -> Replace:
    return Replace(expression, Value("-"), Value(""))
