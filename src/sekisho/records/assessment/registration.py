"""What this room tells the lower rooms when Django starts."""

from __future__ import annotations

from sekisho.records.assessment.actions import handlers
from sekisho.records.requests import registry as requests

__all__ = ["register"]


def register() -> None:
    """Kinds of request."""
    for name, title in (
        ("judgement.override", "assessment.kind_override"),
        ("judgement.declare", "assessment.kind_declare"),
    ):
        requests.register(
            requests.RequestKind(name=name, title=title, action=name, apply=handlers.apply_level, check=handlers.check_level)
        )
    requests.register(
        requests.RequestKind(
            name="applicability.decide",
            title="assessment.kind_applicability",
            action="applicability.decide",
            apply=handlers.apply_applicability,
            check=handlers.check_applicability,
        )
    )
