"""Word templates with their places; ways of numbering with a live example."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.records.factories import NOW, client_for, give, make_organization, make_person, principal_of
from tests.records.procurement.examples import FOLDER, case_of

from sekisho.documents import MEDIA_TYPES
from sekisho.errors import Conflict, InputError
from sekisho.records.procurement import actions
from sekisho.records.procurement import queries as room_queries
from sekisho.records.procurement.models import Case, NumberingStyle, WordTemplate

pytestmark = pytest.mark.django_db
TEMPLATE = (FOLDER / "template.docx").read_bytes()


@pytest.fixture
def made(home):
    return case_of("design-study")


def _with_part(name: str, content: bytes, *, change=None) -> bytes:
    """The example template with one more part (or with one changed)."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(TEMPLATE)) as source, zipfile.ZipFile(target, "w") as package:
        for info in source.infolist():
            body = source.read(info)
            package.writestr(info.filename, change(body) if change and info.filename == name else body)
        if not change:
            package.writestr(name, content)
    return target.getvalue()


def test_a_template_is_kept_with_its_places_and_offered_to_the_case(made):
    case, owner, _ = made
    row = actions.add_word_template(
        owner, organization=case.organization, name="仕様書の様式", untrusted=TEMPLATE, filename="様式.docx", now=NOW
    )
    assert "セキュリティ要件" in {one.get("name") for one in row.places}
    assert list(room_queries.word_templates(case)) == [row]
    assert room_queries.template_bytes(row) == TEMPLATE
    actions.withdraw_word_template(owner, row, now=NOW)
    assert not room_queries.word_templates(case).exists()
    with pytest.raises(Conflict, match="template_withdrawn"):
        actions.withdraw_word_template(owner, row, now=NOW)


def test_a_place_for_clauses_within_a_paragraph_is_refused_when_the_template_is_added(made):
    case, owner, _ = made
    document = docx.Document()
    document.add_paragraph("次のとおり：{{セキュリティ要件}}")
    document.save(target := io.BytesIO())
    with pytest.raises(InputError) as refused:
        actions.add_word_template(
            owner, organization=case.organization, name="x", untrusted=target.getvalue(), filename="x.docx", now=NOW
        )
    assert [(p.code, p.fields["name"]) for p in refused.value.problems] == [("places.inline_fragment", "セキュリティ要件")]
    assert not WordTemplate.objects.exists()


def _external(body: bytes) -> bytes:
    tie = b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" Target="https://example.invalid/x.dotm" TargetMode="External"/></Relationships>'
    return body.replace(b"</Relationships>", tie)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", b""),
        ("a.docx", b"no zip at all"),
        ("macro.docx", _with_part("word/vbaProject.bin", b"\xd0\xcf\x11\xe0")),
        ("link.docx", _with_part("word/_rels/document.xml.rels", b"", change=_external)),
        ("plain.docx", _with_part("word/document.xml", b"", change=lambda body: body.replace("セキュリティ要件".encode(), b"x"))),
    ],
)
def test_templates_with_macros_external_links_or_without_the_place_are_refused(made, name, content):
    case, owner, browser = made
    with pytest.raises(InputError):
        actions.add_word_template(owner, organization=case.organization, name="x", untrusted=content, filename=name, now=NOW)
    assert not WordTemplate.objects.exists()
    answer = browser.post(
        f"/o/{case.organization.code}/procurement/templates/", {"name": "x", "file": SimpleUploadedFile(name, content)}
    )
    assert answer.status_code == 422
    assert "エラー：" in answer.content.decode()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_take_a_template_show_it_and_give_it_back(home, language):
    case, _, browser = case_of("design-study", language=language)
    base = f"/o/{case.organization.code}/procurement/"
    answer = browser.post(f"{base}templates/", {"name": "様式", "file": SimpleUploadedFile("../様式.docx", TEMPLATE)})
    assert answer.status_code == 302
    page = browser.get(f"{base}templates/").content.decode()
    row = WordTemplate.objects.get()
    assert "セキュリティ要件" in page
    assert b"".join(browser.get(f"{base}templates/{row.pk}/file").streaming_content) == TEMPLATE
    assert browser.post(f"{base}templates/{row.pk}/withdraw").status_code == 302
    stranger = client_for("procurement", make_organization("elsewhere", is_boundary=True))
    assert stranger.get(f"{base}templates/{row.pk}/file").status_code == 404
    assert stranger.get(f"/o/elsewhere/procurement/templates/{row.pk}/file").status_code == 404


