"""``sekisho intel``: threat information in, searches in the logs, block lists out.

Exit codes: 0 done · 1 something needs a look (an indicator was seen, refused or is not blocked) · 2 bad input or usage ·
3 missing component · 4 TLP does not allow it · 6 the server cannot be reached.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sekisho.engines.detection.indicators import Indicator, Own
    from sekisho.engines.events import Batch
    from sekisho.engines.threatintel import Notice, Reading
    from sekisho.engines.threatintel.writers import Written

app = typer.Typer(
    no_args_is_help=True, help="脅威情報：取込み、ログとの照合、遮断一覧 / threat information in, searches, block lists out"
)


class FormName(StrEnum):
    """Forms that can be read."""

    SEKISHO = "sekisho"
    STIX = "stix"
    MISP = "misp"
    CSV = "csv"
    LIST = "list"
    RSS = "rss"
    NOTICE = "notice"


class Output(StrEnum):
    """Forms that can be written."""

    SQUID = "squid"
    RPZ = "rpz"
    HOSTS = "hosts"
    CSV = "csv"
    HASHES = "hashes"
    STIX = "stix"
    MISP = "misp"
    SIGMA = "sigma"


class AudienceName(StrEnum):
    """To whom an export goes (TLP 2.0)."""

    RECIPIENT = "recipient"
    ORGANIZATION = "organization"
    CLIENTS = "clients"
    COMMUNITY = "community"
    PUBLIC = "public"


class Take(StrEnum):
    """Which candidates of a notice are taken at once."""

    NONE = "none"
    LIKELY = "likely"
    UNCLEAR = "unclear"


class Device(StrEnum):
    """Configurations that can be read back."""

    SQUID = "squid"
    RPZ = "rpz"
    HOSTS = "hosts"
    HASHES = "hashes"


_SHOWN: Final = 50
FileArgument = Annotated[
    Path, typer.Argument(help="通知・メール・STIX・MISP・CSV・一覧・RSS / a notice, mail, STIX, MISP, CSV, list or RSS")
]
FormOption = Annotated[FormName | None, typer.Option("--form", help="形式（省くと見分ける） / form; found out if left out")]
IndicatorsOption = Annotated[
    Path, typer.Option("--indicators", help="指標のファイル（intel import の出力、STIX、CSV など） / file of indicators")
]
OutOption = Annotated[Path | None, typer.Option("--out", help="書き出すファイル（省くと画面） / file to write (default: stdout)")]
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


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("threatintel.file_unreadable", file=str(path), reason=type(error).__name__) from error


def _own(domains: list[str] | None, networks: list[str] | None) -> Own:
    import ipaddress

    from sekisho.engines.detection.indicators import Own

    for text in networks or ():
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            raise InputError("indicators.not_an_indicator", value=text[:100]) from error
    return Own(tuple(domains or ()), tuple(networks or ()))


def _load(path: Path, form: FormName | None = None, *, source: str = "", own: Own | None = None) -> Reading | Notice:
    from sekisho.engines import threatintel
    from sekisho.engines.threatintel.review import is_review, read_review

    content = _read_bytes(path)
    if form is None and content.lstrip()[:1] == b"{" and is_review(content):
        return read_review(content, filename=path.name, own=own)
    chosen = None if form is None else threatintel.Form(form.value)
    return threatintel.read(content, filename=path.name, form=chosen, source=source, own=own)


def _indicators(path: Path) -> list[Indicator]:
    """Indicators of a file that needs no confirmation any more."""
    from sekisho.engines.threatintel import Notice

    found = _load(path)
    if isinstance(found, Notice):
        raise InputError("threatintel.form_unknown", file=path.name, expected="sekisho, stix, misp, csv, list")
    for problem in found.problems[:_SHOWN]:
        say(problem.code, **problem.filling)
    return list(found.indicators)


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
    found = _load(file, form, source=source, own=own)
    expires = datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None
    if isinstance(found, Notice):
        _say_candidates(found)
        if take is Take.NONE:
            content = write_review(found, reference=file.name, source=source)
            _emit(content.decode(), out)
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
        _emit(write_own(found.indicators).decode(), out)
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
    for one in found.refused[:_SHOWN]:
        for reason in one.reasons:
            typer.echo(f"  {one.place}: {texts.render(reason.code, reason.fields, language())}", err=True)
    for _, reasons in found.warned[:_SHOWN]:
        for reason in reasons:
            say(reason.code, **reason.fields)
    for problem in found.problems[:_SHOWN]:
        typer.echo(f"  {problem.file}:{problem.row or ''} {texts.render_problem(problem, language())}", err=True)
    for why, count in found.ignored.items():
        say("threatintel.cli_left_out", count=count, reason=texts.render(why, {}, language()))


def _emit(content: str, out: Path | None) -> None:
    if out is None:
        typer.echo(content, nl=not content.endswith("\n"))
        return
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(content, encoding="utf-8", newline="")
    partial.replace(out)


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

    wanted = _indicators(indicators)
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
        for one in found[:_SHOWN]:
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

    result = try_block_list(_indicators(indicators), _batches(store, logs, since, until), workers=min(4, os.cpu_count() or 1))
    if json_:
        print_json(result.as_dict())
    say("threatintel.cli_try", rows=result.rows, stopped=len(result.stopped), wide=len(result.wide))
    for one in result.wide:
        typer.echo(f"  {one.indicator.value} {one.count}", err=True)
    if not result.conclusive:
        say("threatintel.cli_no_rows")
    if result.wide or not result.conclusive:
        raise typer.Exit(1)


@app.command()
def export(
    *,
    indicators: IndicatorsOption,
    form: Annotated[Output, typer.Option("--format", help="出力の形 / format")],
    audience: Annotated[
        AudienceName | None, typer.Option("--audience", help="渡す相手の範囲（TLP 2.0） / to whom it goes (TLP 2.0)")
    ] = None,
    serial: Annotated[int | None, typer.Option(help="RPZのゾーンの通し番号 / serial of the RPZ zone")] = None,
    name: Annotated[str, typer.Option(help="自組織の名前（STIX・MISP） / own name for STIX and MISP")] = "Sekisho",
    title: Annotated[str, typer.Option(help="件名（MISP・Sigma） / title for MISP and Sigma")] = "IoC",
    out: OutOption = None,
) -> None:
    """遮断一覧や共有の形で書き出す（TLPが許さないものがあれば中止） / write block lists or forms for sharing; TLP is enforced."""
    from sekisho.engines.threatintel import Audience

    default = AudienceName.COMMUNITY if form in {Output.STIX, Output.MISP} else AudienceName.ORGANIZATION
    written = _written(
        _indicators(indicators), form, Audience((audience or default).value), serial=serial, name=name, title=title
    )
    _emit(written.content, out)
    if out:
        say("threatintel.cli_written", file=str(out), count=len(written.included), left_out=len(written.left_out))
    reasons: dict[str, int] = {}
    for one in written.left_out:
        reasons[one.code] = reasons.get(one.code, 0) + 1
    for code, count in sorted(reasons.items()):
        say("threatintel.cli_left_out", count=count, reason=texts.render(code, {}, language()))


def _written(wanted: Iterable[Indicator], form: Output, audience: Any, *, serial: int | None, name: str, title: str) -> Written:
    from sekisho.engines.threatintel import writers

    now = datetime.now(UTC)
    if form is Output.RPZ:
        if serial is None:
            raise InputError("threatintel.serial_missing")
        return writers.write_rpz(wanted, now=now, audience=audience, serial=serial)
    if form is Output.STIX:
        return writers.write_stix(wanted, now=now, audience=audience, name=name)
    if form is Output.MISP:
        return writers.write_misp(wanted, now=now, audience=audience, name=name, title=title)
    if form is Output.SIGMA:
        return writers.write_sigma(wanted, now=now, audience=audience, title=title)
    plain = {
        Output.SQUID: writers.write_squid,
        Output.HOSTS: writers.write_hosts,
        Output.CSV: writers.write_firewall_csv,
        Output.HASHES: writers.write_hashes,
    }[form]
    return plain(wanted, now=now, audience=audience)


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="機器から読み出した設定 / the configuration read back from the device")],
    *,
    indicators: IndicatorsOption,
    device: Annotated[Device, typer.Option("--format", help="設定の種類 / kind of configuration")],
    json_: JsonOption = False,
) -> None:
    """機器の設定を読み、指標が本当に止まるかを確かめる / read a configuration back: are the indicators really blocked?"""
    from sekisho.engines import threatintel
    from sekisho.engines.threatintel.listed import decode_text

    content = decode_text(_read_bytes(config), filename=config.name)
    if device is Device.SQUID:
        blocked = threatintel.read_squid(content, files=_squid_files(content), filename=config.name)
    elif device is Device.RPZ:
        blocked = threatintel.read_rpz(content, filename=config.name)
    else:
        blocked = threatintel.read_hosts(content) if device is Device.HOSTS else threatintel.read_hash_list(content)
    for problem in blocked.problems[:_SHOWN]:
        say(problem.code, **problem.filling)
    result = threatintel.check(_indicators(indicators), blocked)
    if json_:
        names = ("shown", "missing", "exact_only")
        print_json({name: [{"kind": one.kind.value, "value": one.value} for one in getattr(result, name)] for name in names})
    say("threatintel.cli_shown", shown=len(result.shown), missing=len(result.missing), exact=len(result.exact_only))
    for one in result.missing[:_SHOWN]:
        typer.echo(f"  {one.value}", err=True)
    if result.missing or result.exact_only:
        raise typer.Exit(1)


def _squid_files(content: str) -> dict[str, str]:
    """Contents of the files that the lists of a ``squid.conf`` name in quotes, where they can be read here."""
    import re

    found: dict[str, str] = {}
    for name in re.findall(r'^\s*acl\s.*"(/[^"\n]+)"', content, re.MULTILINE):
        path = Path(name)
        if path.is_file():
            found[name] = path.read_text(encoding="utf-8", errors="replace")
    return found


@app.command()
def fetch(
    url: Annotated[str, typer.Argument(metavar="URL", help="TAXII 2.1の入口（https://…/taxii2/） / TAXII 2.1 discovery")],
    *,
    out: Annotated[Path, typer.Option("--out", help="受け取ったSTIXのバンドルを書くファイル / file for the STIX bundle")],
    collection: Annotated[
        str | None, typer.Option(help="集まりの番号か名前（省くと読める全部） / collection; all if left out")
    ] = None,
    root: Annotated[
        str | None, typer.Option(help="API root（省くとサーバーの既定） / API root; the server's default if left out")
    ] = None,
    added_after: Annotated[
        str | None, typer.Option(help="この日時より後に加わったもの / added after this time (RFC 3339)")
    ] = None,
    user: Annotated[str, typer.Option(help="利用者名（合言葉は環境変数 SEKISHO_TAXII_PASSWORD） / user name")] = "",
    insecure_http: Annotated[bool, typer.Option("--insecure-http", help="httpも許す（試験用） / allow http (for tests)")] = False,
) -> None:
    """TAXII 2.1のサーバーから脅威情報を受け取る（トークンは SEKISHO_TAXII_TOKEN） / fetch threat information over TAXII 2.1."""
    import time

    import msgspec

    from sekisho.engines.threatintel.taxii import Taxii
    from sekisho.gateways.taxii import Credentials, fetch_taxii

    secrets = {"password": os.environ.get("SEKISHO_TAXII_PASSWORD", ""), "token": os.environ.get("SEKISHO_TAXII_TOKEN", "")}
    after = {collection: added_after} if collection and added_after else None
    if added_after and not collection:
        raise InputError("threatintel.taxii_after_needs_collection")
    core = Taxii(url, root=root, collection=collection, after=after)
    try:
        fetch_taxii(
            core, address=url, credentials=Credentials(user=user, **secrets), sleep=time.sleep, monotonic=time.monotonic,
            allow_http=insecure_http,
        )  # fmt: skip
    finally:  # what came before a refusal is kept
        if core.objects:
            _emit(msgspec.json.encode({"type": "bundle", "id": _bundle_id(core.objects), "objects": core.objects}).decode(), out)
    say("threatintel.cli_fetched", count=len(core.objects), file=str(out))
    for name, last in core.after.items():
        typer.echo(f"{name}\t{last}")
    for problem in core.problems:
        say(problem.code, **problem.filling)
    if core.problems:
        raise typer.Exit(1)


def _bundle_id(objects: list[dict[str, Any]]) -> str:
    import uuid

    return f"bundle--{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(str(one.get('id')) for one in objects))}"
