"""``sekisho leakscan fingerprint``: fingerprints of an organisation's own documents, made and compared; no text is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError
from sekisho.standards.texts import render, render_problem

if TYPE_CHECKING:
    from sekisho.engines.leakscan.documents import Document, Shingler
    from sekisho.errors import Problem

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="自組織の文書の指紋を作り、照合する / fingerprints of own documents"
)

Paths = Annotated[list[Path], typer.Argument(help="ファイルやフォルダー（繰り返せる）/ files and folders")]
KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="鍵のファイル（環境変数 SEKISHO_LEAKSCAN_KEY も可）/ file with the key")
]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="除く名前（繰り返せる）/ names to leave out")]


def _key(file: Path | None) -> bytes:
    from sekisho.cli.leakscan_run import KEY_VARIABLE, key

    found = key(file)
    if not found:
        raise InputError("leakplaces.key_missing", variable=KEY_VARIABLE)
    return found


@app.command()
def build(
    paths: Paths,
    *,
    out: Annotated[Path, typer.Option("--out", help="指紋のファイル / file of fingerprints")],
    key_file: KeyFile = None,
    exclude: Exclude = None,
    as_json: JsonOption = False,
) -> None:
    """文書の指紋を作る。本文は残さない / make fingerprints of documents; their text is not kept."""
    from sekisho.engines.leakscan.documents import Shingler, save
    from sekisho.engines.leakscan.places.folders import Choice, Walk

    shingler = Shingler(_key(key_file))
    walk = Walk(paths, Choice(exclude=tuple(exclude or ())), frozenset({out.absolute()}))
    walk.check()
    left: list[Problem] = []
    count = save(out, _documents(walk, shingler, left), shingler)
    left += walk.problems
    if as_json:
        print_json({"schema": "sekisho.fingerprints/1", "documents": count, "problems": [p.as_dict() for p in left]})
        return
    for problem in left:
        print_problem(problem)
    say("leakplaces.fingerprints_made", count=count, file=str(out))


def _documents(walk: Any, shingler: Shingler, left: list[Problem]) -> Iterator[Document]:
    from sekisho.engines.leakscan.documents import fingerprint
    from sekisho.engines.textract import extract_file

    for candidate in walk.files():
        told = extract_file(candidate.path, name=candidate.name)
        document = fingerprint(candidate.name, told.texts(), shingler)
        left += told.problems
        if document.characters:
            yield document


@app.command()
def match(
    paths: Paths,
    *,
    documents: Annotated[Path, typer.Option("--documents", help="指紋のファイル / file of fingerprints")],
    key_file: KeyFile = None,
    exclude: Exclude = None,
    as_json: JsonOption = False,
) -> None:
    """自組織の文書（の一部）を含むか照合する。見つかれば終了コード1 / compare; exit code 1 when a file repeats a document."""
    from sekisho.engines.leakscan.documents import Matcher, load
    from sekisho.engines.leakscan.places.folders import Choice, Walk
    from sekisho.engines.textract import extract_file

    collection = load(documents, _key(key_file))
    walk = Walk(paths, Choice(exclude=tuple(exclude or ())), frozenset({documents.absolute()}))
    walk.check()
    found: list[dict[str, Any]] = []
    left: list[Problem] = []
    for candidate in walk.files():
        told = extract_file(candidate.path, name=candidate.name)
        matcher = Matcher(collection)
        for piece in told.pieces:
            matcher.feed(piece.text, piece.start)
        left += told.problems
        for one in matcher.finish():
            passages = [{"start": p.start, "end": p.end, "score": round(p.score, 3)} for p in one.passages]
            found.append(
                {"path": candidate.name, "document": one.document, "exact": one.exact, "share": one.share, "passages": passages}
            )
    left += walk.problems
    if as_json:
        print_json({"schema": "sekisho.fingerprint_matches/1", "matches": found, "problems": [p.as_dict() for p in left]})
    else:
        for row in found:
            code = "leakplaces.matched_whole" if row["exact"] else "leakplaces.matched_part"
            print(render(code, {**row, "share": f"{row['share']:.0%}", "passages": len(row["passages"])}, language()))  # noqa: T201
        for problem in left:
            print_problem(problem)
        if not found:
            say("leakplaces.matched_nothing")
    if found:
        raise typer.Exit(1)


def print_problem(problem: Problem) -> None:
    """Say one problem with its place on standard error."""
    place = ":".join(str(p) for p in (problem.file, problem.row, problem.column) if p)
    say("leakplaces.at_place", place=place, message=render_problem(problem, language()))
