"""Pending security updates as apt's own package lists (``/var/lib/apt/lists``) know them.

Only suites that call themselves security suites are read. No lists means that nothing is known, never that nothing is pending.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import lz4.frame  # type: ignore[import-untyped]

from sekisho.engines.sbom import debversion
from sekisho.engines.sbom.deb822 import stanzas
from sekisho.engines.sbom.model import PackageLists, Update
from sekisho.errors import Problem

if TYPE_CHECKING:
    from sekisho.engines.sbom.dpkg import Package
    from sekisho.engines.sbom.rootfs import Root

__all__ = ["LISTS", "Release", "decompressed", "parse_release", "pending", "security_updates"]

LISTS: Final = "/var/lib/apt/lists"
_MAX_LIST: Final = 512 * 1024 * 1024
_FIELDS: Final = frozenset({"package", "version", "architecture", "source"})
_FIELD: Final = re.compile(r"^(Origin|Label|Suite|Codename|Date):[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)
_ENDINGS: Final = ("", ".lz4", ".gz", ".xz", ".bz2")


@dataclass(frozen=True, slots=True)
class Release:
    """The fields of a Release or InRelease file that say which suite it is and when it was made."""

    label: str = ""
    suite: str = ""
    codename: str = ""
    date: datetime | None = None

    @property
    def security(self) -> bool:
        """Whether this is a suite of security updates (Debian, Ubuntu and their derivatives name them so)."""
        names = (self.suite.lower(), self.codename.lower())
        return "security" in self.label.lower() or any(n.endswith(("-security", "/updates")) or "security" in n for n in names)


def parse_release(untrusted: bytes) -> Release:
    """Read a Release file, or the signed text of an InRelease file; a missing or broken Date gives None."""
    text = untrusted.decode("utf-8", "replace")
    begin = text.find("-----BEGIN PGP SIGNED MESSAGE-----")
    if begin >= 0:
        body = text.find("\n\n", begin)
        end = text.find("-----BEGIN PGP SIGNATURE-----", body)
        text = text[body:end] if body >= 0 else ""
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(text):
        fields.setdefault(name, value)
    try:
        date = parsedate_to_datetime(fields["Date"])
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (KeyError, ValueError, TypeError, OverflowError):
        date = None
    return Release(fields.get("Label", ""), fields.get("Suite", ""), fields.get("Codename", ""), date)


def decompressed(data: bytes, ending: str, *, limit: int = _MAX_LIST) -> bytes:
    """The bytes of a list file by its ending (``.lz4``, ``.gz``, ``.xz``, ``.bz2`` or none).

    Raises ValueError when it is broken, cut short, or larger than ``limit`` bytes.
    """
    try:
        match ending:
            case ".lz4":
                reader = lz4.frame.LZ4FrameDecompressor()
                result = reader.decompress(data, max_length=limit + 1)
                whole = reader.eof
            case ".gz":
                inflater = zlib.decompressobj(wbits=31)
                result = inflater.decompress(data, limit + 1)
                whole = inflater.eof
            case ".xz":
                unpacker = lzma.LZMADecompressor()
                result = unpacker.decompress(data, max_length=limit + 1)
                whole = unpacker.eof
            case ".bz2":
                unzipper = bz2.BZ2Decompressor()
                result = unzipper.decompress(data, max_length=limit + 1)
                whole = unzipper.eof
            case _:
                return data
    except (RuntimeError, OSError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise ValueError(str(error)) from error
    if len(result) > limit:
        raise ValueError(f"> {limit}")
    if not whole:
        raise ValueError("cut short")
    return bytes(result)


def security_updates(  # noqa: C901 - one pass over suites, lists and their ways to be missing
    root: Root, installed: list[Package], problems: list[Problem]
) -> PackageLists:
    """Compare what is installed with the newest versions of all security suites."""
    names = set(root.names(LISTS))
    releases = sorted(n for n in names if n.endswith(("_InRelease", "_Release")))
    if not releases and not any("_Packages" in n for n in names):
        return PackageLists("missing", "sbom.no_package_lists")
    updates: dict[tuple[str, str], Update] = {}
    dates: list[datetime] = []
    read_any = security_seen = False
    for name in releases:
        prefix = name.rpartition("_")[0]
        if name.endswith("_Release") and f"{prefix}_InRelease" in names:
            continue
        data = root.read(f"{LISTS}/{name}", limit=64 * 1024 * 1024)
        release = parse_release(data) if data is not None else Release()
        if not release.security:
            continue
        security_seen = True
        if release.date is None:
            problems.append(Problem("sbom.release_without_date", {"expected": "Date:"}, f"{LISTS}/{name}"))
        else:
            dates.append(release.date)
        for file in sorted(n for n in names if n.startswith(f"{prefix}_") and _ending(n) is not None):
            text = _list_text(root, f"{LISTS}/{file}", _ending(file) or "", problems)
            if text is None:
                return PackageLists("missing", "sbom.package_list_broken", min(dates, default=None))
            read_any = True
            for update in pending(installed, text, file=f"{LISTS}/{file}", offered=release.date, problems=problems):
                key = (update.package, update.architecture)
                if key not in updates or debversion.compare(updates[key].candidate, update.candidate) < 0:
                    updates[key] = update
    if not read_any:
        return PackageLists("missing", "sbom.security_lists_empty" if security_seen else "sbom.no_security_lists")
    return PackageLists("read", "", min(dates, default=None), tuple(updates[key] for key in sorted(updates)))


def _ending(name: str) -> str | None:
    """The compression ending of a Packages file's name; None for other files."""
    for ending in _ENDINGS:
        if name.endswith(f"_Packages{ending}"):
            return ending
    return None


def _list_text(root: Root, path: str, ending: str, problems: list[Problem]) -> str | None:
    data = root.read(path)
    if data is None:
        return None
    try:
        return decompressed(data, ending).decode("utf-8", "replace")
    except ValueError as error:
        problems.append(Problem("sbom.package_list_unpackable", {"reason": str(error)[:200]}, path))
        return None


def pending(
    installed: list[Package], packages: str, *, file: str, offered: datetime | None, problems: list[Problem]
) -> list[Update]:
    """The newest later version in one Packages text for each installed package of the same architecture."""
    by_name: dict[str, list[Package]] = {}
    for package in installed:
        by_name.setdefault(package.name, []).append(package)
    best: dict[tuple[str, str], Update] = {}
    for row, fields in stanzas(packages, file=file, problems=problems, wanted=_FIELDS):
        name, version = fields.get("package", ""), fields.get("version", "")
        if not name or not version:
            problems.append(Problem("sbom.list_entry_broken", {"expected": "Package:, Version:"}, file, row))
            continue
        for package in by_name.get(name, ()):
            architectures = {package.architecture, fields.get("architecture", "")}
            if len(architectures) > 1 and "all" not in architectures:
                continue
            if not package.version or debversion.compare(version, package.version) <= 0:
                continue
            key = (name, package.architecture)
            if key in best and debversion.compare(best[key].candidate, version) >= 0:
                continue
            best[key] = Update("deb", name, package.architecture, package.version, version, package.source, offered)
    return [best[key] for key in sorted(best)]
