"""The literal that must stand in a value for a regular expression to be found in it.

Only what is certain is taken: runs of plain characters outside groups and classes that no quantifier makes optional. Of anything
unusual (alternatives, flags inside the pattern, quoting, escapes by number) nothing is said.
"""

from __future__ import annotations

from typing import Final

from sekisho.engines.detection.sigma.model import Regex

__all__ = ["required_literal"]

_CLASSES: Final = frozenset("bBdDsSwWAzZ")  # escapes that stand for a class or a place
_OPTIONAL: Final = frozenset("?*{")


def required_literal(test: Regex) -> str:
    """The longest such literal as the pattern writes it; empty when there is none."""
    walk = _Walk(test.pattern, folded="i" in test.flags)
    return max(walk.runs, key=len, default="") if walk.sound() else ""


class _Walk:
    def __init__(self, pattern: str, *, folded: bool) -> None:
        self.pattern = pattern
        self.folded = folded
        self.at = 0
        self.runs: list[str] = []
        self._run: list[str] = []

    def sound(self) -> bool:
        """Walk through the pattern; False when it holds something of which nothing is said."""
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            self.at += 1
            if character == "|":
                return False
            if character == "\\":
                if not self._escape():
                    return False
            elif character in "([":
                self._break()
                if not (self._group() if character == "(" else self._set()):
                    return False
            elif character in _OPTIONAL:
                self._optional(character)
            elif character in ".^$+)":
                self._break()
            else:
                self._take(character)
        self._break()
        return True

    def _take(self, character: str) -> None:
        # Without regard to case, s also means ſ, and letters beyond ASCII have more forms than two.
        if self.folded and (not character.isascii() or character in "sS"):
            self._break()
        else:
            self._run.append(character)

    def _break(self) -> None:
        if self._run:
            self.runs.append("".join(self._run))
            self._run = []

    def _optional(self, character: str) -> None:
        """A quantifier that allows for none: the character before it need not be there."""
        if self._run:
            self._run.pop()
        self._break()
        if character == "{":
            end = self.pattern.find("}", self.at)
            self.at = len(self.pattern) if end < 0 else end + 1

    def _escape(self) -> bool:
        character = self.pattern[self.at : self.at + 1]
        self.at += 1
        if character in _CLASSES and character:
            self._break()
            return True
        if not character or character.isalnum():
            return False
        self._take(character)
        return True

    def _set(self) -> bool:
        """Skip a character class."""
        if self.pattern[self.at : self.at + 1] == "^":
            self.at += 1
        if self.pattern[self.at : self.at + 1] == "]":
            self.at += 1
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            self.at += 2 if character == "\\" else 1
            if character == "[":  # a class of POSIX inside, or a nested one: not taken apart
                return False
            if character == "]":
                return True
        return False

    def _group(self) -> bool:
        """Skip a group with all that is in it."""
        if self.pattern.startswith("?", self.at) and self.pattern[self.at + 1 : self.at + 2] not in {":", "=", "!", "<", "P"}:
            return False  # flags, comments, conditions
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            self.at += 1
            if character == "\\":
                if self.pattern[self.at : self.at + 1] == "Q":
                    return False
                self.at += 1
            elif character == "[":
                if not self._set():
                    return False
            elif character == "(":
                if not self._group():
                    return False
            elif character == ")":
                return True
        return False
