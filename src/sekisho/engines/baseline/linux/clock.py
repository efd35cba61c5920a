"""The clock: who keeps it, from which sources, is it right. Source: chrony.conf(5), ntp.conf(5), timesyncd.conf(5)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.engines.baseline.linux.text import assignments, ini, layered, words

if TYPE_CHECKING:
    from sekisho.engines.baseline.linux.context import Context

__all__ = ["parse_chrony_tracking", "parse_sources", "parse_timesync_offset", "read_clock"]

_DIRECTIVES = ("server", "pool", "peer", "refclock")
_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9, "min": 60.0}
_DAEMONS = {
    "chrony": ("/usr/sbin/chronyd",),
    "ntp": ("/usr/sbin/ntpd",),
    "timesyncd": ("/lib/systemd/systemd-timesyncd", "/usr/lib/systemd/systemd-timesyncd"),
    "openntpd": ("/usr/sbin/openntpd",),
}
_POOL_SIZE = 4
"""A ``pool`` line stands for several servers; chrony uses up to four of them by default (maxsources)."""


def parse_sources(text: str) -> list[str]:
    """Time sources of a chrony.conf or ntp.conf: "server NAME" …, in order."""
    return [f"{r[0].lower()} {r[1]}" for _, r in words(text) if len(r) > 1 and r[0].lower() in _DIRECTIVES]


def parse_chrony_tracking(text: str) -> tuple[bool, float | None]:
    """``chronyc -c tracking`` (CSV): synchronised?, offset of the system clock in seconds."""
    cells = text.strip().split(",")
    if len(cells) < 14:  # noqa: PLR2004 - fields of chrony 3 and 4
        return False, None
    try:
        offset = float(cells[4])
    except ValueError:
        return False, None
    return cells[13].strip() != "Not synchronised", offset if math.isfinite(offset) else None


def parse_timesync_offset(text: str) -> float | None:
    """The offset that ``timedatectl timesync-status`` shows ("Offset: -1.5ms"), in seconds."""
    for line in text.split("\n"):
        label, _, value = line.strip().partition(":")
        if label == "Offset":
            number = value.strip()
            for unit in sorted(_UNITS, key=len, reverse=True):
                if number.endswith(unit):
                    try:
                        offset = float(number.removesuffix(unit)) * _UNITS[unit]
                    except ValueError:
                        return None
                    return offset if math.isfinite(offset) else None
    return None


def _configuration(context: Context) -> None:
    """``clock.daemons``, ``clock.source_names``, ``clock.source_count``."""
    tree, facts = context.tree, context.facts
    installed = [name for name, paths in _DAEMONS.items() if any(tree.exists(p) for p in paths)]
    facts.add("clock.daemons", installed, Source(path="/usr/sbin"))
    names: list[str] = []
    sources: list[Source] = []
    plans = {
        "chrony": ("/etc/chrony/chrony.conf", ("/etc/chrony/conf.d/*.conf", "/etc/chrony/sources.d/*.sources")),
        "ntp": ("/etc/ntpsec/ntp.conf", ("/etc/ntpsec/ntp.d/*.conf",)),
    }
    for daemon, (main, drop_ins) in plans.items():
        if daemon in installed:
            for path, patterns in ((main, drop_ins), ("/etc/chrony.conf" if daemon == "chrony" else "/etc/ntp.conf", ())):
                files, found, _ = layered(tree, path, *patterns)
                names += [n for f in files for n in parse_sources(f.text)]
                sources += found
    if "openntpd" in installed:
        file = tree.read("/etc/openntpd/ntpd.conf")
        names += [f"{r[0]} {r[1]}" for _, r in words(file.text) if len(r) > 1 and r[0] in ("server", "servers", "sensor")]
        sources.append(file.source())
    if "timesyncd" in installed and len(installed) == 1:
        files, found, _ = layered(
            tree,
            "/etc/systemd/timesyncd.conf",
            "/etc/systemd/timesyncd.conf.d/*.conf",
            "/usr/lib/systemd/timesyncd.conf.d/*.conf",
        )
        values: dict[str, str] = {}
        for file in files:
            values.update(ini(file.text).get("time", {}))
        listed = (values.get("ntp") or values.get("fallbackntp") or "pool built-in").split()
        names += ["pool built-in"] if listed == ["pool", "built-in"] else [f"server {n}" for n in listed]
        sources += found
    if not installed:
        facts.miss("clock.source_names", FactStatus.ABSENT, Source(path="/etc"))
        facts.miss("clock.source_count", FactStatus.ABSENT, Source(path="/etc"))
        return
    facts.add("clock.source_names", names, *sources)
    facts.add("clock.source_count", sum(_POOL_SIZE if n.startswith(("pool", "servers")) else 1 for n in names), *sources)


def _state(context: Context) -> None:
    """``clock.synchronised`` and ``clock.offset_seconds``, from the daemon if it can be asked, else from the kernel."""
    facts = context.facts
    if not context.live:
        facts.miss("clock.synchronised", FactStatus.NOT_LIVE)
        facts.miss("clock.offset_seconds", FactStatus.NOT_LIVE)
        return
    run = context.run or (lambda _: None)
    tracking = run(["chronyc", "-c", "tracking"])
    if tracking:
        synchronised, offset = parse_chrony_tracking(tracking)
        _put(context, synchronised, offset, "chronyc tracking")
        return
    shown = run(["timedatectl", "show", "--property=NTPSynchronized"])
    if shown:
        synchronised = assignments(shown).get("NTPSynchronized") == "yes"
        status = run(["timedatectl", "timesync-status"])
        _put(context, synchronised, parse_timesync_offset(status) if status else None, "timedatectl")
        return
    clock = context.kernel_clock() if context.kernel_clock else None
    if clock is not None:
        _put(context, clock.synchronised, None, "adjtimex(2)")
        return
    facts.miss("clock.synchronised", FactStatus.ABSENT)
    facts.miss("clock.offset_seconds", FactStatus.ABSENT)


def _put(context: Context, synchronised: bool, offset: float | None, source: str) -> None:
    context.facts.add("clock.synchronised", synchronised, Source(path=source), volatile=True)
    if offset is None:
        context.facts.miss("clock.offset_seconds", FactStatus.ABSENT, Source(path=source))
    else:
        context.facts.add("clock.offset_seconds", abs(offset), Source(path=source), volatile=True)


def _hardware(context: Context) -> None:
    """``clock.hardware_utc``: whether the hardware clock runs in UTC (third line of /etc/adjtime; UTC when there is none)."""
    file = context.tree.read("/etc/adjtime")
    rows = file.text.split("\n") if file.ok else []
    context.facts.add("clock.hardware_utc", rows[2].strip() != "LOCAL" if len(rows) > 2 else True, Source(path="/etc/adjtime"))  # noqa: PLR2004


def read_clock(context: Context) -> None:
    """Adds ``clock.*``."""
    _configuration(context)
    enabled = set(context.facts.value("services.enabled", [])) | set(context.facts.value("services.running", []))
    known = {
        "chrony.service",
        "chronyd.service",
        "ntp.service",
        "ntpsec.service",
        "ntpd.service",
        "systemd-timesyncd.service",
        "openntpd.service",
    }
    units = enabled & known
    aliases = {"chronyd.service": "chrony.service", "ntpd.service": "ntp.service", "ntpsec.service": "ntp.service"}
    context.facts.add("clock.enabled", sorted({aliases.get(u, u) for u in units}), Source(path="/etc/systemd/system"))
    _state(context)
    _hardware(context)
