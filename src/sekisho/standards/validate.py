"""Checks of the standards data: schema, ids, parents, mappings, vocabulary, both languages. Ours and a user's own files."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from sekisho.errors import InputError, Problem
from sekisho.standards import catalog as data
from sekisho.standards.review_rules import review_rules
from sekisho.standards.rule_sets import included_rule_files, read_rule_set, rule_set_ids
from sekisho.standards.schemas import TYPED_FACTS, validator
from sekisho.standards.yamlfile import Located, read_untrusted_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["included_count", "included_files", "validate_file", "validate_included"]

_JAPANESE_KANA = re.compile("[\u3041-\u309f\u30a1-\u30fa]")
_MAX_SHOWN = 200


def included_files() -> dict[str, bytes]:
    """Every data file of ours: name under ``standards/`` → bytes."""
    root = data.data_directory()
    names = [f"catalogs/{name}.yaml" for name in data.catalog_ids()]
    names += [f"facts/{name}.yaml" for name in data.facts_ids()]
    for folder in ("classification", "applicability", "levels"):
        names += [f"{folder}/{f.name}" for f in root.joinpath(folder).iterdir() if f.name.endswith(".yaml")]
    names.remove("levels/generic.yaml")  # not a rule: its own loader reads it into a type
    found = {f"data/{name}": root.joinpath(name).read_bytes() for name in sorted([*names, "body_kinds.yaml"])}
    for watch in root.joinpath("watch").iterdir():
        if watch.name.endswith(".yaml"):
            found[f"data/watch/{watch.name}"] = watch.read_bytes()
    for one in root.joinpath("events").iterdir():
        if one.name.endswith(".yaml"):
            found[f"data/events/{one.name}"] = one.read_bytes()
    for name in ("calendar", "gates"):
        found[f"data/procurement/{name}.yaml"] = root.joinpath("procurement", f"{name}.yaml").read_bytes()
    found["data/retention/kinds.yaml"] = root.joinpath("retention", "kinds.yaml").read_bytes()
    for name in ("column_roles", "duties"):
        found[f"data/privacy/{name}.yaml"] = root.joinpath("privacy", f"{name}.yaml").read_bytes()
    found["measures.yaml"] = resources.files("sekisho.standards").joinpath("measures.yaml").read_bytes()
    return found


def included_count() -> int:
    """How many files :func:`validate_included` reads: those with a schema, the rule sets and the rules of reviews."""
    return len(included_files()) + sum(len(included_rule_files(name)) for name in rule_set_ids()) + 1


def validate_included() -> tuple[Problem, ...]:
    """All that is wrong with our own data files; empty when they are sound."""
    found: list[Problem] = []
    for name, content in included_files().items():
        found += _check(content, name)
    readers: list[Callable[[], object]] = [partial(read_rule_set, included_rule_files(name)) for name in rule_set_ids()]
    readers.append(review_rules)
    for read in readers:
        try:
            read()
        except InputError as error:
            found += error.problems
    return tuple(found)


def validate_file(path: Path) -> tuple[Problem, ...]:
    """All that is wrong with a user's file: our YAML forms, an OSCAL catalog (.json) or own rules (.xlsx)."""
    if not path.is_file():
        return (Problem("standards.file_missing", {}, str(path)),)
    try:
        if path.suffix.lower() == ".json":
            from sekisho.standards.oscal import read_oscal_catalog  # noqa: PLC0415 - only when such a file is given

            read_oscal_catalog(path, filename=path.name)
            return ()
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            from sekisho.standards.own_rules import read_own_rules  # noqa: PLC0415 - openpyxl takes 0.2 s to import

            read_own_rules(path.read_bytes(), filename=path.name)
            return ()
    except InputError as error:
        return error.problems or (Problem(error.code, error.fields, path.name),)
    return tuple(_check(path.read_bytes(), path.name))


def _check(content: bytes, name: str) -> list[Problem]:
    try:
        located = read_untrusted_yaml(content, filename=name)
    except InputError as error:
        return list(error.problems) or [Problem(error.code, error.fields, name)]
    kind = _kind(located.value)
    if kind is None:
        return [Problem("standards.unknown_kind", {}, name)]
    problems = [
        _problem(located, name, list(e.instance_path), "schema", path=_dotted(list(e.instance_path)), message=e.message[:300])
        for e in validator(kind).iter_errors(located.value)
    ]
    if problems:
        return problems[:_MAX_SHOWN]
    problems += _check_texts(located, name)
    problems += _SEMANTIC[kind.partition("_")[0]](located, name)
    return problems[:_MAX_SHOWN]


