"""Software inventory: what is installed on a host, as CycloneDX 1.6 and as measures.

>>> inventory = collect(Path("/"))                                    # doctest: +SKIP
>>> observation, artifacts = observe(inventory, now=now, host="web-01")  # doctest: +SKIP
"""

from __future__ import annotations

from sekisho.engines.sbom.collect import collect
from sekisho.engines.sbom.model import Component, Distribution, Inventory, PackageLists, Update
from sekisho.engines.sbom.observe import ENGINE, ENGINE_VERSION, WATCHED_SINCE, observe
from sekisho.engines.sbom.windows import inventory as windows_inventory

__all__ = [
    "ENGINE",
    "ENGINE_VERSION",
    "WATCHED_SINCE",
    "Component",
    "Distribution",
    "Inventory",
    "PackageLists",
    "Update",
    "collect",
    "observe",
    "windows_inventory",
]
