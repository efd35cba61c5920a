"""The main job from log-in to an issued report, in Chromium against a served installation with a measured system."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playwright.sync_api import expect
from tests.browser.conftest import make_root

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from tests.browser.conftest import Town, Visit

SYSTEM: Final = "関所（このデモの情報システム）"
POLICY: Final = b"%PDF-1.7\n% the rules for logs\n%%EOF\n"
DRIFT: Final = {
    "etc/ssh/sshd_config": "PermitRootLogin yes\nPasswordAuthentication yes\nX11Forwarding yes\n",
    "etc/login.defs": "UMASK 022\nENCRYPT_METHOD MD5\n",
}


def cell(page: Page, ref: str) -> Locator:
    """The mark of a requirement for the system, in 判定表."""
    row = page.locator("table.matrix tbody tr").filter(has=page.locator("th a", has_text=re.compile(rf"^{re.escape(ref)}$")))
    column = page.locator("table.matrix thead th").all_inner_texts()
    place = next(index for index, text in enumerate(column) if text.replace("\n", "") == SYSTEM)
    return row.locator(f"td:nth-child({place + 1}) a")


def open_panel(page: Page, town: Town, ref: str) -> Locator:
    """判定表 with the panel of one mark opened beside it."""
    page.goto(f"{town.at}/judgements/table?view=all")
    cell(page, ref).click()
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_contain_text(ref)
    return panel


def follow_to_the_file(page: Page, town: Town, work: Path) -> list[str]:
    """From the home page's 根 down to the file, whose bytes are those that the page names; returns the addresses passed."""
    passed = []
    page.goto(f"{town.at}/indicators/")
    page.locator("main a[href*='/trace/indicators/']").first.click()
    expect(page.locator("h1")).to_have_text("この数字のもと")
    passed.append(page.url)
    expect(page.locator(".chain")).to_contain_text("鎖は切れていません")
    expect(page.locator(".chain .tag", has_text="一致").first).to_be_visible()
    assert page.locator(".chain .tag", has_text="合いません").count() == 0
    page.locator(".chain a[href*='/evidence/']").first.click()
    passed.append(page.url)
    page.click("button:has-text('いま確かめる')")
    expect(page.locator("#verified")).to_contain_text("一致")
    link = page.locator("main a[href*='/artifacts/']").first
    named = str(link.get_attribute("href")).rsplit("/", 1)[1]
    with page.expect_download() as download:
        link.click()
    download.value.save_as(work / "artifact")
    assert hashlib.sha256((work / "artifact").read_bytes()).hexdigest() == named
    return passed


def declare_with_document(page: Page, town: Town, ref: str) -> str:
    """A document for a requirement and, with a reason, the level that it shows; returns the judgement's address."""
    page.goto(f"{town.at}/evidence/documents/new")
    page.select_option("#id_subject", label=SYSTEM)
    page.select_option("#id_document_kind", index=1)
    page.fill("#id_title", "ログ管理規程")
    page.set_input_files("#id_file", {"name": "規程.pdf", "mimeType": "application/pdf", "buffer": POLICY})
    page.locator(f"#id_requirements option:has-text('{ref} ')").first.evaluate("option => { option.selected = true }")
    page.click("form.form button.btn:not(.text)")
    expect(page.locator("main")).to_contain_text(hashlib.sha256(POLICY).hexdigest()[:8])
    panel = open_panel(page, town, ref)
    panel.locator("a", has_text="レベルを申告する").click()
    page.check("input[name=level][value='1']")
    page.click("form.form button.btn:not(.text)")  # the reason is missing: what was given stays
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("input[name=level][value='1']")).to_be_checked()
    page.fill("#id_reason", "規程を定め、毎月見直している。")
    page.click("form.form button.btn:not(.text)")
    expect(page.locator(".messages")).to_contain_text("申請しました")
    return page.url


def approve(page: Page, town: Town) -> None:
    """The officer's decision on the only request that waits."""
    page.goto(f"{town.at}/requests/")
    page.locator("main tbody a[href*='/requests/']").first.click()
    page.click("button[value=approve]")
    expect(page.locator("main")).to_contain_text("承認")
    expect(page.locator("button[value=approve]")).to_have_count(0)


def build(page: Page, town: Town) -> str:
    """A new draft report; returns its address."""
    page.goto(f"{town.at}/reports/build")
    page.click("form.form button.btn:not(.text)")
    expect(page.locator("a.btn", has_text="発行する")).to_be_visible(timeout=60_000)
    return page.url


def document(page: Page) -> str:
    """The text of the report that is shown."""
    return page.locator("main").inner_text()


def test_from_log_in_to_an_issued_report(town: Town, visit: Visit, tmp_path: Path) -> None:
    officer, chief = visit("minamo-officer"), visit("minamo-chief")
    page = officer.page

    page.goto(f"{town.at}/")
    expect(page.locator("h1")).to_have_text("受付")
    page.click(".side a:has-text('判定表')")
    panel = open_panel(page, town, "8.9")
    sentence = panel.locator(".why").inner_text()
    assert "提案しました" in sentence
    assert re.search(r"\d", sentence), sentence
    before = cell(page, "8.9").inner_text()
    panel.locator("button", has_text="確認する").click()
    expect(page.locator(".messages")).to_contain_text("確認しました")
    confirmed = page.url
    addresses = [confirmed, *follow_to_the_file(chief.page, town, tmp_path)]

    declared = declare_with_document(page, town, "8.15")
    addresses.append(declared)
    approve(chief.page, town)
    page.goto(declared)
    expect(page.locator("main .why").first).to_contain_text("規程を定め、毎月見直している。")
    expect(page.locator("main .lv").first).to_contain_text("梅")

    report = build(chief.page, town)
    addresses.append(report)
    chief.page.locator("main a[href*='/references/']").first.click()
    expect(chief.page.locator("h1")).to_contain_text("この数字のもと")
    addresses.append(chief.page.url)
    chief.page.goto(report)
    chief.page.click("a.btn:has-text('発行する')")
    chief.page.click("form.form button.btn:has-text('発行する')")
    expect(chief.page.locator(".page-head")).to_contain_text("発行", timeout=60_000)
    chief.page.goto(report)
    issued = document(chief.page)

    make_root(town.root, DRIFT)
    town.measure()
    page.goto(confirmed)
    for _ in range(30):  # the worker proposes again a moment later
        if "見直し" in page.locator("main").inner_text() or before not in page.locator("main .lv").first.inner_text():
            break
        page.wait_for_timeout(1000)
        page.reload()
    after = open_panel(page, town, "8.9").locator(".why").inner_text()
    assert after != sentence
    newer = build(chief.page, town)
    assert document(chief.page) != issued
    assert newer != report
    chief.page.goto(report)
    assert document(chief.page) == issued

    chief.page.click(".user-menu summary")
    chief.page.click(".user-menu button:has-text('ログアウト')")
    chief.page.goto(report)
    assert urlsplit(chief.page.url).path == "/account/login/"
    assert officer.errors == []
    assert chief.errors == []

    stranger = visit("kasumi-chief")
    for address in addresses:
        answer = stranger.page.goto(address)
        assert answer is not None
        assert answer.status == 404, address
