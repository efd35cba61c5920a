"""Debian packages: ``/var/lib/dpkg/status`` (and ``status.d`` of minimal images) with their copyright files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from packageurl import PackageURL

from sekisho.engines.sbom import debversion
from sekisho.engines.sbom.deb822 import stanzas
from sekisho.engines.sbom.licences import from_copyright
from sekisho.engines.sbom.model import Component
from sekisho.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.sbom.model import Distribution
    from sekisho.engines.sbom.rootfs import Root

__all__ = ["Package", "components", "owners", "packages", "parse_status", "present"]

STATUS: Final = "/var/lib/dpkg/status"
STATUS_DIRECTORY: Final = "/var/lib/dpkg/status.d"
_INFO: Final = "/var/lib/dpkg/info"
_FIELDS: Final = frozenset({"package", "status", "version", "architecture", "source", "maintainer", "homepage"})
# States in which the files of a package lie on the disk (dpkg(1), "Package states").
_ON_DISK: Final = frozenset(
    {"installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending"}
)
_MAX_COPYRIGHT: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Package:
    """One installed binary package."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    maintainer: str
    held: bool = False


def present(root: Root) -> bool:
    """Whether the system is managed by dpkg."""
    return root.exists(STATUS) or root.is_dir(STATUS_DIRECTORY)


def parse_status(untrusted: bytes, *, file: str, problems: list[Problem], state_needed: bool = True) -> list[Package]:
    """The packages whose files are on the disk. Stanzas without a name are added to ``problems``; a missing version stays empty.

    ``state_needed`` is False for ``status.d`` files of minimal images, which have no Status field.
    """
    text = untrusted.decode("utf-8", "replace")
    if "\ufffd" in text:
        problems.append(Problem("sbom.not_utf8", {}, file))
    found: dict[tuple[str, str], Package] = {}
    for row, fields in stanzas(text, file=file, problems=problems, wanted=_FIELDS):
        name = fields.get("package", "")
        if not name:
            problems.append(Problem("sbom.package_without_name", {}, file, row))
            continue
        state = fields.get("status", "").split()
        if state_needed and (not state or state[-1] not in _ON_DISK):
            if not state:
                problems.append(Problem("sbom.package_without_status", {"package": name}, file, row))
            continue
        version = fields.get("version", "")
        if version and not debversion.valid(version):
            problems.append(Problem("sbom.version_broken", {"package": name, "version": version[:100]}, file, row))
        source, source_version = _source(fields.get("source", ""), name, version)
        package = Package(
            name,
            version,
            fields.get("architecture", ""),
            source,
            source_version,
            fields.get("maintainer", ""),
            "hold" in state[:1],
        )
        if (name, package.architecture) in found:
            problems.append(Problem("sbom.package_twice", {"package": name}, file, row))
        found[name, package.architecture] = package
    return list(found.values())


def _source(field: str, name: str, version: str) -> tuple[str, str]:
    """``Source: gcc-12 (12.2.0-14)``: name and, when it differs from the binary's, version."""
    source, _, rest = field.partition("(")
    return source.strip() or name, rest.rstrip(") ").strip() or version


def packages(root: Root, problems: list[Problem]) -> list[Package]:
    """All installed packages of the system."""
    found: list[Package] = []
    data = root.read(STATUS)
    if data is not None:
        found += parse_status(data, file=STATUS, problems=problems)
    for name in root.names(STATUS_DIRECTORY):
        if name.endswith(".md5sums"):
            continue
        data = root.read(f"{STATUS_DIRECTORY}/{name}")
        if data is not None:
            found += parse_status(data, file=f"{STATUS_DIRECTORY}/{name}", problems=problems, state_needed=False)
    return sorted(found, key=lambda p: (p.name, p.architecture))


def components(
    root: Root, found: list[Package], distribution: Distribution, advance: Callable[[int], None] | None = None
) -> list[Component]:
    """The packages as components, with the licences of their copyright files. ``advance`` is told of each package done."""
    namespace = distribution.identifier or "debian"
    distro = f"{namespace}-{distribution.version}" if distribution.version else ""
    known: dict[str, tuple[tuple[str, ...], str]] = {}
    result = []
    for package in found:
        licences, basis = _licences(root, package.name, known)
        qualifiers = {k: v for k, v in (("arch", package.architecture), ("distro", distro)) if v}
        purl = PackageURL("deb", namespace, package.name, package.version or None, qualifiers).to_string()
        result.append(
            Component(
                ecosystem="deb", name=package.name, version=package.version, purl=purl, licences=licences, licence_basis=basis,
                architecture=package.architecture, source=package.source, source_version=package.source_version,
                supplier=package.maintainer,
            )
        )  # fmt: skip
        if advance:
            advance(1)
    return result


def _licences(root: Root, name: str, known: dict[str, tuple[tuple[str, ...], str]]) -> tuple[tuple[str, ...], str]:
    path = root.resolve(f"/usr/share/doc/{name}/copyright")
    if path is None:
        return (), ""
    if path not in known:  # packages of one source often share a file through links
        data = root.read(path, limit=_MAX_COPYRIGHT)
        known[path] = from_copyright(data.decode("utf-8", "replace")) if data else ((), "")
    return known[path]


def owners(root: Root) -> dict[str, str]:
    """Which package owns each metadata file of another ecosystem: path of ``*.dist-info``, ``*.egg-info`` or ``package.json``."""
    result: dict[str, str] = {}
    for name in root.names(_INFO):
        if not name.endswith(".list"):
            continue
        data = root.read(f"{_INFO}/{name}", limit=64 * 1024 * 1024)
        if not data or not (b"-info" in data or b"/package.json" in data):
            continue
        package = name[: -len(".list")].partition(":")[0]
        for line in data.decode("utf-8", "replace").split("\n"):
            if line.endswith((".dist-info", ".egg-info", "/package.json")):
                result[line] = package
    return result
