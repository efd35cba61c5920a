"""Make ``examples/procurement/template.docx``: an office's 調達仕様書 whose places Sekisho fills.

Content controls 件名, 組織名, 作成日 (text) and セキュリティ要件, 要件一覧, 特記事項, 別紙 (whole fragments); a bookmark
担当課; a marker {{仕様書番号}} in the header. The same bytes on every run: ``python tools/make_example_template.py [FILE]``.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from sekisho.documents import docx_parts as parts
from sekisho.documents.docx_parts import element

ROOT = Path(__file__).resolve().parent.parent
MOMENT = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
FONT = "ＭＳ 明朝"
HEAD_FONT = "ＭＳ ゴシック"


def control(name: str, prompt: str, number: int, *, inner: list[Any]) -> Any:
    """A content control with tag and title ``name`` that shows a prompt; ``inner``: its run or paragraph."""
    made = element("sdt")
    properties = element("sdtPr")
    kinds = ("alias", name), ("tag", name), ("id", str(number))
    properties.extend(element(kind, val=value) for kind, value in kinds)
    properties.append(element("showingPlcHdr"))
    made.append(properties)
    content = element("sdtContent")
    content.extend(inner)
    for run in content.iter(qn("w:r")):
        text = element("t")
        text.text = prompt
        run.append(text)
    made.append(content)
    return made


def inline(paragraph: Any, name: str, prompt: str, number: int) -> None:
    """A control in the paragraph, after what it holds."""
    paragraph._p.append(control(name, prompt, number, inner=[element("r")]))  # noqa: SLF001


def block(word: Any, name: str, prompt: str, number: int) -> None:
    """A control beside paragraphs, at the end of the document."""
    paragraph = element("p")
    paragraph.append(element("r"))
    word.element.body.insert(len(word.element.body) - 1, control(name, prompt, number, inner=[paragraph]))


def styles(word: Any) -> None:
    """The office's fonts: not those of Sekisho's own documents, so that one sees whose styles are used."""
    for name, size in (
        ("Normal", 10.5),
        ("Title", 22),
        ("Heading 1", 14),
        ("Heading 2", 12),
        ("Heading 3", 11),
        ("Heading 4", 10.5),
    ):
        style = word.styles[name]
        font = FONT if name == "Normal" else HEAD_FONT
        style.font.size, style.font.color.rgb = Pt(size), RGBColor(0, 0, 0)
        style.font.bold = False
        parts.fonts(style.element.get_or_add_rPr(), font, font)
    for border in word.styles["Title"].element.pPr.findall(qn("w:pBdr")):
        word.styles["Title"].element.pPr.remove(border)
    caption = word.styles["Caption"]
    caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(10), False, RGBColor(0, 0, 0)


def cover(word: Any) -> None:
    """Title, three short places in a table, and the office in charge as a bookmark."""
    title = word.add_paragraph("調達仕様書", style="Title")
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before, title.paragraph_format.space_after = Pt(90), Pt(40)
    table = word.add_table(rows=0, cols=2)
    table.style, table.autofit = "Table Grid", False
    table.columns[0].width, table.columns[1].width = Mm(35), Mm(125)
    for number, (head, name) in enumerate((("件名", "件名"), ("発注者", "組織名"), ("作成日", "作成日")), 101):
        left, right = table.add_row().cells
        left.width, right.width = Mm(35), Mm(125)
        left.paragraphs[0].add_run(head)
        inline(right.paragraphs[0], name, f"（{name}）", number)
    left, right = table.add_row().cells
    left.width, right.width = Mm(35), Mm(125)
    left.paragraphs[0].add_run("担当課")
    right.paragraphs[0].add_run("（担当課）").bold = True
    parts.bookmark(right.paragraphs[0], "担当課", 1)
    word.add_page_break()


def main(target: Path) -> None:
    """Write the template."""
    word = docx.Document()
    parts.modern(word.settings.element)
    styles(word)
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin, section.bottom_margin = Mm(30), Mm(25)
    head, foot = section.header.paragraphs[0], section.footer.paragraphs[0]
    head.add_run("調達仕様書　{{仕様書")
    head.add_run("番号}}").italic = False  # two runs, as Word likes to split what is typed in two goes
    head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    parts.field(foot, "PAGE", "1")
    cover(word)
    word.add_heading("1　調達の概要", level=1)
    word.add_paragraph("本仕様書は、表紙に示す件名の調達について、受注者が満たすべき事項を定めるものである。")
    chapters = (
        ("2　情報セキュリティ要件", "セキュリティ要件", "受注者は、次の情報セキュリティ要件を満たすこと。"),
        ("3　要件の一覧", "要件一覧", "要件と、その確認の方法を次に示す。"),
        ("4　特記事項", "特記事項", ""),
        ("別紙", "別紙", ""),
    )
    for number, (heading, name, lead) in enumerate(chapters, 201):
        word.add_heading(heading, level=1)
        if lead:
            word.add_paragraph(lead)
        block(word, name, f"（ここに{name}が入ります）", number)
    properties = word.core_properties
    properties.title, properties.author, properties.last_modified_by, properties.comments = "調達仕様書（ひな形の例）", "", "", ""
    properties.created = properties.modified = MOMENT.replace(tzinfo=None)
    kept = io.BytesIO()
    word.save(kept)
    target.write_bytes(parts.freeze(kept.getvalue(), MOMENT))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples/procurement/template.docx")
