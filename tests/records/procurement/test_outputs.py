"""文書: downloads in every form, templates, numbering, the evaluation sheet, the API, three clearly different examples."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import docx
import msgspec
import openpyxl
import pytest
from django.urls import reverse
from tests.records.factories import NOW, client_for
from tests.records.procurement.examples import FOLDER, NAMES, case_of, material

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.evidence.models import Artifact
from sekisho.records.organization.principals import SYSTEM
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import Case, NumberingStyle, WordTemplate


def url(case: Case, name: str, *more: Any) -> str:
    return reverse(f"procurement:{name}", args=[case.organization.code, case.pk, *more])


# ------------------------------------------------------------------------------------------------------------- downloads


@pytest.mark.django_db
@pytest.mark.parametrize("which", ["specification", "traceability", "evaluation", "reasons"])
def test_every_document_is_shown_and_comes_as_word(which: str) -> None:
    case, _owner, client = case_of("design-study")
    page = client.get(url(case, "document", which))
    assert page.status_code == 200
    assert page.content.decode().count("<h1") == 1
    answer = client.get(url(case, "document_file", which, "docx"))
    assert answer["Content-Disposition"] == f'attachment; filename="{case.number}-{which}.docx"'
    assert docx.Document(io.BytesIO(answer.content)).paragraphs


@pytest.mark.django_db
def test_documents_tell_the_time_of_the_reader_not_that_of_the_database() -> None:
    case, _owner, _client = case_of()
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # half past one of the next day in Japan
    made = queries.material_of(case, language="ja", now=late)
    assert made.as_of.isoformat() == "2026-11-23T01:30:00+09:00"
    assert queries.document_of(case, made, "specification", draft=True).as_of == made.as_of


@pytest.mark.django_db
def test_while_nobody_answered_how_the_award_is_decided_no_page_says_that_it_is_decided() -> None:
    case, _owner, client = case_of()
    plain = case.answers
    Case.objects.filter(pk=case.pk).update(
        answers={**plain, "answers": {name: value for name, value in plain["answers"].items() if name != "award"}}
    )
    for name in ("criteria", "documents"):
        page = client.get(url(case, name)).content.decode()
        assert "まだ答えられていないので" in page, name
        assert "総合評価落札方式ではない" not in page, name


@pytest.mark.django_db
def test_many_open_questions_are_one_obstacle_with_a_list_behind_it() -> None:
    case, _owner, client = case_of(answers={"body": "municipality"}, tasks=[], information=[])
    page = client.get(url(case, "documents")).content.decode()
    told = re.search(r"必須の設問(\d+)問に答えていません。", page)
    assert told is not None
    assert page.count("必須の設問「") == int(told[1])


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["html", "md", "xlsx", "pdf"])
def test_the_specification_comes_in_every_form(form: str) -> None:
    case, _owner, client = case_of("design-study")
    answer = client.get(url(case, "document_file", "specification", form))
    assert answer.status_code == 200
    start = {"html": b"<!DOCTYPE html>", "md": b"# ", "xlsx": b"PK", "pdf": b"%PDF"}[form]
    assert answer.content.startswith(start)
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.django_db
def test_a_specification_with_empty_places_is_refused_with_the_list_and_made_as_a_draft() -> None:
    case, _owner, client = case_of("design-study", values={})
    unfilled = queries.derivation_of(case).unfilled
    refused = client.get(url(case, "document_file", "specification", "html"))
    assert refused.status_code == 422
    assert refused.content.decode().count("が空です") == len(unfilled)
    draft = client.get(url(case, "document_file", "specification", "html"), {"draft": "1"}).content.decode()
    assert draft.count("【未記入：") >= len(unfilled)
    shown = client.get(url(case, "documents")).content.decode()
    assert "?draft=1" in shown


@pytest.mark.django_db
@pytest.mark.parametrize(("which", "form"), [("nothing", "docx"), ("specification", "exe"), ("reasons", "zip")])
def test_other_documents_do_not_exist(which: str, form: str) -> None:
    case, _owner, client = case_of("design-study")
    assert client.get(url(case, "document_file", which, form)).status_code == 404


@pytest.mark.django_db
def test_the_workbook_has_frozen_heads_and_all_sheets() -> None:
    case, _owner, client = case_of("design-study")
    book = openpyxl.load_workbook(io.BytesIO(client.get(url(case, "documents_workbook")).content))
    names = {"答えから条項へ", "条項から答えへ", "つながり一覧", "応札者への質問", "評価表", "実施レベル"}
    assert names <= set(book.sheetnames)
    assert all(book[name].freeze_panes for name in names)


# ------------------------------------------------------------------------------------------------- templates and numbering


def _template(case: Case, content: bytes, **fields: Any) -> WordTemplate:
    from sekisho.records.evidence.actions import artifact_store

    stored = artifact_store().put([content], limit=10**8)
    artifact = Artifact.objects.create(
        sha256=stored.sha256, size=stored.size, media_type="application/octet-stream", stored_at=NOW
    )
    return WordTemplate.objects.create(
        organization=fields.pop("organization", case.organization),
        name="庁内様式",
        artifact=artifact,
        file_name="template.docx",
        at=NOW,
        **fields,
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("home")
def test_the_offices_own_template_is_filled_and_a_withdrawn_one_is_gone() -> None:
    case, _owner, client = case_of("design-study")
    row = _template(case, (FOLDER / "template.docx").read_bytes())
    answer = client.get(url(case, "document_file", "specification", "docx"), {"template": str(row.pk)})
    assert answer.status_code == 200
    text = "\n".join(node.text or "" for node in docx.Document(io.BytesIO(answer.content)).element.body.iter() if node.text)
    assert "総則" in text
    assert case.answers["title"] in text
    assert client.get(url(case, "document_file", "specification", "pdf"), {"template": str(row.pk)}).status_code == 422
    WordTemplate.objects.filter(pk=row.pk).update(withdrawn_at=NOW)
    for gone in (str(row.pk), "nonsense"):
        assert client.get(url(case, "document_file", "specification", "docx"), {"template": gone}).status_code == 404


@pytest.mark.django_db
def test_numbering_is_chosen_by_name_or_by_the_id_of_an_own_style() -> None:
    case, owner, client = case_of("design-study")
    own = NumberingStyle.objects.create(
        organization=case.organization, name="庁内", levels=["第{n}編", "第{n}条", "{ア}"], at=NOW
    )
    for wanted, shown in (("articles", "第1条　総則"), (str(own.pk), "第1編　総則")):
        assert client.post(url(case, "documents_numbering"), {"numbering": wanted}).status_code == 302
        page = client.get(url(case, "document_file", "specification", "md")).content.decode()
        assert shown in page
    assert client.post(url(case, "documents_numbering"), {"numbering": "nonsense"}).status_code == 404
    Case.objects.filter(pk=case.pk).update(state="noticed")
    with pytest.raises(Conflict):
        actions.choose_numbering(owner, Case.objects.get(pk=case.pk), numbering="articles", now=NOW)


# --------------------------------------------------------------------------------------------------------- evaluation sheet


def _criterion(**fields: Any) -> dict[str, Any]:
    return {"id": "own1", "clause": "", "title": "体制", "kind": "mandatory", "points": 0, "question": "", "shown": "", **fields}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("award", "changes", "problem"),
    [
        ("overall", {}, ""),
        ("overall", {"kind": "additional", "points": 30}, ""),
        ("overall", {"kind": "additional", "points": 0}, "points_range"),
        ("overall", {"kind": "additional", "points": 1001}, "points_range"),
        ("overall", {"points": 5}, "mandatory_points"),
        ("lowest", {"kind": "additional", "points": 5}, "points_without_overall"),
        ("lowest", {}, ""),
        ("overall", {"title": " "}, "title"),
        ("overall", {"id": ""}, "doubled"),
        ("overall", {"clause": "ZZ9"}, "unknown_clause"),
    ],
)
def test_points_exist_only_for_additional_criteria_under_overall_evaluation(award, changes, problem) -> None:
    case, owner, _client = case_of("design-study")
    case.answers["answers"]["award"] = award
    case.save()
    wanted = [_criterion(**changes)]
    if problem:
        with pytest.raises(InputError) as caught:
            actions.save_criteria(owner, case, criteria=wanted, base_version=case.version, now=NOW)
        assert [p.code for p in caught.value.problems] == [f"procurement_outputs.criterion_{problem}"]
        assert Case.objects.get(pk=case.pk).criteria == []
    else:
        saved = actions.save_criteria(owner, case, criteria=wanted, base_version=case.version, now=NOW)
        assert saved.version == case.version + 1
        assert queries.material_of(saved, language="ja", now=NOW).criteria[0].title == "体制"


@pytest.mark.django_db
@pytest.mark.parametrize("row", [{"id": 1}, {"title": None, "id": "a"}, {"id": "a", "kind": "both"}, {"id": "a", "budget": 1}])
def test_rows_that_are_no_criteria_are_refused(row: dict[str, Any]) -> None:
    case, owner, _client = case_of("design-study")
    with pytest.raises(InputError, match="wrong_criteria"):
        actions.save_criteria(owner, case, criteria=[row], base_version=case.version, now=NOW)


@pytest.mark.django_db
def test_the_sheet_is_edited_as_a_whole_added_to_and_put_back() -> None:
    case, _owner, client = case_of("booking-site")
    case.answers["answers"]["award"] = "overall"
    case.save()
    page = url(case, "criteria")
    first, second = queries.derivation_of(case).included[:2]
    form = {
        "version": "1",
        "id": [first.id, second.id, ""],
        "clause": [first.id, second.id, ""],
        "title": ["一", "二", "独自の項目"],
        "kind": ["mandatory", "additional", "additional"],
        "points": ["", "10", "20"],
        "question": ["", "", ""],
        "shown": ["", "", ""],
    }
    assert client.post(page, form).status_code == 302
    saved = Case.objects.get(pk=case.pk)
    assert [(row["id"], row["points"]) for row in saved.criteria] == [(first.id, 0), (second.id, 10), ("own1", 20)]
    shown = client.get(page).content.decode()
    assert "配点の合計 30点" in shown
    words = client.post(page, {**form, "version": "2", "points": ["", "十", "２０"]})
    assert words.status_code == 422
    assert "配点「十」は数ではありません" in words.content.decode()
    assert 'value="十"' in words.content.decode()  # what was typed stays
    late = client.post(page, form)
    assert late.status_code == 409
    assert client.post(page, {**form, "version": "2", "remove": [second.id]}).status_code == 302
    assert len(Case.objects.get(pk=case.pk).criteria) == 2 + 0
    assert client.post(page, {"version": "3", "do": "reset"}).status_code == 302
    assert Case.objects.get(pk=case.pk).criteria == []


# ----------------------------------------------------------------------------------------------------------------- API


@pytest.mark.django_db
def test_the_api_does_what_the_pages_do() -> None:
    case, _owner, client = case_of("booking-site", decisions={})
    base = f"/api/v1/procurement/cases/{case.pk}"
    derived = client.get(f"{base}/derivation").json()
    assert len(derived["requirements"]) == 28

    def put(path: str, data: Any, method: str = "put") -> Any:
        return getattr(client, method)(f"{base}/{path}", json.dumps(data), content_type="application/json")

    refused = put("requirements/AT-1-1", {"base_version": 1, "level": "low"})
    assert (refused.status_code, refused.json()["code"]) == (422, "procurement_deciding.reason_needed")
    assert put("requirements/AT-1-1", {"base_version": 1, "level": "low", "reason": "閉じた網"}).json()["undecided"] == 27
    assert put("accept-proposals", {"base_version": 2}, "post").json()["undecided"] == 0
    assert put("clauses/GE1", {"base_version": 3, "included": False, "reason": "別章"}).status_code == 200
    assert put("clauses/GE1", {"base_version": 2, "included": True}).status_code == 409
    assert put("places", {"base_version": 4, "values": {}, "suggestions": True}, "patch").status_code == 200
    shown = client.get(f"{base}/requirements?show=outside").json()
    assert [row["id"] for row in shown["items"]] == ["AT-1-1"]
    assert client.get(f"{base}/clauses").json()["total"] > 80
    assert client.get(f"{base}/obstacles").json()["items"][0]["kind"] == "opinion"
    assert client.get(f"{base}/comparison?before=now&after=now").json()["answers"] == []
    assert client.get(f"{base}/documents/specification.md").content.startswith(b"# ")
    assert client.get(f"{base}/documents/workbook").content.startswith(b"PK")
    sheet = client.get(f"{base}/criteria").json()
    kept = put("criteria", {"version": sheet["version"], "criteria": sheet["criteria"][:2]}).json()
    assert len(kept["criteria"]) == 2
    assert put("criteria", {"version": sheet["version"], "criteria": []}).status_code == 409
    assert put("numbering", {"numbering": "articles"}).status_code == 204
    assert put("numbering", {"numbering": "nope"}).status_code == 404
    assert put("requirements/AT-1-1", {"base_version": 1, "level": "low", "budget": 3}).status_code == 422
    stranger = client_for(None)
    for path in ("derivation", "requirements", "clauses", "obstacles", "criteria", "documents/specification.docx"):
        assert stranger.get(f"{base}/{path}").status_code == 404


@pytest.mark.django_db
def test_only_owners_and_editors_write() -> None:
    case, _owner, _client = case_of("design-study")
    from tests.records.factories import principal_for

    outsider = principal_for("procurement", case.organization)
    with pytest.raises(NotPermitted):
        actions.save_criteria(outsider, case, criteria=[], base_version=1, now=NOW)
    with pytest.raises(NotPermitted):
        actions.choose_numbering(outsider, case, numbering="articles", now=NOW)
    with pytest.raises(NotFound):
        actions.choose_numbering(SYSTEM, case, numbering="00000000-0000-4000-8000-000000000000", now=NOW)


# ------------------------------------------------------------------------------------------------------------ three examples


def test_the_three_examples_give_clearly_different_sets() -> None:
    found = {name: material(name).derivation for name in NAMES}
    clauses = {name: {clause.id for clause in derivation.included} for name, derivation in found.items()}
    for one in NAMES:
        for other in NAMES:
            if one < other:
                both, either = clauses[one] & clauses[other], clauses[one] | clauses[other]
                assert len(both) < 0.6 * len(either)
    holding = {name: sum(r.holds is True for r in derivation.requirements) for name, derivation in found.items()}
    assert holding["design-study"] <= 2
    assert 20 < holding["isolated-system"] < holding["booking-site"]
    assert all(not derivation.unfilled and not derivation.errors for derivation in found.values())


@pytest.mark.django_db
def test_opinions_count_only_for_the_present_answers() -> None:
    case, owner, _client = case_of("booking-site")
    from tests.records.factories import principal_for

    advisor = principal_for("advisor", case.organization)
    assert [o.kind for o in queries.obstacles_of(case, queries.derivation_of(case))] == ["opinion"]
    actions.give_opinion(advisor, case, agrees=True, text="足りている", now=datetime(2026, 11, 23, tzinfo=UTC))
    assert queries.obstacles_of(case, queries.derivation_of(case)) == ()
    changed = actions.save_answers(owner, case, changes={"values.契約名": "別の名"}, base_version=1, now=NOW)
    assert [o.kind for o in queries.obstacles_of(changed, queries.derivation_of(changed))] == ["opinion"]
    note = queries.material_of(changed, language="ja", now=NOW).opinions[0]
    assert (note.current, note.agrees) == (False, True)
    assert msgspec.to_builtins(note)["text"] == "足りている"
