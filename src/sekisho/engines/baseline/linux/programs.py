"""Powerful programs: what gives more rights than its caller has, and tools that serve an intruder more than the service."""

from __future__ import annotations

import stat
import struct
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.engines.baseline.tree import Entry

if TYPE_CHECKING:
    from sekisho.engines.baseline.linux.context import Context

__all__ = ["KNOWN_SETUID", "capabilities", "read_programs"]

_DIRECTORIES: Final = (
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/usr/lib",
    "/opt",
    "/bin",
    "/sbin",
)
_PATH: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_MAX_ENTRIES: Final = 200_000

KNOWN_SETUID: Final = frozenset(
    {
    "su", "sudo", "sudoedit", "passwd", "chsh", "chfn", "chage", "gpasswd", "newgrp", "sg", "expiry", "mount",
    "umount", "fusermount", "fusermount3", "pkexec", "polkit-agent-helper-1", "ssh-keysign", "ssh-agent",
    "unix_chkpwd", "crontab", "at", "ping", "ping6", "ntfs-3g", "Xorg.wrap", "dbus-daemon-launch-helper",
    "snap-confine", "mount.cifs", "mount.nfs", "newuidmap", "newgidmap", "pppd", "dotlockfile", "wall", "write",
    "bsd-write", "write.ul", "mlocate", "plocate", "locate", "utempter", "lockfile", "postdrop", "postqueue", "exim4",
    "sendmail", "staprun", "usernetctl", "userhelper", "chrome-sandbox", "chrome_sandbox", "camel-lock-helper-1.2",
    "mail-lock", "mail-unlock", "mail-touchlock", "procmail", "unix2_chkpwd", "pam_extrausers_chkpwd",
    "pam_timestamp_check", "grub2-set-bootflag", "cockpit-session", "sssd_pam", "krb5_child", "ldap_child",
    "proxy_child", "selinux_child", "lxc-user-nic", "doas", "opiepasswd", "vmware-user-suid-wrapper",
    "mount.ecryptfs_private", "kismet_cap_linux_wifi",
}
)  # fmt: skip
"""Set-id programs that distributions install so on purpose."""

_SHELLS: Final = (
    "bash", "dash", "sh", "zsh", "ksh", "csh", "tcsh", "fish", "busybox", "python", "perl", "ruby", "php", "lua",
    "node", "vim", "vi", "nano", "emacs", "less", "more", "find", "awk", "gawk", "mawk", "sed", "cp", "mv", "dd",
    "tar", "env", "nmap", "gdb", "tee", "cat", "docker", "make", "gcc", "openssl", "curl", "wget", "rsync", "strace",
    "xxd",
)  # fmt: skip
_SNIFFERS: Final = (
    "tcpdump", "tshark", "wireshark", "dumpcap", "nmap", "masscan", "ettercap", "dsniff", "hping3", "netcat", "nc",
    "nc.openbsd", "nc.traditional", "ncat", "socat", "aircrack-ng", "hydra", "john", "hashcat", "sqlmap", "nikto",
    "msfconsole",
)  # fmt: skip
_COMPILERS: Final = ("gcc", "cc", "g++", "c++", "clang", "clang++", "tcc", "as", "go", "rustc", "javac")
_DEBUGGERS: Final = ("gdb", "gdbserver", "lldb", "strace", "ltrace", "perf", "bpftrace")
_DANGEROUS: Final = {1: "cap_dac_override", 2: "cap_dac_read_search", 6: "cap_setgid", 7: "cap_setuid", 16: "cap_sys_module",
                     19: "cap_sys_ptrace", 21: "cap_sys_admin"}  # fmt: skip
_OTHERS_MAY: Final = stat.S_IXOTH


def capabilities(data: bytes) -> list[str]:
    """Dangerous capabilities in a ``security.capability`` attribute (capabilities(7), revisions 1 to 3)."""
    if len(data) < 12:  # noqa: PLR2004 - magic, permitted, inheritable
        return []
    permitted = struct.unpack_from("<I", data, 4)[0]
    return [name for bit, name in _DANGEROUS.items() if permitted & (1 << bit)]


