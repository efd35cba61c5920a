"""What the readers of tools hand to the rest of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sekisho.engines.observation import Severity
    from sekisho.errors import Problem

__all__ = ["CodeFinding", "Rule", "ToolRun"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that a tool declared: its CWE numbers and the classes it looks for."""

    identifier: str
    cwes: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    name: str = ""
    help_uri: str = ""


@dataclass(frozen=True, slots=True)
class CodeFinding:
    """One result of a tool. ``line`` is 1-based, 0 when unknown; ``state`` is open, suppressed (with a reason), unjustified
    (suppressed without one: still open) or absent (the tool says that it is gone).
    """

    tool: str
    rule: str
    severity: Severity
    message: str
    fingerprint: str
    path: str = ""
    line: int = 0
    cwes: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()
    state: str = "open"
    justification: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it counts as open."""
        return self.state in {"open", "unjustified"}


@dataclass(slots=True)
class ToolRun:
    """One run of one tool over one scope. ``completed`` is False when the tool says (or shows) that it did not run to its end:
    such a run checks nothing, whatever it found. Lines and files are None where the tool does not count them.
    """

    tool: str
    version: str
    scope: str
    rules: dict[str, Rule] = field(default_factory=dict)
    findings: list[CodeFinding] = field(default_factory=list)
    completed: bool = True
    lines: int | None = None
    files: int | None = None
    unparsed: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def checked(self) -> dict[str, list[str]]:
        """The classes that this run checked, each with the rules that did."""
        result: dict[str, list[str]] = {}
        if self.completed:
            for rule in self.rules.values():
                for identifier in rule.classes:
                    result.setdefault(identifier, []).append(rule.identifier)
        return {key: sorted(result[key]) for key in sorted(result)}
