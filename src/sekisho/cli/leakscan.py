"""``sekisho leakscan PATH…``: personal data, numbers with legal care, markings and secrets in files, databases and streams.

Exit codes: 0 nothing found (what was not read is said) · 1 something was found · 2 bad input · 4 not permitted · 6 index in use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sekisho.cli import leakscan_fingerprint
from sekisho.cli.common import JsonOption, language
from sekisho.errors import InputError

if TYPE_CHECKING:
    from typer import _click as click

__all__ = ["app"]

_DEFAULT = "scan"


class _ScanByDefault(TyperGroup):
    """``leakscan PATH`` scans; a first word that names a command is that command (``./extract`` is a file of that name)."""

    default = _DEFAULT

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in {"--help", "-h"}:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_ScanByDefault, no_args_is_help=True, add_completion=False, help=__doc__)
app.add_typer(leakscan_fingerprint.app, name="fingerprint")

Paths = Annotated[
    list[str] | None,
    typer.Argument(help="ファイルやフォルダー、標準入力は -（繰り返せる）/ files and folders, - for standard input"),
]
Kinds = Annotated[
    str, typer.Option("--kinds", help="探す種類（コンマ区切り、例 my_number,email）/ kinds to look for, comma-separated")
]
Threshold = Annotated[float, typer.Option("--threshold", min=0, max=1, help="この点数以上だけ示す / least score that is shown")]
Rules = Annotated[Path | None, typer.Option("--rules", help="組織の規則（YAML）/ the organisation's own rules")]
Names = Annotated[bool, typer.Option("--names/--no-names", help="氏名・住所も探す / look for names and addresses, too")]
IndexOption = Annotated[
    Path | None,
    typer.Option("--index", help="変わっていないものを覚える索引ファイル / file that remembers what is unchanged"),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="既定の場所の索引を使い、途中から続ける / go on with an index at its usual place")
]
Include = Annotated[list[str] | None, typer.Option("--include", help="調べる名前（*.csv など、繰り返せる）/ names to scan")]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="除く名前（.git など、繰り返せる）/ names to leave out")]
Encoding = Annotated[str, typer.Option("--encoding", help="文字コードの指定（既定は自動）/ declared encoding of texts")]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="同時に動く処理の数 / processes")]
Database = Annotated[
    list[str] | None,
    typer.Option("--database", metavar="URL", help="データベース（SQLAlchemyのURL、繰り返せる）/ database by SQLAlchemy URL"),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        help="データベースのパスワードのファイル（環境変数 SEKISHO_DATABASE_PASSWORD も可）/ file with the database's password",
    ),
]
Tables = Annotated[list[str] | None, typer.Option("--table", help="調べる表（繰り返せる）/ tables to scan")]
Sample = Annotated[float, typer.Option("--sample", min=0, max=1, help="行のうち調べる割合 / share of the rows that is scanned")]
Documents = Annotated[
    Path | None, typer.Option("--documents", help="自組織の文書の指紋ファイル / file with fingerprints of own documents")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file", help="指紋の鍵のファイル（環境変数 SEKISHO_LEAKSCAN_KEY も可）/ file with the key of fingerprints"
    ),
]
Out = Annotated[Path | None, typer.Option("--out", help="結果（JSON）を書くファイル / file for the result (JSON)")]
ObservationOut = Annotated[
    Path | None, typer.Option("--observation", help="測定結果（Observation, JSON）を書くファイル / file for the Observation")
]
Send = Annotated[str | None, typer.Option(metavar="URL", help="測定結果をサーバーへ送る / send the Observation to a server")]
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="機器のトークンのファイル / file with the machine's token")]
Name = Annotated[str | None, typer.Option("--name", help="対象の名前 / name of what is measured")]
Production = Annotated[
    bool | None, typer.Option("--production/--not-production", help="本番の場所かどうか / whether the places are production")
]


@app.command(_DEFAULT)
def scan(
    paths: Paths = None,
    *,
    as_json: JsonOption = False,
    kinds: Kinds = "",
    threshold: Threshold = 0.5,
    rules: Rules = None,
    names: Names = True,
    index: IndexOption = None,
    resume: Resume = False,
    include: Include = None,
    exclude: Exclude = None,
    encoding: Encoding = "",
    workers: Workers = 2,
    database: Database = None,
    password_file: PasswordFile = None,
    table: Tables = None,
    sample: Sample = 1.0,
    documents: Documents = None,
    key_file: KeyFile = None,
    out: Out = None,
    observation: ObservationOut = None,
    send: Send = None,
    token_file: TokenFile = None,
    name: Name = None,
    production: Production = None,
) -> None:
    """ファイル・フォルダー・データベース・標準入力を調べる（scan は省ける）/ scan files, folders, databases, standard input."""
    from sekisho.cli import leakscan_run as runs

    if not paths and not database:
        raise InputError("leakplaces.nothing_to_scan")
    settings = runs.settings(
        kinds=kinds, threshold=threshold, names=names, rules=rules, documents=documents, key_file=key_file, encoding=encoding
    )
    asked = runs.Asked(
        roots=tuple(Path(p) for p in paths or () if p != "-"),
        stdin="-" in (paths or ()),
        databases=tuple(database or ()),
        password_file=password_file,
        tables=tuple(table or ()),
        sample=sample,
        settings=settings,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        index=index or (runs.usual_index(paths or ()) if resume else None),
        workers=workers,
        out=out,
    )
    output = runs.writer(as_json=as_json, out=out)
    result = asked.run(output)
    runs.hand_on(result, name=name, production=production, file=observation, send=send, token_file=token_file)
    if result.summary.findings:
        raise typer.Exit(1)


@app.command()
def extract(
    file: Annotated[Path, typer.Argument(help="ファイル / a file")],
    *,
    as_json: JsonOption = False,
    encoding: Encoding = "",
) -> None:
    """start・endが数える文字列（取り出した文字）をそのまま出す / print the text in which start and end count, exactly."""
    from sekisho.cli.common import print_json
    from sekisho.engines.textract import Rows, extract_file
    from sekisho.standards.texts import render_problem

    told = extract_file(file, encoding=encoding, name=str(file))
    if not as_json:
        sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass", newline="")  # type: ignore[union-attr]
        for text in told.texts():
            sys.stdout.write(text)
    else:
        parts: list[dict[str, Any]] = []
        for piece in told.pieces:
            part: dict[str, Any] = {"start": piece.start, "end": piece.start + len(piece.text), "location": piece.place.as_dict()}
            part |= (
                {"header": list(piece.header)} if isinstance(piece, Rows) else {"context": piece.context} if piece.context else {}
            )
            parts.append(part | {"text": piece.text})
        problems = [p.as_dict() for p in told.problems]
        print_json(
            {"schema": "sekisho.extracted/1", "kind": told.kind, "state": told.state, "parts": parts, "problems": problems}
        )
    for problem in (*told.problems, *told.notes):
        place = ":".join(str(p) for p in (problem.file, problem.row, problem.column) if p)
        print(f"{place}: {render_problem(problem, language())}", file=sys.stderr)  # noqa: T201 - a command line's way to speak
