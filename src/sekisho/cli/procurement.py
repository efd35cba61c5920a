"""``sekisho procurement``: from answers to the security part of the 調達仕様書, without a database."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from sekisho.cli.common import language, print_json, say, shown
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.derivation import Answers
    from sekisho.errors import Problem
    from sekisho.records.procurement.rules.issuing import Obstacle
    from sekisho.records.procurement.writing import Material
    from sekisho.standards.rule_sets import RuleSet

app = typer.Typer(no_args_is_help=True, help="調達仕様書のセキュリティ要件を導く / security requirements of a procurement")
rules_app = typer.Typer(no_args_is_help=True, help="組織自身の規則を確かめる / an organisation's own rules")
app.add_typer(rules_app, name="rules")

_LARGEST: Final = 8 * 1024 * 1024  # of an answers file or a rule file, in bytes
_LARGEST_TEMPLATE: Final = 64 * 1024 * 1024


class Format(StrEnum):
    """What ``derive`` writes."""

    JSON = "json"
    DOCX = "docx"
    XLSX = "xlsx"
    HTML = "html"
    MD = "md"
    PDF = "pdf"


class Which(StrEnum):
    """Which document of a case."""

    SPECIFICATION = "specification"
    TRACEABILITY = "traceability"
    EVALUATION = "evaluation"
    REASONS = "reasons"


class Language(StrEnum):
    """Languages of a document."""

    JA = "ja"
    EN = "en"


AnswersArgument = Annotated[Path, typer.Argument(help="答えのファイル（YAML・JSON） / the answers (YAML or JSON)")]
RulesOption = Annotated[
    list[Path] | None,
    typer.Option("--rules", help="組織自身の規則（何度でも） / an organisation's own rule files, laid over ours (repeatable)"),
]
OutOption = Annotated[Path | None, typer.Option("--out", help="書き出すファイル（省くと画面） / file to write (default: stdout)")]
LanguageOption = Annotated[Language | None, typer.Option("--language", help="文書のことば / language of the output")]


@app.command()
def derive(
    answers: AnswersArgument,
    *,
    form: Annotated[Format, typer.Option("--format", help="出力の形 / format")] = Format.JSON,
    out: OutOption = None,
    document: Annotated[
        Which | None,
        typer.Option(
            "--document",
            help="どの文書か（xlsxで省くと表をまとめたブック） / which document (xlsx without it: a workbook of the tables)",
        ),
    ] = None,
    template: Annotated[Path | None, typer.Option(help="庁内のWordのひな形 / own Word template with named places")] = None,
    numbering: Annotated[
        str, typer.Option(help="条項の番号（official・articles・specification・kanji、又は書式） / numbering: a name or patterns")
    ] = "specification",
    draft: Annotated[bool, typer.Option("--draft", help="空欄を残したまま案を作る / a draft with its empty places")] = False,
    accept: Annotated[
        bool, typer.Option("--accept-suggestions", help="空欄に提案の値を入れる / fill empty places with what the rules suggest")
    ] = False,
    rules: RulesOption = None,
    to: LanguageOption = None,
) -> None:
    """答えから、実施レベルの幅・条項・理由を導き、JSONや文書にする / requirements, levels, clauses and reasons from answers."""
    from sekisho.cli.measure_output import working

    _check_target(form, out, template, document)
    lang = to.value if to else language()
    with working("procurement_outputs.cli_working", lang) as tell:
        material = _material(answers, rules or [], numbering, lang, accept=accept)
        tell(form.value)
        made = _made(material, form, document, template, draft=draft)
    _write(made, out, material)
    _tell_open(material)


def _check_target(form: Format, out: Path | None, template: Path | None, document: Which | None) -> None:
    if out is None and form in {Format.DOCX, Format.XLSX, Format.PDF}:
        raise InputError("procurement_outputs.out_needed", format=form.value)
    if template is not None and (form is not Format.DOCX or document not in {None, Which.SPECIFICATION}):
        raise InputError("procurement_outputs.template_needs_docx")
    if out is not None and not out.absolute().parent.is_dir():
        raise InputError("procurement_outputs.no_folder", folder=str(out.absolute().parent))


def _read(path: Path, limit: int = _LARGEST) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise InputError("cli.unreadable_file", file=str(path)) from error
    if len(content) > limit:
        raise InputError("procurement_outputs.too_large", file=str(path), limit=limit)
    return content


def _rule_set(name: str, changes: list[Path]) -> RuleSet:
    from sekisho.standards.rule_sets import included_rule_files, read_rule_set, rule_set

    if not changes:
        return rule_set(name)
    return read_rule_set(included_rule_files(name), changes={str(path): _read(path) for path in changes})


def _answers(path: Path, changes: list[Path], name: str = "") -> tuple[Answers, RuleSet]:
    """The answers of a file and the rules that they follow (``name``: these rules instead), each fault with its line."""
    import msgspec

    from sekisho.engines.derivation import check_answers, read_answers, unused_values, with_lines
    from sekisho.errors import Problem
    from sekisho.standards.rule_sets import rule_set_ids

    untrusted = _read(path)
    given = read_answers(untrusted, filename=str(path))
    if name:
        given = msgspec.structs.replace(given, rule_set=name)
    elif given.rule_set not in rule_set_ids():
        fields = {"id": given.rule_set[:40], "expected": ", ".join(rule_set_ids())}
        problem = Problem("derivation.unknown_rule_set", fields, str(path), None, "rule_set")
        unknown = InputError("derivation.wrong_answers", problems=(problem,), file=str(path))
        raise with_lines(unknown, untrusted, filename=str(path))
    rules = _rule_set(given.rule_set, changes)
    try:
        check_answers(rules, given, filename=str(path))
    except InputError as error:
        raise with_lines(error, untrusted, filename=str(path)) from error
    for key in unused_values(rules, given):
        say("procurement_outputs.unused_value", key=key[:80])
    return given, rules


def _material(path: Path, changes: list[Path], numbering: str, lang: str, *, accept: bool) -> Material:
    from datetime import datetime

    from sekisho.documents.numbering import style
    from sekisho.engines.derivation import derive as derive_
    from sekisho.records.procurement.writing import Material, accept_suggestions

    given, rules = _answers(path, changes)
    derivation = derive_(rules, given)
    if accept:
        given = accept_suggestions(given, derivation)
        derivation = derive_(rules, given)
    return Material(
        rules=rules,
        answers=given,
        derivation=derivation,
        style=style(numbering),
        language="en" if lang == "en" else "ja",
        as_of=datetime.now().astimezone(),
    )


def _made(
    material: Material, form: Format, document: Which | None, template: Path | None, *, draft: bool
) -> bytes | dict[str, Any]:
    from sekisho.records.procurement import writing

    if form is Format.JSON:
        return writing.plain(material)
    if form is Format.XLSX and document is None:
        return writing.render_workbook(material)
    which = document.value if document else Which.SPECIFICATION.value
    if which == Which.SPECIFICATION.value and not draft:
        _refuse_unready(material)
    if template is not None:
        return writing.fill_template(material, _read(template, _LARGEST_TEMPLATE), filename=str(template), draft=draft)
    return writing.render_one(writing.build(material, which, draft=draft), form.value)


def _open_points(material: Material) -> tuple[Problem, ...]:
    """What prevents a specification, as the pages say it before the notice."""
    from sekisho.errors import Problem
    from sekisho.records.procurement.rules.issuing import obstacles

    by_clause = material.outline.by_clause

    def problem(obstacle: Obstacle) -> Problem:
        fields = dict(obstacle.fields)
        if obstacle.kind == "question":
            fields["question"] = f"{obstacle.at} {material.rules.find('questions', obstacle.at).title.get(material.language)}"
        elif obstacle.kind == "check":
            fields["message"] = fields["message"].get(material.language)
        elif obstacle.kind == "requirement":
            fields["requirement"] = f"{obstacle.at} {material.requirement(obstacle.at).title.get(material.language)}"
        elif obstacle.kind == "place":
            entry = by_clause[fields["clause"]]
            fields["clause"] = f"{entry.citation} {entry.title}"
        return Problem(obstacle.code, fields, column=obstacle.at if obstacle.kind == "check" else "")

    return tuple(problem(one) for one in obstacles(material.derivation, opinions_current=True))


def _refuse_unready(material: Material) -> None:
    """InputError ``procurement_outputs.unfilled`` or ``.not_ready`` with everything that prevents a specification."""
    from sekisho.records.procurement import writing

    derivation = material.derivation
    if derivation.included and not derivation.unanswered and not derivation.errors:
        writing.refuse_unfilled(material)
    elif found := _open_points(material):
        raise InputError("procurement_outputs.not_ready", problems=found, count=len(found))


def _tell_open(material: Material) -> None:
    """Say on standard error what is still open: the output is complete, the case is not."""
    derivation = material.derivation
    if derivation.unanswered:
        say("procurement_outputs.open_questions", count=len(derivation.unanswered), ids=", ".join(derivation.unanswered))
    for check in derivation.errors:
        names = ", ".join((*check.questions, *check.requirements))
        say("procurement_outputs.open_check", message=check.message.get(language()), at=names)
    if derivation.decision("opinion_needed") == "yes":
        say("procurement_outputs.open_opinion")


def _write(made: bytes | dict[str, Any], out: Path | None, material: Material) -> None:
    if out is None:
        if isinstance(made, bytes):
            typer.echo(made.decode())
        else:
            print_json(made)
        return
    if not isinstance(made, bytes):
        import json

        made = (json.dumps(made, ensure_ascii=False, indent=2) + "\n").encode()
    out.write_bytes(made)
    say(
        "procurement_outputs.written",
        file=shown(out),
        clauses=len(material.derivation.included),
        unfilled=len(material.derivation.unfilled),
    )
    if left := len(material.derivation.clauses) - len(material.derivation.included):
        say("procurement_outputs.clauses_left", count=left)


@app.command()
def grade(answers: AnswersArgument, *, rules: RulesOption = None, to: LanguageOption = None) -> None:
    """情報システムの格付を答えから提案する（JSON） / propose the grade of a system from answers (JSON)."""
    from sekisho.engines.derivation import derive as derive_
    from sekisho.engines.derivation import explain

    given, found = _answers(answers, rules or [], "grading")
    derivation = derive_(found, given)
    lang = to.value if to else language()
    print_json(
        {
            "schema": "sekisho.grading/1",
            "rule_set": {"id": found.id, "version": found.version, "digest": found.digest},
            "title": given.title,
            **{d.id: d.value for d in derivation.decisions},
            "decisions": [
                {
                    "id": d.id,
                    "value": d.value,
                    "title": d.title.get(lang) if d.title else None,
                    "reason": d.reason.get(lang) if d.reason else None,
                    "because": explain(d.because, found, lang),
                }
                for d in derivation.decisions
            ],
            "checks": [{"id": c.id, "severity": c.severity, "message": c.message.get(lang)} for c in derivation.checks],
            "unanswered": list(derivation.unanswered),
        }
    )


@rules_app.command("check")
def rules_check(
    files: Annotated[list[Path], typer.Argument(help="組織自身の規則のファイル / the organisation's own rule files")],
    *,
    base: Annotated[str, typer.Option("--set", help="重ねる規則の組 / rule set they are laid over")] = "specification",
) -> None:
    """組織自身の規則を組み込みの規則に重ね、誤りをファイルと行で示す / read own rules over ours; faults by file and line."""
    found = _rule_set(base, files)
    say("procurement_outputs.rules_fine", id=found.id, files=len(files), digest=found.digest[:12])


if find_spec("sekisho.cli.procurement_review") is not None:
    app.command("review")(import_module("sekisho.cli.procurement_review").review)
