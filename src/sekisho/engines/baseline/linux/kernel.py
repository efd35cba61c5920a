"""Kernel parameters, modules that may load, core dumps and mount options. From sysctl.d(5), modprobe.d(5), fstab(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.engines.baseline.linux.text import assignments, layered, number, words

if TYPE_CHECKING:
    from sekisho.engines.baseline.linux.context import Context
    from sekisho.engines.baseline.tree import Tree

__all__ = ["SYSCTLS", "configured_sysctls", "parse_sysctl", "read_kernel"]

SYSCTLS: Final = (
    "kernel.randomize_va_space", "kernel.dmesg_restrict", "kernel.kptr_restrict", "kernel.yama.ptrace_scope", "kernel.sysrq",
    "kernel.unprivileged_bpf_disabled", "kernel.kexec_load_disabled", "kernel.perf_event_paranoid", "fs.protected_symlinks",
    "fs.protected_hardlinks", "fs.protected_regular", "fs.protected_fifos", "fs.suid_dumpable", "net.ipv4.ip_forward",
    "net.ipv4.tcp_syncookies", "net.ipv4.conf.all.accept_redirects", "net.ipv4.conf.default.accept_redirects",
    "net.ipv4.conf.all.send_redirects", "net.ipv4.conf.all.accept_source_route", "net.ipv4.conf.all.rp_filter",
    "net.ipv4.conf.all.log_martians", "net.ipv4.icmp_echo_ignore_broadcasts", "net.ipv6.conf.all.accept_redirects",
    "net.ipv6.conf.all.accept_source_route", "net.ipv6.conf.all.forwarding",
)  # fmt: skip
"""Parameters that are recorded; rules look at some of them."""

_RARE_NETWORK: Final = ("dccp", "rds", "tipc", "sctp")
_RARE_FILESYSTEMS: Final = ("cramfs", "freevxfs", "hfs", "hfsplus", "jffs2", "udf")
_NEVER: Final = ("/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false")
_MOUNTS: Final = ("/tmp", "/dev/shm", "/var/tmp", "/home")  # noqa: S108 - looked at, never written to


def parse_sysctl(text: str) -> dict[str, str]:
    """Settings of a sysctl.d(5) file; ``/`` and ``.`` both separate, a leading ``-`` (ignore errors) is taken off."""
    return {k.lstrip("-").strip().replace("/", "."): " ".join(v.split()) for k, v in assignments(text).items() if k.strip("- ")}


def configured_sysctls(tree: Tree) -> tuple[dict[str, str], list[Source]]:
    """What the files would set at the next start, in the order in which they are applied."""
    patterns = (
        "/etc/sysctl.d/*.conf",
        "/run/sysctl.d/*.conf",
        "/usr/local/lib/sysctl.d/*.conf",
        "/usr/lib/sysctl.d/*.conf",
        "/lib/sysctl.d/*.conf",
    )
    files, sources, _ = layered(tree, "", *patterns)
    main = tree.read("/etc/sysctl.conf")
    found: dict[str, str] = {}
    for file in [*files, *([main] if main.ok else [])]:
        found.update(parse_sysctl(file.text))
    return found, [*sources, *([main.source()] if main.ok else [])]


def _sysctls(context: Context) -> None:
    """``sysctl.<name>``: the value in effect on a running host, else the one its files would set."""
    configured, sources = configured_sysctls(context.tree)
    for name in SYSCTLS:
        key = f"sysctl.{name}"
        if context.live:
            file = context.tree.read("/proc/sys/" + name.replace(".", "/"))
            value = number(file.text) if file.ok else None
            if value is not None:
                context.facts.add(key, value, Source(path=file.path))
            else:
                context.facts.miss(key, FactStatus.UNPARSABLE if file.ok else file.status, Source(path=file.path))
        elif (value := number(configured.get(name))) is not None:
            context.facts.add(key, value, *sources)
        else:
            context.facts.miss(key, FactStatus.NOT_LIVE, *sources)
    context.facts.add("sysctl.configured", {k: configured[k] for k in sorted(configured)}, *sources)


def _modules(context: Context) -> None:
    """``modules.loadable_network`` and ``…_filesystems``: rare modules that exist and that nothing keeps from loading."""
    tree = context.tree
    files, sources, _ = layered(
        tree, "", "/etc/modprobe.d/*.conf", "/run/modprobe.d/*.conf", "/usr/lib/modprobe.d/*.conf", "/lib/modprobe.d/*.conf"
    )
    stopped = set()
    for file in files:
        for _, row in words(file.text):
            if len(row) > 2 and row[0] == "install" and row[2] in _NEVER:  # noqa: PLR2004 - install NAME COMMAND
                stopped.add(row[1])
    present: set[str] = set()
    readable = False
    for release in tree.glob("/lib/modules/*/modules.dep"):
        file = tree.read(release, limit=16 * 1024 * 1024)
        readable = readable or file.ok
        present |= {line.split(":")[0].rsplit("/", 1)[-1].split(".")[0] for line in file.text.split("\n") if line}
    for key, names in (("modules.loadable_network", _RARE_NETWORK), ("modules.loadable_filesystems", _RARE_FILESYSTEMS)):
        if readable:
            context.facts.add(key, [n for n in names if n in present and n not in stopped], *sources)
        else:
            context.facts.miss(key, FactStatus.ABSENT, Source(path="/lib/modules"))


def _mounts(context: Context) -> None:
    """``mount.<path>``: options in effect (running) or in fstab (at rest) of file systems of their own."""
    file = context.tree.read("/proc/self/mounts" if context.live else "/etc/fstab")
    if not file.ok:
        for path in _MOUNTS:
            context.facts.miss(f"mount:{path}", file.status, file.source())
        return
    mounted = {row[1]: row[3].split(",") for _, row in words(file.text) if len(row) > 3}  # noqa: PLR2004 - fstab(5)
    for path in _MOUNTS:
        if path in mounted:
            kept = sorted(o for o in mounted[path] if o in ("nodev", "nosuid", "noexec", "ro", "rw"))
            context.facts.add(f"mount:{path}", kept, Source(path=file.path))
        else:
            context.facts.miss(f"mount:{path}", FactStatus.ABSENT, Source(path=file.path))


def _core_dumps(context: Context) -> None:
    """``limits.core_hard_zero``: whether a hard limit keeps core dumps from being written."""
    files, sources, status = layered(context.tree, "/etc/security/limits.conf", "/etc/security/limits.d/*.conf")
    if status is FactStatus.DENIED:
        context.facts.miss("limits.core_hard_zero", status, *sources)
        return
    zero = any(
        row[:3] == ["*", kind, "core"] and row[3:4] == ["0"] for f in files for _, row in words(f.text) for kind in ("hard", "-")
    )
    context.facts.add("limits.core_hard_zero", zero, *sources)


def read_kernel(context: Context) -> None:
    """Adds ``sysctl.*``, ``modules.*``, ``mount:*``, ``limits.*``."""
    _sysctls(context)
    _modules(context)
    _mounts(context)
    _core_dumps(context)
