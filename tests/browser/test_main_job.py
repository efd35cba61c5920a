"""The main job from log-in to an issued report, in Chromium against a served installation with a measured system."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from playwright.sync_api import expect
from tests.browser.conftest import make_root
from tests.engines.sbom.conftest import LIST, PACKAGES, RELEASE

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page
    from tests.browser.conftest import Town, Visit, Visitor

SYSTEM: Final = "関所（このデモの情報システム）"
POLICY: Final = b"%PDF-1.7\n% the rules for logs\n%%EOF\n"
_LISTS: Final = f"var/lib/apt/lists/{LIST}"


def changed(now: datetime) -> dict[str, str]:
    """The system later: log-in by password is open again, and the lists of security updates have been fetched."""
    release = RELEASE.replace("Fri, 20 Nov 2026 00:00:00 UTC", format_datetime(now, usegmt=True).replace("GMT", "UTC"))
    return {
        "etc/ssh/sshd_config": "PermitRootLogin yes\nPasswordAuthentication yes\nX11Forwarding yes\n",
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        f"{_LISTS}_InRelease": release,
        f"{_LISTS}_main_binary-amd64_Packages": PACKAGES,
    }


def cell(page: Page, ref: str) -> Locator:
    """The mark of a requirement for the system, in 判定表."""
    row = page.locator("table.matrix tbody tr").filter(has=page.locator("th a", has_text=re.compile(rf"^{re.escape(ref)}$")))
    column = page.locator("table.matrix thead th").all_inner_texts()
    place = next(index for index, text in enumerate(column) if text.replace("\n", "") == SYSTEM)
    return row.locator(f"td:nth-child({place + 1}) a")


def open_table(page: Page, town: Town) -> None:
    """判定表 with every control."""
    page.goto(f"{town.at}/judgements/table?view=all")


def open_panel(page: Page, town: Town, ref: str) -> Locator:
    """判定表 with the panel of one mark opened beside it."""
    open_table(page, town)
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


def approve(page: Page, town: Town, about: str) -> None:
    """The officer's decision on the request that waits and names this."""
    page.goto(f"{town.at}/requests/")
    page.locator("main tbody tr", has_text=about).locator("a[href*='/requests/']").first.click()
    page.click("button[value=approve]")
    expect(page.locator("main")).to_contain_text("承認")
    expect(page.locator("button[value=approve]")).to_have_count(0)


def build(page: Page, town: Town) -> str:
    """A new draft report; returns its address."""
    page.goto(f"{town.at}/reports/build")
    page.click("form.form button.btn:not(.text)")
    expect(page.locator("a.btn", has_text="発行する")).to_be_visible(timeout=60_000)
    return page.url


def document(page: Page, report: str) -> str:
    """The report as the file that one takes away."""
    answer = page.context.request.get(f"{report}files/html")
    assert answer.status == 200
    return answer.text()


def figures(text: str) -> list[str]:
    """The words of a report without marks and moments, which differ each time."""
    return re.findall(r"[^<>]+(?=<)", re.sub(r"\d+時\d+分|[0-9a-f]{12,}|[0-9a-f-]{36}", "", text))


def measure_again(page: Page, town: Town, unmeasured: str) -> None:
    """Change the system, measure it as its machine does, and see the level follow."""
    make_root(town.root, changed(datetime.now(UTC)))
    town.measure()
    for _ in range(40):  # the worker proposes a moment later
        open_table(page, town)
        if cell(page, "8.8").inner_html() != unmeasured:
            break
        page.wait_for_timeout(500)
    assert "だから" in open_panel(page, town, "8.8").locator(".why").inner_text()
    assert cell(page, "8.8").inner_html() != unmeasured


def see_nothing(stranger: Visitor, addresses: list[str]) -> None:
    """What one may not see does not exist."""
    for address in addresses:
        answer = stranger.page.goto(address)
        assert answer is not None
        assert answer.status == 404, address


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
    unmeasured = cell(page, "8.8").inner_html()
    panel.locator("button", has_text="確認する").click()
    expect(page.locator(".messages")).to_contain_text("確認しました")
    confirmed = page.url
    addresses = [confirmed, *follow_to_the_file(chief.page, town, tmp_path)]

    declared = declare_with_document(page, town, "8.15")
    addresses.append(declared)
    approve(chief.page, town, "8.15")
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
    expect(chief.page.locator(".page-head")).to_contain_text("発行ずみ", timeout=60_000)
    issued = document(chief.page, report)

    before_change = build(chief.page, town)
    assert figures(document(chief.page, before_change)) == figures(document(chief.page, build(chief.page, town)))
    measure_again(page, town, unmeasured)
    newer = build(chief.page, town)
    assert newer != report
    assert figures(document(chief.page, newer)) != figures(document(chief.page, before_change))
    assert document(chief.page, report) == issued

    chief.page.click(".user-menu summary")
    chief.page.click(".user-menu button:has-text('ログアウト')")
    chief.page.goto(report)
    assert urlsplit(chief.page.url).path == "/account/login/"
    refused = "status of 422"  # the form without a reason: an answer, which the browser writes down as well
    assert [error for error in (*officer.errors, *chief.errors) if refused not in error] == []

    see_nothing(visit("kasumi-chief"), addresses)
