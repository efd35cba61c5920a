"""From the notice to the award as pure decisions: which step may follow which, what is frozen, what gives something away."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal

import rfc8785

from sekisho.errors import Conflict, InputError, Problem
from sekisho.records.procurement.rules.contract import corporate_number_is_sound
from sekisho.records.procurement.rules.editing import checked_text

__all__ = [
    "AWARDS",
    "STEPS",
    "Dates",
    "NameHit",
    "Stage",
    "Warned",
    "bidder_values",
    "bidder_warnings",
    "canonical_hash",
    "check_dates",
    "checked_words",
    "frozen_dates",
    "names_in",
    "require_stage",
    "stage_of",
]

AWARDS: Final = ("lowest", "overall", "proposal", "negotiated")
NEGOTIATED: Final = "negotiated"
Stage = Literal["preparing", "noticed", "opened", "closed", "awarded", "contracted", "over"]
STEPS: Final[Mapping[str, frozenset[Stage]]] = {
    "publish": frozenset({"preparing"}),
    "correct": frozenset({"noticed"}),
    "add_bidder": frozenset({"noticed", "opened"}),
    "edit_bidder": frozenset({"noticed", "opened"}),
    "receive_question": frozenset({"noticed"}),
    "draft_answer": frozenset({"noticed"}),
    "release_answers": frozenset({"noticed"}),
    "deliver_answers": frozenset({"noticed"}),
    "open_bids": frozenset({"noticed"}),
    "record_proposal": frozenset({"opened"}),
    "score": frozenset({"opened"}),
    "close_evaluation": frozenset({"opened"}),
    "award": frozenset({"closed", "awarded"}),
}
"""Step → the stages in which it may be taken."""
_AFTER: Final = {"contracted", "accepted", "operating"}
_LEGAL_FORMS: Final = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|一般社団法人|公益社団法人|一般財団法人|公益財団法人|独立行政法人|"
    r"国立大学法人|特定非営利活動法人|\((?:株|有|同|資|名|社|財)\)|"
    r"(?<![a-z])(?:inc|ltd|llc|co|corp|corporation|company|limited|kk|k\.k)(?![a-z])\.?"
)
_SHORTEST_NAME: Final = 2
_EARLIEST: Final = date(2000, 1, 1)
_FARTHEST: Final = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The days of a notice. All may be missing but the first; a competition needs the last two."""

    published_on: date
    questions_until: date | None = None
    proposals_until: datetime | None = None
    opening_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a person has to look at; it prevents nothing. ``code`` and ``fields`` make the sentence."""

    code: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NameHit:
    """A text that gives a bidder's name away: the number of the question, where, and whose name."""

    number: int
    where: Literal["question", "answer"]
    name: str


def stage_of(state: str, *, closed: bool, awarded: bool) -> Stage:
    """Where the procedure stands: the case's state, refined between opening and contract."""
    if state == "opened":
        return "awarded" if awarded else "closed" if closed else "opened"
    if state in _AFTER:
        return "contracted"
    return "preparing" if state == "preparing" else "noticed" if state == "noticed" else "over"


def require_stage(step: str, stage: Stage) -> None:
    """Raise Conflict ``procurement_notice.not_now`` when ``step`` may not be taken in ``stage``."""
    if stage not in STEPS[step]:
        raise Conflict("procurement_notice.not_now", step=step, stage=stage)


