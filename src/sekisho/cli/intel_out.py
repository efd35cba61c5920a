"""``sekisho intel export``, ``check`` and ``fetch``: block lists out, configurations read back, feeds over TAXII."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.cli.intel_files import SHOWN, IndicatorsOption, OutOption, emit, indicators_of, read_bytes
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekisho.engines.detection.indicators import Indicator
    from sekisho.engines.threatintel.writers import Written

__all__ = ["check", "export", "fetch"]


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


class Device(StrEnum):
    """Configurations that can be read back."""

    SQUID = "squid"
    RPZ = "rpz"
    HOSTS = "hosts"
    HASHES = "hashes"


def export(
    *,
    indicators: IndicatorsOption,
    form: Annotated[Output, typer.Option("--format", help="出力の形 / format")],
    audience: Annotated[
        AudienceName | None, typer.Option("--audience", help="渡す相手の範囲（TLP 2.0） / to whom it goes (TLP 2.0)")
    ] = None,
    serial: Annotated[
        int | None,
        typer.Option(
            help="RPZのゾーンの通し番号（省くと、いまの時刻の秒数） / serial of the RPZ zone; the time in seconds if left out"
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="自組織の名前（STIX・MISP） / own name for STIX and MISP")] = "Sekisho",
    title: Annotated[str, typer.Option(help="件名（MISP・Sigma） / title for MISP and Sigma")] = "IoC",
    out: OutOption = None,
) -> None:
    """遮断一覧や共有の形で書き出す（TLPが許さないものがあれば中止） / write block lists or forms for sharing; TLP is enforced."""
    from sekisho.engines.threatintel import Audience

    default = AudienceName.COMMUNITY if form in {Output.STIX, Output.MISP} else AudienceName.ORGANIZATION
    written = _written(
        indicators_of(indicators), form, Audience((audience or default).value), serial=serial, name=name, title=title
    )
    emit(written.content, out)
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
        seconds = int(now.timestamp())  # grows from one export to the next, as the secondaries want it
        return writers.write_rpz(wanted, now=now, audience=audience, serial=seconds if serial is None else serial)
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

    content = decode_text(read_bytes(config), filename=config.name)
    if device is Device.SQUID:
        blocked = threatintel.read_squid(content, files=_squid_files(content), filename=config.name)
    elif device is Device.RPZ:
        blocked = threatintel.read_rpz(content, filename=config.name)
    else:
        blocked = threatintel.read_hosts(content) if device is Device.HOSTS else threatintel.read_hash_list(content)
    for problem in blocked.problems[:SHOWN]:
        say(problem.code, **problem.filling)
    result = threatintel.check(indicators_of(indicators), blocked)
    if json_:
        names = ("shown", "missing", "exact_only")
        print_json({name: [{"kind": one.kind.value, "value": one.value} for one in getattr(result, name)] for name in names})
    say("threatintel.cli_shown", shown=len(result.shown), missing=len(result.missing), exact=len(result.exact_only))
    for one in result.missing[:SHOWN]:
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
            emit(msgspec.json.encode({"type": "bundle", "id": _bundle_id(core.objects), "objects": core.objects}).decode(), out)
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
