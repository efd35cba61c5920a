"""``sekisho report``: build, issue and list the report on the state of information security."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.cli.django import setup
from sekisho.errors import InputError
from sekisho.standards import texts

if TYPE_CHECKING:
    from sekisho.records.measurement.models import Report

app = typer.Typer(no_args_is_help=True, help="情報セキュリティ対策状況報告書を作る、並べる / build and list the report")

OrganizationOption = Annotated[str, typer.Option(help="組織のコード / code of the organisation")]


class Language(StrEnum):
    """Languages of a report."""

    JA = "ja"
    EN = "en"


class Format(StrEnum):
    """Formats of a report."""

    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"


class Calendar(StrEnum):
    """How a Japanese report writes its dates."""

    WAREKI = "wareki"
    WESTERN = "western"


@app.command()
def build(
    organization: OrganizationOption,
    report_language: Annotated[
        Language, typer.Option("--language", help="報告書のことば / language of the report")
    ] = Language.JA,
    output: Annotated[Format, typer.Option("--format", help="ファイルの形 / format of the file")] = Format.DOCX,
    calendar: Annotated[Calendar, typer.Option(help="日付（和暦・西暦） / calendar of a Japanese report")] = Calendar.WAREKI,
    out: Annotated[Path | None, typer.Option(help="書き出すファイル / file to write")] = None,
    template: Annotated[Path | None, typer.Option(help="庁内のWordのひな形 / the office's own Word template")] = None,
    issue: Annotated[
        bool, typer.Option("--issue", help="発行する（あとで変えられない） / issue it: frozen from then on")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """いまの時点の報告書を新しく作り、ファイルに書き出す / build a new report as of now and write it to a file."""
    form = _template(template, output)
    if out is not None and not out.absolute().parent.is_dir():
        raise InputError("measurement.no_folder", folder=str(out.absolute().parent))
    setup()
    from django.utils import timezone

    from sekisho.records.measurement import actions
    from sekisho.records.organization import queries as organizations
    from sekisho.records.organization.principals import SYSTEM

    place = organizations.by_code(SYSTEM, organization)
    row = actions.build_report(
        SYSTEM, organization=place, now=timezone.now(), language=report_language.value, era=calendar is Calendar.WAREKI
    )
    if issue:
        row = actions.issue_report(SYSTEM, row, now=timezone.now())
    target = out or Path(f"report-{place.code}-{row.as_of.date().isoformat()}.{output.value}")
    data = actions.render_report(row, output.value, template=form)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise InputError("measurement.cannot_write", file=str(target), why=error.strerror or type(error).__name__) from error
    if as_json:
        print_json({**_row(row), "file": str(target), "bytes": len(data)})
    else:
        say("measurement.report_written", file=str(target), references=row.references.count(), size=len(data))


def _template(path: Path | None, output: Format) -> bytes | None:
    if path is None:
        return None
    if output is not Format.DOCX:
        raise InputError("measurement.template_needs_docx")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("cli.unreadable_file", file=str(path)) from error


@app.command("list")
def list_reports(
    organization: Annotated[str | None, typer.Option(help="組織のコード / code of the organisation")] = None,
    as_json: JsonOption = False,
) -> None:
    """報告書の一覧（新しい順） / all reports, newest first."""
    setup()
    from sekisho.records.measurement import queries
    from sekisho.records.organization import queries as organizations
    from sekisho.records.organization.principals import SYSTEM

    place = organizations.by_code(SYSTEM, organization) if organization else None
    rows = [_row(row) for row in queries.reports(SYSTEM, organization_id=place.pk if place else None)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        state = texts.render(f"measurement.state_{row['state']}", {}, language())
        typer.echo(f"{row['as_of'][:16]}  {row['organization']}  {state}  {row['title']}  {row['id']}")


def _row(row: Report) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "organization": row.organization.code,
        "title": row.title,
        "language": row.language,
        "state": row.state,
        "period": [row.period_start.isoformat(), row.period_end.isoformat()],
        "as_of": row.as_of.isoformat(),
        "document_sha256": row.document_id,
        "renderings": row.renderings,
        "references": row.references.count(),
    }
