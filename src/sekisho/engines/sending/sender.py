"""The sender's side of the protocol, without any network: what to send next, and what an answer means.

    sender = Sender(outbox, machine=…)
    while (request := sender.next()) is not None:      # Request or Wait
        sender.receive(answer)                          # Response, or NoAnswer when the network failed

Artifacts travel first (``HEAD``, then ``PUT`` when unknown), then Observations in batches. Everything stays on disk until it is
acknowledged. What the server refuses for good is set aside with its reason and the rest goes on; what may succeed later is tried
again with growing pauses, and after ``attempts`` failures in a row the sender gives up for now, losing nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.sending.outbox import InFlight
from sekisho.errors import Conflict, InputError, NotFound, NotPermitted, Unavailable

if TYPE_CHECKING:
    from sekisho.engines.observation import Artifact
    from sekisho.engines.sending.outbox import Outbox, State

__all__ = ["BATCH", "NoAnswer", "Policy", "Request", "Response", "Sender", "Wait"]

BATCH: Final = 100
_OK: Final = frozenset({200, 201, 204})
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
_UNKNOWN_ARTIFACT: Final = frozenset({404, 405, 410})
_CLONED: Final = "evidence.machine_cloned"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to make; ``path`` is below the server's address. The token is added by whoever sends it."""

    method: str
    path: str
    body: bytes = b""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Pause for ``seconds`` before asking again."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: status code, body, and the ``Retry-After`` header in seconds (None when absent)."""

    status: int
    body: bytes = b""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The network failed before an answer came; the server may or may not have acted on the request."""

    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the sender is: ``attempts`` failures in a row, pauses of ``first_pause`` doubling to ``longest_pause`` (s)."""

    attempts: int = 6
    first_pause: float = 1.0
    longest_pause: float = 60.0
    batch: int = BATCH


