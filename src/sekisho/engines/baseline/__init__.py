"""Configuration of a host, judged by rules over the eight setting considerations of control 8.9, and its drift.

``collect_linux`` (or ``read_windows`` for the file of the small PowerShell collector) gives Facts; ``observe`` judges
them by the rules, compares them with an accepted Snapshot and returns an Observation with its artifacts. Everything
here but the collecting is a pure function.
"""

from __future__ import annotations

from sekisho.engines.baseline.collect import collect_linux
from sekisho.engines.baseline.engine import observe
from sekisho.engines.baseline.evaluate import CheckResult, Outcome, evaluate
from sekisho.engines.baseline.facts import Fact, Facts, FactStatus
from sekisho.engines.baseline.identity import hardware_identity, machine_identity
from sekisho.engines.baseline.live import kernel_clock, local_run
from sekisho.engines.baseline.rules import CONSIDERATIONS, Rule, RuleSet, load_rules, parse_rules
from sekisho.engines.baseline.snapshot import Drift, Snapshot, decode_snapshot, drift, encode_snapshot, snapshot
from sekisho.engines.baseline.windows import decode_windows, read_windows

__all__ = [
    "CONSIDERATIONS",
    "CheckResult",
    "Drift",
    "Fact",
    "FactStatus",
    "Facts",
    "Outcome",
    "Rule",
    "RuleSet",
    "Snapshot",
    "collect_linux",
    "decode_snapshot",
    "decode_windows",
    "drift",
    "encode_snapshot",
    "evaluate",
    "hardware_identity",
    "kernel_clock",
    "load_rules",
    "local_run",
    "machine_identity",
    "observe",
    "parse_rules",
    "read_windows",
    "snapshot",
]
