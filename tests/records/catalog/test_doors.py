"""基準 on the pages and over the API: reading, filtering, correcting, importing, comparing; who may, and how much it costs."""

from __future__ import annotations

import io
import json
import re
import time
from datetime import timedelta

import msgspec
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.records.factories import NOW, client_for, make_organization, principal_for

from sekisho.records import staging
from sekisho.records.catalog import actions, hooks, queries, show
from sekisho.records.catalog.models import Catalog, Mapping, Overlay, Requirement
from sekisho.records.organization.permissions import Role
from sekisho.records.organization.principals import SYSTEM
from sekisho.standards import catalog as standards
from sekisho.standards.own_rules import template_xlsx

pytestmark = pytest.mark.django_db
JAPANESE = re.compile(r"[\u3040-\u30ff]")


@pytest.fixture
def city(home):
    actions.load_standards(SYSTEM, now=NOW)
    return make_organization("city", name="みなも市", name_en="Minamo", body_kind="municipality")


@pytest.fixture
def chief(city):
    return client_for(Role.CHIEF_OFFICER, city)


def catalog_of(key) -> Catalog:
    return Catalog.objects.get(key=key, organization=None)


def requirement_of(ref, key="annex_a_2022") -> Requirement:
    return Requirement.objects.get(catalog__key=key, ref=ref, catalog__organization=None)


def body(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def oscal(families=20, controls=60, title="Test controls") -> bytes:
    """A catalogue as large as NIST SP 800-53: 20 families, 1,200 controls with some enhancements."""
    groups = []
    for f in range(families):
        made = []
        for c in range(controls // 2):
            enhancement = {
                "id": f"f{f}-{c}.1",
                "title": f"Enhancement {c}",
                "parts": [{"name": "statement", "prose": "Do more."}],
            }
            made.append(
                {
                    "id": f"f{f}-{c}",
                    "title": f"Control {c}",
                    "parts": [{"name": "statement", "prose": "Do."}],
                    "controls": [enhancement],
                }
            )
        groups.append({"id": f"f{f}", "title": f"Family {f}", "controls": made})
    metadata = {"title": title, "version": "1", "oscal-version": "1.1.2", "last-modified": "2026-01-01T00:00:00Z"}
    return json.dumps(
        {"catalog": {"uuid": "8b1ac74d-2a46-4b62-a815-435dd4ddf701", "metadata": metadata, "groups": groups}}
    ).encode()


def own_rules(rows, title="みなも市 情報セキュリティ実施手順") -> bytes:
    """The template, filled in: rows of (id, title, annex A)."""
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx("ja")))
    about, rules = book.worksheets[0], book.worksheets[1]
    for row in about.iter_rows(min_row=1, max_row=20):
        words = str(row[0].value or "")
        for name, value in (("識別", "city-rules"), ("題名", title), ("版", "1")):
            if words.startswith(name):
                row[1].value = value
    headings = {str(cell.value).rstrip("*※必須 "): cell.column for cell in rules[1]}
    for number in range(2, rules.max_row + 1):
        for column in range(1, rules.max_column + 1):
            rules.cell(number, column).value = None
    for number, values in enumerate(rows, start=2):
        for name, value in values.items():
            column = next(c for heading, c in headings.items() if heading.startswith(name))
            rules.cell(number, column).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# ------------------------------------------------------------------------------------------------------------- reading


def test_the_index_says_which_catalogues_hold_and_why(city, chief) -> None:
    shown = body(chief.get("/o/city/catalog/"))
    assert "地方公共団体における情報セキュリティポリシーに関するガイドライン" in shown
    assert "総務省の技術的な助言です" in shown
    assert "推奨" in shown
    assert "旧版" in shown  # the Unified Standard of 2023


def test_the_catalogue_page_filters_by_what_the_address_says(city, chief) -> None:
    url = f"/o/city/catalog/{catalog_of('annex_a_2022').pk}/"
    assert "93件のうち 93件" in body(chief.get(url))
    assert "93件のうち 11件" in body(chief.get(url, {"new": "1"}))
    assert "93件のうち 14件" in body(chief.get(url, {"theme": "physical"}))
    only = body(chief.get(url, {"q": "構成管理"}))
    assert "8.9" in only
    assert "5.30" not in only
    assert "あてはまるものがありません" in body(chief.get(url, {"q": "ありえない言葉"}))
    detective = body(chief.get(url, {"a-control_type": "detective", "theme": "people"}))
    assert "6.8" in detective
    assert "6.7" not in detective


