"""What an action refuses stands beside the field that it is about, in the reader's words; and what cannot be done is not offered."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.records.factories import NOW, give, make_person
from tests.records.procurement.bidding import AFTER, world
from tests.records.procurement.bought import Office

from sekisho.errors import InputError, Problem
from sekisho.records.procurement import actions
from sekisho.records.procurement.models import AcceptanceTest, Case
from sekisho.records.procurement.queries import notice as notice_queries
from sekisho.records.procurement.views.errors import beside_fields, sentences
from sekisho.standards.rule_sets import rule_set

pytestmark = pytest.mark.django_db


class _Form(forms.Form):
    name = forms.CharField(label="名称")
    note = forms.CharField(label="覚え書き", required=False)
    file = forms.CharField(label="ファイル", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def _valid() -> _Form:
    form = _Form({"name": "a"})
    assert form.is_valid()
    return form


def _page(response: object) -> str:
    return unescape(response.content.decode())  # type: ignore[attr-defined]


def _beside(text: str, field: str) -> str:
    """The error that stands at a control."""
    start = text.index(f'id="id_{field}_error"')
    return text[start : text.index("</p>", start)]


class TestBesideFields:
    """How an error of an action finds its field."""

    def test_a_problem_with_a_column_goes_to_the_field_and_the_heading_is_not_repeated(self) -> None:
        form = _valid()
        problem = Problem("procurement_contract.supplier_missing", column="name")
        error = InputError("procurement_contract.wrong_dates", problems=(problem,), count=1)
        assert beside_fields(form, error, "ja") == []
        assert form.errors["name"] == ["契約の相手を書いてください。"]

    def test_what_is_about_no_field_stays_with_its_heading(self) -> None:
        form = _valid()
        problems = (
            Problem("procurement_contract.supplier_missing", column="name"),
            Problem("procurement_contract.no_tests", column="x"),
        )
        lines = beside_fields(form, InputError("procurement_contract.wrong_dates", problems=problems, count=2), "ja")
        assert len(lines) == 2
        assert "どの確かめに付けるか" in lines[1]
        assert list(form.errors) == ["name"]

    def test_a_name_in_a_sentence_becomes_the_label(self) -> None:
        form = _valid()
        assert beside_fields(form, InputError("procurement.too_long", key="note", limit=10), "ja") == []
        assert form.errors["note"] == ["「覚え書き」が長すぎます（上限 10 字）。"]

    def test_columns_translate_places_of_the_action(self) -> None:
        form = _valid()
        error = InputError("procurement.too_long", key="values.ログ", limit=10)
        assert beside_fields(form, error, "ja", columns={"values.ログ": "note"}) == []
        assert "note" in form.errors

    def test_nothing_goes_to_a_hidden_field(self) -> None:
        form = _valid()
        assert beside_fields(form, InputError("procurement.too_long", key="version", limit=1), "ja")
        assert not form.errors

    def test_a_single_fault_of_a_file_stands_at_the_file_with_its_name(self) -> None:
        form = _valid()
        problem = Problem("review.not_supported", {"found": ".csv"}, file="a.csv")
        assert (
            beside_fields(form, InputError("review.not_supported", problems=(problem,), file="a.csv", found=".csv"), "ja") == []
        )
        assert form.errors["file"][0].startswith("a.csv ")

    def test_sentences_name_no_places_of_the_action_and_say_nothing_twice(self) -> None:
        twice = Problem("procurement.reason_missing", column="result")
        assert sentences(InputError("procurement.reason_missing", problems=(twice,)), "ja") == ["理由を書いてください。"]


def test_a_wrong_corporate_number_stands_at_its_field() -> None:
    made = world()
    made.noticed()
    text = _page(made.client("owner").post(made.url("notice_bidders"), {"name": "株式会社みなも", "corporate_number": "123"}))
    assert "法人番号ではありません" in _beside(text, "corporate_number")
    assert 'href="#id_corporate_number"' in text
    assert 'value="株式会社みなも"' in text


def test_a_bidder_registered_twice_is_said_at_the_name() -> None:
    made = world()
    made.noticed()
    made.with_bidders()
    text = _page(made.client("owner").post(made.url("notice_bidders"), {"name": "株式会社みなもソフト"}))
    assert "もう登録されています" in _beside(text, "name")


def test_a_day_that_cannot_be_stands_at_the_day() -> None:
    made = world()
    made.noticed()
    given = {"received_on": "2020-01-01", "text": "質問"}
    text = _page(made.client("owner").post(made.url("notice_question_new"), given))
    assert "公告の日" in _beside(text, "received_on")


def test_a_release_is_not_offered_while_a_company_can_be_recognised() -> None:
    made = world()
    made.noticed()
    made.with_bidders()
    question = actions.receive_question(made.owner, made.case, text="みなもソフトの製品は", received_on=NOW.date(), now=NOW)
    actions.draft_answer(made.owner, made.case, number=question.number, answer="使えます", now=NOW)
    client, url = made.client("owner"), made.url("notice_release")
    text = _page(client.get(url))
    assert "まだ公表できません" in text
    assert "全員に公表する" not in text
    refused = _page(client.post(url))
    assert "1: " not in refused[refused.index("error-summary") :]
    actions.draft_answer(made.owner, made.case, number=question.number, answer="使えます", text="この製品は", now=NOW)
    assert "全員に公表する" in _page(client.get(url))


def test_a_correction_counts_from_one() -> None:
    made = world()
    first = made.noticed()
    preview = actions.preview_correction(made.owner, made.fresh(), reason="誤記", published_on=first.published_on,
                                         questions_until=first.questions_until, proposals_until=first.proposals_until,
                                         opening_at=first.opening_at, changes={}, now=NOW + timedelta(minutes=1))  # fmt: skip
    actions.correct_notice(made.owner, made.fresh(), reason="誤記", published_on=first.published_on,
                           questions_until=first.questions_until, proposals_until=first.proposals_until,
                           opening_at=first.opening_at, changes={}, expected_sha256=preview.sha256,
                           now=NOW + timedelta(minutes=1))  # fmt: skip
    assert "訂正1の内容" in _page(made.client("owner").get(made.url("notice_show", 2)))


def test_a_figure_that_cannot_be_read_is_said_in_its_row_and_the_summary_leads_there() -> None:
    made = world()
    made.noticed()
    made.with_bidders()
    made.member("evaluator")
    made.opened()
    wanted = notice_queries.wanted(made.case)
    number = next(n for n, one in enumerate(wanted) if one.kind == "additional")
    url = made.url("notice_score", next(iter(made.bidders.values())).pk)
    for value in ("abc", "999"):
        text = _page(made.client("evaluator").post(url, {f"c{number}-points": value}))
        assert f'id="c{number}-error"' in text
        assert f'href="#c{number}"' in text
        assert f"{wanted[number].id}:" not in text


def test_the_closing_is_offered_when_all_have_scored() -> None:
    made = world()
    made.noticed()
    made.with_bidders()
    made.member("evaluator")
    made.opened()
    url = made.url("notice_evaluation")
    before = _page(made.client("owner").get(url))
    assert made.url("notice_close") not in before
    assert "全員の採点が終わると" in before
    made.score_all("evaluator")
    assert made.url("notice_close") in _page(made.client("owner").get(url))
    assert AFTER > NOW


def test_a_reason_that_is_missing_stands_at_the_note_of_a_gate() -> None:
    made = world()
    client = made.client("owner")
    gates = _page(client.get(made.url("gates")))
    start = gates.index(made.url("gates"), gates.index("<tbody>"))
    url = gates[start : gates.index('"', start)]
    token = client.get(url).context["form"].initial["token"]
    text = _page(client.post(url, {"done": "no", "note": "", "token": token}))
    assert "理由を書いてください" in _beside(text, "note")
    assert "だれが" in text


def test_a_city_chooses_its_class_and_hears_no_names_of_the_engine() -> None:
    made = world()
    given = {"wished_start": "2028-04-03", "build_days": "120", "amount_yen": "50000000", "body": "municipality",
             "municipality": "none", "method": "open", "award": "lowest", "kind": "services", "treaty": "auto",
             "invitations": "auto", "off_the_shelf": "no", "version": str(made.case.version), "try": "1"}  # fmt: skip
    client, url = made.client("owner"), made.url("calendar")
    assert '<option value="" selected>' in _page(client.get(url)).split('name="municipality"')[1].split("</select>")[0]
    text = _page(client.post(url, given))
    assert "どの区分の市区町村か" in _beside(text, "municipality")
    assert "designated_city, " not in text
    told = _page(client.post(url, {**given, "municipality": "city"}))
    assert "（municipality）" not in told


def test_a_file_that_is_no_draft_is_said_at_the_file() -> None:
    made = world()
    url = made.url("case").split(str(made.case.pk))[0] + "reviews/new"
    file = SimpleUploadedFile("表.csv", b"a,b")
    text = _page(made.client("owner").post(url, {"file": file, "families": ["sbd"]}))
    assert "{file}" not in text
    assert "表.csv" in _beside(text, "file")


def test_a_number_of_the_rules_is_said_at_its_field_and_a_file_at_the_files() -> None:
    office = Office()
    chief = make_person()
    give(chief, "chief_officer", office.organization)
    client = Client()
    client.force_login(chief, backend="sekisho.web.backends.LoginBackend")
    url = f"{reverse('procurement:rules_new', args=[office.organization.code])}?set=specification"
    setting = rule_set("specification").settings[0]
    text = _page(client.post(url, {"do": "preview", f"s.{setting.id}": "abc"}))
    assert f'href="#s-{setting.id}"' in text
    assert f'id="s-{setting.id}-error"' in text
    assert f"「{setting.title.ja}」の値「abc」" in text
    assert f"settings.{setting.id}" not in text
    broken = SimpleUploadedFile("own.yaml", b"clauses:\n  - id: [oops\n")
    text = _page(client.post(url, {"do": "preview", "files": broken}))
    assert 'id="files-error"' in text
    assert "own.yaml 3" in text


def test_many_tests_without_words_are_said_in_a_few_lines() -> None:
    office = Office()
    case = office.contracted()
    rows = list(AcceptanceTest.objects.filter(case=case)[:12])
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    given = {"test": [str(row.pk) for row in rows], "state": "waived", "result": "", "confirm": "1"}
    versions = {f"version-{row.pk}": str(row.version) for row in rows}
    text = _page(
        client.post(reverse("procurement:acceptance_bulk", args=[office.organization.code, case.pk]), {**given, **versions})
    )
    assert text.count("を見送る理由を書いてください。") == 10  # five in the summary, five at the words
    assert "ほかに7件あります。" in text
    assert "result: " not in text


def test_a_list_of_a_generative_ai_shows_no_braces() -> None:
    office = Office()
    case = office.case(generative_ai="yes")
    client = Client()
    client.force_login(office.officer, backend="sekisho.web.backends.LoginBackend")
    client.post(reverse("procurement:ai_start", args=[office.organization.code, case.pk]), {"title": "チャット"})
    check = Case.objects.exclude(pk=case.pk).get()
    text = _page(client.get(reverse("procurement:ai", args=[office.organization.code, check.pk])))
    assert "〔生成AIの用途〕" in text
    assert "{生成AIの用途}" not in text
