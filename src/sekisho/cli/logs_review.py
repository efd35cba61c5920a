"""``sekisho logs review``: Sigma rules over log files or over the store; findings, and what the review covered.

Exit codes: 0 nothing found · 1 something was found · 2 the rules or logs cannot be used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from sekisho.cli.common import JsonOption, language
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.engines.detection.sigma import Detection, Review, RuleSet
    from sekisho.engines.events import Batch, Options, Report

__all__ = ["cache_folder", "review"]

_MOST_SHOWN = 20
_FOLDER = ("sekisho", "rules")

Logs = Annotated[
    list[Path] | None,
    typer.Argument(help="ログのファイルやフォルダー（--store の代わりに）/ log files and folders, without a store"),
]
Store = Annotated[Path | None, typer.Option("--store", help="ログの保管場所 / the store of events")]
Rules = Annotated[list[Path], typer.Option("--rules", help="Sigma規則のファイルやフォルダー（繰り返せる）/ Sigma rules; repeat")]
Placeholders = Annotated[
    Path | None, typer.Option("--placeholders", help="expand の値（YAML：名前ごとに値の並び）/ values for Sigma's expand")
]
Since = Annotated[
    datetime | None, typer.Option("--since", help="この時刻から（UTC、保管場所のとき）/ from this time (UTC, store)")
]
Until = Annotated[datetime | None, typer.Option("--until", help="この時刻の前まで（UTC）/ before this time (UTC)")]
Zone = Annotated[str, typer.Option("--zone", help="時差の書かれていない時刻の時間帯 / zone of times without offset")]
Maps = Annotated[list[Path] | None, typer.Option("--map", help="組織自身の項目の対応（繰り返せる）/ own field maps; repeat")]
Cache = Annotated[bool, typer.Option("--cache/--no-cache", help="読んだ規則を取っておく / keep compiled rules")]


def review(
    logs: Logs = None,
    *,
    rules: Rules,
    store: Store = None,
    placeholders: Placeholders = None,
    since: Since = None,
    until: Until = None,
    zone: Zone = "Asia/Tokyo",
    own_maps: Maps = None,
    cache: Cache = True,
    json_: JsonOption = False,
) -> None:
    """Sigma規則でログを点検し、調べた範囲も示す / review logs with Sigma rules and say what was covered."""
    from sekisho.engines.detection.sigma import Review, load_rules, merged
    from sekisho.engines.events import Options
    from sekisho.standards.event_maps import read_event_map

    if logs and store:
        raise InputError("detection.paths_or_store")
    if not logs and store is None:
        raise InputError("detection.nothing_to_review")
    found = load_rules(rules, placeholders=_placeholders(placeholders), cache=cache_folder() if cache else None)
    if not found.rules:
        problems = tuple(fault.problem() for fault in (*found.broken, *found.unsupported))
        counts = {"files": found.files, "broken": len(found.broken), "unsupported": len(found.unsupported)}
        raise InputError("detection.no_rules", problems=problems[:200], **counts)
    maps = tuple(read_event_map(path.read_bytes(), filename=str(path)) for path in own_maps or ())
    run = Review(found, maps=maps)
    source = _Source(logs or [], store, since, until)
    source.options = Options(zone=_zone(zone), maps=maps)
    detections = (one for batch in merged(source.batches()) for one in run.feed(batch))
    everything = _then(detections, run)
    count = _print_json(everything, run, source) if json_ else _Printed(found).show(everything, run, source)
    if count:
        raise typer.Exit(1)


def cache_folder() -> Path:
    """Where compiled rules are kept between runs: the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache").joinpath(*_FOLDER)


def _then(detections: Iterator[Detection], run: Review) -> Iterator[Detection]:
    yield from detections
    yield from run.finish()


def _placeholders(file: Path | None) -> dict[str, list[str]]:
    if file is None:
        return {}
    from sekisho.standards.yamlfile import read_untrusted_yaml

    value = read_untrusted_yaml(file.read_bytes(), filename=str(file)).value
    if not isinstance(value, dict) or not all(isinstance(listed, list) for listed in value.values()):
        raise InputError("detection.placeholder_file", file=str(file))
    return {str(name): [str(one) for one in listed] for name, listed in value.items()}


