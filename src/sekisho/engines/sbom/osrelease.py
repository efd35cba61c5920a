"""os-release(5): which operating system it is."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from sekisho.engines.sbom.model import Distribution

if TYPE_CHECKING:
    from sekisho.engines.sbom.rootfs import Root

__all__ = ["parse", "read"]


def parse(text: str) -> Distribution:
    """The fields ID, VERSION_ID and PRETTY_NAME; lines that are no assignment are passed over, as the format demands."""
    values: dict[str, str] = {}
    for line in text.split("\n"):
        name, equals, value = line.strip().partition("=")
        if equals and name.isidentifier():
            try:
                values[name] = "".join(shlex.split(value))
            except ValueError:  # an unclosed quotation mark: keep what is written
                values[name] = value.strip("\"'")
    return Distribution(
        values.get("ID", "").lower(), values.get("VERSION_ID", ""), values.get("PRETTY_NAME") or values.get("NAME", "")
    )


def read(root: Root) -> Distribution:
    """The distribution of the system in ``root``; empty fields when it does not say."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        data = root.read(path, limit=1024 * 1024)
        if data is not None:
            return parse(data.decode("utf-8", "replace"))
    return Distribution()
