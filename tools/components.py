"""What the tests need beside Python: PostgreSQL, Redis, Chromium and a Japanese font. Finds, installs and starts them.

Servers are our own: temporary directory, free port, random password, stopped and removed at the end. A server that somebody else
runs is used only when ``SEKISHO_TEST_POSTGRES_URL`` or ``SEKISHO_TEST_REDIS_URL`` names it, or when ours cannot be started.
"""

from __future__ import annotations

import importlib.metadata
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bootstrap import ROOT, root_prefix, say, succeeds

if TYPE_CHECKING:
    from contextlib import ExitStack

# Component -> (Debian package, what it is for)
PACKAGES = {
    "postgresql": "postgresql",
    "redis": "redis-server",
    "browser": "chromium",
}
NAMES = {"postgresql": "PostgreSQL", "redis": "Redis", "browser": "Chromium"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOCAL_POSTGRES = "postgresql://127.0.0.1:5432/postgres"
LOCAL_REDIS = "redis://127.0.0.1:6379/15"
START_SECONDS = 20


@dataclass(slots=True)
class Components:
    """What was found: the environment for the tests, and why the rest is missing (component → words)."""

    environment: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------------------ finding


def find_chromium() -> str | None:
    """Path of a Chromium that starts (Ubuntu's package is only a door to a snap, which may not)."""
    chosen = os.environ.get("SEKISHO_CHROMIUM")
    for name in [chosen] if chosen else CHROMIUM_NAMES:
        path = shutil.which(name)
        if path and succeeds([path, "--version"]):
            return path
    return None


def find_program(name: str, *patterns: str) -> str | None:
    """A program on the PATH or where Debian puts it (newest version first)."""
    found = shutil.which(name)
    if found:
        return found
    for pattern in patterns:
        candidates = sorted(Path("/").glob(pattern), key=lambda path: [int(part) for part in path.parts if part.isdigit()])
        if candidates:
            return str(candidates[-1])
    return None


def find_postgres() -> str | None:
    """Path of ``initdb``; the server's other programs lie beside it."""
    return find_program("initdb", "usr/lib/postgresql/*/bin/initdb", "usr/pgsql-*/bin/initdb")


def find_redis() -> str | None:
    """Path of a Redis (or Valkey) server."""
    return find_program("redis-server") or find_program("valkey-server")


FINDERS = {"postgresql": find_postgres, "redis": find_redis, "browser": find_chromium}


def install_missing() -> None:
    """Fetch what is not there with apt-get, when this user may; otherwise say what to ask the administrator for."""
    missing = [name for name, finder in FINDERS.items() if not finder() and not given(name)]
    if not missing:
        return
    packages = [PACKAGES[name] for name in missing]
    prefix = root_prefix()
    if prefix is None or not shutil.which("apt-get"):
        wish = " ".join(packages)
        say(
            f"試験用の部品がありません。管理者に頼む命令: apt-get install {wish}", "not there; ask the administrator for the same"
        )
        return
    say(f"試験用の部品を apt-get で入れます: {' '.join(packages)}", "installing what the tests need with apt-get")
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    succeeds([*quiet, "update", "-qq"])
    for package in packages:  # one by one: a package that this distribution lacks must not hold up the others
        started = time.monotonic()
        done = succeeds([*quiet, "install", "-y", "-qq", "--no-install-recommends", package])
        say(
            f"　{package}: {'入りました' if done else '入りませんでした'}（{time.monotonic() - started:.0f} 秒）",
            "installed" if done else "could not be installed",
        )


def given(name: str) -> bool:
    """Whether the caller named a server of theirs."""
    return bool(os.environ.get({"postgresql": "SEKISHO_TEST_POSTGRES_URL", "redis": "SEKISHO_TEST_REDIS_URL"}.get(name, "-")))


# ----------------------------------------------------------------------------------------------------------- starting


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def temporary_folder(stack: ExitStack, owner: dict[str, Any]) -> Path:
    """A folder outside the repository (which the server's user may not be allowed to enter), removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sekisho-test-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    if owner:
        shutil.chown(folder, owner["user"], owner["group"])
    return folder


def postgres_owner() -> dict[str, Any] | None:
    """PostgreSQL refuses to run as root: then its own user. ``{}`` when no change is needed, None when there is no such user."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        return None
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def start_postgres(stack: ExitStack) -> str | None:
    """Our own PostgreSQL on a free port; its URL, or None when it is not installed or does not start."""
    initdb, owner = find_postgres(), postgres_owner()
    if initdb is None or owner is None:
        return None
    programs = Path(initdb).resolve().parent
    folder = temporary_folder(stack, owner)
    password, port = secrets.token_urlsafe(18), free_port()
    secret = folder / "password"
    secret.write_text(password, encoding="utf-8")
    if owner:
        shutil.chown(secret, owner["user"], owner["group"])
    data, log = folder / "data", folder / "log"
    options = f"-p {port} -k {folder} -h 127.0.0.1 -F -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"
    quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **owner}
    create = [initdb, "-D", str(data), "-U", "sekisho", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-locale"]
    if subprocess.run([*create, "--no-sync"], check=False, **quiet).returncode:
        return None
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", str(START_SECONDS), "-l", str(log)]
    if subprocess.run([*control, "-o", options, "start"], check=False, **quiet).returncode:
        return None
    stack.callback(lambda: subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet))
    return f"postgresql://sekisho:{password}@127.0.0.1:{port}/postgres"


