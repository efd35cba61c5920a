"""Addresses of machines (IPv4, IPv6), only when they are asked for: most texts of a computer department are full of them."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

import numpy as np

from sekisho.engines.leakscan.kinds import Kind, Reason
from sekisho.engines.leakscan.rows import EMPTY, Part

__all__ = ["find_addresses"]

_FOUR: Final = re.compile(r"(?<![0-9A-Za-z.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9])")
_SIX: Final = re.compile(r"(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Za-z:])")
_SCORE: Final = 0.8
_LEAST: Final = 4


def find_addresses(text: str) -> Part:
    """All addresses that exist, rows as of numbers; a time of day (10:20:30) and a version with parts above 255 are none."""
    rows = []
    for pattern in (_FOUR, _SIX):
        for found in pattern.finditer(text):
            value = found.group()
            if pattern is _SIX and (("::" not in value and value.count(":") < 7) or len(value) < _LEAST):  # noqa: PLR2004 - eight groups
                continue
            try:
                ipaddress.ip_address(value)
            except ValueError:
                continue
            rows.append((int(Kind.IP_ADDRESS), found.start(), found.end(), int(Reason.FORM), 0, 0, 0))
    if not rows:
        return EMPTY
    return np.array(rows, dtype=np.int32), np.full(len(rows), _SCORE, dtype=np.float32)