@dataclass(slots=True)
class Sender:
    """The state machine over one outbox. ``jitter`` (0–1) spreads the pauses of many senders; it is handed in, not drawn here."""

    outbox: Outbox
    machine: str
    policy: Policy = field(default_factory=Policy)
    jitter: float = 0.0
    accepted: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _state: State = field(init=False)
    _known: set[str] = field(default_factory=set)
    _asked: tuple[str, str] | None = None
    _batch: tuple[str, ...] = ()
    _needed: list[Artifact] = field(default_factory=list)
    _size: int = field(init=False)
    _failures: int = 0
    _pause: float | None = None

    def __post_init__(self) -> None:
        self._state = self.outbox.load()
        self._size = max(1, min(self.policy.batch, BATCH))

    def next(self) -> Request | Wait | None:
        """What to do now; None when nothing waits any more. The same question gives the same request until it is answered."""
        if self._pause is not None:
            pause, self._pause = self._pause, None
            return Wait(pause)
        if not self._batch:
            self._batch = self._choose()
            if not self._batch:
                self.outbox.tidy()
                return None
            self._needed = self._artifacts()
        while self._needed and self._needed[0].sha256 in self._known:
            self._needed.pop(0)
        if not self._needed:
            return self._post()
        artifact = self._needed[0]
        path = f"/api/v1/artifacts/{artifact.sha256}"
        if self._asked != ("PUT", artifact.sha256):
            self._asked = ("HEAD", artifact.sha256)
            return Request("HEAD", path)
        file = self.outbox.artifact(artifact.sha256)
        if not file.exists():
            self._refuse_all_naming(artifact.sha256, "sending.artifact_missing", {"name": artifact.name})
            return self.next()
        return Request("PUT", path, file.read_bytes(), artifact.media_type)

    def _artifacts(self) -> list[Artifact]:
        """What the batch needs to be known before it may be sent, each once."""
        return list({a.sha256: a for identifier in self._batch for a in self.outbox.observation(identifier).artifacts}.values())

    def _choose(self) -> tuple[str, ...]:
        under_way = self._state.in_flight
        if under_way:
            still = tuple(i for i in under_way.content_ids if self.outbox.has(i))
            if still:
                return still
            self._finish(self._state.nonce)
        return tuple(self.outbox.waiting()[: self._size])

    def _post(self) -> Request:
        """The batch, with counter and nonce fixed on disk before the first byte leaves."""
        under_way = self._state.in_flight
        if under_way is None or under_way.content_ids != self._batch:
            self._state.counter += 1
            under_way = InFlight(counter=self._state.counter, nonce=self._state.nonce, content_ids=self._batch)
            self._state.in_flight = under_way
            self.outbox.store(self._state)
        self._asked = ("POST", "")
        body = {
            "machine": self.machine,
            "counter": under_way.counter,
            "nonce": under_way.nonce,
            "observations": [msgspec.Raw(self.outbox.raw(i)) for i in self._batch],
        }
        return Request("POST", "/api/v1/observations", msgspec.json.encode(body), "application/json")

    def receive(self, answer: Response | NoAnswer) -> None:
        """Take in the answer to the last request.

        Raises NotPermitted (the token does not hold), Conflict (a cloned machine), NotFound (no such server), InputError (an
        answer that makes no sense) or Unavailable (given up for now). All that was not acknowledged is still in the outbox.
        """
        if self._asked is None:
            raise InputError("sending.answer_unexpected", expected="next()")
        if isinstance(answer, NoAnswer) or answer.status in _LATER:
            self._later(answer)
            return
        self._failures = 0
        if answer.status in {401, 403}:
            raise NotPermitted("sending.token_refused", status=answer.status, **_reason(answer))
        method, sha256 = self._asked
        self._asked = None
        if method == "POST":
            self._posted(answer)
        else:
            self._artifact_answered(method, sha256, answer)

    def _later(self, answer: Response | NoAnswer) -> None:
        self._failures += 1
        reason = answer.reason if isinstance(answer, NoAnswer) else f"HTTP {answer.status}"
        if self._failures >= self.policy.attempts:
            raise Unavailable(
                "sending.server_unavailable", reason=reason, attempts=self._failures, waiting=len(self.outbox.waiting())
            )
        pause = min(self.policy.first_pause * 2 ** (self._failures - 1), self.policy.longest_pause) * (1 + self.jitter)
        asked = answer.retry_after if isinstance(answer, Response) else None
        self._pause = max(pause, min(asked or 0.0, self.policy.longest_pause))

    def _artifact_answered(self, method: str, sha256: str, answer: Response) -> None:
        if answer.status in _OK or (method == "PUT" and answer.status == 409):  # noqa: PLR2004 - already there
            self._known.add(sha256)
        elif method == "HEAD" and answer.status in _UNKNOWN_ARTIFACT:
            self._asked = ("PUT", sha256)
        elif method == "PUT" and answer.status == 404:  # noqa: PLR2004
            raise NotFound("sending.server_wrong", status=answer.status)
        elif 400 <= answer.status < 500:  # noqa: PLR2004
            self._refuse_all_naming(sha256, "sending.artifact_refused", {"status": answer.status, **_reason(answer)})
        else:
            raise InputError("sending.answer_unexpected", expected="200, 201, 404", found=answer.status)

    def _posted(self, answer: Response) -> None:
        status, said = answer.status, _reason(answer)
        if status == 200:  # noqa: PLR2004
            self._results(answer)
        elif status == 409 and said["server_code"] == _CLONED:  # noqa: PLR2004
            raise Conflict("sending.machine_cloned", counter=self._state.counter)
        elif status == 409:  # noqa: PLR2004 - no word on any Observation: all of them stay
            raise Conflict("sending.conflict", **said)
        elif status == 404:  # noqa: PLR2004
            raise NotFound("sending.server_wrong", status=status)
        elif 400 <= status < 500:  # noqa: PLR2004
            if len(self._batch) > 1:  # find out which one it is
                self._size = max(1, len(self._batch) // 2)
                self._finish(self._state.nonce)
                return
            self._set_aside(self._batch[0], "sending.observation_refused", {"status": status, **said})
            self._finish(self._state.nonce)
        else:
            raise InputError("sending.answer_unexpected", expected="200", found=status)

    def _results(self, answer: Response) -> None:
        try:
            value = msgspec.json.decode(answer.body)
            results = value["results"]
            nonce = value.get("nonce", self._state.nonce)
            if not isinstance(nonce, str) or not isinstance(results, list):
                raise TypeError  # noqa: TRY301 - one place tells of all shapes that are wrong
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
            raise InputError("sending.answer_unexpected", expected='{"results": […], "nonce": "…"}', found="") from error
        self._keep(nonce)  # before anything leaves the queue: after a crash in between, the rest is sent again and is a duplicate
        settled = self._settle([entry for entry in results if isinstance(entry, dict)])
        self._batch = ()
        self._size = min(self._size * 2, self.policy.batch, BATCH)
        if not settled:
            raise InputError("sending.answer_unexpected", expected="results[].content_id", found="")

    def _settle(self, results: list[dict[str, Any]]) -> int:
        """Apply the server's word on each Observation of the batch; returns how many it spoke of."""
        settled = 0
        for entry in results:
            identifier, status = entry.get("content_id"), entry.get("status")
            if identifier not in self._batch:
                continue
            if status in {"accepted", "duplicate"}:
                (self.accepted if status == "accepted" else self.duplicates).append(identifier)
                self.outbox.done(identifier)
            elif status == "refused":
                fields = entry.get("fields")
                code = str(entry.get("code") or "sending.observation_refused")
                self._set_aside(identifier, code, fields if isinstance(fields, dict) else {})
            else:
                continue
            settled += 1
        return settled

    def _set_aside(self, identifier: str, code: str, fields: dict[str, Any]) -> None:
        self.outbox.refuse(identifier, code=code, fields=fields)
        self.refused.append(identifier)

    def _refuse_all_naming(self, sha256: str, code: str, fields: dict[str, Any]) -> None:
        for identifier in self._batch:
            if any(a.sha256 == sha256 for a in self.outbox.observation(identifier).artifacts):
                self._set_aside(identifier, code, fields)
        self._batch = tuple(i for i in self._batch if self.outbox.has(i))
        self._needed = self._artifacts()
        self._asked = None

    def _keep(self, nonce: str) -> None:
        self._state.nonce = nonce
        self._state.in_flight = None
        self.outbox.store(self._state)

    def _finish(self, nonce: str) -> None:
        self._keep(nonce)
        self._batch = ()


def _reason(answer: Response) -> dict[str, Any]:
    """``server_code`` and ``server_fields`` of a server's error body; empty when it gave none."""
    try:
        value = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = None
    value = value if isinstance(value, dict) else {}
    fields = value.get("fields")
    return {"server_code": str(value.get("code") or "")[:100], "server_fields": fields if isinstance(fields, dict) else {}}
