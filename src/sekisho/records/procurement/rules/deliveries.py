"""What was delivered: which kind of evidence it is, and whether a software bill of materials is one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WANTED", "Bom", "kinds_of", "missing_kinds", "read_cyclonedx"]

WANTED: Final = ("document", "observation", "test_record", "sbom", "sarif", "visit")
"""The kinds of evidence that a rule may want."""
_BY_DOCUMENT: Final = {
    "sbom": "sbom",
    "test_record": "test_record",
    "recovery_test_record": "test_record",
    "penetration_test_report": "test_record",
    "visit_record": "visit",
}
_BY_ENGINE: Final = {"sbom": "sbom", "codecheck": "sarif"}
_MOST_COMPONENTS: Final = 200_000


class _Component(msgspec.Struct):
    type: str
    name: str
    version: str = ""


class Bom(msgspec.Struct, rename="camel"):
    """The parts of a CycloneDX JSON file that are looked at (ECMA-424)."""

    bom_format: str
    spec_version: str
    components: list[_Component] = []
    metadata: dict[str, Any] = {}


def kinds_of(*, kind: str, document_kind: str, engine: str) -> frozenset[str]:
    """Which wanted kinds an evidence satisfies."""
    if kind == "observation":
        return frozenset({"observation", *([_BY_ENGINE[engine]] if engine in _BY_ENGINE else [])})
    found = _BY_DOCUMENT.get(document_kind)
    return frozenset({"document", *([found] if found else [])})


def missing_kinds(wanted: Iterable[str], attached: Iterable[frozenset[str]]) -> tuple[str, ...]:
    """The wanted kinds that nothing attached satisfies, in order."""
    there = frozenset[str]().union(*attached)
    return tuple(kind for kind in wanted if kind not in there)


def read_cyclonedx(untrusted: bytes, *, file: str) -> Bom:
    """A CycloneDX bill of materials as JSON. Raises InputError ``procurement_contract.sbom_*`` naming the file."""
    try:
        bom = msgspec.json.decode(untrusted.removeprefix(b"\xef\xbb\xbf"), type=Bom)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise InputError("procurement_contract.sbom_unreadable", file=file, detail=str(error)[:200]) from error
    if bom.bom_format != "CycloneDX":
        raise InputError("procurement_contract.sbom_unreadable", file=file, detail=f"bomFormat: {bom.bom_format[:40]}")
    if not bom.components:
        raise InputError("procurement_contract.sbom_empty", file=file)
    if len(bom.components) > _MOST_COMPONENTS:
        raise InputError("procurement_contract.sbom_too_many", file=file, count=len(bom.components), limit=_MOST_COMPONENTS)
    return bom
