"""sekisho logs: read logs into a store, search it, see what is in it, keep it no longer than the rules say."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError, Unavailable
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sekisho.engines.events import FileReport, Hit, Options, Reject, RetentionRule, SearchResult, Store

app = typer.Typer(no_args_is_help=True, help="ログを読み、保管し、探す / read, keep and search logs")

StoreOption = Annotated[Path, typer.Option("--store", help="保管庫のフォルダー / folder of the store")]
ZoneOption = Annotated[str, typer.Option("--zone", help="時差の書かれていない時刻の時間帯 / zone of times without offset")]
_ZONE: Final = "Asia/Tokyo"
_SHOWN_FIELDS: Final = 12
_LONGEST_VALUE: Final = 120
_SHOWN_EXCERPT: Final = 160


def _engine() -> Any:
    """The engine, whose components are an extra of the installation."""
    try:
        return import_module("sekisho.engines.events")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("sekisho"):
            raise
        raise Unavailable("events.component_missing", component=error.name) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError("events.zone_unknown", value=name) from error


def _time(text: str | None, zone: str) -> datetime | None:
    """A time as a person writes it; without offset in ``zone``."""
    if text is None:
        return None
    _engine()
    from sekisho.engines.events.times import TimeReader

    micros, _ = TimeReader(["calendar"], _zone(zone), datetime(1970, 1, 1, tzinfo=UTC)).read(text)
    if micros is None:
        raise InputError("events.time_unreadable", value=text)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _store(folder: Path) -> Store:
    made: Store = _engine().Store(folder)
    return made


def _options(source: str, zone: str, encoding: str, reference: str | None, maps: Sequence[Path]) -> Options:
    engine = _engine()
    from sekisho.standards.event_maps import read_event_map

    if encoding != "auto":
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            raise InputError("events.encoding_unknown", value=encoding) from error
    own = tuple(read_event_map(path.read_bytes(), filename=str(path)) for path in maps)
    made: Options = engine.Options(source=source, zone=_zone(zone), reference=_time(reference, zone), encoding=encoding, maps=own)
    return made


def _notes(report: FileReport) -> str:
    lang = language()
    parts = [texts.render(f"events.note_{name}", {"count": count}, lang) for name, count in sorted(report.notes.items())]
    return f" ({', '.join(parts)})" if parts else ""


def _say_file(report: FileReport) -> None:
    if report.skipped:
        say("events.ingested_known", file=report.file, reason=texts.render(report.skipped, {}, language()))
        return
    if report.rejected and not report.records and not report.source:
        code = next(iter(report.rejects))
        say("events.ingested_known", file=report.file, reason=texts.render(code, {}, language()))
        return
    say(
        "events.ingested_file",
        file=report.file,
        source=report.source,
        events=report.records,
        rejects=report.rejected,
        notes=_notes(report),
    )


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="ファイル、フォルダー、圧縮ファイル / files, folders, archives")],
    store: StoreOption,
    *,
    source: Annotated[str, typer.Option("--source", help="対応表のid（既定は中身で見分ける） / id of the field map")] = "",
    zone: ZoneOption = _ZONE,
    encoding: Annotated[str, typer.Option("--encoding", help="文字コード / encoding")] = "auto",
    reference: Annotated[
        str | None, typer.Option("--reference", help="ログを集めた日時（年のない日付に使う） / when the logs were collected")
    ] = None,
    maps: Annotated[list[Path] | None, typer.Option("--map", help="組織の対応表（YAML） / own field maps")] = None,
    as_json: JsonOption = False,
) -> None:
    """ログを保管庫に取り込む。取り込み済みのものは重ねない / read logs into the store; nothing is read twice."""
    options = _options(source, zone, encoding, reference, maps or [])
    report = _store(store).ingest(paths, now=datetime.now(UTC), options=options, on_file=None if as_json else _say_file)
    if as_json:
        print_json(
            {
                "schema": "sekisho.logs_ingest/1",
                "events": report.records,
                "rejects": dict(report.rejects),
                "notes": dict(report.notes),
                "files": [_plain_file(one) for one in report.files],
            }
        )
        return
    say(
        "events.ingested",
        files=len(report.files),
        events=report.records,
        rejects=report.rejected,
        skipped=sum(bool(one.skipped) for one in report.files),
        known=sum(one.known for one in report.files if not one.skipped),
    )


def _plain_file(one: FileReport) -> dict[str, Any]:
    return {
        "file": one.file,
        "sha256": one.sha256,
        "size": one.size,
        "source": one.source,
        "events": one.records,
        "known": one.known,
        "skipped": one.skipped,
        "rejects": dict(one.rejects),
        "notes": dict(one.notes),
    }


@app.command()
def search(
    terms: Annotated[list[str], typer.Argument(help="探す言葉、又は 項目=値（* と ? が使える） / term or field=value")],
    store: StoreOption,
    *,
    since: Annotated[str | None, typer.Option("--since", help="この日時から / from this time on")] = None,
    until: Annotated[str | None, typer.Option("--until", help="この日時より前 / before this time")] = None,
    source: Annotated[str | None, typer.Option("--source", help="情報源 / source")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="示す件数 / how many to show")] = 100,
    newest: Annotated[bool, typer.Option("--newest", help="新しいものから / newest first")] = False,
    zone: ZoneOption = _ZONE,
    as_json: JsonOption = False,
) -> None:
    """すべての言葉を含む記録を探す（大文字小文字は問わない） / events that have all the terms, in any case."""
    held = _store(store)
    began, ended = _time(since, zone), _time(until, zone)
    result = held.search(terms, source=source, since=began, until=ended, limit=limit, newest=newest)
    if as_json:
        print_json(_plain_result(result, terms))
        return
    shown = _zone(zone)
    for hit in result.hits:
        typer.echo(_line(hit, shown))
    _say_result(held, result, shown)


def _say_result(held: Store, result: SearchResult, zone: ZoneInfo) -> None:
    if result.total:
        say(
            "events.found",
            total=result.total,
            shown=len(result.hits),
            first=_local(result.first, zone),
            last=_local(result.last, zone),
            events=result.events,
        )
        return
    if not result.events:
        say("events.nothing_to_look_at")
        return
    say(
        "events.nothing_found",
        since=_local(result.looked_since, zone),
        until=_local(result.looked_until, zone),
        events=result.events,
        segments=result.segments,
        rejects=sum(sum(one.rejects.values()) for one in held.files()),
    )


def _local(time: datetime | None, zone: ZoneInfo) -> str:
    return "-" if time is None else time.astimezone(zone).isoformat(timespec="seconds")


def _line(hit: Hit, zone: ZoneInfo) -> str:
    place = "/".join(one for one in (hit.partition.source, hit.partition.channel, hit.partition.event) if one)
    said = [f"{name}={_printable(value)}" for name, value in list(hit.fields.items())[:_SHOWN_FIELDS]]
    return f"{_local(hit.time, zone)} {place} {_printable(hit.file)}:{hit.record} {' '.join(said)}"


def _printable(text: str) -> str:
    """What a log says must not steer the reader's terminal."""
    short = text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in short)


