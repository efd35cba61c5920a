"""Python distributions: ``*.dist-info`` (PEP 376, core metadata) and ``*.egg-info`` in library directories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packageurl import PackageURL

from sekisho.engines.sbom.licences import from_python
from sekisho.engines.sbom.model import Component
from sekisho.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sekisho.engines.sbom.rootfs import Root

__all__ = ["components", "library_directories", "normalise", "parse_metadata"]

_MAX_METADATA: Final = 8 * 1024 * 1024
_SINGLE: Final = frozenset({"name", "version", "license", "license-expression", "author", "author-email"})
_SEPARATORS: Final = re.compile(r"[-_.]+")


def normalise(name: str) -> str:
    """The name as PyPI compares it (PEP 503)."""
    return _SEPARATORS.sub("-", name.strip()).lower()


def parse_metadata(untrusted: bytes) -> tuple[dict[str, str], tuple[str, ...]]:
    """The single fields (lower-case names) and classifiers of core metadata; the description after the headers is not read."""
    fields: dict[str, str] = {}
    classifiers: list[str] = []
    name = ""
    for line in untrusted.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        if not line.strip():
            if line == "":
                break
            continue
        if line[0] in " \t":
            if name in fields:
                fields[name] += "\n" + line.strip()
            continue
        key, colon, value = line.partition(":")
        name = key.strip().lower() if colon else ""
        if name == "classifier":
            classifiers.append(value.strip())
        if name not in _SINGLE or name in fields:
            name = ""
            continue
        fields[name] = value.strip()
    return fields, tuple(classifiers)


def library_directories(root: Root) -> list[str]:
    """The usual places: the distribution's, ``/usr/local``, ``/opt`` and users' own library directories."""
    prefixes = ["/usr", "/usr/local", "/root/.local", *(f"/home/{user}/.local" for user in root.names("/home"))]
    found = []
    for prefix in prefixes:
        for lib in ("lib", "lib64"):
            for version in root.names(f"{prefix}/{lib}"):
                if version.startswith("python"):
                    found += [f"{prefix}/{lib}/{version}/{kind}" for kind in ("dist-packages", "site-packages")]
    real = (root.resolve(path) for path in found)
    return sorted({path for path in real if path is not None and root.is_dir(path)})


def components(
    root: Root,
    directories: Iterable[str],
    *,
    owned: Mapping[str, str],
    problems: list[Problem],
    advance: Callable[[int], None] | None = None,
) -> list[Component]:
    """Every distribution in ``directories``; ``owned`` tells which system package brought a metadata path."""
    found = []
    for directory in directories:
        for name in root.names(directory):
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            path = f"{directory.rstrip('/')}/{name}"
            component = _distribution(root, path, owned=owned, problems=problems)
            if component:
                found.append(component)
            if advance:
                advance(1)
    return found


def _distribution(root: Root, path: str, *, owned: Mapping[str, str], problems: list[Problem]) -> Component | None:
    file = path
    if root.is_dir(path):
        file = f"{path}/METADATA" if path.endswith(".dist-info") else f"{path}/PKG-INFO"
    data = root.read(file, limit=_MAX_METADATA)
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    guessed_name, _, guessed_version = stem.partition("-")
    if data is None:
        if not root.is_dir(path) or not root.names(path):
            return None  # nothing but a leftover directory: no distribution is there
        problems.append(Problem("sbom.metadata_missing", {"expected": file.rsplit("/", 1)[-1]}, path))
        fields: dict[str, str] = {}
        classifiers: tuple[str, ...] = ()
    else:
        fields, classifiers = parse_metadata(data)
    name = fields.get("name") or guessed_name
    version = fields.get("version", "")
    if data is not None and not fields.get("name"):
        problems.append(Problem("sbom.metadata_without_name", {"expected": "Name:"}, file))
    if not name or (data is None and not guessed_version):
        return None
    version = version or guessed_version.split("-py", 1)[0]
    licences = from_python(fields.get("license-expression", ""), fields.get("license", ""), classifiers)
    return Component(
        ecosystem="pypi", name=normalise(name), version=version, licences=licences, licence_basis="declared" if licences else "",
        purl=PackageURL("pypi", None, normalise(name), version or None).to_string(),
        supplier=(fields.get("author") or fields.get("author-email", "")).split("\n")[0][:200],
        provided_by=owned.get(path, ""), locations=(path,),
    )  # fmt: skip
