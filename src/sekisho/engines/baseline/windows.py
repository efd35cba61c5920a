"""Facts of a Windows host, from the file that ``collectors/collect-windows.ps1`` wrote."""

from __future__ import annotations

import codecs
import json
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Final

import jsonschema_rs
import msgspec

from sekisho.engines.baseline.facts import Facts, FactsBuilder, FactStatus, Source
from sekisho.errors import InputError, Problem

__all__ = ["MAX_BYTES", "decode_windows", "read_windows"]

MAX_BYTES: Final = 32 * 1024 * 1024
"""A server with thousands of programs writes about 1 MB."""

_MAX_PROBLEMS: Final = 50
_DAY: Final = 86400
_ADMINISTRATORS: Final = "S-1-5-32-544"
_STATUS: Final = {"denied": FactStatus.DENIED, "missing": FactStatus.ABSENT}
_PLAIN: Final = ("password_policy", "smb", "rdp", "uac", "lsa", "screen_lock", "defender", "autologon", "powershell")
_UNNEEDED: Final = frozenset(
    {"tlntsvr", "ftpsvc", "snmp", "remoteregistry", "simptcp", "upnphost", "ssdpsrv", "webclient", "xblgamesave", "irmon"}
)
_DEFAULT_NAMES: Final = frozenset({"test", "guest", "user", "admin", "demo", "temp", "support", "vagrant", "ieuser", "owner"})


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    schema = resources.files("sekisho.engines.baseline.collectors").joinpath("windows.schema.json").read_text(encoding="utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(schema))


def _text(untrusted: bytes, file: str) -> str:
    """Windows PowerShell 5 writes UTF-16 with a mark, newer ones UTF-8, an editor in Japan maybe CP932."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if untrusted.startswith(mark):
            names: tuple[str, ...] = (name,)
            untrusted = untrusted[len(mark) :]
            break
    else:
        names = ("utf-16-le",) if untrusted[1:2] == b"\0" else ("utf-8", "cp932")
    for name in names:
        try:
            return untrusted.decode(name)
        except UnicodeDecodeError:
            continue
    raise _invalid(file, [Problem("baseline.windows_encoding", file=file)])


def _invalid(file: str, problems: list[Problem]) -> InputError:
    return InputError("baseline.windows_invalid", problems=tuple(problems[:_MAX_PROBLEMS]), file=file)


def decode_windows(untrusted: bytes, *, file: str = "windows.json") -> dict[str, Any]:
    """The collector's file as a checked value (schema ``sekisho.windows-collector/1``); the sbom engine reads it by this too.

    Raises:
        InputError: ``baseline.windows_invalid`` with every problem: too large, unknown encoding, no JSON, not as the schema says.
    """
    if len(untrusted) > MAX_BYTES:
        raise _invalid(file, [Problem("baseline.windows_too_large", {"size": len(untrusted), "limit": MAX_BYTES}, file=file)])
    try:
        value = msgspec.json.decode(_text(untrusted, file).encode())
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise _invalid(file, [Problem("baseline.windows_json", {"detail": str(error)[:200]}, file=file)]) from error
    problems = []
    for fault in _validator().iter_errors(value):
        path = "/".join(str(p) for p in fault.instance_path) or "/"
        problems.append(Problem("baseline.windows_schema", {"path": path, "message": fault.message[:200]}, file=file))
        if len(problems) >= _MAX_PROBLEMS:
            break
    if problems:
        raise _invalid(file, problems)
    checked: dict[str, Any] = value
    return checked


def read_windows(untrusted: bytes, *, file: str = "windows.json") -> Facts:
    """Facts from the collector's file. Raises InputError as :func:`decode_windows` does."""
    data = decode_windows(untrusted, file=file)
    facts = FactsBuilder()
    reasons = {row["section"]: row["reason"] for row in data["errors"]}
    where = Source(path=file)

    def section(name: str, *keys: str) -> Any:
        """The section's value; when there is none, each of ``keys`` is marked as not read, with the reason given."""
        value = data.get(name)
        if value is None:
            for key in keys or (name,):
                facts.miss(f"win.{key}", _STATUS.get(reasons.get(name, "failed"), FactStatus.UNPARSABLE), where)
        return value

    for name in _PLAIN:
        if (rows := section(name)) is not None:
            facts.add(f"win.{name}", {k: rows[k] for k in sorted(rows) if rows[k] is not None}, where)
    _accounts(section, facts, where)
    _network(section, facts, where)
    if (rows := section("services", "services_unneeded", "services_automatic")) is not None:
        active = [r for r in rows if (r.get("start_mode") or "") != "Disabled"]
        facts.add(
            "win.services_unneeded",
            sorted(r["name"] for r in active if r["name"].lower() in _UNNEEDED and r.get("start_mode") == "Auto"),
            where,
        )
        facts.add("win.services_automatic", sorted(r["name"] for r in rows if r.get("start_mode") == "Auto"), where)
    if (rows := section("bitlocker", "unencrypted_volumes")) is not None:
        facts.add("win.unencrypted_volumes", sorted(r["mount"] for r in rows if r.get("protection") is not True), where)
    if (rows := section("audit_policy", "audit_off")) is not None:
        facts.add("win.audit", {r["guid"].lower(): [bool(r.get("success")), bool(r.get("failure"))] for r in rows}, where)
        facts.add("win.audit_on", sum(bool(r.get("success") or r.get("failure")) for r in rows), where)
    _clock(section, facts, where)
    facts.add("win.product_type", data["os"].get("product_type") or 1, where)
    facts.add("win.domain_joined", bool(data["os"].get("domain_joined")), where)
    return Facts(
        platform="windows",
        hostname=data["os"]["hostname"][:253],
        root=file,
        live=True,
        container=False,
        privileged=data["privileged"],
        facts=dict(sorted(facts.facts.items())),
    )


def _network(section: Any, facts: FactsBuilder, where: Source) -> None:
    """Firewall profiles, and ports below the ephemeral range."""
    if (rows := section("firewall", "firewall_off")) is not None:
        facts.add("win.firewall_off", sorted(r["profile"] for r in rows if r.get("enabled") is not True), where)
        facts.add("win.firewall", {r["profile"]: {k: v for k, v in r.items() if k != "profile"} for r in rows}, where)
    if (rows := section("listening", "listening")) is not None:
        facts.add("win.listening", sorted({f"{r['protocol']}/{r['port']}" for r in rows if r["port"] < 49152}), where)  # noqa: PLR2004 - RFC 6335


def _epoch(text: str | None) -> int | None:
    try:
        return int(datetime.fromisoformat(text).timestamp()) if text else None
    except (ValueError, OverflowError):
        return None


def _accounts(section: Any, facts: FactsBuilder, where: Source) -> None:
    """Local accounts by their well-known numbers (500 administrator, 501 guest), since names depend on the language."""
    users = section("users", "users_builtin_admin", "users_guest", "users_no_password", "users_default_names")
    if users is None:
        facts.miss("accounts.logins", FactStatus.UNPARSABLE, where)
    else:
        enabled = [u for u in users if u["enabled"]]
        facts.add("win.users_enabled", sorted(u["name"] for u in enabled), where)
        facts.add("win.users_builtin_admin", sorted(u["name"] for u in enabled if u["sid"].endswith("-500")), where)
        facts.add("win.users_guest", sorted(u["name"] for u in enabled if u["sid"].endswith("-501")), where)
        facts.add("win.users_no_password", sorted(u["name"] for u in enabled if u.get("password_required") is False), where)
        facts.add("win.users_default_names", sorted(u["name"] for u in enabled if u["name"].lower() in _DEFAULT_NAMES), where)
        logins = {
            u["name"]: {
                "last_login": _epoch(u.get("last_logon")),
                "changed_days": (_epoch(u.get("password_last_set")) or 0) // _DAY,
            }
            for u in enabled
        }
        facts.add("accounts.logins", logins, where, volatile=True)
    groups = section("groups", "administrators")
    if groups is not None:
        members = [m for g in groups if g["sid"] == _ADMINISTRATORS for m in g["members"]]
        facts.add("win.administrators", sorted(m.get("name") or m["sid"] for m in members), where)
        facts.add("win.administrator_count", len(members), where)


def _clock(section: Any, facts: FactsBuilder, where: Source) -> None:
    clock = section("clock", "clock")
    keys = {"synchronised": "clock.synchronised", "offset_seconds": "clock.offset_seconds"}
    for name, key in keys.items():
        value = clock.get(name) if clock is not None else None
        if value is None:
            facts.miss(key, FactStatus.ABSENT if clock is not None else facts.facts["win.clock"].status, where)
        else:
            facts.add(key, abs(value) if name == "offset_seconds" else value, where, volatile=True)
    if clock is None:
        facts.miss("clock.source_count", facts.facts["win.clock"].status, where)
        return
    servers = clock.get("servers") or []
    by_domain = clock.get("type") in ("NT5DS", "AllSync")
    facts.add("clock.source_count", max(len(servers), int(by_domain)), where)
    facts.add("win.clock", {k: clock.get(k) for k in ("service_running", "type", "servers")}, where)
