"""The picture as SVG: accessible, fit for a strict content-security policy (no style, no script, nothing from outside)."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final

from sekisho.engines.systemdiagram.geometry import Frame, Label, Leg, Sheet
from sekisho.engines.systemdiagram.layout import lay_out
from sekisho.engines.systemdiagram.model import KINDS, crossings
from sekisho.engines.systemdiagram.packing import TITLE_LINE, TITLE_SIZE
from sekisho.engines.systemdiagram.rows import flow_words, node_words
from sekisho.engines.systemdiagram.shapes import (
    BODY,
    INK,
    arrow,
    attribute,
    crossing,
    lock,
    number,
    shape,
    text,
    text_middle,
)
from sekisho.engines.systemdiagram.sizing import LABEL_LINE, LABEL_PAD, LABEL_SIZE, LINE, LOCK, SIZE
from sekisho.engines.systemdiagram.words import clean, high, marks, say, width, wrap

if TYPE_CHECKING:
    from sekisho.engines.systemdiagram.geometry import Box
    from sekisho.engines.systemdiagram.model import Diagram

__all__ = ["describe", "render_svg"]

MARGIN: Final = 24.0
LEAST_WIDTH: Final = 720.0
FONTS: Final = "Noto Sans CJK JP, Noto Sans JP, Hiragino Sans, Yu Gothic UI, Meiryo, sans-serif"
ZONE_LINE: Final = "#4d4d4d"
TINT: Final = "#f8f9fc"
ITEM_WIDTH: Final = 330.0
ENTRY_WIDTH: Final = 212.0
ENTRY_HEIGHT: Final = 52.0
SAMPLE: Final = (56.0, 40.0)
ASCENT: Final = 0.36  # from the middle of a line of text down to its baseline, in em


def describe(diagram: Diagram, language: str) -> str:
    """The picture in a sentence: its text alternative; the table beneath says the rest."""
    nodes = sum(not node.hidden for node in diagram.nodes)
    if not nodes:
        return say("nothing", language)
    crossed = len({c.flow for c in crossings(diagram)})
    counts = {"nodes": nodes, "flows": len(diagram.flows), "zones": len(diagram.zones), "crossings": crossed}
    return say("description", language, **counts)


def render_svg(diagram: Diagram, *, language: str, title: str, identifier: str = "diagram") -> str:
    """The picture as one ``<svg>`` element; ``identifier`` begins its ids and is unique in the page.

    Parts are ``<g data-node>`` with their place and size, lines ``<g data-a data-b>``, labels ``<g data-flow>``: what the editor
    in the browser works with. The same text for the same diagram.
    """
    sheet = lay_out(diagram, language=language)
    drawing = _Drawing(sheet, language)
    drawing.draw()
    left, top = sheet.bounds.x - MARGIN, sheet.bounds.y - MARGIN
    wide = max(drawing.right, sheet.bounds.right) + MARGIN - left
    high_ = drawing.bottom + MARGIN - top
    box = " ".join(number(v) for v in (left, top, wide, high_))
    ids = f"{identifier}-title {identifier}-desc"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dg" width="{number(wide)}" height="{number(high_)}" viewBox="{box}" '
        f'role="img" aria-labelledby={attribute(ids)} lang={attribute(language)} font-family="{FONTS}">'
        f"<title id={attribute(identifier + '-title')}>{escape(clean(title))}</title>"
        f"<desc id={attribute(identifier + '-desc')}>{escape(clean(describe(diagram, language)))}</desc>"
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(wide)}" height="{number(high_)}" fill="#ffffff"/>'
    )
    return head + "".join(drawing.parts) + "</svg>"


@dataclass(slots=True)
class _Drawing:
    sheet: Sheet
    language: str
    parts: list[str] = field(default_factory=list)
    right: float = 0.0
    bottom: float = 0.0

    def say(self, name: str) -> str:
        return say(name, self.language)

    def draw(self) -> None:
        """Frames, lines, crossings, boxes, labels, and the legend beneath."""
        sheet = self.sheet
        names = {node.id: node.name for node in sheet.diagram.nodes}
        self.parts += [self.frame(frame) for frame in sheet.frames]
        self.parts += [self.leg(leg, names) for leg in sheet.legs]
        marked = "".join(crossing(x, y) for x, y in sheet.crossings)
        self.parts.append(f'<g class="dg-crossings">{marked}</g>')
        self.parts += [self.title(frame) for frame in sheet.frames]
        self.parts += [self.box(box) for box in sheet.boxes.values()]
        self.parts += [self.label(label) for label in sheet.labels]
        left, y = sheet.bounds.x, sheet.bounds.bottom
        wide = max(sheet.bounds.w, LEAST_WIDTH)
        self.right = left + wide
        if not sheet.boxes:
            for line in wrap(self.say("nothing"), wide, SIZE, lines=3):
                y += LINE
                self.parts.append(text(left, y, line, size=SIZE))
        y = self.information(left, y + 28, wide)
        self.bottom = self.legend(left, y + 12, wide)

    def frame(self, frame: Frame) -> str:
        zone = frame.zone
        fill = TINT if zone.kind == "controlled" else "none"
        rect = (
            f'<rect x="{number(frame.x)}" y="{number(frame.y)}" width="{number(frame.w)}" height="{number(frame.h)}" rx="8" '
            f'fill="{fill}" stroke="{ZONE_LINE}" stroke-width="1.4" stroke-dasharray="7 4"/>'
        )
        return f'<g class="dg-zone" data-zone={attribute(zone.id)}><title>{escape(clean(zone.name))}</title>{rect}</g>'

    def title(self, frame: Frame) -> str:
        out = []
        for n, line in enumerate(frame.lines):
            y = frame.y + 18 + n * TITLE_LINE
            ground = width(line, TITLE_SIZE, bold=True)
            fill = TINT if frame.zone.kind == "controlled" else "#ffffff"
            out.append(
                f'<rect x="{number(frame.x + 10)}" y="{number(y - 14)}" width="{number(ground + 4)}" height="18" fill="{fill}"/>'
            )
            out.append(text(frame.x + 12, y, line, size=TITLE_SIZE, bold=True, fill=ZONE_LINE))
        return "".join(out)

    def leg(self, leg: Leg, names: dict[str, str]) -> str:
        if len(leg.points) < 2:  # noqa: PLR2004 - a line has two ends
            return ""
        path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in leg.points)
        said = "\n".join(flow_words(flow, names, self.language) for flow in leg.flows)
        halo = f'<path class="dg-halo" d="{path}" fill="none" stroke="#ffffff" stroke-width="5"/>'
        line = f'<path class="dg-line" d="{path}" fill="none" stroke="{BODY}" stroke-width="1.6" stroke-linejoin="round"/>'
        heads = arrow(leg.points[0], leg.points[1]) if leg.start_arrow else ""
        heads += arrow(leg.points[-1], leg.points[-2]) if leg.end_arrow else ""
        arrows = f"{int(leg.start_arrow)}{int(leg.end_arrow)}"
        flows = " ".join(flow.id for flow in leg.flows)
        bears = f" data-label={attribute(leg.label.flow)}" if leg.label is not None else ""
        return (
            f'<g class="dg-leg" data-a={attribute(leg.a.id)} data-b={attribute(leg.b.id)} data-flows={attribute(flows)} '
            f'data-arrows="{arrows}"{bears}><title>{escape(clean(said))}</title>{halo}{line}{heads}</g>'
        )

    def box(self, box: Box) -> str:
        said = node_words(box.node, self.sheet.diagram, self.language)
        x, y = text_middle(box.kind, box.w, box.h)
        first = y - LINE * (len(box.lines) - 1) / 2 + SIZE * ASCENT
        words = "".join(
            text(x, first + n * LINE, line, size=SIZE, anchor="middle", bold=True) for n, line in enumerate(box.lines)
        )
        place = f'data-x="{number(box.x)}" data-y="{number(box.y)}" data-w="{number(box.w)}" data-h="{number(box.h)}"'
        return (
            f'<g class="dg-node dg-{box.kind}" data-node={attribute(box.id)} {place} aria-label={attribute(said)} '
            f'transform="translate({number(box.x)} {number(box.y)})"><title>{escape(clean(said))}</title>'
            f"{shape(box.kind, box.w, box.h)}{words}</g>"
        )

    def label(self, label: Label) -> str:
        out = []
        if label.leader is not None:
            (x, y), (to_x, to_y) = label.centre, label.leader
            line = f"M{number(x)} {number(y)}L{number(to_x)} {number(to_y)}"
            out.append(f'<path d="{line}" fill="none" stroke="#767676" stroke-width="1" stroke-dasharray="2 3"/>')
        out.append(
            f'<rect x="{number(label.x)}" y="{number(label.y)}" width="{number(label.w)}" height="{number(label.h)}" rx="3" '
            f'fill="{self.ground(label)}"/>'
        )
        for n, line in enumerate(label.lines):
            y = label.y + LABEL_PAD / 2 + LABEL_LINE * (n + 0.5) + LABEL_SIZE * ASCENT
            x = label.x + LABEL_PAD
            if n == 0 and label.lock:
                out.append(lock(x, y - 11))
                x += LOCK
            out.append(text(x, y, line, size=LABEL_SIZE, bold=n == 0 and label.lock is not None, fill=BODY))
        return f'<g class="dg-label" data-flow={attribute(label.flow)}>{"".join(out)}</g>'

    def ground(self, label: Label) -> str:
        """The colour of the ground that a label stands on."""
        x, y = label.centre
        for frame in self.sheet.frames:
            if frame.zone.kind == "controlled" and frame.x < x < frame.right and frame.y < y < frame.bottom:
                return TINT
        return "#ffffff"

    def heading(self, x: float, y: float, words: str) -> None:
        self.parts.append(text(x, y, words, size=TITLE_SIZE, bold=True, fill=INK))

    def information(self, left: float, y: float, wide: float) -> float:
        """The numbered list of the information; returns where the next thing begins."""
        numbers = self.sheet.numbers
        if not numbers:
            return y
        items = {item.name: item for item in self.sheet.diagram.information}
        self.heading(left, y + 12, self.say("information_list"))
        per_row = max(1, int(wide / ITEM_WIDTH))
        y += 20
        entries = []
        for name, n in numbers.items():
            item = items.get(name)
            words = f"{marks(n)} {name}"
            words += f"【{self.say('secret')}】" if item is not None and high(item.grade) else ""
            words += f"【{self.say('personal')}】" if item is not None and item.personal not in {"", "none", "no"} else ""
            entries.append(wrap(words, ITEM_WIDTH - 20, LABEL_SIZE, lines=3))
        rows = [entries[at : at + per_row] for at in range(0, len(entries), per_row)]
        for row in rows:
            for column, lines in enumerate(row):
                for n, line in enumerate(lines):
                    x = left + column * ITEM_WIDTH + (0 if n == 0 else 16)
                    self.parts.append(text(x, y + 14 + n * LABEL_LINE, line, size=LABEL_SIZE, fill=BODY))
            y += LABEL_LINE * max(len(lines) for lines in row) + 4
        return y + 4

    def legend(self, left: float, y: float, wide: float) -> float:
        """凡例, drawn by the same rules; returns its lower end."""
        self.parts.append(f'<path d="M{number(left)} {number(y)}h{number(wide)}" stroke="#cccccc" stroke-width="1"/>')
        y += 10
        self.heading(left, y + 14, self.say("legend"))
        y += 26
        w, h = SAMPLE
        entries: list[tuple[str, str]] = [(shape(kind, w, h), f"kind_{kind}") for kind in KINDS]
        dashed = f'fill="none" stroke="{ZONE_LINE}" stroke-width="1.4" stroke-dasharray="7 4"'
        entries.append((f'<rect width="{number(w)}" height="{number(h)}" rx="8" {dashed}/>', "legend_zone"))
        middle = h / 2
        line = f'<path d="M0 {number(middle)}H{number(w)}" stroke="{BODY}" stroke-width="1.6"/>'
        end, start = arrow((w, middle), (0, middle)), arrow((0, middle), (w, middle))
        entries += [(line + end, "legend_flow"), (line + start + end, "legend_both")]
        entries.append((line + end + lock(w / 2 - 4.5, middle - 16), "legend_encrypted"))
        entries.append((_border(w, h) + line + end + crossing(w / 2, middle), "legend_crossing"))
        per_row = max(1, int(wide / ENTRY_WIDTH))
        for n, (drawn, name) in enumerate(entries):
            x, at = left + n % per_row * ENTRY_WIDTH, y + n // per_row * ENTRY_HEIGHT
            self.parts.append(f'<g transform="translate({number(x)} {number(at)})">{drawn}</g>')
            lines = wrap(self.say(name), ENTRY_WIDTH - w - 20, LABEL_SIZE, lines=2)
            first = at + h / 2 - LABEL_LINE * (len(lines) - 1) / 2 + LABEL_SIZE * ASCENT
            for k, words in enumerate(lines):
                self.parts.append(text(x + w + 10, first + k * LABEL_LINE, words, size=LABEL_SIZE, fill=BODY))
        return y + -(-len(entries) // per_row) * ENTRY_HEIGHT - (ENTRY_HEIGHT - h)


def _border(w: float, h: float) -> str:
    """A piece of a zone's border."""
    return f'<path d="M{number(w / 2)} 0V{number(h)}" stroke="{ZONE_LINE}" stroke-width="1.4" stroke-dasharray="7 4"/>'
