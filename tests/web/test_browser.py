"""In Chromium: passkeys with a virtual authenticator, keyboard, narrow screens, and axe on the pages of the frame."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from axe_core_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.records.factories import PASSWORD, give, make_organization, make_person

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not there"),
]

PAGES = (
    "/o/minamo/",
    "/o/minamo/organizations/",
    "/o/minamo/organizations/new",
    "/o/minamo/organizations/roles",
    "/o/minamo/people/",
    "/o/minamo/people/new",
    "/o/minamo/installation",
    "/o/minamo/search?q=xx",
    "/switch",
    "/account/",
    "/account/2fa/",
    "/account/password/change/",
    "/api/v1/",
    "/nowhere",
)
# Each session is one log-in, so all pages of one screen share it.
SCREENS = {"wide": (1440, 1000), "phone": (390, 844), "narrow": (320, 640), "zoomed": (720, 500)}


@pytest.fixture
def address(transactional_db, live_server, settings) -> Iterator[str]:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    cache.clear()
    city = make_organization("minamo", name="みなも市", name_en="Minamo City", body_kind="municipality", is_fictional=True)
    make_organization("minamo-1", name="総務課", parent=city, is_fictional=True)
    person = make_person("hana", name="統括情報セキュリティ責任者")
    for role in ("administrator", "chief_officer"):
        give(person, role, city)
    # Playwright's loop runs in this thread; the rows above are made before it starts, those of the teardown after it ended.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield live_server.url
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser(address: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        )
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Page:
    made = browser.new_context(locale="ja-JP", viewport={"width": 1440, "height": 1000}).new_page()
    made.set_default_timeout(15_000)
    return made


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/account/login/")
    page.fill("#id_login", "hana")
    page.fill("#id_password", PASSWORD)
    page.click("form.form button.btn")
    expect(page.locator(".user-menu")).to_be_visible()
    expect(page.locator("#id_password")).to_have_count(0)


def test_a_passkey_is_registered_and_logs_in_without_a_password(address: str, page: Page) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
    options |= {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    log_in(page, address)
    page.goto(f"{address}/account/2fa/webauthn/add/")
    page.fill("#id_password", PASSWORD)
    page.click("form.form button.btn")
    page.fill("#id_name", "執務室")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    expect(page.locator("h1")).to_have_text("回復コード")
    page.click(".user-menu summary")
    page.click(".user-menu button:has-text('ログアウト')")
    page.goto(f"{address}/account/login/")
    page.click("#passkey_login")
    expect(page.locator(".user-menu .menu-name")).to_have_text("統括情報セキュリティ責任者")
    assert errors == []


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(address: str, page: Page, screen: str) -> None:
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    wrong: list[str] = []
    page.goto(f"{address}/account/login/")
    wrong += [f"login {v['id']}" for v in Axe().run(page)["violations"]]
    log_in(page, address)
    for path in PAGES:
        page.goto(address + path)
        wrong += [f"{path} {v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page)["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path} scrolls sideways")
    assert not wrong, "\n".join(wrong)


def test_keyboard_slash_focuses_the_search_and_arrows_move_in_tables(address: str, page: Page) -> None:
    log_in(page, address)
    page.goto(f"{address}/o/minamo/organizations/roles")
    page.keyboard.press("/")
    expect(page.locator("#global-search")).to_be_focused()
    page.goto(f"{address}/o/minamo/people/")
    page.locator("table[data-keys] tbody a").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("table[data-keys] tbody td").first).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator("table[data-keys] tbody a").first).to_be_focused()


def test_errors_take_the_focus_and_link_to_their_fields(address: str, page: Page) -> None:
    log_in(page, address)
    page.goto(f"{address}/o/minamo/organizations/new")
    page.click("form.form button.btn")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page).to_have_title("エラー：組織を加える | みなも市 | 関所")
    page.click("[data-error-summary] a >> nth=0")
    expect(page.locator("#id_name")).to_be_focused()


def test_the_switcher_searches_while_one_writes(address: str, page: Page) -> None:
    log_in(page, address)
    page.goto(f"{address}/o/minamo/organizations/")
    page.click(".org-menu summary")
    page.locator(".org-menu input[type=search]").press_sequentially("総務")
    expect(page.locator("#org-list a").first).to_contain_text("総務課")
    page.keyboard.press("Escape")
    expect(page.locator(".org-menu summary")).to_be_focused()


def test_pages_work_without_scripts(address: str, browser: Browser) -> None:
    context = browser.new_context(locale="ja-JP", java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    log_in(page, address)
    page.click(".side summary")
    page.click(".side a:has-text('組織と役割')")
    expect(page.locator("h1")).to_have_text("組織と役割")
    page.click(".org-menu summary")
    page.fill(".org-menu input[type=search]", "総務")
    page.click(".org-find button")
    expect(page.locator("tbody th a")).to_have_text("総務課")
