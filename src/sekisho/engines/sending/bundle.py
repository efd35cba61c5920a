"""The portable file ``*.sekisho``: Observations and their artifacts, carried by hand where no network reaches.

A ZIP with ``manifest.json`` (what is inside, with SHA-256), ``observations.jsonl`` (canonical JSON, one a line) and
``artifacts/<sha256>``. The same content gives the same bytes. Reading trusts nothing: names, sizes and hashes are checked before
anything is handed on, and nothing is ever written to disk by name.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.observation import Observation, decode, encode
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

__all__ = ["MEDIA_TYPE", "SCHEMA", "SUFFIX", "Bundle", "Limits", "pack", "unpack"]

SCHEMA: Final = "sekisho.bundle/1"
SUFFIX: Final = ".sekisho"
MEDIA_TYPE: Final = "application/vnd.sekisho.bundle+zip"
_MANIFEST, _OBSERVATIONS = "manifest.json", "observations.jsonl"
_ARTIFACT: Final = re.compile(r"artifacts/([0-9a-f]{64})", re.ASCII)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a bundle may hold: entries, bytes of one entry unpacked, bytes of all, and bytes of the file itself."""

    entries: int = 10_000
    entry_bytes: int = 512 * 1024 * 1024
    total_bytes: int = 1024 * 1024 * 1024
    file_bytes: int = 1024 * 1024 * 1024


class _ManifestArtifact(msgspec.Struct, kw_only=True):
    sha256: str
    size: int
    name: str = ""
    media_type: str = ""


class _Manifest(msgspec.Struct, kw_only=True):
    schema: str
    created: str
    observations: int
    observations_sha256: str
    machine: str = ""
    artifacts: list[_ManifestArtifact] = []


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle: every Observation can be read, every artifact they name is there with its hash."""

    created: str
    machine: str
    observations: tuple[Observation, ...]
    artifacts: dict[str, bytes]


def _entry(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    info.create_system = 3
    archive.writestr(info, data)


def pack(results: Iterable[tuple[Observation, Mapping[str, bytes]]], *, created: datetime, machine: str = "") -> bytes:
    """The bundle's bytes. Raises InputError when an Observation names an artifact whose bytes are missing or differ."""
    observations: list[Observation] = []
    artifacts: dict[str, bytes] = {}
    named: dict[str, _ManifestArtifact] = {}
    problems: list[Problem] = []
    for observation, data in results:
        observations.append(observation)
        for artifact in observation.artifacts:
            content = data.get(artifact.sha256)
            if content is None or hashlib.sha256(content).hexdigest() != artifact.sha256:
                problems.append(Problem("sending.artifact_missing", {"name": artifact.name, "sha256": artifact.sha256}))
                continue
            artifacts[artifact.sha256] = content
            named[artifact.sha256] = _ManifestArtifact(
                sha256=artifact.sha256, size=len(content), name=artifact.name, media_type=artifact.media_type
            )
    if problems:
        raise InputError("sending.bundle_unusable", problems=tuple(problems), file="")
    lines = b"".join(encode(observation) + b"\n" for observation in observations)
    manifest = _Manifest(
        schema=SCHEMA, created=created.isoformat(timespec="seconds"), observations=len(observations), machine=machine,
        observations_sha256=hashlib.sha256(lines).hexdigest(), artifacts=[named[key] for key in sorted(named)],
    )  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _entry(archive, _MANIFEST, msgspec.json.encode(manifest))
        _entry(archive, _OBSERVATIONS, lines)
        for key in sorted(artifacts):
            _entry(archive, f"artifacts/{key}", artifacts[key])
    return buffer.getvalue()


def unpack(untrusted: Path | bytes, *, limits: Limits | None = None) -> Bundle:
    """Read and check a bundle wholly. Raises InputError with every problem found; then nothing of it may be used."""
    limits = limits or Limits()
    name = untrusted.name if isinstance(untrusted, Path) else f"*{SUFFIX}"
    try:
        size = untrusted.stat().st_size if isinstance(untrusted, Path) else len(untrusted)
    except OSError as error:
        raise _unusable(name, Problem("sending.bundle_not_found", {}, name)) from error
    if size > limits.file_bytes:
        raise _unusable(name, Problem("sending.bundle_too_large", {"limit": limits.file_bytes, "found": size}, name))
    try:
        with zipfile.ZipFile(untrusted if isinstance(untrusted, Path) else io.BytesIO(untrusted)) as archive:
            contents = _contents(archive, name, limits)
    except _BROKEN as error:
        raise _unusable(name, Problem("sending.bundle_not_zip", {"reason": type(error).__name__}, name)) from error
    return _checked(contents, name)


def _unusable(name: str, *problems: Problem) -> InputError:
    return InputError("sending.bundle_unusable", problems=problems, file=name)


