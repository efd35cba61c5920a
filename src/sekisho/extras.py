"""Heavy parts that are installed apart: which module belongs to which extra, and the error when it is missed.

``make setup`` and the offline medium bring ``logs`` and ``data``; where the bare package was installed,
``pip install "sekisho[logs,data]"``.
"""

from __future__ import annotations

from typing import Final

from sekisho.errors import MissingComponent

__all__ = ["EXTRAS", "explain"]

EXTRAS: Final[dict[str, frozenset[str]]] = {
    "logs": frozenset({
        "ahocorasick_rs", "duckdb", "evtx", "feedparser", "hyperscan", "numpy",
        "orjson", "pyarrow", "re2", "regex", "sigma", "stix2",
    }),
    "data": frozenset({
        "ahocorasick_rs", "boto3", "duckdb", "hyperscan", "numba", "numpy",
        "pyarrow", "python_calamine", "oxmsg", "regex", "sqlalchemy",
    }),
    "cluster": frozenset({"chdb"}),
}  # fmt: skip


def explain(error: ModuleNotFoundError) -> MissingComponent | None:
    """The error that says how to get the extras whose module was not found; None for a module of no extra."""
    module = (error.name or "").partition(".")[0]
    extras = [extra for extra, modules in EXTRAS.items() if module in modules]
    return MissingComponent("installation.extra_missing", component=module, extra=",".join(extras)) if extras else None
