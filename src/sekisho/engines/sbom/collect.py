"""Finding everything that is installed below one root."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sekisho.engines.sbom import apt, dpkg, npm, osrelease, python_env, rpm
from sekisho.engines.sbom.model import Inventory
from sekisho.engines.sbom.rootfs import Root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from sekisho.engines.sbom.model import Component
    from sekisho.engines.sbom.rpm import Runner

__all__ = ["SEARCHED", "collect", "merged"]

# Where installed applications usually lie outside the package manager; searched for environments, with limits.
SEARCHED: Final = ("/opt", "/srv", "/home", "/root", "/usr/local", "/var/www", "/var/lib", "/app", "/usr/lib/node_modules")
_SKIPPED: Final = frozenset({
    "proc", "sys", "dev", "run", ".git", "__pycache__", ".cache", ".npm", ".cargo", ".rustup", "docker", "containers", "lists",
    "dpkg", "doc", "man", "locale", "icons", "fonts",
})  # fmt: skip
_DEPTH: Final = 7
_DIRECTORIES: Final = 60_000


def collect(
    base: Path,
    *,
    places: Sequence[str] = (),
    run: Runner | None = None,
    usual_places: bool = True,
    progress: Callable[[str, int], None] | None = None,
) -> Inventory:
    """The software below ``base`` (``/`` for this machine).

    ``places`` are further directories (inside the root) to search for Python and npm environments; with ``usual_places`` False
    nothing else is searched but them and the package managers. ``run`` starts a program and returns its output, for rpm databases
    in formats that only rpm itself reads; None when nothing may be started (a mounted system). ``progress`` is told of each step.
    """
    root = Root(base)
    inventory = Inventory(distribution=osrelease.read(root))
    tell = progress or (lambda _step, _count: None)
    owned: dict[str, str] = {}
    found: list[Component] = []
    if dpkg.present(root):
        installed = dpkg.packages(root, inventory.problems)
        tell("deb", len(installed))
        found += dpkg.components(root, installed, inventory.distribution)
        owned = dpkg.owners(root)
        inventory.ecosystems.append("deb")
        tell("apt", 0)
        inventory.lists = apt.security_updates(root, installed, inventory.problems)
    if rpm.present(root):
        tell("rpm", 0)
        rpms = rpm.components(root, inventory.distribution, run=run, problems=inventory.problems)
        if rpms is not None:
            found += rpms
            inventory.ecosystems.append("rpm")
    tell("search", 0)
    libraries, modules, locks = _search(root, (*(SEARCHED if usual_places else ()), *places))
    if usual_places:
        libraries |= set(python_env.library_directories(root))
    inventory.ecosystems += ["pypi", "npm"]
    tell("pypi", len(libraries))
    found += python_env.components(root, sorted(libraries), owned=owned, problems=inventory.problems)
    tell("npm", len(modules))
    for directory in sorted(modules):
        found += npm.installed(root, directory, owned=owned, problems=inventory.problems)
    for path in sorted(locks):
        data = root.read(path)
        if data is not None:
            found += npm.parse_lock(data, file=path, problems=inventory.problems)
    inventory.components = merged(found)
    inventory.unreadable = root.unreadable
    return inventory


def _search(root: Root, places: Iterable[str]) -> tuple[set[str], set[str], set[str]]:
    """(Python library directories, outermost ``node_modules``, lock files with no ``node_modules`` beside them)."""
    libraries: set[str] = set()
    modules: set[str] = set()
    locks: set[str] = set()
    for place in places:
        if place.rstrip("/").endswith("/node_modules"):
            real = root.resolve(place)
            if real is not None:
                modules.add(real)
            continue
        for here, directories, files in root.walk(place, depth=_DEPTH, limit=_DIRECTORIES):
            if "package-lock.json" in files and "node_modules" not in directories:
                locks.add(f"{here}/package-lock.json")
            if any(name.endswith((".dist-info", ".egg-info")) for name in (*directories, *files)):
                libraries.add(here)
                directories[:] = [d for d in directories if d == "node_modules"]
            if "node_modules" in directories:
                modules.add(f"{here}/node_modules")
            directories[:] = [d for d in directories if d != "node_modules" and d not in _SKIPPED]
    return libraries, modules, locks


def merged(components: Iterable[Component]) -> list[Component]:
    """One component for each (ecosystem, name, version, purl), in order, with all its locations."""
    result: dict[tuple[str, str, str, str], Component] = {}
    for component in components:
        key = (component.ecosystem, component.name, component.version, component.purl)
        known = result.get(key)
        if known is None:
            result[key] = component
            continue
        best = known if known.licences or not component.licences else component
        result[key] = replace(
            best,
            locations=tuple(sorted({*known.locations, *component.locations})),
            installed=known.installed or component.installed,
            provided_by=known.provided_by if known.provided_by == component.provided_by else "",
        )
    return [result[key] for key in sorted(result)]