def _contents(  # noqa: C901 - one branch for each way an entry can be wrong
    archive: zipfile.ZipFile, name: str, limits: Limits
) -> dict[str, bytes]:
    """The bytes of each allowed entry, read with limits; all wrong names and sizes are told together."""
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise _unusable(name, Problem("sending.bundle_too_many_entries", {"limit": limits.entries, "found": len(entries)}, name))
    problems: list[Problem] = []
    seen: set[str] = set()
    for entry in entries:
        label = entry.filename[:120]
        if entry.filename not in {_MANIFEST, _OBSERVATIONS} and not _ARTIFACT.fullmatch(entry.filename):
            problems.append(Problem("sending.entry_not_allowed", {"entry": label}, name))
        if entry.filename in seen:
            problems.append(Problem("sending.entry_twice", {"entry": label}, name))
        seen.add(entry.filename)
        if entry.flag_bits & 0x1:
            problems.append(Problem("sending.entry_encrypted", {"entry": label}, name))
        if entry.file_size > limits.entry_bytes:
            problems.append(Problem("sending.entry_too_large", {"entry": label, "limit": limits.entry_bytes}, name))
    if sum(entry.file_size for entry in entries) > limits.total_bytes:
        problems.append(Problem("sending.bundle_too_large", {"limit": limits.total_bytes, "found": 0}, name))
    if problems:
        raise _unusable(name, *problems)
    contents: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        with archive.open(entry) as stream:  # the sizes in the directory may lie: never read more than the limits allow
            data = stream.read(min(limits.entry_bytes, limits.total_bytes - total) + 1)
        total += len(data)
        if len(data) > limits.entry_bytes or total > limits.total_bytes:
            raise _unusable(
                name, Problem("sending.entry_too_large", {"entry": entry.filename, "limit": limits.entry_bytes}, name)
            )
        contents[entry.filename] = data
    return contents


def _json(data: bytes, kind: Any) -> Any:
    return msgspec.json.decode(data, type=kind)


def _checked(contents: dict[str, bytes], name: str) -> Bundle:
    for needed in (_MANIFEST, _OBSERVATIONS):
        if needed not in contents:
            raise _unusable(name, Problem("sending.entry_missing", {"entry": needed}, name))
    try:
        manifest: _Manifest = _json(contents[_MANIFEST], _Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unusable(name, Problem("sending.manifest_broken", {"reason": str(error)[:200]}, f"{name}/{_MANIFEST}")) from error
    if manifest.schema != SCHEMA:
        raise _unusable(name, Problem("sending.schema_unknown", {"found": manifest.schema[:60], "expected": SCHEMA}, name))
    problems: list[Problem] = []
    if hashlib.sha256(contents[_OBSERVATIONS]).hexdigest() != manifest.observations_sha256:
        problems.append(Problem("sending.hash_differs", {"entry": _OBSERVATIONS}, name))
    observations = _observations(contents[_OBSERVATIONS], f"{name}/{_OBSERVATIONS}", problems)
    if len(observations) != manifest.observations and not problems:
        expected = {"expected": manifest.observations, "found": len(observations)}
        problems.append(Problem("sending.count_differs", expected, name))
    artifacts = {entry.removeprefix("artifacts/"): data for entry, data in contents.items() if entry.startswith("artifacts/")}
    problems += [
        Problem("sending.hash_differs", {"entry": f"artifacts/{key}"}, name)
        for key, data in artifacts.items()
        if hashlib.sha256(data).hexdigest() != key
    ]
    listed = {a.sha256 for a in manifest.artifacts}
    named = {a.sha256: a for o in observations for a in o.artifacts}
    problems += [
        Problem("sending.entry_missing", {"entry": f"artifacts/{key[:64]}"}, name)
        for key in sorted({*listed, *named} - {*artifacts})
    ]
    problems += [
        Problem("sending.entry_not_named", {"entry": f"artifacts/{key}"}, name) for key in sorted({*artifacts} - {*named})
    ]
    problems += [
        Problem("sending.size_differs", {"entry": f"artifacts/{key}", "expected": a.size, "found": len(artifacts[key])}, name)
        for key, a in sorted(named.items())
        if key in artifacts and a.size != len(artifacts[key])
    ]
    if problems:
        raise _unusable(name, *problems)
    return Bundle(manifest.created, manifest.machine, tuple(observations), artifacts)


def _observations(lines: bytes, file: str, problems: list[Problem]) -> list[Observation]:
    result = []
    for row, line in enumerate(lines.split(b"\n"), 1):
        if not line:
            continue
        try:
            result.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            problems.append(Problem("sending.observation_broken", {"reason": str(error)[:200]}, file, row))
    return result
