"""npm packages: what lies in ``node_modules``, else what a ``package-lock.json`` fixes (versions 1 to 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from packageurl import PackageURL

from sekisho.engines.sbom.licences import MAX_NAME, to_expression
from sekisho.engines.sbom.model import Component
from sekisho.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sekisho.engines.sbom.rootfs import Root

__all__ = ["installed", "parse_lock", "parse_package"]

_MAX_PACKAGE: Final = 8 * 1024 * 1024
_MAX_LOCK: Final = 128 * 1024 * 1024
_MAX_DEPTH: Final = 60
_DECODER: Final = msgspec.json.Decoder()


def _decode(untrusted: bytes, file: str, problems: list[Problem]) -> dict[str, Any] | None:
    try:
        value = _DECODER.decode(untrusted.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problems.append(Problem("sbom.json_broken", {"reason": str(error)[:200]}, file))
        return None
    if not isinstance(value, dict):
        problems.append(Problem("sbom.json_not_object", {"expected": "object"}, file))
        return None
    return value


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _licences(package: Mapping[str, Any]) -> tuple[str, ...]:
    """``license`` as text or ``{type}``, or the old ``licenses`` list."""
    old = package.get("licenses")
    entries = [package.get("license"), *(old if isinstance(old, list) else [old])]
    named = [_text(entry.get("type")) if isinstance(entry, dict) else _text(entry) for entry in entries]
    return tuple(
        sorted({to_expression(n) or " ".join(n.split())[:MAX_NAME] for n in named if n and not n.upper().startswith("SEE ")})
    )


def _purl(name: str, version: str) -> str:
    scope, slash, rest = name.rpartition("/")
    return PackageURL("npm", scope if slash else None, rest, version or None).to_string()


def parse_package(untrusted: bytes, *, path: str, file: str, problems: list[Problem], provided_by: str = "") -> Component | None:
    """One ``package.json``. A file without a name is no package (tools put such files everywhere) and gives None."""
    package = _decode(untrusted, file, problems)
    if package is None or not _text(package.get("name")):
        return None
    name, version = _text(package["name"])[:MAX_NAME], _text(package.get("version"))
    author = package.get("author")
    licences = _licences(package)
    return Component(
        ecosystem="npm", name=name, version=version, purl=_purl(name, version), licences=licences,
        licence_basis="declared" if licences else "", provided_by=provided_by, locations=(path,),
        supplier=_text(author.get("name") if isinstance(author, dict) else author)[:MAX_NAME],
    )  # fmt: skip


def installed(
    root: Root, directory: str, *, owned: Mapping[str, str], problems: list[Problem], depth: int = 0
) -> list[Component]:
    """The packages in one ``node_modules`` directory, scopes and nested ``node_modules`` included."""
    found: list[Component] = []
    if depth > _MAX_DEPTH:
        problems.append(Problem("sbom.nested_too_deep", {"limit": _MAX_DEPTH}, directory))
        return found
    for name in root.names(directory):
        if name.startswith("."):
            continue
        path = f"{directory}/{name}"
        if name.startswith("@"):
            found += installed(root, path, owned=owned, problems=problems, depth=depth + 1)
            continue
        if root.resolve(path) != path:  # a link to a workspace or a global store: counted where it really lies
            continue
        file = f"{path}/package.json"
        data = root.read(file, limit=_MAX_PACKAGE)
        component = (
            parse_package(data, path=path, file=file, problems=problems, provided_by=owned.get(file, "")) if data else None
        )
        if component:
            found.append(component)
        if root.is_dir(f"{path}/node_modules"):
            found += installed(root, f"{path}/node_modules", owned=owned, problems=problems, depth=depth + 1)
    return found


def _lock_entries(lock: dict[str, Any], file: str, problems: list[Problem]) -> list[tuple[str, Any]]:
    """(name, entry) of each package: from the flat ``packages`` of versions 2 and 3, else the nested ``dependencies`` of 1."""
    packages, dependencies = lock.get("packages"), lock.get("dependencies")
    if isinstance(packages, dict):
        return [(path.rpartition("node_modules/")[2], entry) for path, entry in packages.items() if "node_modules/" in path]
    if not isinstance(dependencies, dict):
        if "lockfileVersion" not in lock:
            problems.append(Problem("sbom.lock_unknown", {"expected": "packages, dependencies"}, file))
        return []
    entries: list[tuple[str, Any]] = []
    waiting = [(dependencies, 0)]
    while waiting:
        level, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            problems.append(Problem("sbom.nested_too_deep", {"limit": _MAX_DEPTH}, file))
            continue
        for name, entry in level.items():
            entries.append((name, entry))
            if isinstance(entry, dict) and isinstance(entry.get("dependencies"), dict):
                waiting.append((entry["dependencies"], depth + 1))
    return entries


def parse_lock(untrusted: bytes, *, file: str, problems: list[Problem]) -> list[Component]:
    """The packages that a lock file fixes; they are marked as not installed, because only their installation is planned."""
    lock = _decode(untrusted, file, problems)
    if lock is None:
        return []
    found = []
    for name, entry in _lock_entries(lock, file, problems):
        if not isinstance(entry, dict):
            problems.append(Problem("sbom.lock_entry_broken", {"package": name[:MAX_NAME], "expected": "object"}, file))
            continue
        if entry.get("link") is True:
            continue
        real, version, licences = _text(entry.get("name")) or name, _text(entry.get("version")), _licences(entry)
        if not real.strip("/"):
            continue
        found.append(
            Component(
                ecosystem="npm", name=real[:MAX_NAME], version=version, purl=_purl(real[:MAX_NAME], version), licences=licences,
                licence_basis="declared" if licences else "", locations=(file,), installed=False,
            )
        )  # fmt: skip
    return found
