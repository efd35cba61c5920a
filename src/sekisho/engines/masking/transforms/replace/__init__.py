"""Realistic Japanese values in the place of real ones: consistent under one key, and never derived by a rule that others can
redo.
"""

from __future__ import annotations

from sekisho.engines.masking.transforms.replace.addresses import FakeAddress
from sekisho.engines.masking.transforms.replace.contacts import FakeCompany, FakeEmail, FakePhone
from sekisho.engines.masking.transforms.replace.names import FakeName
from sekisho.engines.masking.transforms.replace.numbers import DummyNumber, FakeNumber

__all__ = ["DummyNumber", "FakeAddress", "FakeCompany", "FakeEmail", "FakeName", "FakeNumber", "FakePhone"]
