"""Whether a certificate is what was issued: its facts against the Ledger, a file against the files that were issued."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekisho.records.ledger import queries as ledger
from sekisho.records.lifecycle.models import Consent
from sekisho.records.lifecycle.rules.certificate import facts_digest

if TYPE_CHECKING:
    from sekisho.records.lifecycle.models import Certificate, Deletion

__all__ = ["Proof", "consents_of", "file_is", "proof_of"]


@dataclass(frozen=True, slots=True)
class Proof:
    """``facts``: what it says has the hash that was noted; ``on_ledger``: the Ledger's entry names that hash; ``chain``: that
    entry is unchanged and linked to the one before. ``sequence`` and ``hash`` of the entry.
    """

    facts: bool
    on_ledger: bool
    chain: bool
    sequence: int
    hash: str

    @property
    def holds(self) -> bool:
        """Whether all of it holds."""
        return self.facts and self.on_ledger and self.chain


def proof_of(row: Certificate) -> Proof:
    """Compute it anew. Five queries."""
    digest = facts_digest(row.facts)
    found = next((one for one in ledger.history_of(row.pk) if one.action == "lifecycle.issue_certificate"), None)
    if found is None:
        return Proof(digest == row.sha256, on_ledger=False, chain=False, sequence=row.sequence, hash="")
    body = json.loads(found.body)
    noted = body["facts"].get("sha256") == digest and body["facts"].get("number") == row.number
    walked = ledger.verify(first=found.sequence, last=found.sequence, previous_hash=found.previous_hash)
    return Proof(digest == row.sha256, on_ledger=noted, chain=walked.ok, sequence=found.sequence, hash=found.hash)


def file_is(row: Certificate, content: bytes) -> str:
    """The format of the issued file that these bytes are; empty when they are none of them."""
    digest = hashlib.sha256(content).hexdigest()
    return next((form for form, known in row.renderings.items() if known == digest), "")


def consents_of(row: Deletion) -> list[Consent]:
    """What was decided about the entries of a deletion that the caller may see, and was not withdrawn."""
    rows = Consent.objects.filter(entries__deletions=row, withdrawn_at=None).select_related("document")
    return list(rows.distinct().order_by("recorded_at"))
