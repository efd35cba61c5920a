"""Reading a YAML file that may be anybody's: bounded, without aliases or double keys, every place known by its line."""

from __future__ import annotations

from typing import Any

import yaml

from sekisho.errors import InputError, Problem

__all__ = ["MAX_BYTES", "Located", "read_untrusted_yaml"]

MAX_BYTES = 20_000_000
_MAX_DEPTH = 40
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"  # becomes a problem of its own: aliases are refused
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Located:
    """Values of a YAML file together with the line of each path."""

    def __init__(self, value: Any, root: yaml.Node) -> None:
        """``value`` as plain Python values; ``root`` the node tree it was made from."""
        self.value = value
        self._root = root

    def line(self, path: list[str | int]) -> int:
        """The 1-based line of the deepest part of ``path`` that exists."""
        node = self._root
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            node = child
        return int(node.start_mark.line) + 1


def _child(node: yaml.Node, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item: yaml.Node = node.value[step]
        return item
    return None


def _check_events(text: str, file: str) -> None:
    """Refuse aliases (they multiply) and deep nesting before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise InputError("standards.yaml_alias", problems=(_at("yaml_alias", file, event.start_mark),))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _MAX_DEPTH:
                problem = _at("too_deep", file, event.start_mark, limit=_MAX_DEPTH)
                raise InputError("standards.too_deep", problems=(problem,), limit=_MAX_DEPTH)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _at(name: str, file: str, mark: Any, **fields: Any) -> Problem:
    return Problem(f"standards.{name}", fields, file=file, row=None if mark is None else int(mark.line) + 1)


def _double_keys(root: yaml.Node, file: str) -> list[Problem]:
    """Keys that stand twice in a mapping, and keys that are no texts (numbers, nothing, yes and no without quotes)."""
    found: list[Problem] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if key.tag not in (_TEXT, _MERGE):
                    found.append(_at("yaml_key_not_text", file, key.start_mark, key=name[:80]))
                if name in seen:
                    found.append(_at("yaml_duplicate_key", file, key.start_mark, key=name))
                seen.add(name)
                waiting.append(value)
    return found


def read_untrusted_yaml(untrusted: bytes, *, filename: str) -> Located:
    """The values of a YAML file with their lines.

    Raises InputError (``standards.*``) naming file and line for: too large, not UTF-8, not YAML, aliases, nesting over 40
    levels, double keys and keys
    that are no texts (all of them).
    """
    if len(untrusted) > MAX_BYTES:
        fields = {"size": len(untrusted), "limit": MAX_BYTES}
        raise InputError("standards.file_too_large", problems=(Problem("standards.file_too_large", fields, filename),), **fields)
    try:
        text = untrusted.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = untrusted[: error.start].count(b"\n") + 1
        raise InputError("standards.not_utf8", problems=(Problem("standards.not_utf8", {}, filename, row),)) from error
    try:
        _check_events(text, filename)
        root = yaml.compose(text, Loader=_LOADER)
        if root is None:
            raise InputError("standards.yaml_empty", problems=(Problem("standards.yaml_empty", {}, filename),))
        wrong = _double_keys(root, filename)
        if wrong:
            raise InputError("standards.yaml_faults", problems=tuple(wrong), count=len(wrong))
        return Located(yaml.load(text, Loader=_LOADER), root)  # noqa: S506 - CSafeLoader or SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        message = str(getattr(error, "problem", None) or type(error).__name__)
        problem = _at("yaml_broken", filename, mark, message=message)
        raise InputError("standards.yaml_broken", problems=(problem,), message=message) from error
