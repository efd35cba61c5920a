"""``sekisho standards``: read, search and check the catalogues and the other facts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import NotFound
from sekisho.standards import catalog as data
from sekisho.standards import texts
from sekisho.standards.model import VERIFIED

if TYPE_CHECKING:
    from sekisho.errors import Problem
    from sekisho.standards.model import Catalog, Requirement

app = typer.Typer(no_args_is_help=True, help="基準（管理策・遵守事項など）を読む・探す・確かめる / read, search, check")


def _summary(c: Catalog) -> dict[str, Any]:
    return {
        "id": c.id,
        "edition": c.edition,
        "items": len(c.requirements),
        "assessable": len(c.assessable),
        "title": msgspec.to_builtins(c.title),
        "unit": msgspec.to_builtins(c.unit),
        "status": c.status,
        "superseded_by": msgspec.to_builtins(c.superseded_by),
        "confidence": c.confidence,
    }


@app.command("list")
def list_(*, json_: JsonOption = False) -> None:
    """組み込みの基準の一覧 / the included catalogues."""
    catalogs = data.catalogs().values()
    if json_:
        print_json([_summary(c) for c in catalogs])
        return
    lang = language()
    for c in catalogs:
        mark = "" if c.status == "current" else f"  → {c.superseded_by.get(lang)}" if c.superseded_by else ""
        typer.echo(f"{c.id:22}{len(c.requirements):>4} {c.unit.get(lang)}  {c.title.get(lang)}  [{c.edition}]{mark}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="基準または事実の一覧の番号 / id of a catalogue or list of facts")],
    item: Annotated[str, typer.Argument(help="項目の番号 / id of an item")] = "",
    *,
    json_: JsonOption = False,
) -> None:
    """一つの基準、または一つの項目 / one catalogue, or one item of it."""
    if name in data.catalog_ids():
        _show_catalog(data.catalog(name), item, as_json=json_)
    elif name in data.facts_ids():
        _show_facts(name, item, as_json=json_)
    else:
        raise NotFound("standards.not_found", id=name)


def _show_catalog(c: Catalog, item: str, *, as_json: bool) -> None:
    lang = language()
    if item:
        try:
            requirement = c.get(item)
        except KeyError:
            raise NotFound("standards.requirement_not_found", catalog=c.id, id=item) from None
        print_json(msgspec.to_builtins(requirement)) if as_json else _print_requirement(requirement, lang)
        return
    if as_json:
        print_json(msgspec.to_builtins(c))
        return
    typer.echo(f"{c.title.get(lang)}  [{c.edition}]\n{c.confidence_note.get(lang)}\n")
    for requirement in c.requirements:
        typer.echo(f"{requirement.id:8} {requirement.title.get(lang)}")


def _print_requirement(r: Requirement, lang: str) -> None:
    typer.echo(f"{r.unit.get(lang)} {r.id}  {r.title.get(lang)}\n{r.summary.get(lang)}")
    for point in r.points:
        typer.echo(f"  {point.no}. {point.title.get(lang)}")
    for mapping in r.mappings:
        mark = VERIFIED[mapping.verified].get(lang)
        typer.echo(f"→ {mapping.catalog}: {', '.join(mapping.ids) or '—'} ({mapping.relation}; {mark})")
    proposal = f" [{VERIFIED['proposal'].get(lang)}]"
    for level, text in (r.levels.levels if r.levels else {}).items():
        typer.echo(f"{level}: {text.description.get(lang)}{'' if text.given_in_source else proposal}")
    for field, mark in r.verified.items():
        typer.echo(f"  {field}: {VERIFIED[mark].get(lang)}")


def _show_facts(name: str, item: str, *, as_json: bool) -> None:
    facts = data.facts(name)
    rows = [row for row in facts.items if not item or str(row["id"]) == item]
    if item and not rows:
        raise NotFound("standards.requirement_not_found", catalog=name, id=item)
    if as_json:
        print_json(rows[0] if item else msgspec.to_builtins(facts))
        return
    lang = language()
    for row in rows:
        typer.echo(f"{row['id']:10} {row['title']['en' if lang == 'en' else 'ja']}")


@app.command()
def search(query: Annotated[list[str], typer.Argument(help="探す言葉 / words")], *, json_: JsonOption = False) -> None:
    """基準と事実を探す（二文字の言葉でもよい） / search catalogues and facts."""
    from sekisho.standards.search import search as find

    lang = language()
    hits = find(" ".join(query), lang)
    if json_:
        print_json([hit.as_dict(lang) for hit in hits])
        return
    if not hits:
        say("standards.cli_search_none", query=" ".join(query))
    for hit in hits:
        typer.echo(f"{hit.source:22}{hit.id:10} {hit.title.get(lang)}")


@app.command()
def validate(
    path: Annotated[
        Path | None, typer.Argument(help="確かめるファイル（省くと組み込みの全部） / a file; ours if left out")
    ] = None,
    *,
    json_: JsonOption = False,
) -> None:
    """データの形・番号・対応・両言語を確かめる / check schema, ids, mappings and both languages."""
    from sekisho.standards.validate import included_count, validate_file, validate_included

    problems = validate_file(path) if path else validate_included()
    files = 1 if path else included_count()
    if json_:
        print_json({"ok": not problems, "files": files, "problems": [_problem_row(p) for p in problems]})
    elif problems:
        say("standards.invalid", count=len(problems))
        for problem in problems:
            row = _problem_row(problem)
            typer.echo(f"{row['file']}:{row['row'] or ''}:{row['path']}: {row['message']}")
    else:
        say("standards.valid", files=files)
    if problems:
        raise typer.Exit(1)


def _problem_row(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "row": problem.row,
        "path": problem.column,
        "code": problem.code,
        "message": texts.render_problem(problem, language()),
    }


@app.command()
def template(out: Annotated[Path, typer.Option("--out", help="書き出す先（.xlsx） / where to write")]) -> None:
    """組織自身の規程を取り込むXLSXのひな形 / the XLSX template for an organization's own rules."""
    from sekisho.errors import Conflict
    from sekisho.standards.own_rules import template_xlsx

    if out.exists():
        raise Conflict("standards.cli_exists", path=str(out))
    out.write_bytes(template_xlsx(language()))
    say("standards.cli_written", path=str(out))
