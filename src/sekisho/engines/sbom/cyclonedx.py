"""Writing CycloneDX 1.6 JSON (ECMA-424), deterministic: the same inventory and time give the same bytes.

Written as plain values with msgspec and proved against the official schema in the tests: the reference library needs seconds
for what a host has.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from cyclonedx.spdx import is_supported_id

from sekisho.engines.sbom.licences import is_expression

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.engines.sbom.model import Component, Inventory

__all__ = ["MEDIA_TYPE", "SPEC_VERSION", "write"]

MEDIA_TYPE: Final = "application/vnd.cyclonedx+json; version=1.6"
SPEC_VERSION: Final = "1.6"


def _licences(component: Component) -> list[dict[str, Any]]:
    acknowledgement = {"acknowledgement": "declared"} if component.licence_basis == "declared" else {}
    if len(component.licences) == 1 and is_expression(component.licences[0]):
        return [{"expression": component.licences[0], **acknowledgement}]
    return [
        {"license": {"id" if is_supported_id(name) else "name": name, **acknowledgement}} for name in component.licences if name
    ]


def _properties(component: Component) -> list[dict[str, str]]:
    values = {
        "sekisho:ecosystem": component.ecosystem,
        "sekisho:licence-basis": component.licence_basis,
        "sekisho:provided-by": component.provided_by,
        "sekisho:source-package": component.source if component.source != component.name else "",
        "sekisho:source-version": component.source_version if component.source_version != component.version else "",
        "sekisho:planned-only": "" if component.installed else "true",
    }
    return [{"name": name, "value": value} for name, value in values.items() if value]


def _component(component: Component, reference: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "type": "application" if component.ecosystem == "windows" else "library",
        "bom-ref": reference,
        "name": component.name,
    }
    if component.version:
        result["version"] = component.version
    if component.ecosystem == "npm" and component.name.startswith("@") and "/" in component.name:
        result["group"], result["name"] = component.name.split("/", 1)
    if component.supplier:
        result["supplier"] = {"name": component.supplier}
    licences = _licences(component)
    if licences:
        result["licenses"] = licences
    if component.purl:
        result["purl"] = component.purl
    result["properties"] = _properties(component)
    if component.locations:
        result["evidence"] = {"occurrences": [{"location": location} for location in component.locations]}
    return result


def write(inventory: Inventory, *, host: str, now: datetime, tool_version: str) -> bytes:
    """The inventory as CycloneDX JSON. ``now`` becomes the timestamp; the serial number follows from the rest of the content."""
    references: set[str] = set()
    components = []
    for index, component in enumerate(inventory.components):
        reference = component.purl or f"{component.ecosystem}:{component.name}@{component.version}"
        if reference in references:
            reference = f"{reference}#{index}"
        references.add(reference)
        components.append(_component(component, reference))
    system: list[dict[str, Any]] = []
    if inventory.distribution.name or inventory.distribution.identifier:
        system.append({
            "type": "operating-system", "bom-ref": "operating-system",
            "name": inventory.distribution.name or inventory.distribution.identifier,
            **({"version": inventory.distribution.version} if inventory.distribution.version else {}),
        })  # fmt: skip
    complete = not (inventory.problems or inventory.unreadable)
    subject = {"type": "device", "bom-ref": "host", "name": host}
    content = {
        "components": [*system, *components],
        "compositions": [{"aggregate": "unknown" if complete else "incomplete", "assemblies": ["host"]}],
    }
    digest = hashlib.sha256(msgspec.json.encode([subject, content, tool_version], order="deterministic")).digest()
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=5)}",
        "version": 1,
        "metadata": {
            "timestamp": now.isoformat(timespec="seconds"),
            "lifecycles": [{"phase": "operations"}],
            "tools": {"components": [{"type": "application", "name": "sekisho", "version": tool_version}]},
            "component": subject,
        },
        **content,
    }
    return msgspec.json.encode(document)
