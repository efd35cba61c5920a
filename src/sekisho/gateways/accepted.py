"""Asks the server which settings of this machine were accepted, so that the engine can tell what drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from sekisho import __version__
from sekisho.errors import NotPermitted, Unavailable
from sekisho.gateways.sender import checked_address

if TYPE_CHECKING:
    from sekisho.gateways.sender import Token

__all__ = ["fetch_accepted"]

_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_LONGEST: Final = 64 * 1024 * 1024
_NOT_FOUND: Final = 404
_OK: Final = 200
_REFUSED: Final = frozenset({401, 403})


def fetch_accepted(*, address: str, token: Token, transport: httpx.BaseTransport | None = None) -> bytes | None:
    """The accepted snapshot of the machine that ``token`` belongs to; None when nothing was accepted yet.

    Raises NotPermitted ``sending.token_refused``, Unavailable ``sending.accepted_unavailable``: a measurement that cannot know
    what was accepted must not pass for one without drift.
    """
    base = checked_address(address)
    headers = {**token.header(), "User-Agent": f"sekisho/{__version__}"}
    try:
        with httpx.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=False, transport=transport) as client:
            answer = client.get(f"{base}/api/v1/machine/accepted-snapshot")
    except httpx.HTTPError as error:
        raise Unavailable("sending.accepted_unavailable", reason=type(error).__name__) from error
    if answer.status_code == _NOT_FOUND:
        return None
    if answer.status_code in _REFUSED:
        raise NotPermitted("sending.token_refused", status=answer.status_code)
    if answer.status_code != _OK or len(answer.content) > _LONGEST:
        raise Unavailable("sending.accepted_unavailable", reason=f"HTTP {answer.status_code}")
    return answer.content
