"""``sekisho deletion``: delete what is due, with a dry run first and a record that can be checked.

Exit codes: 0 done · 1 it may not be deleted now, something is left, or a check failed · 2 bad input · 4 not there ·
5 changed since it was approved · 6 a database or store is out of reach.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import Conflict, InputError, NotFound
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.engines.deletion import Guard, Item, Listing, Resources, Statement
    from sekisho.engines.deletion.plan import Plan, Source
    from sekisho.engines.deletion.record import DeletionRecord
    from sekisho.engines.deletion.run import Prepared
    from sekisho.standards.retention_rules import RetentionRules

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="期限の来たものを消し、証明を残す / delete what is due and leave a proof")

_SHOWN: Final = 50

PlanArgument = Annotated[Path, typer.Argument(metavar="PLAN", help="消去の計画（YAML）/ plan of a deletion (YAML)")]
RecordArgument = Annotated[Path, typer.Argument(metavar="RECORD", help="消去の記録（JSON）/ record of a deletion (JSON)")]
HoldsOption = Annotated[
    Path | None, typer.Option("--holds", help="保全のファイル（YAML。一件ごとに読み直す）/ holds, read again before each item")
]
RulesOption = Annotated[Path | None, typer.Option("--rules", help="組織自身の種類のファイル（YAML）/ own retention kinds (YAML)")]
Yes = Annotated[bool, typer.Option("--yes", help="本当に消す（付けないと試し実行）/ really delete; a dry run without it")]


@app.command("run")
def run(
    plan: PlanArgument,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="試し実行（既定）/ only show what would go (the default)")] = False,
    yes: Yes = False,
    approve: Annotated[str, typer.Option("--approve", metavar="CODE", help="承認された符号 / the code that was approved")] = "",
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="試し実行の日 / day of the dry run")] = None,
    holds: HoldsOption = None,
    rules: RulesOption = None,
    record: Annotated[Path | None, typer.Option("--record", help="記録を書くファイル / file of the record")] = None,
    journal: Annotated[Path | None, typer.Option("--journal", help="実行の記録（中断から続ける）/ journal to go on from")] = None,
    json_: JsonOption = False,
) -> None:
    """何が消えるかを示す。--yes と承認の符号があれば消し、記録を書く / show what would go; with --yes and the code delete it."""
    from sekisho.engines.retention import parse_day

    made = _plan(plan)
    really = yes and not dry_run
    if really and on:
        raise InputError("deletion.cli_on_only_dry")
    day = parse_day(on) if on else _today()
    target = record or plan.with_suffix(".record.json")
    kept = journal or plan.with_suffix(".journal.jsonl")
    with _resources(made.sources) as resources:
        prepared = _prepared(made, resources, day=day, holds=holds, rules=_rules(rules), journal=kept if really else None)
        if not really:
            _show_prepared(prepared, json_=json_)
            raise typer.Exit(1 if prepared.problems else 0)
        if target.exists():
            raise Conflict("deletion.record_there", file=str(target))
        if not os.access(target.absolute().parent, os.W_OK | os.X_OK):
            raise InputError("deletion.record_unwritable", file=str(target))
        done = _executed(prepared, resources, approve or (made.approval.code if made.approval else ""), holds, kept)
    _write(target, done)
    if done.state in {"complete", "quarantined"}:
        kept.unlink(missing_ok=True)
    _show_record(done, target, json_=json_)
    raise typer.Exit(0 if done.state in {"complete", "quarantined"} else 1)


@app.command("verify")
def verify(record: RecordArgument, *, json_: JsonOption = False) -> None:
    """記録のハッシュを確かめ、消したものがなくなっているかを調べ直す / check the record and look again whether all is gone."""
    from sekisho.engines.deletion.run import verify_record

    read = _record(record)
    with _resources(read.sources) as resources:
        rows = verify_record(read, resources)
    shown: list[dict[str, Any]] = [
        {
            "target": row.target.id,
            "result": row.verification.result if row.verification else "unreachable",
            "checked": row.verification.checked if row.verification else 0,
            "left": list(row.verification.left) if row.verification else [],
            "checks": [_statement(one) for one in row.verification.checks] if row.verification else [],
            "error": row.error,
        }
        for row in rows
    ]
    if json_:
        print_json({"schema": "sekisho.deletion_verification/1", "record": read.sha256, "targets": shown})
    else:
        for one in shown:
            typer.echo(texts.render("deletion.cli_verified", {k: one[k] for k in ("target", "result", "checked")}, language()))
            for check in one["checks"]:
                typer.echo(f"  ・{check['message'][language()]}")
    raise typer.Exit(1 if any(one["result"] in {"left", "unreachable"} for one in shown) else 0)


@app.command("observe")
def observe_(
    record: RecordArgument,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="測定結果を書くファイル / file of the Observation")] = None,
    send: Annotated[str | None, typer.Option("--send", metavar="URL", help="送り先のサーバー / server to send it to")] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="機器のトークン / the machine's token")] = None,
    name: Annotated[str | None, typer.Option("--name", help="機器の名前 / name of the machine")] = None,
) -> None:
    """記録を調べ直し、測定結果（名前を含まない）にする / look again and make an Observation without names."""
    import platform

    from sekisho.cli.measure_run import this_machine
    from sekisho.engines.deletion.observe import observe
    from sekisho.engines.deletion.run import verify_record
    from sekisho.engines.observation import encode

    read = _record(record)
    with _resources(read.sources) as resources:
        rows = verify_record(read, resources)
    machine = this_machine()
    made = observe(read, verified=rows, now=_now(), name=name or platform.node(), machine=machine)
    if out is None and send is None:
        typer.echo(encode(made).decode())
    if out is not None:
        _write_bytes(out, encode(made))
        say("deletion.observation_written", file=str(out))
    if send is not None:
        from sekisho.cli.measure_sending import deliver, outbox_folder
        from sekisho.engines.sending import Outbox

        outbox = outbox_folder(None)
        Outbox(outbox).put(made, {})
        deliver(outbox, send, token_file, machine)


@app.command("restore")
def restore(record: RecordArgument, *, json_: JsonOption = False) -> None:
    """戻せる期間のうちに、隔離したファイルを元に戻す / bring back what was set aside, within its window."""
    from sekisho.engines.deletion.run import restore as bring_back

    made = bring_back(_record(record), clock=_now)
    _write(record, made)
    _show_record(made, record, json_=json_)


@app.command("finish")
def finish(
    record: RecordArgument,
    *,
    yes: Yes = False,
    early: Annotated[bool, typer.Option("--early", help="期間の前に消す / before the window is over")] = False,
    holds: HoldsOption = None,
    json_: JsonOption = False,
) -> None:
    """戻せる期間の後、隔離したファイルを消す / delete what was set aside, after its window."""
    from sekisho.engines.deletion.run import finish as end

    read = _record(record)
    if not yes:
        _show_record(read, record, json_=json_)
        say("deletion.cli_dry_run")
        return
    journal = record.with_suffix(".journal.jsonl")
    made = end(read, guard=_guard(holds), journal=journal, clock=_now, early=early)
    _write(record, made)
    if made.state == "complete":
        journal.unlink(missing_ok=True)
    _show_record(made, record, json_=json_)
    raise typer.Exit(0 if made.state == "complete" else 1)


def _now() -> datetime:
    return datetime.now(UTC)


def _today() -> date:
    return datetime.now().astimezone().date()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("deletion.cli_unreadable", file=str(path)) from error
    except OSError as error:
        raise InputError("deletion.cli_unreadable", file=str(path)) from error


def _plan(path: Path) -> Plan:
    from sekisho.engines.deletion.plan import read_plan

    return read_plan(_bytes(path), filename=path.name)


def _record(path: Path) -> DeletionRecord:
    from sekisho.engines.deletion.record import read_record

    return read_record(_bytes(path), filename=path.name)


def _rules(path: Path | None) -> RetentionRules:
    from sekisho.standards.retention_rules import read_overlay, retention_rules

    return retention_rules() if path is None else read_overlay(_bytes(path), filename=path.name)


def _guard(holds: Path | None) -> Guard:
    from sekisho.engines.deletion.holds import guard_of_file, no_holds

    return no_holds if holds is None else guard_of_file(holds, today=_today)


def _prepared(
    plan: Plan, resources: Resources, *, day: date, holds: Path | None, rules: RetentionRules, journal: Path | None
) -> Prepared:
    from sekisho.engines.deletion import Journal
    from sekisho.engines.deletion.holds import read_holds
    from sekisho.engines.deletion.run import prepare
    from sekisho.engines.retention import Hold

    begun: dict[str, Listing] = {}
    if journal is not None and journal.is_file():
        begun = Journal.listings_of(journal)
    rows = read_holds(_bytes(holds), filename=holds.name) if holds else ()
    whole = tuple(Hold(r.id, r.kind, r.since, r.until, r.reason) for r in rows if not r.targets)
    return prepare(plan, resources, on=day, rules=rules, holds=whole, begun=begun)


def _executed(prepared: Prepared, resources: Resources, approved: str, holds: Path | None, journal: Path) -> DeletionRecord:
    from sekisho.engines.deletion.run import execute

    return execute(prepared, resources, approved=approved, guard=_guard(holds), journal=journal, clock=_now)


@contextmanager
def _resources(sources: dict[str, Source]) -> Iterator[Resources]:
    """The databases and stores of a plan, open; secrets come from the environment."""
    from sekisho.engines.deletion import Resources
    from sekisho.engines.deletion.plan import Database

    engines: dict[str, Any] = {}
    clients: dict[str, Any] = {}
    try:
        for name, source in sources.items():
            if isinstance(source, Database):
                engines[name] = _engine(source)
            else:
                clients[name] = _client(source)
        yield Resources(engines=engines, clients=clients)
    finally:
        for engine in engines.values():
            engine.dispose()
        for client in clients.values():
            client.close()


def _environment(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        raise InputError("deletion.plan_environment", variable=variable)
    return value


def _engine(source: Any) -> Any:
    import sqlalchemy as sa

    url = _environment(source.url_env) if source.url_env else source.url
    try:
        parsed = sa.make_url(url)
        if parsed.drivername == "postgresql":  # the driver that Sekisho brings
            parsed = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(parsed)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise InputError("deletion.database", target="", kind=type(error).__name__) from error


def _client(source: Any) -> Any:
    import boto3

    return boto3.client(
        "s3", endpoint_url=source.endpoint or None, region_name=source.region,
        aws_access_key_id=_environment(source.key_env), aws_secret_access_key=_environment(source.secret_env),
    )  # fmt: skip


def _write(path: Path, record: DeletionRecord) -> None:
    from sekisho.engines.deletion.record import encode_record

    _write_bytes(path, encode_record(record))


def _write_bytes(path: Path, content: bytes) -> None:
    """Whole or not at all, readable by its owner."""
    waiting = path.with_name(f"{path.name}.part")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)


def _statement(one: Statement) -> dict[str, Any]:
    return {"code": one.code, "message": {lang: texts.render(one.code, one.fields, lang) for lang in ("ja", "en")}}


def _listing(one: Listing) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one)
    plain["statements"] = [_statement(s) for s in one.statements]
    return plain


def _show_prepared(prepared: Prepared, *, json_: bool) -> None:
    from sekisho.engines.retention import decision_dict

    if json_:
        words = [{lang: texts.render_problem(p, lang) for lang in ("ja", "en")} for p in prepared.problems]
        problems = [{**p.as_dict(), "message": one} for p, one in zip(prepared.problems, words, strict=True)]
        decision = decision_dict(prepared.decision) if prepared.decision else None
        print_json({
            "schema": "sekisho.deletion_dry_run/1", "plan": prepared.plan.id, "code": prepared.code, "problems": problems,
            "decision": decision, "targets": [_listing(one) for one in prepared.listings],
        })  # fmt: skip
        return
    lang = language()
    for one in prepared.listings:
        about = {"target": one.target, "count": one.count, "bytes": one.bytes, "refused": one.refused}
        typer.echo(texts.render("deletion.cli_would", about, lang))
        for item in one.items[:_SHOWN]:
            typer.echo(f"  {_named(item, lang)}")
        if len(one.items) > _SHOWN:
            typer.echo(f"  … +{len(one.items) - _SHOWN}")
        for said in one.statements:
            typer.echo(f"  ・{texts.render(said.code, said.fields, lang)}")
    for problem in prepared.problems:
        typer.echo(f"！{texts.render_problem(problem, lang)}")
    typer.echo(texts.render("deletion.cli_code", {"code": prepared.code}, lang))
    say("deletion.cli_dry_run")


def _named(item: Item, lang: str) -> str:
    why = f" — {texts.render(f'deletion.note_{item.note}', {}, lang)}" if item.note else ""
    mark = "×" if item.state == "refused" else "○"
    return f"{mark} {item.name} ({item.kind}, {item.fields.get('count', item.size)}){why}"


def _show_record(record: DeletionRecord, path: Path, *, json_: bool) -> None:
    if json_:
        plain = msgspec.to_builtins(record)
        print_json({"record": str(path), **plain})
        return
    lang = language()
    for row in record.targets:
        if row.outcome is not None:
            made = row.outcome
            about = {"target": row.target.id, "done": made.done, "left": made.left, "achieved": made.achieved}
            typer.echo(texts.render("deletion.cli_outcome", about, lang))
            for said in (*made.statements, *((made.stopped,) if made.stopped else ())):
                typer.echo(f"  ・{texts.render(said.code, said.fields, lang)}")
        if row.error:
            typer.echo(f"  ！{row.target.id}: {texts.render(row.error['code'], row.error['fields'], lang)}")
    say("deletion.cli_result", state=record.state, file=str(path), sha256=record.sha256)
