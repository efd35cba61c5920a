"""sekisho procurement: derive, grade, rules check; what they print, write and refuse. No database is touched."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sekisho.cli import problems
from sekisho.cli.main import app
from sekisho.errors import InputError, NotFound

run = CliRunner()
FOLDER = Path(__file__).resolve().parents[2] / "examples" / "procurement"
BOOKING, ISOLATED, STUDY = (str(FOLDER / f"{n}.yaml") for n in ("booking-site", "isolated-system", "design-study"))


@pytest.fixture(autouse=True)
def _japanese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_LANG", "ja")


def call(*arguments: str) -> Any:
    return run.invoke(app, ["procurement", *arguments], catch_exceptions=True)


def derived(*arguments: str) -> dict[str, Any]:
    result = call("derive", *arguments)
    assert result.exit_code == 0, result.exception
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_json_names_range_level_reasons_and_clause_of_every_requirement() -> None:
    found = derived(BOOKING)
    assert len(found["requirements"]) == 28
    for row in found["requirements"]:
        assert {"id", "range", "level", "fired", "clause"} <= set(row)
        assert len(row["range"]) == 2
        assert all(fired["rule"] and fired["reasons"] for fired in row["fired"])
        assert row["clause"]["number"]
    assert {"clauses", "decisions", "checks", "unanswered", "unfilled", "conditions"} <= set(found)


def test_the_three_examples_give_three_different_sets() -> None:
    sets = [frozenset(c["id"] for c in derived(path)["clauses"] if c["included"]) for path in (BOOKING, ISOLATED, STUDY)]
    assert len(set(sets)) == 3
    assert [len(derived(path)["requirements"]) for path in (BOOKING, ISOLATED, STUDY)] == [28, 26, 1]


@pytest.mark.parametrize("form", ["docx", "xlsx", "html", "md"])
def test_files_are_written_in_every_form(form: str, tmp_path: Path) -> None:
    target = tmp_path / f"spec.{form}"
    result = call("derive", STUDY, "--format", form, "--out", str(target))
    assert result.exit_code == 0, result.exception
    data = target.read_bytes()
    if form == "docx":
        assert docx.Document(io.BytesIO(data)).paragraphs
    elif form == "xlsx":
        assert "評価表" in openpyxl.load_workbook(io.BytesIO(data)).sheetnames
    else:
        assert "総則" in data.decode()


def test_the_offices_template_numbering_and_language_are_used(tmp_path: Path) -> None:
    target = tmp_path / "spec.docx"
    result = call("derive", BOOKING, "--format", "docx", "--template", str(FOLDER / "template.docx"), "--out", str(target))
    assert result.exit_code == 0, result.exception
    assert derived(STUDY, "--numbering", "articles")["clauses"][0]["citation"] == "第1条1"
    assert derived(STUDY, "--numbering", "第{n}編 / 第{n}条 / {ア}")["clauses"][0]["citation"] == "第1編第1条"
    english = derived(STUDY, "--language", "en")
    assert english["not_applicable"][0]["reasons"][0].startswith("Condition")


def test_suggestions_and_drafts(tmp_path: Path) -> None:
    text = Path(STUDY).read_text(encoding="utf-8")
    bare = tmp_path / "bare.yaml"
    bare.write_text(text[: text.index("\nvalues:")] + "\n" if "\nvalues:" in text else text, encoding="utf-8")
    unfilled = derived(str(bare))["unfilled"]
    assert unfilled
    assert all(row["place"] and row["number"] for row in unfilled)
    target = tmp_path / "x.html"
    refused = call("derive", str(bare), "--format", "html", "--out", str(target))
    assert isinstance(refused.exception, InputError)
    assert len(refused.exception.problems) == len(unfilled)
    assert not target.exists()
    assert call("derive", str(bare), "--format", "html", "--draft", "--out", str(target)).exit_code == 0
    assert "【未記入：" in target.read_text(encoding="utf-8")
    assert len(derived(str(bare), "--accept-suggestions")["unfilled"]) < len(unfilled)


HOSTILE = [
    ("", "standards."),
    ("- just\n- a list\n", "derivation.wrong_answers"),
    ("schema: sekisho.answers/9\n", "derivation.wrong_answers"),
    ("budget: 1000\n", "derivation.wrong_answers"),
    ("answers: {Q99: yes}\n", "derivation.wrong_answers"),
    ("answers: {body: kingdom}\n", "derivation.wrong_answers"),
    ("answers: {Q02: -5}\n", "derivation.wrong_answers"),
    ("answers: {Q02: .inf}\n", "derivation.wrong_answers"),
    ("decisions: {AT-9-9: {level: low}}\n", "derivation.wrong_answers"),
    ("decisions: {AT-1-1: {level: highest}}\n", "derivation.wrong_answers"),
    ("clauses: {ZZ: {included: true}}\n", "derivation.wrong_answers"),
    ("a: &a [*a]\n", "standards."),
    ("a: 1\na: 2\n", "standards."),
    ("!!python/object/apply:os.system ['true']\n", ""),
    ("\x00", "standards."),
]


@pytest.mark.parametrize(("text", "code"), HOSTILE)
def test_answers_that_cannot_be_used_are_refused_with_file_and_place(text: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    error = call("derive", str(path)).exception
    assert isinstance(error, InputError)
    assert error.code.startswith(code)
    assert problems.guarded(lambda: app(["procurement", "derive", str(path)], standalone_mode=False)) == 2


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_answers_or_an_input_error(data: bytes) -> None:
    path = Path(__import__("tempfile").mkdtemp()) / "a.yaml"
    path.write_bytes(data)
    result = call("derive", str(path))
    assert result.exit_code == 0 or isinstance(result.exception, InputError)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["derive", "/nowhere.yaml"], "cli.unreadable_file"),
        (["derive", STUDY, "--format", "docx"], "procurement_outputs.out_needed"),
        (["derive", STUDY, "--format", "html", "--template", "x.docx"], "procurement_outputs.template_needs_docx"),
        (["derive", STUDY, "--out", "/nowhere/x.json"], "procurement_outputs.no_folder"),
        (["derive", STUDY, "--numbering", "{x}"], "numbering.wrong_style"),
        (["derive", STUDY, "--rules", "/nowhere.yaml"], "cli.unreadable_file"),
        (["rules", "check", "/nowhere.yaml"], "cli.unreadable_file"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(arguments: list[str], code: str) -> None:
    error = call(*arguments).exception
    assert isinstance(error, InputError)
    assert error.code == code


def test_own_rules_are_laid_over_ours_and_their_faults_have_file_and_line(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "clauses:\n- {id: OWN1, part: general, title: {ja: 独自, en: Own}, text: {ja: 独自の条項。, en: Our own.}}\n",
        encoding="utf-8",
    )
    assert call("rules", "check", str(own)).exit_code == 0
    assert "OWN1" in {c["id"] for c in derived(STUDY, "--rules", str(own))["clauses"]}
    own.write_text(
        "conditions:\n"
        "- {id: X1, title: {ja: あ, en: a}, when: X2}\n"
        "- {id: X2, title: {ja: い, en: b}, when: X1}\n"
        "clauses:\n"
        "- {id: OWN1, part: general, title: {ja: 独自, en: Own}, text: {ja: 独, en: O}, include_if: NOPE}\n",
        encoding="utf-8",
    )
    error = call("rules", "check", str(own)).exception
    assert isinstance(error, InputError)
    assert [(p.file, p.row, p.code) for p in error.problems] == [(str(own), 5, "rules.unknown_reference")]
    own.write_text(own.read_text(encoding="utf-8").replace("NOPE", "X1"), encoding="utf-8")
    error = call("rules", "check", str(own)).exception
    assert isinstance(error, InputError)
    assert [p.code for p in error.problems] == ["rules.cycle"]
    assert isinstance(call("rules", "check", str(own), "--set", "nothing").exception, NotFound)


def test_grading_proposes_a_grade_with_its_reasons(tmp_path: Path) -> None:
    path = tmp_path / "grading.yaml"
    path.write_text("rule_set: grading\ntitle: 予約サイト\n", encoding="utf-8")
    result = call("grade", str(path))
    assert result.exit_code == 0, result.exception
    found = json.loads(result.stdout)
    assert found["schema"] == "sekisho.grading/1"
    assert found["unanswered"]
    assert found["decisions"]


def test_a_flat_file_of_answers_is_told_once_where_they_belong(tmp_path: Path) -> None:
    path = tmp_path / "grading.yaml"
    path.write_text("rule_set: grading\npeople: 500\noutside: yes\n", encoding="utf-8")
    error = call("grade", str(path)).exception
    assert isinstance(error, InputError)
    assert [p.code.partition(".")[2] for p in error.problems] == ["answers_at_the_top", "unknown_field", "unknown_field"]


def test_deriving_loads_no_django() -> None:
    code = (
        "import sys; from sekisho.cli.main import app\n"
        f"app(['procurement', 'derive', {STUDY!r}, '--format', 'md'], standalone_mode=False)\n"
        "print('django' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("False")


BROKEN_SHAPES = """schema: sekisho.answers/1
budget: 1000
tasks: 3
information:
- {id: a}
decisions:
  AT-1-1: {level: extreme}
  AT-1-2: high
