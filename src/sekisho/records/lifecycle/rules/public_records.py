"""What a body must have decided before it destroys public records whose period is over. No database, no clock.

公文書等の管理に関する法律 第8条第1項 (移管又は廃棄), 第2項 (廃棄には内閣総理大臣の同意), 第11条第4項 (法人文書: 移管又は廃棄);
第34条 for the rules of prefectures and municipalities. The steps themselves are data of the retention rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

__all__ = ["CONSENT_OF_STEP", "STEP_OF_BODY", "done_steps", "step_of"]

STEP_OF_BODY: Final[Mapping[str, str]] = {
    "national": "national_disposal",
    "iaa": "municipal_disposal",
    "designated": "municipal_disposal",
    "nuc": "municipal_disposal",
    "prefecture": "municipal_disposal",
    "municipality": "municipal_disposal",
    "union": "municipal_disposal",
    "local_iaa": "municipal_disposal",
    "company": "",
    "critical": "",
}
"""Kind of body → the step before any of its public records is destroyed; empty: it has no public records."""

CONSENT_OF_STEP: Final[Mapping[str, str]] = {
    "national_disposal": "disposal_consent",
    "municipal_disposal": "disposal_decision",
    "under_one_year": "under_one_year",
}
"""Step → the kind of consent or decision that fulfils it."""

_UNDER_ONE_YEAR: Final = frozenset({"RT85"})


def step_of(body_kind: str, *, public_record: bool, kinds: Collection[str]) -> str | None:
    """The step that the body itself brings, empty for none; None when its kind is not known: then nothing may be destroyed.

    A period of less than a year needs no consent, only its own step (行政文書の管理に関するガイドライン 第7).
    """
    step = STEP_OF_BODY.get(body_kind)
    if step is None:
        return None
    if not public_record or (step == "national_disposal" and kinds and set(kinds) <= _UNDER_ONE_YEAR):
        return ""
    return step


def done_steps(consents: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Steps that are done, from the (kind, number) of what was recorded and not withdrawn: step → number."""
    given = dict(consents)
    return {step: given[kind] for step, kind in CONSENT_OF_STEP.items() if kind in given}
