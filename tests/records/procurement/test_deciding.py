"""実施レベルと条項: within and outside the range, include and leave out, own wording, places, comparison."""

from __future__ import annotations

import re
import uuid
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.records.factories import NOW, client_for
from tests.records.procurement.examples import answers, case_of, material

from sekisho.engines.derivation import derive
from sekisho.errors import InputError, NotFound
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import Case
from sekisho.records.procurement.rules.deciding import (
    accept_changes,
    clause_change,
    decision_change,
    filter_results,
    place_changes,
    suggestion_changes,
)
from sekisho.records.procurement.rules.issuing import obstacles
from sekisho.standards.rule_sets import rule_set


def url(case: Case, name: str, *more: Any) -> str:
    return reverse(f"procurement:{name}", args=[case.organization.code, case.pk, *more])


# ------------------------------------------------------------------------------------------------------------ pure rules


@pytest.mark.parametrize(
    ("level", "reason", "outcome"),
    [
        ("mid", "", {"level": "mid"}),
        ("high", "", {"level": "high"}),
        ("high", " 重要 ", {"level": "high", "reason": "重要"}),
        ("low", "費用のため", {"level": "low", "reason": "費用のため"}),
        ("", "", None),
        ("low", "  ", "procurement_deciding.reason_needed"),
        ("highest", "", "procurement_deciding.unknown_level"),
        ("mid", "x" * 2001, "procurement_deciding.too_long"),
    ],
)
def test_a_strength_outside_the_range_needs_a_reason(level: str, reason: str, outcome: Any) -> None:
    derivation = material().derivation
    assert derivation.requirement("AT-1-1").low == "mid"
    if isinstance(outcome, str):
        with pytest.raises(InputError) as caught:
            decision_change(derivation, "AT-1-1", level=level, reason=reason)
        assert caught.value.code == outcome
    else:
        assert decision_change(derivation, "AT-1-1", level=level, reason=reason) == {"decisions.AT-1-1": outcome}


def test_what_does_not_hold_or_does_not_exist_cannot_be_decided() -> None:
    derivation = material("design-study").derivation
    with pytest.raises(InputError, match="does_not_hold"):
        decision_change(derivation, "AT-1-1", level="low", reason="")
    with pytest.raises(NotFound):
        decision_change(derivation, "AT-9-9", level="low", reason="")


def test_accepting_decides_only_what_is_undecided() -> None:
    undecided = material(decisions={}).derivation
    changes = accept_changes(undecided)
    assert len(changes) == sum(r.holds is True for r in undecided.requirements) == 28
    assert changes["decisions.AT-1-1"] == {"level": "high"}
    assert accept_changes(material().derivation) == {}


def test_departing_from_the_rules_needs_a_reason() -> None:
    found = material()

    def change(clause: str, **fields: Any) -> Any:
        given = {"included": None, "reason": "", "text": "", **fields}
        return clause_change(found.rules, found.derivation, found.answers, clause, **given)

    with pytest.raises(InputError, match="clause_reason_needed"):
        change("GE1", included=False)
    with pytest.raises(InputError, match="clause_reason_needed"):
        change("C1", included=True)  # of state secrets: not offered to a town
    assert change("GE1", included=False, reason="別の章にある") == {"clauses.GE1": {"included": False, "reason": "別の章にある"}}
    assert change("C1", included=True, reason="国の依頼") == {"clauses.C1": {"included": True, "reason": "国の依頼"}}
    assert change("GE1", text="独自の文\r\n二行目") == {"clauses.GE1": {"text": "独自の文\n二行目"}}
    assert change("GE1") == {}
    with pytest.raises(NotFound):
        change("ZZ9", included=True, reason="x")
    with pytest.raises(InputError, match="too_long"):
        change("GE1", text="x" * 20_001)


def test_places_are_filled_by_name_and_only_those_that_exist() -> None:
    derivation = material(values={}).derivation
    assert derivation.unfilled
    first = derivation.unfilled[0]
    assert place_changes(derivation, {first.name: " 3年 "}) == {f"values.{first.name}": "3年"}
    assert place_changes(derivation, {first.key: ""}) == {f"values.{first.key}": None}
    with pytest.raises(NotFound):
        place_changes(derivation, {"無い空欄": "x"})
    suggested = suggestion_changes(derivation)
    assert suggested
    assert all(value for value in suggested.values())


