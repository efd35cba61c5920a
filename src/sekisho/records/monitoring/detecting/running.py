"""A run: the rules of a purpose and the uploaded Sigma rules over a period, and the explanation that stands beside the result."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.detection.review import Evaluator, LogReview, Options, WatchFinding
from sekisho.engines.detection.review.apply import HISTORIC
from sekisho.engines.detection.sigma import Review
from sekisho.records.monitoring import eventstore
from sekisho.records.monitoring.detecting.courses import courses
from sekisho.records.monitoring.detecting.history import batches_of, calendar_for, learned
from sekisho.records.monitoring.detecting.premises import premises_of
from sekisho.records.monitoring.detecting.sigma_files import compiled, files_of
from sekisho.records.monitoring.detecting.sigma_hits import SigmaHits
from sekisho.records.monitoring.models import LogSource
from sekisho.records.monitoring.rules.detected import Hit, Ran
from sekisho.records.monitoring.rules.planning import silence
from sekisho.standards.watch_rules import WatchRule, watch_rules

if TYPE_CHECKING:
    from sekisho.records.monitoring.queries.rules import Setting, SigmaFile

__all__ = ["run"]

Progress = Callable[[int, int], None]
_SIGMA_PURPOSES: Final = frozenset({"cause", "discovery"})
_MOST_LISTED: Final = 2000


def run(
    *,
    organization_id: uuid.UUID,
    sources: Sequence[LogSource],
    purpose: str,
    period: tuple[datetime, datetime],
    settings: Mapping[str, Setting],
    sigma: Sequence[SigmaFile],
    now: datetime,
    progress: Progress,
) -> Ran:
    """Apply the rules that are on to the events of the period.

    ``progress`` is told after each day, and may raise to stop the run. Raises InputError when a limit of the organisation no
    longer fits its rule, Unavailable when a store cannot be read.
    """
    since, until = period
    rules = [rule for rule in watch_rules().values() if rule.purpose.value == purpose]
    on = [rule for rule in rules if settings.get(rule.id) is None or settings[rule.id].is_on]
    limits = {rule.id: dict(settings[rule.id].limits) for rule in on if rule.id in settings and settings[rule.id].limits}
    calendar = calendar_for(since, until)
    everything = list(LogSource.objects.filter(organization_id=organization_id).order_by("pk"))
    historic = [rule for rule in on if isinstance(rule.evaluate, HISTORIC)]
    baseline = None
    if historic:
        baseline = learned(organization_id, everything, historic, until=since, calendar=calendar, settings=_own(limits, historic))
    options = Options(
        baseline=baseline,
        calendar=calendar,
        now=now,
        since=since,
        until=until,
        settings=limits,
        by_day=True,
        premises=premises_of(organization_id),
    )
    evaluator = Evaluator(on, options=options)
    matcher = _Sigma(sigma, settings) if purpose in _SIGMA_PURPOSES else None
    _feed(evaluator, matcher, sources, period, progress)
    result = evaluator.finish()
    titles = _file_owners(sources)
    hits = [*_hits(result, titles, period), *(matcher.hits(titles, purpose, period) if matcher else ())]
    hits += list(_silent(sources, purpose, now=now))
    trends: list[dict[str, Any]] = []
    if historic and purpose == "prevention":
        after = learned(
            organization_id,
            everything,
            historic,
            until=until + timedelta(days=1),
            calendar=calendar,
            settings=_own(limits, historic),
        )
        trends = courses(after, historic, evaluator.parameters, until=until)
    explanation = _explanation(rules, on, settings, result, matcher)
    explanation["sources"] = [eventstore.coverage_of(source, since=since, until=until) for source in sources]
    in_use = {rule.id for rule in historic} & {one.rule for one in result.outcomes if one.status == "evaluated"}
    return Ran(hits=tuple(hits), trends=tuple(trends), baselines=len(in_use), explanation=explanation)


def _own(limits: dict[str, dict[str, float]], rules: Sequence[WatchRule]) -> dict[str, dict[str, float]]:
    ids = {rule.id for rule in rules}
    return {name: values for name, values in limits.items() if name in ids}


def _feed(
    evaluator: Evaluator,
    matcher: _Sigma | None,
    sources: Sequence[LogSource],
    period: tuple[datetime, datetime],
    progress: Progress,
) -> None:
    since, until = period
    days = max(1, (until - since).days + 1)
    start, number = since, 0
    while start < until:
        progress(number, days)
        stop = min(start + timedelta(days=1), until)
        for batch in batches_of(sources, since=start, until=stop):
            evaluator.feed(batch)
            if matcher is not None:
                matcher.feed(batch)
        start, number = stop, number + 1
    progress(days, days)


class _Sigma:
    """The uploaded Sigma rules that are on, over all batches of a run."""

    def __init__(self, files: Sequence[SigmaFile], settings: Mapping[str, Setting]) -> None:
        off = {key for key, setting in settings.items() if not setting.is_on}
        self.rules = compiled([pair for one in files for pair in files_of(one.content, one.file_name)])
        self.found = SigmaHits(off)
        self._review = Review(self.rules)

    def feed(self, batch: Any) -> None:
        self.found.take(self._review.feed(batch))

    def hits(self, titles: Mapping[str, LogSource], purpose: str, period: tuple[datetime, datetime]) -> list[Hit]:
        self.found.take(self._review.finish())
        return self.found.hits(titles, purpose, period)

    def explanation(self) -> dict[str, Any]:
        return self._review.explanation()


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _file_owners(sources: Sequence[LogSource]) -> dict[str, LogSource]:
    """Path and SHA-256 of each file that was read → the source that it belongs to."""
    found: dict[str, LogSource] = {}
    for source in sources:
        store = eventstore.store_of(source.organization_id, source.pk)
        if eventstore.has_events(store):
            found |= {key: source for one in store.files() for key in (one.sha256, one.name)}
    return found


def _hits(result: LogReview, owners: Mapping[str, LogSource], period: tuple[datetime, datetime]) -> Iterable[Hit]:
    for one in result.findings:
        first, last = _moment(one.first) or period[0], _moment(one.last) or _moment(one.first) or period[1]
        events = [
            {
                "time": ref.time,
                "source": owners[ref.sha256].name if ref.sha256 in owners else "",
                "file": eventstore.shown_name(ref.file),
                "sha256": ref.sha256,
                "record": ref.record,
                "text": "",
            }
            for ref in one.records
        ]
        source = next((owners[ref.sha256] for ref in one.records if ref.sha256 in owners), None)
        yield Hit(
            rule=one.rule,
            title={"ja": one.title.get("ja"), "en": one.title.get("en")},
            origin="purposes",
            purpose=one.purpose.value,
            sign=one.sign.value,
            severity=one.severity.value,
            count=max(1, one.count),
            first_at=first,
            last_at=last,
            entity_kind="+".join(one.group),
            entity=eventstore.without_folders(" / ".join(one.group.values())),
            code=one.code,
            fields={**_plain(one.fields), **_around(one)},
            controls=one.controls,
            events=tuple(events),
            source_id=str(source.pk) if source else "",
        )


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, int | float | bool | None) else eventstore.without_folders(str(value))
        for key, value in fields.items()
    }


def _around(one: WatchFinding) -> dict[str, Any]:
    """What else happened around the events of a finding (原因調査), as its page shows it."""
    if not one.around:
        return {}
    return {
        "around": [
            {
                "title": {"ja": part.title.get("ja"), "en": part.title.get("en")},
                "count": part.count,
                "first": part.records[0].time if part.records else "",
                "last": part.records[-1].time if part.records else "",
            }
            for part in one.around
            if part.count
        ]
    }


def _silent(sources: Sequence[LogSource], purpose: str, *, now: datetime) -> Iterable[Hit]:
    """Missing logs are a finding themselves: of the review that discovers."""
    if purpose != "discovery":
        return
    for source in sources:
        quiet = silence(last=source.last_event_at, since=source.created_at, rhythm_hours=source.rhythm_hours, now=now)
        if quiet is None or source.retired_at is not None:
            continue
        yield Hit(
            rule="silence",
            title={"ja": "ログが途絶えている", "en": "No log comes any more"},
            origin="silence",
            purpose=purpose,
            sign="indication",
            severity="medium",
            count=1,
            first_at=quiet.since,
            last_at=quiet.since,
            entity_kind="source",
            entity=source.name,
            code="monitoring.silence",
            fields={"source": source.name, "hours": quiet.hours, "rhythm": source.rhythm_hours},
            controls=("8.15", "8.16"),
            source_id=str(source.pk),
        )


# -------------------------------------------------------------------------------------------------------- explanation


def _explanation(
    rules: Sequence[WatchRule],
    on: Sequence[WatchRule],
    settings: Mapping[str, Setting],
    result: LogReview,
    matcher: _Sigma | None,
) -> dict[str, Any]:
    """Rules loaded, applicable, not applicable and why, unsupported and why, fields that no log had; plain JSON values."""
    told = matcher.explanation() if matcher is not None else None
    idle = [*_idle(rules, on, settings, result), *(_sigma_idle(told) if told else ())]
    loaded = len(rules) + (told["rules"]["loaded"] if told else 0)
    faults = (*told["broken"], *told["unsupported"]) if told else ()
    absent = told["fields_absent"] if told else ()
    remarks = {one.code: one for line in result.outcomes if line.status == "evaluated" for one in line.shortfalls}
    return {
        "rules": {
            "loaded": loaded,
            "applicable": loaded - len(idle),
            "off": len(rules) - len(on),
            "not_applicable": idle[:_MOST_LISTED],
            "unsupported": [
                {"title": line["file"], "code": line["code"], "fields": _plain(line["fields"])} for line in faults[:_MOST_LISTED]
            ],
        },
        "missing_fields": [
            {"title": f"{line['source']} {line['channel']} {line['field']}".strip()} for line in absent[:_MOST_LISTED]
        ],
        "notices": [{"code": code, "fields": _plain(one.fields)} for code, one in remarks.items()],
    }


def _idle(
    rules: Sequence[WatchRule], on: Sequence[WatchRule], settings: Mapping[str, Setting], result: LogReview
) -> Iterable[dict[str, Any]]:
    """The purposes' rules that said nothing, each with its reason."""
    titles = {rule.id: {"ja": rule.title.get("ja"), "en": rule.title.get("en")} for rule in rules}
    for rule in rules:
        if rule not in on:
            reason = settings[rule.id].reason
            yield {"rule": rule.id, "title": titles[rule.id], "code": "monitoring.rule_off", "fields": {"reason": reason}}
    for one in result.outcomes:
        if one.status != "evaluated":
            why = one.shortfalls[0]  # the engine always says why
            yield {"rule": one.rule, "title": titles[one.rule], "code": why.code, "fields": _plain(why.fields)}


def _sigma_idle(told: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    for line in told["not_applicable"]:
        for name in line["rules"]:
            yield {
                "rule": name,
                "title": name,
                "code": line["code"],
                "fields": {"logsource": line["fields"].get("logsource", "")},
            }
