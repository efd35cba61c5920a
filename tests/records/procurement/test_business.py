"""業務の洗い出し without a script: rows come and go, nothing typed is lost, two people write different tasks."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.records.factories import NOW
from tests.records.procurement.examples import case_of

from sekisho.engines.systemdiagram import WORDS
from sekisho.errors import InputError
from sekisho.records.procurement import actions
from sekisho.records.procurement.forms.business import MOST_ROWS, TaskDraft
from sekisho.records.procurement.models import Case
from sekisho.records.procurement.rules.wording import word
from sekisho.standards import texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]
USE = {
    "uses": "1", "use-0-actor": "staff", "use-0-actor_name": "窓口", "use-0-place": "controlled", "use-0-terminal": "issued",
    "use-0-network": "internal", "use-0-action": "view",
}  # fmt: skip


def body(response: Any) -> str:
    return html.unescape(response.content.decode())


def at(case: Case, name: str, *more: Any) -> str:
    return reverse(f"procurement:{name}", args=[case.organization.code, case.pk, *more])


@pytest.fixture
def made() -> tuple[Case, Any, Any]:
    return case_of()


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in WORDS.items() for name in names])
def test_every_word_of_the_business_has_plain_words_in_both_languages(field, name):
    said = [word(field, name, language) for language in ("ja", "en")]
    assert all(said)
    assert said[0] != said[1]
    assert texts.known(f"procurement_business.{field}_{name or 'none_chosen'}")


def test_rows_come_and_go_without_a_script_and_without_loss(made):
    case, _owner, client = made
    url = at(case, "task_new")
    typed = {**USE, "name": "承認する", "purpose": "課長が承認", "partners": "0"}
    page = body(client.post(url, {**typed, "do": "add-use"}))
    assert 'name="uses" value="2"' in page
    assert 'value="窓口"' in page
    assert "課長が承認" in page
    page = body(client.post(url, {**typed, "do": "copy-use-0"}))
    assert page.count('value="窓口"') == 2
    page = body(client.post(url, {**typed, "do": "remove-use-0"}))
    assert 'name="uses" value="0"' in page
    page = body(client.post(url, {**typed, "do": "add-partner"}))
    assert 'name="partners" value="1"' in page
    for odd in ("remove-use-99", "remove-use-x", "copy-use--1", "add-king", "remove-use-٣", "x", "add-use-" + "9" * 50):
        assert client.post(url, {**typed, "do": odd}).status_code == 200, odd
    case.refresh_from_db()
    assert case.answers_version == 1  # nothing was saved on the way


def test_a_task_is_saved_by_its_own_key_and_changed_and_removed(made):
    case, _owner, client = made
    info = case.answers["information"][0]["id"]
    typed = {**USE, "use-0-information": [info], "name": "承認する", "purpose": "", "partners": "1", "partner-0-direction": "out",
             "partner-0-network": "lgwan", "do": "save"}  # fmt: skip
    assert client.post(at(case, "task_new"), typed).status_code == 302
    case.refresh_from_db()
    task = case.answers["tasks"][-1]
    assert task["id"] == "T1"
    assert task["uses"][0]["information"] == [info]
    assert "partners" not in task  # a row in which nothing was written is none
    page = body(client.get(at(case, "business")))
    assert "窓口が、庁舎などの管理された場所で" in page
    changed = {**typed, "name": "承認して通知する", "partner-0-name": "県", "base_version": str(case.answers_version)}
    assert client.post(at(case, "task", "T1"), changed).status_code == 302
    case.refresh_from_db()
    assert case.answers["tasks"][-1]["partners"][0]["name"] == "県"
    assert "承認して通知する" in body(client.get(at(case, "business_remove", "tasks", "T1")))
    client.post(at(case, "business_remove", "tasks", "T1"), {"base_version": str(case.answers_version)})
    case.refresh_from_db()
    assert "T1" not in [task["id"] for task in case.answers["tasks"]]
    assert client.get(at(case, "task", "T1")).status_code == 404
    assert client.get(at(case, "business_remove", "tasks", "T1")).status_code == 404
    assert client.get(at(case, "business_remove", "answers", "Q15")).status_code == 404


def test_unfinished_rows_are_named_and_nothing_is_saved(made):
    case, _owner, client = made
    response = client.post(at(case, "task_new"), {"name": "", "uses": "2", "use-1-actor": "staff", "partners": "1",
                                                  "partner-0-method": "API", "do": "save"})  # fmt: skip
    page = body(response)
    assert response.status_code == 422
    assert "エラー：" in page
    assert "名前を書いてください" in page
    assert "2行目：だれが" in page
    assert "1行目：相手の名前" in page
    case.refresh_from_db()
    assert case.answers_version == 1


def test_each_error_leads_to_its_control_and_stands_beside_it(made):
    case, _owner, client = made
    page = body(client.post(at(case, "task_new"), {"name": "", "uses": "2", "use-1-actor": "staff", "partners": "1",
                                                   "partner-0-method": "API", "do": "save"}))  # fmt: skip
    for control in ("f-name", "u1-place", "p0-name"):  # the first list of the row in which nothing is chosen
        assert f'<li><a href="#{control}">' in page
        assert f'id="{control}"' in page
    for beside in ("f-name-error", "use-1-error", "partner-0-error"):
        assert f'class="field-error" id="{beside}"' in page
        assert beside in re.search(r'aria-describedby="[^"]*' + beside, page)[0]
    for name, control, written in (
        ("information_new", "f-name", {"name": " "}),
        ("hosting", "f-hosting", {"hosting": ""}),
        ("purposes", "f-title", {"title": " ", "purposes": "a"}),
        ("purposes", "f-purposes", {"title": "a", "purposes": "a\x1bb"}),
    ):
        response = client.post(at(case, name), written)
        page = body(response)
        assert response.status_code == 422, name
        assert "<title>エラー：" in page
        assert f'<li><a href="#{control}">' in page
        assert f'id="{control}"' in page
        assert f'class="field-error" id="{control}-error"' in page
    assert "置き場所を一つ選んでください。" in body(client.post(at(case, "hosting"), {"hosting": ""}))


def test_the_page_of_the_business_leads_to_what_is_still_missing(made):
    case, _owner, client = made
    whole = case.answers
    for missing, label, name in (
        ({"purposes": []}, "次へ：目的を書く", "purposes"),
        ({"information": [], "tasks": []}, "次へ：扱う情報を加える", "information_new"),
        ({"tasks": []}, "次へ：業務を加える", "task_new"),
        ({"hosting": ""}, "次へ：システムの置き場所を選ぶ", "hosting"),
        ({}, "次へ：概要図を確かめる", "diagram"),
    ):
        Case.objects.filter(pk=case.pk).update(answers={**whole, **missing})
        assert f'<a class="btn" href="{at(case, name)}">{label}</a>' in body(client.get(at(case, "business"))), missing


@pytest.mark.parametrize(
    ("do", "focused"),
    [
        ("add-use", "u1-actor"),
        ("copy-use-0", "u1-actor"),
        ("add-partner", "p0-name"),
        ("remove-use-0", 'value="add-use"'),
        ("save", ""),
    ],
)
def test_whoever_adds_or_takes_away_a_row_goes_on_at_that_row(made, do, focused):
    case, _owner, client = made
    page = body(client.post(at(case, "task_new"), {**USE, "name": "", "partners": "0", "do": do}))
    found = re.findall(r"<[^>]* autofocus[^>]*>", page)
    assert len(found) == bool(focused)
    assert all(focused in one for one in found)


@pytest.mark.parametrize(
    "changes",
    [
        {"use-0-actor": "king"},
        {"use-0-network": "\x00"},
        {"use-0-information": ["no-such"]},
        {"name": "a\x1bb"},
    ],
)
def test_words_and_information_that_do_not_exist_are_refused(made, changes):
    case, _owner, client = made
    response = client.post(at(case, "task_new"), {**USE, "name": "x", "partners": "0", "do": "save", **changes})
    assert response.status_code in (400, 422)
    case.refresh_from_db()
    assert case.answers_version == 1


def test_two_people_write_different_tasks_and_the_same_task_is_a_choice(made):
    case, owner, client = made
    first, second = case.answers["tasks"][:2]
    actions.save_answers(owner, case, changes={f"tasks.{first['id']}": {**first, "name": "先に変えた"}}, base_version=1, now=NOW)
    typed = {**USE, "name": "別の業務", "partners": "0", "do": "save", "base_version": "1"}
    assert client.post(at(case, "task", second["id"]), typed).status_code == 302
    clash = client.post(at(case, "task", first["id"]), typed)
    page = body(clash)
    assert clash.status_code == 409
    assert "先に変えた" in page
    assert "別の業務" in page
    version = re.search(r'name="base_version" value="(\d+)"', page).group(1)
    assert client.post(at(case, "task", first["id"]), {**typed, "base_version": version}).status_code == 302
    case.refresh_from_db()
    assert [task["name"] for task in case.answers["tasks"][:2]] == ["別の業務", "別の業務"]


def test_two_new_tasks_from_old_forms_are_two_tasks(made):
    case, _owner, client = made
    before = len(case.answers["tasks"])
    for name in ("一つ目", "二つ目"):
        client.post(at(case, "task_new"), {**USE, "name": name, "partners": "0", "do": "save", "base_version": "1"})
    case.refresh_from_db()
    assert [task["name"] for task in case.answers["tasks"][before:]] == ["一つ目", "二つ目"]


def test_information_is_classed_by_the_scheme_of_the_body_and_kept_while_tasks_use_it(made):
    case, _owner, client = made
    page = body(client.get(at(case, "information_new")))
    assert "自治体機密性3A" in page
    assert "秘密文書としての取扱いを要する" not in page
    assert client.post(at(case, "information_new"), {"name": " "}).status_code == 422
    more = client.post(at(case, "information_new"), {"name": "日報", "confidentiality": "m2", "personal": "none", "do": "more"})
    assert more["Location"] == at(case, "information_new")
    case.refresh_from_db()
    assert case.answers["information"][-1] == {"id": "i1", "name": "日報", "confidentiality": "m2", "personal": "none"}
    used = case.answers["information"][0]
    refused = client.post(at(case, "business_remove", "information", used["id"]))
    assert refused.status_code == 422
    assert "先に、その業務から外してください" in body(refused)
    assert client.post(at(case, "business_remove", "information", "i1")).status_code == 302


def test_purposes_and_place_are_saved_each_by_itself(made):
    case, _owner, client = made
    response = client.post(at(case, "purposes"), {"title": "新しい件名", "purposes": "・一つ\n\n - 二つ ", "base_version": "1"})
    assert response.status_code == 302
    case.refresh_from_db()
    assert (case.title, case.answers["purposes"]) == ("新しい件名", ["一つ", "二つ"])
    assert client.post(at(case, "purposes"), {"title": "", "purposes": ""}).status_code == 422
    assert client.post(at(case, "hosting"), {}).status_code == 422 or case.answers["hosting"]
    assert client.post(at(case, "hosting"), {"hosting": "moon"}).status_code == 422
    client.post(at(case, "hosting"), {"hosting": "office", "cloud_kind": "saas", "base_version": "2"})
    case.refresh_from_db()
    assert (case.answers["hosting"], case.answers.get("cloud_kind", "")) == ("office", "")


words = st.text(max_size=12)
posted = st.dictionaries(
    st.sampled_from(["name", "purpose", "uses", "partners", *(f"use-{n}-{f}" for n in range(3) for f in ("actor", "place", "information")),
                     "partner-0-name", "partner-0-direction"]),
    words | st.integers(-5, 10**9).map(str),
    max_size=8,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    fields=posted, do=st.sampled_from(["add-use", "copy-use-0", "remove-use-0", "add-partner", "remove-partner-0", "x"]) | words
)
def test_any_form_is_read_within_bounds_and_is_either_a_task_or_a_refusal(fields, do):
    post = QueryDict(mutable=True)
    post.update(fields)
    draft = TaskDraft.posted(post)
    draft.change(do)
    assert len(draft.uses) <= MOST_ROWS
    assert len(draft.partners) <= MOST_ROWS
    try:
        value = draft.value("T1")
    except InputError:
        return
    assert value["name"]
    assert TaskDraft.of(value).value("T1") == value
