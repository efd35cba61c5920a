"""A rule's expression for the events of one partition, in the intermediate form: what SQL is emitted from.

The local executor does the same over groups (:mod:`sekisho.engines.detection.sigma.plan`); the tests hold both to one another.
"""

from __future__ import annotations

from sekisho.engines.detection.sigma.fold import fold
from sekisho.engines.detection.sigma.logsources import LogSources, Place, standing
from sekisho.engines.detection.sigma.model import FALSE, TRUE, Expr, FieldRef, LogSource, Match, Text
from sekisho.engines.detection.sigma.predicates import needs_folded, predicate
from sekisho.engines.detection.sigma.simplify import all_of, any_of, transform

__all__ = ["placed"]


def placed(
    expr: Expr | None, logsource: LogSource, source: str, channel: str, event: str, *, sources: LogSources | None = None
) -> Expr | None:
    """``expr`` for the events of a partition; None when its log source does not stand there.

    Fields have the names of these events; what the partition decides (channel, event id) is folded away; what else must hold
    there for the log source is added. ``sources`` are the included table without own maps when None.
    """
    sources = sources or standing()
    found = [place for place in sources.places(logsource) if place.holds(source, channel, event)]
    if not found or expr is None:
        return None
    decided = sources.constants(source, channel, event)
    return any_of(_placed(expr, place, decided) for place in found)


def _placed(expr: Expr, place: Place, decided: dict[str, str]) -> Expr:
    rename = place.rename

    def change(match: Match) -> Expr:
        test = match.test
        if isinstance(test, FieldRef):
            return Match(rename.get(match.field, match.field), FieldRef(test.place, rename.get(test.field, test.field)))
        value = decided.get(match.field.lower()) if match.field else None
        if value is not None:
            return TRUE if predicate(test)(fold(value) if needs_folded(test) else value) else FALSE
        values = place.values.get(match.field, {})
        if isinstance(test, Text) and test.value in values:
            test = Text(test.place, fold(values[test.value]), test.cased)
        return Match(rename.get(match.field, match.field), test)

    held = (any_of(Match(name, Text("equals", fold(v))) for v in values) for name, values in place.when.items())
    return all_of((transform(expr, change), *held))
