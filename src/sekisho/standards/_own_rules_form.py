"""The form of an organization's own rules: sheets, columns, and the empty template."""

from __future__ import annotations

import io

import xlsxwriter

__all__ = ["ABOUT", "COLUMNS", "MAX_ROWS", "REQUIRED", "SHEETS", "template_xlsx"]

MAX_ROWS = 5_000

SHEETS = {"about": ("基準", "Catalogue"), "rules": ("項目", "Requirements")}
ABOUT = {
    "id": ("番号", "Id"),
    "edition": ("版", "Edition"),
    "title": ("題名", "Title"),
    "issuer": ("発行者", "Issuer"),
    "unit": ("項目の呼び名", "Word for an item"),
}
COLUMNS = {
    "id": ("番号", "Id"),
    "title": ("題名", "Title"),
    "title_en": ("題名（英語）", "Title (English)"),
    "parent": ("親の番号", "Parent"),
    "summary": ("内容", "Summary"),
    "summary_en": ("内容（英語）", "Summary (English)"),
    "applies_to": ("対象", "Applies to"),
    "responsible": ("責任者", "Responsible"),
    "assessable": ("判定する", "Assessed"),
    "annex_a_2022": ("附属書Aの管理策", "Annex A controls"),
    "note": ("備考", "Note"),
}
REQUIRED = ("id", "title")


def template_xlsx(lang: str) -> bytes:
    """The empty template in ``lang``: two sheets with headings, allowed values as lists, and a row that shows how."""
    n = 1 if lang.startswith("en") else 0
    out = io.BytesIO()
    # strings_to_formulas off: whatever text stands in our example must never become a formula.
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True, "valign": "top"})
    as_text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    about = book.add_worksheet(SHEETS["about"][n])
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 60, as_text)
    example = {
        "id": "own_rules",
        "edition": "1.0",
        "title": ("情報セキュリティ実施手順", "Information security procedures")[n],
        "issuer": "",
        "unit": ("規程", "rule")[n],
    }
    for row, (key, names) in enumerate(ABOUT.items()):
        about.write_string(row, 0, names[n], bold)
        about.write_string(row, 1, example[key], as_text)
    rules = book.add_worksheet(SHEETS["rules"][n])
    shown = _example_row(n)
    for column, (key, names) in enumerate(COLUMNS.items()):
        mark = " *" if key in REQUIRED else ""
        rules.write_string(0, column, f"{names[n]}{mark}", bold)
        rules.set_column(column, column, 40 if "summary" in key else 18, as_text)
        rules.write_string(1, column, shown[key], as_text)
    rules.freeze_panes(1, 2)
    assessed = list(COLUMNS).index("assessable")
    rules.data_validation(1, assessed, MAX_ROWS, assessed, {"validate": "list", "source": [("○", "yes")[n], ("×", "no")[n]]})
    book.close()
    return out.getvalue()


def _example_row(n: int) -> dict[str, str]:
    return {
        "id": "1.1",
        "title": ("利用者番号の棚卸し", "Stock-take of user ids")[n],
        "title_en": "Stock-take of user ids",
        "parent": "",
        "summary": ("半年に1回、人事の名簿と突き合わせる。", "Compare with personnel lists every half year.")[n],
        "summary_en": "Compare with personnel lists every half year.",
        "applies_to": "system",
        "responsible": ("情報システム管理者", "Information system manager")[n],
        "assessable": ("○", "yes")[n],
        "annex_a_2022": "5.16, 5.18",
        "note": "",
    }
