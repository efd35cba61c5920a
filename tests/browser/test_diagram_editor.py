"""The editor of the system overview diagram in Chromium, on a page under our strict content-security policy, without a server."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect
from tests.engines.systemdiagram.samples import booking

from sekisho.engines.systemdiagram import Edits, apply, decode_edits, derive, render_svg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route

SITE: Final = "https://diagram.test"
STATIC: Final = Path(__file__).parents[2] / "src/sekisho/web/static"
POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; img-src 'self'"
WORDS: Final = {
    "part": "部品",
    "moved": "{name} を {x}、{y} に動かしました。",
    "blocked": "{name} は他の部品と重なるため、元の位置に戻しました。",
    "undone": "{name} を元に戻しました。",
    "unsaved": "保存していない変更があります。",
    "saving": "保存しています。",
    "saved": "保存しました。",
    "conflict": "ほかの人が先に変えました。",
    "failed": "保存できませんでした。",
}
SERVER: Final = "server-main"


class Desk:
    """A page with the picture, and what its server received and answers."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.received: list[dict[str, Any]] = []
        self.forms: list[str] = []
        self.status = 200
        self.errors: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route(f"{SITE}/**", self.answer)
        page.goto(f"{SITE}/")

    def svg(self, edits: Edits) -> str:
        return render_svg(apply(derive(booking()), edits).diagram, language="ja", title="予約サイトのシステム概要図")

    def html(self) -> str:
        words = " ".join(f'data-word-{name}="{escape(text)}"' for name, text in WORDS.items())
        edits = escape('{"renamed":{"server-main":"予約サイト"}}')
        return (
            '<!doctype html><html lang="ja"><head><title>図</title><link rel="stylesheet" href="/static/css/tokens.css">'
            '<link rel="stylesheet" href="/static/css/base.css"><link rel="stylesheet" href="/static/css/diagram.css">'
            '<script type="module" src="/static/js/diagram.js"></script></head><body><main><h1>システム概要図</h1>'
            f'<div id="diagram" data-diagram data-save-url="/save" data-csrf="token-1" data-version="3" data-edits="{edits}" {words}>'
            '<p><button type="button" class="btn s" data-diagram-save hidden>位置を保存</button>'
            '<button type="button" class="btn s o" data-diagram-undo hidden>元に戻す</button></p>'
            '<p class="diagram-state" data-diagram-state></p><p data-diagram-live role="status" aria-live="polite"></p>'
            "<p data-diagram-conflict hidden>最新の図を開いてください。</p>"
            f'<div class="diagram-frame" tabindex="0" role="region" aria-label="図">{self.svg(Edits())}</div></div>'
            '<form method="post" action="/add" data-diagram-form="diagram"><input type="hidden" name="version" value="3">'
            '<label>名前 <input name="name"></label><button>部品を足す</button></form></main></body></html>'
        )

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("/static/"):
            route.fulfill(path=STATIC / path.removeprefix("/static/"))
        elif path == "/save":
            told = json.loads(route.request.post_data or "")
            self.received.append({**told, "token": route.request.headers.get("x-csrftoken")})
            if self.status == 200:
                edits = decode_edits(json.dumps(told["edits"]))
                route.fulfill(json={"version": told["version"] + 1, "svg": self.svg(edits)})
            else:
                route.fulfill(status=self.status, json={"message": ""})
        elif path == "/add":
            self.forms.append(route.request.post_data or "")
            route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html")
        elif path == "/":
            headers = {"Content-Security-Policy": POLICY}
            route.fulfill(body=self.html(), content_type="text/html; charset=utf-8", headers=headers)
        else:
            route.fulfill(status=204)

    def node(self, identifier: str = SERVER) -> Any:
        return self.page.locator(f'[data-node="{identifier}"]')

    def place(self, identifier: str = SERVER) -> tuple[float, float]:
        node = self.node(identifier)
        return float(node.get_attribute("data-x")), float(node.get_attribute("data-y"))

    def drag(self, dx: float, dy: float, identifier: str = SERVER) -> None:
        self.node(identifier).scroll_into_view_if_needed()
        box = self.node(identifier).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx / 2, y + dy / 2)
        self.page.mouse.move(x + dx, y + dy)
        self.page.mouse.up()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[Desk]:
    context = chromium.new_context(viewport={"width": 2200, "height": 1500}, locale="ja-JP", reduced_motion="reduce")
    yield Desk(context.new_page())
    context.close()


def test_arrow_keys_move_a_part_and_the_new_place_is_spoken(desk: Desk) -> None:
    x, y = desk.place()
    desk.node().focus()
    desk.page.keyboard.press("ArrowDown")
    expect(desk.page.locator("[data-diagram-live]")).to_have_text(
        re.compile(r"公共施設予約サイト.* を \d+、\d+ に動かしました。")
    )
    first = desk.place()
    assert first[1] > y
    assert abs(first[0] - x) <= 8
    assert [value % 8 for value in first] == [0, 0]
    desk.page.keyboard.press("Shift+ArrowRight")
    assert desk.place()[0] == first[0] + 40
    expect(desk.page.locator("[data-diagram-state]")).to_have_text(WORDS["unsaved"])
    assert desk.errors == []


