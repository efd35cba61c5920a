"""The tree: closure, boundaries, cycles, moves in time."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.records.factories import NOW, TODAY, make_organization, principal_for

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.organization import actions, queries, tree
from sekisho.records.organization.models import Organization, Reach
from sekisho.records.organization.permissions import PERMISSIONS, Role
from sekisho.records.organization.principals import SYSTEM

IDS = [uuid.UUID(int=n) for n in range(12)]


@st.composite
def forests(draw):
    """Each node's parent is an earlier node or none: never a cycle."""
    edges = []
    for number in range(1, len(IDS)):
        parent = draw(st.none() | st.integers(0, number - 1))
        if parent is not None:
            edges.append((IDS[parent], IDS[number]))
    return edges, set(draw(st.lists(st.sampled_from(IDS), max_size=4)))


@given(forests())
def test_inside_means_that_no_boundary_lies_on_the_way_down(forest) -> None:
    edges, boundaries = forest
    parent_of = {child: parent for parent, child in edges}
    assert tree.find_cycle(edges) == []
    for ancestor, node, depth, inside in tree.close(IDS, edges, boundaries):
        path, here = [], node
        while here != ancestor:
            path.append(here)
            here = parent_of[here]
        assert len(path) == depth
        assert inside == (not set(path) & boundaries)


def test_a_cycle_is_found_and_named() -> None:
    a, b, c, d = IDS[:4]
    cycle = tree.find_cycle([(d, a), (a, b), (b, c), (c, a)])
    assert set(cycle) == {a, b, c}


def test_a_cycle_that_got_into_the_data_is_an_error_not_an_endless_loop() -> None:
    a, b = IDS[:2]
    with pytest.raises(ValueError, match="cycle"):
        list(tree.close([a, b], [(a, b), (b, a)], set()))


@pytest.mark.django_db
def test_people_above_a_boundary_do_not_see_what_is_below_it() -> None:
    prefecture = make_organization("pref")
    city = make_organization("city", parent=prefecture, is_boundary=True)
    section = make_organization("section", parent=city)
    above = principal_for(Role.CISO, prefecture)
    within = principal_for(Role.CISO, city)
    assert [o.code for o in queries.organizations(above)] == ["pref"]
    assert [o.code for o in queries.organizations(within)] == ["city", "section"]
    with pytest.raises(NotFound):
        queries.by_code(above, "city")
    with pytest.raises(NotFound):
        above.require("subject.edit", section.pk)


@pytest.mark.django_db
def test_what_may_be_seen_but_not_done_is_not_permitted() -> None:
    city = make_organization("city")
    auditor = principal_for(Role.AUDITOR, city)
    with pytest.raises(NotPermitted):
        auditor.require("subject.edit", city.pk)


@pytest.mark.django_db
def test_a_move_that_would_make_a_cycle_is_refused_and_changes_nothing() -> None:
    top = make_organization("top")
    middle = make_organization("middle", parent=top)
    bottom = make_organization("bottom", parent=middle)
    before = set(Reach.objects.values_list("ancestor", "descendant"))
    with pytest.raises(InputError) as error:
        actions.move_organization(SYSTEM, middle, parent=bottom, on=TODAY, now=NOW, today=TODAY)
    assert error.value.code == "organization.cycle"
    assert set(Reach.objects.values_list("ancestor", "descendant")) == before


@pytest.mark.django_db
def test_a_move_in_the_future_takes_effect_on_its_day() -> None:
    old, new = make_organization("old"), make_organization("new")
    town = make_organization("town", parent=old)
    later = TODAY + timedelta(days=30)
    actions.move_organization(SYSTEM, town, parent=new, on=later, now=NOW, today=TODAY)
    assert [o.code for o in queries.ancestors(town.pk)] == ["old", "town"]
    actions.rebuild_reach(today=later)
    assert [o.code for o in queries.ancestors(town.pk)] == ["new", "town"]


@pytest.mark.django_db
def test_two_people_saving_the_same_organisation_do_not_overwrite_each_other() -> None:
    city = make_organization("city")
    stale = Organization.objects.get(pk=city.pk)
    actions.edit_organization(SYSTEM, city, changes={"name": "一"}, version=1, now=NOW, today=TODAY)
    with pytest.raises(Conflict):
        actions.edit_organization(SYSTEM, stale, changes={"name": "二"}, version=1, now=NOW, today=TODAY)
    assert Organization.objects.get(pk=city.pk).name == "一"


@pytest.mark.django_db
def test_a_role_is_looked_for_upwards_and_stops_at_the_boundary() -> None:
    prefecture = make_organization("pref")
    city = make_organization("city", parent=prefecture, is_boundary=True)
    section = make_organization("section", parent=city)
    principal_for(Role.CISO, prefecture, login="above")
    principal_for(Role.CISO, city, login="ours")
    assert [p.login for p in queries.holders(role=Role.CISO, organization_id=section.pk, today=TODAY)] == ["ours"]
    assert queries.holders(role=Role.ADVISOR, organization_id=section.pk, today=TODAY) == []


@pytest.mark.django_db
def test_a_role_that_ended_gives_nothing() -> None:
    city = make_organization("city")
    principal = principal_for(Role.CISO, city)
    assert principal.may("report.issue", city.pk)
    membership = city.memberships.get()
    actions.end_membership(SYSTEM, membership, on=date(2026, 1, 1), now=NOW)
    person = membership.person
    assert not queries.principal_of(person, today=TODAY).may("read", city.pk)


@pytest.mark.django_db
def test_a_token_is_narrower_than_its_person() -> None:
    city = make_organization("city")
    principal = principal_for(Role.CHIEF_OFFICER, city)
    token, secret = actions.issue_token(
        principal, name="t", scopes=frozenset({"read"}), expires_at=NOW + timedelta(days=1), now=NOW
    )
    narrowed = queries.principal_of(token.person, today=TODAY, token=token)
    assert narrowed.may("read", city.pk)
    assert not narrowed.may("subject.edit", city.pk)
    assert secret not in repr(token.__dict__)


def test_the_auditor_and_the_advisor_change_nothing() -> None:
    reads = {"read", "token.own", "ledger.read", "ledger.export_head", "procurement.read", "intelligence.read"}
    reads |= {"monitoring.read", "monitoring.search", "monitoring.staff_read", "incident.read"}
    reads |= {"lifecycle.read", "lifecycle.leak_read", "lifecycle.handover_read"}
    writes = set(PERMISSIONS) - reads
    auditor = {a for a in writes if Role.AUDITOR in PERMISSIONS[a]}
    assert auditor == {"indicator.compute", "report.build"}
    assert {a for a in writes if Role.ADVISOR in PERMISSIONS[a]} == {
        "evidence.review",
        "request.advise",
        "procurement.advise",
        "procurement.review",
    }
