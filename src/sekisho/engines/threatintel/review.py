"""The table in which a person confirms the candidates of a notice: written for people, read back strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.detection.indicators import Direction, Kind, Own
from sekisho.engines.threatintel.model import Collector, Reading
from sekisho.engines.threatintel.notice import Likelihood, Notice
from sekisho.engines.threatintel.tlp import parse_tlp
from sekisho.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["SCHEMA", "from_notice", "is_review", "read_review", "write_review"]

SCHEMA: Final = "sekisho.notice-review/1"


class _Row(msgspec.Struct):
    """One candidate; what else stands in the table is for the person."""

    kind: Kind
    value: str
    take: bool = False
    direction: Direction = Direction.BOTH
    original: str = ""


class _Review(msgspec.Struct):
    schema: str
    title: str = ""
    tlp: str | None = None
    reference: str = ""
    source: str = ""
    candidates: list[_Row] = []


def write_review(notice: Notice, *, reference: str = "", source: str = "", take: frozenset[Likelihood] = frozenset()) -> bytes:
    """The candidates as JSON, each with ``take``: true for the likelihoods in ``take``, never for what must not be used."""
    rows: list[dict[str, Any]] = [
        {"take": one.likelihood in take and not one.refused, **one.as_dict()} for one in notice.candidates
    ]  # fmt: skip
    whole = {**notice.as_dict(), "schema": SCHEMA, "reference": reference, "source": source or notice.sender, "candidates": rows}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1)


def is_review(untrusted: bytes) -> bool:
    """Whether a file is such a table."""
    return SCHEMA.encode() in untrusted[:65_536] or SCHEMA.encode() in untrusted[-65_536:]


def read_review(
    untrusted: bytes, *, filename: str = "review.json", expires: datetime | None = None, own: Own | None = None
) -> Reading:
    """The indicators that a person took. Raises InputError ``threatintel.review_broken`` with the JSON path."""
    try:
        raw = msgspec.json.decode(untrusted, type=_Review)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise InputError("threatintel.review_broken", file=filename, reason=str(error)[:200]) from error
    label = parse_tlp(raw.tlp) if raw.tlp else None
    if raw.schema != SCHEMA or (raw.tlp and label is None):
        raise InputError("threatintel.review_broken", file=filename, reason=f"{raw.schema[:40]} {raw.tlp or ''}")
    collector = Collector(own=own)
    for number, row in enumerate(raw.candidates):
        if row.take:
            collector.add(
                row.value, row.kind, f"{filename}[{number}]", direction=row.direction, expires=expires, tlp=label,
                source=raw.source[:200], reference=raw.reference[:2_048], title=raw.title[:500],
            )  # fmt: skip
    return collector.reading("notice", title=raw.title, tlp=label)


def from_notice(
    notice: Notice,
    take: frozenset[Likelihood],
    *,
    reference: str = "",
    source: str = "",
    expires: datetime | None = None,
    own: Own | None = None,
) -> Reading:
    """The indicators of a notice whose likelihood is in ``take``: the decision of the person who names them."""
    return read_review(write_review(notice, reference=reference, source=source, take=take), expires=expires, own=own)
