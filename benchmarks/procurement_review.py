"""How long the review of a 100-page draft takes, as DOCX and as PDF, reading included, as JSON. Goal: 5 s each.

    python benchmarks/procurement_review.py [--pages 100] [--runs 5]

The drafts are made here: the sentences of the example draft over and over, each chapter with figures of its own.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import typst

from sekisho.documents.fonts import japanese_fonts
from sekisho.engines.draftreview import read_draft, review
from sekisho.standards.review_rules import review_rules

EXAMPLE = Path(__file__).parent.parent / "examples" / "procurement" / "drafts" / "booking-site.md"
CHARACTERS_A_PAGE = 1_000


def lines(pages: int) -> Iterator[tuple[int, str]]:
    """(heading level or 0, text) for about ``pages`` pages of 1,000 characters."""
    source = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line.strip() and "|---" not in line]
    total, chapter = 0, 0
    while True:
        chapter += 1
        for line in source:
            level = len(line) - len(line.lstrip("#"))
            text = line.lstrip("# ") + (f"（第{chapter}編）" if level else "")
            yield level, text
            total += len(text)
            if total >= pages * CHARACTERS_A_PAGE:
                return


def as_docx(pages: int) -> bytes:
    """The draft as DOCX with real heading styles."""
    document = docx.Document()
    for level, text in lines(pages):
        if level:
            document.add_heading(text, level)
        else:
            document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_pdf(pages: int) -> bytes:
    """The draft as PDF with a header and page numbers, exactly ``pages`` pages."""
    found = japanese_fonts()
    groups: list[list[str]] = [[]]
    length = 0
    for _, text in lines(pages):
        if length > CHARACTERS_A_PAGE and len(groups) < pages:
            groups.append([])
            length = 0
        groups[-1].append(text)
        length += len(text)
    body = "\n#pagebreak()\n".join(
        "\n".join(f"#par[#text({json.dumps(text, ensure_ascii=False)})]" for text in group) for group in groups
    )
    head = '#set page(paper: "a4", header: [調達仕様書], numbering: "1")\n'
    head += f'#set text(font: "{found.family}", size: 9pt, lang: "ja")\n'
    fonts = typst.Fonts(font_paths=[str(d) for d in found.directories], include_system_fonts=False)
    made: bytes = typst.compile((head + body).encode(), font_paths=fonts, format="pdf")
    return made


def measure(content: bytes, name: str, runs: int) -> dict[str, Any]:
    """First run, and median and worst of the following ones, in seconds: reading, and the review of all 78 clauses."""
    rules = review_rules()
    required = [clause.id for clause in rules.clauses]
    times, reading = [], []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        draft = read_draft(content, filename=name)
        middle = time.perf_counter()
        result = review(draft, rules=rules, required=required)
        reading.append(middle - begin)
        times.append(time.perf_counter() - begin)
    return {
        "first_s": round(times[0], 2),
        "median_s": round(statistics.median(times[1:]), 2),
        "worst_s": round(max(times[1:]), 2),
        "of_it_reading_s": round(statistics.median(reading[1:]), 2),
        "bytes": len(content),
        "characters": draft.characters,
        "pages": draft.pages,
        "items": len(result.items),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    results = {
        "docx": measure(as_docx(chosen.pages), "draft.docx", chosen.runs),
        "pdf": measure(as_pdf(chosen.pages), "draft.pdf", chosen.runs),
    }
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
