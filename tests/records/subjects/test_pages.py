"""Pages of subjects and machines, walked as a person does, in both languages, and as a stranger."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.records.factories import client_for, give, make_organization, make_person, make_subject

from sekisho.records.subjects import importing
from sekisho.records.subjects.models import Machine, PartOf, Subject
from sekisho.records.tabular import write_xlsx

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


@pytest.fixture
def city():
    return make_organization("minamo", name="みなも市", is_fictional=True)


@pytest.fixture
def officer(city):
    return client_for("system_officer", city)


def body(response):
    return response.content.decode()


def test_a_subject_is_registered_changed_joined_and_retired(officer, city):
    base = "/o/minamo/subjects/"
    assert "対象を登録する" in body(officer.get(base))
    made = officer.post(base + "new", {"kind": "host", "name": "web-01", "number": "A1", "network_zone": "lgwan"})
    assert made.status_code == 302
    row = Subject.objects.get()
    page = body(officer.get(made["Location"]))
    assert "web-01" in page
    assert "LGWAN" in page
    assert officer.post(f"{base}{row.pk}/edit", {"name": "web-02", "version": "1"}).status_code == 302
    stale = officer.post(f"{base}{row.pk}/edit", {"name": "web-03", "version": "1"})
    assert stale.status_code == 422
    assert "エラー：" in body(stale)
    other = make_subject(city, name="site")
    officer.post(f"{base}{other.pk}/add-part", {"part": str(row.pk)})
    assert PartOf.objects.get().part == row
    cycle = officer.post(f"{base}{row.pk}/add-part", {"part": str(other.pk)}, follow=True)
    assert "輪になります" in body(cycle)
    assert officer.post(f"{base}{row.pk}/add-part", {"part": "x"}).status_code == 404
    officer.post(f"{base}{row.pk}/retire", {"reason": "更改"})
    assert "web-02" not in body(officer.get(base))
    assert "web-02" in body(officer.get(base + "?retired=1"))


def test_the_register_is_previewed_then_imported_once_confirmed(officer):
    rows = [{"kind": "host", "name": f"host-{n}"} for n in range(3)]
    sheet = write_xlsx(importing.columns(), rows, title="x", language="ja")
    seen = officer.post("/o/minamo/subjects/import", {"file": SimpleUploadedFile("台帳.xlsx", sheet), "encoding": ""})
    assert "追加3件" in body(seen)
    assert not Subject.objects.exists()
    ticket = re.search(r'name="ticket" value="([^"]+)"', body(seen)).group(1)
    forged = officer.post("/o/minamo/subjects/import/confirm", {"ticket": ticket + "x"})
    assert forged.status_code == 409
    assert officer.post("/o/minamo/subjects/import/confirm", {"ticket": ticket}).status_code == 302
    assert Subject.objects.count() == 3


def test_a_bad_file_shows_every_place_and_imports_nothing(officer):
    for content, word in (
        (b"PK\x03\x04 half", "最後まで読めません"),
        ("種類,名称\n船,a\n機器（サーバー・端末）,\n".encode("cp932"), "選べません"),
    ):
        answer = officer.post("/o/minamo/subjects/import", {"file": SimpleUploadedFile("a.csv", content)})
        assert answer.status_code == 422
        assert word in body(answer)
    assert not Subject.objects.exists()


def test_exactly_what_is_shown_goes_out(officer, city):
    make_subject(city, name="shown", kind="host")
    make_subject(city, name="hidden", kind="site")
    for form in ("xlsx", "csv", "cp932"):
        answer = officer.get(f"/o/minamo/subjects/export.{form}?kind=host")
        assert answer["Content-Disposition"].startswith("attachment")
        if form != "xlsx":
            assert b"shown" in answer.content
            assert b"hidden" not in answer.content
    assert officer.get("/o/minamo/subjects/template.xlsx").status_code == 200


def test_a_machine_is_enrolled_with_its_command_shown_once_then_revoked(officer, city):
    subject = make_subject(city, name="web-01")
    form = {"subject": str(subject.pk), "name": "web-01", "expires_on": ""}
    page = officer.post("/o/minamo/machines/new", form)
    secret = re.search(r"skm_[\w-]+", body(page)).group(0)
    assert "sekisho measure host --send" in body(page)
    assert page["Cache-Control"] == "no-store"
    listed = body(officer.get("/o/minamo/machines/"))
    assert secret not in listed
    officer.post(f"/o/minamo/machines/{Machine.objects.get().pk}/revoke")
    assert Machine.objects.get().revoked_at is not None


def test_pages_are_english_for_readers_of_english(city):
    make_subject(city, name="web-01")
    reader = client_for("system_officer", city, language="en")
    row = Subject.objects.get()
    for path in ("subjects/", f"subjects/{row.pk}/", "subjects/new", "subjects/import", "machines/", "machines/new"):
        answer = reader.get(f"/o/minamo/{path}", headers={"Accept-Language": "en"})
        main = body(answer).split("<main", 1)[1].split("</main>", 1)[0].replace("みなも市", "")
        assert answer.status_code == 200
        assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", re.sub(r"<option.*?</option>", "", main)), path


def test_a_stranger_finds_nothing(city):
    row = make_subject(city)
    stranger = client_for("ciso", make_organization("other"))
    for path in ("subjects/", f"subjects/{row.pk}/", f"subjects/{row.pk}/edit", "machines/", "subjects/export.csv"):
        assert stranger.get(f"/o/minamo/{path}").status_code == 404, path
        assert stranger.get(f"/o/other/{path}").status_code == (404 if str(row.pk) in path else 200), path


def test_the_list_costs_few_queries(officer, city, django_assert_max_num_queries):
    for n in range(60):
        make_subject(city, name=f"host-{n}")
    with django_assert_max_num_queries(14):
        officer.get("/o/minamo/subjects/")


def test_an_information_asset_is_registered_with_its_owner_and_columns_and_changed(officer, city):
    owner = make_person(name="管理係")
    give(owner, "system_admin", city)
    base = "/o/minamo/subjects/"
    assert 'name="my_number"' in body(officer.get(base + "new?kind=information_asset"))
    assert 'name="my_number"' not in body(officer.get(base + "new?kind=host"))
    given = {
        "kind": "information_asset", "name": "住民の台帳", "owner": str(owner.pk), "form": "both", "location": "書庫",
        "personal_information": "on", "people_count": "1200", "handling": "施錠", "acquired_on": "2026-04-01",
    }  # fmt: skip
    made = officer.post(base + "new", given)
    assert made.status_code == 302
    row = Subject.objects.select_related("asset").get()
    assert (row.owner, row.asset.form, row.asset.people_count) == (owner, "both", 1200)
    assert (row.asset.personal_information, row.asset.my_number) == (True, False)
    page = body(officer.get(made["Location"]))
    assert "管理係" in page
    assert "書庫" in page
    form = body(officer.get(f"{base}{row.pk}/edit"))
    assert 'value="2026-04-01"' in form
    changes = {"name": "住民の台帳", "version": "1", "form": "paper", "my_number": "on", "people_count": "", "owner": ""}
    assert officer.post(f"{base}{row.pk}/edit", changes).status_code == 302
    row = Subject.objects.select_related("asset").get()
    assert (row.owner, row.asset.form, row.asset.people_count, row.asset.my_number) == (None, "paper", None, True)


def test_only_people_of_the_organisation_can_own_and_a_mistake_keeps_what_was_typed(officer, city):
    other = make_person()
    give(other, "system_admin", make_organization("other", is_boundary=True))
    given = {"kind": "information_asset", "name": "台帳", "form": "paper", "location": "書庫"}
    for wrong in ({"owner": str(other.pk)}, {"people_count": "-1"}, {"acquired_on": "x"}, {"form": "stone"}):
        answer = officer.post("/o/minamo/subjects/new", given | wrong)
        assert answer.status_code == 422
        assert "エラー：" in body(answer)
        assert "書庫" in body(answer)
    assert not Subject.objects.exists()


def test_an_owner_who_left_stays_until_somebody_changes_it(officer, city):
    row = make_subject(city, owner=make_person(name="前任者"))
    assert "前任者" in body(officer.get(f"/o/minamo/subjects/{row.pk}/edit"))
    form = {"name": row.name, "version": "1", "owner": str(row.owner_id)}
    assert officer.post(f"/o/minamo/subjects/{row.pk}/edit", form).status_code == 302
    assert Subject.objects.get(pk=row.pk).owner_id == row.owner_id
