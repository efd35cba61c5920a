"""What this room tells the lower rooms when Django starts."""

from __future__ import annotations

from sekisho.records.lifecycle import registration_care, registration_retention

__all__ = ["register"]


def register() -> None:
    """Jobs, schedules and requests of each part of the room."""
    registration_retention.register()
    registration_care.register()
