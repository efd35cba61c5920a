"""What becomes of a judgement when its evidence is evaluated anew, or when time passes.

A person's decision is never overwritten by a rule: where the rule now says otherwise, both are shown and the judgement is to be
reviewed. What nothing fresh supports is marked as stale at once, and after the grace period of the rule counts as 未測定.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sekisho.records.assessment.rules.verdict import Verdict

if TYPE_CHECKING:
    from sekisho.records.assessment.rules.evaluate import Evaluation

__all__ = ["Standing", "settle"]

_FREE: Final = frozenset({"unmeasured", "proposed"})
_BY_WORD: Final = frozenset({"overridden", "declared"})


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of a judgement that settling may change. ``what``: the line for the history ("" = nothing worth one)."""

    state: str
    level: int | None
    basis: str
    proposed_level: int | None
    proposed_basis: str
    fresh_until: datetime | None
    stale_at: datetime | None = None
    lapses_at: datetime | None = None
    what: str = ""


def _fresh(standing: Standing, **changes: object) -> Standing:
    what = "refreshed" if standing.stale_at is not None else ""
    return replace(standing, stale_at=None, lapses_at=None, **({"what": what} | changes))  # type: ignore[arg-type]


def _stale(standing: Standing, *, now: datetime, grace: timedelta) -> Standing:
    """Mark as stale; when the grace is over, only what is proposed now counts."""
    if standing.stale_at is None or standing.lapses_at is None:
        since = standing.fresh_until if standing.fresh_until and standing.fresh_until < now else now
        standing = replace(standing, stale_at=since, lapses_at=since + grace, what="stale")
    assert standing.lapses_at is not None
    if standing.lapses_at > now:
        return standing
    return replace(
        standing,
        state="unmeasured" if standing.proposed_level is None else "proposed",
        level=standing.proposed_level,
        basis=standing.proposed_basis,
        stale_at=None,
        lapses_at=None,
        what="lapsed",
    )


def _settle_free(before: Standing, standing: Standing, found: Evaluation, *, now: datetime, grace: timedelta) -> Standing:
    """Nobody has decided: the proposal counts, but falls only when disproved or after the grace."""
    current = before.level
    if current is not None and found.level != current:
        falls = found.level is None or found.level < current
        if falls and found.supports(current) is Verdict.UNDECIDED:
            settled = _stale(standing, now=now, grace=grace)
            return replace(settled, fresh_until=found.fresh_until) if settled.what == "lapsed" else settled
    what = ""
    if found.level != current:
        what = "worsened" if current is not None and (found.level is None or found.level < current) else "proposed"
    settled = _fresh(
        standing,
        state="unmeasured" if found.level is None else "proposed",
        level=found.level,
        basis=found.basis,
        fresh_until=found.fresh_until,
    )
    return replace(settled, what=what) if what else settled


def _settle_decided(before: Standing, standing: Standing, found: Evaluation, *, now: datetime, grace: timedelta) -> Standing:
    """A person confirmed it from evidence."""
    current = before.level
    if current is None:
        return standing
    supported = found.supports(current)
    if found.level == current:
        return _fresh(standing, state="confirmed", basis=found.basis, fresh_until=found.fresh_until)
    if supported is Verdict.TRUE:  # better than confirmed
        settled = _fresh(standing, state="to_review", fresh_until=found.fresh_until)
        return replace(settled, what="improved") if found.level != before.proposed_level else settled
    if supported is Verdict.FALSE:
        changed = found.level != before.proposed_level or before.state != "to_review"
        settled = replace(standing, state="to_review", what="worsened" if changed else "")
        if before.fresh_until is not None and before.fresh_until <= now:
            aged = _stale(settled, now=now, grace=grace)
            return replace(aged, fresh_until=found.fresh_until) if aged.what == "lapsed" else aged
        return settled
    aged = _stale(standing, now=now, grace=grace)
    return replace(aged, fresh_until=found.fresh_until) if aged.what == "lapsed" else aged


def _settle_word(before: Standing, standing: Standing, found: Evaluation | None, *, now: datetime, grace: timedelta) -> Standing:
    """It rests on a person's word with its own time of validity; a new, different proposal asks for a review."""
    if before.fresh_until is not None and before.fresh_until <= now:
        aged = _stale(standing, now=now, grace=grace)
        if aged.what == "lapsed":
            return replace(aged, fresh_until=found.fresh_until if found else None)
        standing = aged
    if found is not None and found.level is not None and found.level not in (before.proposed_level, before.level):
        fell = before.level is not None and found.level < before.level
        return replace(standing, state="to_review", what="worsened" if fell else "improved")
    return standing


def settle(before: Standing, found: Evaluation | None, *, now: datetime, grace: timedelta, by_word: bool = False) -> Standing:
    """The standing after evaluation ``found`` (None: no rule for this requirement) at ``now``.

    ``by_word``: a judgement to be reviewed whose level a person had declared or overridden.
    """
    standing = replace(before, what="")
    if found is not None:
        standing = replace(standing, proposed_level=found.level, proposed_basis=found.basis)
    if before.state in _BY_WORD or by_word or found is None:
        return _settle_word(before, standing, found, now=now, grace=grace)
    if before.state in _FREE:
        return _settle_free(before, standing, found, now=now, grace=grace)
    return _settle_decided(before, standing, found, now=now, grace=grace)