values:
  契約後の提出期限: 14
"""


def test_every_wrong_field_of_an_answers_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(BROKEN_SHAPES, encoding="utf-8")
    error = call("derive", str(path)).exception
    assert isinstance(error, InputError)
    assert [(p.row, p.column, p.code.removeprefix("derivation.")) for p in error.problems] == [
        (2, "budget", "unknown_field"),
        (3, "tasks", "expected_list"),
        (5, "information.0", "missing_field"),
        (7, "decisions.AT-1-1.level", "not_a_choice"),
        (8, "decisions.AT-1-2", "expected_mapping"),
        (10, "values.契約後の提出期限", "expected_text"),
    ]


@pytest.mark.parametrize(
    ("text", "row", "code"),
    [
        ("schema: sekisho.answers/1\nanswers:\n  body: kingdom\n", 3, "derivation.wrong_value"),
        ("answers:\n  Q99: yes\n", 2, "derivation.unknown_question"),
        ("title: x\nrule_set: nonesuch\n", 2, "derivation.unknown_rule_set"),
        ("decisions:\n  AT-9-9: {level: low}\n", 2, "derivation.unknown_id"),
    ],
    ids=["option", "question", "rule set", "requirement"],
)
def test_answers_that_the_rules_do_not_know_are_named_with_their_line(text: str, row: int, code: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    error = call("derive", str(path)).exception
    assert isinstance(error, InputError)
    assert [(p.file, p.row, p.code) for p in error.problems] == [(str(path), row, code)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("  Q25: yes", "  Q25: no"), "procurement_outputs.obstacle_check"),
        (("  Q11: moderate\n", ""), "procurement_outputs.obstacle_unanswered"),
        (("AT-1-1: {level: mid, reason: ", "AT-1-1: {level: low, reason: '' } # "), "procurement_outputs.obstacle_reason"),
    ],
    ids=["contradiction", "missing answer", "missing reason"],
)
def test_no_specification_from_answers_that_are_not_settled(change: tuple[str, str], code: str, tmp_path: Path) -> None:
    path, target = tmp_path / "answers.yaml", tmp_path / "spec.html"
    path.write_text(Path(BOOKING).read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    refused = call("derive", str(path), "--format", "html", "--out", str(target)).exception
    assert isinstance(refused, InputError)
    assert code in {problem.code for problem in refused.problems}
    assert not target.exists()
    draft = call("derive", str(path), "--format", "html", "--draft", "--out", str(target))
    assert draft.exit_code == 0
    assert target.exists()


def test_what_is_open_and_what_is_left_out_is_told_beside_the_json(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    result = call("derive", BOOKING, "--out", str(target))
    found = json.loads(target.read_text(encoding="utf-8"))
    assert all(clause["included"] for clause in found["clauses"])
    assert [clause["id"] for clause in found["clauses_not_included"]] == ["P16"]
    assert f"条項 {len(found['clauses'])}、" in result.stderr
    assert "意見" in result.stderr
    path = tmp_path / "typo.yaml"
    path.write_text("values: {保存期限間: 1年}\n", encoding="utf-8")
    assert "保存期限間" in call("derive", str(path)).stderr