class _Source:
    """Events of files or of the store, and what was told while they were read."""

    def __init__(self, logs: list[Path], store: Path | None, since: datetime | None, until: datetime | None) -> None:
        from sekisho.engines.events import Report

        self.logs = logs
        self.store = store
        self.since = _utc(since)
        self.until = _utc(until)
        self.report: Report = Report()
        self.options: Options | None = None

    def batches(self) -> Iterator[Batch]:
        from sekisho.engines.events import Store as EventStore
        from sekisho.engines.events import read

        if self.store is None:
            yield from read(self.logs, self.options, self.report)
        else:
            yield from EventStore(self.store).batches(since=self.since, until=self.until)

    def told(self) -> dict[str, Any]:
        """Rejects by reason, and what became of each file."""
        if self.store is not None:
            from sekisho.engines.events import Store as EventStore

            files = EventStore(self.store).files()
            rejects: dict[str, int] = {}
            for one in files:
                for code, number in one.rejects.items():
                    rejects[code] = rejects.get(code, 0) + number
            return {"rejects": rejects, "files": []}
        files_read = [
            {"file": f.file, "records": f.records, "rejected": f.rejected, "skipped": f.skipped, "notes": dict(f.notes)}
            for f in self.report.files
        ]
        return {"rejects": dict(self.report.rejects), "files": files_read}


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError("events.zone_unknown", value=name) from error


def _utc(moment: datetime | None) -> datetime | None:
    from datetime import UTC

    return None if moment is None else moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _print_json(detections: Iterator[Detection], run: Review, source: _Source) -> int:
    """Findings are written as they come: however many there are, they are not held."""
    out, count = sys.stdout, 0
    out.write('{"findings": [')
    for one in detections:
        out.write(("," if count else "") + "\n  " + json.dumps(one.as_dict(), ensure_ascii=False))
        count += 1
    explanation = json.dumps(run.explanation(**source.told()), ensure_ascii=False, indent=2)
    out.write(f'\n], "explanation": {explanation}}}\n')
    return count


class _Printed:
    """The review in words."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules = rules
        self.lang = language()

    def say(self, code: str, **fields: Any) -> None:
        """One line."""
        typer.echo(texts.render(f"detection.{code}", fields, self.lang))

    def show(self, detections: Iterator[Detection], run: Review, source: _Source) -> int:
        """Rules with findings, the gravest first, then what was covered."""
        firsts: dict[tuple[str, str, str], tuple[Detection, int]] = {}
        for one in detections:
            key = (one.level, one.title, one.id)
            known = firsts.get(key)
            firsts[key] = (
                one if known is None or (len(one.time) > 0 and one.time < known[0].time) else known[0],
                1 + (known[1] if known else 0),
            )
        order = ["critical", "high", "medium", "low", "informational", ""]
        for (level, title, _), (first, count) in sorted(firsts.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
            self.say("cli_finding", level=level or "-", count=count, title=title)
            self.say("cli_first", time=first.time or "-", file=first.file, record=first.record)
        total = sum(count for _, count in firsts.values())
        self.say(*(("cli_found",) if total else ("cli_nothing",)), total=total, rules=len(firsts))
        self._explain(run.explanation(**source.told()))
        return total

    def _explain(self, told: Mapping[str, Any]) -> None:
        self.say("cli_records", **told["records"])
        for one in [file for file in told["files"] if file["skipped"] or file["rejected"]][:_MOST_SHOWN]:
            reason = texts.render(one["skipped"], {}, self.lang) if one["skipped"] else str(one["rejected"])
            self.say("cli_skipped", file=one["file"], reason=reason)
        if told["period"]:
            self.say("cli_period", **told["period"])
        else:
            self.say("cli_no_period")
        if told["gaps"]:
            from sekisho.engines.detection.sigma.explain import GAP_HOURS

            longest = {key: value for key, value in told["gaps"][0].items() if key != "hours"}
            self.say("cli_gaps", hours=GAP_HOURS, count=len(told["gaps"]) + told["gaps_not_listed"], **longest)
        self.say("cli_rules", **told["rules"])
        for one in told["not_applicable"][:_MOST_SHOWN]:
            self.say("cli_reason", count=one["count"], reason=texts.render(one["code"], one["fields"], self.lang))
        for one in [*told["broken"], *told["unsupported"], *told["remarks"]][:_MOST_SHOWN]:
            self.say("cli_problem", file=one["file"], row=one["row"], reason=texts.render(one["code"], one["fields"], self.lang))
        if told["fields_absent"]:
            names = ", ".join(
                f"{one['field']}（{one['rules']}）" if self.lang == "ja" else f"{one['field']} ({one['rules']})"
                for one in told["fields_absent"][:8]
            )
            self.say("cli_fields", count=len(told["fields_absent"]), fields=names)
        if told["time_limits"]:
            values = sum(one["values_given_up"] + one["values_not_asked"] for one in told["time_limits"])
            users = ", ".join(dict.fromkeys(title for one in told["time_limits"] for title in one["rules"]))
            self.say("cli_limits", count=len(told["time_limits"]), values=values, rules=users[:500])
        for one in told["correlations"]:
            if one["without_time"] or one["without_group"] or one["not_kept"]:
                self.say("cli_correlation", **one)
