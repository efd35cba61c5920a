"""What all writes of the room share: the history of a notice, words for the ledger, numbers, the duty of a notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sekisho.errors import Conflict
from sekisho.records.duties import actions as duties
from sekisho.records.intelligence.models import IntelSource, Notice, NoticeStep, TlpLabel
from sekisho.records.intelligence.queries.secrecy import NOTICE_PREFIX
from sekisho.records.intelligence.rules.checking import next_number
from sekisho.records.organization.permissions import Role

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from django.db.models import Model

    from sekisho.records.organization.principals import Principal

__all__ = ["change", "duty_of", "is_red", "numbered", "step", "words_of"]

_OPEN = frozenset({TlpLabel.GREEN, TlpLabel.CLEAR})


def is_red(notice: Notice) -> bool:
    """Whether only named persons may know of it."""
    return notice.tlp == TlpLabel.RED


def words_of(notice: Notice, **words: Any) -> dict[str, Any]:
    """Words for the ledger, which more people read than a RED notice: then none."""
    return {} if is_red(notice) else words


def step(notice: Notice, code: str, principal: Principal, *, now: datetime, text: str = "", **fields: Any) -> NoticeStep:
    """Add to the history of a notice."""
    return NoticeStep.objects.create(
        notice=notice, code=f"intelligence.step_{code}", fields=fields, text=text, person_id=principal.person_id, at=now
    )


def numbered(model: type[Model], prefix: str, organization_id: uuid.UUID, *, now: datetime) -> str:
    """The next number of that kind in an organisation. Inside a transaction; the unique constraint catches who was faster."""
    rows = model._default_manager.filter(  # noqa: SLF001 - Django's documented name for "the" manager
        organization_id=organization_id, number__startswith=f"{prefix}-{now.year}-"
    )
    last = rows.order_by("-number").values_list("number", flat=True).first()
    return next_number(prefix, last, now=now)


def change(notice: Notice, **values: Any) -> None:
    """Write columns of a notice if nobody did meanwhile. Raises Conflict."""
    rows = Notice.objects.filter(pk=notice.pk, version=notice.version)
    if not rows.update(version=notice.version + 1, **values):
        raise Conflict("intelligence.changed_meanwhile")
    notice.refresh_from_db()


def duty_of(
    principal: Principal,
    notice: Notice,
    kind: str,
    *,
    due_at: datetime,
    now: datetime,
    source: IntelSource | None = None,
    **fields: Any,
) -> None:
    """Set the duty ``kind`` (judge, watch) of a notice. Its title is told only where its label lets everybody know it."""
    title = notice.title if notice.tlp in _OPEN else ""
    owner = source.owner_id if source else None
    duties.set_duty(
        principal,
        source=f"{NOTICE_PREFIX}{notice.pk}:{kind}",
        organization_id=notice.organization_id,
        code=f"intelligence.duty_{kind}" if title else f"intelligence.duty_{kind}_untitled",
        fields={"number": notice.number, "title": title, **fields},
        due_at=due_at,
        owner_id=owner,
        owner_role="" if owner else (source.owner_role if source and source.owner_role else Role.CSIRT),
        basis="附属書A 5.7",
        url=f"intelligence/{notice.pk}/",
        now=now,
    )


def duty_done(principal: Principal, notice: Notice, kind: str, *, now: datetime) -> None:
    """What the duty asked for happened."""
    duties.complete_by_source(principal, source=f"{NOTICE_PREFIX}{notice.pk}:{kind}", now=now)
