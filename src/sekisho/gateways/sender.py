"""Moves the bytes of :mod:`sekisho.engines.sending` over HTTP; decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from sekisho import __version__
from sekisho.engines.sending import NoAnswer, Request, Response, Sender, Wait
from sekisho.errors import InputError

if TYPE_CHECKING:
    from sekisho.engines.sending import Outbox, Policy

__all__ = ["Token", "checked_address", "deliver"]

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_LONGEST_ANSWER: Final = 16 * 1024 * 1024


class Token:
    """A machine's token; never shows itself in logs, tracebacks or representations."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        """Raises InputError when it is empty or could not stand in a header."""
        secret = secret.strip()
        if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
            raise InputError("sending.token_broken")
        self._secret = secret

    def __repr__(self) -> str:
        return "Token(…)"

    def header(self) -> dict[str, str]:
        """The Authorization header."""
        return {"Authorization": f"Bearer {self._secret}"}


def checked_address(address: str) -> str:
    """The server's address without a trailing slash. Raises InputError unless it is https, or http on this very machine."""
    parts = urlsplit(address)
    if (
        parts.scheme not in {"https", "http"}
        or not parts.hostname
        or parts.username
        or parts.password
        or parts.query
        or parts.fragment
    ):
        raise InputError("sending.address_broken", expected="https://…")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise InputError("sending.address_not_https", expected="https://…")
    return address.rstrip("/")


def deliver(
    outbox: Outbox,
    *,
    address: str,
    token: Token,
    machine: str,
    sleep: Callable[[float], None],
    policy: Policy | None = None,
    jitter: float = 0.0,
    transport: httpx.BaseTransport | None = None,
    tell: Callable[[int], None] | None = None,
) -> Sender:
    """Send all that waits in ``outbox``; returns the Sender with its lists of accepted, duplicate and refused content ids.

    Redirects are not followed: they could carry the token elsewhere. ``tell`` is given the number of settled Observations.
    Raises what :meth:`Sender.receive` raises; whatever was not acknowledged is still in the outbox.
    """
    base = checked_address(address)
    sender = Sender(outbox, machine=machine, jitter=jitter) if policy is None else Sender(outbox, machine, policy, jitter)
    headers = {**token.header(), "User-Agent": f"sekisho/{__version__}"}
    with httpx.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=False, transport=transport) as client:
        while (step := sender.next()) is not None:
            if isinstance(step, Wait):
                sleep(step.seconds)
                continue
            sender.receive(_exchange(client, base, step))
            if tell:
                tell(len(sender.accepted) + len(sender.duplicates) + len(sender.refused))
    return sender


def _exchange(client: httpx.Client, base: str, request: Request) -> Response | NoAnswer:
    headers = {"Content-Type": request.media_type} if request.media_type else {}
    try:
        with client.stream(request.method, base + request.path, content=request.body or None, headers=headers) as answer:
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > _LONGEST_ANSWER:
                    return NoAnswer("answer too long")
            wait = answer.headers.get("Retry-After", "")
            return Response(answer.status_code, bytes(body), float(wait) if wait.isascii() and wait.isdecimal() else None)
    except httpx.HTTPError as error:
        return NoAnswer(type(error).__name__)
