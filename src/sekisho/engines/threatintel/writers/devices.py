"""Block lists for devices: Squid, a DNS response policy zone, hosts, a firewall's CSV, lists of hashes."""

from __future__ import annotations

import csv
import io
import ipaddress
import re
from typing import TYPE_CHECKING, Final

from sekisho.engines.detection.indicators import HASHES, Direction, Indicator, Kind
from sekisho.engines.detection.indicators.urls import parse as parse_url
from sekisho.engines.threatintel.tlp import Audience
from sekisho.engines.threatintel.writers.common import Written, comment, selected, without_covered
from sekisho.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

__all__ = ["write_firewall_csv", "write_hashes", "write_hosts", "write_rpz", "write_squid"]

_OUTWARD: Final = frozenset({Direction.OUTBOUND, Direction.BOTH})
_HEAD: Final = "made by Sekisho"
_SERIALS: Final = 2**32
_FORMULA: Final = tuple("=+-@\t\r")
CSV_COLUMNS: Final = ("type", "value", "direction", "action", "expires", "tlp", "confidence", "source", "reference", "title")


def write_squid(
    indicators: Iterable[Indicator], *, now: datetime, audience: Audience = Audience.ORGANIZATION, name: str = "sekisho"
) -> Written:
    """Lines for ``squid.conf``: ``acl`` of domains, addresses and URLs and the ``http_access deny`` of each.

    URLs inside TLS are seen by Squid only where it inspects TLS. ``name`` begins the names of the lists.
    Raises NotPermitted ``threatintel.tlp_forbids``.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,30}", name):
        raise InputError("threatintel.name_broken", value=name[:50])
    kinds = frozenset({Kind.DOMAIN, Kind.IP, Kind.NETWORK, Kind.URL})
    chosen, left_out = selected(indicators, kinds, now=now, audience=audience, directions=_OUTWARD)
    domains = [f".{one}" for one in without_covered(one.value for one in chosen if one.kind is Kind.DOMAIN)]
    addresses = [one.value for one in chosen if one.kind in {Kind.IP, Kind.NETWORK}]
    urls = [_url_regex(one.value) for one in chosen if one.kind is Kind.URL]
    lines = [f"# {_HEAD} {now.isoformat(timespec='seconds')}"]
    for word, kind, values in (("domains", "dstdomain", domains), ("addresses", "dst", addresses), ("urls", "url_regex", urls)):
        lines += [f"acl {name}_{word} {kind} {value}" for value in values]
        lines += [f"http_access deny {name}_{word}"] if values else []
    return Written("\n".join([*lines, ""]), tuple(chosen), tuple(left_out))


def _url_regex(url: str) -> str:
    """An extended regular expression that matches exactly ``url``, with http or https, with its default port or without."""
    parts = parse_url(url)
    if parts is None:
        return "^$"
    shown = f"[{parts.host}]" if ":" in parts.host else parts.host
    port = f":{parts.port}" if parts.port else "(:80|:443)?"
    scheme = "https?" if parts.scheme in {"http", "https"} else re.escape(parts.scheme)
    path = re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", parts.path.replace(" ", "%20"))
    host = re.sub(r"([.\[\]])", r"\\\1", shown)
    return f"^{scheme}://{host}{port}{path}$"


def write_rpz(
    indicators: Iterable[Indicator],
    *,
    now: datetime,
    serial: int,
    audience: Audience = Audience.ORGANIZATION,
    zone: str = "rpz.sekisho.",
) -> Written:
    """A response policy zone: names with all below them, and answers that hold bad addresses, become NXDOMAIN.

    ``serial`` is that of the SOA record (RFC 1982): larger than the one before. Raises InputError ``threatintel.serial_broken``.
    """
    if not 0 < serial < _SERIALS:
        raise InputError("threatintel.serial_broken", serial=serial)
    if not re.fullmatch(r"(?:[a-z0-9_-]{1,63}\.){1,10}", zone):
        raise InputError("threatintel.name_broken", value=zone[:50])
    kinds = frozenset({Kind.DOMAIN, Kind.IP, Kind.NETWORK})
    chosen, left_out = selected(indicators, kinds, now=now, audience=audience, directions=_OUTWARD)
    lines = [
        f"; {_HEAD} {now.isoformat(timespec='seconds')}",
        f"$ORIGIN {zone}",
        "$TTL 300",
        f"@ IN SOA localhost. root.localhost. {serial} 3600 600 86400 300",
        "@ IN NS localhost.",
    ]
    for one in chosen:
        if one.kind is Kind.DOMAIN:
            lines += [f"{one.value} CNAME .", f"*.{one.value} CNAME ."]
        else:
            lines.append(f"{_rpz_address(one.value)}.rpz-ip CNAME .")
    return Written("\n".join([*lines, ""]), tuple(chosen), tuple(left_out))


def _rpz_address(value: str) -> str:
    """``24.0.2.0.192`` for 192.0.2.0/24, ``128.1.zz.db8.2001`` for 2001:db8::1 (ISC, response policy zones)."""
    network = ipaddress.ip_network(value)
    if network.version == 4:  # noqa: PLR2004 - IPv4
        return ".".join([str(network.prefixlen), *reversed(str(network.network_address).split("."))])
    words = str(network.network_address).replace("::", ":zz:").strip(":").split(":")
    return ".".join([str(network.prefixlen), *reversed(words)])


def write_hosts(indicators: Iterable[Indicator], *, now: datetime, audience: Audience = Audience.ORGANIZATION) -> Written:
    """Lines for a ``hosts`` file. It stops exactly the names that stand in it, not those below them."""
    chosen, left_out = selected(indicators, frozenset({Kind.DOMAIN}), now=now, audience=audience, directions=_OUTWARD)
    lines = [f"# {_HEAD} {now.isoformat(timespec='seconds')}", *(f"0.0.0.0 {one.value}" for one in chosen)]
    return Written("\n".join([*lines, ""]), tuple(chosen), tuple(left_out))


def write_firewall_csv(indicators: Iterable[Indicator], *, now: datetime, audience: Audience = Audience.ORGANIZATION) -> Written:
    """A table for a firewall's import, with direction and expiry. What a spreadsheet would compute begins with ``'``."""
    kinds = frozenset({Kind.DOMAIN, Kind.IP, Kind.NETWORK, Kind.URL})
    chosen, left_out = selected(indicators, kinds, now=now, audience=audience)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for one in chosen:
        cells = (
            one.kind.value, one.value, one.direction.value, "deny", one.expires.isoformat() if one.expires else "",
            one.tlp.value if one.tlp else "", "" if one.confidence is None else str(one.confidence), comment(one.source),
            comment(one.reference, 500), comment(one.title, 200),
        )  # fmt: skip
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return Written(out.getvalue(), tuple(chosen), tuple(left_out))


def write_hashes(
    indicators: Iterable[Indicator], *, now: datetime, audience: Audience = Audience.ORGANIZATION, only: Kind | None = None
) -> Written:
    """Hashes, one a line, each kind below a comment with its name; ``only`` one kind gives a list without comments."""
    if only is not None and only not in HASHES:
        raise InputError("threatintel.name_broken", value=only.value)
    chosen, left_out = selected(indicators, frozenset({only}) if only else HASHES, now=now, audience=audience)
    lines: list[str] = []
    previous: Kind | None = None
    for one in chosen:
        if one.kind is not previous and only is None:
            lines.append(f"# {one.kind.value}")
        previous = one.kind
        lines.append(one.value)
    return Written("\n".join([*lines, ""]), tuple(chosen), tuple(left_out))