def start_redis(stack: ExitStack) -> str | None:
    """Our own Redis on a free port, nothing saved; its URL, or None when it is not installed or does not start."""
    program = find_redis()
    if program is None:
        return None
    folder, port = temporary_folder(stack, {}), free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(server.wait)
    stack.callback(server.terminate)
    url = f"redis://127.0.0.1:{port}/0"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if redis_answers(url):
            return url
        time.sleep(0.05)
    return None


def redis_answers(url: str) -> bool:
    """Whether a Redis answers there."""
    import redis

    try:
        return bool(redis.Redis.from_url(url, socket_connect_timeout=2).ping())
    except redis.RedisError:
        return False


def postgres_answers(url: str) -> bool:
    """Whether a PostgreSQL answers there and lets us create databases."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            row = connection.execute("select rolcreatedb or rolsuper from pg_roles where rolname = current_user").fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def japanese_fonts(stack: ExitStack) -> dict[str, str]:
    """The setting that lets Chromium draw Japanese with the fonts of our own wheels where the system has none."""
    done = (
        subprocess.run(["fc-list", ":lang=ja", "family"], capture_output=True, check=False) if shutil.which("fc-list") else None
    )
    if done is not None and done.stdout.strip():
        return {}
    folders = set()
    for name in ("noto-cjk-sans-jp-regular", "noto-cjk-sans-jp-bold"):
        files = importlib.metadata.files(name) or []
        folders |= {str(Path(str(file.locate())).resolve().parent) for file in files if file.suffix in {".otf", ".ttf", ".ttc"}}
    folder = temporary_folder(stack, {})
    places = "".join(f"<dir>{path}</dir>" for path in sorted(folders))
    text = (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{places}<cachedir>{folder}/cache</cachedir></fontconfig>'
    )
    (folder / "fonts.conf").write_text(text, encoding="utf-8")
    return {"FONTCONFIG_FILE": str(folder / "fonts.conf")}


def provide(stack: ExitStack) -> Components:
    """Find, fetch or start everything; what could not be had is named in ``missing``."""
    install_missing()
    found = Components()
    postgres = os.environ.get("SEKISHO_TEST_POSTGRES_URL") or start_postgres(stack) or LOCAL_POSTGRES
    if postgres_answers(postgres):
        found.environment["SEKISHO_TEST_POSTGRES_URL"] = postgres
    else:
        found.missing["postgresql"] = "PostgreSQL がない、または起動しない / PostgreSQL is not there or does not start"
    redis = os.environ.get("SEKISHO_TEST_REDIS_URL") or start_redis(stack) or LOCAL_REDIS
    if redis_answers(redis):
        found.environment["SEKISHO_TEST_REDIS_URL"] = redis
    else:
        found.missing["redis"] = "Redis がない、または起動しない / Redis is not there or does not start"
    chromium = find_chromium()
    if chromium:
        found.environment["SEKISHO_CHROMIUM"] = chromium
        found.environment.update(japanese_fonts(stack))
    else:
        found.missing["browser"] = "Chromium がない、または起動しない / Chromium is not there or does not start"
    return found


__all__ = ["NAMES", "ROOT", "Components", "provide"]
