"""Traffic Light Protocol 2.0 as a rule: who may see it, and to whom may it be passed on.

Source: FIRST, Traffic Light Protocol (TLP) version 2.0, August 2022. TLP 1 labels are read as their successors (WHITE is CLEAR).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators import Indicator, Tlp
from sekisho.errors import NotPermitted, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "STIX_MARKINGS",
    "UNLABELLED",
    "Audience",
    "check_export",
    "find_tlp",
    "may_see",
    "parse_tlp",
    "permitted",
    "strictest",
]


class Audience(StrEnum):
    """To whom something goes, from the narrowest to the widest."""

    RECIPIENT = "recipient"  # a person whom the source named or addressed
    ORGANIZATION = "organization"  # others in the recipient's organisation who need to know
    CLIENTS = "clients"  # its clients who need to know to protect themselves
    COMMUNITY = "community"  # its community, over channels that are not public
    PUBLIC = "public"


_ORDER: Final = tuple(Audience)
_WIDEST: Final = {
    Tlp.RED: Audience.RECIPIENT,
    Tlp.AMBER_STRICT: Audience.ORGANIZATION,
    Tlp.AMBER: Audience.CLIENTS,
    Tlp.GREEN: Audience.COMMUNITY,
    Tlp.CLEAR: Audience.PUBLIC,
}
_STRICTNESS: Final = tuple(Tlp)
_BY_NAME: Final = {label.value: label for label in Tlp}
# The standard says nothing of what has no label. We keep it in the organisation until somebody has asked the source.
UNLABELLED: Final = Tlp.AMBER_STRICT
_MOST_NAMED: Final = 200

# Fixed identifiers of the marking definitions: of STIX 2.1 (TLP 1) and of the common object repository (TLP 2).
STIX_MARKINGS: Final = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": Tlp.CLEAR,
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": Tlp.GREEN,
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": Tlp.AMBER,
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": Tlp.AMBER_STRICT,
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": Tlp.RED,
}

_LABEL: Final = re.compile(
    r"TLP\s{0,3}[:：\-]?\s{0,3}(RED|AMBER\s{0,2}[+＋]\s{0,2}STRICT|AMBER[- ]STRICT|AMBER|GREEN|CLEAR|WHITE)(?![A-Za-z])",
    re.IGNORECASE,
)


def parse_tlp(text: str) -> Tlp | None:
    """The label that ``text`` is (``TLP:AMBER+STRICT``, ``tlp:white``, ``green``); None when it is none."""
    plain = re.sub(r"^tlp\s*[:：\-]?\s*", "", text.strip().lower()).replace("＋", "+")
    plain = re.sub(r"\s*[+\- ]\s*strict$", "+strict", plain)
    if plain == "white":
        return Tlp.CLEAR
    return _BY_NAME.get(plain)


def find_tlp(text: str) -> tuple[Tlp, int] | None:
    """The strictest label that stands in running text, and where; None when there is none."""
    found = [(label, at.start()) for at in _LABEL.finditer(text) if (label := parse_tlp(at[1])) is not None]
    return min(found, key=lambda one: (_STRICTNESS.index(one[0]), one[1])) if found else None


def strictest(labels: Iterable[Tlp | None]) -> Tlp | None:
    """The strictest of several labels; None (no label) counts only when there is no other."""
    present = [label for label in labels if label is not None]
    return min(present, key=_STRICTNESS.index) if present else None


def permitted(tlp: Tlp | None, audience: Audience) -> bool:
    """Whether what is labelled ``tlp`` may go to ``audience``. Without a label it is handled as :data:`UNLABELLED`."""
    return _ORDER.index(audience) <= _ORDER.index(_WIDEST[UNLABELLED if tlp is None else tlp])


def may_see(
    tlp: Tlp | None, *, recipient: bool, member: bool, needs_to_know: bool, client: bool = False, community: bool = False
) -> bool:
    """Whether one reader may see it: named ``recipient``, ``member`` of the organisation, ``client``, of the ``community``.

    RED is for its recipients alone; both AMBER labels and GREEN within the organisation ask for the need to know only in AMBER.
    """
    label = UNLABELLED if tlp is None else tlp
    if recipient or label is Tlp.CLEAR:
        return True
    if label is Tlp.RED:
        return False
    if label is Tlp.GREEN:
        return member or client or community
    return needs_to_know and (member or (client and label is Tlp.AMBER))


def check_export(indicators: Iterable[Indicator], audience: Audience) -> None:
    """Raise NotPermitted ``threatintel.tlp_forbids`` that names every indicator which must not go to ``audience``."""
    wrong = [one for one in indicators if not permitted(one.tlp, audience)]
    if not wrong:
        return
    problems = tuple(
        Problem(
            "threatintel.tlp_forbids_one",
            {"value": one.value, "label": f"TLP:{one.tlp.value.upper()}" if one.tlp else "-", "source": one.source or "-"},
        )
        for one in wrong[:_MOST_NAMED]
    )
    raise NotPermitted("threatintel.tlp_forbids", problems=problems, count=len(wrong), audience=audience.value)
