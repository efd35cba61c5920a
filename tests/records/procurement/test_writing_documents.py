"""The specification, the evaluation sheet and the reasons: what stands in them, and what is refused."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import docx
import openpyxl
import pytest
from tests.records.procurement.examples import FOLDER, NAMES, answers, material

from sekisho.documents.model import Document, Heading, Paragraph, Picture, Table
from sekisho.engines.derivation import Choice, ClauseChoice
from sekisho.errors import InputError
from sekisho.records.procurement.writing import (
    FORMATS,
    Criterion,
    OpinionNote,
    accept_suggestions,
    build,
    default_criteria,
    evaluation,
    fill_template,
    named_places,
    plain,
    points_of,
    reasons,
    render_one,
    render_workbook,
    sheet,
    specification,
)


def words(made: Document) -> str:
    lines: list[str] = []
    for block in made.blocks:
        if isinstance(block, Heading):
            lines.append(block.text)
        elif isinstance(block, Paragraph):
            lines += [run for run in block.runs if isinstance(run, str)]
        elif isinstance(block, Table):
            lines += [str(cell.value) for row in block.rows for cell in row]
    return "\n".join(lines)


@pytest.mark.parametrize("name", NAMES)
def test_the_specification_holds_every_clause_and_no_id_of_ours(name: str) -> None:
    found = material(name)
    text = words(specification(found))
    for clause in found.derivation.included:
        assert clause.text.ja in text
        assert clause.title.ja in text
    left_out = {c.title.ja for c in found.rules.clauses} - {c.title.ja for c in found.derivation.included}
    assert not [title for title in left_out if f"　{title}\n" in text]
    assert not re.search(r"(?<![A-Z])(AT|AU|AC|PR|PH|DA|SC|UP)-\d-\d", text)
    numbered = words(specification(found, requirement_numbers=True))
    assert ("SC-1-1" in numbered) is any(r.id == "SC-1-1" for r in found.derivation.requirements if r.holds)


def test_a_draft_until_the_notice() -> None:
    assert specification(material()).status.value == "draft"
    assert specification(material(issued=True)).status.value == "issued"


@pytest.mark.parametrize("name", NAMES)
def test_empty_places_are_refused_one_by_one_and_marked_in_a_draft(name: str) -> None:
    found = material(name, values={})
    with pytest.raises(InputError) as caught:
        specification(found)
    assert caught.value.code == "procurement_outputs.unfilled"
    assert len(caught.value.problems) == len(found.derivation.unfilled)
    first = caught.value.problems[0].fields
    assert first["number"]
    assert first["title"]
    text = words(specification(found, draft=True))
    assert all(f"【未記入：{u.name}】" in text for u in found.derivation.unfilled)
    assert "{" not in text


def test_suggestions_fill_what_they_can_and_keep_what_was_given() -> None:
    found = material(values={"第一報の期限": "2時間"})
    after = accept_suggestions(found.answers, found.derivation)
    assert after.values["第一報の期限"] == "2時間"
    suggested = {p.name for c in found.derivation.included for p in c.places if p.suggested}
    assert suggested <= set(after.values)


def test_own_wording_stands_instead_of_ours() -> None:
    text = words(specification(material(clauses={"GE4": ClauseChoice(text="独自の一文とすること。")})))
    assert "独自の一文とすること。" in text
    assert "同等以上の効果がある別の方法" not in text


def test_the_diagram_stands_in_the_specification_when_tasks_were_entered() -> None:
    pictures = [block for block in specification(material()).blocks if isinstance(block, Picture)]
    assert len(pictures) == 1
    assert pictures[0].svg.startswith("<svg")
    assert pictures[0].alternative
    assert not [b for b in specification(material(tasks=())).blocks if isinstance(b, Picture)]


@pytest.mark.parametrize("name", NAMES)
def test_the_offices_template_holds_everything(name: str) -> None:
    found = material(name, number="P2026-0001")
    made = fill_template(found, (FOLDER / "template.docx").read_bytes(), filename="template.docx")
    body = docx.Document(io.BytesIO(made)).element.body
    text = "".join(node.text or "" for node in body.iter() if node.tag.endswith("}t"))
    for clause in found.derivation.included:
        assert clause.text.ja.replace("\n", "") in text
    assert found.answers.title in text


def test_a_template_without_the_place_for_clauses_is_refused() -> None:
    other = docx.Document()
    other.add_paragraph("{{件名}}")
    target = io.BytesIO()
    other.save(target)
    with pytest.raises(InputError) as caught:
        fill_template(material(), target.getvalue(), filename="own.docx")
    assert caught.value.code == "places.missing"


def test_what_has_no_place_of_its_own_stands_with_the_clauses() -> None:
    other = docx.Document()
    other.add_paragraph("{{セキュリティ要件}}")
    target = io.BytesIO()
    other.save(target)
    found = material("booking-site")
    made = fill_template(found, target.getvalue(), filename="own.docx")
    text = "".join(node.text or "" for node in docx.Document(io.BytesIO(made)).element.body.iter() if node.tag.endswith("}t"))
    annex = next(entry for entry in found.outline.entries if entry.annex and entry.clause)
    assert annex.title in text
    assert "要件一覧" in text


# ----------------------------------------------------------------------------------------------------------- evaluation


def test_points_only_under_overall_evaluation() -> None:
    given = answers("booking-site").answers
    overall = material(answers={**given, "award": "overall"}, decisions={"AT-1-1": Choice(level="high")})
    lowest = material(answers={**given, "award": "lowest"}, decisions={"AT-1-1": Choice(level="high")})
    extra = [criterion for criterion in default_criteria(overall) if criterion.kind == "additional"]
    assert extra
    assert {criterion.clause for criterion in extra} == {c.id for c in overall.derivation.included if c.level == "high"}
    assert points_of(sheet(overall)) == 10 * len(extra)
    assert points_of(sheet(lowest)) == 0
    assert "配点" not in words(evaluation(lowest))
    columns = [column.title for block in evaluation(lowest).blocks if isinstance(block, Table) for column in block.columns]
    assert "配点" not in columns
    saved = (Criterion(id="own1", title="体制", kind="additional", points=40),)
    assert points_of(sheet(material(answers={**given, "award": "lowest"}, criteria=saved))) == 0
    assert points_of(sheet(material(answers={**given, "award": "overall"}, criteria=saved))) == 40


@pytest.mark.parametrize("name", NAMES)
def test_bidders_are_asked_about_every_clause(name: str) -> None:
    found = material(name)
    asked = {criterion.clause for criterion in sheet(found)}
    assert asked == {clause.id for clause in found.derivation.included}
    assert all(criterion.question for criterion in sheet(found))


# -------------------------------------------------------------------------------------------------------------- reasons


def test_the_reasons_say_why_what_it_costs_and_what_the_advisor_said() -> None:
    note = OpinionNote(name="助言者", on="2026-11-20", agrees=False, text="もう一段上げるべき", current=False)
    found = material(
        opinions=(note,), decisions={**answers("booking-site").decisions, "AT-1-1": Choice(level="low", reason="費用")}
    )
    html = render_one(reasons(found), "html").decode()
    for part in ("幅の外に決めた理由：費用", "もう一段上げるべき", "この意見の後に", "費用への影響", "規則AT-1-1.mid"):
        assert part in html
    requirement = found.requirement("AT-1-1")
    assert requirement.levels["low"].cost.ja in html
    assert found.rules.confidence_note.ja[:40] in html


def test_requirements_that_do_not_apply_are_named_with_the_reason() -> None:
    html = render_one(reasons(material("design-study")), "html").decode()
    assert "この案件では適用しない対策要件" in html
    assert html.count("条件S") >= 20


# ---------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("which", ["specification", "traceability", "evaluation", "reasons"])
def test_every_document_renders_in_the_light_forms(which: str, language: str) -> None:
    made = build(material("design-study", language=language), which)
    for form in set(FORMATS) - {"pdf"}:
        assert len(render_one(made, form)) > 500
    text = render_one(made, "md").decode()
    assert "procurement_outputs." not in text
    if language == "en":
        assert not [word for word in ("実施レベル", "条項", "設問") if word in text]


def test_the_same_material_gives_the_same_bytes() -> None:
    first, second = (render_one(build(material("design-study"), "specification"), "docx") for _ in range(2))
    assert first == second
    assert render_workbook(material("design-study")) == render_workbook(material("design-study"))


def test_the_workbook_reads_back_with_every_clause() -> None:
    found = material("isolated-system")
    book = openpyxl.load_workbook(io.BytesIO(render_workbook(found)))
    numbers = {str(row[0].value) for row in book["条項から答えへ"].iter_rows(min_row=5)}
    assert {found.outline.cited(c.id) for c in found.derivation.included} <= numbers


def test_json_names_range_level_rules_and_clause_of_each_requirement() -> None:
    found = plain(material("booking-site"))
    first = found["requirements"][0]
    assert (first["id"], first["range"], first["level"]) == ("AT-1-1", ["mid", "high"], "mid")
    assert first["clause"]["citation"] == "4.1.1(1)"
    assert {"rule", "conditions", "reasons"} <= set(first["fired"][0])
    study = plain(material("design-study"))
    assert len(study["requirements"]) + len(study["not_applicable"]) == 28


def test_the_list_of_requirements_says_all_that_the_strength_demands() -> None:
    table = next(b for b in build(material("booking-site"), "specification").blocks if isinstance(b, Table) and len(b.rows) == 28)
    demands = [str(row[-1].value) for row in table.rows]
    assert not any(demand.startswith("加えて") for demand in demands)
    assert "外部につながるサーバと内部の網を分ける。加えて、" in demands[0]


def test_bidders_are_not_asked_how_they_meet_a_definition() -> None:
    asked = {criterion.id: criterion.question for criterion in default_criteria(material("booking-site"))}
    assert "どのように満たしますか" not in asked["GE1"] + asked["GE2"] + asked["GE4"] + asked["P15"]
    assert "どのように満たしますか" in asked["L1"]


@pytest.mark.parametrize(("language", "name"), [("ja", "{業務又は部署の区分}"), ("en", "{")])
def test_places_of_a_clause_are_named_in_the_readers_language(language: str, name: str) -> None:
    found = replace(material("booking-site"), language="en" if language == "en" else "ja")
    text = named_places(found, found.requirement("AT-1-1").levels["mid"].clause)
    assert name in text
    assert (re.search(r"[ぁ-んァ-ヶ一-龠]", text) is not None) is (language == "ja")
