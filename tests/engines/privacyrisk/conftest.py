"""The plain definitions beside this file, importable by the tests of this folder as ``privacyrisk_definitions``."""

import importlib.util
import sys
from pathlib import Path

_NAME = "privacyrisk_definitions"
_spec = importlib.util.spec_from_file_location(_NAME, Path(__file__).with_name("definitions.py"))
assert _spec is not None
assert _spec.loader is not None
sys.modules[_NAME] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules[_NAME])
