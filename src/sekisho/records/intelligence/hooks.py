"""What the installation hands in, because a room opens no connection: who reads a TAXII server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from sekisho.engines.threatintel.taxii import Taxii

__all__ = ["FETCH", "Access", "Fetch"]


@dataclass(frozen=True, slots=True)
class Access:
    """How to log in: a name with its password, or a token alone. Never shows itself."""

    user: str
    secret: str

    def __repr__(self) -> str:
        """Without the secret."""
        return "Access(…)"


class Fetch(Protocol):
    """Plays the protocol against the server; raises what the engine raises, Unavailable when it cannot be reached."""

    def __call__(self, core: Taxii, *, address: str, access: Access | None, tell: Callable[[int], None]) -> Taxii:
        """The core, played to its end."""


FETCH: Final[list[Fetch]] = []
"""The last one registered is used; none in tests, so that nothing reaches out."""
