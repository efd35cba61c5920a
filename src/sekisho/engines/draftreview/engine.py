"""The review: a draft and rules in, a :class:`~sekisho.engines.draftreview.model.Review` out. Pure and deterministic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sekisho.engines.draftreview.competition import restrictions
from sekisho.engines.draftreview.coverage import LEVELS, cover
from sekisho.engines.draftreview.draft import Notice
from sekisho.engines.draftreview.model import Review
from sekisho.engines.draftreview.parameters import below_guide, contradictions, differing, extract, floors
from sekisho.engines.draftreview.search import Search
from sekisho.engines.draftreview.segments import is_japanese, segment
from sekisho.engines.draftreview.wording import placeholders, vague
from sekisho.engines.observation import fingerprint
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from sekisho.engines.draftreview.draft import Draft
    from sekisho.engines.draftreview.model import ClauseResult, Item, Level
    from sekisho.standards.review_rules import ReviewRules

__all__ = ["ENGINE", "ENGINE_VERSION", "review"]

ENGINE: Final = "draftreview"
ENGINE_VERSION: Final = "1.0.0"
_KINDS: Final = ("inconsistent", "expected", "floor", "restriction", "placeholder", "vague")
_STATUSES: Final = ("covered", "partly", "missing")


def review(
    draft: Draft,
    *,
    rules: ReviewRules,
    required: Collection[str] | Mapping[str, Level | None] | None = None,
    expected: Mapping[str, Any] | None = None,
    products: Sequence[str] = (),
) -> Review:
    """What the draft says about the clauses required of it, its listed parameters, and its wording.

    Args:
        draft: from :func:`read_draft`.
        rules: from :func:`sekisho.standards.review_rules.review_rules`.
        required: ids of the clauses looked for, or id → wanted level (low, mid, high; None: any). None: all SBD requirements.
        expected: parameter id or ``<clause>/<placeholder>`` → the value that the case decided, with its unit.
        products: names of products that the office wants to be told about, beside the rules' few examples.

    Raises:
        InputError: ``review.unknown_clause`` or ``review.unknown_level``, with every wrong id.

    A draft that is not Japanese gives a Review with ``supported`` False and a notice: nothing was looked for, nothing is missing.
    """
    wanted = _wanted(rules, required)
    if not is_japanese(draft):
        notices = (*draft.notices, Notice(code="review.language_not_supported"))
        return _result(draft, rules, notices=notices, supported=False, wanted=len(wanted))
    corpus = segment(draft)
    search = Search(corpus)
    clauses = tuple(cover(rules.clause(name), search, rules.weights, level) for name, level in wanted.items())
    found = extract(search, rules)
    different, told = differing(found, expected or {}, rules)
    items = [
        *contradictions(found), *different, *below_guide(found), *floors(search, rules), *restrictions(corpus, rules, products),
        *placeholders(corpus, rules), *vague(corpus, rules),
    ]  # fmt: skip
    return _result(
        draft, rules, notices=(*draft.notices, *told), supported=True, wanted=len(wanted), clauses=clauses,
        parameters=tuple(one.shown for one in found), items=tuple(_distinct(items)),
    )  # fmt: skip


def _wanted(
    rules: ReviewRules, required: Collection[str] | Mapping[str, Level | None] | None
) -> dict[str, Level | None]:  # fmt: skip
    known = {clause.id: clause for clause in rules.clauses}
    if required is None:
        return {name: None for name, clause in known.items() if clause.family == "sbd"}
    levels: dict[str, Level | None] = dict(required) if isinstance(required, Mapping) else dict.fromkeys(required)
    unknown = [Problem("review.unknown_clause", {"id": str(name)[:100]}) for name in levels if name not in known]
    if unknown:
        raise InputError("review.unknown_clause", problems=tuple(unknown), id=", ".join(p.fields["id"] for p in unknown))
    wrong = [
        Problem("review.unknown_level", {"id": name, "level": str(level)[:40]})
        for name, level in levels.items()
        if level is not None and level not in LEVELS
    ]
    if wrong:
        raise InputError("review.unknown_level", problems=tuple(wrong), **wrong[0].fields)
    return {name: levels[name] for name in known if name in levels}


def _distinct(items: Sequence[Item]) -> list[Item]:
    """Every item with a fingerprint of its own: the same wording a second time carries its number."""
    seen: Counter[str] = Counter()
    made = []
    for item in items:
        seen[item.fingerprint] += 1
        times = seen[item.fingerprint]
        made.append(item if times == 1 else msgspec.structs.replace(item, fingerprint=fingerprint(item.fingerprint, str(times))))
    return made


def _result(draft: Draft, rules: ReviewRules, *, wanted: int, supported: bool, **more: Any) -> Review:
    clauses: tuple[ClauseResult, ...] = more.get("clauses", ())
    items: tuple[Item, ...] = more.get("items", ())
    counts = {"required": wanted if supported else 0, "parameters": len(more.get("parameters", ()))}
    counts |= {status: sum(c.status == status for c in clauses) for status in _STATUSES}
    counts |= {kind: sum(i.kind == kind for i in items) for kind in _KINDS}
    return Review(
        engine=ENGINE, engine_version=ENGINE_VERSION, rules_version=rules.version, file=draft.name, format=draft.format,
        sha256=draft.sha256, size=draft.size, characters=draft.characters, pages=draft.pages, supported=supported,
        notices=more.pop("notices"), counts=counts, clauses=clauses, parameters=more.get("parameters", ()), items=items,
    )  # fmt: skip
