"""What all writers share: which indicators fit a form, and which were left out and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators import Direction, Indicator, Kind
from sekisho.engines.threatintel.tlp import Audience, check_export

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["LeftOut", "Written", "comment", "selected", "without_covered"]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An indicator that the form cannot hold or that must not be blocked, and why (a code of ``texts/threatintel.yaml``)."""

    indicator: Indicator
    code: str


@dataclass(frozen=True, slots=True)
class Written:
    """A file for a device: its content, what is in it, what was left out."""

    content: str
    included: tuple[Indicator, ...]
    left_out: tuple[LeftOut, ...] = field(default=())


def selected(
    indicators: Iterable[Indicator],
    kinds: frozenset[Kind],
    *,
    now: datetime,
    audience: Audience,
    directions: frozenset[Direction] | None = None,
) -> tuple[list[Indicator], list[LeftOut]]:
    """(those that go in, those that do not), each value once, in a stable order.

    Raises NotPermitted ``threatintel.tlp_forbids`` when any of those that would go in must not reach ``audience``: the whole
    export is refused and each of them named, so that nobody believes a list to be whole that is not.
    """
    chosen: dict[tuple[str, str], Indicator] = {}
    left_out = []
    for one in indicators:
        if one.kind not in kinds:
            left_out.append(LeftOut(one, "threatintel.kind_not_held"))
        elif not one.block:
            left_out.append(LeftOut(one, "threatintel.context_only"))
        elif one.expired(now):
            left_out.append(LeftOut(one, "threatintel.expired"))
        elif directions is not None and one.direction not in directions:
            left_out.append(LeftOut(one, "threatintel.other_direction"))
        else:
            chosen.setdefault((one.kind.value, one.value), one)
    check_export(chosen.values(), audience)
    return [chosen[key] for key in sorted(chosen)], left_out


def comment(text: str, size: int = 120) -> str:
    """``text`` fit for a comment: one line, no control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())[:size]


def without_covered(names: Iterable[str]) -> list[str]:
    """Domains without those that lie below another one of them (Squid refuses such lists)."""
    known = set(names)
    return sorted(name for name in known if not any(name[at + 1 :] in known for at, sign in enumerate(name) if sign == "."))
