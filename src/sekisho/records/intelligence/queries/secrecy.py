"""What of the room shows outside of it: duties and entries of the ledger, for nobody whom the label of a notice keeps out.

Duties of the room stand in everybody's list; those of notices are for readers of threat information only, and, for TLP:RED, for
the persons named. Whoever has to do something always sees their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Replace, Substr

from sekisho.records.intelligence.models import BlockProof, Notice, NoticeReader
from sekisho.records.intelligence.queries.notices import READ, hidden_ids
from sekisho.records.intelligence.rules.labels import RED
from sekisho.records.ledger import queries as ledger_queries
from sekisho.records.organization.queries import organization_ids

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sekisho.records.duties.models import Duty
    from sekisho.records.ledger.hooks import Reader
    from sekisho.records.ledger.models import Entry
    from sekisho.records.organization.principals import Principal

__all__ = ["NOTICE_PREFIX", "PREFIX", "duties_shown", "entries_shown", "material_is_kept"]

PREFIX: Final = "intelligence:"
NOTICE_PREFIX: Final = "intelligence:notice:"
"""Beginning of the sources of duties about one notice; its id follows."""
_ID: Final = 36


def entries_shown(reader: Reader, rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """The entries of the ledger without those about RED notices that the reader is not named for."""
    principal = cast("Principal", reader)
    red = set(Notice.objects.filter(tlp=RED).values_list("pk", flat=True))
    hidden = hidden_ids(principal) & red if red else set()
    if not hidden:
        return rows
    return rows.exclude(Q(action__startswith="intelligence.") & Q(sequence__in=ledger_queries.sequences_about(hidden)))


def duties_shown(principal: Principal, rows: QuerySet[Duty]) -> QuerySet[Duty]:
    """The duties without those of the room that the principal may not know of. No query of its own."""
    named = NoticeReader.objects.filter(notice=OuterRef("pk"), person=principal.person_id)
    red = Notice.objects.filter(~Exists(named), tlp=RED).annotate(plain=_plain(Cast("pk", CharField())))
    outside = Q(source__startswith=PREFIX) & ~Q(organization__in=organization_ids(principal, READ))
    hidden = Q(source__startswith=NOTICE_PREFIX, of_notice__in=red.values("plain"))
    # The id within the source, without dashes: databases write ids with and without them.
    with_notice = rows.alias(of_notice=_plain(Substr("source", len(NOTICE_PREFIX) + 1, _ID)))
    mine = Q(owner__isnull=False, owner_id=principal.person_id)
    return with_notice.exclude(~mine & (outside | hidden))


def _plain(expression: Any) -> Replace:
    return Replace(expression, Value("-"), Value(""))


def material_is_kept(sha256: str) -> bool:
    """Whether the bytes of that hash are a notice's, or a configuration that shows what is blocked."""
    return Notice.objects.filter(content_id=sha256).exists() or BlockProof.objects.filter(content_id=sha256).exists()
