"""The sample files, made once."""

from __future__ import annotations

import pytest
from tests.engines.textract.samples import make_all


@pytest.fixture(scope="session")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Name → bytes of one readable file of each kind."""
    return make_all(tmp_path_factory.mktemp("samples"))