def test_a_part_is_dragged_its_lines_follow_and_it_is_saved(desk: Desk) -> None:
    x, y = desk.place()
    desk.drag(40, 200)
    moved = desk.place()
    assert abs(moved[0] - x - 40) <= 8
    assert abs(moved[1] - y - 200) <= 8
    ends = desk.page.eval_on_selector_all(
        f'[data-a="{SERVER}"] .dg-line, [data-b="{SERVER}"] .dg-line', "paths => paths.map(p => p.getAttribute('d'))"
    )
    assert ends
    assert all(re.fullmatch(r"M[\d.-]+ [\d.-]+L[\d.-]+ [\d.-]+", end) for end in ends)
    desk.page.click("[data-diagram-save]")
    expect(desk.page.locator("[data-diagram-state]")).to_have_text(WORDS["saved"])
    (told,) = desk.received
    assert told == {
        "version": 3,
        "token": "token-1",
        "edits": {"renamed": {SERVER: "予約サイト"}, "moved": {SERVER: [moved[0], moved[1]]}},
    }
    # The server's own drawing has taken the place of the rough one, and can be worked on again.
    assert desk.place() == moved
    expect(desk.node()).to_have_attribute("aria-label", re.compile("予約サイト"))
    desk.node().focus()
    desk.page.keyboard.press("ArrowDown")
    desk.page.click("[data-diagram-save]")
    expect(desk.page.locator("[data-diagram-state]")).to_have_text(WORDS["saved"])
    assert [one["version"] for one in desk.received] == [3, 4]
    assert desk.errors == []


def test_a_part_dropped_on_another_goes_back_and_undo_takes_back(desk: Desk) -> None:
    before = desk.place()
    other = desk.place("network-internet")
    desk.drag(other[0] - before[0], other[1] - before[1])
    assert desk.place() == before
    expect(desk.page.locator("[data-diagram-live]")).to_contain_text("元の位置に戻しました")
    expect(desk.page.locator("[data-diagram-undo]")).to_be_disabled()
    desk.drag(0, 240)
    assert desk.place() != before
    desk.page.keyboard.press("Control+z")
    assert desk.place() == before
    desk.page.click("[data-diagram-save]")
    expect(desk.page.locator("[data-diagram-state]")).to_have_text(WORDS["saved"])
    assert desk.received[0]["edits"]["moved"] == {}


def test_a_part_in_the_way_of_the_keys_is_jumped_over(desk: Desk) -> None:
    first, second = desk.place("storage-handover"), desk.place("network-internet-partners")
    desk.node("network-internet-partners").focus()
    for _ in range(12):
        desk.page.keyboard.press("Shift+ArrowDown")
    assert desk.place("network-internet-partners")[1] > first[1] > second[1]


@pytest.mark.parametrize(("status", "word"), [(409, "conflict"), (500, "failed"), (403, "failed")])
def test_what_could_not_be_saved_is_said_and_kept(desk: Desk, status: int, word: str) -> None:
    desk.status = status
    desk.drag(0, 240)
    moved = desk.place()
    desk.page.click("[data-diagram-save]")
    expect(desk.page.locator("[data-diagram-state]")).to_have_text(WORDS[word])
    assert desk.place() == moved
    expect(desk.page.locator("[data-diagram-undo]")).to_be_enabled()
    assert desk.page.locator("[data-diagram-conflict]").is_visible() is (status == 409)


def test_a_form_that_adds_a_part_saves_what_was_moved_first(desk: Desk) -> None:
    desk.drag(0, 240)
    desk.page.fill("input[name=name]", "backup")
    desk.page.click("text=部品を足す")
    desk.page.wait_for_url(f"{SITE}/add")
    assert len(desk.received) == 1
    assert desk.forms == ["version=4&name=backup"]


def test_the_page_is_accessible_and_keeps_to_its_policy(desk: Desk) -> None:
    expect(desk.page.locator("[data-diagram-save]")).to_be_visible()
    desk.drag(0, 240)
    found = Axe().run(desk.page, options='{"resultTypes": ["violations"]}')
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
    assert desk.page.locator("[data-diagram] [style]").count() == 0
    assert desk.errors == []


def test_without_scripts_the_picture_stands_as_it_is(chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False)
    desk = Desk(context.new_page())
    assert desk.page.locator("svg[role=img]").count() == 1
    assert not desk.page.locator("[data-diagram-save]").is_visible()
    desk.page.fill("input[name=name]", "backup")
    desk.page.click("text=部品を足す")
    assert desk.forms == ["version=3&name=backup"]
    context.close()
