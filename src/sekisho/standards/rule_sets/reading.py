"""Reading rule sets from files of ours and of an organisation, with every fault named by file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import msgspec

from sekisho.errors import InputError, NotFound, Problem
from sekisho.standards.catalog import data_directory
from sekisho.standards.rule_sets import model
from sekisho.standards.rule_sets.expressions import Expression, references
from sekisho.standards.yamlfile import Located, read_untrusted_yaml

__all__ = ["included_rule_files", "read_rule_set", "rule_set", "rule_set_ids"]

_HEAD: Final = ("id", "version", "title", "source", "verified", "confidence", "confidence_note")
_PATH: Final = re.compile(r"\$((?:\.[^.\[`]+|\[[^\]]*\])*)")
_NODES: Final = {"condition": "conditions", "decision": "decisions", "question": "questions", "requirement": "requirements"}
_ITEM: Final = {"setting": "settings", **_NODES}

_Place = tuple[str, Located, list[str | int]]


@cache
def rule_set_ids() -> tuple[str, ...]:
    """Ids of the included rule sets."""
    folder = data_directory().joinpath("procurement")
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.joinpath("rules.yaml").is_file()))


def included_rule_files(name: str) -> dict[str, bytes]:
    """The files of an included rule set: name → bytes. Raises NotFound ``rules.unknown_set``."""
    if name not in rule_set_ids():
        raise NotFound("rules.unknown_set", id=name)
    folder = data_directory().joinpath("procurement", name)
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return {f"{name}/{file}": folder.joinpath(file).read_bytes() for file in names}


@cache
def rule_set(name: str) -> model.RuleSet:
    """One included rule set. Raises NotFound ``rules.unknown_set``."""
    return read_rule_set(included_rule_files(name))


def read_rule_set(files: Mapping[str, bytes], *, changes: Mapping[str, bytes] | None = None) -> model.RuleSet:
    """A rule set from its files, with ``changes`` (an organisation's own files) laid over it item by item, by id.

    Raises InputError ``rules.invalid`` with every problem: unknown fields, doubled ids, references that lead nowhere, cycles,
    places in clauses that nobody described, each with file and line.
    """
    reader = _Reader()
    for file, content in sorted(files.items()):
        reader.add(file, content, over=False)
    for file, content in sorted((changes or {}).items()):
        reader.add(file, content, over=True)
    digest = hashlib.sha256()
    for file, content in [*sorted(files.items()), *sorted((changes or {}).items())]:
        digest.update(file.encode() + b"\0" + hashlib.sha256(content).digest())
    return reader.finish(digest.hexdigest())


class _Reader:
    """Collects items and problems over all files."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.head: dict[str, Any] = {}
        self.items: dict[str, dict[str, Any]] = {name: {} for name in model.LISTS}
        self.places: dict[tuple[str, str], _Place] = {}

    def add(self, file: str, content: bytes, *, over: bool) -> None:
        """Read one file; ``over``: its items replace those of the same id."""
        try:
            located = read_untrusted_yaml(content, filename=file)
        except InputError as error:
            self.problems += error.problems or (Problem(error.code, error.fields, file),)
            return
        if not isinstance(located.value, dict):
            self.problems.append(Problem("rules.not_a_mapping", {}, file, 1))
            return
        here: set[tuple[str, str]] = set()
        for key, value in located.value.items():
            if key in _HEAD:
                if not over or key in {"version", "confidence_note"}:
                    self.head[key] = value
            elif key not in model.LISTS:
                self._problem((file, located, [key]), "unknown_list", name=str(key), lists=", ".join(model.LISTS))
            elif not isinstance(value, list):
                self._problem((file, located, [key]), "not_a_list", name=key)
            else:
                for index, raw in enumerate(value):
                    self._item(key, raw, (file, located, [key, index]), here, over=over)

    def _item(self, key: str, raw: Any, place: _Place, here: set[tuple[str, str]], *, over: bool) -> None:
        try:
            item = model.convert(raw, model.LISTS[key])
        except (msgspec.ValidationError, ValueError) as error:
            message, _, path = str(error).partition(" - at ")
            self._problem((place[0], place[1], [*place[2], *_steps(path)]), "wrong_item", name=key, detail=message)
            return
        known = (key, item.id)
        if known in here or (not over and item.id in self.items[key]):
            self._problem(place, "doubled_id", id=item.id, name=key)
            return
        here.add(known)
        self.items[key][item.id] = item
        self.places[known] = place

    def _problem(self, place: _Place, problem: str, /, **fields: Any) -> None:
        file, located, path = place
        self.problems.append(Problem(f"rules.{problem}", fields, file, located.line(path), ".".join(str(step) for step in path)))

    def finish(self, digest: str) -> model.RuleSet:
        """The checked rule set, or InputError with all problems."""
        for key in (name for name in _HEAD if name not in self.head):
            self.problems.append(Problem("rules.head_missing", {"name": key}, "rules.yaml", 1))
        if not self.problems:
            self._check_references()
            self._check_parents()
            self._check_clauses()
        if not self.problems:
            self._check_cycles()
        if not self.problems:
            lists = {key: tuple(items.values()) for key, items in self.items.items()}
            try:
                return model.convert({**self.head, "digest": digest, **lists}, model.RuleSet)  # type: ignore[no-any-return]
            except msgspec.ValidationError as error:
                self.problems.append(Problem("rules.wrong_item", {"name": "head", "detail": str(error)}, "rules.yaml", 1))
        raise InputError("rules.invalid", problems=tuple(self.problems[:200]), count=len(self.problems))

    def _expressions(self) -> Iterator[tuple[str, Any, list[str | int], Expression]]:
        for key, items in self.items.items():
            for item in items.values():
                for path, expression in _walk(item, []):
                    yield key, item, path, expression

    def _check_references(self) -> None:
        for key, item, path, expression in self._expressions():
            file, located, at = self.places[key, item.id]
            for kind, name in references(expression):
                target = self.items[_ITEM[kind]]
                if name != "*" and name not in target:
                    self._problem((file, located, [*at, *path]), "unknown_reference", kind=kind, id=name)
            for part in _leaves(expression):
                question = self.items["questions"].get(part.name) if part.kind == "answer" else None
                if question and question.options and part.operator in {"is", "is_any", "includes_any", "includes_all"}:
                    wanted = part.operand if isinstance(part.operand, tuple) else (str(part.operand),)
                    for value in (v for v in wanted if question.option(v) is None):
                        self._problem((file, located, [*at, *path]), "unknown_option", id=part.name, value=value)

    def _check_parents(self) -> None:
        ties = (
            ("questions", "section", "sections"),
            ("requirements", "group", "groups"),
            ("clauses", "part", "parts"),
            ("parts", "parent", "parts"),
            ("groups", "parent", "groups"),
        )
        for key, field, target in ties:
            for item in self.items[key].values():
                wanted = getattr(item, field)
                if wanted is not None and wanted not in self.items[target]:
                    self._problem(self.places[key, item.id], "unknown_reference", kind=field, id=wanted)
        self._check_shapes()

    def _check_shapes(self) -> None:
        for check in self.items["checks"].values():
            for name in (*check.questions, *check.requirements):
                if name not in self.items["questions"] and name not in self.items["requirements"]:
                    self._problem(self.places["checks", check.id], "unknown_reference", kind="check", id=name)
        for requirement in self.items["requirements"].values():
            if set(requirement.levels) != {"low", "mid", "high"}:
                self._problem(self.places["requirements", requirement.id], "levels_missing", id=requirement.id)
        for question in self.items["questions"].values():
            if (question.kind in {"choice", "choices"}) != bool(question.options):
                self._problem(self.places["questions", question.id], "options_wrong", id=question.id)

    def _check_clauses(self) -> None:
        known = self.items["placeholders"]
        texts: list[tuple[str, Any, Any]] = []
        for requirement in self.items["requirements"].values():
            texts += [("requirements", requirement, demand.clause) for demand in requirement.levels.values()]
        for clause in self.items["clauses"].values():
            texts += [("clauses", clause, text) for text in (clause.text, *clause.items)]
        for key, item, text in texts:
            japanese, english = (set(model.placeholders_of(t)) for t in (text.ja, text.en))
            for name in sorted(japanese - known.keys()):
                self._problem(self.places[key, item.id], "unknown_placeholder", id=item.id, name=name)
            if japanese != english:
                self._problem(self.places[key, item.id], "placeholders_differ", id=item.id, names=", ".join(japanese ^ english))
        self._check_duties()

    def _check_duties(self) -> None:
        """A duty takes its days only from places that its own clause has."""
        for key, item, texts, duties in self._with_duties():
            here = {name for text in texts for name in model.placeholders_of(text.ja)}
            for duty in duties:
                for name in (duty.after_place, duty.every_place):
                    if name and name not in here:
                        self._problem(self.places[key, item.id], "unknown_placeholder", id=duty.id, name=name)

    def _with_duties(self) -> Iterator[tuple[str, Any, list[Any], tuple[model.ClauseDuty, ...]]]:
        for clause in self.items["clauses"].values():
            yield "clauses", clause, [clause.text, *clause.items], clause.duties
        for requirement in self.items["requirements"].values():
            for demand in requirement.levels.values():
                yield "requirements", requirement, [demand.clause], demand.duties

    def _check_cycles(self) -> None:
        edges: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for key, item, _, expression in self._expressions():
            if key not in _NODES.values():
                continue
            targets = edges.setdefault((key, item.id), set())
            for kind, name in references(expression):
                if kind != "setting":
                    names = self.items["requirements"] if name == "*" else [name]
                    targets.update((_NODES[kind], n) for n in names)
        if cycle := _cycle(edges):
            self._problem(self.places[cycle[0]], "cycle", path=" → ".join(name for _, name in [*cycle, cycle[0]]))


def _walk(value: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], Expression]]:
    """Every expression inside an item, with its path."""
    if isinstance(value, Expression):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _walk(getattr(value, name), [*path, name])
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _walk(part, [*path, index])
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _walk(part, [*path, name])


def _leaves(expression: Expression) -> Iterator[Expression]:
    yield expression
    for part in expression.parts:
        yield from _leaves(part)


def _steps(path: str) -> list[str | int]:
    """``$.rules[0].when`` as steps into the YAML tree."""
    found = _PATH.search(path)
    steps: list[str | int] = []
    for name, index in re.findall(r"\.([^.\[]+)|\[([^\]]*)\]", found.group(1) if found else ""):
        if name:
            steps.append(name)
        elif index.isdigit():
            steps.append(int(index))
    return steps


def _cycle(edges: dict[tuple[str, str], set[tuple[str, str]]]) -> list[tuple[str, str]]:
    """One cycle of the graph, or nothing."""
    done: set[tuple[str, str]] = set()
    for start in sorted(edges):
        trail: list[tuple[str, str]] = []
        waiting: list[tuple[tuple[str, str], bool]] = [(start, True)]
        while waiting:
            node, entering = waiting.pop()
            if not entering:
                done.add(trail.pop())
                continue
            if node in trail:
                return trail[trail.index(node) :]
            if node in done:
                continue
            trail.append(node)
            waiting.append((node, False))
            waiting.extend((target, True) for target in sorted(edges.get(node, ())))
    return []
