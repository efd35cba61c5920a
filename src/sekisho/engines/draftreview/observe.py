"""From a review to an Observation about the information system (or whatever the draft is for)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho import __version__
from sekisho.engines.observation import ClaimedSubject, Collector, Finding, Measure, MeasureStatus, Observation, Severity

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.engines.draftreview.model import Location, Review

__all__ = ["observe"]

_SEVERITY: Final = {"missing": Severity.MEDIUM, "partly": Severity.LOW}
_TOLD: Final = frozenset({"inconsistent", "expected", "floor", "restriction", "placeholder"})


def observe(review: Review, *, now: datetime, name: str, kind: str = "system") -> Observation:
    """The Observation of a review: how much of what is required the draft covers, and what is open.

    ``name``, ``kind``: the subject that the draft is for. Vague words are hints, not findings. The scope is the draft's own name,
    so that a later version of the same file closes what it has mended.
    """
    scope = f"draft:{review.file}"
    findings = [
        Finding(
            code=f"review.clause_{clause.status}", fingerprint=clause.fingerprint, scope=scope, severity=_SEVERITY[clause.status],
            fields={"id": clause.id, "title_ja": clause.title.ja, "title_en": clause.title.en}, references=(clause.id,),
            location=_place(clause.passages[0].location) if clause.passages else "",
        )
        for clause in review.clauses
        if clause.status in _SEVERITY
    ]  # fmt: skip
    findings += [
        Finding(
            code=item.code, fingerprint=item.fingerprint, scope=scope, severity=item.severity, fields=item.fields,
            location=_place(item.passages[0].location), references=(item.rule,),
        )
        for item in review.items
        if item.kind in _TOLD
    ]  # fmt: skip
    return Observation(
        engine=review.engine, engine_version=review.engine_version,
        collector=Collector(name="sekisho", version=__version__),
        subject=ClaimedSubject(kind=kind, name=name), observed_at=now.isoformat(timespec="seconds"), scope=(scope,),
        measures=tuple(_measures(review)), findings=tuple(findings),
        parameters={"file": review.file, "sha256": review.sha256, "rules_version": review.rules_version},
    )  # fmt: skip


def _measures(review: Review) -> list[Measure]:
    keys = ("draft.clauses_required", "draft.clauses_covered", "draft.coverage", "draft.contradictions", "draft.restrictions",
            "draft.placeholders", "draft.weak_algorithms")  # fmt: skip
    if not review.supported:
        reason = "review.language_not_supported"
        return [Measure(key=key, status=MeasureStatus.NOT_APPLICABLE, reason=reason) for key in keys]
    counts = review.counts
    required, covered = counts["required"], counts["covered"]
    if required:
        share = Measure(key="draft.coverage", value=covered / required, numerator=covered, denominator=required)
    else:
        share = Measure(key="draft.coverage", status=MeasureStatus.NOT_APPLICABLE, reason="review.nothing_required")
    return [
        Measure(key="draft.clauses_required", value=required),
        Measure(key="draft.clauses_covered", value=covered),
        share,
        Measure(key="draft.contradictions", value=counts["inconsistent"] + counts["expected"]),
        Measure(key="draft.restrictions", value=counts["restriction"]),
        Measure(key="draft.placeholders", value=counts["placeholder"]),
        Measure(key="draft.weak_algorithms", value=counts["floor"]),
    ]


def _place(location: Location) -> str:
    page = f"p.{location.page} " if location.page else ""
    return f"{page}{' > '.join(location.headings)} #{location.number}".strip()
