"""OpenSSH server: the settings in effect, worked out from the files as sshd itself does it.

Source: sshd_config(5). The first value of a keyword wins; ``Include`` is read in place; a ``Match`` block lasts until the next
one or the end of the file, and its settings hold only for whom it names, so that a keyword may have several values in effect.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactsBuilder, FactStatus, Source

if TYPE_CHECKING:
    from sekisho.engines.baseline.tree import Tree

__all__ = ["DEFAULTS", "SshdConfig", "parse_line", "read_sshd", "seconds"]

_MAIN: Final = "/etc/ssh/sshd_config"
_MAX_DEPTH: Final = 16

DEFAULTS: Final[dict[str, str]] = {
    "permitrootlogin": "prohibit-password",
    "passwordauthentication": "yes",
    "permitemptypasswords": "no",
    "x11forwarding": "no",
    "maxauthtries": "6",
    "maxsessions": "10",
    "logingracetime": "120",
    "clientaliveinterval": "0",
    "clientalivecountmax": "3",
    "hostbasedauthentication": "no",
    "ignorerhosts": "yes",
    "permituserenvironment": "no",
    "loglevel": "INFO",
    "usepam": "no",
    "gatewayports": "no",
    "permittunnel": "no",
    "strictmodes": "yes",
    "banner": "none",
}
"""Defaults of OpenSSH 7.0 (2015) and later for the keywords that rules look at."""

_OLD_DEFAULTS: Final = {"permitrootlogin": "yes"}
"""Where OpenSSH before 7.0 differed."""

_SECONDS: Final = frozenset({"logingracetime", "clientaliveinterval"})
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_ALGORITHMS: Final = ("ciphers", "macs", "kexalgorithms")
_WEAK: Final = (
    "3des",
    "arcfour",
    "blowfish",
    "cast128",
    "-cbc",
    "hmac-md5",
    "hmac-sha1-96",
    "umac-64",
    "group1-sha1",
    "group-exchange-sha1",
)


@dataclass(slots=True)
class SshdConfig:
    """Values in effect: ``first`` for everybody, ``matched`` those a Match block adds, with their sources and complaints."""

    first: dict[str, tuple[str, Source]] = field(default_factory=dict)
    matched: dict[str, list[tuple[str, Source]]] = field(default_factory=dict)
    bad_lines: list[Source] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)


def parse_line(line: str) -> tuple[str, list[str]] | None:
    """One line as (lower-case keyword, arguments); None for blank lines and comments. Raises ValueError for open quotes."""
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    lexer = shlex.shlex(text, posix=True, punctuation_chars="")
    lexer.whitespace_split = True
    lexer.escape = ""
    words = list(lexer)
    if not words:
        return None
    keyword, equals, rest = words[0].partition("=")
    arguments = ([rest] if equals and rest else []) + words[1:]
    if arguments and arguments[0] == "=":
        arguments = arguments[1:]
    elif arguments and not equals and arguments[0].startswith("="):
        arguments[0] = arguments[0][1:]
    return keyword.lower(), arguments


def seconds(value: str) -> int | None:
    """A time of sshd_config(5) ("90", "1m30s") in seconds; None if it is none."""
    total, number = 0, ""
    for char in value.lower():
        if char.isascii() and char.isdigit():
            number += char
        elif char in _UNITS and number:
            total, number = total + int(number[:12]) * _UNITS[char], ""
        else:
            return None
    return total + int(number[:12] or "0") if value else None


def load(tree: Tree, path: str = _MAIN) -> SshdConfig:
    """Read the configuration with everything it includes."""
    config = SshdConfig()
    _load(tree, path, config, in_match=False, depth=0)
    return config


def _included(tree: Tree, patterns: list[str]) -> list[str]:
    """Files that an Include line names; relative ones lie in /etc/ssh."""
    return [path for p in patterns for path in tree.glob(p if p.startswith("/") else f"/etc/ssh/{p}")]


def _load(tree: Tree, path: str, config: SshdConfig, *, in_match: bool, depth: int) -> None:
    file = tree.read(path)
    if not file.ok:
        config.denied += [path] if file.status is not FactStatus.ABSENT else []
        return
    for number, raw in enumerate(file.text.split("\n"), 1):
        try:
            parsed = parse_line(raw)
        except ValueError:
            parsed = None
            config.bad_lines.append(file.source(number))
        if parsed is None:
            continue
        keyword, arguments = parsed
        if keyword == "match":
            in_match = [a.lower() for a in arguments] != ["all"]
        elif keyword == "include" and depth < _MAX_DEPTH:
            for included in _included(tree, arguments):
                _load(tree, included, config, in_match=in_match, depth=depth + 1)
        elif not arguments:
            config.bad_lines.append(file.source(number))
        else:
            _set(config, keyword, ",".join(arguments), file.source(number), in_match=in_match)


def _set(config: SshdConfig, keyword: str, value: str, source: Source, *, in_match: bool) -> None:
    if in_match:
        config.matched.setdefault(keyword, []).append((value, source))
    else:
        config.first.setdefault(keyword, (value, source))


def _version(tree: Tree) -> tuple[int, int] | None:
    """Version of the installed server, from the package database; None if unknown."""
    status = tree.read("/var/lib/dpkg/status", limit=64 * 1024 * 1024)
    inside = False
    for line in status.text.split("\n") if status.ok else ():
        if line.startswith("Package: "):
            inside = line == "Package: openssh-server"
        elif inside and line.startswith("Version: "):
            number = line.removeprefix("Version: ").split(":")[-1].split("p")[0].split(".")
            return (int(number[0]), int(number[1])) if len(number) > 1 and all(n.isdigit() for n in number[:2]) else None
    return None


def read_sshd(tree: Tree, facts: FactsBuilder) -> None:
    """Adds ``sshd.installed``, ``sshd.option.<keyword>`` (every value in effect), ``sshd.weak_algorithms`` and
    ``sshd.idle_limit_seconds``.
    """
    present = tree.read(_MAIN)
    binary = tree.exists("/usr/sbin/sshd")
    facts.add("sshd.installed", binary or present.ok or present.status is FactStatus.DENIED)
    if not facts.value("sshd.installed"):
        return
    config = load(tree)
    if config.denied or present.binary:
        status = FactStatus.DENIED if config.denied else FactStatus.UNPARSABLE
        for keyword in DEFAULTS:
            facts.miss(f"sshd.option.{keyword}", status, Source(path=_MAIN))
        facts.miss("sshd.idle_limit_seconds", status, Source(path=_MAIN))
        facts.miss("sshd.weak_algorithms", status, Source(path=_MAIN))
        return
    version = _version(tree)
    defaults = DEFAULTS | (_OLD_DEFAULTS if version and version < (7, 0) else {})
    for keyword, default in defaults.items():
        value, source = config.first.get(keyword, (default, present.source()))
        rows = [(value, source), *config.matched.get(keyword, [])]
        facts.add(f"sshd.option.{keyword}", _values(keyword, [v for v, _ in rows]), *(s for _, s in rows))
    _algorithms(config, facts, present.source())
    interval, count = facts.value("sshd.option.clientaliveinterval"), facts.value("sshd.option.clientalivecountmax")
    limits = [i * c for i in interval for c in count if isinstance(i, int) and isinstance(c, int)]
    facts.add("sshd.idle_limit_seconds", 0 if 0 in limits else max(limits, default=0), present.source())
    facts.add("sshd.bad_lines", [f"{s.path}:{s.line}" for s in config.bad_lines], present.source())


def _values(keyword: str, values: list[str]) -> list[str | int]:
    """Distinct values in order, numbers as numbers and yes/no in lower case."""
    found: list[str | int] = []
    for value in values:
        if keyword in _SECONDS:
            time = seconds(value)
            item: str | int = value if time is None else time
        elif value.isascii() and value.isdigit():
            item = int(value[:12])
        else:
            item = value.lower() if keyword != "banner" else value
        if item == "without-password":
            item = "prohibit-password"
        if item not in found:
            found.append(item)
    return found


def _algorithms(config: SshdConfig, facts: FactsBuilder, source: Source) -> None:
    """Weak algorithms that somebody switched on; the defaults of supported versions have none. ``-`` removes, so never adds."""
    weak = [
        name
        for keyword in _ALGORITHMS
        for name in config.first.get(keyword, ("", source))[0].lower().lstrip("+^").split(",")
        if name and not name.startswith("-") and any(w in name for w in _WEAK)
    ]
    removed = [k for k in _ALGORITHMS if config.first.get(k, ("", source))[0].startswith("-")]
    facts.add("sshd.weak_algorithms", [] if removed and not weak else weak, source)
