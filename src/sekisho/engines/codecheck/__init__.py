"""Secure coding: the results of static checks, told by the eleven classes of 「安全なウェブサイトの作り方」.

A class that no tool looked for is 未確認 (unchecked): it has no count, least of all zero.
"""

from __future__ import annotations

from sekisho.engines.codecheck.bandit import Completed
from sekisho.engines.codecheck.bandit import parse as read_bandit
from sekisho.engines.codecheck.bandit import run as run_bandit
from sekisho.engines.codecheck.classes import VulnerabilityClass, classes
from sekisho.engines.codecheck.model import CodeFinding, Rule, ToolRun
from sekisho.engines.codecheck.observe import ENGINE, ENGINE_VERSION, observe
from sekisho.engines.codecheck.sarif import parse as read_sarif

__all__ = [
    "ENGINE",
    "ENGINE_VERSION",
    "CodeFinding",
    "Completed",
    "Rule",
    "ToolRun",
    "VulnerabilityClass",
    "classes",
    "observe",
    "read_bandit",
    "read_sarif",
    "run_bandit",
]