def _is_shell(name: str) -> bool:
    stem = name.rstrip("0123456789.-")
    return name in _SHELLS or stem in _SHELLS


def _set_id(context: Context) -> None:
    """``programs.setuid_*``: set-id programs outside the known list, and those that can start a shell."""
    setuid: set[str] = set()
    capable: dict[str, list[str]] = {}
    for top in _DIRECTORIES:
        if context.tree.link(top) is not None:
            continue
        for entry in context.tree.walk(top, max_entries=_MAX_ENTRIES):
            if not stat.S_ISREG(entry.mode):
                continue
            if entry.mode & stat.S_ISUID or (entry.mode & stat.S_ISGID and entry.mode & stat.S_IXGRP):
                setuid.add(entry.path)
            elif entry.mode & stat.S_IXUSR and top in _PATH:
                data = context.tree.attribute(entry.path, "security.capability")
                if data is not None and (found := capabilities(data)):
                    capable[entry.path] = found
    where = [Source(path=d) for d in _PATH[:4]]
    names = {p: p.rsplit("/", 1)[-1] for p in setuid}
    hidden = [p for p in context.tree.denied if p.startswith(("/usr/", "/opt/")) and context.tree.names(p) is FactStatus.DENIED]
    if hidden:
        context.facts.miss("programs.setuid_hidden", FactStatus.DENIED, *(Source(path=p) for p in sorted(hidden)[:20]))
    context.facts.add("programs.setuid", sorted(setuid), *where)
    context.facts.add("programs.setuid_unknown", sorted(p for p, n in names.items() if n not in KNOWN_SETUID), *where)
    context.facts.add("programs.setuid_shells", sorted(p for p, n in names.items() if _is_shell(n)), *where)
    context.facts.add("programs.capabilities", {k: capable[k] for k in sorted(capable)}, *where)


def _tools(context: Context) -> None:
    """``programs.<kind>``: tools that every user may run, with the path of each."""
    for kind, names in (("sniffers", _SNIFFERS), ("compilers", _COMPILERS), ("debuggers", _DEBUGGERS)):
        found = []
        for directory in ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/bin"):
            if context.tree.link(directory) is not None:
                continue
            for name in names:
                entry = context.tree.stat(f"{directory}/{name}")
                if isinstance(entry, Entry) and stat.S_ISREG(entry.mode) and entry.mode & _OTHERS_MAY:
                    found.append(f"{directory}/{name}")
        context.facts.add(f"programs.{kind}", sorted(found), Source(path="/usr/bin"))


def _path_writable(context: Context) -> None:
    """``programs.path_writable``: directories of the standard path, and programs in them, that every user may change."""
    found, seen = [], False
    for directory in _PATH:
        entry = context.tree.stat(directory)
        if not isinstance(entry, Entry):
            continue
        seen = True
        if entry.mode & stat.S_IWOTH:
            found.append(directory)
        if context.tree.link(directory) is None:
            rows = context.tree.walk(directory, max_entries=_MAX_ENTRIES, max_depth=0)
            found += [e.path for e in rows if e.mode & stat.S_IWOTH and not stat.S_ISLNK(e.mode)]
    if seen:
        context.facts.add("programs.path_writable", sorted(set(found)), Source(path="/usr/bin"))
    else:
        context.facts.miss("programs.path_writable", FactStatus.ABSENT, Source(path="/usr/bin"))


def _schedulers(context: Context) -> None:
    """``cron.*``: whether cron and at are there, and whether only named users may use them (crontab(1), at.allow(5))."""
    tree, facts = context.tree, context.facts
    for name, program in (("cron", "/usr/bin/crontab"), ("at", "/usr/bin/at")):
        facts.add(f"{name}.installed", tree.exists(program), Source(path=program))
        allow = tree.read(f"/etc/{name}.allow")
        facts.add(f"{name}.restricted", allow.status is not FactStatus.ABSENT, allow.source())


def read_programs(context: Context) -> None:
    """Adds ``programs.*``, ``cron.*``, ``at.*``."""
    _set_id(context)
    _tools(context)
    _path_writable(context)
    _schedulers(context)
