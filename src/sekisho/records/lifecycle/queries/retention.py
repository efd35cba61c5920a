"""The retention ledger: its rules, its entries, how each stands."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sekisho.records.lifecycle.models import (
    Consent,
    EntryState,
    Hold,
    OwnRule,
    OwnRuleState,
    Place,
    RetentionEntry,
    RetentionSetting,
)
from sekisho.records.lifecycle.rules import counting
from sekisho.records.lifecycle.rules.holding import Held, HoldScope, holding
from sekisho.records.lifecycle.rules.public_records import STEP_OF_BODY, done_steps, step_of
from sekisho.records.lifecycle.rules.standing import SOON_DAYS, Standing, stands
from sekisho.records.organization.queries import ancestors, body_kind_of, visible_to, within
from sekisho.records.rows import the_row

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.standards.retention_rules import RetentionRules

__all__ = [
    "SHOWN",
    "Book",
    "book_of",
    "due_rows",
    "entries",
    "entry",
    "facts_of",
    "hold",
    "holds",
    "holds_reaching",
    "in_organization",
    "kind_ids",
    "listed",
    "own_rule",
    "own_rules",
    "places_of",
    "setting",
    "standing_of",
    "standings",
]

_READ: Final = "lifecycle.read"
_MOST_AT_ONCE: Final = 1_000  # ids in one query: a database takes no endless list
SHOWN: Final = ("", "due", "overdue", "soon", "undetermined", "held", "no_rule", "uncertain", "gone", "all")
"""Values of the filter ``show``."""


@dataclass(frozen=True, slots=True)
class Book:
    """The rules that hold in an organisation: statutory and own kinds, its kind of body, its business year."""

    rules: RetentionRules
    body_kind: str
    year_end: str
    filing_months: int

    @property
    def body_unknown(self) -> bool:
        """Whether nobody said what kind of body it is: then nobody can say what its public records need."""
        return self.body_kind not in STEP_OF_BODY


def _above(organization_id: uuid.UUID) -> Q:
    """Rows of the organisation itself or of one above it, no boundary between."""
    return Q(organization__reaches__descendant=organization_id, organization__reaches__inside=True)


def book_of(organization_id: uuid.UUID) -> Book:
    """The rules that hold there. Three queries."""
    own = OwnRule.objects.filter(_above(organization_id), state=OwnRuleState.APPROVED).order_by("key", "-approved_at")
    found = {row.key: row for row in own}
    settings = (
        RetentionSetting.objects.filter(_above(organization_id))
        .annotate(depth=F("organization__reaches__depth"))
        .order_by("depth")
        .first()
    )
    return Book(
        rules=counting.overlay([own_facts(row) for row in found.values()]),
        body_kind=body_kind_of(organization_id),
        year_end=settings.year_end if settings else "",
        filing_months=settings.filing_months if settings else 0,
    )


def own_facts(row: OwnRule) -> counting.OwnFacts:
    """An own rule as the engine's door takes it."""
    return counting.OwnFacts(
        key=row.key,
        title=row.title,
        title_en=row.title_en,
        rule_class=row.rule_class,
        value=row.value,
        unit=row.unit,
        event=row.event,
        start=row.start,
        personal=row.personal,
        basis=row.basis,
    )


def facts_of(row: RetentionEntry, book: Book) -> counting.EntryFacts:
    """What of an entry counts."""
    return counting.EntryFacts(
        kinds=tuple(row.kinds),
        events={name: date.fromisoformat(day) for name, day in sorted(row.events.items())},
        answers=dict(sorted(row.answers.items())),
        own_value=row.own_value,
        own_unit=row.own_unit,
        personal=row.personal or row.sensitive,
        my_number=row.my_number,
        body_step=step_of(book.body_kind, public_record=row.public_record, kinds=row.kinds) or "",
        year_end=book.year_end,
        filing_months=book.filing_months,
    )


def kind_ids(organization_id: uuid.UUID) -> frozenset[str]:
    """The ids of all kinds of record that may be named there."""
    return frozenset(book_of(organization_id).rules.kinds)


# ------------------------------------------------------------------------------------------------------------ entries


def entries(principal: Principal) -> QuerySet[RetentionEntry]:
    """The entries that the principal may read."""
    rows = RetentionEntry.objects.select_related("organization", "subject", "owner")
    return visible_to(rows, principal, action=_READ)


def entry(principal: Principal, retention_entry_id: uuid.UUID) -> RetentionEntry:
    """One entry. Raises NotFound."""
    return the_row(entries(principal).filter(pk=retention_entry_id))


def in_organization(principal: Principal, organization_id: uuid.UUID) -> QuerySet[RetentionEntry]:
    """The entries of an organisation and those below it that the principal may read."""
    return entries(principal).filter(organization__in=within(organization_id))