def _kind(value: Any) -> str | None:
    """The schema that a file's top-level keys call for."""
    if not isinstance(value, dict):
        return None
    for key, kind in (
        ("requirements", "catalog"),
        ("measures", "measures"),
        ("axes", "classification"),
        ("body_kinds", "body_kinds"),
        ("procurement_calendar", "procurement_calendar"),
        ("lifecycle_gates", "lifecycle_gates"),
        ("event_map", "event_map"),
        ("retention_kinds", "retention_kinds"),
        ("privacy_column_roles", "privacy_column_roles"),
        ("privacy_duties", "privacy_duties"),
        ("event_classes", "watch_classes"),
        ("watch_rules", "watch_rules"),
    ):
        if key in value:
            return kind
    if {"catalog", "rules"} <= value.keys():
        return "applicability"
    if {"requirement", "levels"} <= value.keys():
        return "level_rule"
    if "items" in value:
        return f"facts_{value.get('id')}" if value.get("id") in TYPED_FACTS else "facts"
    return None


def _problem(located: Located, file: str, at: list[str | int], code: str, **fields: Any) -> Problem:
    return Problem(f"standards.{code}", fields, file=file, row=located.line(at), column=_dotted(at))


def _dotted(path: list[str | int]) -> str:
    return ".".join(str(p) for p in path) or "."


def _texts(value: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], dict[str, str]]]:
    if isinstance(value, dict):
        if {"ja", "en"} <= value.keys() and isinstance(value["ja"], str) and isinstance(value["en"], str):
            yield path, value
            return
        for key, child in value.items():
            if key != "ja_only":
                yield from _texts(child, [*path, key])
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _texts(child, [*path, index])


def _check_texts(located: Located, file: str) -> list[Problem]:
    """Blank texts, and Japanese left in an English text of ours."""
    found: list[Problem] = []
    for path, text in _texts(located.value, []):
        found += [
            _problem(located, file, [*path, lang], "text_missing", path=_dotted(path), lang=lang)
            for lang in ("ja", "en")
            if not text[lang].strip()
        ]
        if text.get("translation") == "ours" and _JAPANESE_KANA.search(text["en"]):
            found.append(_problem(located, file, [*path, "en"], "text_not_english", path=_dotted(path)))
    return found


def _duplicates(located: Located, file: str, key: str, *, id_key: str = "id") -> list[Problem]:
    rows = located.value.get(key) or []
    counts = Counter(row[id_key] for row in rows)
    return [
        _problem(located, file, [key, index], "duplicate_id", id=row[id_key])
        for index, row in enumerate(rows)
        if counts[row[id_key]] > 1
    ]


def _check_catalog(located: Located, file: str) -> list[Problem]:
    found = _duplicates(located, file, "requirements") + _duplicates(located, file, "groups")
    found += _check_parents(located, file, "requirements") + _check_parents(located, file, "groups")
    vocabulary = located.value.get("vocabulary") or {}
    external = {entry["id"] for entry in located.value.get("external_catalogs") or []}
    for index, row in enumerate(located.value["requirements"]):
        at: list[str | int] = ["requirements", index]
        for number, mapping in enumerate(row.get("mappings") or []):
            found += _check_mapping(located, file, [*at, "mappings", number], mapping, external)
        for attribute, values in (row.get("attributes") or {}).items():
            found += [
                _problem(
                    located, file, [*at, "attributes", attribute], "unknown_attribute", id=row["id"], attribute=attribute, value=v
                )
                for v in values
                if v not in vocabulary.get(attribute, {})
            ]
    return found


def _check_parents(located: Located, file: str, key: str) -> list[Problem]:
    groups = {row["id"]: row.get("parent") for row in located.value.get("groups") or []}
    own = {row["id"]: row.get("parent") for row in located.value.get(key) or []}
    parents = {**groups, **own}
    found: list[Problem] = []
    for index, row in enumerate(located.value.get(key) or []):
        parent, seen = row.get("parent"), {row["id"]} if key == "groups" else set()
        if parent is not None and parent not in groups and parent not in own:
            found.append(_problem(located, file, [key, index, "parent"], "unknown_parent", id=row["id"], parent=parent))
            continue
        if parent == row["id"] and parent not in groups:
            seen.add(parent)
        while parent is not None:
            if parent in seen:
                found.append(_problem(located, file, [key, index, "parent"], "parent_cycle", id=row["id"]))
                break
            seen.add(parent)
            parent = groups.get(parent) if parent in groups else parents.get(parent)
    return found


