"""The English translations of the pages' Japanese texts, without Debian's gettext.

``update``   reads every text of each room's Python and templates into its own ``locale/en/LC_MESSAGES/django.po``
``check``    exit code 1 with file:line of each text that has no English, a fuzzy one, other placeholders, is obsolete,
             or has another English in another app
``compile``  writes the ``.mo`` beside each ``.po`` whose source is newer (never committed)

The ``.po`` files are sorted and carry neither dates nor line numbers nor wrapped lines, so that parallel edits merge.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "sekisho"
PO = Path("locale") / "en" / "LC_MESSAGES" / "django.po"
HEADER = """\
# English texts. The msgids are the Japanese texts of the pages; `make messages` keeps this file, people fill in msgstr.
msgid ""
msgstr ""
"Language: en\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
# Keyword → positions of singular, plural and context, as Babel's extractor wants them.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"(?P<name>_|n?p?gettext)\((?P<strings>{LITERAL}(?:, ?{LITERAL})*)(?:, ?count)?\)")
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!%)(?:%%)*(%[sdf])|(?<!\{)\{(\w*)(?:[!:][^{}]*)?\}(?!\})")
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
ENGLISH_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|^[A-Z]?[a-z]{3,}$")

Key = tuple[str | tuple[str, str], str | None]


@dataclass(slots=True)
class Use:
    """One text and the places (path relative to the repository, line) where it is used."""

    id: str | tuple[str, str]
    context: str | None
    places: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with a translation; prints as ``file:line: what``."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """The line that editors and people can follow."""
        return f"{self.file}:{self.line}: {self.text}"


def app_folders(source: Path = SOURCE) -> list[Path]:
    """Each Django app: the web and every room of the records."""
    rooms = sorted(path.parent for path in (source / "records").glob("*/__init__.py"))
    return [folder for folder in [source / "web", *rooms] if folder.is_dir()]


def relative(path: Path) -> str:
    """The path as the reader knows it: from the repository's root where it lies within."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


# -------------------------------------------------------------------------------------------------------- extracting


def python_texts(path: Path) -> Iterator[tuple[Key, int]]:
    """Every text in gettext's functions of a Python file, with its line."""
    for line, found, _comments, context in extract("python", BytesIO(path.read_bytes()), keywords=KEYWORDS):
        if isinstance(found, str):
            yield (found, context), line
        elif found and len(found) > 1 and found[0] and found[1]:
            yield ((found[0], found[1]), context), line
        elif found and found[0]:
            yield (found[0], context), line


def template_texts(path: Path) -> Iterator[tuple[Key, int]]:
    """Every text in the translation tags of a template, with its line; ValueError names the file if it cannot be read."""
    from django.utils.translation.template import templatize

    try:
        code = templatize(path.read_text(encoding="utf-8"), origin=relative(path))
    except SyntaxError as error:
        raise ValueError(f"{relative(path)}: {error}") from error
    for number, line in enumerate(code.split("\n"), start=1):
        for call in TEMPLATE_CALL.finditer(line):
            strings = [str(ast.literal_eval(part)) for part in re.findall(LITERAL, call["strings"])]
            context = strings.pop(0) if "p" in call["name"] else None
            yield (strings[0] if len(strings) == 1 else (strings[0], strings[1]), context), number


def extract_app(folder: Path) -> dict[Key, Use]:
    """Every text of one app, by (text, context)."""
    uses: dict[Key, Use] = {}
    files = sorted(folder.rglob("*.py"))
    if folder.name == "web":  # what all rooms are built from is no app; its texts stand with the web's
        files += sorted((folder.parent / "records").glob("*.py"))
    sources = [(path, python_texts) for path in files if "migrations" not in path.parts]
    sources += [(path, template_texts) for path in sorted((folder / "templates").rglob("*")) if path.is_file()]
    for path, reader in sources:
        for (text, context), line in reader(path):
            if not text:
                continue
            singular = text if isinstance(text, str) else text[0]
            known = next((key for key in uses if key[1] == context and _singular(key[0]) == singular), None)
            if known is not None and isinstance(known[0], str) and not isinstance(text, str):
                uses[text, context] = Use(text, context, uses.pop(known).places)
                known = (text, context)
            key = known or (text, context)
            uses.setdefault(key, Use(text, context)).places.append((relative(path), line))
    return uses


def _singular(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]


# --------------------------------------------------------------------------------------------------- reading, writing


def read(path: Path) -> Catalog:
    """A .po file; an empty catalogue when there is none."""
    if not path.is_file():
        return Catalog(locale="en", domain="django")
    with path.open("rb") as file:
        return read_po(file, locale="en", domain="django", abort_invalid=True)


def write(path: Path, catalog: Catalog) -> None:
    """Write a .po file in the one stable form."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=0, sort_output=True, omit_header=True, ignore_obsolete=True, include_lineno=False)
    body = buffer.getvalue().decode("utf-8").strip("\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + body + "\n", encoding="utf-8")


def update_app(folder: Path) -> tuple[int, int]:
    """Bring one app's .po up to date; returns (texts, texts without English). Translations of kept texts stay."""
    uses = extract_app(folder)
    path = folder / PO
    old = read(path)
    if not uses:
        path.unlink(missing_ok=True)
        return 0, 0
    new = Catalog(locale="en", domain="django")
    missing = 0
    for use in uses.values():
        known = old.get(_singular(use.id), use.context)
        text = (known.string if known is not None else "") or ""
        if isinstance(use.id, tuple) and isinstance(text, str):
            text = (text, text)
        elif isinstance(use.id, str) and not isinstance(text, str):
            text = text[-1]
        comments = known.user_comments if known is not None else ()
        places = sorted({(place, None) for place, _line in use.places})
        new.add(use.id, text, locations=places, user_comments=comments, context=use.context)  # type: ignore[arg-type]
        missing += not (text if isinstance(text, str) else all(text))
    write(path, new)
    return len(uses), missing


