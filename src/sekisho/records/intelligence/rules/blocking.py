"""What may stand on a block list, in which direction, until when; and what shows that it is stopped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "BLOCKABLE",
    "DIRECTIONS",
    "EXPIRY_DAYS",
    "FILES",
    "FORMS",
    "LONGEST_DAYS",
    "MEDIA",
    "READ_BACK",
    "default_days",
    "default_direction",
    "denied",
    "is_action_column",
    "is_client_column",
    "test_summary",
]

DIRECTIONS: Final = ("outbound", "inbound", "both")
BLOCKABLE: Final = frozenset({"ip", "network", "domain", "url", "md5", "sha1", "sha256", "sha512"})
"""Kinds for which there is a list that some device reads. The others are searched for."""
FORMS: Final = ("squid", "rpz", "hosts", "csv", "hashes", "stix", "misp", "sigma")
FILES: Final = {
    "squid": "blocklist-squid.conf", "rpz": "blocklist.rpz", "hosts": "blocklist.hosts", "csv": "blocklist.csv",
    "hashes": "hashes.txt", "stix": "indicators.stix.json", "misp": "indicators.misp.json", "sigma": "hunting.yml",
}  # fmt: skip
MEDIA: Final = {
    **dict.fromkeys(FORMS, "text/plain; charset=utf-8"), "csv": "text/csv; charset=utf-8",
    "stix": "application/stix+json;version=2.1", "misp": "application/json", "sigma": "application/yaml",
}  # fmt: skip
EXPIRY_DAYS: Final[Mapping[str, int]] = {"ip": 90, "network": 90, "url": 180, "domain": 180}
"""Addresses change hands sooner than names; hashes of files never do."""
LONGEST_DAYS: Final = 730
_HASH_DAYS: Final = 365
READ_BACK: Final = ("squid", "rpz", "hosts", "list", "hashes")
"""Forms in which a device's configuration can be read back; ``list`` is any table or list of what is stopped."""

_ACTION_NAMES: Final = frozenset(
    {
        "act", "action", "blocked", "cacheresult", "decision", "deviceaction", "disposition", "eventaction", "filteraction",
        "filterresult", "policyaction", "result", "resultcode", "saction", "squidaction", "status", "utmaction", "verdict",
    }
)  # fmt: skip
_CLIENT_NAMES: Final = frozenset({"cip", "srcip", "clientip", "idorigh", "client", "sourceaddress"})
_DENIED: Final = re.compile(
    r"(?<![A-Za-z])(?:TCP_DENIED|deny|denied|block(?:ed)?|drop(?:ped)?|reject(?:ed)?|refused|prevent(?:ed)?|sinkhole[d]?|nxdomain)"
    r"(?![A-Za-z])|遮断|拒否|禁止|ブロック|規制",
    re.IGNORECASE,
)


def default_direction(kind: str) -> str:
    """Names and URLs are called from inside; addresses come both ways."""
    return "outbound" if kind in {"domain", "url"} else "both"


def default_days(kind: str) -> int:
    """How long an indicator of that kind stays on the list when nobody says otherwise."""
    return EXPIRY_DAYS.get(kind, _HASH_DAYS)


def is_action_column(name: str) -> bool:
    """Whether a column of that name says what a device did with the traffic."""
    return re.sub(r"[^a-z]", "", name.casefold()) in _ACTION_NAMES


def is_client_column(name: str) -> bool:
    """Whether a column of that name says which client a proxy, a firewall or a name server served."""
    return re.sub(r"[^a-z]", "", name.casefold()) in _CLIENT_NAMES


def denied(value: str | None) -> bool:
    """Whether that word of a device says that the traffic was stopped."""
    return value is not None and _DENIED.search(value) is not None


def test_summary(test: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a false-block test that the approver reads first."""
    stopped = test.get("stopped", [])
    hosts = {host for one in stopped for host in one.get("hosts", {})}
    return {
        "rows": test.get("rows", 0),
        "flows": sum(one.get("count", 0) for one in stopped),
        "hosts": len(hosts),
        "hit": len(stopped),
        "wide": len(test.get("wide", [])),
        "conclusive": bool(test.get("conclusive")),
    }
