"""Checks the documents: relative links resolve, commands exist, and no committed file names a registry's host or this machine.

Links: every relative link and picture of every Markdown file, anchors included. Commands: ``make TARGET`` and ``sekisho …`` in
code blocks and code spans, options included, against the Makefile and the command line itself.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bootstrap import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<img[^>]+src=\"([^\"]+)\"")
FENCE = re.compile(r"^(?P<mark>```+|~~~+)(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=mark)\s*$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
SHELLS = {"", "sh", "bash", "shell", "console", "text"}
SHELL_PROMPT = re.compile(r"^\s*(?:[$#]\s+)?(?:[A-Z_]+=\S*\s+)*(?:\S*/)?")
# Assembled from parts, so that this file does not trip over itself.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "deb." + "debian.org", "security." + "debian.org"]
FORBIDDEN = re.compile(
    "|".join([*(re.escape(host) for host in HOSTS), r"(?<![\w.])/" + r"work/(?:main|shared)", r"/root/" + r"\.pyenv"])
)
BINARY = {".png", ".jpg", ".ico", ".woff2", ".otf", ".ttf", ".docx", ".xlsx", ".pdf", ".zip", ".gz", ".sqlite3", ".db"}

Complaint = tuple[str, int, str]


def committed_files() -> list[Path]:
    """Every file that is under version control or would be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True, cwd=ROOT
    ).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def line_of(text: str, offset: int) -> int:
    """1-based line of an offset."""
    return text.count("\n", 0, offset) + 1


def without_code(text: str) -> str:
    """The text with code blanked out, every offset kept."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    return SPAN.sub(blank, FENCE.sub(blank, text))


def anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as the usual renderers make them."""
    found = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def broken_links(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Relative links that lead nowhere."""
    for match in LINK.finditer(without_code(text)):
        target = match[1] or match[2]
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        goal = (path.parent / name).resolve() if name else path
        if not goal.exists() or not goal.is_relative_to(ROOT):
            yield line_of(text, match.start()), f"リンク先がない / link leads nowhere: {target}"
        elif anchor and goal.suffix == ".md" and anchor.lower() not in anchors(goal.read_text(encoding="utf-8")):
            yield line_of(text, match.start()), f"見出しがない / no such heading: {target}"


def commands(text: str) -> Iterator[tuple[int, str]]:
    """The lines of shell code and the code spans, without prompts, comments and continuation."""
    for block in FENCE.finditer(text):
        if block["language"] in SHELLS:
            first = line_of(text, block.start("body"))
            body = re.sub(r"\\\n", "  ", block["body"])
            for offset, line in enumerate(body.split("\n")):
                yield first + offset, line
    for span in SPAN.finditer(FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)):
        yield line_of(text, span.start()), span[1]


def wrong_command(line: str, targets: set[str], root: Any) -> str | None:
    """What is wrong with a ``make`` or ``sekisho`` command; None when nothing is, or when it is another command."""
    words = re.split(
        r"\s+",
        SHELL_PROMPT.sub(
            "", line.split(" #", maxsplit=1)[0].split("|", maxsplit=1)[0].split("&&", maxsplit=1)[0].strip(), count=1
        ),
    )
    if words[0] == "make":
        unknown = [word for word in words[1:] if re.fullmatch(r"[a-z][a-z-]*", word) and word not in targets]
        return f"make に無い / no such target: {unknown[0]}" if unknown else None
    if words[0] != "sekisho" or any(mark in line for mark in ("…", "sekisho-")):
        return None
    return wrong_sekisho(words[1:], root)


def wrong_sekisho(words: list[str], root: Any) -> str | None:
    """Walks down the groups of the command line, then looks at the options."""
    import typer

    command: Any = root
    seen = ["sekisho"]
    for word in words:
        default = getattr(command, "default", "")  # a group that runs one of its commands when no other is named
        if default and word not in command.commands:
            command = command.commands[default]
            seen.append(default)
        if word.startswith("-"):
            name = word.split("=")[0]
            known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
            if re.fullmatch(r"--[a-z][a-z-]*", name) and name not in {*known, "--help"} and not ignores_unknown(command):
                return f"選択肢がない / no such option: {' '.join(seen)} {name}"
        elif hasattr(command, "get_command") and re.fullmatch(r"[a-z][a-z-]*", word):
            try:
                inner = command.get_command(typer.Context(command), word)
            except ImportError:
                inner = None
            if inner is None:
                return f"命令がない / no such command: {' '.join([*seen, word])}"
            command = inner
            seen.append(word)
    return None


def ignores_unknown(command: Any) -> bool:
    """Whether the command hands its options on (``sekisho manage``)."""
    return bool(command.context_settings.get("ignore_unknown_options"))


def make_targets() -> set[str]:
    """The Makefile's targets."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def check_document(path: Path, targets: set[str], root: Any) -> list[Complaint]:
    """Everything wrong with one document."""
    text = path.read_text(encoding="utf-8")
    name = str(path.relative_to(ROOT))
    found = [(name, line, words) for line, words in broken_links(path, text)]
    for line, command in commands(text):
        wrong = wrong_command(command, targets, root)
        if wrong:
            found.append((name, line, wrong))
    return found


def forbidden_words(path: Path) -> list[Complaint]:
    """Hosts of registries and paths of a developer's machine in a committed file."""
    if path.suffix in BINARY:
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    name = str(path.relative_to(ROOT))
    return [
        (name, line_of(text, hit.start()), f"書いてはならない / must not be named: {hit[0]}") for hit in FORBIDDEN.finditer(text)
    ]


def main() -> int:
    """Entry point; exit code 1 when something is wrong."""
    import typer

    from sekisho.cli.main import app

    root, targets = typer.main.get_command(app), make_targets()
    files = committed_files()
    found = [item for path in files for item in forbidden_words(path)]
    for path in files:
        if path.suffix == ".md":
            found += check_document(path, targets, root)
    for name, line, words in sorted(found):
        print(f"{name}:{line}: {words}")
    print(f"文書の検査 / documents: {len(found)} 件の指摘 / complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
