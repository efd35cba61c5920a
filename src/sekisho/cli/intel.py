"""``sekisho intel``: threat information in, searches in the logs, block lists out.

Exit codes: 0 done · 1 something needs a look (an indicator was seen, refused or is not blocked) · 2 bad input or usage ·
3 missing component · 4 TLP does not allow it · 6 the server cannot be reached.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekisho.cli import intel_out
from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.cli.intel_files import SHOWN, FormName, IndicatorsOption, OutOption, emit, indicators_of, load
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sekisho.engines.detection.indicators import Own
    from sekisho.engines.events import Batch
    from sekisho.engines.threatintel import Notice, Reading

app = typer.Typer(
    no_args_is_help=True, help="脅威情報：取込み、ログとの照合、遮断一覧 / threat information in, searches, block lists out"
)


class Take(StrEnum):
    """Which candidates of a notice are taken at once."""

    NONE = "none"
    LIKELY = "likely"
    UNCLEAR = "unclear"


FileArgument = Annotated[
    Path, typer.Argument(help="通知・メール・STIX・MISP・CSV・一覧・RSS / a notice, mail, STIX, MISP, CSV, list or RSS")
]
FormOption = Annotated[FormName | None, typer.Option("--form", help="形式（省くと見分ける） / form; found out if left out")]
StoreOption = Annotated[
    Path | None, typer.Option("--store", help="ログの置き場（logs ingest で作る） / the store made by logs ingest")
]
SourceOption = Annotated[str, typer.Option("--source", help="出典（提供元の名前） / who gave it")]
OwnDomains = Annotated[list[str] | None, typer.Option("--own-domain", help="自組織のドメイン（繰り返せる） / own domain; repeat")]
OwnNetworks = Annotated[
    list[str] | None, typer.Option("--own-network", help="自組織のネットワーク（繰り返せる） / own network; repeat")
]
TakeOption = Annotated[
    Take, typer.Option("--take", help="通知の候補のうち、すぐ取り込むもの / candidates of a notice to take at once")
]
Days = Annotated[
    int | None, typer.Option("--expires-days", min=1, max=3650, help="何日後に期限切れとするか / days until they expire")
]
Since = Annotated[datetime | None, typer.Option("--since", help="この日時から（UTC） / from this time (UTC)")]
Until = Annotated[datetime | None, typer.Option("--until", help="この日時まで（UTC） / until this time (UTC)")]
Logs = Annotated[list[Path] | None, typer.Argument(help="ログのファイル（--store の代わり） / log files instead of --store")]


def _own(domains: list[str] | None, networks: list[str] | None) -> Own:
    import ipaddress

    from sekisho.engines.detection.indicators import Own

    for text in networks or ():
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            raise InputError("indicators.not_an_indicator", value=text[:100]) from error
    return Own(tuple(domains or ()), tuple(networks or ()))


@app.command(name="import")
def import_(
    file: FileArgument,
    *,
    form: FormOption = None,
    source: SourceOption = "",
    take: TakeOption = Take.NONE,
    expires_days: Days = None,
    own_domain: OwnDomains = None,
    own_network: OwnNetworks = None,
    out: OutOption = None,
    json_: JsonOption = False,
) -> None:
    """脅威情報を読み、指標にする（通知は候補を示し、人が確かめる） / read threat information; candidates are confirmed."""
    from sekisho.engines.threatintel import Likelihood, Notice, write_own
    from sekisho.engines.threatintel.review import from_notice, write_review

    own = _own(own_domain, own_network)
    found = load(file, form, source=source, own=own)
    expires = datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None
    if isinstance(found, Notice):
        _say_candidates(found)
        if take is Take.NONE:
            content = write_review(found, reference=file.name, source=source)
            emit(content.decode(), out)
            if out:
                say("threatintel.cli_review_how", file=str(out))
            return
        likely = {Likelihood.LIKELY} | ({Likelihood.UNCLEAR} if take is Take.UNCLEAR else set())
        found = from_notice(found, frozenset(likely), reference=file.name, source=source, expires=expires, own=own)
    elif expires is not None:
        found = _expiring(found, expires)
    if found.form == "rss":
        say("threatintel.cli_is_articles", count=len(found.items))
        print_json([{"title": one.title, "reference": one.reference, "published": one.published} for one in found.items])
        return
    _say_reading(found)
    if json_:
        print_json({**found.summary(), "file": str(out) if out else None})
    if out or not json_:
        emit(write_own(found.indicators).decode(), out)
    if found.refused or found.problems:
        raise typer.Exit(1)


def _expiring(found: Reading, expires: datetime) -> Reading:
    import dataclasses

    import msgspec

    dated = tuple(one if one.expires else msgspec.structs.replace(one, expires=expires) for one in found.indicators)
    return dataclasses.replace(found, indicators=dated)


def _say_candidates(notice: Notice) -> None:
    counts = dict.fromkeys(("likely", "unclear", "unlikely"), 0)
    for one in notice.candidates:
        counts[one.likelihood.value] += 1
    say("threatintel.cli_candidates", count=len(notice.candidates), **counts)


def _say_reading(found: Reading) -> None:
    say("threatintel.cli_taken", count=len(found.indicators), refused=len(found.refused), warned=len(found.warned))
    for one in found.refused[:SHOWN]:
        for reason in one.reasons:
            typer.echo(f"  {one.place}: {texts.render(reason.code, reason.fields, language())}", err=True)
    for _, reasons in found.warned[:SHOWN]:
        for reason in reasons:
            say(reason.code, **reason.fields)
    for problem in found.problems[:SHOWN]:
        typer.echo(f"  {problem.file}:{problem.row or ''} {texts.render_problem(problem, language())}", err=True)
    for why, count in found.ignored.items():
        say("threatintel.cli_left_out", count=count, reason=texts.render(why, {}, language()))


def _batches(store: Path | None, logs: list[Path] | None, since: datetime | None, until: datetime | None) -> Iterator[Batch]:
    from sekisho.engines.events import Options, Report, Store, read

    if store is None and not logs:
        raise InputError("threatintel.cli_no_source")
    begin, end = (at.replace(tzinfo=UTC) if at and at.tzinfo is None else at for at in (since, until))
    if store is not None:
        yield from Store(store).batches(since=begin, until=end)
    if logs:
        yield from read(logs, Options(), Report())


@app.command()
def match(
    logs: Logs = None,
    *,
    indicators: IndicatorsOption,
    store: StoreOption = None,
    since: Since = None,
    until: Until = None,
    text: Annotated[bool, typer.Option("--text/--no-text", help="コマンド行などの文も調べる / search running text, too")] = True,
    places: Annotated[int, typer.Option(help="指標ごとに残す記録の数 / records kept of each indicator")] = 50,
    json_: JsonOption = False,
) -> None:
    """指標をログと照らし合わせる / search logs for indicators."""
    from sekisho.engines.detection.indicators import Matcher

    wanted = indicators_of(indicators)
    matcher = Matcher(wanted, text=text, workers=min(4, os.cpu_count() or 1))
    sightings = matcher.sightings(places=places)
    matcher.match(_batches(store, logs, since, until), sightings)
    found = sightings.results()
    explanation = {
        "indicators": len(wanted), "rows": matcher.rows, "columns": matcher.columns.decided(),
        "without_columns": matcher.without_columns,
    }  # fmt: skip
    if json_:
        print_json({"sightings": [one.as_dict() for one in found], "explanation": explanation})
    else:
        for one in found[:SHOWN]:
            values = {"first": one.first or "-", "last": one.last or "-", "kind": one.indicator.kind.value}
            typer.echo(
                texts.render("indicators.sighted", {"value": one.indicator.value, "count": one.count, **values}, language())
            )
            for place in one.places[:3]:
                typer.echo(f"    {place.file}:{place.record} {place.column}={place.value[:100]}")
    say(
        "threatintel.cli_matched",
        rows=matcher.rows,
        indicators=len(wanted),
        seen=len(found),
        count=sum(one.count for one in found),
    )
    if not matcher.rows:
        say("threatintel.cli_no_rows")
    for name, rows in matcher.without_columns.items():
        say("threatintel.cli_without_columns", source=name, rows=rows)
    if found:
        raise typer.Exit(1)


@app.command(name="try")
def try_(
    logs: Logs = None,
    *,
    indicators: IndicatorsOption,
    store: StoreOption = None,
    since: Since = None,
    until: Until = None,
    json_: JsonOption = False,
) -> None:
    """遮断一覧を最近のログで試す（誤って止める通信はないか） / try a block list on recent logs before it is released."""
    from sekisho.engines.detection.indicators import try_block_list

    result = try_block_list(indicators_of(indicators), _batches(store, logs, since, until), workers=min(4, os.cpu_count() or 1))
    if json_:
        print_json(result.as_dict())
    say("threatintel.cli_try", rows=result.rows, stopped=len(result.stopped), wide=len(result.wide))
    for one in result.wide:
        typer.echo(f"  {one.indicator.value} {one.count}", err=True)
    if not result.conclusive:
        say("threatintel.cli_no_rows")
    if result.wide or not result.conclusive:
        raise typer.Exit(1)


app.command()(intel_out.export)
app.command()(intel_out.check)
app.command()(intel_out.fetch)
