"""Paper, media and suppliers' copies: people do it and write down what the reference asks for (``deletion_record``)."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from sekisho.engines.deletion.model import Achieved, Item, Listing, Outcome, Recorded, Statement, Verification

__all__ = ["NEEDED", "erase_recorded", "list_recorded", "missing_facts", "verify_recorded"]

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "paper": ("done_on", "quantity", "how", "done_by", "witness"),
    "media": ("done_on", "quantity", "serial", "how", "tool", "done_by", "witness"),
    "supplier": ("supplier", "requested_on", "done_on", "how", "done_by", "certificate"),
    "other": ("done_on", "how", "done_by", "witness"),
}
"""What must be written down for each medium before it counts as done."""


def missing_facts(target: Recorded) -> tuple[str, ...]:
    """The facts that are still missing."""
    return tuple(name for name in NEEDED[target.medium] if not target.facts.get(name, "").strip())


def list_recorded(target: Recorded) -> Listing:
    """What people are to do. What they write down later does not change the digest."""
    missing = missing_facts(target)
    item = Item(
        name=target.description, kind=target.medium, note="facts_missing" if missing else "", fields={"missing": list(missing)}
    )
    digest = hashlib.sha256(msgspec.json.encode((target.description, target.medium))).hexdigest()
    return Listing(
        target=target.id, type="recorded", items=(item,), count=1, bytes=0, refused=0, digest=digest,
        statements=(Statement(code="deletion.by_people"),),
    )  # fmt: skip


def erase_recorded(target: Recorded, listing: Listing) -> Outcome:
    """Done when every fact is written down, else waiting; the machine does nothing."""
    missing = missing_facts(target)
    achieved: Achieved = "none" if missing else target.method
    item = msgspec.structs.replace(listing.items[0], state="waiting" if missing else "done", fields={"missing": list(missing)})
    return Outcome(
        target=target.id, type="recorded", asked=target.method, achieved=achieved, done=int(not missing), left=int(bool(missing)),
        bytes=0, overwritten=0, items=(item,), statements=listing.statements,
        evidence={"facts": dict(sorted(target.facts.items()))},
    )  # fmt: skip


def verify_recorded(target: Recorded) -> Verification:
    """Nothing that a machine could look at."""
    said = (Statement(code="deletion.only_people_know"),)
    return Verification(target=target.id, result="not_checked", checked=0, total=1, checks=said)
