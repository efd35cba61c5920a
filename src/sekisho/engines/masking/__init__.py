"""Masking: columns of personal data in, data for tests and analysis out; what was done is proven afterwards."""

from __future__ import annotations

from sekisho.engines.arrow_alone import without_pandas

__all__: list[str] = []

without_pandas()
