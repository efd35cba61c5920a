"""Logs of the fictional city みなも市, made by a seeded generator: five weeks of an office, and incidents planted in them. Pure.

The same seed and end give the same bytes. Addresses are those reserved for documentation (RFC 5737) and private ones (RFC 1918).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

__all__ = ["DAYS", "PREMISES", "SIGMA", "Example", "make"]

DAYS: Final = 35
_USERS: Final = ("tanaka", "sato", "suzuki", "takahashi", "ito", "watanabe")
_NAMES: Final = {
    "tanaka": "田中", "sato": "佐藤", "suzuki": "鈴木", "takahashi": "高橋", "ito": "伊藤", "watanabe": "渡辺",
}  # fmt: skip
_CARDS: Final = {user: f"C-{1001 + number}" for number, user in enumerate(_USERS)}
_ATTACKER: Final = "203.0.113.77"
_SPRAYER: Final = "198.51.100.23"
_SITES: Final = ("www.example.jp", "law.example.go.jp", "mail.example.jp", "map.example.com", "news.example.org")
_DOOR: Final = "サーバー室 前扉"
_SATURDAY: Final = 5
_RULE: Final = """title: 認証サーバーでの利用者の追加
id: 5b0f7f6e-4f0b-4b1c-8f57-0f6a1f0c2e01
status: test
description: みなも市（架空）の自作の規則。利用者が追加された。
logsource:
    product: linux
    service: auth
detection:
    added:
        action: user_created
    condition: added
level: medium
---
title: サーバー室でない所からの特権の利用
id: 5b0f7f6e-4f0b-4b1c-8f57-0f6a1f0c2e02
status: test
description: みなも市（架空）の自作の規則。書きかけで、条件の名前が合っていない。
logsource:
    product: linux
    service: auth
detection:
    privileged:
        action: sudo
    condition: privileged and not known_places
level: low
"""
SIGMA: Final = _RULE.encode()
"""Two Sigma rules of the city's own; the second is unfinished, so that one sees how such a rule is told."""

PREMISES: Final = (
    "種類,何,どこ・だれ,補足\r\n"
    f"door,{_DOOR},サーバー室,本庁舎\r\n"
    "door,本庁舎 通用口,本庁舎,本庁舎\r\n"
    "inside,サーバー室,本庁舎,\r\n"
    "host,minamo-auth01,サーバー室,\r\n"
    "host,minamo-web01,サーバー室,\r\n"
    + "".join(f"card,{card},{_NAMES[user]},\r\naccount,{user},{_NAMES[user]},\r\n" for user, card in _CARDS.items())
).encode("utf-8-sig")
"""The city's register of buildings and cards."""


@dataclass(frozen=True, slots=True)
class Example:
    """The files by kind of source, as they would lie on the machines."""

    auth: bytes
    proxy: bytes
    door: bytes
    server: bytes
    metrics: bytes


def make(*, end: datetime, seed: int = 20261130) -> Example:
    """The logs of the :data:`DAYS` days before ``end`` (aware; its zone is the city's)."""
    chance = random.Random(seed)  # noqa: S311 - a made-up example, nothing secret
    first = end.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return Example(
        auth=_text(_auth(chance, days), end),
        proxy=_proxy(chance, days, end),
        door=_door(chance, days, end),
        server=_text(_server(chance, days), end),
        metrics=_metrics(chance, days, end),
    )


Line = tuple[datetime, str]


def _text(lines: Iterator[Line], end: datetime) -> bytes:
    kept = sorted(line for line in lines if line[0] < end)
    return "".join(f"{at.isoformat(timespec='seconds')} {text}\n" for at, text in kept).encode()


def _works(day: datetime) -> bool:
    return day.weekday() < _SATURDAY