def listed(
    principal: Principal,
    organization: Organization,
    *,
    on: date,
    show: str = "",
    kind: str = "",
    text: str = "",
    owner: str = "",
    personal: str = "",
    place: str = "",
) -> QuerySet[RetentionEntry]:
    """The ledger of an organisation and those below, the earliest date first. ``show``: one of :data:`SHOWN` (empty: held here).

    ``owner``: an id of a person, a role, or ``none``; ``personal``: personal, my_number, sensitive; ``place``: a kind of place.
    """
    rows = in_organization(principal, organization.pk)
    rows = _shown(rows, show, on)
    if kind:
        rows = rows.filter(_has_kind(kind))
    if text:
        rows = rows.filter(_says(text))
    if owner == "none":
        rows = rows.filter(owner=None, owner_role="")
    elif owner:
        rows = rows.filter(owner=uuid.UUID(owner)) if _is_uuid(owner) else rows.filter(owner=None, owner_role=owner)
    if personal in {"personal", "my_number", "sensitive"}:
        rows = rows.filter(**{personal: True})
    if place:
        rows = rows.filter(Exists(Place.objects.filter(entry=OuterRef("pk"), kind=place)))
    return rows.order_by(F("due_on").asc(nulls_last=True), "number", "pk")


def _shown(rows: QuerySet[RetentionEntry], show: str, on: date) -> QuerySet[RetentionEntry]:
    if show == "all":
        return rows
    here = rows.filter(state__in=(EntryState.HELD, EntryState.DELETING))
    if show == "held":
        return rows.filter(pk__in=here.filter(_held(on)).order_by().values("pk"))
    dated = Q(outcome="dated")
    filters = {
        "due": dated & Q(due_on__lte=on),
        "overdue": dated & Q(due_on__lt=on),
        "soon": dated & Q(due_on__gt=on, due_on__lte=on + timedelta(days=SOON_DAYS)),
        "undetermined": Q(outcome="undetermined"),
        "no_rule": Q(outcome="none"),
        "uncertain": dated & Q(certain=False),
    }
    if show == "gone":
        return rows.exclude(state__in=(EntryState.HELD, EntryState.DELETING))
    return here.filter(filters[show]) if show in filters else here


def _held(on: date) -> Q:
    """What any hold in force names: the same as ``rules.holding``, asked of the database."""
    named = Q(pk__in=[])
    for hold in Hold.objects.filter(released_at=None).filter(Q(ends_on=None) | Q(ends_on__gte=on)):
        if hold.everything:
            meets = Q()
        else:
            meets = Q(pk__in=hold.entries.values("pk")) | Q(subject__in=hold.subjects.values("pk"))
            for kind in hold.kinds:
                meets |= _has_kind(kind)
            if hold.text:
                meets |= _says(hold.text) | Q(places__label__icontains=hold.text)
        named |= meets & Q(organization__in=within(hold.organization_id))
    return named


def _says(text: str) -> Q:
    return Q(name__icontains=text) | Q(number__icontains=text) | Q(description__icontains=text) | Q(subject__name__icontains=text)


def _has_kind(kind: str) -> Q:
    """The kind is one of the entry's (a JSON list, asked as text: SQLite cannot look into one)."""
    return Q(kinds__icontains=f'"{kind}"')


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def due_rows(principal: Principal, *, on: date, organization: Organization | None = None) -> QuerySet[RetentionEntry]:
    """What is to be deleted on ``on`` or was before, of one organisation and those below or of all that one may read."""
    rows = entries(principal) if organization is None else in_organization(principal, organization.pk)
    rows = rows.filter(state__in=(EntryState.HELD, EntryState.DELETING), outcome="dated", due_on__lte=on)
    return rows.order_by("due_on", "number", "pk")


def places_of(row: RetentionEntry) -> list[Place]:
    """Where it lies, also what is gone already."""
    return list(row.places.select_related("store", "supplier"))


# ------------------------------------------------------------------------------------------------- how entries stand


def holds_reaching(organization_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[HoldScope]]:
    """For each organisation the holds that are not released and reach it (its own and those above, no boundary between).

    Four queries, however many.
    """
    ids = list(set(organization_ids))
    rows = Hold.objects.filter(
        released_at=None, organization__reaches__descendant__in=ids, organization__reaches__inside=True
    ).annotate(reached=F("organization__reaches__descendant"))
    found = list(rows.order_by("set_at", "pk"))
    if not found:
        return {}
    keys = {row.pk for row in found}
    named: dict[str, dict[uuid.UUID, set[uuid.UUID]]] = {"entries": {}, "subjects": {}}
    for name, through, field in (
        ("entries", Hold.entries.through, "retentionentry_id"),
        ("subjects", Hold.subjects.through, "subject_id"),
    ):
        for hold_id, one in through.objects.filter(hold_id__in=keys).values_list("hold_id", field):
            named[name].setdefault(hold_id, set()).add(one)
    made: dict[uuid.UUID, list[HoldScope]] = {}
    for row in found:
        reached: uuid.UUID = row.reached
        made.setdefault(reached, []).append(
            HoldScope(
                id=row.pk,
                name=row.name,
                kind=row.kind,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                everything=row.everything,
                entries=frozenset(named["entries"].get(row.pk, ())),
                subjects=frozenset(named["subjects"].get(row.pk, ())),
                kinds=frozenset(row.kinds),
                text=row.text,
            )
        )
    return made


