"""A TAXII server's new objects as a material; the bytes are moved by whoever is registered in ``hooks.FETCH``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sekisho.engines.threatintel.stix import read_stix_objects
from sekisho.engines.threatintel.taxii import Limits, Taxii
from sekisho.errors import Problem, SekishoError, Unavailable
from sekisho.records.intelligence import hooks
from sekisho.records.intelligence.bound.reading import structured
from sekisho.records.intelligence.bound.values import own
from sekisho.records.intelligence.rules.intake import MOST_FOUND, content_digest

if TYPE_CHECKING:
    from sekisho.records.intelligence.rules.intake import Material, OwnNames

__all__ = ["Fetched", "fetch"]

_LIMITS: Final = Limits(objects=MOST_FOUND, total=256 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: as a material (None: nothing new) with its bytes, up to where it goes, and why it is not whole."""

    material: Material | None
    raw: bytes
    objects: int
    after: Mapping[str, str]
    problems: tuple[Problem, ...]


def fetch(
    *,
    address: str,
    collection: str,
    after: Mapping[str, str],
    access: hooks.Access | None,
    tell: Callable[[int], None],
    name: str,
    own_names: OwnNames,
) -> Fetched:
    """Read what is new. Raises what engine and gateway raise when nothing at all came; else it is a problem of the result."""
    core = Taxii(address, collection=collection or None, after=after, limits=_LIMITS)
    if not hooks.FETCH:
        raise Unavailable("intelligence.cannot_fetch")
    try:
        hooks.FETCH[-1](core, address=address, access=access, tell=tell)
    except SekishoError as error:
        if not core.objects:
            raise
        core.problems.append(Problem(error.code, dict(error.fields), file=name))
    raw = json.dumps({"type": "bundle", "objects": core.objects}, ensure_ascii=False, sort_keys=True).encode()
    material = None
    if core.objects:
        reading = read_stix_objects(core.objects, source=name, filename=name, own=own(own_names))
        material = structured(reading, digest=content_digest(raw), name=name)
    return Fetched(material, raw, len(core.objects), dict(core.after), tuple(core.problems))
