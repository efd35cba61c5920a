"""``sekisho logs purposes``: the rules of the three purposes over the store; ``sekisho logs baseline``: the normal state.

Exit codes: 0 nothing found · 1 something was found · 2 the input cannot be used.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.engines.detection.baselines import Baseline, OfficeCalendar
    from sekisho.engines.detection.review import LogReview
    from sekisho.engines.events import Store

__all__ = ["baseline_app", "purposes"]

_ZONE: Final = "Asia/Tokyo"
_FILE: Final = "baseline.parquet"
_MOST_SHOWN: Final = 20
_WORDS: Final = {"原因調査": "cause", "問題発見": "discovery", "予防": "prevention"}

baseline_app = typer.Typer(no_args_is_help=True, help="平常の状態を学ぶ・見る / learn and show the normal state")

StoreOption = Annotated[Path, typer.Option("--store", help="ログの保管場所 / folder of the store")]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="この日から（省くと最初の日）/ from this day")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="この日の前日まで / until the day before")]
File = Annotated[Path | None, typer.Option("--baseline", help="平常の記録のファイル（省くと保管場所の中）/ file of the history")]
Settings = Annotated[Path | None, typer.Option("--settings", help="規則ごとのしきい値（YAML）/ own thresholds by rule (YAML)")]
PurposeOption = Annotated[
    str | None,
    typer.Option("--purpose", help="目的：原因調査 cause・問題発見 discovery・予防 prevention（省くと全部）/ one purpose"),
]


def purposes(
    store: StoreOption,
    *,
    purpose: PurposeOption = None,
    since: Since = None,
    until: Until = None,
    baseline: File = None,
    settings: Settings = None,
    json_: JsonOption = False,
) -> None:
    """三つの目的の規則で保管したログを見る（見えなかったことも示す） / rules of the three purposes over the store."""
    from sekisho.engines.detection.review import MAX_ROWS, Evaluator, Options, read_events, sources_of
    from sekisho.engines.events import Store
    from sekisho.standards.watch_rules import watch_rules

    wanted = None if purpose is None else _purpose(purpose)
    rules = [r for r in watch_rules().values() if wanted in (None, r.purpose.value)]
    opened = Store(store)
    start, end = _period(opened, since, until)
    path = baseline or store / _FILE
    batches, ordered = read_events(opened, sources_of(rules), since=start, until=end, at_once=MAX_ROWS)
    options = Options(
        baseline=_history(path, given=baseline is not None), calendar=_calendar(start, end), since=start, until=end,
        now=datetime.now(UTC), settings=_settings(settings), by_day=ordered,
    )  # fmt: skip
    evaluator = Evaluator(rules, options=options)
    for batch in batches:
        evaluator.feed(batch)
    result = evaluator.finish()
    print_json(_plain(result)) if json_ else _show(result)
    if untimed := sum(s.timeless for s in opened.segments()):
        say("watch.cli_untimed", count=untimed)
    if result.findings:
        raise typer.Exit(1)


@baseline_app.command("learn")
def learn_(
    store: StoreOption, *, since: Since = None, until: Until = None, baseline: File = None, json_: JsonOption = False
) -> None:
    """まる一日分そろった日を学ぶ（学び直した日は置き換わる） / learn whole days; learning again replaces them."""
    from sekisho.engines.detection.baselines import Baseline
    from sekisho.engines.detection.review import MAX_ROWS, learn, read_events, sources_of
    from sekisho.engines.events import Store
    from sekisho.standards.watch_rules import watch_rules

    rules = tuple(watch_rules().values())
    opened = Store(store)
    first, last = _period(opened, since, until)
    zone = ZoneInfo(_ZONE)
    start = _midnight(first.astimezone(zone).date() + timedelta(days=0 if since else int(first != _floor(first, zone))))
    end = _midnight(last.astimezone(zone).date())
    if end <= start:
        raise InputError("watch.cli_no_whole_day")
    path = baseline or store / _FILE
    batches, _ = read_events(opened, sources_of(rules), since=start, until=end, at_once=MAX_ROWS)
    made = learn(
        batches, rules, calendar=_calendar(start, end), since=start.date(),
        until=end.date(), into=_history(path, given=False) or Baseline(zone=_ZONE),
    )  # fmt: skip
    made.save(path)
    shown = {"since": start.date().isoformat(), "until": end.date().isoformat(), "series": len(_series(made)), "path": str(path)}
    print_json(shown) if json_ else say("watch.cli_learned", **shown)


@baseline_app.command("show")
def show(store: StoreOption, *, baseline: File = None, json_: JsonOption = False) -> None:
    """どの規則に何日分の平常の記録があるか / which rules have how many days of history."""
    path = baseline or store / _FILE
    held = _history(path, given=baseline is not None)
    if held is None:
        raise InputError("watch.cli_no_history", path=str(path))
    rows = _series(held)
    if json_:
        print_json({"path": str(path), "zone": held.zone, "series": rows})
        return
    for row in rows:
        typer.echo(texts.render("watch.cli_series", row, language()))


def _series(held: Baseline) -> list[dict[str, Any]]:
    found = []
    for name in held.series:
        days = held.days(name)
        if days.size:
            edges = [(date(1970, 1, 1) + timedelta(days=int(d))).isoformat() for d in (days[0], days[-1])]
            row = {"rule": name, "days": int(days.size), "entities": held.known(name)}
            found.append({**row, "first": edges[0], "last": edges[1]})
    return found


def _purpose(text: str) -> str:
    word = _WORDS.get(text.strip(), text.strip().lower())
    if word not in _WORDS.values():
        raise InputError("watch.purpose_unknown", value=text[:40])
    return word


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(_ZONE))


def _floor(moment: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(moment.astimezone(zone).date(), time(), zone)


def _day(text: str) -> datetime:
    try:
        return _midnight(date.fromisoformat(text))
    except ValueError as error:
        raise InputError("watch.day_wrong", value=text[:40]) from error


def _period(store: Store, since: str | None, until: str | None) -> tuple[datetime, datetime]:
    """The period asked for; what is not given reaches to the first and just beyond the last event."""
    held = store.partitions()
    first = min((p.since for p in held if p.since), default=None)
    last = max((p.until for p in held if p.until), default=None)
    if first is None or last is None:
        raise InputError("watch.cli_no_events", store=str(store.folder))
    start, end = _day(since) if since else first, _day(until) if until else last + timedelta(microseconds=1)
    if end <= start:
        raise InputError("watch.period_wrong", since=start.isoformat(), until=end.isoformat())
    return start, end


def _calendar(since: datetime, until: datetime) -> OfficeCalendar:
    from sekisho.engines.detection.baselines import KEEP_DAYS, japanese_calendar

    return japanese_calendar(range((since - timedelta(days=KEEP_DAYS)).year, until.year + 2))


def _history(path: Path, *, given: bool) -> Baseline | None:
    from sekisho.engines.detection.baselines import Baseline

    return Baseline.load(path) if given or path.is_file() else None


def _settings(path: Path | None) -> dict[str, dict[str, float]]:
    from sekisho.standards.yamlfile import read_untrusted_yaml

    if path is None:
        return {}
    try:
        value = read_untrusted_yaml(path.read_bytes(), filename=path.name).value
    except OSError as error:
        raise InputError("watch.settings_not_yaml", file=str(path)) from error
    good = isinstance(value, dict) and all(
        isinstance(part, dict) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in part.values())
        for part in value.values()
    )
    if not good:
        raise InputError("watch.settings_not_yaml", file=str(path))
    return {str(rule): {str(k): float(v) for k, v in part.items()} for rule, part in value.items()}


def _plain(result: LogReview) -> dict[str, Any]:
    """JSON of a review, with the sentences in both languages."""
    made = result.as_dict()
    for row in made["findings"]:
        row["message"] = {lang: texts.render(row["code"], row["fields"], lang) for lang in ("ja", "en")}
    for row in made["outcomes"]:
        for short in row["shortfalls"]:
            short["message"] = {lang: texts.render(short["code"], short["fields"], lang) for lang in ("ja", "en")}
    return {"schema": "sekisho.logs_purposes/1", **made}


def _show(result: LogReview) -> None:
    from sekisho.standards.watch_rules import PURPOSES, SIGNS

    lang = language()
    for purpose, title in PURPOSES.items():
        found = result.of(purpose)
        if found:
            typer.echo(f"■ {title.get(lang)}")
        for one in found[:_MOST_SHOWN]:
            typer.echo(f"  [{SIGNS[one.sign].get(lang)}] {one.severity.value:8} {one.title.get(lang)}")
            typer.echo(f"    {texts.render(one.code, one.fields, lang)}")
            for ref in one.records[:3]:
                typer.echo(f"      {ref.file}#{ref.record} {ref.time}")
        if len(found) > _MOST_SHOWN:
            typer.echo(f"  … +{len(found) - _MOST_SHOWN}")
    if not result.findings:
        say("watch.cli_none")
    silent = [o for o in result.outcomes if o.status == "not_evaluated"]
    if silent:
        say("watch.cli_not_evaluated")
    for outcome in silent:
        reason = texts.render(outcome.shortfalls[0].code, outcome.shortfalls[0].fields, lang)
        typer.echo(f"  {outcome.rule}: {reason}", err=True)
    counts = result.counts()
    totals = {sign: sum(c[sign] for c in counts.values()) for sign in ("indication", "precursor")}
    say("watch.cli_summary", **totals, evaluated=len(result.outcomes) - len(silent), not_evaluated=len(silent))
