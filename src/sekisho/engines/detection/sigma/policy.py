"""The regular expressions that pySigma may let through: those of RE2, and those that we run with a time limit."""

from __future__ import annotations

import re
from typing import Any, Final

import regex
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine

from sekisho.engines.detection.sigma.predicates import linear

__all__ = ["POLICY"]

_LETTERS: Final = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}


class _Either(RegexEngine):
    """RE2 where it can; else a pattern that only the backtracking engine knows."""

    def compile(self, pattern: str, flags: int = 0) -> Any:
        letters = "".join(letter for flag, letter in _LETTERS.items() if flags & int(flag))
        written = f"(?{letters}){pattern}" if letters else pattern
        return linear(written) or regex.compile(written)

    @property
    def error(self) -> type[Exception]:
        kind: type[Exception] = regex.error
        return kind


POLICY: Final = SigmaPolicy(regex_engine=_Either())
