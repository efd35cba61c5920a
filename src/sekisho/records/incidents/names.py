"""What states and figures of the room are called on its pages: (name, style of its mark)."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from sekisho.records.languages import language
from sekisho.standards.human_error import human_error

__all__ = [
    "ACTION_STATES",
    "EFFECTS",
    "SHEET_STATES",
    "STATES",
    "WEIGHTS",
    "cause_name",
    "factor_name",
    "kind_name",
    "remedy_name",
]

STATES: Final = {"open": (_("対応中"), "warn"), "closed": (_("完了"), "ok")}
SHEET_STATES: Final = {"draft": (_("下書き"), "dashed"), "settled": (_("確定"), "ok"), "replaced": (_("前の版"), "")}
WEIGHTS: Final = {"root": (_("決め手"), "warn"), "part": (_("一因"), "")}
EFFECTS: Final = {
    "": (_("まだ見ていない"), "dashed"),
    "effective": (_("効いた"), "ok"),
    "ineffective": (_("効かなかった"), "bad"),
}
ACTION_STATES: Final = {
    "planned": (_("計画"), "dashed"),
    "doing": (_("実施中"), "info"),
    "done": (_("実施済み・確認待ち"), "warn"),
    "verified": (_("確認済み"), "ok"),
    "cancelled": (_("取りやめ"), ""),
}


def kind_name(kind: str) -> str:
    """The name of a kind of incident in the reader's language."""
    return next((one.title.get(language()) for one in human_error().kinds if one.id == kind), kind)


def remedy_name(remedy: str) -> str:
    """The name of a kind of countermeasure."""
    return next((one.title.get(language()) for one in human_error().remedies if one.id == remedy), remedy)


def cause_name(cause: str) -> str:
    """The name of a cause of the catalogue."""
    found = human_error().causes.get(cause)
    return found[1].title.get(language()) if found else cause


def factor_name(factor: str) -> str:
    """The name of a factor."""
    found = (one for method in human_error().methods for one in method.factors if one.id == factor)
    return next((one.title.get(language()) for one in found), factor)