@pytest.mark.parametrize("which", ["", "outside", "undecided", "reason", "raised", "nonsense"])
def test_filters_keep_only_what_fits(which: str) -> None:
    given = msgspec.structs.replace(answers("booking-site"), decisions={})
    derivation = derive(rule_set("specification"), given)
    rows = filter_results(derivation, which)
    expected = {"": 28, "nonsense": 28, "undecided": 28, "raised": 28, "outside": 0, "reason": 0}[which]
    assert len(rows) == expected


def test_each_obstacle_is_named_once_with_its_place() -> None:
    ready = material().derivation
    assert [o.kind for o in obstacles(ready, opinions_current=False)] == ["opinion"]
    assert obstacles(ready, opinions_current=True) == ()
    empty = material(values={}).derivation
    places = [o for o in obstacles(empty, opinions_current=True) if o.kind == "place"]
    assert [o.at for o in places] == [u.key for u in empty.unfilled]
    unanswered = material(answers={"body": "municipality"}).derivation
    assert {o.at for o in obstacles(unanswered, opinions_current=True) if o.kind == "question"} == set(unanswered.unanswered)
    outside = {**answers("booking-site").decisions, "AT-1-1": {"level": "low"}}
    lacking = derive(
        rule_set("specification"),
        queries.answers_of({**msgspec.to_builtins(answers("booking-site")), "decisions": msgspec.to_builtins(outside)}),
    )
    assert [(o.kind, o.at) for o in obstacles(lacking, opinions_current=True)] == [("requirement", "AT-1-1")]


# ----------------------------------------------------------------------------------------------------------------- pages

PAGES = ("requirements", "requirements_accept", "clauses", "places", "compare", "documents", "documents_workbook", "criteria")


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_members_see_the_page_and_strangers_do_not(name: str) -> None:
    case, _owner, client = case_of()
    assert client.get(url(case, name)).status_code == 200
    assert client_for(None).get(url(case, name)).status_code == 404
    assert client_for("auditor", case.organization).get(url(case, name)).status_code == 404  # not a member, before the notice


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("example", ["booking-site", "isolated-system", "design-study"])
def test_every_requirement_and_clause_has_a_page(example: str, language: str) -> None:
    case, _owner, client = case_of(example, language=language)
    derivation = queries.derivation_of(case)
    for result in derivation.requirements[::5]:
        assert client.get(url(case, "requirement", result.id)).status_code == 200
    rules = queries.rules_of(case)
    for clause in [*derivation.clauses[::9], *rules.clauses[::19]]:
        assert client.get(url(case, "clause", clause.id)).status_code == 200
    assert client.get(url(case, "requirement", "AT-9-9")).status_code == 404
    assert client.get(url(case, "clause", "ZZ9")).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["requirements", "clauses", "places", "documents"])
def test_queries_do_not_grow_with_the_rows(name: str) -> None:
    small, _owner, client = case_of("design-study")
    with CaptureQueriesContext(connection) as few:
        client.get(url(small, name))
    Case.objects.filter(pk=small.pk).update(answers=msgspec.to_builtins(answers("booking-site")))
    with CaptureQueriesContext(connection) as many:
        assert client.get(url(small, name)).status_code == 200
    assert len(many) <= len(few) <= 25


