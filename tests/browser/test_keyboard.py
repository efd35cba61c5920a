"""By keyboard alone: 判定表 and its panel, error summaries that take the focus, and changes that are spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.conftest import Town, Visit


def test_arrows_walk_the_table_and_enter_opens_the_panel_in_a_live_region(town: Town, visit: Visit) -> None:
    visitor = visit("minamo-officer")
    page = visitor.page
    page.goto(f"{town.at}/judgements/table?view=all")
    row = page.locator("table.matrix tbody tr").filter(has_text="8.9 ").first
    row.locator("th a").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        if page.evaluate("!!document.activeElement.closest('td') && !!document.activeElement.closest('td').querySelector('a')"):
            break
    if page.evaluate("document.activeElement.tagName") != "A":
        page.evaluate("document.activeElement.querySelector('a').focus()")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_contain_text("8.9")
    assert page.locator("#panel").get_attribute("aria-live") == "polite"
    assert visitor.errors == []


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(town: Town, visit: Visit) -> None:
    page = visit("minamo-officer").page
    page.goto(f"{town.at}/subjects/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_errors_take_the_focus_and_what_was_written_stays(town: Town, visit: Visit) -> None:
    page = visit("minamo-officer").page
    page.goto(f"{town.at}/subjects/new")
    page.locator("form.form textarea").first.fill("住民の予約を受ける。")
    page.locator("form.form").evaluate("form => { form.noValidate = true }")
    page.click("form.form button.btn:not(.text)")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.title().startswith("エラー：")
    expect(page.locator("form.form textarea").first).to_have_value("住民の予約を受ける。")
    page.locator("[data-error-summary] a").first.click()
    assert page.evaluate("document.activeElement.matches('input, select, textarea')")


def test_a_check_of_a_hash_is_spoken(town: Town, visit: Visit) -> None:
    page = visit("minamo-auditor").page
    page.goto(f"{town.at}/evidence/")
    page.locator("main tbody a[href*='/evidence/']").first.click()
    page.locator("button:has-text('いま確かめる')").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#verified")).to_contain_text("一致")
    assert page.locator("#verified").get_attribute("role") == "status"
