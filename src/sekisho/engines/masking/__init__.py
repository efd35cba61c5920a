"""Masking: columns of personal data in, data for tests and analysis out; what was done is proven afterwards.

Doors, each a module of its own so that only what is used is loaded: ``sources.open_source``, ``propose.propose``,
``plan.read_plan``, ``sampling.sample``, ``run.run``, ``verify.verify``, ``observe.observe``, ``synthetic.make`` and ``describe``,
``views.masked_for`` and ``sql_views``, ``keys`` and ``transforms``.
"""

from __future__ import annotations

from sekisho.engines.arrow_alone import without_pandas

__all__: list[str] = []

without_pandas()