def test_a_requirement_shows_every_fact_with_its_mark(city, chief) -> None:
    shown = body(chief.get(f"/o/city/catalog/requirements/{requirement_of('8.9').pk}/"))
    for words in ("構成管理", "Configuration management", "松竹梅の手引き", "対応するものはない", "予防", "原典未照合", "新設"):
        assert words in shown


def test_the_former_edition_is_shown_though_it_is_not_loaded(city, chief) -> None:
    assert "A.8.1.4" in body(chief.get(f"/o/city/catalog/requirements/{requirement_of('5.11').pk}/"))


def test_a_proposed_guide_is_labelled_as_a_proposal(city, chief) -> None:
    guided = Requirement.objects.filter(catalog__key="annex_a_2022").exclude(levels={})
    ours = [row for row in guided if not row.levels["levels_given_in_source"]]
    assert ours, "the data has guides that are our own proposal"
    shown = body(chief.get(f"/o/city/catalog/requirements/{ours[0].pk}/"))
    assert "原資料にない、本製品の提案です" in shown


def test_every_requirement_has_a_page(city, chief) -> None:
    some = Requirement.objects.filter(catalog__organization=None).order_by("pk")[::12]
    for row in some:
        assert chief.get(f"/o/city/catalog/requirements/{row.pk}/").status_code == 200, row


def test_each_list_of_facts_can_be_read_and_searched(city, chief) -> None:
    for one in chief.get("/api/v1/facts").json()["items"]:
        assert one["title"] in body(chief.get(f"/o/city/catalog/facts/{one['id']}/"))
    found = body(chief.get("/o/city/catalog/facts/retention/", {"q": "契約書 税務"}))
    assert "RT02" in found
    assert "RT03" not in found
    assert "7年" in found
    assert chief.get("/o/city/catalog/facts/nothing/").status_code == 404


def test_facts_link_to_the_controls_they_name(city, chief) -> None:
    assert str(requirement_of("8.9").pk) in body(chief.get("/o/city/catalog/facts/cloud/"))


def test_a_higher_room_adds_a_panel(city, chief, monkeypatch) -> None:
    def panel(principal, *, organization, requirement, now):
        return hooks.Panel(f"判定 {requirement.ref} {organization.code}", "catalog/row_title.html", {})

    monkeypatch.setitem(hooks.PANELS, "test", panel)
    assert "判定 8.9 city" in body(chief.get(f"/o/city/catalog/requirements/{requirement_of('8.9').pk}/"))


def test_the_search_box_finds_requirements(city, chief) -> None:
    shown = body(chief.get("/o/city/search", {"q": "クロック"}))
    assert "8.17" in shown
    assert f"/o/city/catalog/requirements/{requirement_of('8.17').pk}/" in shown


@pytest.mark.parametrize("path", ["", "{annex}/", "requirements/{control}/", "import", "requirements/{control}/correct"])
def test_english_pages_hold_no_japanese_sentence(city, path) -> None:
    reader = client_for(Role.CHIEF_OFFICER, city, language="en", name="Chief")
    url = path.format(annex=catalog_of("annex_a_2022").pk, control=requirement_of("8.9").pk)
    shown = body(reader.get(f"/o/city/catalog/{url}"))
    shown = re.sub(r'<(dd|span|button)[^>]*lang="ja".*?</\1>', "", shown, flags=re.DOTALL)
    shown = re.sub(
        r"<textarea.*?</textarea>|<input[^>]*>", "", shown, flags=re.DOTALL
    )  # what is corrected stands in both languages
    words = [w for w in re.sub(r"<[^>]+>", "\n", shown).splitlines() if JAPANESE.search(w) and "日本語" not in w]
    assert words == []


def test_the_page_of_1200_controls_is_cheap(city, chief, django_assert_max_num_queries) -> None:
    organization = city
    leader = principal_for(Role.CHIEF_OFFICER, organization)
    from sekisho.standards.oscal import read_oscal_catalog

    row = actions.import_catalog(
        leader, catalog=read_oscal_catalog(oscal(), filename="nist.json"), organization=organization, now=NOW
    )
    url = f"/o/city/catalog/{row.pk}/?open=1"
    chief.get(url)
    with django_assert_max_num_queries(15):
        shown = body(chief.get(url))
    assert shown.count("Enhancement") >= 600
    began = time.process_time()
    chief.get(url)
    assert time.process_time() - began < 1.0  # measured: 0.15 s of CPU; the budget is 500 ms


@pytest.mark.parametrize("path", ["", "requirements/{control}/", "facts/metrics/"])
def test_the_other_pages_are_cheap(city, chief, path, django_assert_max_num_queries) -> None:
    url = f"/o/city/catalog/{path.format(control=requirement_of('8.9').pk)}"
    with django_assert_max_num_queries(15):
        chief.get(url)


