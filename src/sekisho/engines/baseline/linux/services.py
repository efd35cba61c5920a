"""Services that start and ports that listen. Source: systemd.unit(5), proc_net(5), inetd(8), pg_hba.conf, redis.conf."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.engines.baseline.linux.text import ini, layered, lines, words

if TYPE_CHECKING:
    from sekisho.engines.baseline.linux.context import Context

__all__ = ["Socket", "parse_proc_net", "read_services"]

Socket = tuple[str, str, int]
"""Protocol, address, port."""

_LEGACY: Final = {
    "telnet.socket", "telnetd.service", "inetutils-telnetd.service", "rsh.socket", "rlogin.socket", "rexec.socket",
    "talk.service", "ntalk.service", "tftp.socket", "tftpd-hpa.service", "atftpd.service", "ypserv.service",
    "ypbind.service", "nis.service", "finger.socket", "xinetd.service", "inetd.service", "openbsd-inetd.service",
    "inetutils-inetd.service", "rwhod.service",
}  # fmt: skip
_LEGACY_BINARIES: Final = ("in.telnetd", "telnetd", "in.rshd", "in.rlogind", "in.rexecd", "in.fingerd", "in.talkd", "ypserv")
_LEGACY_PORTS: Final = frozenset(
    {("tcp", 23), ("tcp", 79), ("tcp", 512), ("tcp", 513), ("tcp", 514), ("udp", 69), ("udp", 517), ("udp", 518)}
)
_DISCOVERY: Final = ("avahi-daemon.service", "avahi-daemon.socket", "cups-browsed.service")
_PRINTING: Final = ("cups.service", "cups.socket", "cups.path")
_SHARING: Final = (
    "nfs-server.service",
    "nfs-kernel-server.service",
    "rpcbind.service",
    "rpcbind.socket",
    "smbd.service",
    "nmbd.service",
    "samba.service",
)
_FTP: Final = ("vsftpd.service", "proftpd.service", "pure-ftpd.service", "ftpd.socket", "inetutils-ftpd.service")
_FIREWALLS: Final = (
    "nftables.service",
    "ufw.service",
    "firewalld.service",
    "netfilter-persistent.service",
    "iptables.service",
    "shorewall.service",
)
_DATABASES: Final = frozenset({1433, 1521, 3306, 5432, 6379, 9200, 11211, 27017})
_LISTEN: Final = "0A"
_UDP_BOUND: Final = "07"


def parse_proc_net(text: str, protocol: str) -> set[Socket]:
    """Listening TCP, or bound UDP sockets, from a table as in ``/proc/net/tcp`` (addresses are little-endian words)."""
    found = set()
    for line in text.split("\n")[1:]:
        cells = line.split()
        if len(cells) < 4 or cells[3] != (_LISTEN if protocol == "tcp" else _UDP_BOUND):  # noqa: PLR2004 - sl local remote st
            continue
        address, _, port = cells[1].partition(":")
        try:
            raw = bytes.fromhex(address)
            number = int(port, 16)
            words_ = [raw[i : i + 4][::-1] for i in range(0, len(raw), 4)]
            parsed = ipaddress.ip_address(b"".join(words_))
        except ValueError:
            continue
        mapped = getattr(parsed, "ipv4_mapped", None)
        found.add((protocol, str(mapped or parsed), number))
    return found


def _ports(context: Context) -> None:
    """``ports.*``; only a running host has them. Sockets on ephemeral or loopback ports are volatile."""
    facts, tree = context.facts, context.tree
    if not context.live:
        for key in ("ports.open", "ports.legacy", "ports.mail_open", "ports.database_open"):
            facts.miss(key, FactStatus.NOT_LIVE, Source(path="/proc/net"))
        return
    sockets: set[Socket] = set()
    sources, denied = [], False
    for name, protocol in (("tcp", "tcp"), ("tcp6", "tcp"), ("udp", "udp"), ("udp6", "udp")):
        file = tree.read(f"/proc/net/{name}", limit=64 * 1024 * 1024)
        if file.ok:
            sockets |= parse_proc_net(file.text, protocol)
            sources.append(Source(path=file.path))
        denied = denied or file.status is FactStatus.DENIED
    if not sources:
        for key in ("ports.open", "ports.legacy", "ports.mail_open", "ports.database_open"):
            facts.miss(key, FactStatus.DENIED if denied else FactStatus.ABSENT, Source(path="/proc/net"))
        return
    low = _ephemeral_from(context)
    outside = {s for s in sockets if not ipaddress.ip_address(s[1]).is_loopback}

    def shown(rows: set[Socket]) -> list[str]:
        return sorted(f"{p}/{port} [{a}]" for p, a, port in rows)

    facts.add("ports.open", shown({s for s in outside if s[2] < low}), *sources)
    facts.add("ports.open_ephemeral", shown({s for s in outside if s[2] >= low}), *sources, volatile=True)
    # What only this host can reach comes and goes with programs that people start; it is shown, but it is not a setting.
    facts.add("ports.local", shown({s for s in sockets - outside if s[2] < low}), *sources, volatile=True)
    facts.add("ports.legacy", shown({s for s in outside if (s[0], s[2]) in _LEGACY_PORTS}), *sources)
    facts.add("ports.mail_open", shown({s for s in outside if s[0] == "tcp" and s[2] == 25}), *sources)  # noqa: PLR2004 - SMTP
    facts.add("ports.database_open", shown({s for s in outside if s[0] == "tcp" and s[2] in _DATABASES}), *sources)


def _ephemeral_from(context: Context) -> int:
    file = context.tree.read("/proc/sys/net/ipv4/ip_local_port_range")
    cells = file.text.split() if file.ok else []
    return int(cells[0]) if cells and cells[0].isdigit() else 32768


def _units(context: Context) -> None:
    """``services.*``: units that something wants at start (by the links in ``/etc/systemd/system``), and those that run."""
    tree, facts = context.tree, context.facts
    links = tree.glob("/etc/systemd/system/*.wants/*") + tree.glob("/etc/systemd/system/*.requires/*")
    masked = {p.rsplit("/", 1)[-1] for p in tree.glob("/etc/systemd/system/*") if tree.link(p) == "/dev/null"}
    masked |= {n for n in _names(context, "/etc/systemd/system") if tree.link(f"/etc/systemd/system/{n}") == "/dev/null"}
    systemd = tree.exists("/lib/systemd/systemd") or tree.exists("/usr/lib/systemd/systemd")
    facts.add("services.systemd", systemd)
    enabled = {p.rsplit("/", 1)[-1] for p in links} | _dangling(context)
    enabled |= {f"{name}.service" for name in _sysv(context)}
    where = Source(path="/etc/systemd/system")
    facts.add("services.enabled", sorted(enabled - masked), where)
    facts.add("services.masked", sorted(masked), where)
    running = (
        context.run(["systemctl", "list-units", "--type=service,socket", "--state=running,listening", "--no-legend", "--plain"])
        if context.run
        else None
    )
    if running is None:
        facts.miss("services.running", FactStatus.NOT_LIVE if not context.live else FactStatus.ABSENT, Source(path="systemctl"))
    else:
        facts.add("services.running", sorted(r[0] for _, r in words(running)), Source(path="systemctl"), volatile=True)
    active = (enabled - masked) | set(facts.value("services.running", []))
    binaries = {n for n in _LEGACY_BINARIES for d in ("/usr/sbin", "/usr/libexec") if tree.exists(f"{d}/{n}")}
    facts.add("services.legacy", sorted((active & _LEGACY) | binaries), where)
    groups = {"discovery": _DISCOVERY, "printing": _PRINTING, "sharing": _SHARING, "ftp": _FTP, "automount": ("autofs.service",)}
    for name, units in groups.items():
        facts.add(f"services.{name}", sorted(active & set(units)), where)
    facts.add("services.firewall", sorted(active & set(_FIREWALLS)), where)
    facts.add("services.ctrl_alt_del_masked", "ctrl-alt-del.target" in masked, where)


def _names(context: Context, path: str) -> list[str]:
    names = context.tree.names(path)
    return names if isinstance(names, list) else []


def _dangling(context: Context) -> set[str]:
    """Links to units whose target lies outside the image (as in a container without its packages) still say what was enabled."""
    found = set()
    for directory in _names(context, "/etc/systemd/system"):
        if directory.endswith((".wants", ".requires")):
            found |= set(_names(context, f"/etc/systemd/system/{directory}"))
    return found


def _sysv(context: Context) -> set[str]:
    """Start scripts of hosts without systemd (``/etc/rc2.d/S…``) whose script exists."""
    if context.tree.exists("/lib/systemd/systemd") or context.tree.exists("/usr/lib/systemd/systemd"):
        return set()
    names = (n for level in ("2", "3", "5") for n in _names(context, f"/etc/rc{level}.d"))
    return {n[3:] for n in names if n.startswith("S") and len(n) > 3}  # noqa: PLR2004 - S and two digits


def _inetd(context: Context) -> None:
    """``services.inetd``: services that a super-server would start."""
    tree = context.tree
    found, sources = set(), []
    main = tree.read("/etc/inetd.conf")
    if main.ok:
        sources.append(main.source())
        found |= {line.split()[0] for _, line in lines(main.text)}
    for path in tree.glob("/etc/xinetd.d/*"):
        file = tree.read(path)
        sections = ini("\n".join(line for _, line in lines(file.text)))
        values = {k: v for s in sections.values() for k, v in s.items()}
        if file.ok and values.get("disable", "no").lower() != "yes":
            sources.append(file.source())
            found.add(path.rsplit("/", 1)[-1])
    context.facts.add("services.inetd", sorted(found), *sources)


def _x_server(context: Context) -> None:
    paths = ("/usr/bin/Xorg", "/usr/lib/xorg/Xorg", "/usr/bin/gnome-shell", "/usr/bin/plasmashell", "/usr/bin/Xwayland")
    found = [p for p in paths if context.tree.exists(p)]
    managers = [n for n in ("gdm3", "gdm", "lightdm", "sddm") if context.tree.exists(f"/etc/{n}")]
    context.facts.add("desktop.installed", bool(found and managers), Source(path="/usr/bin"))
    context.facts.add("desktop.programs", found, Source(path="/usr/bin"))


def _snmp(context: Context) -> None:
    """``snmp.default_community``: whether a community everybody knows is set. The string itself is a password: never kept."""
    file = context.tree.read("/etc/snmp/snmpd.conf")
    if not file.ok:
        context.facts.miss("snmp.default_community", file.status, file.source())
        return
    names = {
        r[1].lower()
        for _, r in words(file.text)
        if len(r) > 1 and r[0].lower() in ("rocommunity", "rwcommunity", "rocommunity6", "rwcommunity6")
    }
    names |= {r[3].lower() for _, r in words(file.text) if len(r) > 3 and r[0].lower() in ("com2sec", "com2sec6")}  # noqa: PLR2004
    context.facts.add("snmp.default_community", bool(names & {"public", "private", "community", "snmp"}), file.source())


def _databases(context: Context) -> None:
    """``postgresql.trusting_hosts``: lines of pg_hba.conf that let other hosts in without a password."""
    tree = context.tree
    paths = tree.glob("/etc/postgresql/*/*/pg_hba.conf") + tree.glob("/var/lib/pgsql/data/pg_hba.conf")
    rows, sources, denied = [], [], False
    for path in paths:
        file = tree.read(path)
        denied = denied or file.status is FactStatus.DENIED
        sources.append(Source(path=path))
        for row, cells in words(file.text):
            remote = cells[0].startswith("host") and len(cells) > 4 and not cells[3].startswith(("127.", "::1", "localhost"))  # noqa: PLR2004
            if remote and "trust" in cells[4:6]:
                rows.append(f"{path}:{row}")
    names = tree.names("/etc/postgresql")
    denied = denied or names is FactStatus.DENIED
    if denied or not paths:
        context.facts.miss("postgresql.trusting_hosts", FactStatus.DENIED if denied else FactStatus.ABSENT, *sources)
    else:
        context.facts.add("postgresql.trusting_hosts", rows, *sources)
    _redis(context)


def _redis(context: Context) -> None:
    """``redis.open``: whether Redis listens beyond this host without a password (bind, protected-mode, requirepass)."""
    files, sources, status = layered(context.tree, "/etc/redis/redis.conf", "/etc/redis/*.conf")
    if status is not FactStatus.READABLE:
        context.facts.miss("redis.open", status, Source(path="/etc/redis/redis.conf"))
        return
    rows = {r[0].lower(): r[1:] for f in files for _, r in words(f.text)}
    bound = [a.lstrip("-") for a in rows.get("bind", ["*"])]
    outside = any(not a.startswith(("127.", "::1")) for a in bound)
    protected = rows.get("protected-mode", ["yes"])[:1] != ["no"]
    password = bool(rows.get("requirepass")) or bool(rows.get("aclfile"))
    context.facts.add("redis.open", outside and not protected and not password, *(Source(path=s.path) for s in sources))


def read_services(context: Context) -> None:
    """Adds ``services.*``, ``ports.*``, ``desktop.*``, ``snmp.*``, ``postgresql.*``, ``redis.*``."""
    _units(context)
    _ports(context)
    _inetd(context)
    _x_server(context)
    _snmp(context)
    _databases(context)