def held_of(row: RetentionEntry, labels: Iterable[str] = ()) -> Held:
    """What a hold is asked about: also the names of the places."""
    words = "\n".join((row.number, row.name, row.description, *labels))
    return Held(id=row.pk, subject_id=row.subject_id, kinds=tuple(row.kinds), words=words)


def standings(rows: Sequence[RetentionEntry], *, on: date) -> dict[uuid.UUID, Standing]:
    """How each entry stands on a day: holds, consents, dates. The number of queries grows with the organisations among them and
    with every thousand rows, not with the rows of a page.
    """
    made: dict[uuid.UUID, Standing] = {}
    for start in range(0, len(rows), _MOST_AT_ONCE):
        made |= _standings(rows[start : start + _MOST_AT_ONCE], on=on)
    return made


def _standings(rows: Sequence[RetentionEntry], *, on: date) -> dict[uuid.UUID, Standing]:
    ids = [row.pk for row in rows]
    reaching = holds_reaching(row.organization_id for row in rows)
    labels: dict[uuid.UUID, list[str]] = {}
    if any(hold.text for scopes in reaching.values() for hold in scopes):
        for entry_id, label in Place.objects.filter(entry_id__in=ids).values_list("entry_id", "label"):
            labels.setdefault(entry_id, []).append(label)
    consents: dict[uuid.UUID, list[tuple[str, str]]] = {}
    links = Consent.entries.through.objects.filter(retentionentry_id__in=ids, consent__withdrawn_at=None)
    for entry_id, kind, number in links.values_list("retentionentry_id", "consent__kind", "consent__number"):
        consents.setdefault(entry_id, []).append((kind, number))
    bodies = {one: body_kind_of(one) for one in {row.organization_id for row in rows}}
    return {
        row.pk: stands(
            gone=row.state not in {EntryState.HELD, EntryState.DELETING},
            outcome=row.outcome,
            certain=row.certain,
            due_on=row.due_on,
            delete_by=row.delete_by,
            steps=row.computed.get("steps", ()),
            done=done_steps(consents.get(row.pk, ())),
            holds=[
                hold.name
                for hold in holding(held_of(row, labels.get(row.pk, ())), reaching.get(row.organization_id, ()), today=on)
            ],
            body_unknown=row.public_record and bodies[row.organization_id] not in STEP_OF_BODY,
            on=on,
        )
        for row in rows
    }


def standing_of(row: RetentionEntry, *, on: date) -> Standing:
    """How one entry stands."""
    return standings([row], on=on)[row.pk]


# --------------------------------------------------------------------------------------------------- holds, own rules


def holds(principal: Principal, organization: Organization, *, show: str = "", today: date) -> QuerySet[Hold]:
    """The holds of an organisation, of those below, and those from above that reach it. ``show``: empty (in force), over, all."""
    line = [one.pk for one in ancestors(organization.pk)]
    rows = visible_to(Hold.objects.select_related("organization", "set_by", "request"), principal, action=_READ)
    rows = rows.filter(Q(organization__in=within(organization.pk)) | Q(organization__in=line))
    over = Q(released_at__isnull=False) | Q(ends_on__lt=today)
    if show == "over":
        rows = rows.filter(over)
    elif show != "all":
        rows = rows.exclude(over)
    return rows.order_by("-set_at", "pk")


def hold(principal: Principal, hold_id: uuid.UUID) -> Hold:
    """One hold. Raises NotFound."""
    rows = Hold.objects.select_related("organization", "set_by", "request")
    return the_row(visible_to(rows, principal, action=_READ).filter(pk=hold_id))


def own_rules(principal: Principal, organization: Organization) -> QuerySet[OwnRule]:
    """The own rules of an organisation, of those below, and of those above whose rules reach it."""
    line = [one.pk for one in ancestors(organization.pk)]
    rows = visible_to(OwnRule.objects.select_related("organization", "request", "document"), principal, action=_READ)
    return rows.filter(Q(organization__in=within(organization.pk)) | Q(organization__in=line)).order_by("key", "-created_at")


def setting(organization_id: uuid.UUID) -> RetentionSetting | None:
    """What the organisation itself said of its year; None when nothing. For an organisation that the caller may see."""
    return RetentionSetting.objects.filter(pk=organization_id).first()


def own_rule(principal: Principal, own_rule_id: uuid.UUID) -> OwnRule:
    """One own rule. Raises NotFound."""
    rows = OwnRule.objects.select_related("organization", "request", "document")
    return the_row(visible_to(rows, principal, action=_READ).filter(pk=own_rule_id))
