"""Normal forms of addresses, networks and names of hosts.

The same functions are used for what an indicator says and for what a log says, so that both sides meet.
"""

# ruff: noqa: PLR2004 - bits and bytes of addresses
from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import Final

import idna

__all__ = ["domain", "host", "ip", "network", "split_port", "url_ipv4"]

_LONGEST_NAME: Final = 253
_LONGEST_LABEL: Final = 63
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_QUAD: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})")
_IDEOGRAPHIC: Final = str.maketrans({"。": ".", "．": ".", "｡": "."})
_BYTE: Final = 255
_WHOLE: Final = {4: 32, 6: 128}


def split_port(text: str) -> tuple[str, str]:
    """(host, port) of ``host``, ``host:port``, ``[v6]`` or ``[v6]:port``; a bare IPv6 address has no port."""
    if text.startswith("["):
        inside, closed, rest = text[1:].partition("]")
        return (inside, rest.removeprefix(":")) if closed else (text, "")
    head, colon, tail = text.rpartition(":")
    if colon and ":" not in head and (tail.isdecimal() or not tail):
        return head, tail
    return text, ""


def ip(text: str) -> str | None:
    """The normal form of an IPv4 or IPv6 address, or None.

    A port, brackets, a zone (``%eth0``) and a host prefix (``/32``, ``/128``) are dropped; octets padded with zeros are read as
    decimal, as logs write them; ``::ffff:192.0.2.1`` is 192.0.2.1.
    """
    plain, _ = split_port(text.strip())
    plain = plain.partition("%")[0]
    if found := _QUAD.fullmatch(plain):
        octets = [int(part) for part in found.groups()]
        return ".".join(map(str, octets)) if max(octets) <= _BYTE else None
    head, slash, bits = plain.partition("/")
    if slash:
        return ip(head) if (bits == "32" and ":" not in head) or (bits == "128" and ":" in head) else None
    if ":" not in plain:
        return None
    try:
        address = ipaddress.IPv6Address(plain)
    except ValueError:
        return None
    return str(address.ipv4_mapped or address)


def network(text: str) -> str | None:
    """The normal form of a network (``192.0.2.0/24``; host bits cleared), or None. A single address is no network here.

    ``a.b.c.d/255.255.255.0``, ``192.0.2.*`` and ``::ffff:192.0.2.0/120`` are understood.
    """
    plain = text.strip().strip("[]")
    if found := re.fullmatch(r"((?:[0-9]{1,3}\.){1,3})\*(?:\.\*){0,2}", plain):
        octets = found[1].rstrip(".").split(".")
        plain = ".".join([*octets, *["0"] * (4 - len(octets))]) + f"/{8 * len(octets)}"
    if "/" not in plain:
        return None
    head, _, bits = plain.partition("/")
    if (quad := _QUAD.fullmatch(head)) is not None:
        head = ".".join(str(int(part)) for part in quad.groups())
    try:
        found_network = ipaddress.ip_network(f"{head}/{bits}", strict=False)
    except ValueError:
        return None
    if isinstance(found_network, ipaddress.IPv6Network):
        mapped = found_network.network_address.ipv4_mapped
        if mapped is not None and found_network.prefixlen >= 96:
            return network(f"{mapped}/{found_network.prefixlen - 96}")
    return str(found_network) if found_network.prefixlen < _WHOLE[found_network.version] else None


@lru_cache(maxsize=65_536)
def _idn(name: str) -> str | None:
    """ASCII form of a name with other letters (UTS 46, as browsers do), or None."""
    try:
        return idna.encode(name, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError, ValueError, IndexError):
        return None


def domain(text: str) -> str | None:
    """The normal form of a domain name: lower case, IDN as punycode, no trailing dot, no port, no leading ``*.``; or None.

    Underscores are allowed, as names of services use them. Addresses and names of one label are no domains.
    """
    plain = text.strip().translate(_IDEOGRAPHIC)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
    plain, _ = split_port(plain)
    plain = plain.lower().removeprefix("*.").lstrip(".").removesuffix(".")
    if not plain.isascii():
        found = _idn(plain)
        if found is None:
            return None
        plain = found
    if len(plain) > _LONGEST_NAME or "." not in plain:
        return None
    labels = plain.split(".")
    if any(len(label) > _LONGEST_LABEL or not _LABEL.fullmatch(label) for label in labels) or labels[-1].isdecimal():
        return None
    return plain


def url_ipv4(text: str) -> str | None:
    """The IPv4 address that a browser makes of a host such as ``3221225985``, ``0xC0.0.2.1`` or ``0300.0.2.1``; or None.

    Source: WHATWG URL Standard, "IPv4 parser". Plain decimal quads come out as themselves.
    """
    parts = text.removesuffix(".").split(".")
    if not 1 <= len(parts) <= 4:
        return None
    numbers = []
    for part in parts:
        number = _number(part)
        if number is None:
            return None
        numbers.append(number)
    if any(number > _BYTE for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(numbers)):
        return None
    value = numbers[-1] + sum(number << (8 * (3 - place)) for place, number in enumerate(numbers[:-1]))
    return str(ipaddress.IPv4Address(value))


def _number(part: str) -> int | None:
    lowered = part.lower()
    if len(lowered) > 13 or not lowered.isascii():
        return None
    try:
        if lowered.startswith("0x"):
            return int(lowered[2:] or "0", 16)
        if len(lowered) > 1 and lowered.startswith("0"):
            return int(lowered, 8)
        return int(lowered) if lowered.isdecimal() else None
    except ValueError:
        return None


def host(text: str) -> tuple[str, str] | None:
    """``("ip", address)`` or ``("domain", name)`` of what stands where a host stands; None for anything else."""
    if (address := ip(text)) is not None:
        return "ip", address
    if (name := domain(text)) is not None:
        return "domain", name
    return None
