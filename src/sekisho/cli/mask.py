"""``sekisho mask``: test data from real tables by a plan, with proof; test data from a description, with nothing real in it.

Exit codes: 0 done, and what was to be proven holds · 1 the proof does not hold · 2 the input or the plan cannot be used ·
4 a key is missing · 5 the target is the source or is there already, or keys collided.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.cli.mask_options import (
    Delimiter,
    Encoding,
    Keys,
    Mixed,
    NoHeading,
    PlanArgument,
    SourceArgument,
    Tables,
    TargetArgument,
    dialect,
    ending_well,
    interactive,
    keys_for,
    progress,
    reading,
    word,
)
from sekisho.errors import Conflict, InputError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="試験用データを作る：仮の値への置換えと証明 / test data: masking with proof")
key_app = typer.Typer(no_args_is_help=True, help="鍵 / keys")
app.add_typer(key_app, name="key")

Force = Annotated[bool, typer.Option("--force", help="出力先を置き換える / replace the target")]
Form = Annotated[str, typer.Option("--format", help="フォルダーに書く形式：csv・parquet・xlsx・jsonl / format within a folder")]
OutEncoding = Annotated[
    str, typer.Option("--out-encoding", help="書くCSVの文字コード：utf-8・utf-8-sig・cp932 / encoding of the CSV that is written")
]
Formulas = Annotated[
    str,
    typer.Option("--formulas", help="式に見える文字列：text 前に ' を付ける・keep・refuse / what looks like a formula"),
]
_CHECKED = frozenset({"text", "keep", "refuse"})
_FORMS = frozenset({"", "csv", "parquet", "xlsx", "jsonl"})


@app.command()
def plan(
    source: SourceArgument,
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="書き出すファイル / file to write")] = None,
    title: Annotated[str, typer.Option("--title", help="題名 / title")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="利用目的 / purpose")] = "",
    recipient: Annotated[str, typer.Option("--recipient", help="渡す先 / recipient")] = "",
    domain: Annotated[str, typer.Option("--domain", help="鍵の領域 / domain of the key")] = "test-data",
    encoding: Encoding = "auto",
    delimiter: Delimiter = "auto",
    no_heading: NoHeading = False,
    mixed: Mixed = False,
    tables: Tables = None,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """データを見て、列ごとの計画の案を作る / propose a plan for each column from looking at the data."""
    from sekisho.engines.masking.inspecting import LeakInspector
    from sekisho.engines.masking.plan import write_plan
    from sekisho.engines.masking.propose import propose
    from sekisho.engines.masking.sources import open_source

    how = reading(encoding, delimiter, no_heading=no_heading, mixed=mixed, tables=tables)
    empty = word("to_be_written")
    with progress("looking") as told, open_source(source, how) as opened:
        told("", 0)
        value = propose(
            opened,
            title=title or Path(source).name,
            purpose=purpose or empty,
            recipient=recipient or empty,
            domain=domain,
            inspector=LeakInspector(),
            random=os.urandom,
            language=language(),
        )
    text = write_plan(value, head=tuple(word(f"plan_head_{number}") for number in (1, 2, 3)))
    columns = [one for table in value["tables"].values() for one in table["columns"].values()]
    undecided = sum(one["transform"] == "undecided" for one in columns)
    if as_json:
        print_json({"schema": "sekisho.masking_proposal/1", "plan": value, "undecided": undecided})
    if out is not None:
        _write(out, text, force=force)
        say("masking_runs.plan_written", file=str(out), columns=len(columns), undecided=undecided)
    elif not as_json:
        typer.echo(text, nl=False)


def _write(path: Path, text: str, *, force: bool) -> None:
    """A whole file or none."""
    if path.exists() and not force:
        raise Conflict("masking_runs.target_exists", location=str(path))
    part = path.with_name(f".{path.name}.sekisho-partial")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


@app.command()
def sample(
    plan_file: PlanArgument,
    source: SourceArgument,
    *,
    rows: Annotated[int, typer.Option("--rows", min=1, max=100, help="行数 / rows")] = 5,
    key: Keys = None,
    encoding: Encoding = "auto",
    delimiter: Delimiter = "auto",
    no_heading: NoHeading = False,
    mixed: Mixed = False,
    as_json: JsonOption = False,
) -> None:
    """実行の前に、数行の変換前（一部を伏せる）と変換後を見る / a few rows before (partly hidden) and after."""
    from sekisho.cli.mask_output import show_sample
    from sekisho.engines.masking.plan import read_plan
    from sekisho.engines.masking.sampling import sample as sampled
    from sekisho.engines.masking.sources import open_source

    wanted = read_plan(plan_file)
    how = reading(encoding, delimiter, no_heading=no_heading, mixed=mixed, tables=None)
    with progress("looking") as told, open_source(source, how) as opened:
        told("", 0)
        found = sampled(wanted, opened, keys=keys_for(wanted.domains, key), random=os.urandom, rows=rows)
    show_sample(found, as_json=as_json)


@app.command()
def run(
    plan_file: PlanArgument,
    source: SourceArgument,
    target: TargetArgument,
    *,
    key: Keys = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="確かめずに実行する / do not ask")] = False,
    force: Force = False,
    form: Form = "",
    out_encoding: OutEncoding = "",
    formulas: Formulas = "text",
    encoding: Encoding = "auto",
    delimiter: Delimiter = "auto",
    no_heading: NoHeading = False,
    mixed: Mixed = False,
    as_json: JsonOption = False,
) -> None:
    """計画のとおりに変換して書き出す。途中でやめれば何も残らない / mask by the plan; an interrupted run leaves nothing."""
    from sekisho.cli.mask_output import show_run, show_sample
    from sekisho.engines.masking.plan import read_plan
    from sekisho.engines.masking.run import run as run_plan
    from sekisho.engines.masking.sampling import sample as sampled
    from sekisho.engines.masking.sources import open_source
    from sekisho.engines.masking.targets import Writing

    _choice("--format", form, _FORMS)
    _choice("--formulas", formulas, _CHECKED)
    wanted = read_plan(plan_file)
    keys = keys_for(wanted.domains, key)
    how = reading(encoding, delimiter, no_heading=no_heading, mixed=mixed, tables=None)
    with open_source(source, how) as opened:
        if not yes:
            if not interactive():
                raise InputError("masking_runs.yes_needed")
            show_sample(sampled(wanted, opened, keys=keys, random=os.urandom, rows=3), as_json=False)
            typer.confirm(word("confirm", target=target, version=wanted.version), abort=True, err=True)
        writing = Writing(form, dialect(out_encoding), formulas, force)
        with ending_well(), progress("running") as told:
            done = run_plan(wanted, opened, target, keys=keys, random=os.urandom, how=writing, progress=told)
    show_run(done, as_json=as_json)


def _choice(option: str, value: str, known: frozenset[str]) -> None:
    if value not in known:
        raise InputError("masking_runs.option_choice", option=option, value=value, known=", ".join(sorted(known - {""})))


@app.command()
def verify(
    plan_file: PlanArgument,
    source: SourceArgument,
    target: TargetArgument,
    *,
    key: Keys = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="報告書（.pdf .docx .html .xlsx .md） / report to be signed")
    ] = None,
    organization: Annotated[str, typer.Option("--organization", help="報告書に載せる団体の名前 / organisation")] = "",
    observation: Annotated[Path | None, typer.Option("--observation", help="測定結果（JSON） / Observation")] = None,
    fictional: Annotated[bool, typer.Option("--fictional", help="架空の団体の例と記す / mark as fictional")] = False,
    force: Force = False,
    encoding: Encoding = "auto",
    delimiter: Delimiter = "auto",
    no_heading: NoHeading = False,
    mixed: Mixed = False,
    as_json: JsonOption = False,
) -> None:
    """元のデータと突き合わせ、証明する：元の値が残らない、鍵が合う、分布が保たれる / prove the target against its source."""
    from dataclasses import replace

    from sekisho.cli.mask_output import show_proof, write_observation, write_report
    from sekisho.engines.masking.inspecting import LeakInspector
    from sekisho.engines.masking.plan import read_plan
    from sekisho.engines.masking.sources import open_source
    from sekisho.engines.masking.verify import verify as prove

    wanted = read_plan(plan_file)
    keys = keys_for(wanted.domains, key)
    how = reading(encoding, delimiter, no_heading=no_heading, mixed=mixed, tables=None)
    held = {one.domain for one in keys.identities}
    usable = keys if held >= set(wanted.domains) else None
    own = replace(how, encoding="auto", delimiter="auto", tables=(), unescape_formulas=True)
    with ending_well(), progress("proving") as told, open_source(source, how) as before, open_source(target, own) as after:
        told("", 0)
        proof = prove(wanted, before, after, random=os.urandom, inspector=LeakInspector(), keys=usable, progress=told)
    now = datetime.now(UTC).astimezone(ZoneInfo("Asia/Tokyo"))
    if report is not None:
        write_report(report, wanted, proof, organization=organization, now=now, fictional=fictional, force=force)
    if observation is not None:
        write_observation(observation, wanted, proof, now=now, force=force)
    show_proof(proof, as_json=as_json)
    if not proof.holds:
        raise typer.Exit(1)


@app.command()
def synth(
    description: Annotated[Path, typer.Argument(help="記述（YAML） / description (YAML)")],
    target: TargetArgument,
    *,
    force: Force = False,
    form: Form = "",
    out_encoding: OutEncoding = "",
    formulas: Formulas = "text",
    as_json: JsonOption = False,
) -> None:
    """記述だけから表を作る。実在の値は入らない / make tables from a description alone; nothing in them is real."""
    from sekisho.engines.masking.synthetic import make, read_description
    from sekisho.engines.masking.targets import Writing

    _choice("--format", form, _FORMS)
    _choice("--formulas", formulas, _CHECKED)
    wanted = read_description(description)
    with ending_well(), progress("running") as told:
        made = make(wanted, target, how=Writing(form, dialect(out_encoding), formulas, force), progress=told)
    if as_json:
        print_json(made.as_dict())
        return
    for table, rows in made.rows.items():
        typer.echo(f"{table}\t{rows:,}")
    say("masking_runs.made", target=made.target, tables=len(made.rows))


@app.command()
def describe(
    source: SourceArgument,
    *,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="書き出すファイル / file to write")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="乱数の種 / seed")] = 1,
    encoding: Encoding = "auto",
    delimiter: Delimiter = "auto",
    no_heading: NoHeading = False,
    mixed: Mixed = False,
    force: Force = False,
    as_json: JsonOption = False,
) -> None:
    """値を含まない記述を作る：列の種類と、ぼかした範囲だけ / describe tables without any of their values."""
    from sekisho.engines.masking.inspecting import LeakInspector
    from sekisho.engines.masking.plan import write_plan
    from sekisho.engines.masking.sources import open_source
    from sekisho.engines.masking.synthetic import describe as described

    how = reading(encoding, delimiter, no_heading=no_heading, mixed=mixed, tables=None)
    with progress("looking") as told, open_source(source, how) as opened:
        told("", 0)
        value = described(
            opened,
            seed=seed,
            as_of=datetime.now(UTC).date(),
            inspector=LeakInspector(),
            random=os.urandom,
            title=word("described"),
        )
    if as_json:
        print_json(value)
    text = write_plan(value, head=(word("describe_head"),))
    if out is not None:
        _write(out, text, force=force)
        say("masking_runs.description_written", file=str(out), tables=len(value["tables"]))
    elif not as_json:
        typer.echo(text, nl=False)


@app.command()
def views(
    plan_file: PlanArgument,
    role: Annotated[str, typer.Argument(help="役割 / role")],
    *,
    dialect_name: Annotated[str, typer.Option("--dialect", help="postgresql・sqlite")] = "postgresql",
    schema: Annotated[str, typer.Option("--schema", help="表のあるスキーマ / schema of the tables")] = "",
) -> None:
    """役割ごとの見え方をSQLのビューにする。表せない列は断る / SQL views for a role; what SQL cannot say is refused."""
    from sekisho.engines.masking.plan import read_plan
    from sekisho.engines.masking.views import sql_views

    typer.echo(sql_views(read_plan(plan_file), role, dialect=dialect_name, schema=schema), nl=False)


@key_app.command("new")
def key_new(
    file: Annotated[Path, typer.Argument(help="新しい鍵のファイル（自分だけが読める） / new key file (0600)")],
    *,
    domain: Annotated[str, typer.Option("--domain", help="鍵の領域 / domain")] = "test-data",
    version: Annotated[int, typer.Option("--version", min=1, help="版 / version")] = 1,
    as_json: JsonOption = False,
) -> None:
    """新しい鍵を作る。鍵は表示しない / make a new key; it is not shown."""
    from sekisho.engines.masking.keys import new_key_file

    made = new_key_file(file, domain, now=datetime.now(UTC), random=os.urandom, version=version)
    if as_json:
        print_json({"file": str(file), "domain": made.domain, "version": made.version, "check": made.check})
        return
    say("masking_runs.key_made", file=str(file), domain=made.domain, version=made.version, check=made.check)
