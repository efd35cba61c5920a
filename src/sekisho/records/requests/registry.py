"""Which kinds of request there are. Rooms register theirs when Django starts; this room knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekisho.errors import InputError
from sekisho.records.organization.permissions import Role
from sekisho.records.requests.rules import StepSpec

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.requests.models import Request

__all__ = ["DEFAULT_ROUTE", "RequestKind", "kind", "kinds", "register"]

DEFAULT_ROUTE = (StepSpec(1, Role.ADVISOR, advisory=True), StepSpec(1, Role.SYSTEM_OFFICER), StepSpec(2, Role.CHIEF_OFFICER))


@dataclass(frozen=True, slots=True)
class RequestKind:
    """A kind of request.

    ``apply`` carries it out when it was approved, in the same transaction (``principal`` is the last decider's). ``check`` raises
    when it cannot be asked for. ``action`` is what the requester must be allowed to do. ``title`` is a text code.
    """

    name: str
    title: str
    action: str
    apply: Callable[[Principal, Request, datetime], None]
    check: Callable[[Principal, Request, datetime], None] | None = None
    route: tuple[StepSpec, ...] = DEFAULT_ROUTE


_KINDS: dict[str, RequestKind] = {}


def register(request_kind: RequestKind) -> None:
    """Make a kind known (called from ``AppConfig.ready``)."""
    _KINDS[request_kind.name] = request_kind


def kind(name: str) -> RequestKind:
    """The kind of that name. Raises InputError ``requests.unknown_kind``."""
    if name not in _KINDS:
        raise InputError("requests.unknown_kind", kind=name)
    return _KINDS[name]


def kinds() -> dict[str, RequestKind]:
    """All kinds by name."""
    return dict(_KINDS)
