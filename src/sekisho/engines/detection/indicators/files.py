"""Normal forms of hashes, names and paths of files, registry keys and e-mail addresses."""

# ruff: noqa: PLR2004 - lengths of texts
from __future__ import annotations

import re
import unicodedata
from typing import Final

from sekisho.engines.detection.indicators import hosts
from sekisho.engines.detection.indicators.model import HASH_LENGTHS, Kind

__all__ = ["base_name", "email", "file_name", "file_path", "hash_kind", "hash_value", "registry", "registry_parents", "ssdeep"]

_HEX: Final = re.compile(r"[0-9a-f]+")
_SSDEEP: Final = re.compile(r"[0-9]{1,10}:[A-Za-z0-9+/]{1,128}:[A-Za-z0-9+/]{1,128}")
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]{1,64}@(.+)")
_LONGEST: Final = 4_096
_DRIVE: Final = re.compile(r"[a-z]:\\")
_DEVICE: Final = re.compile(r"\\device\\harddiskvolume[0-9]+(?=\\)")
_VARIABLES: Final = (
    ("%systemroot%", "c:\\windows"), ("%windir%", "c:\\windows"), ("%systemdrive%", "c:"),
    ("%programfiles%", "c:\\program files"), ("%programfiles(x86)%", "c:\\program files (x86)"),
    ("%commonprogramfiles%", "c:\\program files\\common files"),
    ("%programdata%", "c:\\programdata"), ("%allusersprofile%", "c:\\programdata"), ("%public%", "c:\\users\\public"),
    ("%localappdata%", "%userprofile%\\appdata\\local"), ("%appdata%", "%userprofile%\\appdata\\roaming"),
    ("%temp%", "%userprofile%\\appdata\\local\\temp"), ("%tmp%", "%userprofile%\\appdata\\local\\temp"),
)  # fmt: skip
_PROFILE: Final = re.compile(r"c:\\(?:users|documents and settings)\\(?!public\\|all users\\|default\\)[^\\]+(?=\\)")
_HIVES: Final = (
    ("hkey_local_machine", "hklm"), ("hkey_current_user", "hkcu"), ("hkey_users", "hku"), ("hkey_classes_root", "hkcr"),
    ("hkey_current_config", "hkcc"), ("\\registry\\machine", "hklm"), ("\\registry\\user", "hku"),
)  # fmt: skip
_SHORT_HIVES: Final = frozenset({"hklm", "hkcu", "hku", "hkcr", "hkcc"})
_USER_HIVE: Final = re.compile(r"hku\\s-1-5-21-[0-9-]+(_classes)?(?=\\|$)")
_CONTROL_SET: Final = re.compile(r"(?<=\\)controlset[0-9]{3}(?=\\|$)")
_DEEPEST: Final = 24


def hash_value(text: str) -> str | None:
    """A hash in lower-case hexadecimal (``0x`` and an algorithm's name before it dropped), or None."""
    plain = re.sub(r"^(?:(?:md5|sha-?1|sha-?256|sha-?512|imphash)\s{0,3}[:=]\s{0,3}|0x)", "", text.strip().lower())
    plain = plain.replace(" ", "")
    return plain if len(plain) in HASH_LENGTHS and _HEX.fullmatch(plain) else None


def hash_kind(value: str) -> Kind | None:
    """Which hash a normalised value is, by its length. An imphash has the length of an MD5: its name has to be known."""
    return HASH_LENGTHS.get(len(value))


def ssdeep(text: str) -> str | None:
    """A fuzzy hash as ssdeep writes it (block size and two parts; a file name after it dropped), or None."""
    plain = text.strip().partition(",")[0]
    return plain if _SSDEEP.fullmatch(plain) else None


def email(text: str) -> str | None:
    """An e-mail address in lower case, its domain as a domain's normal form; ``mailto:``, ``<>`` and a name dropped; or None."""
    plain = text.strip()
    if plain.endswith(">") and "<" in plain:
        plain = plain[plain.rindex("<") + 1 : -1]
    if plain[:7].lower() == "mailto:":
        plain = plain[7:].partition("?")[0]
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain)
    found = _EMAIL.fullmatch(plain)
    name = hosts.domain(found[1]) if found else None
    return None if name is None else f"{plain.rpartition('@')[0].lower()}@{name}"


def _cleaned(text: str) -> str:
    plain = text.strip().strip("\"'")
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)


def file_name(text: str) -> str | None:
    """A file's name without folders, in lower case; or None when it holds a separator, a wildcard only, or nothing."""
    plain = _cleaned(text).lower()
    if not plain or len(plain) > 255 or any(sign in plain for sign in '\\/\n\r\t\0<>|"'):
        return None
    return plain if plain.strip(".*?_ ") else None


def file_path(text: str) -> str | None:
    """A path in normal form, or None.

    Windows (drive, backslashes, variables): lower case, variables replaced by their usual places, a user's profile by
    ``%userprofile%``, device names by ``c:``. Others: as they stand, double slashes made one.
    """
    plain = _cleaned(text)
    if not plain or len(plain) > _LONGEST or "\n" in plain or "\0" in plain:
        return None
    lowered = plain.lower()
    looks_windows = bool(re.match(r"[a-z]:[\\/]", lowered)) or "\\" in lowered or lowered.startswith("%")
    if not looks_windows:
        return re.sub("/{2,}", "/", plain) if "/" in plain and not plain.startswith("//") and "://" not in plain else None
    path = re.sub(r"^\\(?:\\[?.]|\?\?)\\", "", lowered.replace("/", "\\"))
    path = _DEVICE.sub("c:", path)
    for name, place in _VARIABLES:
        if path.startswith(name):
            path = place + path[len(name) :]
    path = _PROFILE.sub("%userprofile%", path)
    path = path[:2] + re.sub(r"\\{2,}", r"\\", path[2:])
    path = path.rstrip("\\") if len(path) > 3 else path
    return path if "\\" in path else None


def base_name(path: str) -> str:
    """The last part of a path, in lower case."""
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1].lower()


def registry(text: str) -> str | None:
    r"""A registry key in normal form: short hive name, lower case, ``hku\<a user's SID>`` as ``hkcu``, numbered control sets as
    the current one; or None.
    """
    plain = _cleaned(text).lower().replace("/", "\\")
    if len(plain) > _LONGEST:
        return None
    plain = re.sub(r"\\{2,}", r"\\", plain.removeprefix("computer\\").removeprefix("コンピューター\\"))
    plain = re.sub(r"^(hklm|hkcu|hku|hkcr|hkcc):\\?", r"\1\\", plain)
    for long, short in _HIVES:
        if plain == long or plain.startswith(long + "\\"):
            plain = short + plain[len(long) :]
    plain = plain.rstrip("\\")
    hive, _, rest = plain.partition("\\")
    if hive not in _SHORT_HIVES or not rest:
        return None
    plain = _USER_HIVE.sub(lambda found: "hkcu\\software\\classes" if found[1] else "hkcu", plain)
    return _CONTROL_SET.sub("currentcontrolset", plain)


def registry_parents(key: str) -> list[str]:
    """The key itself and every key above it, deepest first: an indicator on a key holds for what lies below it."""
    parts = key.split("\\")
    return ["\\".join(parts[:size]) for size in range(min(len(parts), _DEEPEST), 1, -1)]
