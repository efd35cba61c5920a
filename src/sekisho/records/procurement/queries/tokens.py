"""The token of each thing that several people may change at once (``rules.tokens``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.records.procurement.rules.tokens import token_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.records.procurement.models import Bidder, BidderQuestion, Contract, Evaluation, GateCheck

__all__ = ["of_award", "of_bidder", "of_contract", "of_gate", "of_question", "of_release"]


def of_bidder(row: Bidder) -> str:
    """What is known of a bidder."""
    return token_of(row.name, row.corporate_number, row.contact, row.helped_drafting, row.note)


def of_question(row: BidderQuestion) -> str:
    """The words of a question and of its answer."""
    return token_of(row.text, row.answer, row.released_at)


def of_release(batch: Iterable[BidderQuestion], receivers: Iterable[Bidder]) -> str:
    """What a release would give out, and to whom."""
    questions = sorted((row.number, row.text, row.answer) for row in batch)
    return token_of(questions, sorted(str(row.pk) for row in receivers))


def of_award(row: Evaluation) -> str:
    """Who won, at which price, and why."""
    return token_of(row.winner_id, row.price_yen, row.reason, row.awarded_at)


def of_contract(row: Contract) -> str:
    """What a change of a contract may change."""
    return token_of(row.signed_on, row.delivery_on, row.operation_on, row.ends_on, row.number, row.note, row.periods)


def of_gate(row: GateCheck | None) -> str:
    """What was said about an item of a gate; None: nothing yet."""
    return token_of() if row is None else token_of(row.done, row.note, row.evidence_id)
