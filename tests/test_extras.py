"""The table of extras names the modules of the packages that the extras declare, all of them and no other."""

from __future__ import annotations

import re
import subprocess
import sys
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


WITHOUT = """
import importlib.abc, os, sys
from sekisho.extras import EXTRAS

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in EXTRAS["logs"] | EXTRAS["data"]:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
os.environ["DJANGO_SETTINGS_MODULE"] = "sekisho.web.settings_test"
import django
django.setup()
from django.urls import get_resolver
assert get_resolver().url_patterns
from sekisho.web.api import api
assert api.urls
"""


def test_the_server_starts_without_the_extras_of_log_review_and_data() -> None:
    """Pages and API of all rooms are loaded; only who uses logs is told what is missing."""
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
