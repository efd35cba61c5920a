"""Texts are found in Python and templates, kept stably, checked and compiled."""

from __future__ import annotations

import gettext
import os
from typing import TYPE_CHECKING

import messages
import pytest

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
a = _("期限")
b = ngettext("%(n)d件", "%(n)d件", n)
c = pgettext("動詞", "測定")
"""
TEMPLATE = """{% load i18n %}
<p>{% translate "期限" %} {% translate "測定" context "名詞" %}</p>
    <p>{% blocktranslate trimmed %}
      残り{{ days }}日
    {% endblocktranslate %}</p>
{% include "x" with title=_("題名") %} {{ x|default:_("なし") }}
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    room = tmp_path / "room"
    (room / "templates" / "room").mkdir(parents=True)
    (room / "forms.py").write_text(PYTHON, encoding="utf-8")
    (room / "templates" / "room" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    return room


def fill(app: Path, **english: str) -> None:
    catalog = messages.read(app / messages.PO)
    for message in catalog:
        if message.id:
            first = message.id if isinstance(message.id, str) else message.id[0]
            text = english.get(first, "Text")
            message.string = text if isinstance(message.id, str) else ("%(n)d item", "%(n)d items")
    messages.write(app / messages.PO, catalog)


def test_every_text_is_found_with_its_line(app: Path) -> None:
    found = messages.extract_app(app)
    assert set(found) == {
        ("期限", None),
        (("%(n)d件", "%(n)d件"), None),
        ("測定", "動詞"),
        ("測定", "名詞"),
        ("残り%(days)s日", None),
        ("題名", None),
        ("なし", None),
    }
    assert [line for _place, line in found["期限", None].places] == [3, 2]
    # As Django's own makemessages, a block is known by the line on which it ends.
    assert [line for _place, line in found["題名", None].places] == [6]


def test_what_all_rooms_are_built_from_has_its_texts_with_the_web(tmp_path: Path) -> None:
    for folder in ("web", "records", "records/room"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "form.py").write_text(f'_("{folder}")\n', encoding="utf-8")
    assert {text for text, _context in messages.extract_app(tmp_path / "web")} == {"web", "records"}
    assert {text for text, _context in messages.extract_app(tmp_path / "records/room")} == {"records/room"}


def test_update_is_stable_and_keeps_what_people_wrote(app: Path) -> None:
    assert messages.update_app(app) == (7, 7)
    fill(app, 期限="Due date", **{"残り%(days)s日": "%(days)s days left"})
    first = (app / messages.PO).read_bytes()
    assert messages.update_app(app) == (7, 0)
    assert (app / messages.PO).read_bytes() == first
    assert b"POT-Creation-Date" not in first
    assert 'msgid "期限"\nmsgstr "Due date"' in first.decode()


def test_check_names_each_thing_that_is_wrong(app: Path) -> None:
    assert len(messages.check_app(app)) == 7  # nothing in the file yet
    messages.update_app(app)
    assert any("英訳がない" in str(item) and "forms.py:3" in str(item) for item in messages.check_app(app))
    fill(app, **{"残り%(days)s日": "some days left", "題名": "題名"})
    complaints = "\n".join(map(str, messages.check_app(app)))
    assert "差し込みが違う" in complaints
    assert "英訳が日本語のまま" in complaints
    fill(app, **{"残り%(days)s日": "%(days)s days left"})
    assert messages.check_app(app) == []


def test_obsolete_and_fuzzy_translations_are_refused(app: Path) -> None:
    messages.update_app(app)
    fill(app, **{"残り%(days)s日": "%(days)s days left"})
    path = app / messages.PO
    text = path.read_text(encoding="utf-8").replace('msgid "題名"', '#, fuzzy\nmsgid "題名"')
    path.write_text(text + '\nmsgid "昔"\nmsgstr "Old"\n', encoding="utf-8")
    complaints = "\n".join(map(str, messages.check_app(app)))
    assert "fuzzy" in complaints
    assert "使われていない訳 / obsolete: '昔'" in complaints


def test_a_text_that_is_not_japanese_is_refused(app: Path) -> None:
    (app / "views.py").write_text('x = _("Due date")\ny = _("CSV")\n', encoding="utf-8")
    complaints = [str(item) for item in messages.check_app(app) if "日本語でない" in str(item)]
    assert len(complaints) == 1
    assert "views.py:1" in complaints[0]


def catalogue(path: Path, *entries: str) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(messages.HEADER + "\n\n".join(entries) + "\n", encoding="utf-8")
    return path


RETIRE = 'msgid "廃止する"\nmsgstr "Retire"'
CLOSE = 'msgid "廃止する"\nmsgstr "Close"'
PLURAL = 'msgid "%(n)s件"\nmsgid_plural "%(n)s件"\nmsgstr[0] "%(n)s item"\nmsgstr[1] "%(n)s items"'


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        pytest.param(RETIRE, RETIRE, False, id="the same"),
        pytest.param(RETIRE, CLOSE, True, id="two readings"),
        pytest.param(RETIRE, 'msgctxt "organization"\n' + CLOSE, False, id="a context keeps them apart"),
        pytest.param('msgctxt "a"\n' + RETIRE, 'msgctxt "a"\n' + CLOSE, True, id="two readings in one context"),
        pytest.param(RETIRE, 'msgid "廃止する"\nmsgstr ""', False, id="not translated yet"),
        pytest.param(PLURAL, 'msgid "%(n)s件"\nmsgstr "%(n)s found"', False, id="a plural and a plain text never meet"),
        pytest.param(PLURAL, PLURAL.replace("items", "of them"), True, id="two plurals"),
    ],
)
def test_one_text_reads_the_same_in_every_catalogue(tmp_path: Path, one: str, two: str, found: bool) -> None:
    paths = [catalogue(tmp_path / name / "django.po", text) for name, text in (("one", one), ("two", two))]
    assert bool(messages.check_across(paths)) is found