# --------------------------------------------------------------------------------------------------------- corrections


def test_a_correction_shows_who_and_when_and_can_be_withdrawn(city, chief) -> None:
    row = requirement_of("8.9")
    url = f"/o/city/catalog/requirements/{row.pk}/"
    form = {"title": "構成の管理", "title_en": row.title_en, "summary": row.summary, "source": "JIS Q 27001:2023 8.9"}
    assert chief.post(f"{url}correct", form).status_code == 302
    shown = body(chief.get(url))
    for words in ("構成の管理", "JIS Q 27001:2023 8.9", "この組織では訂正して使っています"):
        assert words in shown
    made = Overlay.objects.get()
    assert made.fields == {"title": "構成の管理"}
    assert "構成の管理" in body(chief.get(f"/o/city/catalog/{row.catalog_id}/", {"corrected": "1"}))
    assert chief.post(f"/o/city/catalog/overlays/{made.pk}/withdraw").status_code == 302
    assert "この組織では訂正して使っています" not in body(chief.get(url))


def test_a_second_correction_keeps_the_first(city, chief) -> None:
    url = f"/o/city/catalog/requirements/{requirement_of('8.9').pk}/correct"
    chief.post(url, {"title": "構成の管理", "source": "原典"})
    chief.post(url, {"title": "構成の管理", "summary": "直した要旨", "source": "原典"})
    assert Overlay.objects.get(withdrawn_at=None).fields == {"title": "構成の管理", "summary": "直した要旨"}


def test_a_correction_without_a_source_is_asked_for_it(city, chief) -> None:
    answer = chief.post(f"/o/city/catalog/requirements/{requirement_of('8.9').pk}/correct", {"title": "構成の管理"})
    assert answer.status_code == 422
    assert "<title>エラー：" in answer.content.decode()
    assert not Overlay.objects.exists()


def test_staff_may_read_but_neither_correct_nor_import(city) -> None:
    staff = client_for(Role.STAFF, city)
    row = requirement_of("8.9")
    assert "訂正する" not in body(staff.get(f"/o/city/catalog/requirements/{row.pk}/"))
    assert staff.get(f"/o/city/catalog/requirements/{row.pk}/correct").status_code == 403
    assert staff.get("/o/city/catalog/import").status_code == 403
    assert staff.post("/api/v1/catalogs/load-standards").status_code == 403


# -------------------------------------------------------------------------------------------------- taking one in


def upload(client, content, name):
    return client.post("/o/city/catalog/import", {"file": SimpleUploadedFile(name, content)})


def ticket_in(response) -> str:
    return re.search(r'name="ticket" value="([^"]+)"', response.content.decode()).group(1)


def test_oscal_is_previewed_then_taken_and_nothing_before(city, chief) -> None:
    answer = upload(chief, oscal(2, 4), "nist.json")
    assert "新しく加わります" in body(answer)
    assert not Catalog.objects.exclude(organization=None).exists()
    done = chief.post("/o/city/catalog/import/confirm", {"ticket": ticket_in(answer)})
    row = Catalog.objects.get(organization=city)
    assert done.url.endswith(f"/o/city/catalog/{row.pk}/")
    assert row.requirements.filter(assessable=True).count() == 8
    assert "Control 1" in body(chief.get(done.url))


def test_importing_again_says_what_changes(city, chief) -> None:
    for content, words in ((oscal(2, 4), "新しく加わります"), (oscal(2, 4), "同じ内容が"), (oscal(2, 2), "なくなるもの 4件")):
        answer = upload(chief, content, "nist.json")
        assert words in body(answer)
        chief.post("/o/city/catalog/import/confirm", {"ticket": ticket_in(answer)})
    row = Catalog.objects.get(organization=city)
    assert "4件のうち 4件" in body(chief.get(f"/o/city/catalog/{row.pk}/"))


def test_the_template_comes_back_as_own_rules_with_mappings(city, chief) -> None:
    template = chief.get("/o/city/catalog/import/template")
    assert template["Content-Disposition"].startswith("attachment")
    content = own_rules([{"番号": "1.1", "題名": "構成を記録する", "附属書A": "8.9"}])
    answer = upload(chief, content, "rules.xlsx")
    chief.post("/o/city/catalog/import/confirm", {"ticket": ticket_in(answer)})
    assert Mapping.objects.filter(source__catalog__organization=city, target__ref="8.9").count() == 1
    assert "構成を記録する" in body(chief.get(f"/o/city/catalog/requirements/{requirement_of('8.9').pk}/"))
    assert "自組織の規程" in body(chief.get("/o/city/catalog/"))


