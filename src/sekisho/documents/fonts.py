"""Find a Japanese font, or say that there is none: no document is made with boxes in place of characters.

Order: ``SEKISHO_FONT_DIR``, the packages ``noto-cjk-sans-jp-regular`` and ``-bold``, the usual directories of the system. A file
counts only when its character map (OpenType ``cmap``, formats 4 and 12) really holds what a report needs.
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sekisho.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Font", "FontSet", "japanese_fonts", "read_fonts"]

NEEDED: Final = "関所根拠松竹梅未外―■□情報セキュリティ対策状況報告書あいうアイウー。、「」（）・"
PACKAGES: Final = ("noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")
# Gothic faces in the order in which a report looks best; everything else Japanese comes after them.
PREFERRED: Final = (
    "notosanscjk",
    "notosansjp",
    "sourcehansans",
    "biz-ud",
    "ipaexg",
    "ipag",
    "yugoth",
    "meiryo",
    "hiragino",
    "msgothic",
)
SUFFIXES: Final = {".otf", ".ttf", ".ttc", ".otc"}
LARGEST: Final = 64 * 1024 * 1024
BOLD_WEIGHT: Final = 600


@dataclass(frozen=True, slots=True)
class Font:
    """One face in a file: its family, weight (400 regular, 700 bold) and the ranges of characters it holds."""

    path: Path
    family: str
    weight: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def has(self, text: str) -> bool:
        """Whether every character of ``text`` has a glyph."""
        return all(self._has(ord(character)) for character in text)

    def _has(self, point: int) -> bool:
        place = bisect_right(self.starts, point) - 1
        return place >= 0 and point <= self.ends[place]


@dataclass(frozen=True, slots=True)
class FontSet:
    """The font of all documents: family name, its regular face, its bold face if there is one, and their directories."""

    family: str
    regular: Font
    bold: Font | None
    directories: tuple[Path, ...]


def japanese_fonts() -> FontSet:
    """The Japanese font to use; Unavailable ``documents.no_japanese_font`` names the places that were searched."""
    return _find(os.environ.get("SEKISHO_FONT_DIR", ""))


@cache
def _find(own: str) -> FontSet:
    searched = []
    for place, files in _places(own):
        searched.append(place)
        faces: list[Font] = []
        for path in files:
            faces += [face for face in read_fonts(path) if face.has(NEEDED)]
            if found := _with_bold(faces):
                return found
        # A family without a bold face still writes every character; emphasis is then not bold.
        if lone := next((face for face in faces if face.weight < BOLD_WEIGHT), None):
            return FontSet(lone.family, lone, None, (lone.path.parent,))
    raise Unavailable("documents.no_japanese_font", searched=", ".join(searched))


def _with_bold(faces: list[Font]) -> FontSet | None:
    """The first family that has a regular and a bold face."""
    for face in faces:
        if face.weight >= BOLD_WEIGHT:
            continue
        bold = next((f for f in faces if f.family == face.family and f.weight >= BOLD_WEIGHT), None)
        if bold is not None:
            directories = tuple(dict.fromkeys((face.path.parent, bold.path.parent)))
            return FontSet(face.family, face, bold, directories)
    return None


def _places(own: str) -> Iterator[tuple[str, list[Path]]]:
    if own:
        yield own, _files(Path(own))
    for_packages = [Path(spec.origin).parent for name in PACKAGES if (spec := util.find_spec(name)) and spec.origin]
    yield ", ".join(PACKAGES), [path for directory in for_packages for path in _files(directory)]
    home = Path.home()
    roots: list[str | Path] = ["/usr/share/fonts", "/usr/local/share/fonts", home / ".local/share/fonts", home / ".fonts"]
    roots += ["/Library/Fonts", "/System/Library/Fonts", Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    for root in roots:
        yield str(root), _files(Path(root))


def _files(root: Path) -> list[Path]:
    if not root.is_dir():
        return []
    found = [path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    return sorted(found, key=lambda path: (_rank(path.name), str(path)))


def _rank(name: str) -> int:
    lower = name.lower()
    return next((n for n, prefix in enumerate(PREFERRED) if lower.startswith(prefix)), len(PREFERRED))


@cache
def read_fonts(path: Path) -> tuple[Font, ...]:
    """The faces in a font file (a collection has several); empty when it is damaged, too large or not a font."""
    try:
        if path.stat().st_size > LARGEST:
            return ()
        data = path.read_bytes()
        if data[:4] == b"ttcf":
            (count,) = struct.unpack_from(">I", data, 8)
            offsets = struct.unpack_from(f">{min(count, 64)}I", data, 12)
        else:
            offsets = (0,)
        return tuple(_face(path, data, offset) for offset in offsets)
    except (OSError, struct.error, KeyError, IndexError, UnicodeDecodeError, ValueError):
        # A broken font file on the system is not ours to report: it is simply not a candidate.
        return ()


def _face(path: Path, data: bytes, offset: int) -> Font:
    (count,) = struct.unpack_from(">H", data, offset + 4)
    tables = {}
    for number in range(count):
        tag, _, begin, _ = struct.unpack_from(">4sIII", data, offset + 12 + 16 * number)
        tables[tag] = begin
    ranges = sorted(_ranges(data, tables[b"cmap"]))
    weight = struct.unpack_from(">H", data, tables[b"OS/2"] + 4)[0]
    return Font(path, _family(data, tables[b"name"]), weight, tuple(r[0] for r in ranges), tuple(r[1] for r in ranges))


def _family(data: bytes, begin: int) -> str:
    """Typographic family (name 16), else family (1), in English, as Typst and resvg know it."""
    _, count, strings = struct.unpack_from(">HHH", data, begin)
    names = {}
    for number in range(count):
        platform, _, language, name, length, at = struct.unpack_from(">HHHHHH", data, begin + 6 + 12 * number)
        if platform == 3 and language == 0x409 and name in {1, 16}:  # noqa: PLR2004 - Windows, English (OpenType `name`)
            start = begin + strings + at
            names[name] = data[start : start + length].decode("utf-16-be")
    return names.get(16) or names[1]


def _ranges(data: bytes, begin: int) -> list[tuple[int, int]]:
    """Character ranges of the widest Unicode subtable. A range of format 4 may have holes: near enough here."""
    (count,) = struct.unpack_from(">H", data, begin + 2)
    best: dict[int, int] = {}
    for number in range(count):
        platform, _, at = struct.unpack_from(">HHI", data, begin + 4 + 8 * number)
        if platform in {0, 3}:
            best[struct.unpack_from(">H", data, begin + at)[0]] = begin + at
    if 12 in best:  # noqa: PLR2004 - cmap format 12: segmented coverage
        at = best[12]
        (groups,) = struct.unpack_from(">I", data, at + 12)
        return [struct.unpack_from(">II", data, at + 16 + 12 * n) for n in range(groups)]
    at = best[4]
    half = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends = struct.unpack_from(f">{half}H", data, at + 14)
    starts = struct.unpack_from(f">{half}H", data, at + 16 + 2 * half)
    return [(s, e) for s, e in zip(starts, ends, strict=True) if s != 0xFFFF]  # noqa: PLR2004 - the closing segment
