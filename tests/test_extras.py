"""The table of extras names the modules of the packages that the extras declare, all of them and no other."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from sekisho.extras import EXTRAS

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_every_package_of_an_extra_has_its_module_in_the_table(extra: str) -> None:
    declared = {re.split(r"[<>=\[]", name)[0].lower() for name in PROJECT["project"]["optional-dependencies"][extra]}
    installed = packages_distributions()
    assert {dist.lower().replace("_", "-") for module in EXTRAS[extra] for dist in installed.get(module, [module])} >= declared
    assert len(EXTRAS[extra]) == len(declared)
