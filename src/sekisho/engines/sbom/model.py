"""What the readers of package managers hand to the rest of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.engines.sbom.rootfs import Unreadable
    from sekisho.errors import Problem

__all__ = ["Component", "Distribution", "Inventory", "PackageLists", "Update"]


@dataclass(frozen=True, slots=True)
class Component:
    """One installed piece of software.

    ``ecosystem`` is the purl type (deb, rpm, pypi, npm) or ``windows``. ``licences`` are SPDX expressions where they could be
    read as such, else the names found; ``licence_basis`` is ``declared`` (machine-readable) or ``derived`` (recognised in text).
    ``provided_by`` names the system package that owns the files; ``locations`` are paths inside the root.
    """

    ecosystem: str
    name: str
    version: str = ""
    purl: str = ""
    licences: tuple[str, ...] = ()
    licence_basis: str = ""
    architecture: str = ""
    source: str = ""
    source_version: str = ""
    supplier: str = ""
    provided_by: str = ""
    locations: tuple[str, ...] = ()
    installed: bool = True


@dataclass(frozen=True, slots=True)
class Distribution:
    """The operating system, from os-release or the Windows collector; all fields may be empty."""

    identifier: str = ""
    version: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """A security update that is offered and not installed; ``offered`` is the time of the list that offers it."""

    ecosystem: str
    package: str
    architecture: str
    installed: str
    candidate: str
    source: str = ""
    offered: datetime | None = None


@dataclass(frozen=True, slots=True)
class PackageLists:
    """What the package manager knew of security updates.

    ``status`` is ``read`` (then ``updates`` is complete as of ``dated``), ``missing`` (a package manager is there, its security
    lists are not) or ``unknown`` (no package manager that could tell). ``reason`` is a text code unless read.
    """

    status: str
    reason: str = ""
    dated: datetime | None = None
    updates: tuple[Update, ...] = ()


@dataclass(slots=True)
class Inventory:
    """All that was found on one host, and all that could not be read."""

    distribution: Distribution = field(default_factory=Distribution)
    components: list[Component] = field(default_factory=list)
    ecosystems: list[str] = field(default_factory=list)
    lists: PackageLists = field(default_factory=lambda: PackageLists("unknown", "sbom.no_package_manager"))
    problems: list[Problem] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
