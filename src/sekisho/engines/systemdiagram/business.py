"""What the people answered about their business, as plain values: who handles which information, from where and how.

The three viewpoints are those of the manual 情報システムに係る政府調達におけるセキュリティ要件策定マニュアル, step 2:
主体 (who), 情報 (what), 利用環境・手段 (where and how). Words are short codes; :data:`WORDS` lists every one that is allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "WORDS",
    "Business",
    "Information",
    "Partner",
    "Task",
    "Use",
    "check_business",
    "decode_business",
    "encode_business",
]

NETWORKS: Final = ("internal", "internet", "closed", "lgwan", "dedicated", "none")
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "actor": ("staff", "other_staff", "contractor", "public", "business", "administrator", "remote_maintenance"),
    "place": ("controlled", "outside", "home", "abroad", "public_place"),
    "terminal": ("issued", "private", "shared", "public", "none"),
    "network": NETWORKS,
    "action": ("view", "enter", "update", "send", "receive", "print", "carry_out", "administer"),
    "direction": ("out", "in", "both"),
    "hosting": ("office", "data_centre", "cloud", "none"),
    "cloud_kind": ("", "iaas", "paas", "saas"),
}
"""The allowed words of each field."""

MOST: Final = 400  # information, tasks, uses, partners: far above what a picture can hold, far below what would harm


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all answers."""


class Information(_Answer, frozen=True):
    """A kind of information. ``confidentiality`` is its grade (「3」, 「3A」, 「機密性3」, 「high」), ``personal`` any word
    but "none" and "no" when it holds personal data; both may be empty.
    """

    id: str
    name: str
    confidentiality: str = ""
    personal: str = ""


class Use(_Answer, frozen=True):
    """One way in which somebody handles information: who, at which place, with which terminal, over which network, doing what."""

    actor: str
    actor_name: str
    place: str
    terminal: str
    network: str
    information: tuple[str, ...]
    action: str


class Partner(_Answer, frozen=True):
    """A system or body outside with which information is exchanged; ``direction`` as seen from the system."""

    name: str
    method: str
    network: str
    information: tuple[str, ...]
    direction: str


class Task(_Answer, frozen=True):
    """A task (業務) with the uses and the exchanges that it needs."""

    id: str
    name: str
    purpose: str
    uses: tuple[Use, ...] = ()
    partners: tuple[Partner, ...] = ()


class Business(_Answer, frozen=True):
    """All answers. ``hosting`` "none": there is no system, only documents and files."""

    system_name: str
    hosting: str
    cloud_kind: str = ""
    information: tuple[Information, ...] = ()
    tasks: tuple[Task, ...] = ()


_DECODER = msgspec.json.Decoder(Business)
_ENCODER = msgspec.json.Encoder(order="deterministic")


def decode_business(data: bytes | str) -> Business:
    """A checked Business from JSON. InputError ``diagram.not_answers`` (shape), or as :func:`check_business`."""
    try:
        business = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InputError("diagram.not_answers", detail=str(error)) from error
    check_business(business)
    return business


def encode_business(business: Business) -> bytes:
    """The answers as JSON, the same bytes for the same value."""
    return _ENCODER.encode(business)


def check_business(business: Business) -> None:
    """InputError that lists every unknown word and every reference that leads nowhere.

    The error bears the code and fields of its first problem (``diagram.unknown_word`` with ``field``, ``value``, ``allowed``;
    ``diagram.unknown_information``; ``diagram.duplicate_information``; ``diagram.too_many``) and all of them in ``problems``.
    """
    problems = tuple(_problems(business))
    if problems:
        raise InputError(problems[0].code, problems=problems, **problems[0].fields)


def _problems(business: Business) -> Iterator[Problem]:
    yield from _words(business, "", ("hosting", "cloud_kind"))
    yield from _amount("information", business.information)
    yield from _amount("tasks", business.tasks)
    known: set[str] = set()
    for item in business.information:
        if item.id in known:
            yield Problem("diagram.duplicate_information", {"id": item.id})
        known.add(item.id)
    for task_number, task in enumerate(business.tasks, 1):
        yield from _amount("uses", task.uses)
        yield from _amount("partners", task.partners)
        for number, use in enumerate(task.uses, 1):
            place = f"tasks[{task_number}].uses[{number}]."
            yield from _words(use, place, ("actor", "place", "terminal", "network", "action"))
            yield from _known(use.information, known, place)
        for number, partner in enumerate(task.partners, 1):
            place = f"tasks[{task_number}].partners[{number}]."
            yield from _words(partner, place, ("network", "direction"))
            yield from _known(partner.information, known, place)


def _words(value: Any, place: str, fields: tuple[str, ...]) -> Iterator[Problem]:
    for field in fields:
        word = getattr(value, field)
        if word not in WORDS[field]:
            allowed = ", ".join(w or '""' for w in WORDS[field])
            yield Problem("diagram.unknown_word", {"field": place + field, "value": word[:80], "allowed": allowed})


def _known(identifiers: Iterable[str], known: set[str], place: str) -> Iterator[Problem]:
    for identifier in identifiers:
        if identifier not in known:
            yield Problem("diagram.unknown_information", {"field": f"{place}information", "id": identifier[:80]})


def _amount(field: str, values: tuple[Any, ...]) -> Iterator[Problem]:
    if len(values) > MOST:
        yield Problem("diagram.too_many", {"field": field, "found": len(values), "limit": MOST})
