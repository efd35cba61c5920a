"""The one family of errors that carries meaning to a reader.

Engines, rules and actions raise a :class:`SekishoError` with a stable ``code`` and the fields of its sentence; the doors
(pages, API, command line) turn it into the reader's language with :func:`sekisho.standards.texts.render`.

    SekishoError
    ├── InputError        what was handed in cannot be used (HTTP 422, exit code 2)
    ├── NotPermitted      the principal may not do this here (HTTP 403, exit code 4)
    ├── NotFound          does not exist for this reader (HTTP 404, exit code 4)
    ├── Conflict          somebody else was faster, or the state does not allow it (HTTP 409, exit code 5)
    ├── Unavailable       a component is missing, locked or full (HTTP 503, exit code 6)
    └── MissingComponent  an extra of the installation is not there (HTTP 503, exit code 3)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input, and where.

    ``file``, ``row`` (1-based, as a spreadsheet shows it) and ``column`` (its heading) say where; ``code`` and ``fields`` what.
    """

    code: str
    fields: dict[str, Any] = field(default_factory=dict)
    file: str = ""
    row: int | None = None
    column: str = ""

    @property
    def filling(self) -> dict[str, Any]:
        """What fills the sentence: the fields, and the file and the row, which it may name, too."""
        return {"file": self.file, "row": self.row, **self.fields}

    def as_dict(self) -> dict[str, Any]:
        """The problem as plain JSON values."""
        return {"code": self.code, "fields": self.fields, "file": self.file, "row": self.row, "column": self.column}


class SekishoError(Exception):
    """An error with a stable code; never a sentence."""

    http_status: ClassVar[int] = 400
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, *, problems: tuple[Problem, ...] = (), **fields: Any) -> None:
        """``code`` names the sentence in ``standards/texts``; ``fields`` fill it; ``problems`` list every place."""
        super().__init__(code)
        self.code = code
        self.fields = fields
        self.problems = problems

    def __str__(self) -> str:
        """For logs only: the code and the names of its fields, never their values (they may be secret)."""
        return f"{self.code}({', '.join(sorted(self.fields))})"

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON values."""
        return {"code": self.code, "fields": self.fields, "problems": [p.as_dict() for p in self.problems]}


class InputError(SekishoError):
    """What was handed in cannot be used."""

    http_status = 422
    exit_code = 2


class NotPermitted(SekishoError):
    """The principal may not do this here."""

    http_status = 403
    exit_code = 4


class NotFound(SekishoError):
    """It does not exist for this reader."""

    http_status = 404
    exit_code = 4


class Conflict(SekishoError):
    """Somebody else was faster, or the present state does not allow it."""

    http_status = 409
    exit_code = 5


class Unavailable(SekishoError):
    """A component is missing, locked or full; trying again later may help."""

    http_status = 503
    exit_code = 6


class MissingComponent(SekishoError):
    """A heavy part that is installed apart (an extra) is not there; the sentence says how to get it."""

    http_status = 503
    exit_code = 3
