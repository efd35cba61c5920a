"""A moment, and indicators of every kind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sekisho.engines.detection.indicators import Direction, Indicator, Kind, Tlp


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 30, 3, 0, tzinfo=UTC)


@pytest.fixture
def indicators() -> list[Indicator]:
    values = {
        Kind.DOMAIN: "evil.jp", Kind.IP: "45.77.10.21", Kind.NETWORK: "185.220.101.0/24", Kind.URL: "https://page.evil.net/a.b?c=(d)",
        Kind.EMAIL: "x@evil.jp", Kind.MD5: "0a" * 16, Kind.SHA1: "0a" * 20, Kind.SHA256: "0a" * 32, Kind.SHA512: "0a" * 64,
        Kind.IMPHASH: "0b" * 16, Kind.SSDEEP: "3:abcdefgh:ijklmnop", Kind.FILE_NAME: "evil.exe",
        Kind.FILE_PATH: "c:\\windows\\evil.exe", Kind.REGISTRY: "hklm\\software\\evil\\run",
    }  # fmt: skip
    made = [Indicator(kind=kind, value=value, tlp=Tlp.GREEN, source="CERT", title="試験") for kind, value in values.items()]
    return [*made, Indicator(kind=Kind.IP, value="2001:db8:5::1", direction=Direction.OUTBOUND, tlp=Tlp.GREEN)]
