"""Bidders, their questions, and answers that go to all alike."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from sekisho.errors import Conflict, InputError, NotFound, Problem
from sekisho.records.ledger.actions import recording
from sekisho.records.procurement import queries
from sekisho.records.procurement.actions.notice import locked_case
from sekisho.records.procurement.models import Bidder, BidderQuestion, MemberPart
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.queries import tokens
from sekisho.records.procurement.rules.notice import bidder_values, checked_words
from sekisho.records.procurement.rules.tokens import require_token

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.procurement.models import Case

__all__ = [
    "add_bidder",
    "deliver_answers",
    "draft_answer",
    "edit_bidder",
    "receive_question",
    "release_answers",
]

_WRITERS: Final = (MemberPart.OWNER, MemberPart.EDITOR)
_TEXT: Final = 10_000
_CLAUSE: Final = 64
_MOST_BIDDERS: Final = 500
_MOST_QUESTIONS: Final = 5000


@contextmanager
def _only_once(name: str) -> Iterator[None]:
    """Refuse a bidder whom the case has already."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise InputError("procurement_notice.bidder_twice", name=name[:80]) from error


def add_bidder(
    principal: Principal,
    case: Case,
    *,
    name: str,
    corporate_number: str = "",
    contact: str = "",
    helped_drafting: bool = False,
    note: str = "",
    now: datetime,
) -> Bidder:
    """Somebody who takes the documents or bids. ``helped_drafting``: took part in writing the specification (shown as a warning).

    Raises InputError ``procurement_notice.corporate_number`` (check digit), ``.bidder_twice``, ``.too_many``.
    """
    queries.require_part(principal, case, "procurement.edit", *_WRITERS)
    values = bidder_values(name=name, corporate_number=corporate_number, contact=contact, note=note)
    with recording(principal, "procurement.add_bidder", now=now, organization_id=case.organization_id) as entry:
        found, _stage, evaluation = locked_case(case, "add_bidder")
        _still_open(evaluation)
        if Bidder.objects.filter(case=found).count() >= _MOST_BIDDERS:
            raise InputError("procurement_notice.too_many", limit=_MOST_BIDDERS)
        with _only_once(values["name"]):
            made = Bidder.objects.create(case=found, helped_drafting=helped_drafting, added_at=now, **values)
        entry.about(found.pk, made.pk)
        entry.fact(helped_drafting=helped_drafting)
        entry.words(name=made.name)
    return made


def edit_bidder(
    principal: Principal,
    case: Case,
    *,
    bidder_id: uuid.UUID,
    name: str,
    corporate_number: str = "",
    contact: str = "",
    helped_drafting: bool = False,
    note: str = "",
    token: str | None = None,
    now: datetime,
) -> Bidder:
    """Correct what is known of a bidder, as it was shown (``token``). Raises NotFound, Conflict and as :func:`add_bidder`."""
    queries.require_part(principal, case, "procurement.edit", *_WRITERS)
    values = bidder_values(name=name, corporate_number=corporate_number, contact=contact, note=note)
    with recording(principal, "procurement.edit_bidder", now=now, organization_id=case.organization_id) as entry:
        found, _stage, evaluation = locked_case(case, "edit_bidder")
        _still_open(evaluation)
        row = notice_queries.bidder(principal, found, bidder_id)
        require_token(token, present=tokens.of_bidder(row))
        changed = [name for name, value in {**values, "helped_drafting": helped_drafting}.items() if getattr(row, name) != value]
        for field, value in values.items():
            setattr(row, field, value)
        row.helped_drafting = helped_drafting
        with _only_once(values["name"]):
            row.save(update_fields=[*values, "helped_drafting"])
        entry.about(found.pk, row.pk)
        entry.fact(changed=changed)
        entry.words(name=row.name)
    return row


def _still_open(evaluation: object) -> None:
    """Who bids does not change once the evaluation is closed."""
    if getattr(evaluation, "closed_at", None) is not None:
        raise Conflict("procurement_notice.not_now", step="add_bidder", stage="closed")


def receive_question(
    principal: Principal,
    case: Case,
    *,
    text: str,
    received_on: date,
    bidder_id: uuid.UUID | None = None,
    clause: str = "",
    now: datetime,
) -> BidderQuestion:
    """Record a question. ``bidder_id``: who asked, seen by members only; ``clause``: id in the frozen specification.

    Raises InputError for a day outside the time for questions, an unknown clause, or the same question once more.
    """
    queries.require_part(principal, case, "procurement.edit", *_WRITERS)
    words = checked_words(text, name="text", limit=_TEXT, required=True)
    with recording(principal, "procurement.receive_question", now=now, organization_id=case.organization_id) as entry:
        found, _stage, _ = locked_case(case, "receive_question")
        number = notice_queries.next_question_number(found)
        if number > _MOST_QUESTIONS:
            raise InputError("procurement_notice.too_many", limit=_MOST_QUESTIONS)
        _check_day(found, received_on, timezone.localdate(now))
        _check_clause(found, clause)
        bidder = notice_queries.bidder(principal, found, bidder_id) if bidder_id else None
        _not_again(found, bidder, clause, words)
        made = BidderQuestion.objects.create(
            case=found,
            number=number,
            bidder=bidder,
            clause=clause,
            text=words,
            received_on=received_on,
        )
        entry.about(found.pk, made.pk)
        entry.fact(number=number, clause=clause)
        entry.words(text=words)
    return made


