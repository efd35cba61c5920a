"""How ``sekisho measure`` shows Observations: JSON for machines, tables for people."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from sekisho.cli.common import print_json
from sekisho.engines.observation import Observation

__all__ = ["emit"]

Result = tuple[Observation, dict[str, bytes]]


def emit(results: Sequence[Result], *, json_output: bool) -> None:
    """Print the Observations on standard output."""
    if json_output:
        print_json({"observations": [msgspec.to_builtins(observation) for observation, _ in results]})
