"""Moves the bytes of :mod:`sekisho.engines.threatintel.taxii` over HTTPS; decides nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httpx

from sekisho import __version__
from sekisho.engines.threatintel.taxii import ACCEPT, Answer, Ask, Limits, Pause, Taxii, origin
from sekisho.errors import InputError, Unavailable

__all__ = ["Credentials", "fetch_taxii"]

_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_LONGEST_EXCHANGE: Final = 300.0  # seconds for one answer, however slowly its bytes drip


class Credentials:
    """A user's name and password, or a token; never shows itself in logs, tracebacks or representations."""

    __slots__ = ("_password", "_token", "_user")

    def __init__(self, *, user: str = "", password: str = "", token: str = "") -> None:
        """Give ``user`` and ``password`` (HTTP Basic, which every TAXII 2.1 server knows), or ``token`` (Bearer), or nothing."""
        self._user, self._password, self._token = user, password, token.strip()
        if self._token and (not self._token.isascii() or not self._token.isprintable() or " " in self._token):
            raise InputError("sending.token_broken")

    def __repr__(self) -> str:
        return "Credentials(…)"

    def apply(self) -> tuple[httpx.BasicAuth | None, dict[str, str]]:
        """(authentication, headers) for httpx."""
        if self._token:
            return None, {"Authorization": f"Bearer {self._token}"}
        return (httpx.BasicAuth(self._user, self._password) if self._user else None), {}


def fetch_taxii(
    core: Taxii,
    *,
    address: str,
    credentials: Credentials,
    sleep: Callable[[float], None],
    monotonic: Callable[[], float],
    limits: Limits | None = None,
    allow_http: bool = False,
    verify: bool | str = True,
    transport: httpx.BaseTransport | None = None,
    tell: Callable[[int], None] | None = None,
) -> Taxii:
    """Play ``core`` to its end against the server at ``address``; returns it.

    https only, unless ``allow_http``. Redirects are not followed by the client: the core allows those within the server only, so
    that credentials never reach another. ``verify``: False never; a path names the certificates to trust. ``sleep`` in seconds,
    ``monotonic`` a clock in seconds; ``tell`` is given the number of objects so far. Raises what the core raises, and
    Unavailable ``threatintel.taxii_unreachable``.
    """
    scheme, _, _ = origin(address)
    if scheme != "https" and not allow_http:
        raise InputError("threatintel.taxii_address", expected="https://…")
    bounds = limits if limits is not None else Limits()
    auth, headers = credentials.apply()
    headers |= {"Accept": ACCEPT, "User-Agent": f"sekisho/{__version__}", "Accept-Encoding": "identity"}
    with httpx.Client(
        auth=auth, headers=headers, timeout=_TIMEOUT, follow_redirects=False, transport=transport, verify=verify, trust_env=False
    ) as client:
        while (step := core.next()) is not None:
            if isinstance(step, Pause):
                sleep(step.seconds)
                continue
            core.receive(_exchange(client, step, bounds, monotonic))
            if tell:
                tell(len(core.objects))
    return core


def _exchange(client: httpx.Client, ask: Ask, limits: Limits, monotonic: Callable[[], float]) -> Answer:
    begun = monotonic()
    try:
        with client.stream("GET", ask.url) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            body = bytearray()
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > limits.answer or monotonic() - begun > _LONGEST_EXCHANGE:
                    return Answer(answer.status_code, headers, b"", cut=True)
            return Answer(answer.status_code, headers, bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable("threatintel.taxii_unreachable", reason=type(error).__name__) from error
