"""An organisation's own rules: checked, kept, put in force, and which cases they would change."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.records.factories import NOW, client_for, give, make_organization, make_person, principal_of
from tests.records.procurement.examples import case_of

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.procurement import actions
from sekisho.records.procurement import queries as room_queries
from sekisho.records.procurement.models import Case, RuleEdition
from sekisho.records.procurement.queries import editions as queries
from sekisho.records.procurement.rules.editions import MOST_BYTES, checked_files, checked_settings, rule_changes
from sekisho.standards.rule_sets import rule_set

pytestmark = pytest.mark.django_db
# The condition「外とつながる」 is made to hold for everything that has a system: requirements rise.
RAISED = """
conditions:
  - id: A
    title: {ja: 自組織ではいつも当たる, en: always holds here}
    when: {answer: body, is_any: [municipality, national, iaa, designated, prefecture, union, nuc, local_iaa, company, critical]}
    verified: proposal
    confidence: low
"""
CLAUSE = """
clauses:
  - id: OWN1
    part: PART
    title: {ja: 自組織の追加の条項, en: A clause of our own}
    text: {ja: 受注者は、月に一度、状況を報告すること。, en: The contractor shall report once a month.}
    verified: user
"""


@pytest.fixture
def made(home):
    case, owner, browser = case_of("design-study")
    chief = make_person()
    give(chief, "chief_officer", case.organization)
    return case, owner, browser, chief


def _clause() -> str:
    return CLAUSE.replace("PART", rule_set("specification").parts[-1].id)


def _propose(chief, case, files=None, *, settings=None, now=NOW, rule_set_id="specification"):
    return actions.propose_edition(
        principal_of(chief),
        organization=case.organization,
        rule_set_id=rule_set_id,
        files=files or {},
        settings=settings or {},
        note="課内で決めた",
        now=now,
    )


def test_an_edition_changes_no_case_until_the_case_is_moved(made):
    case, owner, _, chief = made
    before = room_queries.derivation_of(case)
    edition = _propose(chief, case, {"own.yaml": _clause().encode()})
    actions.put_in_force(principal_of(chief), edition, now=NOW)
    case.refresh_from_db()
    assert case.edition is None
    assert room_queries.derivation_of(case) == before
    moved = actions.move_to_edition(owner, case, edition=edition, now=NOW)
    assert "OWN1" in {clause.id for clause in room_queries.derivation_of(moved).included}
    assert room_queries.versions(moved).count() == 1  # what was before is kept
    back = actions.move_to_edition(owner, moved, edition=None, now=NOW)
    assert room_queries.derivation_of(back).digest == before.digest


def test_new_cases_follow_the_edition_in_force_and_below_too(made):
    case, owner, _, chief = made
    edition = _propose(chief, case, {"own.yaml": _clause().encode()})
    assert actions.create_case(owner, organization=case.organization, title="x", now=NOW).edition is None
    actions.put_in_force(principal_of(chief), edition, now=NOW)
    assert actions.create_case(owner, organization=case.organization, title="y", now=NOW).edition == edition


def test_the_preview_says_which_cases_would_change_and_how(made):
    case, owner, _, chief = made
    merged, _texts, numbers = actions.check_edition(
        principal_of(chief),
        organization=case.organization,
        rule_set_id="specification",
        files={"own.yaml": _clause().encode()},
        settings={},
    )
    seen = queries.effects(owner, case.organization.pk, merged, numbers)
    assert [one.case.pk for one in seen.changed] == [case.pk]
    assert seen.changed[0].comparison.added_clauses == ("OWN1",)
    hidden = queries.effects(principal_of(chief), case.organization.pk, merged, numbers)
    assert hidden.cases == ()  # the chief officer is no member of the case
    same = queries.effects(owner, case.organization.pk, rule_set("specification"), {})
    assert same.changed == ()
    assert not RuleEdition.objects.exists()


def test_a_case_whose_answers_do_not_fit_is_told_and_not_moved(made):
    case, owner, _, chief = made
    rules = rule_set("specification")
    Case.objects.filter(pk=case.pk).update(answers={**case.answers, "answers": {**case.answers["answers"], "OWNQ": "b"}})
    option = "[{id: a, title: {ja: a, en: a}}]"
    about = "kind: choice, required: false, title: {ja: 問, en: q}, why: {ja: 理由, en: why}"
    question = f"questions:\n  - {{id: OWNQ, section: {rules.sections[0].id}, {about}, options: {option}}}\n"
    edition = _propose(chief, case, {"q.yaml": question.encode()})
    actions.put_in_force(principal_of(chief), edition, now=NOW)
    case.refresh_from_db()
    with pytest.raises(InputError, match="wrong_answers"):
        actions.move_to_edition(owner, case, edition=edition, now=NOW)


@pytest.mark.parametrize(
    ("files", "code", "row"),
    [
        ({"a.yaml": b"conditions:\n  - id: A\n    when: {answer: NOPE, is: x}\n"}, "rules.wrong_item", 2),
        (
            {"a.yaml": b"conditions:\n  - id: ZZ\n    title: {ja: z, en: z}\n    when: {condition: NOPE}\n"},
            "rules.unknown_reference",
            4,
        ),
        (
            {
                "a.yaml": b"conditions:\n  - id: ZA\n    title: {ja: z, en: z}\n    when: {condition: ZB}\n  - id: ZB\n    title: {ja: z, en: z}\n    when: {condition: ZA}\n"
            },
            "rules.cycle",
            2,
        ),
        ({"a.yaml": b"surprises: []\n"}, "rules.unknown_list", 1),
        ({"a.yaml": b"- just\n- a list\n"}, "rules.not_a_mapping", 1),
        ({"a.yaml": b"a: [\n"}, None, None),
        ({"a.yaml": b"a: &x [*x, *x]\n"}, None, None),
        ({"a.yaml": b"!!python/object/apply:os.system ['x']\n"}, None, None),
        ({"a.txt": b"x: 1\n"}, "procurement_tools.file_name", None),
        ({"a.yaml": b"\xff\xfe\n"}, "procurement_tools.not_utf8", 1),
        ({"a.yaml": b"x: 1\n\0"}, "procurement_tools.not_utf8", 2),
    ],
)
def test_wrong_files_are_refused_with_file_and_line_and_nothing_is_kept(made, files, code, row):
    case, _, _, chief = made
    with pytest.raises(InputError) as caught:
        _propose(chief, case, files)
    assert caught.value.problems
    assert caught.value.problems[0].file
    if code:
        assert caught.value.problems[0].code == code
        assert caught.value.problems[0].row == row
    assert not RuleEdition.objects.exists()


def test_too_many_and_too_large_files_are_refused():
    with pytest.raises(InputError, match="files_too_large"):
        checked_files({"a.yaml": b"x" * (MOST_BYTES + 1)})
    with pytest.raises(InputError, match="too_many_files"):
        checked_files({f"{n}.yaml": b"" for n in range(60)})


@pytest.mark.parametrize("value", ["x", float("nan"), float("inf"), -1, True, None, 1e300, [], "１e999"])
def test_a_number_that_is_none_is_refused(value):
    rules = rule_set("grading")
    with pytest.raises(InputError, match="settings_wrong"):
        checked_settings(rules, {rules.settings[0].id: value})


@settings(max_examples=80, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_whatever_is_uploaded_is_read_or_refused_with_problems(content):
    try:
        queries.merged("grading", checked_files({"own.yaml": content}))
    except InputError as error:
        if not error.problems:
            raise


def test_only_settings_that_differ_are_kept_and_an_edition_without_change_is_refused(made):
    case, _, _, chief = made
    rules = rule_set("grading")
    first = rules.settings[0]
    with pytest.raises(InputError, match="nothing_changed"):
        _propose(chief, case, settings={first.id: first.value}, rule_set_id="grading")
    edition = _propose(chief, case, settings={first.id: first.value + 1}, rule_set_id="grading")
    assert edition.settings == {first.id: first.value + 1}


def test_who_may_not_make_rules_is_refused(made):
    case, owner, _, chief = made
    with pytest.raises(NotPermitted):
        actions.propose_edition(
            owner,
            organization=case.organization,
            rule_set_id="specification",
            files={"own.yaml": RAISED.encode()},
            settings={},
            note="n",
            now=NOW,
        )
    edition = _propose(chief, case, {"own.yaml": _clause().encode()})
    with pytest.raises(NotPermitted):
        actions.put_in_force(owner, edition, now=NOW)
    with pytest.raises(InputError, match="edition_elsewhere"):  # it was never in force
        actions.move_to_edition(owner, case, edition=edition, now=NOW)


def test_an_earlier_edition_can_be_put_in_force_again_and_a_used_one_is_not_discarded(made):
    case, _, _, chief = made
    first, second = (_propose(chief, case, {"own.yaml": text.encode()}) for text in (_clause(), RAISED))
    assert (first.number, second.number) == (1, 2)
    principal = principal_of(chief)
    actions.put_in_force(principal, first, now=NOW)
    actions.put_in_force(principal, second, now=NOW + timedelta(hours=1))
    with pytest.raises(Conflict, match="already_in_force"):
        actions.put_in_force(principal, second, now=NOW + timedelta(hours=2))
    actions.put_in_force(principal, first, now=NOW + timedelta(hours=3))
    assert room_queries.edition_in_force(case.organization_id, "specification") == first
    with pytest.raises(Conflict, match="edition_used"):
        actions.discard_edition(principal, second, now=NOW)
    third = _propose(chief, case, {"own.yaml": b"settings: []\n"})
    actions.discard_edition(principal, third, now=NOW)
    assert not RuleEdition.objects.filter(pk=third.pk).exists()


def test_a_changed_item_is_shown_as_changed_and_a_new_one_as_added():
    merged = queries.merged("specification", {"own.yaml": RAISED + _clause()})
    assert {(one.kind, one.id, one.what) for one in rule_changes(rule_set("specification"), merged)} == {
        ("conditions", "A", "changed"),
        ("clauses", "OWN1", "added"),
    }


def test_the_pages_lead_from_reading_the_rules_to_moving_a_case(made):
    case, owner, _, _ = made
    person = make_person()
    give(person, "chief_officer", case.organization)
    give(person, "procurement", case.organization)
    actions.add_member(owner, case, person_id=person.pk, part="editor", now=NOW)
    client = Client()
    client.force_login(person, backend="sekisho.web.backends.LoginBackend")
    base = f"/o/{case.organization.code}/procurement/"
    for query in ("", "?set=grading", "?set=generative_ai&kind=clauses", "?kind=all&q=ログ", "?kind=settings"):
        assert client.get(f"{base}rules/{query}").status_code == 200, query
    assert client.get(f"{base}rules/?set=nope").status_code == 404
    package = zipfile.ZipFile(io.BytesIO(client.get(f"{base}rules/files.zip").content))
    assert "specification/rules.yaml" in package.namelist()
    assert client.get(f"{base}rules/new").status_code == 200
    wrong = client.post(f"{base}rules/new", {"do": "preview", "files": SimpleUploadedFile("a.yaml", b"surprises: []\n")})
    assert wrong.status_code == 422
    assert "a.yaml 1" in wrong.content.decode()
    preview = client.post(f"{base}rules/new", {"do": "preview", "files": SimpleUploadedFile("own.yaml", _clause().encode())})
    page = preview.content.decode()
    assert preview.status_code == 200
    assert case.number in page
    assert "OWN1" in page
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    assert client.post(f"{base}rules/new", {"do": "save", "ticket": ticket}).status_code == 422  # no note
    assert client.post(f"{base}rules/new", {"do": "save", "ticket": "forged", "note": "x"}).status_code == 422
    saved = client.post(f"{base}rules/new", {"do": "save", "ticket": ticket, "note": "課長の決裁"})
    assert saved.status_code == 302
    edition = RuleEdition.objects.get()
    assert client.get(saved["Location"]).status_code == 200
    assert client.post(f"{saved['Location']}force").status_code == 302
    assert case.number in client.get(saved["Location"]).content.decode()
    assert "OWN1" in client.get(f"{base}{case.pk}/rules?edition={edition.pk}").content.decode()
    assert client.post(f"{base}{case.pk}/rules", {"edition": str(edition.pk)}).status_code == 302
    case.refresh_from_db()
    assert case.edition == edition
    assert client.get(f"{base}rules/files.zip?edition={edition.pk}").status_code == 200
    assert client.post(f"{saved['Location']}discard").status_code == 302
    assert RuleEdition.objects.exists()


def test_a_stranger_sees_no_edition(made):
    case, _, _, chief = made
    edition = _propose(chief, case, {"own.yaml": _clause().encode()})
    elsewhere = make_organization("elsewhere", is_boundary=True)
    stranger = client_for("chief_officer", elsewhere)
    for path in ("rules/", f"rules/{edition.pk}/", f"rules/files.zip?edition={edition.pk}", f"{case.pk}/rules"):
        assert stranger.get(f"/o/{case.organization.code}/procurement/{path}").status_code == 404
    # nor through the address of an organisation that is theirs
    assert stranger.get(f"/o/elsewhere/procurement/rules/{edition.pk}/").status_code == 404
    other = make_person()
    give(other, "chief_officer", elsewhere)
    with pytest.raises(NotFound):
        queries.edition(principal_of(other), edition.pk)


def test_the_api_checks_proposes_puts_in_force_and_moves(made):
    case, _, browser, chief = made
    client = Client()
    client.force_login(chief, backend="sekisho.web.backends.LoginBackend")
    data = {"organization": case.organization.code, "rule_set": "specification", "files": {"own.yaml": _clause()}, "note": "n"}

    def post(who, path, value=None):
        return who.post(
            f"/api/v1/procurement/{path}", json.dumps(value) if value is not None else None, content_type="application/json"
        )

    checked = post(client, "rule-editions/check", data)
    assert checked.status_code == 200, checked.content
    assert {"kind": "clauses", "id": "OWN1", "what": "added"} in checked.json()["changes"]
    made_ = post(client, "rule-editions", data)
    assert made_.status_code == 201, made_.content
    assert post(client, f"rule-editions/{made_.json()['id']}/force").status_code == 200
    assert post(browser, f"cases/{case.pk}/edition", {"edition": made_.json()["id"]}).status_code == 204
    assert post(browser, f"cases/{case.pk}/edition", {"edition": made_.json()["id"]}).status_code == 409
    assert client.get("/api/v1/procurement/rule-editions", {"organization": case.organization.code}).json()["total"] == 1
    assert client.delete(f"/api/v1/procurement/rule-editions/{made_.json()['id']}").status_code == 409
    bad = post(client, "rule-editions/check", {**data, "files": {"a.yaml": "surprises: []\n"}})
    assert bad.status_code == 422
    assert bad.json()["problems"][0]["row"] == 1