def canonical_hash(value: object) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of a JSON value.

    Raises InputError ``procurement_notice.not_canonical`` for what has no canonical form (whole numbers beyond 2^53, halves of
    surrogate pairs).
    """
    try:
        return hashlib.sha256(rfc8785.dumps(value)).hexdigest()  # type: ignore[arg-type] # JSON
    except (rfc8785.CanonicalizationError, ValueError) as error:
        raise InputError("procurement_notice.not_canonical", detail=str(error)[:200]) from error


def frozen_dates(dates: Dates) -> dict[str, str | None]:
    """The days as they are frozen: ISO texts, moments in UTC."""
    utc = {
        name: moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
        for name, moment in (("proposals_until", dates.proposals_until), ("opening_at", dates.opening_at))
    }
    return {
        "published_on": dates.published_on.isoformat(),
        "questions_until": dates.questions_until.isoformat() if dates.questions_until else None,
        **utc,
    }


def check_dates(dates: Dates, *, award: str, now: datetime, today: date) -> None:
    """Raise InputError ``procurement_notice.wrong_dates`` with every fault.

    The notice is not in the future (it is published now), what is to come lies ahead, and each day comes after the one before.
    ``today``: the local day of ``now``.
    """
    problems = tuple(_date_faults(dates, award, now, today))
    if problems:
        raise InputError("procurement_notice.wrong_dates", problems=problems, count=len(problems))


def _fault(name: str, column: str, **fields: Any) -> Problem:
    return Problem(f"procurement_notice.date_{name}", fields, column=column)


def _date_faults(dates: Dates, award: str, now: datetime, today: date) -> Iterator[Problem]:
    if not _EARLIEST <= dates.published_on <= today:
        yield _fault("published", "published_on", day=dates.published_on.isoformat())
    if dates.questions_until is not None and dates.questions_until < dates.published_on:
        yield _fault("questions", "questions_until")
    for name in ("proposals_until", "opening_at"):
        yield from _moment_faults(name, getattr(dates, name), award, now)
    if dates.proposals_until and dates.questions_until and dates.questions_until > dates.proposals_until.date():
        yield _fault("questions_late", "questions_until")
    if dates.proposals_until and dates.opening_at and dates.opening_at < dates.proposals_until:
        yield _fault("opening", "opening_at")


def _moment_faults(name: str, moment: datetime | None, award: str, now: datetime) -> Iterator[Problem]:
    if moment is None:
        if award != NEGOTIATED:
            yield _fault("missing", name)
    elif moment <= now:
        yield _fault("past", name)
    elif moment > now + _FARTHEST:
        yield _fault("far", name)


def _folded(text: str) -> str:
    """For comparing names: NFKC, small letters, no spaces and no marks between words."""
    return re.sub(r"[\s・･,、。．'’\"-]+", "", unicodedata.normalize("NFKC", text).casefold())


def _core(name: str) -> str:
    """A company's name without its legal form; the whole when nothing else is left."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return _folded(_LEGAL_FORMS.sub(" ", plain)) or _folded(plain)


def names_in(text: str, bidders: Iterable[tuple[str, str]]) -> list[str]:
    """The names of the bidders (name, corporate number) that ``text`` gives away, with or without their legal form."""
    folded = _folded(text)
    found = []
    for name, number in bidders:
        core = _core(name)
        if (len(core) >= _SHORTEST_NAME and core in folded) or (number and number in folded):
            found.append(name)
    return found


def checked_words(text: str, *, name: str, limit: int, required: bool = False) -> str:
    """Free text of the procedure, as ``editing.checked_text``. Raises ``procurement_notice.missing`` with the ``name``."""
    words = checked_text(text, name=name, limit=limit)
    if required and not words:
        raise InputError("procurement_notice.missing", name=name)
    return words


def bidder_values(*, name: str, corporate_number: str, contact: str, note: str) -> dict[str, str]:
    """The texts of a bidder as they are kept. Raises InputError for a corporate number with a wrong check digit."""
    number = unicodedata.normalize("NFKC", checked_text(corporate_number, name="corporate_number", limit=40))
    number = re.sub(r"[\s-]", "", number)
    if number and not corporate_number_is_sound(number):
        raise InputError("procurement_notice.corporate_number", value=number[:20])
    return {
        "name": checked_words(name, name="name", limit=200, required=True),
        "corporate_number": number,
        "contact": checked_words(contact, name="contact", limit=200),
        "note": checked_words(note, name="note", limit=4000),
    }


def bidder_warnings(
    *, helped_drafting: bool, corporate_number: str, name: str, others: Iterable[tuple[str, str]]
) -> tuple[Warned, ...]:
    """What to look at with a bidder: took part in the drafting (PR22), no number, the same company twice."""
    found = [Warned("procurement_notice.helped_drafting", {})] if helped_drafting else []
    if not corporate_number:
        found.append(Warned("procurement_notice.no_corporate_number", {}))
    for other, number in others:
        if (number and number == corporate_number) or (_core(other) == _core(name)):
            found.append(Warned("procurement_notice.same_company", {"name": other}))
    return tuple(found)
