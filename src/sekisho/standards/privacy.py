"""Privacy of data as rules: what a column is by its heading, and the duties of those who make anonymised information.

``data/privacy/column_roles.yaml`` and ``data/privacy/duties.yaml``; both checked by the types here.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from sekisho.errors import InputError, Problem
from sekisho.standards.catalog import body_kinds, data_directory
from sekisho.standards.model import Confidence, Source, Text, Verified
from sekisho.standards.yamlfile import read_untrusted_yaml

__all__ = [
    "ColumnKind",
    "ColumnRoles",
    "Duties",
    "Duty",
    "Measured",
    "Regime",
    "column_roles",
    "duties",
    "faults_of_duties",
    "read_column_roles",
    "read_duties",
    "schemas",
]

Id = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]*$")]
Role = Literal["direct", "sensitive", "quasi"]


class ColumnKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of column, and the words of its heading."""

    id: Id
    role: Role
    words: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    category: Literal["", "special_care", "delicate"] = ""
    builder: str = ""


class ColumnRoles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All kinds, in the order in which they are tried."""

    privacy_column_roles: Literal[1]
    id: str
    source: Source
    confidence: Confidence
    confidence_note: Text
    kinds: tuple[ColumnKind, ...]


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The figure that an item rests on: ``figure`` of the checklist, compared by ``operator`` with ``value``.

    It shows the item, it does not settle it: ``person`` says whether somebody has to confirm it beside the figure.
    """

    figure: Id
    operator: Literal["at_least", "at_most", "equals"]
    value: float | None = None
    setting: Id = ""
    person: bool = True


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One duty. ``regimes``: to whom it applies; ``kind``: what information it is about; ``stage``: when it is due.

    ``measured`` is absent where no figure can show it: a person declares it.
    """

    id: Id
    regimes: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1)]
    kind: Literal["anonymised", "pseudonymised", "public_anonymised"]
    stage: Literal["before", "processing", "publication", "provision", "handling", "afterwards"]
    basis: str
    title: Text
    text: Text
    confidence: Confidence
    verified: Verified
    measured: tuple[Measured, ...] = ()
    force: Literal["must", "effort", "may"] = "must"


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which rules hold for which kinds of bodies (``body_kinds.yaml``), and where a person has to look closer."""

    id: Id
    title: Text
    bodies: tuple[Id, ...]
    basis: str
    verified: Verified
    note: Text | None = None


class Duties(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    privacy_duties: Literal[1]
    id: str
    title: Text
    source: Source
    confidence: Confidence
    confidence_note: Text
    known_as_of: str
    regimes: tuple[Regime, ...]
    items: tuple[Duty, ...]

    def regime(self, body_kind: str) -> Regime:
        """The regime of a kind of body; InputError ``privacy.body_unknown``."""
        for one in self.regimes:
            if body_kind in one.bodies:
                return one
        known = ", ".join(body for regime in self.regimes for body in regime.bodies)
        raise InputError("privacy.body_unknown", body=body_kind[:60], known=known)


def _read(untrusted: bytes, filename: str, kind: Any) -> Any:
    located = read_untrusted_yaml(untrusted, filename=filename)
    try:
        return msgspec.convert(located.value, kind)
    except msgspec.ValidationError as error:
        problem = Problem("privacy.data_wrong", {"message": str(error)}, filename)
        raise InputError("privacy.data_wrong", problems=(problem,), message=str(error)) from error


def read_column_roles(untrusted: bytes, *, filename: str) -> ColumnRoles:
    """Kinds of columns from a file. Raises InputError naming the file and what is wrong."""
    made: ColumnRoles = _read(untrusted, filename, ColumnRoles)
    return made


def read_duties(untrusted: bytes, *, filename: str) -> Duties:
    """Duties from a file; ids once, regimes known. Raises InputError naming the file and what is wrong."""
    made: Duties = _read(untrusted, filename, Duties)
    wrong = faults_of_duties(msgspec.to_builtins(made))
    if wrong:
        problems = tuple(Problem("privacy.data_wrong", {"message": one}, filename) for one in wrong)
        raise InputError("privacy.data_wrong", problems=problems, message=", ".join(wrong))
    return made


def faults_of_duties(value: dict[str, Any]) -> list[str]:
    """What the form alone does not say of a file of duties: ids once, regimes and kinds of bodies known and in one place."""
    if "privacy_duties" not in value:
        return []
    ids = [item["id"] for item in value["items"]]
    bodies = [body for regime in value["regimes"] for body in regime["bodies"]]
    known = {regime["id"] for regime in value["regimes"]}
    wrong = [f"{item['id']}: {name}" for item in value["items"] for name in item["regimes"] if name not in known]
    wrong += [one for names in (ids, bodies) for one in sorted({one for one in names if names.count(one) > 1})]
    kinds = set(body_kinds())
    return wrong + sorted(set(bodies) - kinds)


@cache
def column_roles() -> ColumnRoles:
    """Our own kinds of columns."""
    name = "column_roles.yaml"
    return read_column_roles(data_directory().joinpath("privacy", name).read_bytes(), filename=f"data/privacy/{name}")


@cache
def duties() -> Duties:
    """Our own duties."""
    name = "duties.yaml"
    return read_duties(data_directory().joinpath("privacy", name).read_bytes(), filename=f"data/privacy/{name}")


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schemas of the two files, by name."""
    return {"privacy_column_roles": msgspec.json.schema(ColumnRoles), "privacy_duties": msgspec.json.schema(Duties)}
