"""Normal form of URLs, and their parts."""

# ruff: noqa: PLR2004 - printable bytes
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from sekisho.engines.detection.indicators import hosts

__all__ = ["Url", "parse", "url"]

_LONGEST: Final = 65_536
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]{0,30}):[/\\]{2,}", re.IGNORECASE)
_AUTHORITY_END: Final = re.compile(r"[/\\?#]")
_PORTS: Final = {"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}
_WEB: Final = frozenset({"http", "https", "ws", "wss"})
_SAFE: Final = "!$&'()*+,;=:@/?[]|~-._\"`{}<>^\\"  # stay as they stand; everything else is written %XX
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_RESERVED: Final = frozenset(b"!$&'()*+,;=:@/?#[]%")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f]+")
_DOTS: Final = re.compile(r"/\.{1,2}(?:/|$)")


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL in normal form. ``host_kind`` is ``ip`` or ``domain``; ``port`` empty when it is the scheme's own."""

    scheme: str
    host_kind: str
    host: str
    port: str
    path: str

    @property
    def key(self) -> str:
        """What is compared. http and https are the same here: a proxy often logs one for the other."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "" if self.scheme in _WEB else f"{self.scheme}:"
        return f"{scheme}//{shown}{':' if self.port else ''}{self.port}{self.path}"

    @property
    def text(self) -> str:
        """The URL in normal form, with its scheme."""
        return self.scheme + ":" + (self.key if self.scheme in _WEB else self.key.partition(":")[2])


def _escapes(path: str) -> str:
    """Escapes of unreserved characters undone, others in upper case, what is not ASCII or not printable escaped."""

    def one(found: re.Match[str]) -> str:
        byte = int(found[0][1:], 16)
        if byte in _RESERVED or not 0x20 < byte < 0x7F:
            return found[0].upper()
        return chr(byte)

    plain = _ESCAPE.sub(one, path) if "%" in path else path
    if plain.isascii():
        return plain
    return quote_from_bytes(plain.encode("utf-8", "surrogatepass"), safe=_SAFE + "%#")


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4: ``/a/./b/../c`` is ``/a/c``."""
    if not _DOTS.search(path):
        return path
    kept: list[str] = []
    steps = path.split("/")
    for step in steps[1:]:
        if step == "..":
            del kept[-1:]
        elif step != ".":
            kept.append(step)
    if steps[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def parse(text: str) -> Url | None:
    """The parts of a URL, or None when it is none. Without a scheme (``example.com/a``, ``example.com:443``) http is assumed.

    User names are dropped, hosts normalised, default ports and fragments dropped, dot segments resolved, escapes made the same.
    """
    if len(text) > _LONGEST:
        return None
    plain = _CONTROL.sub("", text.strip("\"'<> \t\r\n")) if _CONTROL.search(text) else text.strip("\"'<>")
    found = _SCHEME.match(plain)
    scheme, rest = (found[1].lower(), plain[found.end() :]) if found else ("http", plain)
    ending = _AUTHORITY_END.search(rest)
    authority, tail = (rest[: ending.start()], rest[ending.start() :]) if ending else (rest, "")
    named, port = hosts.split_port(authority.rpartition("@")[2])
    if "%" in named:
        named = unquote_to_bytes(named).decode("utf-8", "replace")
    kind_and_host = _host(named)
    if kind_and_host is None:
        return None
    path, mark, query = tail.partition("#")[0].partition("?")
    path = _without_dots(_escapes(path.replace("\\", "/")) or "/")
    query = _escapes(query)
    port = port.lstrip("0")
    own = _PORTS.get(scheme) == port or (not found and port in {"80", "443"})
    return Url(scheme, *kind_and_host, "" if own else port, f"{path}?{query}" if mark and query else path)


def _host(named: str) -> tuple[str, str] | None:
    if ":" in named:
        address = hosts.ip(f"[{named}]")
        return None if address is None else ("ip", address)
    if named.removesuffix(".")[-1:].isdigit() or named.removesuffix(".").rpartition(".")[2][:2].lower() == "0x":
        address = hosts.url_ipv4(named)
        if address is not None:
            return "ip", address
    name = hosts.domain(named)
    return None if name is None else ("domain", name)


def url(text: str) -> str | None:
    """The normal form of a URL with its scheme (:attr:`Url.text`), or None."""
    parts = parse(text)
    return None if parts is None else parts.text
