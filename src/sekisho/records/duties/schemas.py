"""What the room's API takes and gives."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

__all__ = ["AssignIn", "CompleteIn", "DutyOut", "FeedOut"]


class DutyOut(Schema):
    """Something that falls due; ``text`` is ``code`` with ``fields`` in words, ``urgency`` late, today, soon, later or done.

    ``text`` and ``basis`` are in the reader's language.
    """

    id: uuid.UUID
    organization_id: uuid.UUID
    subject_id: uuid.UUID | None
    source: str
    code: str
    fields: dict[str, Any]
    text: str
    basis: str
    url: str
    owner_id: uuid.UUID | None
    owner_role: str
    due_at: datetime
    urgency: str
    done_at: datetime | None
    done_by_id: uuid.UUID | None
    done_note: str
    escalated_at: datetime | None


class CompleteIn(Schema):
    """How it was done."""

    note: str = Field("", max_length=5000)


class AssignIn(Schema):
    """Whose it is."""

    owner_id: uuid.UUID


class FeedOut(Schema):
    """The path of one's calendar; given this once."""

    path: str
