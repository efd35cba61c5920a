"""The eleven classes and what belongs to them, read from this engine's data files."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final

import msgspec
import yaml

__all__ = ["OTHER", "BanditRule", "VulnerabilityClass", "bandit_rules", "by_cwe", "classes", "classes_of", "ruff_prefix"]

OTHER: Final = "other"


class VulnerabilityClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One class: its id (W01–W11), title {ja, en}, CWE numbers of the facts and related ones, and where they were checked."""

    id: str
    title: dict[str, str]
    cwe: tuple[int, ...]
    related_cwe: tuple[int, ...] = ()
    verified: dict[str, str] = {}


class BanditRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule of Bandit: the CWE it reports, and the classes it really looks for where the number misleads."""

    cwe: int
    classes: tuple[str, ...] | None = None
    why: str = ""


@cache
def _data(name: str) -> Any:
    text = resources.files(__package__ or "").joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader, in C where there is one


@cache
def classes() -> tuple[VulnerabilityClass, ...]:
    """All classes, in order."""
    return msgspec.convert(_data("classes.yaml")["classes"], type=tuple[VulnerabilityClass, ...])


@cache
def by_cwe() -> dict[int, str]:
    """Class id by CWE number."""
    return {number: c.id for c in classes() for number in (*c.cwe, *c.related_cwe)}


def classes_of(cwes: tuple[int, ...]) -> tuple[str, ...]:
    """The class ids that the numbers belong to, in order; empty when none does."""
    return tuple(sorted({by_cwe()[number] for number in cwes if number in by_cwe()}))


@cache
def bandit_rules() -> dict[str, BanditRule]:
    """Bandit's rules by id."""
    return msgspec.convert(_data("coverage.yaml")["bandit"]["rules"], type=dict[str, BanditRule])


def ruff_prefix() -> str:
    """The letter with which Ruff names Bandit's rules."""
    return str(_data("coverage.yaml")["bandit"]["same_as_ruff_prefix"])