def _auth(chance: random.Random, days: list[datetime]) -> Iterator[Line]:
    """Log-ins of an office; a guessed password in the last night, and a spray some days before."""
    host, pid = "minamo-auth01", 2000

    def line(at: datetime, program: str, text: str) -> Line:
        nonlocal pid
        pid += 1
        return at, f"{host} {program}[{pid}]: {text}"

    for day in days:
        if not _works(day):
            continue
        for number, user in enumerate(_USERS):
            at = day + timedelta(hours=8, minutes=20 + chance.randrange(35), seconds=chance.randrange(60))
            if chance.random() < 0.1:  # noqa: PLR2004 - one morning in ten begins with a slip
                yield line(
                    at,
                    "sshd",
                    f"Failed password for {user} from 10.20.1.{21 + number} port {chance.randrange(40000, 60000)} ssh2",
                )
            yield line(
                at + timedelta(seconds=9),
                "sshd",
                f"Accepted publickey for {user} from 10.20.1.{21 + number} port {chance.randrange(40000, 60000)} ssh2",
            )
        yield line(
            day + timedelta(hours=10, minutes=chance.randrange(50)),
            "sudo",
            "pam_unix(sudo:session): session opened for user root(uid=0) by tanaka(uid=1001)",
        )
    spray = days[-4] + timedelta(hours=13, minutes=5)
    for number in range(16):
        user = f"{chance.choice(('admin', 'test', 'guest', 'backup'))}{number}"
        text = f"Failed password for invalid user {user} from {_SPRAYER} port 41022 ssh2"
        yield line(spray + timedelta(seconds=50 * number), "sshd", text)
    night = days[-1] + timedelta(hours=2, minutes=10)
    for number in range(24):
        yield line(
            night + timedelta(seconds=9 * number), "sshd", f"Failed password for sato from {_ATTACKER} port {51000 + number} ssh2"
        )
    yield line(night + timedelta(minutes=4), "sshd", f"Accepted password for sato from {_ATTACKER} port 51100 ssh2")
    opened = "pam_unix(sudo:session): session opened for user root(uid=0) by sato(uid=1002)"
    yield line(night + timedelta(minutes=6), "sudo", opened)
    yield line(
        night + timedelta(minutes=7),
        "useradd",
        "new user: name=svc-update, UID=1099, GID=1099, home=/home/svc-update, shell=/bin/bash, from=/dev/pts/0",
    )
    yield line(night + timedelta(minutes=8), "usermod", "add 'svc-update' to group 'sudo'")


def _proxy(chance: random.Random, days: list[datetime], end: datetime) -> bytes:
    """Squid's native format; one machine that tries forbidden places one after the other."""
    lines: list[tuple[datetime, str]] = []

    def add(at: datetime, client: str, action: str, address: str) -> None:
        size = chance.randrange(800, 90_000)
        took = chance.randrange(20, 900)
        text = f"{at.timestamp():.3f} {took:6d} {client} {action} {size} GET {address} - HIER_DIRECT/192.0.2.80 text/html"
        lines.append((at, text))

    for day in days:
        for _ in range(30 if _works(day) else 3):
            at = day + timedelta(hours=8, minutes=30 + chance.randrange(540), milliseconds=chance.randrange(60_000))
            add(
                at,
                f"10.20.1.{chance.randrange(21, 60)}",
                "TCP_MISS/200",
                f"http://{chance.choice(_SITES)}/{chance.randrange(999)}",
            )
    begin = days[-2] + timedelta(hours=11, minutes=20)
    for number in range(64):
        add(
            begin + timedelta(seconds=7 * number), "10.20.1.44", "TCP_DENIED/403", f"http://c{number % 22}.blocked.example/beacon"
        )
    return "".join(f"{text}\n" for at, text in sorted(lines) if at < end).encode()


