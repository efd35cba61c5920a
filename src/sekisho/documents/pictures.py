"""Pictures that were drawn as SVG elsewhere: checked, put into pages, turned into PNG for Word and Excel.

A picture may hold drawing elements only. Whatever could reach outside or run is refused, not removed: a picture that had it was
not made by our own engines.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any, Final

from lxml import etree

from sekisho.documents.fonts import japanese_fonts
from sekisho.errors import InputError

__all__ = ["check_svg", "inline_svg", "picture_scale", "picture_size", "svg_to_png"]

NAMESPACE: Final = "http://www.w3.org/2000/svg"
ELEMENTS: Final = frozenset(
    {"svg", "g", "title", "desc", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"}
    | {"text", "tspan", "marker", "clipPath", "mask", "pattern", "linearGradient", "radialGradient", "stop"}
)
FOREIGN_ATTRIBUTES: Final = frozenset({"http://www.w3.org/XML/1998/namespace", "http://www.w3.org/1999/xlink"})
LONGEST: Final = 4_000_000  # characters
MOST_ELEMENTS: Final = 60_000
MOST_PIXELS: Final = 60_000_000
SCALES: Final = (0.05, 8.0)
_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?\s*(?!#)|javascript:|data:|(?:https?|ftp|file):", re.IGNORECASE)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(?:px)?")


def check_svg(svg: str) -> None:
    """InputError ``diagram.picture_not_svg``, ``picture_external``, ``picture_too_large`` unless it is a plain drawing."""
    _parse(svg)


def inline_svg(svg: str, *, identifier: str) -> str:
    """The checked picture for a page; its ids begin with ``identifier``, so that two pictures in a page do not meet."""
    root = _parse(svg)
    known = {element.get("id") for element in root.iter() if element.get("id")}
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, f"{identifier}-{value}")
            elif name in {"aria-labelledby", "aria-describedby"}:
                element.set(name, " ".join(f"{identifier}-{part}" if part in known else part for part in value.split()))
            elif value.startswith("#") and value[1:] in known:
                element.set(name, f"#{identifier}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{identifier}-"))
    return etree.tostring(root, encoding="unicode")


def picture_size(svg: str) -> tuple[float, float]:
    """Width and height of the checked picture in CSS pixels, from its ``width`` and ``height`` or its ``viewBox``."""
    return _size(_parse(svg))


def picture_scale(width: float, height: float) -> float:
    """How many pixels for each CSS pixel give a sharp print without a huge file: two, less for very large pictures."""
    return min(2.0, math.sqrt(MOST_PIXELS / 4 / (width * height)))


def svg_to_png(svg: str, *, scale: float = 2.0) -> bytes:
    """The checked picture as PNG, ``scale`` pixels for each CSS pixel, with our Japanese font; nothing is fetched.

    Errors: as :func:`check_svg`; Unavailable ``documents.no_japanese_font``.
    """
    width, height = _size(_parse(svg))
    scale = min(max(scale, SCALES[0]), SCALES[1])
    if width * height * scale * scale > MOST_PIXELS:
        found = f"{round(width * scale)}×{round(height * scale)}"
        raise InputError("diagram.picture_too_large", found=found, limit=f"{MOST_PIXELS:,} px")
    for directory in japanese_fonts().directories:
        _registered(str(directory))
    try:
        data: bytes = _converter().svg_to_png(svg, scale=scale, ppi=72)
    except ValueError as error:
        raise InputError("diagram.picture_not_svg", detail=str(error)[:200]) from error
    return data


def _converter() -> Any:
    import vl_convert  # noqa: PLC0415 - slow to load, and most documents have no picture

    return vl_convert


@cache
def _registered(directory: str) -> bool:
    _converter().register_font_directory(directory)
    return True


def _parse(svg: str) -> Any:
    if len(svg) > LONGEST:
        raise InputError("diagram.picture_too_large", found=f"{len(svg):,}", limit=f"{LONGEST:,}")
    if "<!DOCTYPE" in svg or "<!ENTITY" in svg:
        raise InputError("diagram.picture_external", found="DOCTYPE")
    try:
        root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise InputError("diagram.picture_not_svg", detail=str(error)[:200]) from error
    if root.tag != f"{{{NAMESPACE}}}svg":
        raise InputError("diagram.picture_not_svg", detail=str(root.tag)[:80])
    if root.getprevious() is not None or root.getnext() is not None:
        raise InputError("diagram.picture_external", found="<?…?>")
    for number, element in enumerate(root.iter(), 1):
        if number > MOST_ELEMENTS:
            raise InputError("diagram.picture_too_large", found=f"{number:,}", limit=f"{MOST_ELEMENTS:,}")
        _check(element)
    return root


def _check(element: Any) -> None:
    if not isinstance(element.tag, str):
        raise InputError("diagram.picture_external", found="<!--…-->" if element.tag is etree.Comment else "<?…?>")
    name = etree.QName(element)
    if name.namespace != NAMESPACE or name.localname not in ELEMENTS:
        raise InputError("diagram.picture_external", found=f"<{name.localname[:40]}>")
    for attribute, value in element.attrib.items():
        key = etree.QName(attribute)
        local = key.localname.lower()
        described = local.startswith(("aria-", "data-"))
        if local.startswith("on") or local == "style" or (key.namespace and key.namespace not in FOREIGN_ATTRIBUTES):
            raise InputError("diagram.picture_external", found=f"{key.localname[:40]}=")
        if (local in {"href", "src", "base"} and not value.startswith("#")) or (not described and _OUTSIDE.search(value)):
            raise InputError("diagram.picture_external", found=f"{key.localname[:40]}={value[:40]}")


def _size(root: Any) -> tuple[float, float]:
    found = [_LENGTH.fullmatch((root.get(name) or "").strip()) for name in ("width", "height")]
    if found[0] and found[1]:
        size = float(found[0][1]), float(found[1][1])
    else:
        box = re.split(r"[\s,]+", (root.get("viewBox") or "").strip())
        if len(box) != 4 or not all(re.fullmatch(r"-?\d+(\.\d+)?", part) for part in box):  # noqa: PLR2004 - x, y, width, height
            raise InputError("diagram.picture_not_svg", detail="viewBox")
        size = float(box[2]), float(box[3])
    if min(size) <= 0:
        raise InputError("diagram.picture_not_svg", detail="width, height")
    return size
