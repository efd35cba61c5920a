"""Named facts that follow from other facts and the time of the observation."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from sekisho.engines.baseline.facts import Fact, FactStatus

if TYPE_CHECKING:
    from sekisho.engines.baseline.facts import Facts

__all__ = ["UNUSED_DAYS", "derive"]

UNUSED_DAYS: Final = 90
"""Days without a log-in after which an account counts as unused."""

_DAY: Final = 86400


def derive(facts: Facts, *, observed_at: str) -> Facts:
    """``facts`` with the derived ones added: ``accounts.unused``.

    Raises ValueError when ``observed_at`` is no RFC 3339 time with an offset.
    """
    now = datetime.fromisoformat(observed_at)
    if now.tzinfo is None:
        raise ValueError("observed_at needs an offset")
    added: dict[str, Fact] = {}
    logins = facts.get("accounts.logins")
    if logins is not None:
        added["accounts.unused"] = _unused(logins, now.timestamp())
    return msgspec.structs.replace(facts, facts=dict(sorted({**facts.facts, **added}.items())))


def _unused(logins: Fact, now: float) -> Fact:
    """Accounts with a password whose last log-in, or for want of any whose last password change, is too long ago. root is left
    out: it is kept for emergencies.
    """
    if logins.status is not FactStatus.READABLE:
        return Fact(status=logins.status, sources=logins.sources, volatile=True)
    limit = now - UNUSED_DAYS * _DAY
    names = []
    for name, row in logins.value.items():
        last = max(row["last_login"] or 0, (row["changed_days"] or 0) * _DAY)
        if name != "root" and last < limit:
            names.append(name)
    return Fact(status=FactStatus.READABLE, value=sorted(names), sources=logins.sources, volatile=True)
