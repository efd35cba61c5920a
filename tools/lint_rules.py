"""The project's own rules for Python, for the mistakes that are typical here.

SK001  a view or API reads a model's ``objects`` instead of asking ``queries`` (what leaves a room passes ``visible_to``)
SK002  a room imports another room's models, forms or views (foreign keys name the model by its label)
SK003  a room writes to the database outside its ``actions``
SK004  a rule or an engine reads a clock or a source of chance that was not handed in, or opens a listening socket
SK005  ``except Exception`` that neither raises again nor says why in a comment
SK006  a file of more than 400 lines (warning)
SK007  a function of more than 60 lines (warning)

One place is exempted by a comment on its line: ``# lint: allow SK003 - reason``.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
SHORTEST_REASON = 6  # characters; Japanese says much in few
WARNINGS = {"SK006", "SK007"}
PRIVATE_TO_ROOM = {"models", "forms", "views"}
ALLOW = re.compile(r"#\s*lint: allow (?P<code>S[KT]\d{3}) - \S+")
ALWAYS_WRITES = {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "abulk_create", "asave", "adelete"}
KEYWORD_WRITES = {"create", "update", "acreate", "aupdate"}
BARE_WRITES = {"save", "delete"}
# Dotted endings of calls that depend on the moment, on chance, or that listen.
IMPURE = {
    "timezone.now", "timezone.localtime", "timezone.localdate",
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime",
    "uuid.uuid1", "uuid.uuid4", "os.urandom", "os.getrandom",
}  # fmt: skip
IMPURE_MODULES = {"random", "secrets"}
LISTENING = {"listen", "create_server", "start_server", "start_unix_server", "serve_forever"}


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """One break of a rule; prints as ``file:line: CODE what``."""

    file: str
    line: int
    code: str
    text: str

    def __str__(self) -> str:
        """The line that editors and people can follow."""
        return f"{self.file}:{self.line}: {self.code} {self.text}"


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file and its place in the house: ``parts`` are the path's parts below ``src/sekisho``."""

    file: str
    parts: tuple[str, ...]
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room's name within ``records``; empty elsewhere."""
        return self.parts[1] if len(self.parts) > 2 and self.parts[0] == "records" else ""  # noqa: PLR2004 - records/room/file

    def is_in(self, name: str) -> bool:
        """Whether the file is ``name.py`` or lies in the package ``name``."""
        return self.parts[-1] == f"{name}.py" or name in self.parts[:-1]


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for names and attributes (calls and subscripts within are passed over); empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    return ""


def unscoped_querysets(source: Source) -> Iterator[tuple[int, str, str]]:
    """SK001."""
    if not (source.is_in("views") or source.is_in("api")):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}:
            yield node.lineno, "SK001", f"{dotted(node)}: 画面と API は queries を通して読む / views and API read through queries"


