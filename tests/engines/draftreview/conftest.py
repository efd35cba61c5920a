"""What the tests of the review share: making drafts of every format, and looking at one sentence alone."""

from __future__ import annotations

import io
import json
import zipfile
from types import SimpleNamespace

import docx
import pypdfium2
import pytest

from sekisho.engines.draftreview import read_draft, review
from sekisho.standards.review_rules import review_rules


def make_docx(fill=None, parts=None, drop=()):
    """A DOCX by python-docx: ``fill(document)``; then parts added or replaced (name → bytes), and some left out."""
    document = docx.Document()
    if fill:
        fill(document)
    out = io.BytesIO()
    document.save(out)
    if not parts and not drop:
        return out.getvalue()
    made = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            if item.filename not in {*(parts or {}), *drop}:
                new.writestr(item.filename, old.read(item.filename))
        for name, content in (parts or {}).items():
            new.writestr(name, content)
    return made.getvalue()


def make_pdf(pages, header="", footer=""):
    """A PDF by Typst with a Japanese font: one plain text for each page; the header stands on every page, the footer with its number."""
    import typst

    from sekisho.documents.fonts import japanese_fonts

    found = japanese_fonts()
    fonts = typst.Fonts(font_paths=[str(d) for d in found.directories], include_system_fonts=False)

    def quoted(text):
        return json.dumps(text, ensure_ascii=False)

    body = "\n#pagebreak()\n".join(
        "\n".join(f"#par[#text({quoted(line)})]" for line in page.split("\n") if line.strip()) or "#v(1pt)" for page in pages
    )
    family = quoted(found.family)
    source = (
        f'#set page(paper: "a4", header: text({quoted(header)}), footer: context text({quoted(footer)} + counter(page).display()))\n'
        f'#set text(font: {family}, size: 10.5pt, lang: "ja")\n{body}\n'
    )
    return typst.compile(source.encode(), font_paths=fonts)


def blank_pdf(pages=1):
    """A PDF whose pages hold no text."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


@pytest.fixture(scope="session")
def make():
    """Makers of files: ``docx``, ``pdf``, ``blank``."""
    return SimpleNamespace(docx=make_docx, pdf=make_pdf, blank=blank_pdf)


@pytest.fixture(scope="session")
def rules():
    return review_rules()


@pytest.fixture(scope="session")
def look(rules):
    """The review of a short text; ``required`` are clause ids."""

    def run(text, required=(), **more):
        draft = read_draft(text.encode(), filename="draft.txt")
        return review(draft, rules=rules, required=required, **more)

    return run


@pytest.fixture(scope="session")
def every_match():
    """(passage, match) of everything in a review."""

    def run(result):
        passages = [p for c in result.clauses for p in c.passages]
        passages += [v.passage for v in result.parameters] + [p for i in result.items for p in i.passages]
        return [(passage, match) for passage in passages for match in passage.matches]

    return run
