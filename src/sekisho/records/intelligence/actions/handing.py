"""Writing indicators out: for one's own devices, for clients, for the community. Written out is not blocked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.errors import InputError
from sekisho.records.intelligence import bound
from sekisho.records.intelligence.actions.steps import step
from sekisho.records.intelligence.models import Handout, Ioc, Notice
from sekisho.records.intelligence.queries.indicators import block_list, of_notice
from sekisho.records.intelligence.rules.blocking import FILES, FORMS, MEDIA
from sekisho.records.intelligence.rules.checking import checked_choice, checked_text
from sekisho.records.intelligence.rules.labels import checked_audience, strictest
from sekisho.records.ledger.actions import recording

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal

__all__ = ["LISTS", "Given", "block_list_file", "hand_out"]

LISTS: Final = ("squid", "rpz", "hosts", "csv", "hashes")
"""Forms of what is blocked: only what was approved stands in them. The others also tell of what is not."""
_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Given:
    """A file that was written: its name, type and content; how many indicators are in it, and how many are not and why."""

    file_name: str
    media_type: str
    content: str
    count: int
    left_out: dict[str, int]
    handout: Handout | None = None


def _rows(principal: Principal, organization: Organization, form: str, notice: Notice | None, *, now: datetime) -> list[Ioc]:
    if notice is None or form in LISTS:
        rows = block_list(principal, organization, now=now)
        if notice is not None:
            rows = rows.filter(origins__notice=notice)
    else:
        rows = of_notice(principal, notice).filter(removed_at=None)
    return list(rows[:_MOST])


def _written(
    rows: Sequence[Ioc], organization: Organization, form: str, audience: str, title: str, *, now: datetime
) -> tuple[str, list[str], dict[str, int]]:
    indicators = bound.load("values").as_indicators(rows)
    made = bound.load("exporting").write(indicators, form, audience=audience, now=now, name=organization.name, title=title)
    left_out: dict[str, int] = {}
    for one in made.left_out:
        left_out[one.code] = left_out.get(one.code, 0) + 1
    return made.content, [one.tlp.value for one in made.included], left_out


def block_list_file(principal: Principal, organization: Organization, form: str, *, now: datetime) -> Given:
    """The organisation's own block list as a device fetches it, as often as it likes: nothing is noted.

    Raises NotPermitted ``threatintel.tlp_forbids`` when a RED indicator stands on it (it was made RED after its release).
    """
    principal.require("intelligence.read", organization.pk)
    checked_choice(form, LISTS, name="form")
    rows = _rows(principal, organization, form, None, now=now)
    content, included, left_out = _written(rows, organization, form, "organization", "", now=now)
    return Given(FILES[form], MEDIA[form], content, len(included), left_out)


def hand_out(
    principal: Principal,
    organization: Organization,
    *,
    form: str,
    audience: str,
    now: datetime,
    notice: Notice | None = None,
    recipient: str = "",
) -> Given:
    """Write indicators out for somebody, and note it.

    Raises NotPermitted ``threatintel.tlp_forbids`` that names each indicator which must not go there; then nothing is written at
    all, so that nobody takes a part for the whole.
    """
    principal.require("intelligence.hand_out", organization.pk)
    checked_choice(form, FORMS, name="form")
    whom = checked_audience(audience)
    recipient = checked_text(recipient, name="recipient", limit=300, needed=whom != "organization")
    rows = _rows(principal, organization, form, notice, now=now)
    if not rows:
        raise InputError("intelligence.nothing_to_hand_out")
    title = notice.number if notice else organization.name
    content, included, left_out = _written(rows, organization, form, whom, title, now=now)
    digest = hashlib.sha256(content.encode()).hexdigest()
    with recording(principal, "intelligence.hand_out", now=now, organization_id=organization.pk) as entry:
        made = Handout.objects.create(
            organization=organization,
            form=form,
            audience=whom,
            recipient=recipient,
            notice=notice,
            tlp=strictest(included),
            count=len(included),
            left_out=sum(left_out.values()),
            sha256=digest,
            person_id=principal.person_id,
            at=now,
        )
        if notice is not None:
            step(notice, "handed_out", principal, now=now, form=form, audience=whom, count=len(included))
        entry.about(made.pk, *([notice.pk] if notice else []))
        entry.fact(form=form, audience=whom, count=len(included), sha256=digest)
        entry.words(recipient=recipient)
    return Given(FILES[form], MEDIA[form], content, len(included), left_out, made)