def type_checking_lines(tree: ast.Module) -> set[int]:
    """The lines within ``if TYPE_CHECKING:``."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING"):
            for inner in node.body:
                lines |= set(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    return lines


def foreign_models(source: Source) -> Iterator[tuple[int, str, str]]:
    """SK002."""
    if not source.room:
        return
    exempt = type_checking_lines(source.tree)
    for node in ast.walk(source.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        line = getattr(node, "lineno", 0)
        for name in names:
            path = name.split(".")
            if path[:2] != ["sekisho", "records"] or len(path) < 4 or path[2] == source.room:  # noqa: PLR2004 - sekisho.records.room.file
                continue
            if path[3] in PRIVATE_TO_ROOM and line not in exempt:
                yield line, "SK002", f"{name}: 他の室のモデル・画面を読み込まない / another room's {path[3]}"
                break


def writes_outside_actions(source: Source) -> Iterator[tuple[int, str, str]]:
    """SK003."""
    if not source.room or source.is_in("actions") or source.is_in("migrations"):
        return
    for node in ast.walk(source.tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, chain = node.func.attr, dotted(node.func.value).split(".")
        on_manager = bool({"objects", "_default_manager"} & set(chain)) or chain[-1].endswith("_set")
        only_keywords = bool(node.keywords) and not node.args
        if (
            name in ALWAYS_WRITES
            or (name in KEYWORD_WRITES and (only_keywords or on_manager))
            or (name in BARE_WRITES and not node.args)
        ):
            yield node.lineno, "SK003", f".{name}(): 書込みは actions だけ / only actions write"


def impure(source: Source) -> Iterator[tuple[int, str, str]]:
    """SK004."""
    if source.parts[0] != "engines" and not source.is_in("rules"):
        return
    why = "時計・乱数・待受けは外から渡す / clocks and chance are handed in, nothing listens"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            imported = [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            for name in [*modules, *imported]:
                if name in IMPURE_MODULES or name in IMPURE:
                    yield node.lineno, "SK004", f"import {name}: {why}"
        elif isinstance(node, ast.Attribute | ast.Name):
            name = ".".join(dotted(node).split(".")[-2:])
            if name in IMPURE:
                yield node.lineno, "SK004", f"{name}: {why}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LISTENING:
            yield node.lineno, "SK004", f".{node.func.attr}(): {why}"


def swallowed_exceptions(source: Source) -> Iterator[tuple[int, str, str]]:
    """SK005."""
    lines = source.text.splitlines()
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if not any(kind is None or dotted(kind) in {"Exception", "BaseException", "builtins.Exception"} for kind in caught):
            continue
        raises = any(isinstance(inner, ast.Raise) for statement in node.body for inner in ast.walk(statement))
        comments = [line.partition("#")[2] for line in lines[node.lineno - 1 : node.body[0].lineno]]
        reasons = [re.sub(r"noqa:?[\s,]*(?:[A-Z]+\d+[\s,]*)*", "", text).strip(" #-") for text in comments]
        if not raises and not any(len(text) >= SHORTEST_REASON for text in reasons):
            yield node.lineno, "SK005", "except Exception に理由がない / neither raises nor says why"


def too_long(source: Source) -> Iterator[tuple[int, str, str]]:
    """SK006, SK007."""
    if source.is_in("migrations"):
        return
    lines = source.text.count("\n")
    if lines > MAX_FILE_LINES:
        yield 1, "SK006", f"{lines} 行 > {MAX_FILE_LINES}: パッケージに分ける / split into a package"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield node.lineno, "SK007", f"{node.name}: {length} 行 > {MAX_FUNCTION_LINES} / split the function"


RULES = (unscoped_querysets, foreign_models, writes_outside_actions, impure, swallowed_exceptions, too_long)


def load(path: Path, *, house: Path | None = None) -> Source:
    """Parse a file; ``house`` is the folder that stands for ``src/sekisho``."""
    house = house or ROOT / "src" / "sekisho"
    text = path.read_text(encoding="utf-8")
    parts = path.relative_to(house).parts if path.is_relative_to(house) else (path.name,)
    name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
    return Source(name, parts, text, ast.parse(text, filename=name))


def check(source: Source) -> list[Violation]:
    """Every break of every rule in one file, without those that a comment allows."""
    lines = source.text.splitlines()
    found = set()
    for rule in RULES:
        for line, code, text in rule(source):
            allowed = ALLOW.search(lines[line - 1]) if line <= len(lines) else None
            if not (allowed and allowed["code"] == code):
                found.add(Violation(source.file, line, code, text))
    return sorted(found)


def python_files(folders: Iterable[Path]) -> list[Path]:
    """All Python files below the folders."""
    return sorted(path for folder in folders for path in ([folder] if folder.is_file() else folder.rglob("*.py")))


def main(arguments: list[str] | None = None) -> int:
    """Entry point; exit code 1 when a rule is broken (warnings alone: 0, with ``--strict`` 1)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[ROOT / "src" / "sekisho"])
    parser.add_argument("--strict", action="store_true", help="warnings count as well")
    chosen = parser.parse_args(arguments)
    found = [item for path in python_files(entry.resolve() for entry in chosen.paths) for item in check(load(path))]
    errors = [item for item in found if item.code not in WARNINGS or chosen.strict]
    for item in found:
        print(f"{item}{'' if item in errors else '（注意 / warning）'}")
    print(f"書き方の規則 / project rules: {len(errors)} 件の違反 / violations, {len(found) - len(errors)} 件の注意 / warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
