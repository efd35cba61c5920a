"""Each rule for templates finds its mistake with its line, and leaves the lawful neighbour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lint_templates
import pytest

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = [
    ('<p style="color: red">1</p>', "ST001", 1),
    ("\n<style>p{}</style>", "ST001", 2),
    ("<script>alert(1)</script>", "ST002", 1),
    ('<a onclick="f()">1</a>', "ST003", 1),
    ('<a hx-on:click="f()">1</a>', "ST003", 1),
    ("<p>期限</p>", "ST004", 1),
    ("<p>\n\nDue date</p>", "ST004", 3),
    ('<img src="x" alt="絵">', "ST004", 1),
    ('<input placeholder="Search here">', "ST004", 1),
    ('<input type="submit" value="保存">', "ST004", 1),
    ('{% include "x.html" with title="期限" %}', "ST004", 1),
    ('{{ value|default:"なし" }}', "ST004", 1),
    ('<p>{% translate "期限" %}：あと</p>', "ST004", 1),
    ('\n<form method="post"><input name="x"></form>', "ST005", 2),
    ("<form class='a' METHOD=POST></form>", "ST005", 1),
    ("{{ value|safe }}", "ST006", 1),
    ("{% autoescape off %}x{% endautoescape %}", "ST006", 1),
]
LAWFUL = [
    '<p class="x">{% translate "期限" %}</p>',
    "<p>{% blocktranslate %}期限は{{ day }}です{% endblocktranslate %}</p>",
    "<p>{% blocktrans count n=n %}{{ n }}件{% plural %}{{ n }}件{% endblocktrans %}</p>",
    '<script src="{% static "a.js" %}" defer></script>',
    '<script type="application/json">{"a": 1}</script>',
    '{% include "x.html" with title=_("期限") %}',
    '{{ value|default:_("なし") }}',
    "{# 日本語の説明 #}<p>1</p>",
    "{% comment %}日本語の説明{% endcomment %}",
    "<!-- 説明 -->",
    "<p>Sekisho 8.28 CSV &nbsp; {{ name }}</p>",
    "<code>make demo</code>",
    '<form method="post">{% csrf_token %}</form>',
    '<form method="get"></form>',
    '<form method="post">{% form_body form %}</form>',
    '<button type="submit" name="language" value="en">{% translate "英語" %}</button>',
    "{{ svg|safe }}{# lint: allow ST006 - our own chart, made on the server #}",
]


@pytest.mark.parametrize(("text", "code", "line"), BROKEN)
def test_the_mistake_is_found_with_its_line(text: str, code: str, line: int) -> None:
    assert (code, line) in [(item.code, item.line) for item in lint_templates.check_text(text, "x.html")]


@pytest.mark.parametrize("text", LAWFUL)
def test_lawful_templates_pass(text: str) -> None:
    assert lint_templates.check_text(text, "x.html") == []


def test_files_are_named_and_the_exit_code_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "templates" / "room" / "page.html"
    path.parent.mkdir(parents=True)
    path.write_text("<p>期限</p>", encoding="utf-8")
    assert lint_templates.main([str(tmp_path)]) == 1
    assert f"{path}:1: ST004" in capsys.readouterr().out