def test_what_reads_differently_names_both_files_and_texts(tmp_path: Path) -> None:
    one, two, three = (
        catalogue(tmp_path / name / "django.po", text) for name, text in (("one", CLOSE), ("two", RETIRE), ("three", CLOSE))
    )
    (complaint,) = messages.check_across([one, two, three])
    line = messages.HEADER.count("\n") + 1
    assert str(complaint).startswith(f"{two}:{line}: ")
    assert f"'廃止する': 'Retire' ≠ 'Close' ({one}:{line})" in str(complaint)
    assert len(messages.check_across([one, two, three], {one})) == 1
    assert messages.check_across([one, two, three], {three}) == []


def test_check_looks_across_the_apps(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    messages.update_app(app)
    fill(app, **{"残り%(days)s日": "%(days)s days left", "期限": "Due"})
    catalogue(tmp_path / "other" / messages.PO, 'msgid "期限"\nmsgstr "Deadlines"')
    monkeypatch.setattr(messages, "app_folders", lambda: [tmp_path / "other", app])
    assert messages.main(["check", str(app)]) == 1
    said = capsys.readouterr().out
    assert "'期限': 'Due' ≠ 'Deadlines'" in said
    assert "1 件の指摘" in said


def test_compile_writes_only_what_is_older(app: Path, tmp_path: Path) -> None:
    messages.update_app(app)
    fill(app, 期限="Due date")
    written = messages.compile_all(tmp_path)
    assert [path.name for path in written] == ["django.mo"]
    assert messages.compile_all(tmp_path) == []
    with written[0].open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("期限") == "Due date"
    os.utime(app / messages.PO, ns=(2**62, 2**62))
    assert messages.compile_all(tmp_path) == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%(a)s と {b}", {"a", "b"}),
        ("100%% です", set()),
        ("%s %d", {"%s", "%d"}),
        ("{n:,}件", {"n"}),
        ("{{literal}}", set()),
    ],
)
def test_placeholders(text: str, expected: set[str]) -> None:
    assert messages.placeholders(text) == expected
