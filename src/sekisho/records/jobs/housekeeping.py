"""What the installation itself does again and again: the tree of the day, and a signed head outside the database."""

from __future__ import annotations

import json
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from sekisho.records.jobs import registry
from sekisho.records.jobs.registry import JobContext
from sekisho.records.ledger import queries as ledger
from sekisho.records.ledger import signing
from sekisho.records.organization import actions as organization

__all__ = ["HEADS", "register"]

HEADS: Final = "heads"
"""The folder of signed heads, in the home of the installation: to be copied where the database's administrator has no rights."""
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR


def _reach(context: JobContext) -> dict[str, Any]:
    """Edges that begin or end today take effect."""
    return {"rows": organization.rebuild_reach(today=timezone.localdate(context.now))}


def _sign_head(context: JobContext) -> dict[str, Any]:
    """Today's head of the Ledger, signed, as a file."""
    sequence, digest = ledger.head()
    key = signing.load_or_make_key(settings.CONFIG.keys)
    signed = signing.sign_head(key, sequence=sequence, digest=digest, at=context.now.isoformat())
    folder = settings.CONFIG.home / HEADS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"ledger-head-{timezone.localdate(context.now).isoformat()}.json"
    file.write_text(json.dumps(signed, indent=2) + "\n", encoding="utf-8")
    return {"sequence": sequence, "file": file.name}


def register() -> None:
    """Declare the work and its times."""
    registry.register("organization.reach", _reach)
    registry.schedule("organization.reach", kind="organization.reach", every_seconds=_HOUR)
    registry.register("ledger.sign_head", _sign_head)
    registry.schedule("ledger.sign_head", kind="ledger.sign_head", every_seconds=_DAY)
