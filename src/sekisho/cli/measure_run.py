"""What ``sekisho measure`` runs: engines with the real clock, files and programs handed in."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sekisho import __version__
from sekisho.engines.observation import ClaimedSubject, Collector, Observation, decode
from sekisho.errors import InputError, Problem, SekishoError, Unavailable

if TYPE_CHECKING:
    from sekisho.engines.codecheck import Completed
    from sekisho.gateways.sender import Token

__all__ = ["Code", "LinuxHost", "Result", "WindowsHost", "this_machine", "token"]

Result = tuple[Observation, dict[str, bytes]]
Tell = Callable[[str], None]
TOKEN_VARIABLE = "SEKISHO_MACHINE_TOKEN"  # noqa: S105 - the name of the variable, not the token
_LONGEST_INPUT = 512 * 1024 * 1024
_LONGEST_TOKEN = 4096
_TIMEOUT = 1800  # seconds; a source tree that needs longer is better checked in parts


def read(path: Path, *, limit: int = _LONGEST_INPUT) -> bytes:
    """The bytes of a file that the user named. Raises InputError when it is not there, not readable or too large."""
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise InputError("measure.file_unreadable", file=str(path), reason=type(error).__name__) from error
    if len(data) > limit:
        raise InputError("measure.file_too_large", file=str(path), limit=limit)
    return data


def token(file: Path | None) -> Token:
    """The machine's token from a file or from the environment, never from the command line."""
    from sekisho.gateways.sender import Token as _Token

    if file:
        return _Token(read(file, limit=_LONGEST_TOKEN).decode("utf-8", "replace"))
    secret = os.environ.get(TOKEN_VARIABLE)
    if not secret:
        raise InputError("sending.token_missing", variable=TOKEN_VARIABLE)
    return _Token(secret)


def this_machine() -> str:
    """The stable identity of the machine that runs this."""
    from sekisho.engines.baseline import machine_identity

    return machine_identity(Path("/"))


