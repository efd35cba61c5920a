"""Hands the gateways to the rooms, which open no connection themselves."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sekisho.records.intelligence import hooks

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.threatintel.taxii import Taxii

__all__ = ["register"]


def _fetch_taxii(core: Taxii, *, address: str, access: hooks.Access | None, tell: Callable[[int], None]) -> Taxii:
    from sekisho.gateways.taxii import Credentials, fetch_taxii  # noqa: PLC0415 - httpx is loaded only when it is used

    credentials = Credentials()
    if access is not None:
        named = {"user": access.user, "password": access.secret} if access.user else {"token": access.secret}
        credentials = Credentials(**named)
    local = urlsplit(address).hostname in {"localhost", "127.0.0.1", "::1"}  # an address that only begins so is another
    return fetch_taxii(
        core,
        address=address,
        credentials=credentials,
        sleep=time.sleep,
        monotonic=time.monotonic,
        allow_http=local,
        tell=tell,
    )


def register() -> None:
    """TAXII servers are read by the gateway."""
    if not hooks.FETCH:
        hooks.FETCH.append(_fetch_taxii)
