"""Figures as people read them. Pure."""

from __future__ import annotations

__all__ = ["change_text", "figure_text", "trend"]


def figure_text(value: float | None, *, ratio: bool, unit: str) -> str:
    """A figure with its unit: "98.6%", "12日", "3 days"; empty for 未測定. Ratios are given as 0–1."""
    if value is None:
        return ""
    if ratio:
        return f"{value * 100:.1f}%"
    number = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return f"{number} {unit}" if unit.isascii() else f"{number}{unit}"


def change_text(value: float | None, previous: float | None, *, ratio: bool) -> str:
    """By how much a figure rose or fell: "▲12", "▼7", "±0"; empty when one of them is 未測定. Ratios in percentage points."""
    if value is None or previous is None:
        return ""
    step = (value - previous) * (100 if ratio else 1)
    shown = f"{abs(step):,.1f}".removesuffix(".0")
    if shown == "0":
        return "±0"
    return f"{'▲' if step > 0 else '▼'}{shown}"


def trend(value: float | None, previous: float | None, direction: str) -> bool | None:
    """True when it got better, False when worse, None when it stayed, nobody can say, or neither way is better."""
    if value is None or previous is None or value == previous or direction == "context":
        return None
    return (value > previous) == (direction == "higher")
