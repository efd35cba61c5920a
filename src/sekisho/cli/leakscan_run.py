"""How ``sekisho leakscan`` runs: settings from options, places one after the other, results as they come."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sekisho.cli.common import language
from sekisho.cli.leakscan_output import Printed, Streamed, progress, temporary
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.leakscan.places.model import PlaceScan, Settings, Summary
    from sekisho.errors import Problem

__all__ = ["Asked", "Result", "hand_on", "key", "settings", "usual_index", "writer"]

KEY_VARIABLE = "SEKISHO_LEAKSCAN_KEY"
_LEAST_KEY = 16


def key(file: Path | None) -> bytes:
    """The key of fingerprints: from a file (white space at its end does not count), else from the environment; empty without."""
    if file is not None:
        found = file.read_bytes().rstrip(b"\r\n\t ")
    else:
        found = os.environ.get(KEY_VARIABLE, "").encode()
        if not found:
            return b""
    if len(found) < _LEAST_KEY:
        raise InputError("leakplaces.key_short", least=_LEAST_KEY, found=len(found))
    return found


def settings(
    *, kinds: str, threshold: float, names: bool, rules: Path | None, documents: Path | None, key_file: Path | None, encoding: str
) -> Settings:
    """The settings of a scan. Raises InputError when a file or name cannot be used."""
    from sekisho.engines.leakscan.places.model import DEFAULT_KINDS, Settings
    from sekisho.engines.textract.decoding import usable

    if encoding and not usable(encoding):
        raise InputError("leakplaces.encoding_unknown", value=encoding)
    secret = key(key_file)
    if documents is not None and not secret:
        raise InputError("leakplaces.key_missing", variable=KEY_VARIABLE)
    chosen = tuple(one.strip() for one in kinds.split(",") if one.strip()) or DEFAULT_KINDS
    return Settings(
        kinds=chosen,
        threshold=threshold,
        names=names,
        rules=rules.read_bytes() if rules else b"",
        rules_name=str(rules) if rules else "",
        key=secret,
        documents=documents,
        encoding=encoding,
    )


def usual_index(paths: Sequence[str]) -> Path:
    """Where the index of these paths is kept when nobody says: the user's state folder."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    name = hashlib.sha256(
        "\0".join(sorted(str(Path(p).absolute()) for p in paths)).encode("utf-8", "surrogateescape")
    ).hexdigest()
    return Path(state) / "sekisho" / "leakscan" / f"{name[:24]}.sqlite"


@dataclass(slots=True)
class Result:
    """What a scan gave: totals, problems of the run itself, and the settings."""

    summary: Summary
    problems: list[Problem]
    settings: Settings
    scope: tuple[str, ...]


@dataclass(slots=True)
class Asked:
    """One call of the command."""

    roots: tuple[Path, ...]
    stdin: bool
    databases: tuple[str, ...]
    password_file: Path | None
    tables: tuple[str, ...]
    sample: float
    settings: Settings
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    index: Path | None
    workers: int
    out: Path | None
    problems: list[Problem] = field(default_factory=list)

    def run(self, output: Printed | Streamed) -> Result:
        """Scan every place; each result is written as it comes."""
        from sekisho.engines.leakscan.places.model import Summary

        summary = Summary()
        told: list[Problem] = []
        with output:
            with progress(language()) as tell:
                for scan in self._scans(summary, tell):
                    told += scan.problems
                    output.add(scan)
            output.finish(summary, self.problems)
        scope = (*(str(root) for root in self.roots), *(["-"] if self.stdin else []), *map(_without_password, self.databases))
        return Result(summary, [*told, *self.problems], self.settings, scope)

    def _scans(self, summary: Summary, tell: Any) -> Iterator[PlaceScan]:
        if self.roots:
            from sekisho.engines.leakscan.places.folders import Choice
            from sekisho.engines.leakscan.places.run import Run

            apart = frozenset({self.out.absolute(), temporary(self.out).absolute()}) if self.out else frozenset()
            run = Run(
                self.roots, self.settings, Choice(self.include, self.exclude), self.index, self.workers, apart, tell, summary
            )
            yield from run.scans()
            self.problems += run.problems
        if self.stdin:
            yield from self._stdin(summary)
        if self.databases:
            from sekisho.cli.leakscan_databases import scans

            yield from scans(self, summary, tell)

    def _stdin(self, summary: Summary) -> Iterator[PlaceScan]:
        from sekisho.engines.leakscan.places.scanning import prepared
        from sekisho.engines.leakscan.places.streams import scan_stream

        stream: BinaryIO = sys.stdin.buffer
        with tempfile.TemporaryDirectory(prefix="sekisho-leakscan-") as spools:
            scan = scan_stream(prepared(self.settings), stream, name="-", spools=Path(spools))
            summary.add(scan)
            yield scan


def _without_password(url: str) -> str:
    from sekisho.engines.leakscan.places.databases import shown_url

    return shown_url(url)


def writer(*, as_json: bool, out: Path | None) -> Printed | Streamed:
    """Where results go: JSON to a file or standard output, else a table for people."""
    return Streamed(out, also_printed=not as_json) if as_json or out else Printed()


def hand_on(
    result: Result, *, name: str | None, production: bool | None, file: Path | None, send: str | None, token_file: Path | None
) -> None:
    """The Observation: into a file, or to a server through the outbox."""
    if not file and not send:
        return
    from sekisho.cli.leakscan_observation import hand_on_observation

    hand_on_observation(result, name=name, production=production, file=file, send=send, token_file=token_file)
