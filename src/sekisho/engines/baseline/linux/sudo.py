"""sudo: who may become root, and how. Source: sudoers(5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sekisho.engines.baseline.facts import FactStatus, Source
from sekisho.engines.baseline.linux.text import number

if TYPE_CHECKING:
    from sekisho.engines.baseline.linux.context import Context
    from sekisho.engines.baseline.tree import Tree

__all__ = ["Sudoers", "parse_sudoers", "read_sudo"]

_MAIN: Final = "/etc/sudoers"
_TAGS: Final = ("NOPASSWD:", "PASSWD:", "SETENV:", "NOSETENV:", "EXEC:", "NOEXEC:", "LOG_INPUT:", "NOLOG_INPUT:", "LOG_OUTPUT:",
                "NOLOG_OUTPUT:", "MAIL:", "NOMAIL:", "FOLLOW:", "NOFOLLOW:", "INTERCEPT:", "NOINTERCEPT:")  # fmt: skip
_MAX_DEPTH: Final = 16


@dataclass(slots=True)
class Sudoers:
    """What the files say together."""

    defaults: dict[str, str | bool] = field(default_factory=dict)
    everything: set[str] = field(default_factory=set)
    no_password: set[str] = field(default_factory=set)
    no_password_all: set[str] = field(default_factory=set)
    rules: int = 0
    aliases: dict[str, list[str]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    denied: bool = False


def parse_sudoers(text: str, found: Sudoers) -> list[tuple[str, str]]:
    """Add what ``text`` says to ``found``; returns the includes as ("file" or "directory", path)."""
    includes = []
    for line in _logical(text):
        head, _, rest = line.partition(" ")
        if head.lstrip("@#") in ("include", "includedir") and head[0] in "@#":
            includes.append(("directory" if head.endswith("dir") else "file", rest.strip().strip('"')))
        elif line.startswith("#"):
            continue
        elif head.startswith("Defaults"):
            _defaults(rest, found, everybody=head == "Defaults")
        elif head in ("User_Alias", "Runas_Alias", "Host_Alias", "Cmnd_Alias", "Cmd_Alias"):
            for definition in rest.split(" : "):
                name, equals, members = definition.partition("=")
                if equals:
                    found.aliases[name.strip()] = [m.strip() for m in members.split(",")]
        elif "=" in line:
            _rule(line, found)
    return includes


def _logical(text: str) -> list[str]:
    """Lines with their continuations joined, trailing comments taken off (``#`` before a number is a user id, not a comment)."""
    joined = text.replace("\\\n", " ")
    found = []
    for raw in joined.split("\n"):
        line = raw.replace("\t", " ").strip()
        position = line.find(" #")
        if position > 0 and not line[position + 2 : position + 3].isdigit():
            line = line[:position].rstrip()
        if line:
            found.append(line)
    return found


def _defaults(rest: str, found: Sudoers, *, everybody: bool) -> None:
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        name = name.strip().rstrip("+-").strip()
        if equals:
            found.defaults[name] = value.strip().strip('"')
        elif name.startswith("!"):
            found.defaults[name[1:]] = False
        elif name and everybody:
            found.defaults[name] = True


def _rule(line: str, found: Sudoers) -> None:
    """``who host = (as) TAG: commands``: note who may run everything, and who need not give a password."""
    left, _, right = line.partition("=")
    who = " ".join(left.split()[:-1])
    if not who:
        return
    found.rules += 1
    no_password = False
    for raw in right.split(","):
        command = raw.strip()
        if command.startswith("("):
            command = command.partition(")")[2].strip()
        while tag := next((t for t in _TAGS if command.startswith(t)), None):
            command = command.removeprefix(tag).strip()
            no_password = True if tag == "NOPASSWD:" else False if tag == "PASSWD:" else no_password
        whole = command == "ALL" or "ALL" in found.aliases.get(command, ())
        if whole:
            found.everything.add(who)
        if no_password and command and who != "root":
            (found.no_password_all if whole else found.no_password).add(who)


def load_sudoers(tree: Tree) -> Sudoers:
    """Read the main file and all it includes, in order."""
    found, pending, depth = Sudoers(), [_MAIN], 0
    while pending and depth < 1000:  # noqa: PLR2004 - files; a bound against including oneself
        depth += 1
        path = pending.pop(0)
        file = tree.read(path)
        if not file.ok:
            found.denied = found.denied or file.status is not FactStatus.ABSENT
            continue
        found.sources.append(file.source())
        more = []
        for kind, target in parse_sudoers(file.text, found):
            absolute = target if target.startswith("/") else f"/etc/{target}"
            if kind == "file":
                more.append(absolute)
                continue
            names = tree.names(absolute)
            found.denied = found.denied or names is FactStatus.DENIED
            more += (
                [f"{absolute.rstrip('/')}/{n}" for n in names if "." not in n and not n.endswith("~")]
                if isinstance(names, list)
                else []
            )
        pending = more + pending
    return found


def read_sudo(context: Context) -> None:
    """Adds ``sudo.installed`` and, if it is, who may run everything, without password, and the settings that rules look at."""
    tree, facts = context.tree, context.facts
    main = tree.read(_MAIN)
    installed = main.ok or main.status is FactStatus.DENIED or tree.exists("/usr/bin/sudo")
    facts.add("sudo.installed", installed, main.source())
    if not installed:
        return
    found = load_sudoers(tree)
    keys = ("sudo.everything", "sudo.no_password", "sudo.no_password_all", "sudo.authenticate", "sudo.use_pty", "sudo.logged",
            "sudo.secure_path", "sudo.timestamp_minutes", "sudo.rules")  # fmt: skip
    if found.denied or main.binary:
        for key in keys:
            facts.miss(key, FactStatus.DENIED if found.denied else FactStatus.UNPARSABLE, main.source())
        return
    where = found.sources
    facts.add("sudo.everything", sorted(found.everything), *where)
    facts.add("sudo.no_password", sorted(found.no_password), *where)
    facts.add("sudo.no_password_all", sorted(found.no_password_all), *where)
    facts.add("sudo.rules", found.rules, *where)
    facts.add("sudo.authenticate", found.defaults.get("authenticate", True) is not False, *where)
    facts.add("sudo.use_pty", found.defaults.get("use_pty", False) is True, *where)
    facts.add("sudo.logged", bool(found.defaults.get("logfile")) or found.defaults.get("syslog", True) is not False, *where)
    facts.add("sudo.secure_path", str(found.defaults.get("secure_path") or ""), *where)
    timeout = found.defaults.get("timestamp_timeout", "15")
    minutes = number(timeout.partition(".")[0]) if isinstance(timeout, str) else 0
    facts.add("sudo.timestamp_minutes", minutes, *where)
