"""Windows: programs and updates from the file that the PowerShell collector wrote (``sekisho.windows-collector/1``)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from sekisho.engines.sbom.model import Component, Distribution, Inventory, PackageLists, Update
from sekisho.errors import InputError, Problem

__all__ = ["SCHEMA", "inventory"]

SCHEMA: Final = "sekisho.windows-collector/1"


class _Os(msgspec.Struct):
    hostname: str = ""
    caption: str | None = None
    version: str | None = None
    revision: int | None = None


class _Program(msgspec.Struct):
    name: str
    version: str | None = None
    publisher: str | None = None
    architecture: str | None = None
    key: str | None = None


class _Hotfix(msgspec.Struct):
    id: str
    description: str | None = None


class _Pending(msgspec.Struct):
    title: str
    kb: list[str] = []
    security: bool | None = None
    released: str | None = None


class _Unread(msgspec.Struct):
    section: str
    reason: str = ""


class _File(msgspec.Struct, kw_only=True):
    schema: str
    collected_at: str
    os: _Os
    programs: list[_Program] | None = None
    hotfixes: list[_Hotfix] | None = None
    pending_updates: list[_Pending] | None = None
    errors: list[_Unread] = []


def inventory(untrusted: bytes, *, file: str) -> Inventory:
    """What the collector saw. Raises InputError naming the place in the file when it is not such a file."""
    try:
        read = msgspec.json.decode(untrusted.removeprefix(b"\xef\xbb\xbf"), type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = Problem("sbom.windows_file_broken", {"reason": str(error)[:300], "expected": SCHEMA}, file)
        raise InputError("sbom.windows_file_unusable", problems=(problem,), file=file) from error
    if read.schema != SCHEMA:
        problem = Problem("sbom.windows_schema_unknown", {"found": read.schema[:100], "expected": SCHEMA}, file, None, "schema")
        raise InputError("sbom.windows_file_unusable", problems=(problem,), file=file)
    result = Inventory(distribution=_system(read.os), ecosystems=["windows"])
    if read.programs is None:
        result.problems.append(Problem("sbom.windows_section_missing", {"section": "programs"}, file))
    if read.hotfixes is None:
        result.problems.append(Problem("sbom.windows_section_missing", {"section": "hotfixes"}, file))
    found: dict[tuple[str, str], Component] = {}
    for program in read.programs or ():
        name, version = program.name.strip(), (program.version or "").strip()
        if name:
            found[name, version] = Component(
                ecosystem="windows", name=name, version=version, supplier=(program.publisher or "").strip(),
                architecture=program.architecture or "",
            )  # fmt: skip
    for fix in read.hotfixes or ():
        if fix.id.strip():
            found[fix.id.strip(), "KB"] = Component(
                ecosystem="windows",
                name=fix.id.strip(),
                version=fix.id.strip().removeprefix("KB"),
                supplier="Microsoft Corporation",
            )
    result.components = [found[key] for key in sorted(found)]
    result.lists = _pending(read, file, result.problems)
    return result


def _system(system: _Os) -> Distribution:
    version = system.version or ""
    if version and system.revision is not None:
        version = f"{version}.{system.revision}"
    return Distribution("windows", version, system.caption or "Windows")


def _pending(read: _File, file: str, problems: list[Problem]) -> PackageLists:
    if read.pending_updates is None:
        return PackageLists("unknown", "sbom.windows_updates_not_asked")
    updates: dict[str, Update] = {}
    for update in read.pending_updates:
        if update.security is not True:
            continue
        offered = _moment(update.released, file, problems)
        name = ", ".join(sorted(update.kb)) or update.title.strip()
        updates[name] = Update("windows", update.title.strip(), "", "", name, "", offered)
    collected = _moment(read.collected_at, file, problems)
    return PackageLists("read", "", collected, tuple(updates[key] for key in sorted(updates)))


def _moment(text: Any, file: str, problems: list[Problem]) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.append(Problem("sbom.date_broken", {"found": str(text)[:60], "expected": "YYYY-MM-DD"}, file))
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
