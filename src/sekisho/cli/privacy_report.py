"""``sekisho privacy report``: figures, duties and processing of a table as a document that the 保護管理者 can sign.

Exit codes: 0 written · 1 written, and a figure contradicts a duty · 2 the input cannot be used.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import typer

from sekisho.cli.common import JsonOption, language, print_json, say
from sekisho.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from sekisho.documents.model import Document
    from sekisho.engines.privacyrisk import Assessment, Settings

__all__ = ["report"]

_ZONE: Final = "Asia/Tokyo"
_LARGEST: Final = 16 << 20


def report(
    file: Annotated[str, typer.Argument(help="提供・公開する表 / the table as it would be given out")],
    *,
    quasi: Annotated[list[str], typer.Option("--quasi", metavar="A,B,…", help="準識別子 / quasi-identifiers")],
    body: Annotated[str, typer.Option("--body", help="組織の種類（municipality、company など） / kind of body")],
    organization: Annotated[str, typer.Option("--organization", help="組織の名前 / name of the organisation")],
    out: Annotated[Path, typer.Option("--out", help="書き出す先（.pdf .docx .html .xlsx .md） / file to write")],
    sensitive: Annotated[list[str] | None, typer.Option("--sensitive", metavar="A,B,…", help="要保護の属性 / sensitive")] = None,
    kind: Annotated[
        str, typer.Option("--kind", help="anonymised・pseudonymised・public_anonymised（省くと組織の種類から） / of information")
    ] = "",
    before: Annotated[str | None, typer.Option("--before", help="加工前の表 / the table before processing")] = None,
    generalization: Annotated[
        Path | None, typer.Option("--generalization", help="generalize --json の結果 / result of generalize --json")
    ] = None,
    declarations: Annotated[Path | None, typer.Option("--declarations", help="申告（YAML） / declarations (YAML)")] = None,
    k: Annotated[int, typer.Option("--k", min=1, help="求めるk / k that is asked for")] = 5,
    l: Annotated[float, typer.Option("--l", min=1, help="求めるl / l that is asked for")] = 2,  # noqa: E741 - the measure's name
    t: Annotated[float, typer.Option("--t", min=0, max=1, help="求めるt / t that is asked for")] = 0.5,
    threshold: Annotated[float, typer.Option("--threshold", help="危険とみなす確率 / risk that counts")] = 0.2,
    sampling: Annotated[float | None, typer.Option("--sampling", help="母集団からの抽出率 / sampling fraction")] = None,
    population: Annotated[str | None, typer.Option("--population", help="母集団の表 / table of the population")] = None,
    suppressed: Annotated[str | None, typer.Option("--suppressed", help="抑制した行の印 / mark of suppressed rows")] = None,
    lang: Annotated[str, typer.Option("--language", help="ja・en")] = "",
    fictional: Annotated[bool, typer.Option("--fictional", help="架空の組織と示す / mark as fictional")] = False,
    encoding: Annotated[str, typer.Option("--encoding", help="CSVの文字コード / encoding of CSV")] = "auto",
    json_: JsonOption = False,
) -> None:
    """測定・義務・加工を、保護管理者が署名できる報告書にする / a report that the person responsible can sign."""
    from sekisho.cli.privacy import names_of, table_of
    from sekisho.documents import ALL_MEDIA_TYPES, render
    from sekisho.engines.privacyrisk import Options, Roles, Settings, assess

    form = out.suffix.lower().removeprefix(".")
    if form not in ALL_MEDIA_TYPES:
        raise InputError("documents.unknown_format", format=form)
    data = table_of(file, encoding)
    roles = Roles(names_of(quasi, data), names_of(sensitive, data))
    options = Options(k=k, threshold=threshold, sampling=sampling, suppressed=suppressed)
    people = None if population is None else table_of(population, encoding)
    result = assess(data, roles, options, population=people)
    found = _judged(data, result, Settings(k, l, t, threshold), body=body, kind=kind, declarations=declarations)
    found["before"] = None if before is None else assess(table_of(before, encoding), roles, options).as_dict()
    made = _built(
        file, organization, found, body=body, generalization=_read_json(generalization), lang=lang, fictional=fictional
    )  # fmt: skip
    out.write_bytes(render(made, form))
    if json_:
        print_json({"file": file, "out": str(out), **found})
    counts = found["checklist"]["counts"]
    say("privacy.cli_report_written", out=str(out), contradicted=counts["contradicted"], open=counts["open"])
    if counts["contradicted"]:
        raise typer.Exit(1)


def _judged(
    data: pa.Table, result: Assessment, settings: Settings, *, body: str, kind: str, declarations: Path | None
) -> dict[str, Any]:
    """The assessment, the proposal and the checklist as plain values."""
    from sekisho.engines.privacyrisk import figures_of, join, propose, read_declarations
    from sekisho.standards.privacy import duties

    rules, proposal = duties(), propose(data)
    declared = {} if declarations is None else read_declarations(declarations.read_bytes(), filename=str(declarations))
    figures = figures_of(data, result, proposal, settings)
    chosen = kind or _usual_kind(rules.regime(body).id)
    checklist = join(rules, body=body, kind=chosen, figures=figures, settings=settings, declarations=declared)
    return {"assessment": result.as_dict(), "proposal": proposal.as_dict(), "checklist": checklist.as_dict()}


def _usual_kind(regime: str) -> str:
    return "anonymised" if regime == "private" else "public_anonymised"


def _built(
    file: str, organization: str, found: dict[str, Any], *, body: str, generalization: dict[str, Any] | None, lang: str,
    fictional: bool,
) -> Document:  # fmt: skip
    from sekisho import __version__
    from sekisho.documents.privacy_report import PrivacyReport, privacy_report
    from sekisho.standards.privacy import duties

    spoken: Literal["ja", "en"] = "en" if (lang or language()).startswith("en") else "ja"
    path = Path(file)
    return privacy_report(PrivacyReport(
        organization=organization, file=path.name, as_of=datetime.now(UTC).astimezone(ZoneInfo(_ZONE)), duties=duties(),
        body=body,
        sha256=_sha256(path), **found, generalization=generalization, language=spoken, fictional=fictional, version=__version__,
    ))  # fmt: skip


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    raw = path.read_bytes()
    if len(raw) > _LARGEST:
        raise InputError("privacy.file_too_large", file=str(path), limit=_LARGEST >> 20)
    try:
        value = json.loads(raw)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError("privacy.setting_wrong", value=str(path), expected="sekisho privacy generalize --json") from error
    needed = {"method", "requirements", "suppressed", "suppressed_share", "left_out_missing", "removed_columns", "cost", "levels"}
    if not isinstance(value, dict) or not needed | {"verification"} <= set(value):
        raise InputError("privacy.setting_wrong", value=str(path), expected="sekisho privacy generalize --json")
    return value
