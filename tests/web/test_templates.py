"""Every template compiles, has no inline style or script, and every page carries the content security policy."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template
from django.test import Client
from django.utils import translation
from tests.records.factories import NOW, client_for, make_organization

import sekisho

SOURCE = Path(sekisho.__file__).parent
TEMPLATES = sorted(path for path in SOURCE.rglob("templates/**/*.html"))


def render(text: str, **context: object) -> str:
    with translation.override("ja"):  # whatever the last reader of another test spoke
        return engines["django"].from_string(text).render(context)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_template_compiles_without_inline_style_or_script(path: Path) -> None:
    name = str(path).split("/templates/", 1)[1]
    assert get_template(name).template.origin.name == str(path)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on", text)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/account/login/",
        "/nowhere",
        "/o/minamo/",
        "/o/minamo/organizations/",
        "/account/",
        "/account/2fa/",
        "/api/v1/",
        "/switch",
    ],
)
def test_page_carries_the_policy(address: str) -> None:
    client = client_for("administrator", make_organization("minamo"))
    for page in (client.get(address), Client().get(address)):
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert "unsafe" not in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"
        assert page["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("call", "spoken"),
    [
        ("{% level_mark 3 %}", "松"),
        ("{% level_mark 2 stale=True %}", "竹（エビデンスが古い）"),
        ("{% level_mark 1 proposed=True %}", "梅（提案）"),
        ("{% level_mark 0 %}", "未実施"),
        ("{% level_mark None %}", "未測定"),
        ("{% level_mark 'na' %}", "対象外"),
    ],
)
def test_a_level_has_a_spoken_name(call: str, spoken: str) -> None:
    assert f'aria-label="{spoken}"' in render(call)


def test_marks_of_different_levels_differ_in_more_than_colour() -> None:
    signs = [re.search(r">(.)</i>", render("{% level_mark level %}", level=level))[1] for level in (0, 1, 2, 3, None, "na")]
    assert len(set(signs)) == len(signs)


def test_words_of_users_are_escaped_in_every_component() -> None:
    bad = "<b onload=x>"
    texts = [
        "{% tag bad %}",
        "{% ref bad bad %}",
        "{% copy bad %}",
        "{% empty_state bad bad bad bad %}",
        "{% kpi bad 1 note=bad change=bad %}",
        "{% callout 'warn' title=bad %}{{ bad }}{% endcallout %}",
        "{% level_bar counts bad %}",
        "{% error_summary lines=lines %}",
        "{% state_tag bad %}",
    ]
    for text in texts:
        assert "<b" not in render(text, bad=bad, lines=[bad], counts={1: 1}).replace("<b>", "").replace("<button", ""), text


def test_the_weakest_check_of_a_fact_is_shown() -> None:
    assert "原典未照合" in render("{% verified_mark v %}", v={"title": "text", "summary": "memory"})


def test_a_sparkline_needs_two_values() -> None:
    assert render("{% sparkline v %}", v=[1, None]) == ""
    assert "polyline" in render("{% sparkline v %}", v=[1, None, 3])


def test_a_level_bar_tells_its_numbers() -> None:
    assert 'aria-label="組織的：松 6、未測定 2"' in render("{% level_bar c '組織的' %}", c={3: 6, None: 2, 1: 0})


@pytest.mark.parametrize(("days", "words"), [(-3, "3日超過"), (0, "今日まで"), (2, "あと2日")])
def test_urgency_is_in_words(days: int, words: str) -> None:
    class Request:
        now = NOW

    assert words in render("{% due day %}", day=NOW + timedelta(days=days), request=Request())


@pytest.mark.django_db
def test_dates_follow_the_persons_calendar() -> None:
    client = client_for("ciso", make_organization("minamo"))
    person = client.get("/o/minamo/").wsgi_request.user
    assert "令和" not in client.get("/o/minamo/").content.decode().split("<main", 1)[1]
    client.post("/account/", {"name": person.name, "language": "ja", "calendar": "wareki"})
    assert "令和" in client.get("/o/minamo/").content.decode()
