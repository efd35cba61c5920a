"""Decisions about subjects and their machines as pure functions: no database, no clock.

The protocol that shows a cloned machine
----------------------------------------
Each answer to a batch of observations carries a fresh random *nonce*; the next batch must carry it, with a *counter*
that only ever
grows. Two copies of one machine hold the same nonce; when the first of them has reported, the other's nonce is the
one before. So:

* the nonce is the present one and the counter has grown → **accept**, and give the next nonce;
* the nonce is the previous one *and* the batch is, by its digest, the batch that was taken last → the answer was lost on its way:
  **repeat** it (nothing is written, the present nonce is told again). A sender therefore keeps an unanswered batch
  unchanged until
  it has the answer;
* anything else → **clone**: the machine is suspended and nothing of the batch is taken. A person finds out which is the true one
  and resumes the enrolment (nonce and identity are bound afresh at the next report) or revokes it.

A copy that first repeats the last batch learns the present nonce; then two machines hold it again, and the next report of the
slower one is the proof. The identity (a hash of the machine's own id) is bound at the first report and may not change after.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sekisho.errors import Problem
from sekisho.records.organization.tree import find_cycle

__all__ = ["CLASSIFICATION", "MachineState", "Report", "Verdict", "classification_problems", "judge", "would_cycle"]

CLASSIFICATION: Final = ("classification_scheme", "confidentiality", "integrity", "availability", "network_zone")


@dataclass(frozen=True, slots=True)
class MachineState:
    """What the enrolment remembers."""

    identity: str
    nonce: str
    counter: int
    previous_nonce: str
    last_batch: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the collector says of itself: ``batch`` is the digest (SHA-256, hex) of the batch's content ids."""

    identity: str
    nonce: str
    counter: int
    batch: str


class Verdict(StrEnum):
    """What is to be done with a batch."""

    ACCEPT = "accept"
    REPEAT = "repeat"
    OTHER_IDENTITY = "other_identity"
    OTHER_NONCE = "other_nonce"


def judge(state: MachineState, report: Report) -> Verdict:
    """Whether a batch may be taken from this machine (see the module's text)."""
    if state.identity and report.identity != state.identity:
        return Verdict.OTHER_IDENTITY
    if not state.nonce:  # the first report, or the first after a person resumed the enrolment
        return Verdict.ACCEPT
    if report.nonce == state.nonce and report.counter > state.counter:
        return Verdict.ACCEPT
    same_batch = bool(state.last_batch) and report.batch == state.last_batch
    if same_batch and report.nonce == state.previous_nonce:
        return Verdict.REPEAT
    return Verdict.OTHER_NONCE


def would_cycle(links: Iterable[tuple[uuid.UUID, uuid.UUID]], *, whole: uuid.UUID, part: uuid.UUID) -> list[uuid.UUID]:
    """The cycle that (whole, part) would close among ``links``, or an empty list."""
    if whole == part:
        return [whole]
    return find_cycle([*links, (whole, part)])


def classification_problems(values: Mapping[str, str], *, schemes: Mapping[str, Mapping[str, frozenset[str]]]) -> list[Problem]:
    """What is wrong with a classification: unknown scheme, or a value that its axis does not have.

    ``values`` has ``classification_scheme``, ``confidentiality``, ``integrity``, ``availability``, ``network_zone``; ``schemes``
    is scheme id → axis id → ids of its values.
    """
    found: list[Problem] = []
    scheme = values.get("classification_scheme", "")
    axes = schemes.get(scheme, {})
    if scheme and scheme not in schemes:
        found.append(Problem("subjects.unknown_scheme", {"value": scheme}, column="classification_scheme"))
    for axis in ("confidentiality", "integrity", "availability"):
        value = values.get(axis, "")
        if not value:
            continue
        if not scheme:
            found.append(Problem("subjects.class_without_scheme", {"value": value}, column=axis))
        elif scheme in schemes and value not in axes.get(axis, frozenset()):
            expected = ", ".join(sorted(axes.get(axis, ())))
            found.append(Problem("subjects.unknown_class", {"value": value, "expected": expected}, column=axis))
    zone = values.get("network_zone", "")
    zones = schemes.get("network_zone", {}).get("zone", frozenset())
    if zone and zone not in zones:
        found.append(
            Problem("subjects.unknown_zone", {"value": zone, "expected": ", ".join(sorted(zones))}, column="network_zone")
        )
    return found
