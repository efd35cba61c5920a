"""Every page that can be reached by links: axe, one heading, title, language, no sideways scrolling, nothing in the console."""

from __future__ import annotations

import ast
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

import pytest
import yaml
from axe_core_python.sync_playwright import Axe
from django.urls import Resolver404, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.browser.conftest import Town, Visit, Visitor

MOST_PAGES: Final = 400  # a crawl that would never end; what there is are about half as many
LINK: Final = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"', re.IGNORECASE)
KANA: Final = re.compile(r"[ぁ-ゖァ-ヺ]")
# Names that somebody gave, quoted values of clauses and examples of numbers (イ): they stay as they are in English pages.
GIVEN: Final = re.compile(
    r"みなも[市県]? ?\S*(?:責任者|管理者|アドバイザー|担当者)?|情報セキュリティ対策状況報告書|かすみ町|関所（このデモの情報システム）|関所のソースコード|（コードの検査）|“[^”]*”|\u3000イ"
)
_ROOT: Final = Path(__file__).parents[2]
EXAMPLE: Final = _ROOT / "examples" / "procurement" / "booking-site.yaml"
WEB: Final = _ROOT / "src" / "sekisho" / "web"
DEMONSTRATIONS: Final = tuple(WEB / f"demonstration_{room}.py" for room in ("watch", "intel", "incidents", "care", "retention"))
NOTICES: Final = tuple(sorted((_ROOT / "examples" / "watch").glob("notice-*.txt")))


def words_of(value: Any) -> Iterator[str]:
    """Every text that somebody wrote into the demonstration's procurement."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.items():
            yield from words_of(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from words_of(inner)


def words_in(source: Path) -> Iterator[str]:
    """Every text that the demonstration itself writes, as its source says."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KANA.search(node.value):
            yield node.value


WRITTEN: Final = sorted(
    {
        *words_of(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))),
        *(word for source in DEMONSTRATIONS for word in words_in(source)),
        *(
            line.strip().removeprefix("件名：")
            for notice in NOTICES
            for line in notice.read_text(encoding="utf-8").splitlines()
            if KANA.search(line)
        ),
    },
    key=len,
    reverse=True,
)


def ours(text: str) -> str:
    """The text without what people wrote or named."""
    for written in WRITTEN:
        text = text.replace(written, "")
    return GIVEN.sub("", text)


PEOPLE: Final = ("minamo-buyer", "minamo-chief", "minamo-admin", "minamo-auditor")
# Reached by a form or an account's own links, not by a link of the pages.
ALSO: Final = ("/account/", "/account/2fa/", "/account/password/change/", "/switch", "/o/minamo/search?q=8.9", "/nowhere")
CHECK: Final = """() => ({
  h1: document.querySelectorAll('h1').length,
  title: document.title,
  lang: document.documentElement.lang,
  texts: [...document.querySelectorAll('nav a, nav span, h1, h2, h3, th[scope=col], label, button, legend, summary, .btn')]
    .filter(e => !e.closest('[lang=ja]') || e.closest('[lang=ja]') === document.documentElement).map(e => e.innerText)})"""
SIDEWAYS: Final = "document.documentElement.scrollWidth > innerWidth"
# Handed on as JavaScript. Colours change neither with the language nor with the width: their rule, the slowest, is asked once a page.
ALL_RULES: Final = '{"resultTypes": ["violations"]}'
WITHOUT_COLOURS: Final = '{"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": false}}}'


def pattern(path: str) -> str | None:
    """The view behind a path; None when there is none."""
    try:
        return resolve(path).view_name or path
    except Resolver404:
        return None


def crawl(visitor: Visitor, start: str, known: set[str]) -> Iterator[str]:
    """Addresses from ``start`` on that lead to a page of another kind than those in ``known`` (which grows).

    One page of each kind is opened and its links are followed, those that an earlier person saw, too: they may lead further.
    """
    address = visitor.town.address
    queue = [start, *ALSO]
    asked: set[str] = set()
    while queue:
        path = queue.pop(0)
        kind = pattern(urlsplit(path).path) or path
        if kind in asked:
            continue
        asked.add(kind)
        assert len(asked) < MOST_PAGES, "the crawl does not end"
        answer = visitor.context.request.get(address + path)
        if "text/html" not in answer.headers.get("content-type", "") or answer.headers.get("content-disposition"):
            continue
        if kind not in known:
            known.add(kind)
            yield path
        for href in LINK.findall(answer.text()):
            joined = urlsplit(urljoin(address + path, unescape(href)))
            if f"{joined.scheme}://{joined.netloc}" == address and not joined.path.startswith("/static/"):
                queue.append(joined.path + (f"?{joined.query}" if joined.query else ""))


