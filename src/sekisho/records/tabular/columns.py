"""What a table looks like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sekisho.errors import Problem

__all__ = ["Choice", "Column", "Row", "Table"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One allowed value of a column: its id and how it is written in both languages."""

    id: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``key`` names it in code; ``ja`` and ``en`` are its headings; ``width`` in characters; ``limit`` of a cell."""

    key: str
    ja: str
    en: str
    required: bool = False
    choices: tuple[Choice, ...] = ()
    width: int = 16
    limit: int = 2000
    aliases: tuple[str, ...] = ()

    def heading(self, language: str) -> str:
        """The heading in the reader's language."""
        return self.en if language.startswith("en") else self.ja

    def shown(self, value: Any, language: str) -> Any:
        """A value as it is written into a cell: a choice by its name."""
        for choice in self.choices:
            if choice.id == value:
                return choice.en if language.startswith("en") else choice.ja
        return value


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as the spreadsheet shows it, and its cells by column key (texts without outer
    blanks; choices as ids).
    """

    number: int
    values: dict[str, str]


@dataclass(slots=True)
class Table:
    """What was read: rows, all problems, and how (``encoding``, ``sheet``)."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    encoding: str = ""
    sheet: str = ""
