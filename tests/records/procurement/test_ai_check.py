"""The check of a generative AI: begun from a procurement, its judgement, its lists, its document."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.records.factories import NOW, client_for, give, make_organization, make_person, principal_of
from tests.records.procurement.examples import case_of

from sekisho.documents import MEDIA_TYPES
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.procurement import actions
from sekisho.records.procurement import queries as room_queries
from sekisho.records.procurement.models import Case, GateCheck
from sekisho.records.procurement.queries import ai_check as queries
from sekisho.standards.rule_sets import rule_set

pytestmark = pytest.mark.django_db


def _answers(**given: object) -> dict[str, object]:
    """Every question answered with its lightest option, but for those given."""
    made: dict[str, object] = {}
    for question in rule_set("generative_ai").questions:
        made[question.id] = {
            "yes_no": "no",
            "number": question.minimum or 0,
            "choice": question.options[0].id if question.options else "",
            "choices": [question.options[0].id] if question.options else [],
        }.get(question.kind, "文書の要約")
    return {**made, **given}


@pytest.fixture
def made(home):
    case, owner, browser = case_of("booking-site")
    check = actions.start_ai_check(owner, case, title="案内文の生成", now=NOW)
    return case, owner, browser, check


def _answered(owner, check, **given):
    return actions.save_answers(
        owner,
        check,
        changes={f"answers.{name}": value for name, value in _answers(**given).items()},
        base_version=check.answers_version,
        now=NOW,
    )


def test_a_check_knows_its_procurement_and_the_procurement_its_checks(made):
    case, owner, _, check = made
    assert (check.rule_set, check.checks_id) == ("generative_ai", case.pk)
    assert list(queries.ai_checks_of(owner, case)) == [check]
    assert queries.checked_procurement(owner, check) == case
    with pytest.raises(InputError, match="is_a_check"):
        actions.start_ai_check(owner, check, title="x", now=NOW)
    Case.objects.filter(pk=case.pk).update(state="cancelled")
    case.refresh_from_db()
    with pytest.raises(Conflict, match="wrong_state"):
        actions.start_ai_check(owner, case, title="x", now=NOW)


def test_the_judgement_and_the_caios_part_follow_from_the_answers(made):
    _, owner, _, check = made
    assert room_queries.derivation_of(check).decision("high_risk") is None
    light = room_queries.derivation_of(_answered(owner, check))
    check.refresh_from_db()
    heavy = room_queries.derivation_of(
        _answered(owner, check, ai_life="yes", ai_rights="yes", ai_triage="yes", ai_reaches="direct")
    )
    assert light.decision("high_risk") is not None
    assert heavy.decision("high_risk") is not None
    assert light.decision("high_risk") != heavy.decision("high_risk")
    assert heavy.decision("caio") is not None


def test_items_of_both_lists_are_ticked_and_untimely_ones_refused(made):
    _, owner, _, check = made
    check = _answered(owner, check)
    lists = queries.check_lists(check, room_queries.derivation_of(check))
    assert set(lists) == {"procurement_check", "contract_check"}
    first = next(one for one in lists["procurement_check"] if one.state == "open")
    actions.tick_ai_item(owner, check, clause=first.clause.id, state="done", note="体制図を受け取った", now=NOW)
    again = queries.check_lists(check, room_queries.derivation_of(check))
    assert next(one for one in again["procurement_check"] if one.clause.id == first.clause.id).state == "done"
    with pytest.raises(InputError, match="reason_missing"):
        actions.tick_ai_item(owner, check, clause=first.clause.id, state="not_applicable", now=NOW)
    for clause, state, code in (
        ("AI01", "done", "no_such_item"),
        ("nope", "done", "no_such_item"),
        (first.clause.id, "great", "unknown_state"),
    ):
        with pytest.raises(InputError, match=code):
            actions.tick_ai_item(owner, check, clause=clause, state=state, now=NOW)
    actions.tick_ai_item(owner, check, clause=first.clause.id, state="open", now=NOW)
    assert not GateCheck.objects.exists()


def test_only_members_see_a_check_and_only_editors_tick(made):
    case, owner, _, check = made
    person = make_person()
    give(person, "procurement", case.organization)
    other = principal_of(person)
    with pytest.raises(NotFound):
        room_queries.case(other, check.pk)
    actions.add_member(owner, case, person_id=person.pk, part="reader", now=NOW)
    assert not queries.ai_checks_of(other, case).exists()  # a member of the procurement alone
    actions.add_member(owner, check, person_id=person.pk, part="reader", now=NOW)
    with pytest.raises(NotPermitted):
        actions.tick_ai_item(other, check, clause="PC01", state="done", now=NOW)
    browser = Client()
    browser.force_login(person, backend="sekisho.web.backends.LoginBackend")
    base = f"/o/{case.organization.code}/procurement/{check.pk}/ai"
    assert browser.get(base).status_code == 200
    assert browser.post(f"{base}/check", {"clause": "PC01", "state": "done"}).status_code == 403
    stranger = client_for("procurement", make_organization("elsewhere", is_boundary=True))
    for path in ("", "/document.docx"):
        assert stranger.get(f"{base}{path}").status_code == 404


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_and_the_document_in_both_languages(home, language):
    case, owner, browser = case_of("booking-site", language=language)
    url = f"/o/{case.organization.code}/procurement/{case.pk}/ai"
    assert browser.get(url).status_code == 200
    begun = browser.post(f"{url}/start", {"title": ""})
    assert begun.status_code == 302
    check = Case.objects.get(checks=case)
    base = f"/o/{case.organization.code}/procurement/{check.pk}/ai"
    assert check.number in browser.get(url).content.decode()
    assert browser.get(base).status_code == 200  # while nothing is answered
    _answered(owner, check)
    page = browser.get(base).content.decode()
    assert case.number in page
    assert "PC01" in page
    assert browser.post(f"{base}/check", {"clause": "PC01", "state": "done", "note": "見た"}).status_code == 302
    for form in ("docx", "html"):
        answer = browser.get(f"{base}/document.{form}")
        assert answer.status_code == 200
        if form == "html":
            text = answer.content.decode()
            assert "PC01" in text
            assert "KC01" in text
            assert "AI01" in text
            assert case.number in text
    assert browser.get(f"{base}/document.exe").status_code == 404
    assert browser.get(f"{url}/document.docx").status_code == 404  # a procurement is no check


def test_the_api_begins_ticks_and_gives_the_document(made):
    case, owner, browser, check = made
    _answered(owner, check)
    begun = browser.post(f"/api/v1/procurement/cases/{case.pk}/ai-checks", {"title": "翻訳"}, content_type="application/json")
    assert begun.status_code == 201, begun.content
    assert len(browser.get(f"/api/v1/procurement/cases/{case.pk}/ai-checks").json()) == 2
    url = f"/api/v1/procurement/ai-checks/{check.pk}"
    assert browser.get(url).json()["checks"] == str(case.pk)
    ticked = browser.post(f"{url}/items", {"clause": "PC01", "state": "done"}, content_type="application/json")
    assert {one["clause"]: one["state"] for one in ticked.json()["lists"]["procurement_check"]}["PC01"] == "done"
    for output, media_type in MEDIA_TYPES.items():
        file = browser.get(f"{url}/document", {"output": output})
        assert file["Content-Type"] == media_type
        assert file["Content-Disposition"] == f'attachment; filename="{check.number}-ai.{output}"'
    assert browser.get(f"{url}/document", {"output": "md"}).status_code == 404
    assert browser.get(f"/api/v1/procurement/ai-checks/{case.pk}").status_code == 404