def _plain_result(result: SearchResult, terms: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": "sekisho.logs_search/1",
        "terms": list(terms),
        "total": result.total,
        "first": result.first and result.first.isoformat(),
        "last": result.last and result.last.isoformat(),
        "looked_at": {
            "events": result.events,
            "segments": result.segments,
            "since": result.looked_since and result.looked_since.isoformat(),
            "until": result.looked_until and result.looked_until.isoformat(),
        },
        "hits": [
            {
                "file": hit.file,
                "sha256": hit.sha256,
                "record": hit.record,
                "time": hit.time and hit.time.isoformat(),
                "offset": hit.offset,
                "source": hit.partition.source,
                "channel": hit.partition.channel,
                "event": hit.partition.event,
                "fields": hit.fields,
            }
            for hit in result.hits
        ],
    }


@app.command()
def sources(
    store: StoreOption,
    *,
    gap: Annotated[int, typer.Option("--gap", min=1, help="これより長い途切れを示す（時間） / gaps longer than (hours)")] = 24,
    zone: ZoneOption = _ZONE,
    as_json: JsonOption = False,
) -> None:
    """情報源ごとの件数・期間・途切れ / events, periods and gaps of each source."""
    held = _store(store)
    rows: dict[str, dict[str, Any]] = {}
    for one in held.partitions():
        row = rows.setdefault(one.partition.source, {"events": 0, "bytes": 0, "since": None, "until": None, "gaps": []})
        row["events"] += one.events
        row["bytes"] += one.bytes
        row["since"] = min((t for t in (row["since"], one.since) if t is not None), default=None)
        row["until"] = max((t for t in (row["until"], one.until) if t is not None), default=None)
    for stretch in held.gaps(longest=timedelta(hours=gap)):
        if stretch.source in rows:
            rows[stretch.source]["gaps"].append(
                {"host": stretch.host, "since": stretch.since.isoformat(), "until": stretch.until.isoformat()}
            )
    if as_json:
        print_json({"schema": "sekisho.logs_sources/1", "sources": [{"source": name, **row} for name, row in rows.items()]})
        return
    shown = _zone(zone)
    for name, row in rows.items():
        typer.echo(f"{name}\t{row['events']}\t{_local(row['since'], shown)}\t{_local(row['until'], shown)}\t{len(row['gaps'])}")
        for stretch in row["gaps"]:
            typer.echo(f"\t{_printable(stretch['host']) or '-'}\t{stretch['since']}\t{stretch['until']}")


