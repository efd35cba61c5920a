"""Appending to the Ledger. Every action of every room runs inside :func:`recording`."""

from __future__ import annotations

import secrets
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol

from django.db import transaction

from sekisho.records.ledger.chain import GENESIS, body_of, content_hash, link
from sekisho.records.ledger.models import Content, Entry, Head, Mention

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["Actor", "Recording", "erase_content", "recording"]


class Actor(Protocol):
    """What the Ledger needs to know of a principal."""

    @property
    def kind(self) -> str:
        """person, token, machine or system."""

    @property
    def id(self) -> str:
        """Its id."""


@dataclass(slots=True)
class Recording:
    """What an action says about itself while it runs."""

    objects: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    sequence: int | None = None

    def about(self, *ids: uuid.UUID | str) -> None:
        """Name the objects that were changed."""
        self.objects.extend(str(i) for i in ids)

    def fact(self, **facts: Any) -> None:
        """Ids, codes, numbers: kept for ever, in clear."""
        self.facts.update(facts)

    def words(self, **content: Any) -> None:
        """Words that may have to be erased one day (names, reasons): kept beside the chain, which has only a salted hash."""
        self.content.update({name: value for name, value in content.items() if value not in ("", None)})


@contextmanager
def recording(actor: Actor, action: str, *, now: datetime, organization_id: uuid.UUID | None = None) -> Iterator[Recording]:
    """Run an action in one transaction and append one entry at its end (the chain's lock is taken last and held briefly).

    Nothing is appended, and nothing saved, when the block raises. Nested recordings append an entry each.
    """
    with transaction.atomic():
        entry = Recording()
        yield entry
        _append(entry, actor=actor, action=action, now=now, organization_id=organization_id)


def _append(entry: Recording, *, actor: Actor, action: str, now: datetime, organization_id: uuid.UUID | None) -> None:
    hashes: dict[str, str] = {}
    contents: list[Content] = []
    for name, value in sorted(entry.content.items()):
        salt = secrets.token_hex(32)
        hashes[name] = content_hash(salt=salt, value=value)
        contents.append(Content(name=name, salt=salt, value=value))
    head, _ = Head.objects.select_for_update().get_or_create(pk=1, defaults={"hash": GENESIS})
    sequence = head.sequence + 1
    body = body_of(
        {
            "sequence": sequence,
            "at": now.astimezone(UTC).isoformat(),
            "actor": f"{actor.kind}:{actor.id}",
            "action": action,
            "organization": str(organization_id) if organization_id else None,
            "objects": entry.objects,
            "facts": entry.facts,
            "content": hashes,
        }
    )
    digest = link(head.hash, body)
    Entry.objects.create(
        sequence=sequence,
        at=now,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        organization_id=organization_id,
        object_ids=entry.objects,
        body=body,
        previous_hash=head.hash,
        hash=digest,
    )
    if entry.objects:
        Mention.objects.bulk_create([Mention(sequence=sequence, object_id=o) for o in dict.fromkeys(entry.objects)])
    if contents:
        for content in contents:
            content.sequence = sequence
        Content.objects.bulk_create(contents)
    Head.objects.filter(pk=1).update(sequence=sequence, hash=digest)
    entry.sequence = sequence


def erase_content(actor: Actor, *, sequence: int, name: str, now: datetime) -> None:
    """Erase one piece of erasable content for ever: value and salt go, the hash in the chain and a tombstone stay."""
    with recording(actor, "ledger.erase_content", now=now) as entry:
        Content.objects.filter(sequence=sequence, name=name, erased_at=None).update(value=None, salt="", erased_at=now)
        entry.fact(sequence=sequence, name=name)
