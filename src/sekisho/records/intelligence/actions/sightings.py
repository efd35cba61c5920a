"""What a search saw: kept with the search and the indicator, and put into the queue of the log review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max, Min, Sum

from sekisho.records.intelligence.models import Ioc, IocSearch, IocSighting
from sekisho.records.intelligence.rules.labels import RED
from sekisho.records.monitoring import actions as monitoring

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.intelligence.rules.searching import Seen

__all__ = ["write"]

_TITLE: Final = {"ja": "脅威情報の指標と一致する記録", "en": "Records that match an indicator of compromise"}


def write(search: IocSearch, rows: Sequence[Ioc], seen: Sequence[Seen], *, now: datetime) -> list[IocSighting]:
    """The sightings of a search, in place of what an earlier attempt wrote. Inside the recording of the search."""
    IocSighting.objects.filter(search=search).delete()
    made = [
        IocSighting(
            search=search,
            ioc=rows[one.position],
            count=one.count,
            denied=one.denied,
            outside_period=one.outside_period,
            first_at=one.first_at,
            last_at=one.last_at,
            first_denied_at=one.first_denied_at,
            hosts=one.hosts,
            places=list(one.places),
        )
        for one in seen
    ]
    IocSighting.objects.bulk_create(made, batch_size=500)
    for sighting in made:
        _note(sighting.ioc)
    monitoring.take_sightings(
        search.organization_id, [_hit(one, found, now=now) for one, found in zip(made, seen, strict=True)], now=now
    )
    return made


def _note(ioc: Ioc) -> None:
    """The figures of an indicator: the widest search counts, since later ones look at the same records again."""
    arrivals = IocSighting.objects.filter(ioc=ioc, search__way="arrival").aggregate(n=Sum("count"))["n"] or 0
    widest = IocSighting.objects.filter(ioc=ioc, search__way="backwards").aggregate(n=Max("count"))["n"] or 0
    times = IocSighting.objects.filter(ioc=ioc).aggregate(first=Min("first_at"), last=Max("last_at"))
    Ioc.objects.filter(pk=ioc.pk).update(
        seen_count=max(arrivals, widest), first_seen_at=times["first"], last_seen_at=times["last"]
    )
    ioc.refresh_from_db(fields=["seen_count", "first_seen_at", "last_seen_at"])


def _hit(sighting: IocSighting, seen: Seen, *, now: datetime) -> monitoring.Hit:
    """The finding for the queue. Of a RED indicator it names neither value nor place: more people read the queue."""
    ioc = sighting.ioc
    secret = ioc.tlp == RED
    passed = sighting.count - sighting.denied
    fields = {"count": sighting.count, "denied": sighting.denied, "passed": passed, "hosts": len(seen.hosts)}
    return monitoring.Hit(
        rule=f"intelligence:{ioc.pk}",
        title=_TITLE,
        origin="intelligence",
        purpose="discovery",
        sign="indication",
        severity="high" if passed else "medium",
        count=sighting.count,
        first_at=sighting.first_at or now,
        last_at=sighting.last_at or now,
        entity_kind="indicator",
        entity=f"TLP:RED {str(ioc.pk)[:8]}" if secret else ioc.value[:300],
        code="intelligence.seen_secret" if secret else "intelligence.seen",
        fields=fields if secret else {**fields, "value": ioc.value[:200]},
        controls=("5.7", "8.16"),
        events=() if secret else tuple(_event(place) for place in sighting.places),
        source_id=seen.source_id,
    )


def _event(place: dict[str, Any]) -> dict[str, Any]:
    return {
        "time": place["time"],
        "source": place["log_source"],
        "file": place["file"],
        "sha256": place.get("sha256", ""),
        "record": place["record_id"],
        "text": f"{place['host']} {place['column']}={place['value']}".strip()[:500],
    }
