"""Reading and verifying the Ledger."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from sekisho.records.ledger import hooks
from sekisho.records.ledger.chain import GENESIS, content_hash, link
from sekisho.records.ledger.models import Content, Entry, Head, Mention

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    from sekisho.records.ledger.hooks import Reader

__all__ = ["Break", "Verification", "contents_of", "entries", "head", "history_of", "mentioning", "sequences_about", "verify"]

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: the entry's number and a code (``ledger.*`` texts)."""

    sequence: int
    code: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of walking the chain. ``entries`` were read; ``head`` is the last hash."""

    ok: bool
    entries: int
    head: str
    breaks: tuple[Break, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def head() -> tuple[int, str]:
    """Number and hash of the newest entry; (0, zeros) when there is none."""
    row = Head.objects.filter(pk=1).values_list("sequence", "hash").first()
    return row or (0, GENESIS)


def verify(*, first: int = 1, last: int | None = None, previous_hash: str = GENESIS, limit_breaks: int = 100) -> Verification:
    """Walk the chain from ``first`` to ``last`` and compare links, columns with hashed bodies, and content hashes.

    ``previous_hash`` is the hash of the entry before ``first`` (from an exported head) when not started at 1.
    """
    breaks: list[Break] = []
    expected, count, previous = first, 0, previous_hash
    rows = Entry.objects.filter(sequence__gte=first).order_by("sequence")
    if last is not None:
        rows = rows.filter(sequence__lte=last)
    while len(breaks) < limit_breaks:
        batch = list(rows.filter(sequence__gte=expected)[:_BATCH])
        if not batch:
            break
        contents = _contents(batch[0].sequence, batch[-1].sequence)
        for entry in batch:
            if entry.sequence != expected:
                breaks.append(Break(expected, "ledger.entry_missing"))
            breaks.extend(Break(entry.sequence, code) for code in _faults(entry, previous, contents.get(entry.sequence, {})))
            expected, previous, count = entry.sequence + 1, entry.hash, count + 1
    if last is None:
        newest, digest = head()
        if newest != expected - 1 or (count and digest != previous):
            breaks.append(Break(newest, "ledger.head_differs"))
    return Verification(ok=not breaks, entries=count, head=previous, breaks=tuple(breaks))


def _contents(first: int, last: int) -> dict[int, dict[str, Content]]:
    found: dict[int, dict[str, Content]] = {}
    for content in Content.objects.filter(sequence__gte=first, sequence__lte=last):
        found.setdefault(content.sequence, {})[content.name] = content
    return found


def _faults(entry: Entry, previous: str, contents: dict[str, Content]) -> list[str]:
    faults: list[str] = []
    if entry.previous_hash != previous:
        faults.append("ledger.link_broken")
    if link(entry.previous_hash, entry.body) != entry.hash:
        faults.append("ledger.body_changed")
    try:
        body = json.loads(entry.body)
    except ValueError:
        return [*faults, "ledger.body_changed"]
    shown = (
        entry.sequence,
        f"{entry.actor_kind}:{entry.actor_id}",
        entry.action,
        str(entry.organization_id) if entry.organization_id else None,
        entry.object_ids,
        entry.at.isoformat(),
    )
    hashed = (body["sequence"], body["actor"], body["action"], body["organization"], body["objects"], body["at"])
    if shown != hashed:
        faults.append("ledger.columns_differ")
    for name, digest in body["content"].items():
        content = contents.get(name)
        if content is None:
            faults.append("ledger.content_missing")
        elif content.erased_at is None and content_hash(salt=content.salt, value=content.value) != digest:
            faults.append("ledger.content_changed")
    if set(contents) - set(body["content"]):
        faults.append("ledger.content_foreign")
    return faults


def entries(
    reader: Reader,
    *,
    organization_ids: QuerySet[Any, Any] | None,
    include_installation: bool,
    action: str = "",
    actor: str = "",
    object_id: str = "",
) -> QuerySet[Entry]:
    """Entries about the given organisations (None: all), newest first, without what a room keeps from the reader.

    The caller (a view) has asked for ``ledger.read``.
    """
    rows = hooks.shown_to(reader, Entry.objects.all())
    if organization_ids is not None:
        about = Q(organization_id__in=organization_ids)
        rows = rows.filter(about | Q(organization_id=None) if include_installation else about)
    if action:
        rows = rows.filter(action__startswith=action)
    if actor:
        rows = rows.filter(actor_id=actor)
    if object_id:
        rows = rows.filter(sequence__in=Mention.objects.filter(object_id=object_id).values("sequence"))
    return rows.order_by("-sequence")


def sequences_about(object_ids: Iterable[uuid.UUID | str]) -> QuerySet[Mention, int]:
    """The numbers of the entries that name any of the objects, to be used inside another query."""
    return Mention.objects.filter(object_id__in=[str(pk) for pk in object_ids]).values_list("sequence", flat=True)


def history_of(object_id: uuid.UUID | str, *, limit: int = 50) -> Sequence[Entry]:
    """The newest entries that name an object. The caller has checked that the object may be seen."""
    numbers = Mention.objects.filter(object_id=str(object_id)).order_by("-sequence").values_list("sequence", flat=True)[:limit]
    return list(Entry.objects.filter(sequence__in=list(numbers)).order_by("-sequence"))


def mentioning(reader: Reader, object_ids: Iterable[uuid.UUID | str], *, limit: int = 50) -> list[Entry]:
    """The newest entries that name any of the objects, as far as ``reader`` may read the ledger of their organisations."""
    wanted = [str(pk) for pk in object_ids]
    numbers = Mention.objects.filter(object_id__in=wanted).order_by("-sequence").values_list("sequence", flat=True)[:limit]
    found = list(hooks.shown_to(reader, Entry.objects.filter(sequence__in=list(numbers))).order_by("-sequence"))
    allowed = {pk: reader.may("ledger.read", pk) for pk in {entry.organization_id for entry in found}}
    return [entry for entry in found if allowed[entry.organization_id]]


def contents_of(sequences: Iterable[int]) -> dict[int, dict[str, Content]]:
    """Erasable content of some entries, by number and name."""
    found: dict[int, dict[str, Content]] = {}
    for content in Content.objects.filter(sequence__in=list(sequences)):
        found.setdefault(content.sequence, {})[content.name] = content
    return found