@pytest.mark.django_db
def test_deciding_outside_without_a_reason_shows_the_error_and_keeps_what_was_chosen() -> None:
    case, _owner, client = case_of()
    answer = client.post(url(case, "requirement", "AT-1-1"), {"level": "low", "reason": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "エラー：" in page
    assert "理由を書いてください" in page
    assert 'value="low" checked' in page
    answer = client.post(url(case, "requirement", "AT-1-1"), {"level": "low", "reason": "外に出さない"})
    assert answer.status_code == 302
    stored = Case.objects.get(pk=case.pk).answers["decisions"]["AT-1-1"]
    assert stored == {"level": "low", "reason": "外に出さない"}


@pytest.mark.django_db
def test_accepting_all_is_previewed_and_keeps_earlier_decisions() -> None:
    case, _owner, client = case_of(decisions={"AT-1-2": {"level": "mid"}})
    page = client.get(url(case, "requirements_accept")).content.decode()
    assert "27件を提案どおりに決める" in page
    assert client.post(url(case, "requirements_accept")).status_code == 302
    decided = Case.objects.get(pk=case.pk).answers["decisions"]
    assert len(decided) == 28
    assert decided["AT-1-2"]["level"] == "mid"


@pytest.mark.django_db
def test_two_people_deciding_the_same_requirement_choose_between_both() -> None:
    case, owner, client = case_of()
    shown = case.answers_version
    actions.save_answers(owner, case, changes={"decisions.AT-1-1": {"level": "mid", "reason": "先"}}, base_version=shown, now=NOW)
    answer = client.post(url(case, "requirement", "AT-1-1"), {"level": "high", "reason": "", "base_version": str(shown)})
    assert answer.status_code == 409
    assert Case.objects.get(pk=case.pk).answers["decisions"]["AT-1-1"]["level"] == "mid"


@pytest.mark.django_db
def test_own_wording_is_kept_shown_as_a_difference_and_ended_by_our_text() -> None:
    case, _owner, client = case_of()
    page = url(case, "clause", "GE4")
    ours = queries.rules_of(case).find("clauses", "GE4").text.ja
    client.post(page, {"do": "change", "included": "", "reason": "", "text": ours.replace("承諾", "許可")})
    assert Case.objects.get(pk=case.pk).answers["clauses"]["GE4"]["text"]
    shown = client.get(page).content.decode()
    assert "<del>承諾</del>" in shown
    assert "<ins>許可</ins>" in shown
    client.post(page, {"do": "change", "included": "", "reason": "", "text": ours})
    assert "GE4" not in Case.objects.get(pk=case.pk).answers.get("clauses", {})


@pytest.mark.django_db
def test_leaving_a_clause_out_needs_a_reason_and_including_one_that_is_not_offered_too() -> None:
    case, _owner, client = case_of()
    refused = client.post(url(case, "clause", "GE1"), {"do": "change", "included": "leave", "reason": ""})
    assert refused.status_code == 422
    client.post(url(case, "clause", "GE1"), {"do": "change", "included": "leave", "reason": "別にある"})
    client.post(url(case, "clause", "C1"), {"do": "change", "included": "include", "reason": "国の依頼"})
    included = {clause.id for clause in queries.derivation_of(Case.objects.get(pk=case.pk)).included}
    assert "GE1" not in included
    assert "C1" in included
    shown = client.get(url(case, "clauses") + "?show=left").content.decode()
    assert "別にある" in shown


@pytest.mark.django_db
def test_places_are_filled_by_hand_by_one_click_and_all_at_once() -> None:
    case, _owner, client = case_of(values={})
    before = queries.derivation_of(case)
    suggested = {p.name: p.suggested for c in before.included for p in c.places if p.suggested}
    name = next(iter(suggested))
    free = next(u.name for u in before.unfilled if u.name not in suggested)
    page = url(case, "places")
    assert client.post(page, {"take": name}).status_code == 302
    assert client.post(page, {"do": "save", f"place.{free}": "手で入れた値"}).status_code == 302
    values = Case.objects.get(pk=case.pk).answers["values"]
    assert (values[name], values[free]) == (suggested[name], "手で入れた値")
    assert client.post(page, {"do": "take_all"}).status_code == 302
    assert set(suggested) <= set(Case.objects.get(pk=case.pk).answers["values"])


@pytest.mark.django_db
def test_taking_a_suggestion_keeps_what_was_typed_in_the_other_places() -> None:
    case, _owner, client = case_of(values={})
    before = queries.derivation_of(case)
    suggested = {p.name: p.suggested for c in before.included for p in c.places if p.suggested}
    first, second = list(suggested)[:2]
    free = next(u.name for u in before.unfilled if u.name not in suggested)
    page = url(case, "places")
    client.post(page, {"take": first, f"place.{free}": "手で入れた値", f"place.{first}": ""})
    assert Case.objects.get(pk=case.pk).answers["values"] == {first: suggested[first], free: "手で入れた値"}
    client.post(
        page,
        {"do": "take_all", f"place.{second}": "提案とは違う値", f"place.{free}": "直した値", f"place.{first}": suggested[first]},
    )
    values = Case.objects.get(pk=case.pk).answers["values"]
    assert (values[second], values[free]) == ("提案とは違う値", "直した値")
    assert {name: value for name, value in suggested.items() if name != second}.items() <= values.items()


@pytest.mark.django_db
def test_taking_a_suggestion_in_a_clause_keeps_what_was_typed_beside_it() -> None:
    case, _owner, client = case_of(values={})
    clause = next(
        c for c in queries.derivation_of(case).included if len(c.places) > 1 and sum(bool(p.suggested) for p in c.places) > 0
    )
    taken = next(p for p in clause.places if p.suggested)
    typed = next(p for p in clause.places if p.name != taken.name)
    client.post(
        url(case, "clause", clause.id), {"take": taken.name, f"place.{typed.key}": "手で入れた値", f"place.{taken.key}": ""}
    )
    after = next(c for c in queries.derivation_of(Case.objects.get(pk=case.pk)).included if c.id == clause.id)
    values = {p.name: p.value for p in after.places}
    assert (values[taken.name], values[typed.name]) == (taken.suggested, "手で入れた値")


@pytest.mark.django_db
def test_the_first_value_of_a_place_serves_all_clauses_and_another_one_only_its_own() -> None:
    case, _owner, client = case_of(values={})

    def uses(name: str) -> dict[str, str | None]:
        found = queries.derivation_of(Case.objects.get(pk=case.pk)).included
        return {c.id: p.value for c in found for p in c.places if p.name == name}

    def fill(clause: str, name: str, text: str) -> None:
        page = client.get(url(case, "clause", clause)).content.decode()
        field = next(f for f in re.findall(r'name="place\.([^"]*)"', page) if f.rsplit("/", 1)[-1] == name)
        shown = uses(name)[clause] or ""
        client.post(url(case, "clause", clause), {"do": "fill", f"place.{field}": text, f"was.{field}": shown})

    name = next(p.name for c in queries.derivation_of(case).included for p in c.places if len(uses(p.name)) > 1)
    first, second, *_rest = uses(name)
    fill(first, name, "みなに")
    assert set(uses(name).values()) == {"みなに"}
    fill(second, name, "ここだけ")
    assert (uses(name)[first], uses(name)[second]) == ("みなに", "ここだけ")
    fill(second, name, "")
    assert set(uses(name).values()) == {"みなに"}
    fill(first, name, "")
    assert set(uses(name).values()) == {None}


@pytest.mark.django_db
def test_two_people_fill_different_places_of_one_page_without_a_clash() -> None:
    case, owner, client = case_of(values={})
    names = list(dict.fromkeys(u.name for u in queries.derivation_of(case).unfilled))
    theirs, mine = names[:2]
    version = case.answers_version
    actions.save_answers(owner, case, changes={f"values.{theirs}": "先に入れた値"}, base_version=version, now=NOW)
    form = {"do": "save", "base_version": str(version)}
    form |= {f"{kind}.{name}": "" for kind in ("place", "was") for name in names}
    assert client.post(url(case, "places"), {**form, f"place.{mine}": "あとの値"}).status_code == 302
    assert Case.objects.get(pk=case.pk).answers["values"] == {theirs: "先に入れた値", mine: "あとの値"}
    assert client.post(url(case, "places"), {**form, f"place.{theirs}": "ほかの値"}).status_code == 409
    assert Case.objects.get(pk=case.pk).answers["values"][theirs] == "先に入れた値"


@pytest.mark.django_db
def test_the_return_key_in_a_place_saves_and_takes_no_suggestion() -> None:
    case, _owner, client = case_of(values={})
    clause = next(c for c in queries.derivation_of(case).included if any(p.suggested for p in c.places))
    for page, does in ((url(case, "places"), "save"), (url(case, "clause", clause.id), "fill")):
        form = client.get(page).content.decode().split('name="place.')[0].rsplit("<form", 1)[1]
        assert re.findall(r'<button[^>]*type="submit"[^>]*>', form)[0].count(f'name="do" value="{does}"') == 1, page


@pytest.mark.django_db
def test_filters_of_clauses_call_nothing_a_change_that_nobody_changed() -> None:
    case, _owner, client = case_of(clauses={})
    shown = client.get(url(case, "clauses"))
    assert shown.context["counts"]["person"] == 0
    client.post(url(case, "clause", "GE1"), {"do": "change", "included": "leave", "reason": "別にある", "text": ""})
    again = client.get(url(case, "clauses"))
    assert again.context["counts"]["person"] == 1
    assert again.context["counts"]["left"] == shown.context["counts"]["left"] + 1
    empty, _, other = case_of(organization=case.organization, answers={"body": "municipality"}, tasks=[])
    nobody = other.get(url(empty, "clauses"))
    assert nobody.context["counts"]["undecided"] > 0
    assert (
        nobody.context["counts"]["left"]
        <= nobody.context["total"] - nobody.context["included"] - nobody.context["counts"]["undecided"]
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "about", "given", "control"),
    [
        ("requirement", "AT-1-1", {"level": "low", "reason": ""}, "reason"),
        ("requirement", "AT-1-1", {"level": "top"}, "level-low"),
        ("clause", "GE1", {"do": "change", "included": "leave", "reason": ""}, "reason"),
        ("question", "Q02", {"value": ""}, "value"),
        ("question", "Q01", {}, "value"),
    ],
)
def test_an_error_leads_to_its_control_and_stands_beside_it(name: str, about: str, given: dict[str, str], control: str) -> None:
    case, _owner, client = case_of(decisions={})
    response = client.post(url(case, name, about), given)
    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>エラー：" in page
    assert f'<li><a href="#{control}">' in page
    assert f'id="{control}"' in page
    if control != "level-low":
        assert f'class="field-error" id="{control}-error"' in page


@pytest.mark.django_db
def test_a_place_of_one_clause_may_differ_from_the_others() -> None:
    case, _owner, client = case_of()
    clause = next(c for c in queries.derivation_of(case).included if c.places)
    place = clause.places[0]
    client.post(url(case, "clause", clause.id), {"do": "fill", f"place.{place.key}": "ここだけの値"})
    after = queries.derivation_of(Case.objects.get(pk=case.pk))
    changed = next(c for c in after.included if c.id == clause.id)
    assert changed.places[0].value == "ここだけの値"


@pytest.mark.django_db
def test_readers_change_nothing() -> None:
    case, owner, _client = case_of()
    reader = client_for("procurement", case.organization)
    from sekisho.records.organization.models import Person

    person = Person.objects.get(pk=reader.session["_auth_user_id"])
    actions.add_member(owner, case, person_id=person.pk, part="reader", now=NOW)
    assert reader.get(url(case, "requirement", "AT-1-1")).status_code == 200
    for name, more, data in (
        ("requirement", ["AT-1-1"], {"level": "mid"}),
        ("requirements_accept", [], {}),
        ("clause", ["GE1"], {"included": "leave", "reason": "x"}),
        ("places", [], {"do": "take_all"}),
        ("criteria", [], {"do": "reset"}),
        ("documents_numbering", [], {"numbering": "articles"}),
    ):
        assert reader.post(url(case, name, *more), data).status_code == 403


@pytest.mark.django_db
def test_the_comparison_says_what_changed_and_what_it_costs() -> None:
    case, owner, client = case_of()
    actions.keep_version(owner, case, note="はじめ", now=NOW)
    changes = {"answers.Q15": "no", "decisions.AT-1-1": {"level": "low", "reason": "閉じた網"}, "answers.generative_ai": "yes"}
    plain = Case.objects.get(pk=case.pk).answers
    Case.objects.filter(pk=case.pk).update(answers={**plain, "tasks": []})  # the tasks would contradict
    case = Case.objects.get(pk=case.pk)
    actions.save_answers(owner, case, changes=changes, base_version=case.answers_version, now=NOW)
    page = client.get(url(case, "compare"), {"from": "v1", "to": "now"}).content.decode()
    assert "緩くなる" in page
    assert "費用：" in page
    assert "版1" in page
    same = client.get(url(case, "compare"), {"from": "now", "to": "now"}).content.decode()
    assert "違いはありません" in same
    for key in ("v9", "c" + str(uuid.uuid4()), "x", "v" + "9" * 30, "cnonsense"):
        assert client.get(url(case, "compare"), {"from": key}).status_code == 404
