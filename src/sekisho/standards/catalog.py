"""The typed loaders of everything under ``standards/data`` and of ``measures.yaml``. Each file is read once per process."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import yaml

from sekisho.standards.model import (
    BodyKind,
    Catalog,
    CatalogRef,
    ClassificationScheme,
    Facts,
    Indicator,
    LevelGuide,
    Mapping,
    MeasureDef,
    Role,
    Threat,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = [
    "body_kinds",
    "build_catalog",
    "catalog",
    "catalog_ids",
    "catalogs",
    "catalogs_for",
    "classification_schemes",
    "data_directory",
    "facts",
    "facts_ids",
    "indicators",
    "level_guides",
    "mappings",
    "measures",
    "read_yaml",
    "roles",
    "threats",
]

_Item = TypeVar("_Item")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def data_directory() -> Traversable:
    """The folder ``standards/data`` of the installed package."""
    return resources.files("sekisho.standards").joinpath("data")


def read_yaml(path: Traversable) -> Any:
    """One YAML file of ours as plain values."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - CSafeLoader or SafeLoader


def _names(folder: str) -> tuple[str, ...]:
    return tuple(sorted(f.name[:-5] for f in data_directory().joinpath(folder).iterdir() if f.name.endswith(".yaml")))


@cache
def catalog_ids() -> tuple[str, ...]:
    """Ids of the included catalogues, without reading them."""
    return _names("catalogs")


def build_catalog(raw: dict[str, Any]) -> Catalog:
    """A Catalog from a catalogue file's values; msgspec.ValidationError names the field that is wrong."""
    guides = level_guides() if raw.get("id") == "annex_a_2022" else {}
    rows = [
        {"unit": raw["unit"], **row, "position": position, "levels": guides.get(row["id"])}
        for position, row in enumerate(raw["requirements"])
    ]
    return msgspec.convert({**raw, "requirements": rows}, Catalog)


@cache
def catalog(catalog_id: str) -> Catalog:
    """One included catalogue; KeyError if there is none of that id."""
    if catalog_id not in catalog_ids():
        raise KeyError(catalog_id)
    return build_catalog(read_yaml(data_directory().joinpath("catalogs", f"{catalog_id}.yaml")))


def catalogs() -> dict[str, Catalog]:
    """All included catalogues by id."""
    return {name: catalog(name) for name in catalog_ids()}


@cache
def mappings() -> tuple[tuple[str, str, Mapping], ...]:
    """Every tie between catalogues: (catalogue id, requirement id, mapping)."""
    return tuple((c.id, r.id, m) for c in catalogs().values() for r in c.requirements for m in r.mappings)


@cache
def facts_ids() -> tuple[str, ...]:
    """Ids of the other files of facts."""
    return _names("facts")


@cache
def facts(facts_id: str) -> Facts:
    """One file of other facts; KeyError if there is none of that id."""
    if facts_id not in facts_ids():
        raise KeyError(facts_id)
    return msgspec.convert(read_yaml(data_directory().joinpath("facts", f"{facts_id}.yaml")), Facts)


def _typed_items(facts_id: str, kind: type[_Item]) -> tuple[_Item, ...]:
    items: tuple[_Item, ...] = msgspec.convert(facts(facts_id).items, tuple[kind, ...])  # type: ignore[valid-type]
    return items


@cache
def level_guides() -> dict[str, LevelGuide]:
    """The 松竹梅 of the 11 new controls, by control id."""
    if "new_controls_levels" not in facts_ids():
        return {}
    return {guide.id: guide for guide in _typed_items("new_controls_levels", LevelGuide)}


@cache
def indicators() -> tuple[Indicator, ...]:
    """The 65 indicators that we propose."""
    return _typed_items("metrics", Indicator)


@cache
def roles() -> tuple[Role, ...]:
    """The roles of the security organisation."""
    return _typed_items("organisation_roles", Role)


@cache
def threats() -> tuple[Threat, ...]:
    """The 10大脅威 with countermeasures and ranks by year."""
    return _typed_items("threats", Threat)


@cache
def body_kinds() -> dict[str, BodyKind]:
    """The kinds of body, by id."""
    raw = read_yaml(data_directory().joinpath("body_kinds.yaml"))
    return {kind.id: kind for kind in msgspec.convert(raw["body_kinds"], tuple[BodyKind, ...])}


def catalogs_for(body_kind: str) -> tuple[CatalogRef, ...]:
    """Which catalogues apply to a kind of body, each with its force and the code of the reason; KeyError if unknown."""
    return body_kinds()[body_kind].catalogs


@cache
def classification_schemes() -> dict[str, ClassificationScheme]:
    """The schemes for classifying information and network zones, by id."""
    folder = data_directory().joinpath("classification")
    return {
        name: msgspec.convert(read_yaml(folder.joinpath(f"{name}.yaml")), ClassificationScheme)
        for name in _names("classification")
    }


@cache
def measures() -> dict[str, MeasureDef]:
    """The dictionary of measures, by key."""
    raw = read_yaml(resources.files("sekisho.standards").joinpath("measures.yaml"))
    return {entry.key: entry for entry in msgspec.convert(raw["measures"] or [], tuple[MeasureDef, ...])}
