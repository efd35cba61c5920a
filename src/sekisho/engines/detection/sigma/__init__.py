"""Sigma: rules compiled into one intermediate form, run here over columns or emitted as SQL; every run explains itself.

rules = load_rules([Path("rules")])
review = Review(rules)
for batch in batches:
    findings += review.feed(batch)
findings += review.finish()
explanation = review.explanation()
"""

from __future__ import annotations

from sekisho.engines.detection.sigma.cache import load_rules
from sekisho.engines.detection.sigma.compiler import Fault, RuleSet, compile_rules
from sekisho.engines.detection.sigma.model import Correlation, LogSource, Rule
from sekisho.engines.detection.sigma.observe import ENGINE, ENGINE_VERSION, Summary, observe
from sekisho.engines.detection.sigma.review import Detection, Review, merged

__all__ = [
    "ENGINE",
    "ENGINE_VERSION",
    "Correlation",
    "Detection",
    "Fault",
    "LogSource",
    "Review",
    "Rule",
    "RuleSet",
    "Summary",
    "compile_rules",
    "load_rules",
    "merged",
    "observe",
]
