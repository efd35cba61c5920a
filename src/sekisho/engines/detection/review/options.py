"""What a review is handed beside events and rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.presence import Premises
from sekisho.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sekisho.engines.detection.baselines import Baseline, OfficeCalendar
    from sekisho.standards.watch_rules import WatchRule

__all__ = ["MAX_FINDINGS", "MAX_ROWS", "Options", "thresholds"]

MAX_ROWS: Final = 500_000
"""So many chosen events are held at once (about 60 bytes each); more are looked at in parts, which is reported."""

MAX_FINDINGS: Final = 1_000
"""So many findings of one rule are kept; how many more there were is told."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """``baseline``, ``calendar``: without them the rules that need them are reported as not evaluated.

    ``now``: the moment of the review, for times that lie ahead. ``since``, ``until``: the period that the events cover; without
    them it reaches from the first to the last event. ``settings``: rule → parameter → value. ``by_day``: the batches come in the
    order of their days, so that windows are complete and memory holds one day. ``premises``: doors, areas, cards.
    """

    baseline: Baseline | None = None
    calendar: OfficeCalendar | None = None
    now: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    settings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    by_day: bool = False
    premises: Premises = field(default_factory=Premises)
    max_rows: int = MAX_ROWS
    max_findings: int = MAX_FINDINGS


def thresholds(rules: Iterable[WatchRule], settings: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The parameters of each rule, with an organisation's own values in place of ours.

    Raises InputError ``watch.settings_wrong`` naming every unknown rule or parameter and every value outside its bounds.
    """
    known = {rule.id: rule for rule in rules}
    problems = [Problem("watch.setting_no_rule", {"rule": r}, column=r) for r in settings if r not in known]
    found = {}
    for name, rule in known.items():
        values = {key: p.value for key, p in rule.parameters.items()}
        for key, value in settings.get(name, {}).items():
            place = f"{name}.{key}"
            if key not in rule.parameters:
                problems.append(Problem("watch.setting_unknown", {"rule": name, "name": key}, column=place))
            elif not rule.parameters[key].minimum <= value <= rule.parameters[key].maximum:
                bounds = {"minimum": rule.parameters[key].minimum, "maximum": rule.parameters[key].maximum}
                problems.append(Problem("watch.setting_outside", {"rule": name, "name": key, **bounds}, column=place))
            else:
                values[key] = value
        found[name] = values
    if problems:
        raise InputError("watch.settings_wrong", problems=tuple(problems), count=len(problems))
    return found
