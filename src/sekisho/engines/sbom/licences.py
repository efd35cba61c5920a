"""Licence names to SPDX: Debian's short names, Python classifiers, free text of copyright files."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from cyclonedx import spdx
from cyclonedx.spdx import fixup_id, is_supported_id

__all__ = ["MAX_NAME", "from_copyright", "from_python", "is_expression", "spdx_id", "to_expression"]

MAX_NAME: Final = 200

# Debian's own short names (copyright-format 1.0, 7.1) and frequent spellings that are not SPDX identifiers.
_ALIASES: Final = {
    "expat": "MIT", "mit/x11": "MIT", "x11": "X11", "mit license": "MIT", "the mit license": "MIT", "mit-license": "MIT",
    "bsd-3-clauses": "BSD-3-Clause", "bsd-3": "BSD-3-Clause", "bsd3": "BSD-3-Clause", "new bsd": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause", "3-clause bsd": "BSD-3-Clause", "bsd-3-clause license": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause", "modified bsd license": "BSD-3-Clause", "revised bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause", "bsd-2-clauses": "BSD-2-Clause",
    "bsd-2": "BSD-2-Clause", "simplified bsd": "BSD-2-Clause", "bsd 2-clause license": "BSD-2-Clause",
    "apache": "Apache-2.0", "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache-2": "Apache-2.0",
    "apache license": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0", "apache software license": "Apache-2.0", "asl 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0", "artistic": "Artistic-1.0-Perl", "artistic-2": "Artistic-2.0",
    "psf": "PSF-2.0", "psfl": "PSF-2.0", "psf-2": "PSF-2.0", "python": "Python-2.0",
    "python software foundation license": "PSF-2.0",
    "mpl": "MPL-2.0", "mpl 2.0": "MPL-2.0", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "zlib/libpng": "Zlib",
    "isc license": "ISC", "isc license (iscl)": "ISC", "iscl": "ISC", "the unlicense": "Unlicense", "cc0": "CC0-1.0",
    "zpl 2.1": "ZPL-2.1", "openssl": "OpenSSL", "bsl-1": "BSL-1.0", "cc-by-sa-3": "CC-BY-SA-3.0",
    "gplv2": "GPL-2.0-only", "gplv2+": "GPL-2.0-or-later", "gplv3": "GPL-3.0-only", "gplv3+": "GPL-3.0-or-later",
    "gpl v2": "GPL-2.0-only", "gpl v3": "GPL-3.0-only", "lgplv2+": "LGPL-2.0-or-later", "lgplv2": "LGPL-2.0-only",
    "lgplv3": "LGPL-3.0-only", "lgplv3+": "LGPL-3.0-or-later", "asl-2.0": "Apache-2.0", "gpl": "GPL-1.0-or-later",
    "lgpl": "LGPL-2.0-or-later", "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
}  # fmt: skip
_GNU: Final = re.compile(r"(A?GPL|LGPL|GFDL)[ -]?v?([0-9](?:\.[0-9])?)(?:\.0)?(\+|-only|-or-later)?", re.IGNORECASE | re.ASCII)
_TOKEN: Final = re.compile(r"\(|\)|,?\s+(?:and|or|with)\s+", re.IGNORECASE)
_SPLIT: Final = re.compile(r"(\s*[()]\s*|,?\s+(?:and|or|with)\s+)", re.IGNORECASE)
_EXCEPTIONS: Final = {
    "openssl exception": "openvpn-openssl-exception", "font exception": "Font-exception-2.0",
    "autoconf exception": "Autoconf-exception-2.0",
    "libtool exception": "Libtool-exception", "bison exception": "Bison-exception-2.2", "gcc exception": "GCC-exception-3.1",
    "llvm exception": "LLVM-exception", "classpath exception": "Classpath-exception-2.0",
}  # fmt: skip
_CLASSIFIERS: Final = {
    "MIT License": "MIT", "Apache Software License": "Apache-2.0", "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1", "The Unlicense (Unlicense)": "Unlicense", "zlib/libpng License": "Zlib",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only", "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later", "MIT No Attribution License (MIT-0)": "MIT-0",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later", "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only", "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "Universal Permissive License (UPL)": "UPL-1.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0", "Eclipse Public License 2.0 (EPL-2.0)": "EPL-2.0",
}  # fmt: skip
_COMMON: Final = re.compile(r"/usr/share/common-licenses/([A-Za-z]+(?:-[0-9.]*[0-9])?)", re.ASCII)
_LATER: Final = re.compile(r"or\s+\(?\s*at\s+your\s+option\s*\)?,?\s+any\s+later|any\s+later\s+version", re.IGNORECASE)
_PHRASES: Final = (
    (re.compile(r"Permission\s+is\s+hereby\s+granted,\s+free\s+of\s+charge", re.IGNORECASE), "MIT"),
    (re.compile(r"Permission\s+to\s+use,\s+copy,\s+modify,\s+and(?:/or)?\s+distribute\s+this\s+software", re.IGNORECASE), "ISC"),
    (re.compile(r"neither\s+the\s+names?\s+of\s[^.]{0,400}?endorse\s+or\s+promote", re.IGNORECASE), "BSD-3-Clause"),
    (re.compile(r"Redistribution\s+and\s+use\s+in\s+source\s+and\s+binary\s+forms", re.IGNORECASE), "BSD-2-Clause"),
    (re.compile(r"Licensed\s+under\s+the\s+Apache\s+License,\s+Version\s+2", re.IGNORECASE), "Apache-2.0"),
    (re.compile(r"Mozilla\s+Public\s+License,?\s+(?:v\.|version)\s*2", re.IGNORECASE), "MPL-2.0"),
    (re.compile(r"(?:released|placed|is)\s+in(?:to)?\s+the\s+public\s+domain", re.IGNORECASE), "public-domain"),
)


@cache
def spdx_id(name: str) -> str | None:
    """The SPDX licence identifier for one licence name, or None when it has none."""
    text = " ".join(name.split()).strip().strip(".,;")
    if not text or len(text) > MAX_NAME:
        return None
    found = fixup_id(text)
    if found and not found.upper().startswith(("GPL-", "LGPL-", "AGPL-", "GFDL-")):
        return str(found)
    gnu = _GNU.fullmatch(text)
    if gnu:
        family, number, later = gnu.group(1).upper(), gnu.group(2), gnu.group(3) or ""
        if "." not in number:
            number += ".0"
        candidate = f"{family}-{number}-{'or-later' if later in {'+', '-or-later'} else 'only'}"
        return candidate if is_supported_id(candidate) else None
    alias = _ALIASES.get(text.lower())
    return alias or (str(found) if found else None)


def is_expression(text: str) -> bool:
    """Whether ``text`` is a compound SPDX expression and not one identifier."""
    return any(f" {word} " in text for word in ("AND", "OR", "WITH"))


@cache
def to_expression(text: str) -> str | None:
    """An SPDX expression for a licence synopsis (``GPL-2+ or Artistic``); None when any part of it has no identifier."""
    text = " ".join(text.split())
    single = spdx_id(text)
    if single:
        return single
    if len(text) > MAX_NAME or not _TOKEN.search(text):
        return None
    parts: list[str] = []
    for raw in _SPLIT.split(text):
        token = raw.strip().strip(",").strip()
        if not token:
            continue
        if token in {"(", ")"} or token.upper() in {"AND", "OR", "WITH"}:
            parts.append(token.upper())
            continue
        identifier = _EXCEPTIONS.get(token.lower()) if parts and parts[-1] == "WITH" else spdx_id(token)
        if identifier is None:
            return None
        parts.append(f"({identifier})" if is_expression(identifier) else identifier)
    expression = " ".join(parts).replace("( ", "(").replace(" )", ")")
    return expression if spdx.is_expression(expression) else None


def _named(synopsis: str) -> str:
    return to_expression(synopsis) or " ".join(synopsis.split())[:MAX_NAME]


def from_copyright(text: str) -> tuple[tuple[str, ...], str]:
    """Licences in a Debian copyright file and their basis: ``declared`` (copyright-format 1.0), ``derived`` (recognised) or "".

    Only Files stanzas count: stand-alone License stanzas merely hold the texts. Recognition reads references to
    ``/usr/share/common-licenses`` and well-known sentences; a text that matches none gives nothing rather than a guess.
    """
    head = text[:2000].lower()
    if "copyright-format/1.0" in head or "/dep5" in head or "dep.debian.net/deps/dep5" in head:
        found = _declared(text)
        if found:
            return found, "declared"
    names = set()
    for match in _COMMON.finditer(text):
        name = match.group(1).rstrip(".")
        around = text[max(0, match.start() - 1500) : match.start() + 200]
        if name.split("-")[0] in {"GPL", "LGPL", "AGPL", "GFDL"} and "-" in name and _LATER.search(around):
            name += "+"
        names.add(_named(name))
    for pattern, name in _PHRASES:
        if pattern.search(text) and not (name == "BSD-2-Clause" and "BSD-3-Clause" in names):
            names.add(name)
    return tuple(sorted(names)), "derived" if names else ""


def _declared(text: str) -> tuple[str, ...]:
    """First lines of the License fields of Files stanzas, read without building the (often huge) rest of the stanza."""
    names: set[str] = set()
    in_files, pending = False, ""
    for line in (*text.split("\n"), ""):
        if not line.strip():
            if in_files and pending:
                names.add(_named(pending))
            in_files, pending = False, ""
        elif line[0] not in " \t#":
            field, _, value = line.partition(":")
            if field.lower() == "files":
                in_files = True
            elif field.lower() == "license" and not pending:
                pending = value.strip()
    return tuple(sorted(names))


def from_python(expression: str, licence: str, classifiers: tuple[str, ...]) -> tuple[str, ...]:
    """Licences of a Python distribution: PEP 639 expression, else classifiers, else the free ``License`` field."""
    if expression.strip():
        return (to_expression(expression) or " ".join(expression.split())[:MAX_NAME],)
    named = [c.rsplit("::", 1)[-1].strip() for c in classifiers if c.startswith("License ::") and c.count("::") > 0]
    named = [n for n in named if n not in {"OSI Approved", "License"}]
    free = to_expression(licence.split("\n", 1)[0]) if licence.strip() else None
    if free:  # a precise identifier beats the classifier "BSD License"
        return (free,)
    if named:
        return tuple(sorted({_CLASSIFIERS.get(n) or _named(n) for n in named}))
    first = " ".join(licence.split("\n", 1)[0].split())[:MAX_NAME]
    return (first,) if first and first.upper() != "UNKNOWN" else ()