def _privileged() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _output(arguments: tuple[str, ...]) -> bytes | None:
    """Standard output of a fixed query; None when the program is missing or fails."""
    try:
        done = subprocess.run(arguments, capture_output=True, check=False, timeout=120)  # noqa: S603 - fixed queries, no shell
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _run(arguments: tuple[str, ...]) -> Completed:
    from sekisho.engines.codecheck import Completed as _Completed

    try:
        done = subprocess.run(arguments, capture_output=True, check=False, timeout=_TIMEOUT)  # noqa: S603 - list form, no shell
    except subprocess.TimeoutExpired as error:
        raise Unavailable("measure.took_too_long", seconds=_TIMEOUT) from error
    return _Completed(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class LinuxHost:
    """The running host, or a system mounted at ``root``. ``state`` is where first sightings of updates are remembered.

    ``accepted`` is the snapshot of settings that was accepted for it, as JSON.
    """

    root: Path
    places: tuple[Path, ...]
    accepted: bytes | None
    name: str | None
    state: Path | None
    engines: tuple[str, ...] = ("sbom", "baseline")

    @property
    def running(self) -> bool:
        """Whether it is the system that runs this."""
        return self.root.resolve() == Path("/")

    def measure(self, *, now: datetime, tell: Tell) -> tuple[list[Result], list[SekishoError], str]:
        """Both engines' results, the errors of an engine that found nothing to measure, and the machine's identity."""
        from sekisho.engines import baseline

        if not self.root.is_dir():
            raise InputError("measure.folder_missing", folder=str(self.root))
        accepted = baseline.decode_snapshot(self.accepted) if self.accepted else None
        machine = baseline.machine_identity(self.root)
        name = self.name or (socket.gethostname() if self.running else self._name_inside())
        results: list[Result] = []
        failures: list[SekishoError] = []
        steps = {"sbom": self._software, "baseline": self._settings}
        for step in (steps[engine] for engine in self.engines):
            try:
                results.append(step(now=now, tell=tell, machine=machine, name=name, accepted=accepted))
            except InputError as error:
                failures.append(error)
        if not results:
            raise failures[0]
        return results, failures, machine

    def _name_inside(self) -> str:
        from sekisho.engines.sbom.rootfs import Root

        data = Root(self.root).read("/etc/hostname", limit=1024) or b""
        return data.decode("utf-8", "replace").strip() or self.root.resolve().name or "root"

    def _software(self, *, now: datetime, tell: Tell, machine: str, name: str, accepted: object) -> Result:  # noqa: ARG002
        from sekisho.engines import sbom

        inside = [self._inside(place) for place in self.places]
        inventory = sbom.collect(
            self.root, places=inside, run=_output if self.running else None, progress=lambda step, _: tell(f"sbom: {step}")
        )
        result = sbom.observe(
            inventory, now=now, host=name, machine=machine, privileged=_privileged(), known_since=self._known(now)
        )
        self._remember(result[0], now)
        return result

    def _inside(self, place: Path) -> str:
        """A place as the inspected system names it."""
        full = place.resolve() if self.running else place
        try:
            return "/" + full.relative_to(self.root.resolve() if full.is_relative_to(self.root.resolve()) else "/").as_posix()
        except ValueError:
            return "/" + place.as_posix().lstrip("/")

    def _known_file(self) -> Path | None:
        return self.state / "first-seen.json" if self.state else None

    def _known(self, now: datetime) -> dict[str, datetime]:
        file = self._known_file()
        if file is None or not file.exists():
            return {}
        try:
            seen = {k: datetime.fromisoformat(v) for k, v in json.loads(file.read_bytes()).items()}
        except (ValueError, AttributeError, TypeError) as error:
            problem = Problem("measure.state_broken", {"reason": str(error)[:200]}, str(file))
            raise InputError("measure.state_unusable", problems=(problem,), file=file.name) from error
        return {k: v for k, v in seen.items() if v.tzinfo is not None and v <= now}

    def _remember(self, observation: Observation, now: datetime) -> None:
        """Keep when each pending update was first seen, so that its age grows from run to run, and when watching began."""
        from sekisho.engines import sbom
        from sekisho.engines.sending.outbox import write_atomically

        file = self._known_file()
        if file is None or "security_updates" not in observation.scope:
            return
        known = self._known(now)
        pending = [f.fingerprint for f in observation.findings if f.scope == "security_updates"]
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        marks = (sbom.WATCHED_SINCE, *sorted(pending))
        write_atomically(file, msgspec.json.encode({mark: known.get(mark, now).isoformat() for mark in marks}))

    def _settings(self, *, now: datetime, tell: Tell, machine: str, name: str, accepted: object) -> Result:
        from sekisho.engines import baseline

        tell("baseline")
        running = self.running
        facts = baseline.collect_linux(
            self.root,
            run=baseline.local_run if running else None,
            privileged=_privileged(),
            kernel_clock=baseline.kernel_clock if running else None,
        )
        return _judged(facts, now=now, name=name, machine=machine, accepted=accepted, privileged=_privileged())


def _judged(facts: object, *, now: datetime, name: str, machine: str, accepted: object, privileged: bool | None) -> Result:
    from sekisho.engines import baseline

    assert isinstance(facts, baseline.Facts)
    assert accepted is None or isinstance(accepted, baseline.Snapshot)
    return baseline.observe(
        facts,
        observed_at=now.isoformat(timespec="seconds"),
        collector=Collector(name="sekisho", version=__version__, privileged=privileged),
        subject=ClaimedSubject(kind="host", name=name, machine=machine),
        accepted=accepted,
        version=__version__,
    )


@dataclass(frozen=True, slots=True)
class WindowsHost:
    """A Windows host, from the file that its collector wrote."""

    file: Path
    accepted: bytes | None
    name: str | None

    def measure(self, *, now: datetime, tell: Tell) -> tuple[list[Result], list[SekishoError], str]:
        """As :meth:`LinuxHost.measure`."""
        from sekisho.engines import baseline, sbom

        data = read(self.file)
        tell("sbom: windows")
        inventory = sbom.windows_inventory(data, file=self.file.name)
        system = json.loads(data.removeprefix(b"\xef\xbb\xbf"))["os"]
        name = self.name or str(system.get("hostname") or self.file.stem)
        machine = str(system.get("machine") or "")
        results: list[Result] = []
        failures: list[SekishoError] = []
        try:
            results.append(sbom.observe(inventory, now=now, host=name, machine=machine))
        except InputError as error:
            failures.append(error)
        try:
            tell("baseline")
            accepted = baseline.decode_snapshot(self.accepted) if self.accepted else None
            facts = baseline.read_windows(data, file=self.file.name)
            results.append(_judged(facts, now=now, name=name, machine=machine, accepted=accepted, privileged=None))
        except InputError as error:
            failures.append(error)
        if not results:
            raise failures[0]
        return results, failures, machine


@dataclass(frozen=True, slots=True)
class Code:
    """Source trees for Bandit, SARIF files of other tools, and the previous result."""

    paths: tuple[Path, ...]
    sarif: tuple[Path, ...]
    with_bandit: bool
    previous: Path | None
    name: str | None

    def measure(self, *, now: datetime, tell: Tell) -> tuple[list[Result], str]:
        """The result and the identity of the machine that measured."""
        from sekisho.engines import codecheck

        missing = [path for path in self.paths if not path.exists()]
        if missing:
            problems = tuple(Problem("measure.path_missing", {"path": str(path)}, str(path)) for path in missing)
            raise InputError("measure.paths_missing", problems=problems, count=len(missing))
        runs = []
        if self.with_bandit and self.paths:
            tell("bandit")
            label = ",".join(path.name or path.resolve().name for path in self.paths)
            runs.append(
                codecheck.run_bandit(
                    [p.resolve() for p in self.paths], python=sys.executable, runner=_run, scope=f"bandit/{label}"
                )
            )
        reports: dict[str, bytes] = {}
        for file in self.sarif:
            tell(file.name)
            data = read(file)
            runs += codecheck.read_sarif(data, file=str(file))
            reports[f"{len(reports) + 1:02d}-{file.name}"] = data
        if not runs:
            raise InputError("measure.nothing_to_check")
        machine = this_machine()
        name = self.name or (self.paths[0].resolve().name if self.paths else self.sarif[0].stem)
        return [codecheck.observe(runs, now=now, name=name, machine=machine, reports=reports, previous=self._previous())], machine

    def _previous(self) -> Observation | None:
        """The last codecheck Observation of a file that ``measure code --json`` wrote (or a single Observation)."""
        if self.previous is None:
            return None
        data = read(self.previous)
        try:
            value = msgspec.json.decode(data)
            if isinstance(value, dict) and isinstance(value.get("observations"), list):
                found = [msgspec.convert(entry, type=Observation) for entry in value["observations"]]
            else:
                found = [decode(data)]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = Problem("sending.observation_broken", {"reason": str(error)[:200]}, str(self.previous))
            raise InputError("measure.previous_unusable", problems=(problem,), file=self.previous.name) from error
        same = [observation for observation in found if observation.engine == "codecheck"]
        if not same:
            raise InputError("measure.previous_unusable", file=self.previous.name)
        return same[-1]
