"""RPM packages: the SQLite database of rpm ≥ 4.16 read directly, older formats through ``rpm -qa``.

A header in the database is two big-endian counts, an index of (tag, type, offset, count) and a data area (rpm's file format
documentation, "Header format").
"""

from __future__ import annotations

import sqlite3
import struct
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from packageurl import PackageURL

from sekisho.engines.sbom.licences import MAX_NAME, to_expression
from sekisho.engines.sbom.model import Component
from sekisho.errors import Problem

if TYPE_CHECKING:
    from sekisho.engines.sbom.model import Distribution
    from sekisho.engines.sbom.rootfs import Root

__all__ = ["DATABASES", "Runner", "components", "parse_header", "parse_query", "present"]

# Starts a program and returns its standard output; None when it is not there or failed.
Runner = Callable[[tuple[str, ...]], "bytes | None"]

DATABASES: Final = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
_OLD: Final = ("Packages", "Packages.db")
_MAX_DATABASE: Final = 1024 * 1024 * 1024
_INDEX: Final = struct.Struct(">iiii")
_TAGS: Final = {
    1000: "name", 1001: "version", 1002: "release", 1003: "epoch", 1011: "vendor", 1014: "licence", 1022: "architecture",
    1044: "source",
}  # fmt: skip
_INT32, _STRING, _I18N = 4, 6, 9
_QUERY: Final = "%{NAME}\\t%{EPOCH}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{LICENSE}\\t%{VENDOR}\\t%{SOURCERPM}\\n"
_QUERY_FIELDS: Final = ("name", "epoch", "version", "release", "architecture", "licence", "vendor", "source")


def present(root: Root) -> bool:
    """Whether the system has an RPM database of any format."""
    return any(root.exists(f"{place}/{name}") for place in DATABASES for name in ("rpmdb.sqlite", *_OLD))


def parse_header(untrusted: bytes) -> dict[str, str]:
    """The wanted tags of one header. Raises ValueError when counts or offsets lead outside it."""
    if len(untrusted) < 8:  # noqa: PLR2004 - the two counts
        raise ValueError("header shorter than 8 bytes")
    count, size = struct.unpack_from(">ii", untrusted)
    start = 8 + count * _INDEX.size
    if count < 0 or size < 0 or start + size > len(untrusted):
        raise ValueError(f"header of {len(untrusted)} bytes claims {count} entries and {size} bytes of data")
    data = untrusted[start : start + size]
    values: dict[str, str] = {}
    for tag, kind, offset, _ in _INDEX.iter_unpack(untrusted[8:start]):
        name = _TAGS.get(tag)
        if name is None:
            continue
        if not 0 <= offset < size:
            raise ValueError(f"tag {tag} lies outside the data")
        if kind in {_STRING, _I18N}:
            end = data.find(b"\0", offset)
            if end < 0:
                raise ValueError(f"tag {tag} has no end")
            values[name] = data[offset:end].decode("utf-8", "replace")
        elif kind == _INT32:
            if offset + 4 > size:
                raise ValueError(f"tag {tag} lies outside the data")
            values[name] = str(struct.unpack_from(">i", data, offset)[0])
    return values


def parse_query(untrusted: bytes, *, problems: list[Problem]) -> list[dict[str, str]]:
    """The lines of ``rpm -qa`` in this module's own format."""
    found = []
    for row, line in enumerate(untrusted.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        parts = line.split("\t")
        if len(parts) != len(_QUERY_FIELDS):
            problems.append(
                Problem("sbom.rpm_line_broken", {"expected": len(_QUERY_FIELDS), "found": len(parts)}, "rpm -qa", row)
            )
            continue
        found.append({k: "" if v == "(none)" else v for k, v in zip(_QUERY_FIELDS, parts, strict=True)})
    return found


def components(root: Root, distribution: Distribution, *, run: Runner | None, problems: list[Problem]) -> list[Component] | None:
    """All RPM packages; None (and a problem) when there is a database that could not be read."""
    for place in DATABASES:
        path = f"{place}/rpmdb.sqlite"
        data = root.read(path, limit=_MAX_DATABASE)
        if data:
            headers = _sqlite(data, root.read(f"{path}-wal", limit=_MAX_DATABASE) or b"", path, problems)
            return None if headers is None else [_component(h, distribution) for h in headers if h.get("name") != "gpg-pubkey"]
    output = run(("rpm", "-qa", "--qf", _QUERY)) if run else None
    if output is None:
        problems.append(Problem("sbom.rpm_database_unreadable", {"expected": "rpmdb.sqlite"}, DATABASES[0]))
        return None
    return [_component(h, distribution) for h in parse_query(output, problems=problems) if h.get("name") != "gpg-pubkey"]


def _sqlite(data: bytes, log: bytes, path: str, problems: list[Problem]) -> list[dict[str, str]] | None:
    """Read a copy, so that neither locks nor a write-ahead log of the inspected system are touched."""
    headers: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory(prefix="sekisho-rpm-") as folder:
        copy = Path(folder) / "rpmdb.sqlite"
        copy.write_bytes(data)
        if log:
            copy.with_name("rpmdb.sqlite-wal").write_bytes(log)
        try:
            with closing(sqlite3.connect(copy)) as connection:
                for number, blob in connection.execute("SELECT hnum, blob FROM Packages ORDER BY hnum"):
                    try:
                        headers.append(parse_header(bytes(blob)))
                    except (ValueError, TypeError) as error:
                        row = number if isinstance(number, int) else None
                        problems.append(Problem("sbom.rpm_header_broken", {"reason": str(error)[:200]}, path, row))
        except sqlite3.Error as error:
            problems.append(Problem("sbom.rpm_database_broken", {"reason": str(error)[:200]}, path))
            return None
    return headers


def _component(header: dict[str, str], distribution: Distribution) -> Component:
    version, release, epoch = header.get("version", ""), header.get("release", ""), header.get("epoch", "")
    full = f"{version}-{release}" if version and release else version
    qualifiers = {"arch": header.get("architecture", ""), "epoch": epoch if epoch not in {"", "0"} else ""}
    if distribution.identifier and distribution.version:
        qualifiers["distro"] = f"{distribution.identifier}-{distribution.version}"
    name = header.get("name", "")
    licence = header.get("licence", "")
    purl = PackageURL("rpm", distribution.identifier or None, name, full or None, {k: v for k, v in qualifiers.items() if v})
    return Component(
        ecosystem="rpm", name=name, version=f"{epoch}:{full}" if epoch not in {"", "0"} else full,
        purl=purl.to_string() if name else "", licences=((to_expression(licence) or licence[:MAX_NAME]),) if licence else (),
        licence_basis="declared" if licence else "", architecture=header.get("architecture", ""),
        source=header.get("source", ""), supplier=header.get("vendor", ""),
    )  # fmt: skip
