"""The indicators that Sekisho computes, as data: what is counted, over what, in which unit and direction."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from sekisho.standards.catalog import data_directory, read_yaml
from sekisho.standards.model import Text

__all__ = ["ComputedIndicator", "IndicatorSource", "computed_indicators"]


class IndicatorSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where an indicator's figure comes from; see the head of ``data/indicators.yaml``."""

    kind: Literal["judgements", "findings", "measures", "subjects", "duties", "corrective_actions", "evidence"]
    count: str = ""
    of: Literal["applicable", "judged", ""] = ""
    catalog: str = ""
    engines: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    considerations: tuple[str, ...] = ()
    key: str = ""
    aggregate: Literal["sum", "max", "min", "ratio", "share_true", ""] = ""
    dimensions: dict[str, str] = {}
    with_measure: str = ""
    subject_kinds: tuple[str, ...] = ()


class ComputedIndicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One indicator. ``ratio``: 0–1, shown as per cent; ``metric`` is the entry of facts/metrics that it answers."""

    key: str
    version: int
    title: Text
    kind: Literal["outcome", "output", "process"]
    unit: Text
    direction: Literal["higher", "lower", "context"]
    formula: Text
    source: IndicatorSource
    ratio: bool = False
    metric: str = ""

    @property
    def formula_id(self) -> str:
        """Key and version: what a stored value says it was computed with."""
        return f"{self.key}@{self.version}"


@cache
def computed_indicators() -> dict[str, ComputedIndicator]:
    """All computed indicators by key, in the order of the file."""
    raw = read_yaml(data_directory().joinpath("indicators.yaml"))
    return {i.key: i for i in msgspec.convert(raw["indicators"], tuple[ComputedIndicator, ...])}
