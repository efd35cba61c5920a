"""The transforms by the names that plans use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sekisho.engines.masking.transforms.base import Transform
from sekisho.engines.masking.transforms.dates import DateShift, FakeBirthDate
from sekisho.engines.masking.transforms.format_preserving import FormatPreserving
from sekisho.engines.masking.transforms.generalise import (
    GeneraliseAddress,
    GeneraliseAge,
    GeneraliseDate,
    GeneraliseNumber,
    GeneraliseText,
    Recode,
)
from sekisho.engines.masking.transforms.hiding import Drop, PartialMask, Redact
from sekisho.engines.masking.transforms.noise import Noise
from sekisho.engines.masking.transforms.replace import (
    DummyNumber,
    FakeAddress,
    FakeCompany,
    FakeEmail,
    FakeName,
    FakeNumber,
    FakePhone,
)
from sekisho.engines.masking.transforms.shuffle import Shuffle
from sekisho.engines.masking.transforms.token import Token
from sekisho.errors import InputError, Problem

__all__ = ["TRANSFORMS", "transform_from_plan"]

TRANSFORMS: Final[dict[str, type[Transform]]] = {
    kind.name: kind
    for kind in (
        Drop,
        Redact,
        PartialMask,
        FormatPreserving,
        Token,
        FakeName,
        FakeAddress,
        FakePhone,
        FakeEmail,
        FakeCompany,
        FakeNumber,
        DummyNumber,
        FakeBirthDate,
        DateShift,
        Shuffle,
        Noise,
        GeneraliseNumber,
        GeneraliseAge,
        GeneraliseDate,
        GeneraliseAddress,
        GeneraliseText,
        Recode,
    )
}
"""Name in a plan → class."""


def transform_from_plan(entry: Mapping[str, Any], path: str) -> Transform:
    """The transform of one column: ``{"transform": "token", "length": 20}``; ``path`` is its place in the plan.

    Raises:
        InputError: ``masking.plan_invalid`` with every mistake and its place.
    """
    values = dict(entry)
    name = values.pop("transform", None)
    kind = TRANSFORMS.get(name) if isinstance(name, str) else None
    if kind is None:
        place = f"{path}.transform" if path else "transform"
        fields = {"path": place, "choices": ", ".join(TRANSFORMS)}
        raise InputError("masking.plan_invalid", problems=(Problem("masking.expects_choice", fields, column=place),), count=1)
    return kind.from_plan(values, path)