def test_a_numbering_is_made_used_and_protected_while_it_is_used(made):
    case, owner, _ = made
    row = actions.save_numbering(owner, organization=case.organization, name="当市", text="第{n}条\n{n}\n（{n}）\n{ア}", now=NOW)
    assert row.levels == ["第{n}条", "{n}", "（{n}）", "{ア}"]
    case = actions.choose_numbering(owner, case, numbering=str(row.pk), now=NOW) or Case.objects.get(pk=case.pk)
    assert room_queries.numbering_of(Case.objects.get(pk=case.pk)).levels == tuple(row.levels)
    with pytest.raises(Conflict, match="style_used"):
        actions.delete_numbering(owner, row, now=NOW)
    with pytest.raises(Conflict, match="style_name_used"):
        actions.save_numbering(owner, organization=case.organization, name="当市", text="{n}", now=NOW)
    changed = actions.save_numbering(owner, organization=case.organization, name="当市", text="{n}\n{n}.{m}", style=row, now=NOW)
    assert changed.pk == row.pk
    Case.objects.filter(pk=case.pk).update(numbering="official")
    actions.delete_numbering(owner, row, now=NOW)
    assert not NumberingStyle.objects.exists()


@pytest.mark.parametrize("text", ["", "条", "{", "{x}", "{n}{m}", "\n".join(["{n}"] * 10), "{n}" + "あ" * 50, "\u202e{n}"])
def test_a_wrong_pattern_is_refused_with_its_place(made, text):
    case, owner, browser = made
    with pytest.raises(InputError) as caught:
        actions.save_numbering(owner, organization=case.organization, name="x", text=text, now=NOW)
    assert caught.value.problems
    answer = browser.post(f"/o/{case.organization.code}/procurement/numbering/new", {"name": "x", "text": text})
    assert answer.status_code == 422
    live = browser.post(f"/o/{case.organization.code}/procurement/numbering/example", {"text": text})
    assert "field-error" in live.content.decode()


def test_the_example_follows_what_stands_in_the_form(made):
    case, _, browser = made
    base = f"/o/{case.organization.code}/procurement/numbering/"
    live = browser.post(f"{base}example", {"text": "第{一}章\n第{n}条\n（{ア}）"}).content.decode()
    assert "第十二章" in live
    assert "（イ）" not in browser.post(f"{base}example", {"text": "{n}"}).content.decode()
    assert browser.post(f"{base}new", {"name": "章立て", "text": "第{一}章\n第{n}条"}).status_code == 302
    row = NumberingStyle.objects.get()
    assert "章立て" in browser.get(base).content.decode()
    assert browser.get(f"{base}{row.pk}/").status_code == 200
    assert browser.post(f"{base}{row.pk}/delete").status_code == 302
    assert not NumberingStyle.objects.exists()


def test_readers_see_templates_and_numbering_and_change_nothing(made):
    case, owner, _ = made
    row = actions.save_numbering(owner, organization=case.organization, name="当市", text="{n}", now=NOW)
    person = make_person()
    give(person, "auditor", case.organization)
    auditor = Client()
    auditor.force_login(person, backend="sekisho.web.backends.LoginBackend")
    base = f"/o/{case.organization.code}/procurement/"
    assert auditor.get(f"{base}numbering/").status_code == 200
    assert auditor.get(f"{base}templates/").status_code == 200
    for path, data in (
        ("numbering/new", {"name": "x", "text": "{n}"}),
        (f"numbering/{row.pk}/delete", {}),
        ("templates/", {"name": "x"}),
    ):
        assert auditor.post(f"{base}{path}", data).status_code == 403, path
    assert principal_of(person)


def test_the_api_keeps_templates_and_numbering(made):
    case, _, browser = made
    code = case.organization.code
    seen = browser.post(
        "/api/v1/procurement/word-templates/check", {"organization": code, "file": SimpleUploadedFile("a.docx", TEMPLATE)}
    )
    assert "セキュリティ要件" in seen.json()["places"]
    made_ = browser.post(
        "/api/v1/procurement/word-templates",
        {"organization": code, "name": "様式", "file": SimpleUploadedFile("a.docx", TEMPLATE)},
    )
    assert made_.status_code == 201, made_.content
    url = f"/api/v1/procurement/word-templates/{made_.json()['id']}"
    file = browser.get(f"{url}/file")
    assert b"".join(file.streaming_content) == TEMPLATE
    assert file["Content-Type"] == MEDIA_TYPES["docx"]
    assert len(browser.get("/api/v1/procurement/word-templates", {"organization": code}).json()) == 1
    assert browser.post(f"{url}/withdraw").status_code == 204
    style = browser.post(
        "/api/v1/procurement/numbering-styles",
        {"organization": code, "name": "n", "text": "{n}"},
        content_type="application/json",
    )
    assert style.status_code == 201, style.content
    assert len(browser.get("/api/v1/procurement/numbering-styles", {"organization": code}).json()) == 1
    assert browser.delete(f"/api/v1/procurement/numbering-styles/{style.json()['id']}").status_code == 204


def test_the_example_template_is_there():
    assert Path(FOLDER / "template.docx").is_file()
