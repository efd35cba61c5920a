"""Log-in: password rules, lock-out, defaults for new accounts, automatic log-off, automatic log-in, screen lock, banner.

Source: login.defs(5), useradd(8), pam.d(5), pwquality.conf(5), faillock.conf(5), bash(1) TMOUT, logind.conf(5), dconf(7).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.engines.baseline.linux.text import assignments, ini, layered, lines, miss_all, number, words

if TYPE_CHECKING:
    from sekisho.engines.baseline.linux.context import Context
    from sekisho.engines.baseline.tree import TreeFile

__all__ = ["PamLine", "parse_pam", "parse_time", "parse_tmout", "read_login"]

PamLine = tuple[str, str, str, tuple[str, ...]]
"""Type, control, module, arguments."""

_PAM_FILES: Final = ("common-auth", "common-account", "common-password", "system-auth", "password-auth")
_DISPLAY_MANAGERS: Final = (
    "/etc/gdm3/daemon.conf",
    "/etc/gdm3/custom.conf",
    "/etc/gdm/custom.conf",
    "/etc/lightdm/lightdm.conf",
    "/etc/lightdm/lightdm.conf.d/*.conf",
    "/etc/sddm.conf",
    "/etc/sddm.conf.d/*.conf",
)
_TMOUT: Final = re.compile(r"(?<![A-Za-z0-9_])TMOUT=[\"']?([0-9]{1,9})")
_READONLY: Final = re.compile(r"(?:readonly|(?:declare|typeset)\s+-[a-z]*r[a-z]*)\s+(?:[A-Za-z0-9_=]+\s+)*TMOUT(?![A-Za-z0-9_])")


def parse_pam(text: str) -> list[PamLine]:
    """Lines of a pam.d(5) file; controls in brackets stay one word; ``@include`` lines come as ("@include", "", file, ())."""
    rows: list[PamLine] = []
    for _, line in lines(text.replace("\\\n", " ")):
        plain = line.split(" #", 1)[0]
        if plain.startswith("@include"):
            rows.append(("@include", "", plain.partition(" ")[2].strip(), ()))
            continue
        kind, _, rest = plain.replace("\t", " ").partition(" ")
        rest = rest.strip()
        if rest.startswith("["):
            control, _, rest = rest.partition("]")
            control += "]"
        else:
            control, _, rest = rest.partition(" ")
        cells = rest.split()
        if cells:
            rows.append((kind.lstrip("-").lower(), control, cells[0].rsplit("/", 1)[-1], tuple(cells[1:])))
    return rows


def parse_tmout(text: str) -> tuple[int | None, bool]:
    """The last TMOUT that a shell start file sets, in seconds, and whether it makes it read-only."""
    seconds, readonly = None, False
    for _, line in lines(text):
        code = line.split(" #", 1)[0]
        found = _TMOUT.findall(code)
        seconds = int(found[-1]) if found else seconds
        readonly = readonly or bool(_READONLY.search(code))
    return seconds, readonly


def parse_time(text: str) -> int | None:
    """A time span of systemd.time(7) ("15min", "1h 30min", "900") in seconds; "infinity" is 0 (never); None if it is none."""
    units = {"s": 1, "sec": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600,
             "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "": 1}  # fmt: skip
    if text.strip() == "infinity":
        return 0
    parts = re.findall(r"([0-9]{1,9})\s*([a-z]*)", text)
    if not parts or re.sub(r"[0-9]{1,9}\s*[a-z]*\s*", "", text) or any(u not in units for _, u in parts):
        return None
    return sum(int(n) * units[u] for n, u in parts)


def _login_defs(context: Context) -> None:
    """``login.*``: defaults for new accounts."""
    file = context.tree.read("/etc/login.defs")
    if not file.ok or file.binary:
        miss_all(context.facts, ("login.umask", "login.encrypt_method", "login.fail_delay"), file)
    else:
        values = {r[0]: r[1] for _, r in words(file.text) if len(r) > 1}
        context.facts.add("login.umask", values.get("UMASK", "022"), file.source())
        context.facts.add("login.home_mode", values.get("HOME_MODE", ""), file.source())
        context.facts.add("login.encrypt_method", values.get("ENCRYPT_METHOD", "DES").upper(), file.source())
        context.facts.add("login.fail_delay", number(values.get("FAIL_DELAY")) or 0, file.source())
    useradd = context.tree.read("/etc/default/useradd")
    inactive = number(assignments(useradd.text).get("INACTIVE")) if useradd.ok else None
    if useradd.status is FactStatus.DENIED:
        context.facts.miss("login.inactive_days", useradd.status, useradd.source())
    else:
        context.facts.add("login.inactive_days", -1 if inactive is None else inactive, useradd.source())


def _pam(context: Context) -> None:
    """``pam.*``: lock-out after failures, quality of passwords, whether an empty password will do, who may use su."""
    tree, facts = context.tree, context.facts
    files = [tree.read(f"/etc/pam.d/{n}") for n in _PAM_FILES]
    su = tree.read("/etc/pam.d/su")
    if not any(f.ok for f in files):
        worst = next((f for f in files if f.status is not FactStatus.ABSENT), files[0])
        miss_all(facts, ("pam.lockout_after", "pam.min_length", "pam.nullok", "pam.hash", "pam.history"), worst)
    else:
        rows = [row for f in files if f.ok for row in parse_pam(f.text)]
        where = [f.source() for f in files if f.ok]
        unix = [r for r in rows if r[2] == "pam_unix.so"]
        facts.add("pam.nullok", any(a in ("nullok", "nullok_secure") for r in unix if r[0] == "auth" for a in r[3]), *where)
        hashes = [
            a
            for r in unix
            if r[0] == "password"
            for a in r[3]
            if a in ("yescrypt", "sha512", "sha256", "blowfish", "md5", "bigcrypt")
        ]
        facts.add("pam.hash", hashes[-1] if hashes else "", *where)
        facts.add(
            "pam.history",
            any(
                r[2] == "pam_pwhistory.so" or (r[2] == "pam_unix.so" and any(a.startswith("remember=") for a in r[3]))
                for r in rows
            ),
            *where,
        )
        _lockout(context, rows, where)
        _quality(context, rows, where)
    if su.ok:
        wheel = any(r[2] == "pam_wheel.so" and r[1] in ("required", "requisite") for r in parse_pam(su.text))
        facts.add("pam.su_restricted", wheel, su.source())
    else:
        facts.miss("pam.su_restricted", su.status, su.source())


def _argument(arguments: tuple[str, ...], name: str) -> int | None:
    return next((number(a.partition("=")[2]) for a in arguments if a.startswith(f"{name}=")), None)


def _lockout(context: Context, rows: list[PamLine], where: list[Source]) -> None:
    """``pam.lockout_after``: failures after which an account is locked; 0 = never."""
    locking = [r for r in rows if r[2] in ("pam_faillock.so", "pam_tally2.so", "pam_tally.so") and r[0] == "auth"]
    if not locking:
        context.facts.add("pam.lockout_after", 0, *where)
        return
    conf = context.tree.read("/etc/security/faillock.conf")
    values = assignments(conf.text) if conf.ok else {}
    given = [n for r in locking if (n := _argument(r[3], "deny")) is not None]
    configured = number(values.get("deny"))
    default = 3 if configured is None else configured
    context.facts.add("pam.lockout_after", given[-1] if given else default, *where, *([conf.source()] if conf.ok else []))


def _quality(context: Context, rows: list[PamLine], where: list[Source]) -> None:
    """``pam.min_length``: shortest password that pam_pwquality (or pam_passwdqc, pam_unix) takes; 0 = not checked."""
    checking = [r for r in rows if r[0] == "password" and r[2] in ("pam_pwquality.so", "pam_cracklib.so")]
    unix = [n for r in rows if r[0] == "password" and r[2] == "pam_unix.so" and (n := _argument(r[3], "minlen")) is not None]
    if not checking:
        context.facts.add("pam.min_length", max(unix, default=0), *where)
        return
    files, sources, _ = layered(context.tree, "/etc/security/pwquality.conf", "/etc/security/pwquality.conf.d/*.conf")
    values: dict[str, str] = {}
    for file in files:
        values.update(assignments(file.text))
    given = [n for r in checking if (n := _argument(r[3], "minlen")) is not None]
    configured = number(values.get("minlen"))
    default = 8 if configured is None else configured
    context.facts.add("pam.min_length", given[-1] if given else default, *where, *sources)


def _shells(context: Context) -> None:
    """``shell.timeout_seconds`` (0 = none) and whether users cannot unset it; ``shell.umask`` that start files set."""
    paths = ["/etc/profile", *context.tree.glob("/etc/profile.d/*.sh"), "/etc/bash.bashrc", "/etc/bashrc"]
    files: list[TreeFile] = [context.tree.read(p) for p in paths]
    if any(f.status is FactStatus.DENIED for f in files):
        for key in ("shell.timeout_seconds", "shell.timeout_readonly"):
            context.facts.miss(key, FactStatus.DENIED, Source(path="/etc/profile"))
        return
    seconds, readonly, sources = 0, False, []
    for file in (f for f in files if f.ok):
        found, fixed = parse_tmout(file.text)
        if found is not None:
            seconds = found
            sources.append(file.source())
        readonly = readonly or fixed
    where = sources or [Source(path="/etc/profile")]
    context.facts.add("shell.timeout_seconds", seconds, *where)
    context.facts.add("shell.timeout_readonly", readonly, *where)


def _logind(context: Context) -> None:
    """``logind.*``: what systemd-logind does with idle sessions."""
    files, sources, status = layered(
        context.tree, "/etc/systemd/logind.conf", "/etc/systemd/logind.conf.d/*.conf", "/usr/lib/systemd/logind.conf.d/*.conf"
    )
    if not context.facts.value("services.systemd"):
        context.facts.miss("logind.stop_idle_seconds", FactStatus.ABSENT, Source(path="/etc/systemd/logind.conf"))
        return
    if status is FactStatus.DENIED:
        context.facts.miss("logind.stop_idle_seconds", status, *sources)
        return
    values: dict[str, str] = {}
    for file in files:
        values.update(ini(file.text).get("login", {}))
    stop = parse_time(values.get("stopidlesessionsec", "infinity"))
    if stop is None:
        context.facts.miss("logind.stop_idle_seconds", FactStatus.UNPARSABLE, *sources)
    else:
        context.facts.add("logind.stop_idle_seconds", stop, *sources)
    context.facts.add("logind.idle_action", values.get("idleaction", "ignore").lower(), *sources)


def _desktop(context: Context) -> None:
    """``desktop.*``: screen lock by dconf, automatic log-in of the display managers."""
    tree, facts = context.tree, context.facts
    automatic, sources = [], []
    for path in [found for pattern in _DISPLAY_MANAGERS for found in tree.glob(pattern)]:
        file = tree.read(path)
        if not file.ok:
            continue
        sources.append(file.source())
        for section, values in ini(file.text).items():
            on = values.get("automaticloginenable", "").lower() in ("true", "1") or bool(values.get("autologin-user"))
            automatic += [path] if on or (section == "autologin" and values.get("user")) else []
    for path in (*tree.glob("/etc/systemd/system/*getty@*.d/*.conf"), *tree.glob("/etc/systemd/system/getty*.service.d/*.conf")):
        file = tree.read(path)
        if file.ok and re.search(r"^ExecStart=.*(--autologin|\s-a\s)", file.text, re.MULTILINE):
            automatic.append(path)
            sources.append(file.source())
    facts.add("login.automatic", sorted(set(automatic)), *sources)
    files, found, _ = layered(tree, "", "/etc/dconf/db/local.d/*", "/etc/dconf/db/site.d/*", "/etc/dconf/db/distro.d/*")
    values = {}
    for file in files:
        for section, rows in ini(file.text).items():
            values.update({f"{section}/{k}": v for k, v in rows.items()})
    delay = number(values.get("org/gnome/desktop/session/idle-delay", "").removeprefix("uint32").strip() or None)
    locks = values.get("org/gnome/desktop/screensaver/lock-enabled", "").lower() != "false"
    facts.add("desktop.idle_lock_seconds", 0 if delay is None or not locks else delay, *found)


def _banner(context: Context) -> None:
    """``login.banner``: whether a notice stands before log-in, and says nothing about the system (issue(5) escapes)."""
    rows = [context.tree.read(p) for p in ("/etc/issue", "/etc/issue.net")]
    present = [f for f in rows if f.ok and f.text.strip()]
    where = [f.source() for f in present]
    leaks = any(re.search(r"\\[mrsv]", f.text) for f in present)
    release = ini(context.tree.read("/etc/os-release").text).get("", {}).get("pretty_name", "").strip('"')
    leaks = leaks or any(release and release.split(" ")[0] in f.text for f in present)
    context.facts.add("login.banner_reveals_system", leaks, *where)


def read_login(context: Context) -> None:
    """Adds ``login.*``, ``pam.*``, ``shell.*``, ``logind.*``, ``desktop.*``."""
    _login_defs(context)
    _pam(context)
    _shells(context)
    _logind(context)
    _desktop(context)
    _banner(context)
