"""Newly read logs are searched for every indicator in force, and what is seen becomes a finding of their review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekisho.records.intelligence import actions
from sekisho.records.monitoring import hooks

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["register"]


def _read(organization_id: uuid.UUID, *, files: Sequence[str], since: datetime, until: datetime, now: datetime) -> None:
    actions.search_arrived(organization_id, files=files, since=since, until=until, now=now)


def register() -> None:
    """Be told when logs were read."""
    hooks.AFTER_READING.append(_read)
