"""The notation: one shape for each kind of part, told apart without colour. Only presentation attributes, no style, no script.

利用者 a person, 端末 a screen on its foot, ネットワーク a rounded box with a cloud, サーバ a box of stacked units,
媒体・保管 a cylinder, 外部 a box with a double border.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from sekisho.engines.systemdiagram.words import clean

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram.geometry import Point
    from sekisho.engines.systemdiagram.model import Kind

__all__ = ["BODY", "INK", "LINES", "arrow", "attribute", "crossing", "lock", "number", "shape", "text", "text_middle"]

INK, BODY, MUTED, PRIMARY = "#1a1a1a", "#333333", "#4d4d4d", "#0017c1"
LINES: Final[dict[Kind, tuple[str, str]]] = {
    "actor": ("#ffffff", "#4d4d4d"),
    "terminal": ("#e8f1fe", "#0017c1"),
    "network": ("#e6f5ec", "#197a4b"),
    "server": ("#d9e6ff", "#000060"),
    "storage": ("#fdf6dc", "#927200"),
    "outside_service": ("#f2f2f2", "#333333"),
}
"""Fill and outline of each kind."""
ARROW: Final = 10.0
HALF: Final = 4.5


def number(value: float) -> str:
    """A coordinate, at most one digit after the point."""
    return f"{value:.1f}".removesuffix(".0").replace("-0", "0") if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")  # noqa: PLR2004


def attribute(value: str) -> str:
    """Text as the value of an attribute, in its quotes."""
    return f'"{escape(clean(value), quote=True)}"'


def text(x: float, y: float, words: str, *, size: float, anchor: str = "start", bold: bool = False, fill: str = INK) -> str:
    """A line of text; y is its baseline."""
    weight = ' font-weight="700"' if bold else ""
    at = f' text-anchor="{anchor}"' if anchor != "start" else ""
    place = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}"'
    return f'<text {place} fill="{fill}"{at}{weight}>{escape(clean(words))}</text>'


def text_middle(kind: Kind, w: float, h: float) -> Point:
    """Where the middle of the words of a part stands."""
    match kind:
        case "actor":
            return 46 + (w - 54) / 2, h / 2
        case "terminal":
            return w / 2, (h - 11) / 2
        case "network":
            return w / 2, h / 2 + 9
        case "server":
            return w / 2, h / 2 + 9
        case "storage":
            return w / 2, h / 2 + 7
        case "outside_service":
            return w / 2, h / 2


def shape(kind: Kind, w: float, h: float) -> str:
    """The shape of a part, its left upper corner at 0,0."""
    fill, line = LINES[kind]
    paint = f'fill="{fill}" stroke="{line}" stroke-width="1.6"'
    match kind:
        case "actor":
            return _rect(0, 0, w, h, paint, radius=8) + _person(min(24, w / 2), h / 2, line)
        case "terminal":
            foot = f'<path d="M{number(w / 2 - 9)} {number(h - 11)}h18l4 8h-26z" fill="{line}"/>'
            base = f'<path d="M{number(w / 2 - 24)} {number(h - 1.5)}h48" stroke="{line}" stroke-width="3" fill="none"/>'
            inner = _rect(3.5, 3.5, w - 7, h - 18, 'fill="#ffffff" fill-opacity="0.6"', radius=3)
            return foot + base + _rect(0, 0, w, h - 11, paint, radius=6) + inner
        case "network":
            return _rect(0, 0, w, h, paint, radius=20) + _cloud(w / 2, 6, line)
        case "server":
            units = "".join(
                f'<path d="M0 {y}H{number(w)}" stroke="{line}" stroke-width="1.2"/>'
                f'<circle cx="9" cy="{y - 5}" r="2" fill="{line}"/>'
                f'<path d="M{number(w - 30)} {y - 5}h22" stroke="{line}" stroke-width="1.6"/>'
                for y in (10, 20)
            )
            return _rect(0, 0, w, h, paint, radius=2) + units
        case "storage":
            half, side = number(w / 2), number(h - 9)
            body = f'<path d="M0 9A{half} 9 0 0 1 {number(w)} 9V{side}A{half} 9 0 0 1 0 {side}Z" {paint}/>'
            return body + f'<path d="M0 9A{half} 9 0 0 0 {number(w)} 9" fill="none" stroke="{line}" stroke-width="1.6"/>'
        case "outside_service":
            inner = _rect(4, 4, w - 8, h - 8, f'fill="none" stroke="{line}" stroke-width="1.2"')
            return _rect(0, 0, w, h, paint, radius=0) + inner


def _rect(x: float, y: float, w: float, h: float, paint: str, *, radius: float = 0) -> str:
    size = f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
    return f'<rect {size} rx="{number(radius)}" {paint}/>'


def _person(x: float, y: float, line: str) -> str:
    head = f'<circle cx="{number(x)}" cy="{number(y - 9)}" r="7" fill="{line}"/>'
    return head + f'<path d="M{number(x - 13)} {number(y + 16)}v-4a13 12 0 0 1 26 0v4z" fill="{line}"/>'


def _cloud(x: float, y: float, line: str) -> str:
    path = f"M{number(x - 10)} {number(y + 14)}a5 5 0 0 1 0 -9a7 7 0 0 1 13 -2a6 6 0 0 1 7 11z"
    return f'<path d="{path}" fill="#ffffff" stroke="{line}" stroke-width="1.4"/>'


def lock(x: float, y: float) -> str:
    """A closed padlock, 9 wide and 12 high, its left upper corner at x, y."""
    bow = f'<path d="M{number(x + 2)} {number(y + 5)}v-2a2.5 2.5 0 0 1 5 0v2" fill="none" stroke="#197a4b" stroke-width="1.6"/>'
    return bow + f'<rect x="{number(x)}" y="{number(y + 5)}" width="9" height="7" rx="1" fill="#197a4b"/>'


def arrow(tip: Point, before: Point, colour: str = BODY) -> str:
    """The head of an arrow at ``tip``, coming from ``before``."""
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-6)
    ux, uy = dx / length, dy / length
    back = tip[0] - ux * ARROW, tip[1] - uy * ARROW
    corners = [tip, (back[0] - uy * HALF, back[1] + ux * HALF), (back[0] + uy * HALF, back[1] - ux * HALF)]
    return f'<polygon class="dg-arrow" points="{" ".join(f"{number(x)},{number(y)}" for x, y in corners)}" fill="{colour}"/>'


def crossing(x: float, y: float) -> str:
    """The mark where a flow crosses the border of a zone: a checkpoint."""
    points = f"{number(x)},{number(y - 6)} {number(x + 6)},{number(y)} {number(x)},{number(y + 6)} {number(x - 6)},{number(y)}"
    return f'<polygon points="{points}" fill="#ffffff" stroke="#c74700" stroke-width="2"/>'