@app.command()
def rejects(
    store: StoreOption,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="示す件数 / how many to show")] = 100,
    as_json: JsonOption = False,
) -> None:
    """読めなかった記録を、場所と理由とともに示す / records that could not be read, with place and reason."""
    held = _store(store)
    found = held.rejects(limit=limit)
    counted = sum(sum(one.rejects.values()) for one in held.files())
    if as_json:
        print_json({"schema": "sekisho.logs_rejects/1", "total": counted, "rejects": [_plain_reject(one) for one in found]})
        return
    for one in found:
        place = ":".join(str(part) for part in (_printable(one.file), one.record, one.offset) if part is not None)
        typer.echo(
            f"{place}: {texts.render(one.code, {}, language())}: {_printable(one.excerpt.decode('utf-8', 'backslashreplace'))}"
        )
    if counted > len(found):
        say("events.more_rejects", count=counted - len(found))


def _plain_reject(one: Reject) -> dict[str, Any]:
    return {
        "file": one.file,
        "sha256": one.sha256,
        "record": one.record,
        "offset": one.offset,
        "code": one.code,
        "excerpt": one.excerpt.decode("utf-8", "backslashreplace"),
    }


@app.command()
def retain(
    store: StoreOption,
    keep: Annotated[list[str], typer.Option("--keep", help="情報源=日数（*=180 はそのほかすべて） / source=days")],
    *,
    apply: Annotated[bool, typer.Option("--apply", help="実際に消す（付けなければ示すだけ） / really remove")] = False,
    as_json: JsonOption = False,
) -> None:
    """保存期間の過ぎた記録を消す。はじめは消すものを示すだけ / remove what is too old; without --apply it only says what."""
    found = _store(store).retain([_rule(text) for text in keep], now=datetime.now(UTC), apply=apply)
    if as_json:
        print_json(
            {
                "schema": "sekisho.logs_retain/1",
                "applied": apply,
                "sources": [
                    {"source": r.source, "days": r.days, "before": r.before.isoformat(), "events": r.events, "held": r.held}
                    for r in found
                ],
            }
        )
        return
    for one in found:
        code = "events.retention_done" if apply else "events.retention_plan"
        say(code, source=one.source, days=one.days, events=one.events, held=one.held)


def _rule(text: str) -> RetentionRule:
    source, _, days = text.partition("=")
    if not source or not days.isascii() or not days.isdigit():
        raise InputError("events.retention_form", value=text)
    made: RetentionRule = _engine().RetentionRule(source, int(days))
    return made


@app.command()
def maps(*, as_json: JsonOption = False) -> None:
    """読めるログの種類（対応表） / kinds of logs that can be read."""
    from sekisho.standards.event_maps import event_maps

    lang = language()
    rows = [{"id": one.id, "title": one.title.get(lang), "reader": one.reader} for one in event_maps().values()]
    if as_json:
        print_json({"schema": "sekisho.logs_maps/1", "maps": rows})
        return
    for row in rows:
        typer.echo(f"{row['id']}\t{row['title']}")


if find_spec("sekisho.cli.logs_review") is not None:
    app.command("review")(import_module("sekisho.cli.logs_review").review)
if find_spec("sekisho.cli.logs_purposes") is not None:
    _purposes = import_module("sekisho.cli.logs_purposes")
    app.command("purposes")(_purposes.purposes)
    app.add_typer(_purposes.baseline_app, name="baseline")