def test_all_mistakes_are_shown_with_row_and_column_and_nothing_is_written(city, chief) -> None:
    content = own_rules([{"番号": "1.1", "題名": "ある"}, {"番号": "1.1", "題名": "二度目"}, {"番号": "1.2"}])
    answer = upload(chief, content, "rules.xlsx")
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "番号「1.1」が重なっています" in shown
    assert "「題名」は必ず書いてください" in shown or "必ず書いてください" in shown
    assert re.search(r'scope="row" class="num">4<', shown)
    assert not Catalog.objects.exclude(organization=None).exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"{", b"PK\x03\x04half", b"\x00" * 100, b'{"profile": {}}'])
def test_what_is_no_catalogue_is_refused_in_words(city, chief, content) -> None:
    answer = upload(chief, content, "x.bin")
    assert answer.status_code == 422
    assert "<title>エラー：" in answer.content.decode()


@pytest.mark.parametrize("ticket", ["", "forged", "eyJhIjoxfQ:1:aaaa"])
def test_a_forged_ticket_takes_nothing(city, chief, ticket) -> None:
    assert chief.post("/o/city/catalog/import/confirm", {"ticket": ticket}).status_code == 409


def test_a_ticket_is_its_owners_for_its_organisation_and_ends(city, chief, monkeypatch) -> None:
    ticket = ticket_in(upload(chief, oscal(1, 2), "nist.json"))
    other = client_for(Role.CHIEF_OFFICER, city)
    assert other.post("/o/city/catalog/import/confirm", {"ticket": ticket}).status_code == 409
    monkeypatch.setattr(staging, "KEPT_SECONDS", -1)
    assert chief.post("/o/city/catalog/import/confirm", {"ticket": ticket}).status_code == 409


def test_uploads_that_nobody_confirmed_go(city, home) -> None:
    principal = principal_for(Role.CHIEF_OFFICER, city)
    staging.keep(principal, content=b"one", name="a", purpose="t", organization_id=city.pk, now=NOW)
    later = max(f.stat().st_mtime for f in (home / "uploads" / "staged").iterdir()) + staging.KEPT_SECONDS + 5
    staging.keep(
        principal, content=b"two", name="b", purpose="t", organization_id=city.pk, now=NOW.fromtimestamp(later, tz=NOW.tzinfo)
    )
    assert [f.read_bytes() for f in (home / "uploads" / "staged").iterdir()] == [b"two"]


def test_rules_from_above_are_read_below_even_across_a_boundary_and_by_no_stranger(city, chief) -> None:
    town = make_organization("town", parent=city, is_boundary=True)
    answer = upload(chief, oscal(1, 2), "nist.json")
    chief.post("/o/city/catalog/import/confirm", {"ticket": ticket_in(answer)})
    row = Catalog.objects.get(organization=city)
    below = client_for(Role.STAFF, town)
    assert below.get(f"/o/town/catalog/{row.pk}/").status_code == 200
    stranger = client_for(Role.CISO, make_organization("other"))
    first = row.requirements.filter(assessable=True).first()
    for url in (f"/o/other/catalog/{row.pk}/", f"/o/other/catalog/requirements/{first.pk}/", f"/o/city/catalog/{row.pk}/"):
        assert stranger.get(url).status_code == 404
    assert stranger.get(f"/api/v1/catalogs/{row.pk}").status_code == 404
    assert stranger.get(f"/api/v1/requirements/{first.pk}").status_code == 404
    posted = {"catalog_key": row.key, "ref": first.ref, "fields": {"title": "x"}, "note": "y"}
    assert stranger.post("/api/v1/organizations/other/overlays", posted, content_type="application/json").status_code == 404


# ------------------------------------------------------------------------------------------------------------ editions


def test_two_editions_are_compared(city, chief, monkeypatch) -> None:
    old = standards.catalog("annex_a_2022")
    kept = tuple(
        msgspec.structs.replace(r, title=msgspec.structs.replace(r.title, ja="別の題名")) if r.id == "5.1" else r
        for r in old.requirements
        if r.id != "8.34"
    )
    new = msgspec.structs.replace(old, edition="2030", requirements=kept)
    monkeypatch.setattr(standards, "catalogs", lambda: {"annex_a_2022": new})
    actions.load_standards(SYSTEM, now=NOW + timedelta(days=1))
    rows = {row.edition: row for row in Catalog.objects.filter(key="annex_a_2022")}
    url = f"/o/city/catalog/{rows['2030'].pk}/"
    assert "比べる" in body(chief.get(url))
    shown = body(chief.get(f"{url}compare/{rows['2022'].pk}/"))
    assert "別の題名" in shown
    answer = chief.get(f"/api/v1/catalogs/{rows['2030'].pk}/compare/{rows['2022'].pk}").json()
    assert answer["removed"] == ["8.34"]
    assert answer["changed"] == {"5.1": ["title"]}
    assert answer["added"] == []
    other = catalog_of("isms_clauses")
    assert chief.get(f"{url}compare/{other.pk}/").status_code == 422


