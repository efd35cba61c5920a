"""Who may read and change the files that hold the host's parameters; and what they are, for the drift."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.engines.baseline.linux.accounts import parse_group, parse_passwd
from sekisho.engines.baseline.tree import Entry, is_secret

if TYPE_CHECKING:
    from sekisho.engines.baseline.linux.context import Context

__all__ = ["WATCHED", "read_files"]


WATCHED: Final = (
    "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d",
    "/etc/ssh/sshd_config", "/etc/crontab", "/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly",
    "/etc/cron.monthly", "/boot/grub/grub.cfg", "/etc/security/opasswd", "/etc/ssh", "/root", "/tmp", "/var/tmp",  # noqa: S108 - looked at, never written to
    "/var/log/wtmp", "/var/log/btmp", "/etc/login.defs", "/etc/hosts",
)  # fmt: skip
_MAX_ENTRIES: Final = 20_000
_MAX_HASHED: Final = 1024 * 1024
_VOLATILE: Final = frozenset(
    {
    "/etc/mtab", "/etc/ld.so.cache", "/etc/adjtime", "/etc/resolv.conf", "/etc/.updated", "/etc/machine-id",
    "/etc/passwd-", "/etc/shadow-", "/etc/group-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-", "/etc/.pwd.lock",
    "/etc/printcap",
}
)  # fmt: skip


def _watched(context: Context) -> None:
    """``file:<path>``: permissions (octal), owner and group numbers of single files."""
    for path in WATCHED:
        entry = context.tree.stat(path)
        where = Source(path=path)
        if isinstance(entry, Entry):
            context.facts.add(f"file:{path}", {"mode": entry.permissions, "uid": entry.uid, "gid": entry.gid}, where)
        else:
            context.facts.miss(f"file:{path}", entry, where)


def _etc(context: Context) -> None:
    """``etc.*``: files everybody may change, files of nobody, private keys others may read; and the settings themselves.

    ``etc.files`` keeps a hash only of files that every user may read: whatever a host keeps from its users may hold a password,
    whose hash would be a way to guess it. Of those only permissions and owner are kept.
    """
    tree, facts = context.tree, context.facts
    uids = {a.uid for a in parse_passwd(tree.read("/etc/passwd").text)[0]}
    gids = {g for g, _ in parse_group(tree.read("/etc/group").text).values()}
    writable, unowned, keys = [], [], []
    files: dict[str, str] = {}
    for entry in tree.walk("/etc", max_entries=_MAX_ENTRIES):
        if stat.S_ISLNK(entry.mode):
            files[entry.path] = f"link {tree.link(entry.path)}"
            continue
        if entry.mode & stat.S_IWOTH and not (stat.S_ISDIR(entry.mode) and entry.mode & stat.S_ISVTX):
            writable.append(entry.path)
        if entry.uid not in uids or entry.gid not in gids:
            unowned.append(entry.path)
        if _private_key(entry.path) and entry.mode & (stat.S_IRWXO | stat.S_IWGRP):
            keys.append(entry.path)
        if stat.S_ISREG(entry.mode) and entry.path not in _VOLATILE:
            files[entry.path] = f"{entry.permissions} {entry.uid}:{entry.gid} {_digest(context, entry)}".strip()
    where = Source(path="/etc")
    hidden = sorted(p for p in tree.denied if p.startswith("/etc/") and tree.names(p) is FactStatus.DENIED)
    for path in hidden:
        facts.miss(f"etc.files.{path}", FactStatus.DENIED, Source(path=path))
    _list(context, "etc.world_writable", writable, blind=bool(hidden))
    _list(context, "etc.private_keys_exposed", keys, blind=bool(hidden))
    if uids and gids:
        _list(context, "etc.unowned", unowned, blind=bool(hidden))
    else:
        facts.miss("etc.unowned", FactStatus.UNPARSABLE, where)
    facts.add("etc.files", {k: files[k] for k in sorted(files)}, where)


def _list(context: Context, key: str, found: list[str], *, blind: bool) -> None:
    """What was found wrong. Nothing found is only said where nothing was hidden from us."""
    if blind and not found:
        context.facts.miss(key, FactStatus.DENIED, Source(path="/etc"))
    else:
        context.facts.add(key, sorted(set(found)), Source(path="/etc"))


def _private_key(path: str) -> bool:
    name = path.rsplit("/", 1)[-1]
    return ("ssh_host_" in name and name.endswith("_key")) or (
        path.startswith("/etc/ssl/private/") and name.endswith((".key", ".pem"))
    )


def _digest(context: Context, entry: Entry) -> str:
    if not entry.mode & stat.S_IROTH or is_secret(entry.path) or entry.size > _MAX_HASHED:
        return ""
    file = context.tree.read(entry.path)
    return hashlib.sha256(file.data).hexdigest()[:32] if file.ok else file.status.value


def _homes(context: Context) -> None:
    """``homes.open``: homes of people that others may write to, or where trust files (.rhosts, .netrc) lie."""
    tree = context.tree
    accounts, _ = parse_passwd(tree.read("/etc/passwd").text)
    people = [a for a in accounts if a.interactive and (a.uid == 0 or a.uid >= 1000) and a.home.startswith("/") and a.home != "/"]  # noqa: PLR2004
    writable, trust, blind = [], [], False
    for account in people:
        entry = tree.stat(account.home)
        if isinstance(entry, Entry) and stat.S_ISDIR(entry.mode) and entry.mode & (stat.S_IWOTH | stat.S_IWGRP):
            writable.append(account.home)
        states = {n: tree.stat(f"{account.home}/{n}") for n in (".rhosts", ".shosts", ".netrc")}
        trust += [f"{account.home}/{n}" for n, state in states.items() if isinstance(state, Entry)]
        blind = blind or FactStatus.DENIED in states.values()
    _list(context, "homes.writable", writable, blind=False)
    _list(context, "homes.trust_files", trust, blind=blind)
    _keys(context)


def _keys(context: Context) -> None:
    """``accounts.keys_without_shell``: authorized_keys of accounts that nobody should log in to. Key texts are not kept."""
    accounts, _ = parse_passwd(context.tree.read("/etc/passwd").text)
    found, denied = [], False
    for account in accounts:
        if account.interactive or account.home in ("/", "/nonexistent", ""):
            continue
        status = context.tree.read(f"{account.home}/.ssh/authorized_keys").status
        denied = denied or status is FactStatus.DENIED
        if status is FactStatus.READABLE:
            found.append(account.name)
    if denied:
        context.facts.miss("accounts.keys_without_shell", FactStatus.DENIED, Source(path="/etc/passwd"))
    else:
        context.facts.add("accounts.keys_without_shell", sorted(found), Source(path="/etc/passwd"))


def read_files(context: Context) -> None:
    """Adds ``file:*``, ``etc.*``, ``homes.*``, ``accounts.keys_without_shell``."""
    _watched(context)
    _etc(context)
    _homes(context)
