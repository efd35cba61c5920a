"""Accounts, groups, passwords and their ages: passwd(5), shadow(5), group(5), login.defs(5), lastlog(8), wtmp(5)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sekisho.engines.baseline.facts import FactsBuilder, FactStatus, Source

if TYPE_CHECKING:
    from sekisho.engines.baseline.tree import Tree, TreeFile

__all__ = ["Account", "Shadow", "hash_scheme", "parse_group", "parse_passwd", "parse_shadow", "parse_wtmp", "read_accounts"]

_NO_LOGIN: Final = ("/nologin", "/false", "/sync", "/shutdown", "/halt", "/git-shell", "/true")
_WEAK_SCHEMES: Final = frozenset({"des", "md5", "bigcrypt", "nt", "sha1", "unknown"})
_DEFAULT_NAMES: Final = frozenset(
    {
    "pi", "vagrant", "ubuntu", "debian", "centos", "ec2-user", "admin", "administrator", "test", "guest", "demo",
    "user", "oracle", "ftpuser", "support", "cisco", "ubnt", "default", "osboxes", "kali", "alarm", "dietpi",
}
)  # fmt: skip
_ROOT_EQUAL_GROUPS: Final = ("docker", "lxd", "disk", "shadow", "kmem", "incus-admin", "libvirt")
_UTMP: Final = struct.Struct("<hxxi32s4s32s256shhiii4i20x")
_LASTLOG: Final = struct.Struct("<i32s256s")
_USER_PROCESS: Final = 7
_FIRST_UID: Final = 1000
_NOBODY: Final = 65534


@dataclass(frozen=True, slots=True)
class Account:
    """A row of passwd(5). The comment field (a person's name) is not kept."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str

    @property
    def interactive(self) -> bool:
        """Whether its shell lets somebody work."""
        return not self.shell.endswith(_NO_LOGIN)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A row of shadow(5) without the hash itself: ``state`` is empty, locked, none (``*``) or set; ``scheme`` its algorithm."""

    name: str
    state: str
    scheme: str
    changed_days: int | None
    max_days: int | None
    inactive_days: int | None
    expire_days: int | None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None  # noqa: PLR2004 - a 32-bit number


def parse_passwd(text: str) -> tuple[list[Account], list[int]]:
    """Accounts, and the numbers of lines that are none."""
    rows, bad = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split(":")
        uid, gid = (_number(cells[2]), _number(cells[3])) if len(cells) == 7 else (None, None)  # noqa: PLR2004 - passwd(5)
        if uid is None or gid is None or not cells[0]:
            bad.append(number)
        else:
            rows.append(Account(cells[0], uid, gid, cells[5], cells[6].strip() or "/bin/sh"))
    return rows, bad


def hash_scheme(field: str) -> str:
    """The algorithm of a password field as crypt(5) names it; the hash itself goes no further."""
    prefixes = {"$y$": "yescrypt", "$gy$": "gost-yescrypt", "$7$": "scrypt", "$6$": "sha512", "$5$": "sha256", "$2": "bcrypt",
                "$1$": "md5", "$md5": "md5", "$sha1": "sha1", "$3$": "nt", "$argon2": "argon2"}  # fmt: skip
    for prefix, scheme in prefixes.items():
        if field.startswith(prefix):
            return scheme
    return "des" if len(field) in (13, 20) and not field.startswith("$") else "unknown"


def parse_shadow(text: str) -> tuple[list[Shadow], list[int]]:
    """Password states and ages, and the numbers of lines that are none."""
    rows, bad = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split(":")
        if len(cells) < 8 or not cells[0]:  # noqa: PLR2004 - shadow(5): nine, the last reserved
            bad.append(number)
            continue
        field = cells[1]
        state = "empty" if not field else "locked" if field.startswith("!") else "none" if field.startswith("*") else "set"
        scheme = hash_scheme(field) if state == "set" else ""
        rows.append(Shadow(cells[0], state, scheme, _number(cells[2]), _number(cells[4]), _number(cells[6]), _number(cells[7])))
    return rows, bad


def parse_group(text: str) -> dict[str, tuple[int, list[str]]]:
    """Groups by name: number and members. Lines that are none are left out."""
    groups = {}
    for line in text.split("\n"):
        cells = line.split(":")
        gid = _number(cells[2]) if len(cells) == 4 else None  # noqa: PLR2004 - group(5)
        if gid is not None and cells[0]:
            groups[cells[0]] = (gid, [m for m in cells[3].strip().split(",") if m])
    return groups


def parse_wtmp(data: bytes) -> dict[str, int]:
    """Last log-in (seconds since 1970) by user, from wtmp(5) as 64-bit glibc writes it."""
    last: dict[str, int] = {}
    for offset in range(0, len(data) - _UTMP.size + 1, _UTMP.size):
        row = _UTMP.unpack_from(data, offset)
        user = row[4].split(b"\0", 1)[0].decode("utf-8", "replace")
        if row[0] == _USER_PROCESS and user:
            last[user] = max(last.get(user, 0), row[9])
    return last


def _last_logins(tree: Tree, accounts: list[Account]) -> tuple[dict[str, int] | None, list[Source]]:
    """Last log-in by account name; None when the system keeps no such record that we can read."""
    last: dict[str, int] = {}
    sources = []
    lastlog = tree.read("/var/log/lastlog", limit=512 * 1024 * 1024) if _small(tree, accounts) else None
    if lastlog is not None and lastlog.ok:
        sources.append(Source(path=lastlog.path))
        for account in accounts:
            offset = account.uid * _LASTLOG.size
            if offset + _LASTLOG.size <= len(lastlog.data) and (time := _LASTLOG.unpack_from(lastlog.data, offset)[0]) > 0:
                last[account.name] = time
    for path in ("/var/log/wtmp", "/var/log/wtmp.1"):
        file = tree.read(path, limit=256 * 1024 * 1024)
        if file.ok:
            sources.append(Source(path=path))
            for user, time in parse_wtmp(file.data).items():
                last[user] = max(last.get(user, 0), time)
    return (last if sources else None), sources


def _small(tree: Tree, accounts: list[Account]) -> bool:
    """Lastlog is sparse: its size says the highest number, which may be billions in a directory service."""
    size = getattr(tree.stat("/var/log/lastlog"), "size", 0)
    return bool(accounts) and 0 < size <= 64 * 1024 * 1024


def read_accounts(tree: Tree, facts: FactsBuilder) -> None:
    """Adds ``accounts.*``, ``groups.*``: see the rules that use them."""
    passwd, shadow, group = tree.read("/etc/passwd"), tree.read("/etc/shadow"), tree.read("/etc/group")
    if not passwd.ok or passwd.binary:
        status = FactStatus.UNPARSABLE if passwd.ok else passwd.status
        for key in ("uid_zero", "names", "bad_lines", "system_with_shell", "duplicate_uids", "gid_zero", "legacy_plus"):
            facts.miss(f"accounts.{key}", status, passwd.source())
        return
    accounts, bad = parse_passwd(passwd.text)
    where = passwd.source()
    facts.add("accounts.bad_lines", bad, where)
    facts.add("accounts.names", sorted(a.name for a in accounts), where)
    facts.add("accounts.uid_zero", sorted(a.name for a in accounts if a.uid == 0), where)
    facts.add("accounts.gid_zero", sorted(a.name for a in accounts if a.gid == 0 and a.interactive), where)
    facts.add("accounts.legacy_plus", _plus(passwd), where)
    uids = [a.uid for a in accounts]
    facts.add("accounts.duplicate_uids", sorted({u for u in uids if uids.count(u) > 1}), where)
    names = [a.name for a in accounts]
    facts.add("accounts.duplicate_names", sorted({n for n in names if names.count(n) > 1}), where)
    system = [a for a in accounts if 0 < a.uid < _FIRST_UID]
    facts.add("accounts.system_with_shell", sorted(a.name for a in system if a.interactive), where)
    people = [a for a in accounts if a.uid >= _FIRST_UID and a.uid != _NOBODY and a.interactive]
    facts.add("accounts.people", sorted(a.name for a in people), where)
    facts.add("accounts.missing_home", sorted(a.name for a in people if not tree.exists(a.home)), where)
    _groups(tree, group, accounts, facts)
    _passwords(tree, shadow, accounts, facts)


_CELLS: Final = 6
"""Colons of a row of passwd(5)."""


def _plus(passwd: TreeFile) -> list[str]:
    return sorted({line.split(":")[0] for line in passwd.text.splitlines() if line.startswith("+")})


def _groups(_tree: Tree, group: TreeFile, accounts: list[Account], facts: FactsBuilder) -> None:
    if not group.ok or group.binary:
        status = FactStatus.UNPARSABLE if group.ok else group.status
        for key in ("root_equal", "unknown_gids", "members"):
            facts.miss(f"groups.{key}", status, group.source())
        return
    groups = parse_group(group.text)
    where = group.source()
    powerful = {n: groups[n] for n in _ROOT_EQUAL_GROUPS if n in groups}
    members = {
        name: sorted({*listed, *(a.name for a in accounts if a.gid == gid)} - {"root"})
        for name, (gid, listed) in powerful.items()
    }
    facts.add("groups.root_equal", {n: m for n, m in members.items() if m}, where, Source(path="/etc/passwd"))
    facts.add("groups.members", {n: sorted(m) for n, (_, m) in groups.items() if m}, where)
    known = {gid for gid, _ in groups.values()}
    facts.add("groups.unknown_gids", sorted(a.name for a in accounts if a.gid not in known), where)


def _passwords(tree: Tree, shadow: TreeFile, accounts: list[Account], facts: FactsBuilder) -> None:
    keys = ("empty_passwords", "password_states", "system_unlocked", "weak_hashes", "default_names", "with_password", "logins")
    if not shadow.ok or shadow.binary:
        status = FactStatus.UNPARSABLE if shadow.ok else shadow.status
        for key in keys:
            facts.miss(f"accounts.{key}", status, shadow.source())
        return
    rows, _ = parse_shadow(shadow.text)
    where = shadow.source()
    by_name = {r.name: r for r in rows}
    plain = {
        line.split(":")[0]
        for line in tree.read("/etc/passwd").text.split("\n")
        if line.count(":") == _CELLS and line.split(":")[1] == ""
    }
    facts.add("accounts.empty_passwords", sorted({r.name for r in rows if r.state == "empty"} | plain), where)
    facts.add("accounts.password_states", {r.name: r.state for r in rows}, where)
    system = {a.name for a in accounts if 0 < a.uid < _FIRST_UID}
    facts.add("accounts.system_unlocked", sorted(r.name for r in rows if r.name in system and r.state in ("set", "empty")), where)
    facts.add("accounts.weak_hashes", sorted(r.name for r in rows if r.scheme in _WEAK_SCHEMES), where)
    with_password = sorted(
        a.name for a in accounts if a.interactive and a.name in by_name and by_name[a.name].state in ("set", "empty")
    )
    facts.add("accounts.with_password", with_password, where)
    facts.add("accounts.default_names", sorted(set(with_password) & _DEFAULT_NAMES), where)
    last, sources = _last_logins(tree, accounts)
    if last is None:
        facts.miss("accounts.logins", FactStatus.ABSENT, Source(path="/var/log/lastlog"), Source(path="/var/log/wtmp"))
        return
    rows_out: dict[str, Any] = {}
    for account in accounts:
        row = by_name.get(account.name)
        if account.name in with_password and row is not None:
            rows_out[account.name] = {"last_login": last.get(account.name), "changed_days": row.changed_days}
    facts.add("accounts.logins", rows_out, *sources, where, volatile=True)