@pytest.fixture(scope="module")
def pages(town: Town, chromium: Browser) -> dict[str, list[str]]:
    """For each person the pages that nobody before them could reach."""
    from tests.browser.conftest import Visit

    visit, known = Visit(town, chromium), set()
    found = {login: list(crawl(visit(login), "/o/minamo/", known)) for login in PEOPLE}
    for context in visit.contexts:
        context.close()
    assert len(known) > 40, sorted(known)  # every room has several kinds of page
    assert all(found[login] for login in PEOPLE if login != PEOPLE[-1]), found
    return found


def test_axe_finds_nothing_before_logging_in(visit: Visit) -> None:
    for locale in ("ja-JP", "en-GB"):
        visitor = visit(locale=locale)
        for path in ("/account/login/", "/account/password/reset/", "/nowhere"):
            visitor.page.goto(visitor.town.address + path)
            assert not looked_at(visitor.page, path, locale[:2])


class TestInJapanese:
    """Apart from the English pages, so that two browsers can look at once."""

    @pytest.mark.parametrize("login", PEOPLE)
    def test_every_page_is_sound(self, login: str, pages: dict[str, list[str]], visit: Visit) -> None:
        wrong = walk(visit(login), pages[login], "ja")
        assert not wrong, "\n".join(wrong)


class TestInEnglish:
    """The same pages in English, with an installation and a browser of their own."""

    @pytest.mark.parametrize("login", PEOPLE)
    def test_every_page_is_sound(self, login: str, pages: dict[str, list[str]], visit: Visit) -> None:
        wrong = walk(visit(login), pages[login], "en")
        assert not wrong, "\n".join(wrong)


def walk(visitor: Visitor, paths: list[str], language: str) -> list[str]:
    """What is wrong with the pages at ``paths``."""
    visitor.speak(language)
    wrong: list[str] = []
    for path in paths:
        visitor.page.set_viewport_size({"width": 1440, "height": 1000})
        answer = visitor.page.goto(visitor.town.address + path)
        assert answer is not None
        if answer.status >= 500:
            wrong.append(f"{path}: {answer.status}")
            continue
        wrong += looked_at(visitor.page, path, language)
    # A page that is not there is an answer, which the browser writes down as well.
    wrong += [error for error in visitor.errors if "status of 404" not in error]
    return list(dict.fromkeys(wrong))


def looked_at(page: Page, path: str, language: str) -> list[str]:
    """What is wrong with the page that is open, at all widths."""
    seen = page.evaluate(CHECK)
    wrong = [] if seen["h1"] == 1 else [f"{path}: {seen['h1']} h1"]
    if not seen["title"].endswith("関所" if language == "ja" else "Sekisho"):
        wrong.append(f"{path}: title {seen['title']}")
    if seen["lang"] != language:
        wrong.append(f"{path}: lang {seen['lang']}")
    if language == "en":
        wrong += [f"{path}: Japanese {text[:80]!r}" for text in seen["texts"] if KANA.search(ours(text))]
    wrong += violations(page, f"{path} 1440", ALL_RULES if language == "ja" else WITHOUT_COLOURS)
    if language == "ja":  # what depends on the width is the same in both languages
        page.set_viewport_size({"width": 390, "height": 844})
        wrong += violations(page, f"{path} 390", WITHOUT_COLOURS)
    for width in (390, 320, 720):
        page.set_viewport_size({"width": width, "height": 640})
        if page.evaluate(SIDEWAYS):
            wrong.append(f"{path}: scrolls sideways at {width}")
    return wrong


def violations(page: Page, where: str, rules: str) -> list[str]:
    """axe's complaints, with the first place of each."""
    found: list[dict[str, Any]] = Axe().run(page, options=rules)["violations"]
    return [f"{where}: {v['id']} ({len(v['nodes'])}): {v['nodes'][0]['html'][:160]}" for v in found]