def _check_mapping(
    located: Located, file: str, at: list[str | int], mapping: dict[str, Any], external: set[str]
) -> list[Problem]:
    target, row_id = mapping["catalog"], located.value["requirements"][at[1]]["id"]
    if target in external:
        return []
    if target == located.value.get("id"):
        known = {row["id"] for row in located.value["requirements"]}
    elif target in data.catalog_ids():
        known = {r.id for r in data.catalog(target).requirements}
    else:
        return [_problem(located, file, at, "unknown_catalog", id=row_id, catalog=target)]
    return [
        _problem(located, file, [*at, "ids"], "unknown_mapping", id=row_id, catalog=target, target=wanted)
        for wanted in mapping["ids"]
        if wanted not in known
    ]


def _check_facts(located: Located, file: str) -> list[Problem]:
    known = {r.id for r in data.catalog("annex_a_2022").requirements}
    found = _duplicates(located, file, "items")
    for index, row in enumerate(located.value["items"]):
        ties = row.get("annex_a_2022") or (row.get("fields") or {}).get("annex_a_2022") or []
        found += [
            _problem(located, file, ["items", index], "unknown_mapping", id=row["id"], catalog="annex_a_2022", target=wanted)
            for wanted in ties
            if wanted not in known
        ]
    return found


def _check_body_kinds(located: Located, file: str) -> list[Problem]:
    found = _duplicates(located, file, "body_kinds")
    for index, row in enumerate(located.value["body_kinds"]):
        found += [
            _problem(located, file, ["body_kinds", index, "catalogs", n], "unknown_catalog", id=row["id"], catalog=ref["catalog"])
            for n, ref in enumerate(row["catalogs"])
            if ref["catalog"] not in data.catalog_ids()
        ]
    return found


def _check_classification(located: Located, file: str) -> list[Problem]:
    return _duplicates(located, file, "axes")


def _check_measures(located: Located, file: str) -> list[Problem]:
    return _duplicates(located, file, "measures", id_key="key")


def _check_applicability(located: Located, file: str) -> list[Problem]:
    found = _duplicates(located, file, "rules")
    for index, rule in enumerate(located.value["rules"]):
        for wanted in rule["requirements"]:
            found += _check_target(located, file, ["rules", index, "requirements"], rule["id"], wanted)
    return found


def _check_level_rule(located: Located, file: str) -> list[Problem]:
    if located.value["requirement"] == "*":
        return []
    return _check_target(located, file, ["requirement"], located.value["id"], located.value["requirement"])


def _check_target(located: Located, file: str, at: list[str | int], row_id: str, wanted: str) -> list[Problem]:
    """That ``wanted`` is a requirement of the catalogue that the file names."""
    target = located.value["catalog"]
    if target not in data.catalog_ids():
        return [_problem(located, file, ["catalog"], "unknown_catalog", id=row_id, catalog=target)]
    if wanted in {r.id for r in data.catalog(target).requirements}:
        return []
    return [_problem(located, file, at, "unknown_mapping", id=row_id, catalog=target, target=wanted)]


def _check_calendar(located: Located, file: str) -> list[Problem]:
    from sekisho.standards.procurement_calendar_checks import check_calendar  # noqa: PLC0415 - only for such a file

    return check_calendar(located, file)


def _check_gates(located: Located, file: str) -> list[Problem]:
    from sekisho.standards.lifecycle_gates import check_gates  # noqa: PLC0415 - only for such a file

    return check_gates(located, file)


def _check_watch(located: Located, file: str) -> list[Problem]:
    from sekisho.standards.watch_rules.validating import check_watch  # noqa: PLC0415 - only for such a file

    return check_watch(located, file)


def _check_event_map(located: Located, file: str) -> list[Problem]:
    from sekisho.standards.event_maps import check_event_map  # noqa: PLC0415 - only for such a file

    return check_event_map(located, file)


def _check_retention(located: Located, file: str) -> list[Problem]:
    from sekisho.standards.retention_checks import check_kinds  # noqa: PLC0415 - only for such a file

    return check_kinds(located, file, own=not file.startswith("data/"))


def _check_privacy(located: Located, file: str) -> list[Problem]:
    from sekisho.standards.privacy import faults_of_duties  # noqa: PLC0415 - only when such a file is given

    return [Problem("privacy.data_wrong", {"message": fault}, file) for fault in faults_of_duties(located.value)]


_SEMANTIC = {
    "privacy": _check_privacy,
    "retention": _check_retention,
    "event": _check_event_map,
    "watch": _check_watch,
    "procurement": _check_calendar,
    "lifecycle": _check_gates,
    "applicability": _check_applicability,
    "level": _check_level_rule,
    "catalog": _check_catalog,
    "facts": _check_facts,
    "body": _check_body_kinds,
    "classification": _check_classification,
    "measures": _check_measures,
}