# ---------------------------------------------------------------------------------------------------------- checking


def placeholders(text: str) -> set[str]:
    """The names (or marks) that will be filled in: ``%(name)s``, ``%s``, ``{name}``."""
    return {"".join(groups) for groups in PLACEHOLDER.findall(text)}


def check_app(folder: Path) -> list[Complaint]:
    """Everything wrong with one app's English."""
    path = folder / PO
    uses = extract_app(folder)
    catalog = read(path)
    complaints = []
    for use in uses.values():
        message = catalog.get(_singular(use.id), use.context)
        complaints += [Complaint(*use.places[0], text) for text in wrong_with(use, message)]
    wanted = {(_singular(use.id), use.context) for use in uses.values()}
    for message in catalog:
        if message.id and (_singular(message.id), message.context) not in wanted:
            line = message.lineno or 1
            complaints.append(Complaint(relative(path), line, f"使われていない訳 / obsolete: {_singular(message.id)!r}"))
    complaints += [Complaint(relative(path), 1, f"使われていない訳 / obsolete: {entry!r}") for entry in catalog.obsolete]
    return sorted(complaints, key=str)


def wrong_with(use: Use, message: Message | None) -> Iterator[str]:
    """What is wrong with the translation of one text."""
    originals = [use.id] if isinstance(use.id, str) else list(use.id)
    name = repr(originals[0])
    if not JAPANESE.search("".join(originals)) and any(ENGLISH_WORDS.search(text) for text in originals):
        yield f"もとの文が日本語でない / the text in the source is not Japanese: {name}"
    if message is None:
        yield f"翻訳ファイルにない（make messages）/ not in the .po file: {name}"
        return
    translations = [message.string] if isinstance(message.string, str) else list(message.string or ())
    if len(translations) < len(originals) or not all(translations):
        yield f"英訳がない / no English: {name}"
        return
    if message.fuzzy:
        yield f"未確認の訳（fuzzy）/ fuzzy: {name}"
    allowed = set().union(*(placeholders(text) for text in originals))
    for index, text in enumerate(translations):
        have = placeholders(text)
        # The singular form may say "one" instead of the number.
        if have != allowed and not (len(translations) > 1 and index == 0 and have < allowed):
            yield f"差し込みが違う / placeholders differ: {name}: {sorted(allowed)} ≠ {sorted(have)}"
    if JAPANESE.search(originals[0]) and any(text in originals for text in translations):
        yield f"英訳が日本語のまま / the English is the Japanese: {name}"


def check_across(catalogs: list[Path], chosen: set[Path] | None = None) -> list[Complaint]:
    """Each text that reads differently in two catalogues; with ``chosen``, only where one of the two is among them.

    Django merges the catalogues of all apps into one: of a text that stands in several, every page shows the
    translation of the app that is installed first. Plurals are kept apart there, and so they are here.
    """
    first: dict[tuple[str | None, str, bool], tuple[Path, Message]] = {}
    complaints = []
    for path in catalogs:
        for message in read(path):
            key = (message.context, _singular(message.id), not isinstance(message.id, str))
            if not message.id or not _said(message):
                continue
            other, there = first.setdefault(key, (path, message))
            if _said(there) == _said(message) or (chosen is not None and not {path, other} & chosen):
                continue
            name = f"{key[1]!r}" + (f" ({key[0]})" if key[0] else "")
            text = (
                f"別のファイルと英訳が違う（訳をそろえるか、片方に context を付ける）/ two translations of one text"
                f" (make them one, or give one a context): {name}: {_said(message)!r}"
                f" ≠ {_said(there)!r} ({relative(other)}:{there.lineno or 1})"
            )
            complaints.append(Complaint(relative(path), message.lineno or 1, text))
    return complaints


def _said(message: Message) -> str:
    """The translation in one line; empty while there is none."""
    return message.string if isinstance(message.string, str) else " | ".join(message.string or ()).strip(" |")


# --------------------------------------------------------------------------------------------------------- compiling


def compile_all(source: Path = SOURCE) -> list[Path]:
    """Write the .mo files that are absent or older than their .po; returns those written."""
    written = []
    for po in sorted(source.rglob("locale/*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.is_file() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        buffer = BytesIO()
        write_mo(buffer, read(po))
        partial = mo.with_suffix(f".{os.getpid()}.mo")
        partial.write_bytes(buffer.getvalue())
        partial.replace(mo)  # whole or not at all: several test processes may compile at once
        written.append(mo)
    return written


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 when ``check`` finds something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("update", "check", "compile"))
    parser.add_argument("folders", nargs="*", type=Path, help="apps (default: all)")
    chosen = parser.parse_args(arguments)
    folders = [folder.resolve() for folder in chosen.folders] or app_folders()
    if chosen.what == "compile":
        for path in compile_all():
            print(f"[sekisho] {relative(path)}")
        return 0
    if chosen.what == "update":
        for folder in folders:
            texts, missing = update_app(folder)
            if texts:
                print(f"{relative(folder / PO)}: {texts} 文 / texts, 未訳 {missing} / without English")
        return 0
    complaints = [complaint for folder in folders for complaint in check_app(folder)]
    catalogs = [folder / PO for folder in dict.fromkeys([*app_folders(), *folders])]
    complaints += check_across(catalogs, {folder / PO for folder in folders})
    for complaint in complaints:
        print(complaint)
    print(f"翻訳の検査 / translations: {len(complaints)} 件の指摘 / complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
