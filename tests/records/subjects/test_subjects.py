"""Subjects, their parts and keys; the 台帳 out and in again; nothing half-written."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from tests.records.factories import NOW, give, make_organization, make_person, make_subject, principal_for

from sekisho.errors import Conflict, InputError, NotFound, NotPermitted
from sekisho.records.ledger.models import Entry
from sekisho.records.subjects import actions, importing, queries
from sekisho.records.subjects.models import ExternalKey, InformationAsset, Machine, PartOf, Subject
from sekisho.records.subjects.rules import MachineState, Report, Verdict, judge
from sekisho.records.tabular import write_csv, write_xlsx
from sekisho.standards import texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_organization("minamo", name="みなも市")


@pytest.fixture
def officer(city):
    return principal_for("system_officer", city)


def host(officer, city, name, **values):
    return actions.create_subject(officer, organization=city, kind="host", name=name, now=NOW, **values)


def test_every_organisation_has_its_own_subject_once_and_it_follows_the_name(city):
    made = actions.ensure_for(city, now=NOW)
    assert actions.ensure_for(city, now=NOW).pk == made.pk
    city.name = "新みなも市"
    assert actions.ensure_for(city, now=NOW).name == "新みなも市"


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"name": " "}, ["subjects.name_missing"]),
        ({"kind": "ship"}, ["subjects.unknown_kind"]),
        ({"confidentiality": "MC3A"}, ["subjects.class_without_scheme"]),
        ({"classification_scheme": "national", "confidentiality": "MC3A"}, ["subjects.unknown_class"]),
        ({"classification_scheme": "x", "network_zone": "y"}, ["subjects.unknown_scheme", "subjects.unknown_zone"]),
        ({"asset": {"form": "electronic"}}, ["subjects.not_information_asset"]),
        ({"kind": "information_asset", "asset": {"people_count": -1}}, ["subjects.people_count_range"]),
        ({"kind": "information_asset", "asset": {"form": "stone"}}, ["subjects.unknown_form"]),
        ({"name": "x" * 201}, ["subjects.too_long"]),
    ],
)
def test_what_is_wrong_with_a_subject_is_told_all_at_once(officer, city, values, codes):
    with pytest.raises(InputError) as error:
        actions.create_subject(officer, organization=city, now=NOW, **({"kind": "host", "name": "a"} | values))
    assert [p.code for p in error.value.problems] == codes
    assert not Subject.objects.exists()


def test_two_people_who_edit_the_same_subject(officer, city):
    made = host(officer, city, "web-01", network_zone="internet")
    actions.edit_subject(officer, made, version=1, changes={"network_zone": "lgwan"}, now=NOW)
    with pytest.raises(Conflict, match="changed_meanwhile"):
        actions.edit_subject(officer, made, version=1, changes={"name": "web-02"}, now=NOW)
    made.refresh_from_db()
    assert (made.name, made.network_zone, made.version) == ("web-01", "lgwan", 2)


def test_a_cycle_of_parts_is_refused_with_its_path(officer, city):
    a, b, c = (host(officer, city, name) for name in "abc")
    actions.add_part(officer, whole=a, part=b, now=NOW)
    actions.add_part(officer, whole=b, part=c, now=NOW)
    with pytest.raises(InputError) as error:
        actions.add_part(officer, whole=c, part=a, now=NOW)
    assert {"a", "b", "c"} <= set(error.value.fields["path"])
    with pytest.raises(InputError):
        actions.add_part(officer, whole=a, part=a, now=NOW)
    with pytest.raises(Conflict):
        actions.add_part(officer, whole=a, part=b, now=NOW)
    assert queries.parts_of([a.pk, b.pk]) == {a.pk: {b.pk, c.pk}, b.pk: {c.pk}}
    actions.remove_part(officer, whole=b, part=c, now=NOW)
    assert PartOf.objects.count() == 1


def test_a_key_belongs_to_one_subject_only(officer, city):
    a, b = host(officer, city, "a"), host(officer, city, "b")
    actions.add_key(officer, subject=a, scheme="asset_number", value="7", now=NOW)
    with pytest.raises(Conflict):
        actions.add_key(officer, subject=b, scheme="asset_number", value="7", now=NOW)
    actions.remove_key(officer, subject=a, key_id=ExternalKey.objects.get().pk, now=NOW)
    assert actions.add_key(officer, subject=b, scheme="asset_number", value="7", now=NOW)


def test_a_retired_subject_keeps_its_record_and_its_machines_report_no_more(officer, city):
    made = host(officer, city, "web-01")
    _, secret = actions.enroll_machine(officer, subject=made, name="web-01", now=NOW)
    actions.retire_subject(officer, made, reason="更改", now=NOW)
    assert queries.machine_principal(secret, NOW) is None
    assert not queries.in_organization(officer, city.pk).exists()
    assert queries.in_organization(officer, city.pk, retired=True).get() == made
    with pytest.raises(Conflict):
        actions.enroll_machine(officer, subject=made, name="again", now=NOW)
    assert Machine.objects.get().revoked_at == NOW


def test_who_may_not_edit_cannot_and_strangers_see_nothing(city):
    made = make_subject(city)
    staff, stranger = principal_for("staff", city), principal_for("ciso", make_organization("other"))
    with pytest.raises(NotPermitted):
        actions.edit_subject(staff, made, version=1, changes={"name": "x"}, now=NOW)
    with pytest.raises(NotFound):
        actions.edit_subject(stranger, made, version=1, changes={"name": "x"}, now=NOW)
    with pytest.raises(NotFound):
        queries.subject(stranger, made.pk)
    with pytest.raises(NotFound):
        queries.machine(stranger, uuid.uuid4())


STATE = MachineState(identity="m", nonce="n2", counter=5, previous_nonce="n1", last_batch="b")


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (Report("m", "n2", 6, "c"), Verdict.ACCEPT),
        (Report("m", "n2", 5, "c"), Verdict.OTHER_NONCE),
        (Report("m", "n1", 5, "b"), Verdict.REPEAT),
        (Report("m", "n1", 5, "c"), Verdict.OTHER_NONCE),
        (Report("m", "n0", 4, "b"), Verdict.OTHER_NONCE),
        (Report("x", "n2", 6, "c"), Verdict.OTHER_IDENTITY),
    ],
)
def test_the_protocol_judges(report, verdict):
    assert judge(STATE, report) is verdict
    assert judge(MachineState("", "", 0, "", ""), report) is Verdict.ACCEPT


def rows(*names, **more):
    return [{"number": f"A{n}", "kind": "information_asset", "name": name, **more} for n, name in enumerate(names)]


def sheet(given):
    return write_xlsx(importing.columns(), given, title="台帳", language="ja")


def load(officer, city, content, name="台帳.xlsx", **more):
    return importing.apply_import(officer, organization=city, untrusted=content, name=name, now=NOW, **more)


def test_the_register_goes_out_and_comes_back_unchanged_and_an_edited_row_updates(officer, city):
    owner = make_person("sato")
    give(owner, "section_officer", city)
    full = rows(
        "住民記録", "税", classification_scheme="municipal", confidentiality="MC3B", integrity="I2", availability="A2",
        network_zone="mynumber", form="electronic", personal_information="yes", my_number="yes", people_count=30000,
        owner="SATO", acquired_on="2020-04-01",
    )  # fmt: skip
    before = Entry.objects.count()
    plan = load(officer, city, sheet(full))
    assert (plan.count("create"), Entry.objects.count() - before) == (2, 1)
    made = Subject.objects.get(name="住民記録")
    assert (made.owner, made.asset.people_count, made.asset.my_number) == (owner, 30000, True)
    listed = queries.in_organization(officer, city.pk).prefetch_related("external_keys")
    out = [importing.as_row(s) for s in listed]
    for name, content in (
        ("a.xlsx", sheet(out)),
        ("a.csv", write_csv(importing.columns(), out, language="en", encoding="cp932")),
    ):
        again = importing.plan_import(officer, organization=city, untrusted=content, name=name, now=NOW)
        assert again.problems == []
        assert again.count("same") == 2
    out[0]["location"] = "書庫"
    assert load(officer, city, sheet(out)).count("update") == 1
    assert InformationAsset.objects.filter(location="書庫").count() == 1


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({"owner": "nobody"}, "subjects.unknown_owner", "管理者（ログイン名）"),
        ({"people_count": "many"}, "tabular.not_a_number", "人数"),
        ({"acquired_on": "昨日"}, "tabular.not_a_date", "取得日"),
        ({"number": "A0"}, "tabular.key_twice", "管理番号"),
        ({"kind": "host", "location": "x"}, "subjects.not_information_asset", "種類"),
        ({"confidentiality": "MC3A"}, "subjects.class_without_scheme", "機密性"),
        ({"name": ""}, "tabular.cell_missing", "名称"),
        ({"network_zone": "月"}, "tabular.not_a_choice", "ネットワークの領域"),
    ],
)
def test_one_bad_row_and_nothing_is_written(officer, city, change, code, column):
    given = rows("a", "b", "c")
    given[2] |= change
    with pytest.raises(InputError) as error:
        load(officer, city, sheet(given))
    found = error.value.problems[0]
    assert (found.code, found.row, found.column, found.file) == (code, 4, column, "台帳.xlsx")
    assert texts.render(found.code, found.fields, "en") != found.code
    assert not Subject.objects.exists()


def test_a_number_of_another_organisation_is_refused_without_telling_whose(officer, city):
    ExternalKey.objects.create(subject=make_subject(make_organization("other")), scheme="asset_number", value="A0")
    plan = importing.plan_import(officer, organization=city, untrusted=sheet(rows("a")), name="a.xlsx", now=NOW)
    assert [p.code for p in plan.problems] == ["subjects.key_used"]


def test_who_may_not_import_cannot(city):
    with pytest.raises(NotPermitted):
        load(principal_for("auditor", city), city, sheet(rows("a")))
    with pytest.raises(NotFound):
        load(principal_for("ciso", make_organization("other")), city, sheet(rows("a")))


def test_five_thousand_rows_are_imported_in_one_go(officer, city, django_assert_max_num_queries):
    content = write_csv(importing.columns(), rows(*(f"資産{n}" for n in range(5000))), language="ja")
    with django_assert_max_num_queries(300):
        plan = load(officer, city, content, name="a.csv")
    assert plan.count("create") == Subject.objects.count() == 5000


def test_an_expiry_in_the_past_is_refused(officer, city):
    with pytest.raises(InputError, match="expiry_in_past"):
        actions.enroll_machine(officer, subject=make_subject(city), name="a", expires_at=NOW - timedelta(days=1), now=NOW)
