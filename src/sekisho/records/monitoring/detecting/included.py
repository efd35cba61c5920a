"""The rules that come with Sekisho, as pages show them, and the limits that an organisation may change."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sekisho.errors import InputError
from sekisho.standards import texts
from sekisho.standards.watch_rules import classes_of, event_classes, watch_rules

__all__ = ["IncludedRule", "Limit", "checked_limits", "included_rules"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold of a rule that an organisation may change between ``least`` and ``most``, and why it stands as it does."""

    key: str
    title: Mapping[str, str]
    unit: str
    included: float
    least: float
    most: float
    reason: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IncludedRule:
    """A rule of the three purposes. ``about``: why it matters; ``action``: what to do next; ``needs``: kinds of events."""

    id: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    action: Mapping[str, str]
    purpose: str
    sign: str
    severity: str
    area: str
    controls: tuple[str, ...]
    needs: tuple[Mapping[str, str], ...]
    limits: tuple[Limit, ...]


def _both(text: Any) -> dict[str, str]:
    return {"ja": text.get("ja"), "en": text.get("en")}


def _title(key: str, unit: str) -> dict[str, str]:
    code = f"monitoring.limit_{key}"
    made = {}
    for language in ("ja", "en"):
        name = texts.render(code, {}, language) if texts.known(code) else key
        measured = f"monitoring.unit_{unit}"
        made[language] = (
            f"{name}（{texts.render(measured, {}, language)}）" if texts.known(measured) and language == "ja" else name
        )
        if texts.known(measured) and language == "en":
            made[language] = f"{name} ({texts.render(measured, {}, language)})"
    return made


@cache
def included_rules() -> tuple[IncludedRule, ...]:
    """The rules that come with Sekisho, in the order of their ids."""
    classes = event_classes()
    return tuple(
        IncludedRule(
            id=rule.id,
            title=_both(rule.title),
            about=_both(rule.why),
            action=_both(rule.next),
            purpose=rule.purpose.value,
            sign=rule.sign.value,
            severity=rule.severity,
            area=rule.area,
            controls=tuple(rule.controls),
            needs=tuple(_both(classes[name].title) for name in classes_of(rule.evaluate)),
            limits=tuple(
                Limit(
                    key=key,
                    title=_title(key, one.unit),
                    unit=one.unit,
                    included=one.value,
                    least=one.minimum,
                    most=one.maximum,
                    reason=_both(one.reason),
                )
                for key, one in rule.parameters.items()
            ),
        )
        for rule in sorted(watch_rules().values(), key=lambda one: one.id)
    )


def checked_limits(rule: str, limits: Mapping[str, Any], *, known_sigma: Collection[str]) -> dict[str, float]:
    """The limits of a rule that differ from those included, checked against its bounds. A Sigma rule has none.

    Raises InputError ``monitoring.unknown_rule``, ``monitoring.unknown_limit``, ``monitoring.limit_out_of_range``.
    """
    found = next((one for one in included_rules() if one.id == rule), None)
    if found is None:
        if rule not in known_sigma:
            raise InputError("monitoring.unknown_rule", name="rule", value=rule[:100])
        if limits:
            raise InputError("monitoring.unknown_limit", name="limits", value=str(next(iter(limits)))[:60])
        return {}
    known = {limit.key: limit for limit in found.limits}
    checked: dict[str, float] = {}
    for key, value in limits.items():
        limit = known.get(key)
        if limit is None:
            raise InputError("monitoring.unknown_limit", name="limits", value=key[:60])
        if not isinstance(value, int | float) or not math.isfinite(value) or not limit.least <= value <= limit.most:
            raise InputError(
                "monitoring.limit_out_of_range", name=f"limit_{key}", value=key, least=f"{limit.least:g}", most=f"{limit.most:g}"
            )
        if float(value) != limit.included:
            checked[key] = float(value)
    return checked