def _check_day(case: Case, received_on: date, today: date) -> None:
    rows = notice_queries.notices(case)
    first, last = rows.order_by("number")[0], rows[0]
    if not first.published_on <= received_on <= today:
        raise InputError("procurement_notice.received_on", first=first.published_on.isoformat(), last=today.isoformat())
    if last.questions_until is not None and received_on > last.questions_until:
        raise InputError("procurement_notice.question_late", until=last.questions_until.isoformat())


def _not_again(case: Case, bidder: Bidder | None, clause: str, words: str) -> None:
    """Refuse what the same bidder asked before in the same words: a form that was sent twice."""
    rows = BidderQuestion.objects.filter(case=case, bidder=bidder, clause=clause, text=words)
    if before := rows.order_by("number").values_list("number", flat=True).first():
        raise InputError("procurement_notice.question_twice", number=before)


def _check_clause(case: Case, clause: str) -> None:
    if not clause:
        return
    known = {row["id"] for row in notice_queries.notices(case)[0].frozen["derivation"]["clauses"] if row.get("included")}
    if len(clause) > _CLAUSE or clause not in known:
        raise InputError("procurement_notice.unknown_clause", clause=clause[:40])


def draft_answer(
    principal: Principal,
    case: Case,
    *,
    number: int,
    answer: str,
    text: str | None = None,
    token: str | None = None,
    now: datetime,
) -> BidderQuestion:
    """Write the answer to a question that is not released; ``text`` words the question anew (to take a company's name out).

    What was asked first stays in the ledger. ``token``: of what was shown. Raises NotFound, Conflict
    ``procurement_notice.released``, ``.changed_meanwhile``.
    """
    queries.require_part(principal, case, "procurement.edit", *_WRITERS)
    words = checked_words(answer, name="answer", limit=_TEXT)
    asked = None if text is None else checked_words(text, name="text", limit=_TEXT, required=True)
    with recording(principal, "procurement.draft_answer", now=now, organization_id=case.organization_id) as entry:
        found, _stage, _ = locked_case(case, "draft_answer")
        row = notice_queries.bidder_question(principal, found, number)
        if row.released_at is not None:
            raise Conflict("procurement_notice.released", number=number)
        require_token(token, present=tokens.of_question(row))
        row.answer, row.answered_by_id = words, principal.person_id
        row.text = row.text if asked is None else asked
        row.save(update_fields=["answer", "answered_by", "text"])
        entry.about(found.pk, row.pk)
        entry.fact(number=number)
        entry.words(answer=words, text=row.text)
    return row


def release_answers(principal: Principal, case: Case, *, token: str | None = None, now: datetime) -> list[BidderQuestion]:
    """Give every drafted answer to all bidders at one moment, without the names of those who asked. Only owners.

    ``token``: of the answers and receivers that were shown. Returns what was released. Raises Conflict
    ``procurement_notice.nothing_to_release``, ``.changed_meanwhile``, InputError ``.names_given_away`` with every question
    or answer that holds a bidder's name or corporate number.
    """
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    with recording(principal, "procurement.release_answers", now=now, organization_id=case.organization_id) as entry:
        found, _stage, _ = locked_case(case, "release_answers")
        every = BidderQuestion.objects.filter(case=found)
        batch = list(every.filter(released_at=None).exclude(answer="").order_by("number"))
        if not batch:
            raise Conflict("procurement_notice.nothing_to_release")
        receivers = list(Bidder.objects.filter(case=found))
        require_token(token, present=tokens.of_release(batch, receivers))
        _refuse_names(found, batch)
        release = (every.aggregate(last=Max("release"))["last"] or 0) + 1
        for row in batch:
            row.released_at, row.release = now, release
        BidderQuestion.objects.bulk_update(batch, ["released_at", "release"])
        through = BidderQuestion.recipients.through
        through.objects.bulk_create(
            through(bidderquestion_id=row.pk, bidder_id=receiver.pk) for row in batch for receiver in receivers
        )
        entry.about(found.pk, *(row.pk for row in batch))
        entry.fact(release=release, numbers=[row.number for row in batch], recipients=[str(one.pk) for one in receivers])
    return batch


def _refuse_names(case: Case, batch: list[BidderQuestion]) -> None:
    places = [(row, where, text) for row in batch for where, text in (("question", row.text), ("answer", row.answer))]
    found = notice_queries.given_away_each(case, [(text,) for _row, _where, text in places])
    problems = [
        Problem(f"procurement_notice.name_in_{where}", {"number": row.number, "name": name}, row=row.number)
        for (row, where, _text), names in zip(places, found, strict=True)
        for name in names
    ]
    if problems:
        raise InputError("procurement_notice.names_given_away", problems=tuple(problems), count=len(problems))


def deliver_answers(principal: Principal, case: Case, *, bidder_id: uuid.UUID, now: datetime) -> int:
    """Record that a bidder who came later was given all answers released so far; returns how many were new to them."""
    queries.require_part(principal, case, "procurement.notice", MemberPart.OWNER)
    with recording(principal, "procurement.deliver_answers", now=now, organization_id=case.organization_id) as entry:
        found, _stage, _ = locked_case(case, "deliver_answers")
        receiver = next((row for row, _count in notice_queries.receivers_missing(found) if row.pk == bidder_id), None)
        if receiver is None:
            raise NotFound("access.not_found")
        rows = BidderQuestion.objects.filter(case=found).exclude(released_at=None).exclude(recipients=receiver)
        numbers = list(rows.order_by("number").values_list("number", flat=True))
        through = BidderQuestion.recipients.through
        questions = list(rows.values_list("pk", flat=True))
        through.objects.bulk_create(through(bidderquestion_id=pk, bidder_id=receiver.pk) for pk in questions)
        entry.about(found.pk, receiver.pk)
        entry.fact(numbers=numbers)
    return len(numbers)
