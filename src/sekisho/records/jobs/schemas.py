"""What the API of this room says."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ninja import Schema

__all__ = ["JobOut"]


class JobOut(Schema):
    """A job: queued, running, done, failed or cancelled. ``error`` has a code and its fields."""

    id: uuid.UUID
    kind: str
    organization_id: uuid.UUID | None
    started_by_id: uuid.UUID | None
    state: str
    done: int
    total: int
    result: Any = None
    error: Any = None
    attempts: int
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
