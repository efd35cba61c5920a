"""The house's contracts that no linter checks: pure engines, rooms without cycles, a ledger without foreign keys."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import lint_rules
import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sekisho"
ROOMS = [config for config in apps.get_app_configs() if config.name.startswith("sekisho.records.")]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
# From high to low, as pyproject.toml declares it for the imports; the tables keep to the same order.
LAYERS = next(contract for contract in CONTRACTS if contract["id"] == "rooms")["layers"]


def python_files(folder: str) -> list[Path]:
    return sorted((SOURCE / folder).rglob("*.py"))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return {normal(found[1]): found[2] for found in re.finditer(r"^([\w.-]+)==([^ \\;]+)", text, re.MULTILINE)}


@pytest.mark.parametrize("path", python_files("engines"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_engines_read_no_clock_nor_chance_and_listen_to_nothing(path: Path) -> None:
    assert [item for item in lint_rules.check(lint_rules.load(path)) if item.code == "SK004"] == []


def test_the_rule_that_guards_the_engines_would_find_a_clock(tmp_path: Path) -> None:
    path = tmp_path / "engines" / "x.py"
    path.parent.mkdir()
    path.write_text("import datetime\nnow = datetime.datetime.now()\n", encoding="utf-8")
    assert [item.code for item in lint_rules.check(lint_rules.load(path, house=tmp_path))] == ["SK004"]


def relations(model: type[models.Model]) -> set[str]:
    """The rooms (labels of the apps) that the model's own foreign keys and many-to-many fields lead to."""
    fields = [*model._meta.local_fields, *model._meta.local_many_to_many]
    return {field.related_model._meta.app_label for field in fields if isinstance(field.related_model, type)}


def test_the_ledger_has_no_foreign_keys() -> None:
    ledger = apps.get_app_config("ledger")
    assert list(ledger.get_models()) != []
    assert {model.__name__: relations(model) for model in ledger.get_models() if relations(model)} == {}


def test_foreign_keys_lead_down_the_layers_of_the_rooms_so_that_no_cycle_can_be() -> None:
    rank = {name: place for place, name in enumerate(reversed(LAYERS))}
    wrong = [
        f"{config.label}.{model.__name__} → {target}"
        for config in ROOMS
        for model in config.get_models()
        for target in sorted(relations(model))
        if target in rank and rank[target] > rank[config.label]
    ]
    assert wrong == []


def test_every_room_is_installed_and_has_its_place_in_the_layers() -> None:
    folders = {path.parent.name for path in (SOURCE / "records").glob("*/apps.py")}
    assert folders == {config.label for config in ROOMS} == set(LAYERS)


def test_tables_of_another_room_are_named_by_their_label() -> None:
    """``ForeignKey("catalog.Requirement")``, never an imported class."""
    kinds = {"ForeignKey", "OneToOneField", "ManyToManyField"}
    wrong = []
    for path in (SOURCE / "records").glob("*/models.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and lint_rules.dotted(node.func).rsplit(".", 1)[-1] in kinds and node.args:
                target = node.args[0]
                if not isinstance(target, ast.Constant) and lint_rules.dotted(target).rsplit(".", 1)[-1] not in {
                    *own,
                    "AUTH_USER_MODEL",
                }:
                    wrong.append(f"{path.parent.name}:{node.lineno}: {ast.unparse(target)}")
    assert wrong == []


def imported_at_run_time() -> dict[str, set[str]]:
    """Top-level third-party package → the files that import it outside ``if TYPE_CHECKING``."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        exempt = lint_rules.type_checking_lines(tree)
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if node.lineno in exempt:
                    continue
                if top not in sys.stdlib_module_names and top != "sekisho":
                    found.setdefault(top, set()).add(str(path.relative_to(ROOT)))
    return found


def test_what_the_code_imports_is_in_the_lock_of_the_installation() -> None:
    """A tool for development that is imported at run time would break every installation but the developers'."""
    have, providers = set(locked("requirements.lock")), packages_distributions()
    missing = {
        package: sorted(files)
        for package, files in imported_at_run_time().items()
        if not {normal(name) for name in providers.get(package, [package])} & have
    }
    assert missing == {}


def test_the_locks_agree_and_hold_every_declared_dependency() -> None:
    run, dev, build = (locked(f"requirements{name}.lock") for name in ("", "-dev", "-build"))
    assert {name: (version, dev.get(name)) for name, version in {**build, **run}.items() if dev.get(name) != version} == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {normal(re.split(r"[\[<>=!~; ]", text)[0]) for text in project["project"]["dependencies"]}
    assert declared - set(run) == set()
    wanted = {normal(re.split(r"[\[<>=!~; ]", text)[0]) for text in project["dependency-groups"]["dev"] if isinstance(text, str)}
    assert wanted - set(dev) == set()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_every_locked_component_has_its_hashes_and_no_address_is_written(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
