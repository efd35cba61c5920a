"""Cases: who sees and changes them, two people at once, kept versions, copies, opinions, and the pages of all that."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from tests.records.factories import NOW, client_for, give, make_organization, make_person, make_subject, principal_of
from tests.records.procurement.examples import FOLDER, case_of

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.ledger.models import Entry
from sekisho.records.organization.models import Person
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AnswerChange, Case, CaseMember, Notice
from sekisho.records.procurement.searching import find_cases

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def body(response: Any) -> str:
    return str(response.content.decode())


def at(case: Case, name: str, *more: Any) -> str:
    return reverse(f"procurement:{name}", args=[case.organization.code, case.pk, *more])


def member(case: Case, owner: Any, part: str = "editor", role: str = "system_officer", **fields: Any) -> Person:
    person = make_person(**fields)
    give(person, role, case.organization)
    actions.add_member(owner, case, person_id=person.pk, part=part, now=NOW)
    return person


@pytest.fixture
def made() -> tuple[Case, Any, Any]:
    return case_of()


# --------------------------------------------------------------------------------------------------------- who sees what


def test_a_case_begins_with_the_kind_of_body_and_its_maker_as_owner():
    city = make_organization("minamo", name="みなも市", body_kind="municipality")
    person = make_person()
    give(person, "procurement", city)
    case = actions.create_case(principal_of(person), organization=city, title=" 予約サイト ", now=NOW)
    assert (case.title, case.answers["answers"], case.answers["organization"]) == (
        "予約サイト", {"body": "municipality"}, "みなも市",
    )  # fmt: skip
    assert case.number == "P2026-0001"
    assert [(m.person, m.part) for m in queries.members(case)] == [(person, "owner")]
    second = actions.create_case(principal_of(person), organization=city, title="二つ目", now=NOW)
    assert second.number == "P2026-0002"


def test_the_form_of_a_new_case_has_the_usual_kind_chosen_and_says_what_each_makes():
    city = make_organization("minamo", body_kind="municipality")
    client = client_for("procurement", city)
    new = reverse("procurement:new", args=["minamo"])
    for address, chosen in (
        (new, "specification"),
        (f"{new}?rule_set=generative_ai", "generative_ai"),
        (f"{new}?rule_set=x", "specification"),
    ):
        marked = re.findall(r"<input[^>]*checked[^>]*>", body(client.get(address)))
        assert [f'value="{chosen}"' in one for one in marked] == [True], address
    assert "調達仕様書：システムやサービス" in body(client.get(new))
    assert client.post(new, {"title": "予約サイト", "rule_set": ""}).status_code == 422
    assert "どちらかを選んでください。" in body(client.post(new, {"title": "予約サイト", "rule_set": ""}))


def test_the_overview_begins_with_a_button_for_the_next_step_and_folds_what_is_undecided(made):
    case, _owner, client = made
    Case.objects.filter(pk=case.pk).update(
        answers={**case.answers, "answers": {"body": "municipality"}, "tasks": [], "information": [], "decisions": {}}
    )
    page = client.get(at(case, "case"))
    assert f'<a class="btn s" href="{at(case, "business")}">' in body(page)
    assert all(one["outcome"] for one in page.context["decisions"])
    assert page.context["undecided"]
    assert f"まだ決まらないこと（{len(page.context['undecided'])}件）" in body(page)
    steps = {step["key"]: step for step in page.context["steps"]}
    assert (steps["documents"]["url"], str(steps["documents"]["state"])) == (at(case, "documents"), "案は出せる")
    assert (steps["notice"]["url"], str(steps["notice"]["state"])) == ("", "まだできない")
    assert steps["places"]["url"] == at(case, "places")


def test_the_number_after_9999_goes_on():
    city = make_organization("minamo", body_kind="municipality")
    person = make_person()
    give(person, "procurement", city)
    principal = principal_of(person)
    first = actions.create_case(principal, organization=city, title="x", now=NOW)
    for number in ("P2026-9999", "P2026-10000"):
        Case.objects.filter(pk=first.pk).update(number=number)
        first = actions.create_case(principal, organization=city, title="x", now=NOW)
    assert first.number == "P2026-10001"


def test_before_the_notice_only_members_see_a_case(made):
    case, owner, client = made
    colleague = make_person()
    give(colleague, "system_officer", case.organization)
    outsider = principal_of(colleague)
    assert list(queries.cases(outsider)) == []
    with pytest.raises(NotFound):
        queries.case(outsider, case.pk)
    browser = client_for("ciso", case.organization)
    for name in ("case", "questions", "business", "diagram", "history", "check", "answers_file", "opinion"):
        assert browser.get(at(case, name)).status_code == 404, name
    assert case.title not in body(browser.get("/o/minamo/procurement/"))
    assert find_cases(outsider, case.organization, case.title[:4], 5) == []
    actions.add_member(owner, case, person_id=colleague.pk, part="reader", now=NOW)
    assert queries.case(principal_of(colleague), case.pk) == case
    assert [hit.code for hit in find_cases(outsider, case.organization, case.title[:4], 5)] == [case.number]
    assert client.get(at(case, "case")).status_code == 200


def test_after_the_notice_readers_of_the_organisation_see_it_and_nobody_changes_it(made):
    case, owner, client = made
    version = actions.keep_version(owner, case, note="", now=NOW)
    Notice.objects.create(
        case=case, case_version=version, frozen={}, sha256="0" * 64, award="lowest", published_on=NOW.date(), at=NOW
    )
    Case.objects.filter(pk=case.pk).update(state="noticed")
    reader = make_person()
    give(reader, "system_officer", case.organization)
    assert queries.announced_case(principal_of(reader), case.pk).number == case.number
    with pytest.raises(NotFound):
        queries.case(principal_of(reader), case.pk)  # drafts, answers and their history stay with the members
    for change in (
        lambda: actions.save_answers(owner, case, changes={"answers.Q15": "no"}, base_version=99, now=NOW),
        lambda: actions.return_to_version(owner, case, number=1, now=NOW),
        lambda: actions.save_diagram(owner, case, edits={}, base_version=1, now=NOW),
    ):
        with pytest.raises(Conflict) as caught:
            change()
        assert caught.value.code == "procurement.frozen"
    page = body(client.get(at(case, "question", "Q15")))
    assert 'name="value"' not in page


def test_a_stranger_finds_nothing(made):
    case, _owner, _client = made
    stranger = client_for("ciso", make_organization("other"))
    names = ("case", "copy", "opinion", "subject", "cancel", "business", "purposes", "hosting", "information_new", "task_new",
             "diagram", "diagram_svg", "history", "answers_file", "questions", "check")  # fmt: skip
    for name in names:
        assert stranger.get(at(case, name)).status_code == 404, name
        assert stranger.get(f"/o/other{at(case, name).removeprefix('/o/minamo')}").status_code == 404, name
    for name, more in (("keep", ()), ("diagram_edit", ()), ("member", ("add",)), ("return", (1,)), ("question", ("Q15",))):
        assert stranger.post(at(case, name, *more), {"value": "yes"}).status_code == 404, name


@pytest.mark.parametrize("part", ["reader", "evaluator"])
def test_readers_and_evaluators_change_nothing(made, part):
    case, owner, _client = made
    person = member(case, owner, part)
    them = principal_of(person)
    for change in (
        lambda: actions.save_answers(them, case, changes={"answers.Q15": "no"}, base_version=1, now=NOW),
        lambda: actions.keep_version(them, case, note="", now=NOW),
        lambda: actions.save_diagram(them, case, edits={}, base_version=1, now=NOW),
        lambda: actions.add_member(them, case, person_id=person.pk, part="owner", now=NOW),
        lambda: actions.remove_member(them, case, person_id=person.pk, part=part, now=NOW),
        lambda: actions.link_subject(them, case, subject=None, now=NOW),
        lambda: actions.cancel_case(them, case, reason="x", now=NOW),
        lambda: actions.copy_case(them, case, title="x", variant=True, now=NOW),
    ):
        with pytest.raises(NotPermitted):
            change()
    assert AnswerChange.objects.filter(case=case).count() == 0


# --------------------------------------------------------------------------------------------------- two people at once


def test_different_keys_are_merged_and_the_same_key_is_a_conflict(made):
    case, owner, _client = made
    other = principal_of(member(case, owner, name="同僚"))
    base = case.answers_version
    actions.save_answers(owner, case, changes={"answers.Q15": "no"}, base_version=base, now=NOW)
    merged = actions.save_answers(other, case, changes={"answers.Q18": "weekday"}, base_version=base, now=NOW)
    assert (merged.answers["answers"]["Q15"], merged.answers["answers"]["Q18"]) == ("no", "weekday")
    with pytest.raises(Conflict) as caught:
        actions.save_answers(other, case, changes={"answers.Q15": "yes", "answers.Q20": "none"}, base_version=base, now=NOW)
    assert caught.value.code == "procurement.changed_meanwhile"
    assert caught.value.fields["key"] == "answers.Q15"
    case.refresh_from_db()
    assert case.answers["answers"]["Q20"] != "none"  # nothing was half saved


def test_the_same_value_from_two_people_is_no_conflict(made):
    case, owner, _client = made
    base = case.answers_version
    for _ in range(2):
        actions.save_answers(owner, case, changes={"answers.Q15": "no"}, base_version=base, now=NOW)
    assert AnswerChange.objects.filter(case=case).count() == 1


def test_a_return_to_a_version_conflicts_with_every_older_form(made):
    case, owner, _client = made
    actions.keep_version(owner, case, note="初め", now=NOW)
    changed = actions.save_answers(owner, case, changes={"answers.Q15": "no"}, base_version=1, now=NOW)
    actions.return_to_version(owner, changed, number=1, now=NOW)
    with pytest.raises(Conflict) as caught:
        actions.save_answers(owner, case, changes={"answers.Q18": "weekday"}, base_version=changed.answers_version, now=NOW)
    assert caught.value.fields["key"] == "*"


def test_a_version_ahead_of_the_present_one_is_refused(made):
    case, owner, _client = made
    with pytest.raises(InputError) as caught:
        actions.save_answers(owner, case, changes={"answers.Q15": "no"}, base_version=2, now=NOW)
    assert caught.value.code == "procurement_cases.version_ahead"


@pytest.mark.only_postgresql
@pytest.mark.django_db(transaction=True)
def test_people_saving_at_the_same_moment_on_postgresql(transactional_db):
    case, owner, _client = case_of()
    principals = [owner, *(principal_of(member(case, owner)) for _ in range(3))]
    outcomes: list[str] = []

    def together(change: Any) -> list[str]:
        outcomes.clear()
        gate = threading.Barrier(len(principals))

        def go(number: int) -> None:
            try:
                gate.wait(timeout=10)
                actions.save_answers(principals[number], case, changes=change(number), base_version=base, now=NOW)
                outcomes.append("saved")
            except Conflict as error:
                outcomes.append(error.code)
            finally:
                connection.close()

        threads = [threading.Thread(target=go, args=(n,)) for n in range(len(principals))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        return sorted(outcomes)

    base = case.answers_version
    assert together(lambda n: {f"values.空欄{n}": str(n)}) == ["saved"] * 4
    case.refresh_from_db()
    assert {case.answers["values"][f"空欄{n}"] for n in range(4)} == {"0", "1", "2", "3"}
    base = case.answers_version
    assert together(lambda n: {"answers.Q02": 1000 + n}) == ["procurement.changed_meanwhile"] * 3 + ["saved"]


@pytest.mark.only_postgresql
@pytest.mark.django_db(transaction=True)
def test_cases_begun_at_the_same_moment_get_numbers_of_their_own_on_postgresql(transactional_db):
    city = make_organization("minamo", body_kind="municipality")
    people = [make_person() for _ in range(4)]
    for person in people:
        give(person, "procurement", city)
    gate, numbers = threading.Barrier(4), []

    def go(person: Person) -> None:
        try:
            principal = principal_of(person)
            gate.wait(timeout=10)
            numbers.append(actions.create_case(principal, organization=city, title="x", now=NOW).number)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(p,)) for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(numbers) == [f"P2026-000{n}" for n in range(1, 5)]


# ------------------------------------------------------------------------------------- versions, copies, members, opinions


def test_returning_keeps_what_was_there_before(made):
    case, owner, client = made
    actions.keep_version(owner, case, note="課内の確認", now=NOW)
    actions.save_answers(owner, case, changes={"answers.Q02": 7, "purposes": ["一つ"]}, base_version=1, now=NOW)
    page = body(client.get(at(case, "return", 1)))
    assert "7人" in page
    assert "一つ" in page
    assert client.post(at(case, "return", 1)).status_code == 302
    case.refresh_from_db()
    assert case.answers["answers"]["Q02"] != 7
    assert [v.number for v in queries.versions(case)] == [2, 1]
    assert queries.versions(case)[0].answers["answers"]["Q02"] == 7
    assert client.get(at(case, "return", 77)).status_code == 404
    history = body(client.get(at(case, "history")))
    assert "課内の確認" in history
    assert "全体（前の版に戻した）" in history


def test_a_kept_version_is_what_its_hash_says(made):
    case, owner, _client = made
    first = actions.keep_version(owner, case, note="", now=NOW)
    again = actions.keep_version(owner, case, note="", now=NOW)
    assert first.sha256 == again.sha256
    changed = actions.save_answers(owner, case, changes={"answers.Q02": 7}, base_version=1, now=NOW)
    assert actions.keep_version(owner, changed, note="", now=NOW).sha256 != first.sha256


def test_a_copy_takes_answers_and_decisions_and_a_variant_knows_its_main_case(made):
    case, owner, client = made
    actions.save_diagram(owner, case, edits={"renamed": {"server": "窓口"}}, base_version=1, now=NOW)
    case.refresh_from_db()
    response = client.post(at(case, "copy"), {"title": "来年度の予約サイト", "variant": ""})
    copy = Case.objects.exclude(pk=case.pk).get()
    assert response["Location"] == at(copy, "case")
    assert copy.answers == {**case.answers, "title": "来年度の予約サイト"}
    assert (copy.diagram, copy.copied_from_id, copy.variant_of_id) == (case.diagram, case.pk, None)
    variant = actions.copy_case(owner, case, title="別案", variant=True, now=NOW)
    assert actions.copy_case(owner, variant, title="別案2", variant=True, now=NOW).variant_of_id == case.pk
    page = body(client.get(at(case, "case")))
    assert "別案2" in page
    assert "来年度の予約サイト" in page
    actions.save_answers(owner, variant, changes={"answers.Q02": 7}, base_version=1, now=NOW)
    case.refresh_from_db()
    assert case.answers["answers"]["Q02"] != 7


def test_members_come_and_go_but_the_last_owner_stays(made):
    case, owner, client = made
    colleague = make_person(name="新しい人")
    give(colleague, "system_officer", case.organization)
    client.post(at(case, "member", "add"), {"person": str(colleague.pk), "part": "editor"})
    assert "新しい人" in body(client.get(at(case, "case")))
    elsewhere = make_person()
    give(elsewhere, "ciso", make_organization("other"))
    refused = client.post(at(case, "member", "add"), {"person": str(elsewhere.pk), "part": "editor"}, follow=True)
    assert "この組織にいない" in body(refused)
    wrong = client.post(at(case, "member", "add"), {"person": str(colleague.pk), "part": "king"}, follow=True)
    assert "役目はありません" in body(wrong)
    assert client.post(at(case, "member", "add"), {"person": "x", "part": "editor"}).status_code == 404
    alone = client.post(at(case, "member", "remove"), {"person": str(owner.person_id), "part": "owner"}, follow=True)
    assert "一人は残してください" in body(alone)
    client.post(at(case, "member", "add"), {"person": str(colleague.pk), "part": "owner"})
    left = client.post(at(case, "member", "remove"), {"person": str(owner.person_id), "part": "owner"})
    assert left["Location"] == "/o/minamo/procurement/"
    assert client.get(at(case, "case")).status_code == 404
    assert set(CaseMember.objects.filter(case=case).values_list("person__name", "part")) == {
        ("新しい人", "editor"), ("新しい人", "owner"),
    }  # fmt: skip


def test_an_opinion_is_about_a_version_and_never_from_whoever_wrote_the_case(made):
    case, owner, client = made
    person = member(case, owner, "reader", "advisor", name="助言者")
    adviser = principal_of(person)
    with pytest.raises(NotPermitted):
        actions.give_opinion(owner, case, agrees=True, text="よい", now=NOW)
    with pytest.raises(InputError):
        actions.give_opinion(adviser, case, agrees=True, text=" ", now=NOW)
    with pytest.raises(InputError):
        actions.give_opinion(adviser, case, agrees=True, text="x\x00", now=NOW)
    given = actions.give_opinion(adviser, case, agrees=False, text="ログの保存が短い", now=NOW)
    assert given.case_version.answers == case.answers
    assert queries.last_opinion(case) == given
    page = body(client.get(at(case, "opinion")))
    assert "ログの保存が短い" in page
    assert 'name="agrees"' not in page
    changed = actions.save_answers(owner, case, changes={"answers.Q02": 7}, base_version=1, now=NOW)
    assert queries.last_opinion(changed) is None
    assert "このあと答えが変わった" in body(client.get(at(case, "case")))


def test_an_adviser_writes_the_opinion_on_the_page(made):
    case, owner, _client = made
    person = member(case, owner, "reader", "advisor")
    from django.test import Client

    browser = Client()
    browser.force_login(person, backend="sekisho.web.backends.LoginBackend")
    assert 'name="agrees"' in body(browser.get(at(case, "opinion")))
    base = {"agrees": "yes", "base_version": browser.get(at(case, "opinion")).context["form"].initial["base_version"]}
    empty = browser.post(at(case, "opinion"), {**base, "text": ""})
    assert empty.status_code == 422
    assert "エラー：" in body(empty)
    assert browser.post(at(case, "opinion"), {**base, "text": "十分です"}).status_code == 302
    assert queries.opinions(case).get().agrees


def test_cancelling_asks_for_the_number_and_a_reason(made):
    case, _owner, client = made
    wrong = client.post(at(case, "cancel"), {"reason": "予算がない", "number": "P2026-9999"})
    assert wrong.status_code == 422
    case.refresh_from_db()
    assert case.state == "preparing"
    assert client.post(at(case, "cancel"), {"reason": "予算がない", "number": case.number.lower()}).status_code == 302
    case.refresh_from_db()
    assert case.state == "cancelled"
    assert Entry.objects.filter(action="procurement.cancel").exists()
    again = client.post(at(case, "cancel"), {"reason": "x", "number": case.number})
    assert again.status_code == 422


def test_a_case_is_linked_to_a_subject_of_its_own_organisation_only(made):
    case, owner, client = made
    system = make_subject(case.organization, kind="information_system", name="予約サイト")
    foreign = make_subject(make_organization("other"), kind="information_system")
    assert client.post(at(case, "subject"), {"subject": str(foreign.pk)}).status_code == 422
    with pytest.raises(InputError):
        actions.link_subject(owner, case, subject=foreign, now=NOW)
    assert client.post(at(case, "subject"), {"subject": str(system.pk)}).status_code == 302
    assert "予約サイト" in body(client.get(at(case, "case")))
    client.post(at(case, "subject"), {"subject": ""})
    case.refresh_from_db()
    assert case.subject_id is None


# ------------------------------------------------------------------------------------------------------ lists and files


def test_a_newcomer_is_shown_how_to_begin_and_then_what_comes_next():
    city = make_organization("minamo", name="みなも市", body_kind="municipality")
    client = client_for("procurement", city)
    assert "最初の案件を作る" in body(client.get("/o/minamo/procurement/"))
    assert client.post("/o/minamo/procurement/new", {"title": " ", "rule_set": "specification"}).status_code == 422
    assert client.post("/o/minamo/procurement/new", {"title": "x", "rule_set": "grading"}).status_code == 422
    made = client.post("/o/minamo/procurement/new", {"title": "予約サイト", "rule_set": "specification"})
    page = body(client.get(made["Location"]))
    assert "← 次はここ" in page
    assert "1/" in page
    listed = body(client.get("/o/minamo/procurement/"))
    assert "業務を書く" in listed
    assert "最初の案件を作る" not in listed
    assert client_for("staff", city).get("/o/minamo/procurement/new").status_code == 403


def test_the_list_is_filtered_by_its_address_and_goes_out_as_shown(made):
    case, owner, client = made
    other = actions.create_case(owner, organization=case.organization, title="=HYPERLINK(1)", now=NOW)
    actions.cancel_case(owner, other, reason="x", now=NOW)
    base = "/o/minamo/procurement/"
    for query, seen, hidden in (
        ("?state=cancelled", other, case),
        ("?state=preparing", case, other),
        (f"?q={case.number}", case, other),
    ):
        page = body(client.get(base + query))
        assert seen.number in page
        assert hidden.number not in page
        csv = client.get(f"{base}export.csv{query}").content.decode("utf-8-sig")
        assert seen.number in csv
        assert hidden.number not in csv
    assert client.get(f"{base}export.xlsx").content.startswith(b"PK")
    assert "'=HYPERLINK" in client.get(f"{base}export.csv").content.decode("utf-8-sig")
    for hostile in ("?state=x&rule_set=%27", "?page=-1", "?q=" + "長" * 500):
        assert client.get(base + hostile).status_code == 200, hostile
    assert "あてはまる案件がありません" in body(client.get(base + "?q=ない"))


def test_the_list_and_a_case_cost_few_queries(made, django_assert_max_num_queries):
    case, owner, client = made
    for n in range(30):
        actions.create_case(owner, organization=case.organization, title=f"案件{n}", now=NOW)
    with django_assert_max_num_queries(16):
        client.get("/o/minamo/procurement/")
    for n in range(12):
        member(case, owner, "reader")
        actions.save_answers(owner, case, changes={"answers.Q02": n}, base_version=n + 1, now=NOW)
    for name, most in (("case", 26), ("questions", 16), ("check", 16), ("business", 14), ("diagram", 14), ("history", 18)):
        with django_assert_max_num_queries(most):
            assert client.get(at(case, name)).status_code == 200


def upload(client: Any, content: bytes, name: str = "answers.yaml") -> Any:
    return client.post("/o/minamo/procurement/import", {"file": SimpleUploadedFile(name, content)})


@pytest.mark.parametrize("name", ["booking-site", "isolated-system", "design-study"])
def test_an_answers_file_is_previewed_and_becomes_a_case(name):
    city = make_organization("minamo", body_kind="municipality")
    client = client_for("procurement", city)
    seen = upload(client, (FOLDER / f"{name}.yaml").read_bytes())
    assert seen.status_code == 200
    assert Case.objects.count() == 0
    ticket = re.search(r'name="ticket" value="([^"]+)"', body(seen)).group(1)
    assert client.post("/o/minamo/procurement/import/confirm", {"ticket": ticket + "x"}).status_code == 409
    assert client_for("procurement", city).post(
        "/o/minamo/procurement/import/confirm", {"ticket": ticket}
    ).status_code == 409  # fmt: skip
    made = client.post("/o/minamo/procurement/import/confirm", {"ticket": ticket})
    case = Case.objects.get()
    assert made["Location"] == at(case, "case")
    assert client.get(at(case, "case")).status_code == 200
    out = client.get(at(case, "answers_file"))
    again = upload(client, out.content)
    assert again.status_code == 200
    assert case.title in body(again)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("空",)),
        (b"\xff\xfe\x00", ("answers.yaml",)),
        (b"a: [", ("answers.yaml",)),
        (b"title: x\nanswers:\n  Q15: perhaps\n", ("answers.yaml", "Q15")),
        (b"title: x\nanswers:\n  Q99: yes\n", ("answers.yaml", "Q99")),
        (b"title: x\ntasks:\n- id: T1\n  nam: y\n", ("answers.yaml 3",)),
        (b"title: x\nrule_set: grading\n", ("grading",)),
        (b"title: x\nrule_set: ../../etc\n", ("../../etc",)),
        (b"schema: sekisho.answers/9\n", ("answers.yaml",)),
        ("title: x\ntasks:\n- {id: 業務/1, name: a, purpose: b}\n".encode(), ("業務/1",)),
        (b'title: "a\\0b"\n', ("NUL",)),
        (b"title: &a [*a]\n", ("answers.yaml",)),
        (b"x" * 4_000_001, ("4000001",)),
    ],
)
def test_a_bad_answers_file_says_where_and_makes_nothing(content, words):
    client = client_for("procurement", make_organization("minamo", body_kind="municipality"))
    seen = upload(client, content)
    assert seen.status_code == 422, body(seen)[-800:]
    for word in words:
        assert word in body(seen)
    assert Case.objects.count() == 0


def test_what_changed_is_told_in_plain_words(made):
    case, owner, client = made
    changes = {
        "answers.Q15": "no",
        "decisions.AT-1-1": {"level": "low", "reason": "費用のため"},
        "clauses.AT-1-1": {"included": False, "text": "自分の文です"},
        "values.保存期間": "5年",
        "hosting": "office",
        "tasks.T9": {
            "id": "T9", "name": "承認する", "purpose": "",
            "uses": [{"actor": "staff", "actor_name": "課長", "place": "controlled", "terminal": "issued", "network": "internal",
                      "information": [case.answers["information"][0]["id"]], "action": "view"}],
            "partners": [{"name": "県", "method": "API", "network": "lgwan", "information": [], "direction": "out"}],
        },
    }  # fmt: skip
    actions.save_answers(owner, case, changes=changes, base_version=1, now=NOW)
    page = body(client.get(at(case, "history")))
    for word in ("つながりますか", "いいえ", "低位（理由：費用のため）", "自分の文：自分の文です", "5年", "庁舎", "業務「承認する」",
                 "課長が、庁舎などの管理された場所で", "県と相手へ渡す"):  # fmt: skip
        assert word in page, word
    assert "Q15" not in re.sub(r'href="[^"]+"', "", page)
