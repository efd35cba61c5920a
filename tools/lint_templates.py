"""The project's own rules for templates.

ST001  an inline style (attribute or element): the content security policy refuses it
ST002  an inline script (data blocks of type application/json are none)
ST003  an event handler as an attribute (``onclick``, ``hx-on``)
ST004  text that is not translated: Japanese or English words outside ``translate`` and ``blocktranslate``
ST005  a form that posts without ``csrf_token``
ST006  ``|safe`` or ``autoescape off``
ST007  a template that Django cannot read

One line is exempted by a comment on it: ``{# lint: allow ST006 - reason #}``.
"""

from __future__ import annotations

import argparse
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from django.template.base import Lexer, Token, TokenType
from lint_rules import ALLOW, ROOT, Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
ENGLISH = re.compile(r"(?<![A-Za-z0-9_.@/-])[A-Za-z]?[a-z]{2,}(?![A-Za-z0-9_@/-]|\.[a-z])")
TRANSLATED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")
LITERAL = re.compile(r""""[^"]*"|'[^']*'""")
# What a reader reads though it is an attribute.
SPOKEN_ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "aria-description", "label", "summary", "hx-confirm"}
UNSPOKEN_ELEMENTS = {"script", "style", "code", "kbd", "samp", "pre"}
NAMES = {"Sekisho", "htmx", "axe"}
MARK = "\ufffc"


class _Reader(HTMLParser):
    """Collects the spoken text that stands in the markup itself, and the markup that is not allowed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str, str]] = []
        self.open: list[str] = []

    def add(self, code: str, text: str, line: int | None = None) -> None:
        self.found.append((line or self.getpos()[0], code, text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in {"br", "hr", "img", "input", "link", "meta", "col", "wbr", "source"}:
            self.open.append(tag)
        if tag == "style" or "style" in given:
            self.add("ST001", f"<{tag}>: style は CSS ファイルへ / styles go into the CSS file")
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.add("ST002", "script は static へ / scripts go into static files")
        for name, value in attrs:
            if re.fullmatch(r"on[a-z]+|(?:data-)?hx-on.*", name):
                self.add("ST003", f"{name}: 属性に処理を書かない / no handlers in attributes")
            if name in SPOKEN_ATTRIBUTES or (
                name == "value" and tag == "input" and given.get("type") in {"submit", "button", "reset"}
            ):
                self.speak(value or "", f'{name}="…"')

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open and self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not UNSPOKEN_ELEMENTS & set(self.open):
            for offset, line in enumerate(data.split("\n")):
                self.speak(line, line.strip(), self.getpos()[0] + offset)

    def speak(self, text: str, shown: str, line: int | None = None) -> None:
        words = [word for word in ENGLISH.findall(text.replace(MARK, " ")) if word not in NAMES]
        if JAPANESE.search(text) or words:
            self.add("ST004", f"訳されない文 / not translated: {shown[:60]}", line)


def without_templates(tokens: Iterable[Token]) -> tuple[str, list[tuple[int, str, str]]]:
    """The markup alone, line for line as in the file, and the untranslated literals within the template tags."""
    markup: list[str] = []
    found: list[tuple[int, str, str]] = []
    closing = ""
    for token in tokens:
        word = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        newlines = "\n" * token.contents.count("\n")
        if closing:
            markup.append(newlines)
            closing = "" if word in {closing, closing.replace("translate", "trans")} else closing
        elif token.token_type == TokenType.TEXT:
            markup.append(token.contents)
        elif word in {"blocktranslate", "blocktrans", "comment"}:
            closing = "endcomment" if word == "comment" else "endblocktranslate"
            markup.append(MARK + newlines)
        else:
            markup.append((MARK if token.token_type == TokenType.VAR or word in {"translate", "trans"} else "") + newlines)
            found += untranslated_literals(token, word)
    return "".join(markup), found


def untranslated_literals(token: Token, word: str) -> Iterator[tuple[int, str, str]]:
    """ST004 within tags, and ST006."""
    if token.token_type == TokenType.COMMENT:
        return
    line = token.lineno or 1
    if re.search(r"\|\s*safe(?:seq)?\b", token.contents) or token.contents == "autoescape off":
        yield line, "ST006", f"{token.contents[:60]}: エスケープを外さない / never switch escaping off"
    if word in {"translate", "trans"}:
        return
    for literal in LITERAL.findall(TRANSLATED.sub("", token.contents)):
        if JAPANESE.search(literal):
            yield line, "ST004", f'訳されない文 / not translated (use _("…")): {literal[:60]}'


def posting_forms(text: str) -> Iterator[tuple[int, str, str]]:
    """ST005."""
    for form in re.finditer(r"<form\b(?P<attributes>[^>]*)>(?P<inside>.*?)</form>", text, re.DOTALL | re.IGNORECASE):
        if re.search(r"""method=["']?post""", form["attributes"], re.IGNORECASE) and not re.search(
            r"\{%\s*(?:csrf_token\s*%\}|form_body\s)", form["inside"]
        ):
            yield text.count("\n", 0, form.start()) + 1, "ST005", "csrf_token がない / no csrf_token"


def check_text(text: str, name: str) -> list[Violation]:
    """Every break of every rule in one template, without those that a comment allows."""
    try:
        markup, found = without_templates(Lexer(text).tokenize())
    except (ValueError, SyntaxError) as error:
        return [Violation(name, 1, "ST007", str(error))]
    found += posting_forms(text)
    if not name.endswith((".txt", ".xml")):
        reader = _Reader()
        reader.feed(markup)
        reader.close()
        found += reader.found
    lines = text.split("\n")
    result = set()
    for line, code, words in found:
        allowed = ALLOW.search(lines[line - 1]) if line <= len(lines) else None
        if not (allowed and allowed["code"] == code):
            result.add(Violation(name, line, code, words))
    return sorted(result)


def template_files(folders: Iterable[Path]) -> list[Path]:
    """All templates below the folders."""
    found = []
    for folder in folders:
        if folder.is_file():
            found.append(folder)
            continue
        found += [path for path in folder.rglob("*") if path.suffix in {".html", ".txt", ".svg"} and "templates" in path.parts]
    return sorted(found)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 when a rule is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT / "src" / "sekisho"])
    found: list[Violation] = []
    files = template_files(path.resolve() for path in parser.parse_args(arguments).paths)
    for path in files:
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
        found += check_text(path.read_text(encoding="utf-8"), name)
    for violation in found:
        print(violation)
    print(f"テンプレートの規則 / templates: {len(found)} 件の違反 / violations, {len(files)} 件を検査 / files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