# ----------------------------------------------------------------------------------------------------------------- API


def test_the_api_gives_what_the_pages_give(city, chief) -> None:
    assert {r["key"] for r in chief.get("/api/v1/catalogs").json()["items"]} == set(standards.catalog_ids())
    applying = chief.get("/api/v1/organizations/city/catalogs").json()["items"]
    assert applying[0]["force"] == "should"
    annex = catalog_of("annex_a_2022").pk
    assert chief.get(f"/api/v1/catalogs/{annex}").json()["assessable"] == 93
    assert chief.get(f"/api/v1/catalogs/{annex}/requirements", {"new": "true"}).json()["total"] == 11
    page = chief.get(f"/api/v1/catalogs/{annex}/requirements", {"limit": 2, "offset": 1}).json()
    assert len(page["items"]) == 2
    found = chief.get("/api/v1/requirements", {"q": "構成管理"}).json()["items"]
    one = chief.get(f"/api/v1/requirements/{found[0]['id']}").json()
    assert one["levels"]["levels"].keys() == {"ume", "take", "matsu"}
    assert chief.get(f"/api/v1/requirements/{found[0]['id']}/mappings").json()["total"] > 0
    assert chief.get("/api/v1/facts/threats", {"q": "ランサム"}).json()["total"] >= 1


def test_the_api_imports_only_when_told_to(city, chief) -> None:
    url = "/api/v1/organizations/city/catalogs"
    tried = chief.post(url, {"file": SimpleUploadedFile("n.json", oscal(1, 2))})
    assert tried.json()["effect"] == "new"
    assert tried.json()["catalog_id"] is None
    assert not Catalog.objects.exclude(organization=None).exists()
    made = chief.post(f"{url}?dry_run=false", {"file": SimpleUploadedFile("n.json", oscal(1, 2))}).json()
    assert queries.catalog(SYSTEM, made["catalog_id"]).organization_id == city.pk


def test_the_api_corrects_and_withdraws(city, chief) -> None:
    posted = {"catalog_key": "annex_a_2022", "ref": "8.9", "fields": {"title": "x"}, "note": "原典"}
    made = chief.post("/api/v1/organizations/city/overlays", posted, content_type="application/json").json()
    assert chief.get("/api/v1/organizations/city/overlays").json()["total"] == 1
    stranger = client_for(Role.CISO, make_organization("other"))
    assert stranger.post(f"/api/v1/overlays/{made['id']}/withdraw").status_code == 404
    assert chief.post(f"/api/v1/overlays/{made['id']}/withdraw").status_code == 204


def test_loading_the_standards_is_the_administrators(city) -> None:
    admin = client_for(Role.ADMINISTRATOR, city)
    assert admin.post("/api/v1/catalogs/load-standards").json()["annex_a_2022"] == 93


def test_the_tree_keeps_the_headings_of_what_is_wanted(city) -> None:
    rows = list(queries.lines(SYSTEM, catalog_of("unified_standard_r5").pk, with_words=True))
    sections = show.outline(rows, show.Filters(words="IPv6"))
    titles = [section.heading.ref for section in sections if section.heading]
    assert len(titles) >= 1
    assert all(section.nodes for section in sections)


def test_the_organisation_decides_by_what_else_it_is_judged(city, chief) -> None:
    url = "/o/city/catalog/adopt/annex_a_2022/"
    before = {one["catalog"]["key"]: one["adopted"] for one in chief.get("/api/v1/organizations/city/catalogs").json()["items"]}
    assert chief.post(url, {"reason": ""}).status_code == 422
    assert chief.post(url, {"reason": "起案 2026-12"}).status_code == 302
    after = {one["catalog"]["key"]: one["adopted"] for one in chief.get("/api/v1/organizations/city/catalogs").json()["items"]}
    assert after["annex_a_2022"] is not before["annex_a_2022"]
    again = {"catalog_key": "annex_a_2022", "adopted": before["annex_a_2022"], "reason": "戻す"}
    assert chief.post("/api/v1/organizations/city/adoptions", again, content_type="application/json").status_code == 204
    assert client_for(Role.STAFF, city).get(url).status_code == 403
    assert chief.get("/o/city/catalog/adopt/nothing/").status_code == 404
