"""The outbox: a directory that keeps Observations and artifacts until the server has acknowledged them.

    queue/<content id>.json     waiting, canonical JSON
    artifacts/<sha256>          their bytes; removed when nothing that waits names them
    refused/<content id>.json   refused for good, with <content id>.reason.json beside it
    state.json                  counter, last nonce of the server, and the batch that is under way

Every file appears by renaming a complete, synced one, so that a crash at any moment leaves old or new, never half.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from sekisho.engines.observation import Observation, content_id, decode, encode
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["InFlight", "Outbox", "State", "write_atomically"]


class InFlight(msgspec.Struct, frozen=True, kw_only=True):
    """A batch that was sent and not yet answered: it is repeated exactly, with the same counter and nonce."""

    counter: int
    nonce: str
    content_ids: tuple[str, ...]


class State(msgspec.Struct, kw_only=True):
    """What must survive a crash. ``counter`` only ever grows; ``nonce`` is the last that the server gave."""

    counter: int = 0
    nonce: str = ""
    in_flight: InFlight | None = None


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` so that ``path`` is either as before or complete, also after a power failure."""
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    if os.name == "posix":
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


@dataclass(slots=True)
class Outbox:
    """The outbox in ``folder``, which is made (mode 0700) when it is not there."""

    folder: Path
    broken: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("", "queue", "artifacts", "refused"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, observation: Observation, artifacts: Mapping[str, bytes]) -> str:
        """Keep one Observation with its artifacts; returns its content id. The same content is kept once."""
        for artifact in observation.artifacts:
            data = artifacts.get(artifact.sha256)
            if data is None or hashlib.sha256(data).hexdigest() != artifact.sha256:
                problem = Problem("sending.artifact_missing", {"name": artifact.name, "sha256": artifact.sha256})
                raise InputError("sending.observation_incomplete", problems=(problem,))
            path = self.artifact(artifact.sha256)
            if not path.exists():
                write_atomically(path, data)
        identifier = content_id(observation)
        write_atomically(self._waiting(identifier), encode(observation))
        return identifier

    def waiting(self) -> list[str]:
        """Content ids that wait, oldest observation first. Unreadable files are set aside as refused, and noted in ``broken``."""
        found = []
        for path in sorted((self.folder / "queue").glob("*.json")):
            try:
                found.append((decode(path.read_bytes()).observed_at, path.stem))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self.broken.append(Problem("sending.observation_broken", {"reason": str(error)[:200]}, path.name))
                self.refuse(path.stem, code="sending.observation_broken", fields={"reason": str(error)[:200]})
        return [identifier for _, identifier in sorted(found)]

    def observation(self, identifier: str) -> Observation:
        """One waiting Observation."""
        return decode(self._waiting(identifier).read_bytes())

    def raw(self, identifier: str) -> bytes:
        """The canonical JSON of one waiting Observation."""
        return self._waiting(identifier).read_bytes()

    def has(self, identifier: str) -> bool:
        """Whether this Observation still waits."""
        return self._waiting(identifier).exists()

    def artifact(self, sha256: str) -> Path:
        """Where an artifact's bytes lie."""
        return self.folder / "artifacts" / sha256

    def done(self, identifier: str) -> None:
        """The server has it: it need not be kept any longer."""
        self._waiting(identifier).unlink(missing_ok=True)

    def refuse(self, identifier: str, *, code: str, fields: Mapping[str, Any]) -> None:
        """Set aside what the server will never take, with its reason, so that a person can look at it."""
        reason = {"content_id": identifier, "code": code, "fields": dict(fields)}
        write_atomically(self.folder / "refused" / f"{identifier}.reason.json", msgspec.json.encode(reason))
        path = self._waiting(identifier)
        if path.exists():
            path.replace(self.folder / "refused" / f"{identifier}.json")

    def refused(self) -> list[dict[str, Any]]:
        """All refusals: ``content_id``, ``code``, ``fields``."""
        return [msgspec.json.decode(path.read_bytes()) for path in sorted((self.folder / "refused").glob("*.reason.json"))]

    def tidy(self) -> int:
        """Remove artifacts that nothing waiting or refused names; returns how many."""
        kept = set()
        for folder in ("queue", "refused"):
            for path in (self.folder / folder).glob("*.json"):
                if path.name.endswith(".reason.json"):
                    continue
                try:
                    kept |= {a.sha256 for a in decode(path.read_bytes()).artifacts}
                except (msgspec.DecodeError, UnicodeDecodeError):
                    return 0  # what an unreadable Observation names cannot be known: keep everything
        gone = [path for path in (self.folder / "artifacts").iterdir() if path.name not in kept]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def load(self) -> State:
        """The state; a fresh one when there is none. Raises InputError when it is broken: guessing could look like a clone."""
        path = self.folder / "state.json"
        if not path.exists():
            return State()
        try:
            return msgspec.json.decode(path.read_bytes(), type=State)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            problem = Problem("sending.state_broken", {"reason": str(error)[:200]}, str(path))
            raise InputError("sending.state_unusable", problems=(problem,), file=path.name) from error

    def store(self, state: State) -> None:
        """Keep the state."""
        write_atomically(self.folder / "state.json", msgspec.json.encode(state))

    def _waiting(self, identifier: str) -> Path:
        return self.folder / "queue" / f"{identifier}.json"
