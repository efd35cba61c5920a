"""Settings of an installation: ``SEKISHO_*`` variables, else ``sekisho.toml`` in the installation's home, else safe defaults.

The home is a folder that holds all of one installation (``sekisho.toml``, the SQLite file, the artifact store, keys). It is
``SEKISHO_HOME``; else ``var/main`` if that was initialised; else ``var/demo``, the demonstration. Production data never mixes
with the demonstration's, since each home has a database and a store of its own.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sekisho.errors import InputError

__all__ = ["CONFIG_NAME", "Config", "database_settings", "find_home", "load", "sqlite_file"]

CONFIG_NAME = "sekisho.toml"
_EXPECTED_URL = "sqlite:///… | postgresql://user@host:5432/name"
_CHECKOUT = Path(__file__).resolve().parents[3]


def find_home() -> Path:
    """The home of the installation that this process works on (it may not exist yet)."""
    if given := os.environ.get("SEKISHO_HOME"):
        return Path(given).resolve()
    roots = [Path.cwd()]
    if (_CHECKOUT / "pyproject.toml").is_file():
        roots.append(_CHECKOUT)
    for root in roots:
        for name in ("main", "demo"):
            if (root / "var" / name / CONFIG_NAME).is_file():
                return root / "var" / name
    return roots[-1] / "var" / "demo"


@dataclass(frozen=True, slots=True)
class Config:
    """What an installation can be told. ``secret_key`` never shows in a repr."""

    home: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_url: str = "http://127.0.0.1:8000"
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    redis_url: str = field(default="", repr=False)
    is_demo: bool = False
    https: bool = False
    email_url: str = field(default="", repr=False)
    time_zone: str = "Asia/Tokyo"
    data_roots: tuple[str, ...] = ()

    @property
    def care_roots(self) -> tuple[Path, ...]:
        """The folders below which data may be scanned and deleted (``data_roots``; without them ``data`` in the home)."""
        return tuple(Path(root) for root in self.data_roots) or (self.home / "data",)

    @property
    def store(self) -> Path:
        """The folder of the content-addressed artifact store."""
        return self.home / "store"

    @property
    def keys(self) -> Path:
        """The folder of keys that live outside the database (ledger signing)."""
        return self.home / "keys"


def load(home: Path | None = None) -> Config:
    """Read the configuration. Raises InputError ``config.unreadable`` when the TOML file is broken or has unknown keys."""
    home = home or find_home()
    path = home / CONFIG_NAME
    values: dict[str, Any] = {}
    if path.is_file():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InputError("config.unreadable", file=str(path), detail=str(error)) from error
    known = {name for name in Config.__dataclass_fields__ if name != "home"}
    if unknown := set(values) - known:
        raise InputError("config.unknown_keys", file=str(path), keys=", ".join(sorted(unknown)))
    for name in known:
        if (value := os.environ.get(f"SEKISHO_{name.upper()}")) is not None:
            values[name] = value.lower() in {"1", "true", "yes"} if name in {"is_demo", "https"} else value
    for name, between in (("allowed_hosts", ","), ("data_roots", os.pathsep)):
        if isinstance(values.get(name), str):
            values[name] = [part for part in values[name].split(between) if part]
        if name in values:
            values[name] = tuple(values[name])
    values.setdefault("database_url", f"sqlite:///{home / 'sekisho.sqlite3'}")
    # Without an installation there is nothing to protect: a key that dies with the process.
    values.setdefault("secret_key", secrets.token_urlsafe(50))
    return Config(home=home, **values)


def _port_is_number(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def sqlite_file(url: str) -> Path | None:
    """The file that a ``sqlite:///path`` names; None for one in memory and for PostgreSQL."""
    if not url.startswith("sqlite:///"):
        return None
    return Path(unquote(url.removeprefix("sqlite:///")))


def database_settings(url: str) -> dict[str, Any]:
    """Django's database settings for ``sqlite:///path`` or ``postgresql://user:password@host:port/name?sslmode=…``."""
    try:
        parts = urlsplit(url)
    except ValueError as error:  # brackets that hold no address
        raise InputError("config.database_url", expected=_EXPECTED_URL) from error
    if parts.scheme == "sqlite":
        path = unquote(url.removeprefix("sqlite:///")) if url != "sqlite://" else ":memory:"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;"
                ),
            },
        }
    if parts.scheme in {"postgresql", "postgres"} and _port_is_number(url) and parts.path.strip("/"):
        query = dict(parse_qsl(parts.query))
        host = query.pop("host", parts.hostname or "")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": query,
        }
    raise InputError("config.database_url", expected=_EXPECTED_URL)