def _door(chance: random.Random, days: list[datetime], end: datetime) -> bytes:
    """A table as access control systems write it; denied attempts at night, a door held open, an exit without entry."""
    rows: list[tuple[datetime, str]] = []

    def add(
        at: datetime,
        card: str,
        name: str,
        way: str,
        *,
        result: str = "OK",
        kind: str = "通行",
        door: str = _DOOR,
        area: str = "サーバー室",
    ) -> None:
        rows.append((at, f"{at:%Y/%m/%d %H:%M:%S},{door},{area},{card},{name},{way},{result},{kind}"))

    for day in days:
        if not _works(day):
            continue
        for user in chance.sample(_USERS, 3):
            inside = day + timedelta(hours=9, minutes=chance.randrange(400))
            add(inside, _CARDS[user], _NAMES[user], "入室")
            add(inside + timedelta(minutes=12 + chance.randrange(30)), _CARDS[user], _NAMES[user], "退室")
    night = days[-2] + timedelta(hours=21, minutes=38)
    for number in range(6):
        add(night + timedelta(minutes=2 * number), "C-0999", "", "入室", result="NG", kind="認証失敗")
    add(days[-2] + timedelta(hours=22, minutes=15), "", "", "", result="", kind="扉開放")
    add(days[-1] + timedelta(hours=2, minutes=20), _CARDS["ito"], _NAMES["ito"], "退室")
    heading = "日時,扉名,エリア,カード番号,氏名,入退,結果,イベント種別\r\n"
    body = "".join(f"{text}\r\n" for at, text in sorted(rows) if at < end)
    return (heading + body).encode("cp932")


def _server(chance: random.Random, days: list[datetime]) -> Iterator[Line]:
    """The nightly backup, which fails in the last two nights; a service that crashes three times; a disk that gives notice."""
    host = "minamo-web01"
    for number, day in enumerate(days):
        begin = day + timedelta(hours=1, minutes=chance.randrange(3))
        yield begin, f"{host} backup[{3000 + number}]: starting backup of /var/lib/minamo"
        finish = begin + timedelta(minutes=30 + number)
        if number < DAYS - 2:
            yield finish, f"{host} backup[{3000 + number}]: backup completed successfully"
        else:
            yield finish - timedelta(minutes=1), f"{host} kernel: EXT4-fs warning (device sdb1): no space left on device"
            yield finish, f"{host} backup[{3000 + number}]: backup failed: cannot write to /mnt/backup"
        yield day + timedelta(hours=7), f"{host} systemd[1]: Started minamo-booking.service - booking of the citizens' hall."
    for hour in (9, 13, 16):
        at = days[-3] + timedelta(hours=hour, minutes=chance.randrange(30))
        yield at, f"{host} systemd[1]: minamo-booking.service: Failed with result 'core-dump'."
    yield days[-5] + timedelta(hours=4), f"{host} smartd[811]: Device: /dev/sdb [SAT], 8 Currently unreadable (pending) sectors"


def _metrics(chance: random.Random, days: list[datetime], end: datetime) -> bytes:
    """Figures four times a day: a disk that fills up, a rack that gets warm, backups that take longer."""
    rows: list[tuple[datetime, str]] = []
    for number, day in enumerate(days):
        for hour in (0, 6, 12, 18):
            at, part = day + timedelta(hours=hour, minutes=5), number + hour / 24
            stamp = at.isoformat(timespec="seconds")
            figures = (
                ("disk_percent", "/var", 58 + 0.85 * part + chance.uniform(-0.4, 0.4)),
                ("disk_percent", "/home", 41 + 0.05 * part + chance.uniform(-0.3, 0.3)),
                ("temperature_celsius", "inlet", 48 + 0.38 * part + chance.uniform(-1.2, 1.2)),
                ("cpu_percent", "", 22 + chance.uniform(-8, 14)),
                ("backup_free_percent", "", max(0.5, 38 - 0.95 * part + chance.uniform(-0.5, 0.5))),
            )
            rows += [(at, f"{stamp},minamo-web01,{name},{item},{value:.1f}") for name, item, value in figures]
        rows.append(
            (
                day + timedelta(hours=3),
                f"{(day + timedelta(hours=3)).isoformat(timespec='seconds')},minamo-web01,backup_minutes,,{30 + number}",
            )
        )
    return ("time,host,metric,item,value\n" + "".join(f"{text}\n" for at, text in rows if at < end)).encode()
