"""What retention and deletion tell the lower rooms when Django starts."""

from __future__ import annotations

__all__ = ["register"]


def register() -> None:
    """Jobs, schedules and requests."""
