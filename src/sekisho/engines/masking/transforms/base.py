"""What every transform is: a frozen configuration out of a plan, applied to one column after another."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sekisho.engines.masking.transforms import guard
from sekisho.engines.masking.transforms.columns import as_text, filled, flat, is_text, with_gaps_of
from sekisho.engines.masking.transforms.context import Context
from sekisho.engines.masking.transforms.fitting import Fit, fitted
from sekisho.engines.masking.transforms.normalise import NORMALISERS, normalised
from sekisho.engines.masking.transforms.parameters import choice, problems_of, refuse, texts, whole, words
from sekisho.engines.masking.transforms.prf import pseudorandom_texts
from sekisho.errors import InputError, Problem

__all__ = ["KeyedTransform", "Reversible", "Scope", "Traits", "Transform"]

Reversible = Literal["no", "with_key", "by_search_with_key", "partly"]
"""Who can get back from the output to the input: nobody; whoever holds the key; whoever holds the key and tries all inputs (a
keyed function of a small domain); anybody, in part.
"""
Scope = Literal["value", "row", "column"]
"""What the output of a value depends on: the value alone, other columns of its row, all values of the column."""

_NAME_OF_DOMAIN: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What can be promised about a transform; E's proof and the report go by it.

    Attributes:
        reversible: Who can get back to the input.
        scope: With ``column`` the whole column must be handed in at once; with ``row``, :meth:`Transform.needs` names the
        columns. keeps_distinct: Different inputs never have the same output (or the run stops).
        keeps_format: Length and kind of each character, or the type and scale of a number, stay.
        consistent: The same input has the same output in every batch, table and run of one key, domain and configuration.
        realistic: Outputs come from a pool of believable values: one may equal somebody else's original by chance.
        drops: The column is to be left out.
    """

    reversible: Reversible
    scope: Scope = "value"
    keeps_distinct: bool = False
    keeps_format: bool = False
    consistent: bool = True
    realistic: bool = False
    drops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform(ABC):
    """One transform, configured. Values are checked at construction; :meth:`from_plan` names the place in the plan.

    Every transform leaves NULL as NULL and an empty text as an empty text.

    Attributes:
        max_length: Most characters (code points) that the target takes.
        max_bytes: Most bytes that the target takes, in ``encoding``.
        too_long: ``refuse`` stops the run and names the rows; ``cut`` cuts after the last whole character.
    """

    name: ClassVar[str]
    removes: ClassVar[bool] = False
    """Nothing of the input is left: the only transforms allowed for マイナンバー."""

    max_length: int | None = whole(None, low=1, high=1_000_000, optional=True)
    max_bytes: int | None = whole(None, low=1, high=4_000_000, optional=True)
    encoding: str = choice("utf-8", among=("utf-8", "cp932"))
    too_long: str = choice("refuse", among=("refuse", "cut"))

    def __post_init__(self) -> None:
        """Raises InputError (``masking.plan_invalid``) with one problem for each wrong parameter."""
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        kept, problems = problems_of(type(self), values, "")
        for name, value in kept.items():
            object.__setattr__(self, name, value)
        refuse(problems or self._contradictions())

    def _contradictions(self) -> list[Problem]:
        """What is wrong between parameters that are right each for itself."""
        return []

    @classmethod
    def from_plan(cls, values: Mapping[str, Any], path: str) -> Self:
        """The transform out of the parameters of a plan (without ``transform:``); ``path`` is their place:
        ``tables.a.columns.b``.

        Raises:
            InputError: ``masking.plan_invalid`` with every mistake and its place.
        """
        kept, problems = problems_of(cls, dict(values), path)
        refuse(problems)
        try:
            return cls(**kept)
        except InputError as error:
            placed = (
                Problem(one.code, {**one.fields, "path": _join(path, one)}, column=_join(path, one)) for one in error.problems
            )
            raise InputError(error.code, problems=tuple(placed), **error.fields) from None

    @property
    @abstractmethod
    def traits(self) -> Traits:
        """What can be promised about the outputs."""

    def needs(self) -> tuple[str, ...]:
        """Headings of the other columns that must be in ``Context.columns``."""
        return ()

    def domain_of(self, context_domain: str) -> str | None:
        """The domain whose key is needed, None without a key."""
        del context_domain
        return None

    def to_plan(self) -> dict[str, Any]:
        """What stands in a plan: ``transform`` and the parameters that differ from their defaults."""
        plan: dict[str, Any] = {"transform": self.name}
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            if value != one.default:
                plan[one.name] = _plain(value)
        return plan

    def describe(self) -> dict[str, Any]:
        """For reports: the parameters and the traits as plain values. There is no secret in it, as there is none in a
        transform.
        """
        return {**self.to_plan(), "traits": dataclasses.asdict(self.traits)}

    def apply(self, column: pa.Array | pa.ChunkedArray, context: Context) -> pa.Array:
        """The transformed values, as many as came in.

        Raises:
            InputError: values that cannot be transformed (rows named, never values), or the column holds マイナンバー.
            NotFound: a key is missing.
            Conflict: two inputs got the same token.
        """
        try:
            values = flat(column)
            if pa.types.is_large_string(values.type) or pa.types.is_string_view(values.type):
                values = values.cast(pa.string())
        except pa.ArrowInvalid:  # more than 2 GiB of text in one array
            raise InputError("masking.column_too_large", column=context.column, table=context.table, rows=len(column)) from None
        guard.check(self.name, values, context, removes=self.removes)
        if pa.types.is_null(values.type):
            return values
        if not self._accepts(values.type):
            raise InputError(
                "masking.type_unsupported",
                column=context.column,
                table=context.table,
                found=str(values.type),
                transform=self.name,
            )
        result = self._applied(values, context)
        fit = Fit(self.max_length, self.max_bytes, self.encoding, cut=self.too_long == "cut")
        return fitted(result, fit, context) if is_text(result.type) else result

    def _accepts(self, kind: pa.DataType) -> bool:
        """Whether values of this Arrow type can be transformed."""
        return bool(is_text(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_date(kind))

    @abstractmethod
    def _applied(self, values: pa.Array, context: Context) -> pa.Array:
        """The outputs for values of an accepted type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedTransform(Transform):
    """A transform whose output depends on a key.

    Attributes:
        domain: Whose key; empty: the domain of the context.
        space: Columns of one space agree on equal inputs; another space has outputs of its own under the same key.
        normalise: What is made equal before the keyed function: ``nfkc``, ``trim``, ``spaces``, ``hyphens``, ``lower``, ``kana``.
    """

    purpose: ClassVar[str]

    domain: str = texts("", high=_NAME_OF_DOMAIN)
    space: str = texts("", high=200)
    normalise: tuple[str, ...] = words((), among=NORMALISERS)

    def domain_of(self, context_domain: str) -> str | None:
        """The domain whose key is needed."""
        return self.domain or context_domain

    def _key(self, context: Context, purpose: str = "") -> bytes:
        key = context.keys.key(self.domain or context.domain)
        return key.derive(f"{purpose or self.purpose}:{self.space}")

    def _prepared(self, values: pa.Array) -> pa.Array:
        """The values as texts, made equal as the plan says."""
        return normalised(as_text(values), self.normalise)

    def _pseudorandom(self, values: pa.Array, context: Context, purpose: str = "") -> NDArray[np.uint64]:
        """Two numbers of 64 bits for each value, shape (n, 2)."""
        return pseudorandom_texts(self._key(context, purpose), self._prepared(values))

    def _finished(self, result: pa.Array, values: pa.Array, context: Context) -> pa.Array:
        """The result with NULL and empty as they were, and the count of what was transformed."""
        there = filled(values)
        context.memory.count("transformed", int(there.sum()))
        return with_gaps_of(result, as_text(values), there)


def _plain(value: Any) -> Any:
    """As plain JSON and YAML values."""
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def _join(path: str, problem: Problem) -> str:
    place = str(problem.fields.get("path", ""))
    return f"{path}.{place}" if path and place else path or place
