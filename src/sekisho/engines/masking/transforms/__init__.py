"""Transforms of masking: one column in, one column out, by a configuration of a plan and the key of a domain.

>>> transform = transform_from_plan({"transform": "token", "domain": "residents"}, "tables.people.columns.id")  # doctest: +SKIP
>>> transform.apply(column, Context(keys=ring, column="id"))                                                    # doctest: +SKIP
"""

from __future__ import annotations

from sekisho.engines.masking.transforms.base import KeyedTransform, Traits, Transform
from sekisho.engines.masking.transforms.context import ColumnMemory, Context
from sekisho.engines.masking.transforms.dates import DateShift, FakeBirthDate
from sekisho.engines.masking.transforms.ff1 import FF1
from sekisho.engines.masking.transforms.format_preserving import FormatPreserving
from sekisho.engines.masking.transforms.generalise import (
    GeneraliseAddress,
    GeneraliseAge,
    GeneraliseDate,
    GeneraliseNumber,
    GeneraliseText,
    Recode,
)
from sekisho.engines.masking.transforms.guard import PROTECTED
from sekisho.engines.masking.transforms.hiding import Drop, PartialMask, Redact
from sekisho.engines.masking.transforms.noise import Noise
from sekisho.engines.masking.transforms.registry import TRANSFORMS, transform_from_plan
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
from sekisho.engines.masking.transforms.token import Token, collision_probability

__all__ = [
    "FF1",
    "PROTECTED",
    "TRANSFORMS",
    "ColumnMemory",
    "Context",
    "DateShift",
    "Drop",
    "DummyNumber",
    "FakeAddress",
    "FakeBirthDate",
    "FakeCompany",
    "FakeEmail",
    "FakeName",
    "FakeNumber",
    "FakePhone",
    "FormatPreserving",
    "GeneraliseAddress",
    "GeneraliseAge",
    "GeneraliseDate",
    "GeneraliseNumber",
    "GeneraliseText",
    "KeyedTransform",
    "Noise",
    "PartialMask",
    "Recode",
    "Redact",
    "Shuffle",
    "Token",
    "Traits",
    "Transform",
    "collision_probability",
    "transform_from_plan",
]
