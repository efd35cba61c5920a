"""What was delivered: which kind of evidence it is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from sekisho.standards import catalog as standards
from sekisho.standards import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WANTED", "figures", "kinds_of", "missing_kinds"]

WANTED: Final = ("document", "observation", "test_record", "sbom", "sarif", "visit")
"""The kinds of evidence that a rule may want."""
_BY_DOCUMENT: Final = {
    "sbom": "sbom",
    "test_record": "test_record",
    "recovery_test_record": "test_record",
    "penetration_test_report": "test_record",
    "visit_record": "visit",
}
_BY_ENGINE: Final = {"sbom": "sbom", "delivered_sbom": "sbom", "codecheck": "sarif"}


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


class _Measured(Protocol):
    key: str
    dimensions: dict[str, str]
    value: float | None
    reason: str


_FIGURES: Final = (
    "delivered_sbom.components",
    "delivered_sbom.licence_known",
    "delivered_sbom.without_identifier",
    "delivered_sbom.vulnerabilities.open",
    "codecheck.findings.open",
    "codecheck.findings.high_open",
    "codecheck.classes.checked",
)


def figures(measures: Iterable[_Measured], *, language: str) -> tuple[tuple[str, str], ...]:
    """The figures of a delivered SBOM or SARIF that whoever accepts looks at first: (what it is, value or why there is none)."""
    whole = {one.key: one for one in measures if not one.dimensions}
    made = []
    for key in _FIGURES:
        one, defined = whole.get(key), standards.measures().get(key)
        if one is None or defined is None:
            continue
        if one.value is None:
            shown = texts.render(one.reason, {}, language) if one.reason else "―"
        else:
            shown = f"{one.value:.0%}" if defined.ratio else f"{one.value:,.0f}"
        made.append((defined.title.get(language), shown))
    return tuple(made)
