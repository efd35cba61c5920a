"""The sample files, made once."""

from __future__ import annotations

import pytest
from tests.engines.textract.samples import make_all


class Samples(dict[str, bytes]):
    """Shown shortly, for reports of failures."""

    def __repr__(self) -> str:
        return f"<{len(self)} samples>"


@pytest.fixture(scope="session")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Name → bytes of one readable file of each kind."""
    return Samples(make_all(tmp_path_factory.mktemp("samples")))
