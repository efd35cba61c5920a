"""The vocabulary of the marks: levels, states, bases and how facts were checked, each with its sign and its spoken name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = ["BASES", "LEVELS", "STATES", "Mark", "level_of"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: ``key`` names its style, ``sign`` stands in the box, ``name`` is read aloud."""

    key: str
    sign: str
    name: _StrPromise


MATSU: Final = Mark("matsu", "松", _("松"))
TAKE: Final = Mark("take", "竹", _("竹"))
UME: Final = Mark("ume", "梅", _("梅"))
NONE: Final = Mark("none", "未", _("未実施"))
UNMEASURED: Final = Mark("unmeasured", "―", _("未測定"))
NOT_APPLICABLE: Final = Mark("na", "／", _("対象外"))

LEVELS: Final[dict[str, Mark]] = {mark.key: mark for mark in (MATSU, TAKE, UME, NONE, UNMEASURED, NOT_APPLICABLE)}
_NUMBERS: Final = (NONE, UME, TAKE, MATSU)

BASES: Final[dict[str, tuple[str, _StrPromise, _StrPromise]]] = {
    "measured": ("info", _("測定"), _("機械が測った結果にもとづく")),
    "documented": ("", _("文書"), _("確認した文書にもとづく")),
    "declared": ("dashed", _("申告"), _("担当者の申告だけにもとづく")),
}

STATES: Final[dict[str, tuple[str, _StrPromise]]] = {
    # judgements
    "unmeasured": ("dashed", _("未測定")),
    "proposed": ("dashed", _("提案（未確認）")),
    "confirmed": ("ok", _("確認ずみ")),
    "overridden": ("info", _("理由をつけて変更")),
    "to_review": ("warn", _("見直しが必要")),
    # requests and steps
    "draft": ("dashed", _("下書き")),
    "pending": ("info", _("承認待ち")),
    "returned": ("warn", _("差戻し")),
    "approved": ("ok", _("承認")),
    "refused": ("bad", _("却下")),
    "withdrawn": ("", _("引戻し")),
    "waiting": ("dashed", _("順番待ち")),
    "skipped": ("", _("省略")),
    # findings, corrective actions, evidence, jobs, reports
    "open": ("warn", _("未対応")),
    "closed": ("ok", _("解消")),
    "accepted": ("", _("受容")),
    "planned": ("dashed", _("計画")),
    "in_progress": ("info", _("実施中")),
    "done": ("ok", _("完了")),
    "verified": ("ok", _("確かめずみ")),
    "cancelled": ("", _("取りやめ")),
    "valid": ("ok", pgettext_lazy("evidence", "有効")),
    "stale": ("warn", _("古い")),
    "expired": ("bad", _("期限切れ")),
    "queued": ("dashed", _("待ち")),
    "running": ("info", _("実行中")),
    "succeeded": ("ok", _("成功")),
    "failed": ("bad", _("失敗")),
    "issued": ("ok", _("発行ずみ")),
    "revoked": ("bad", _("失効")),
    "suspended": ("warn", _("停止中")),
    "active": ("ok", _("有効")),
    "locked": ("bad", _("ロック中")),
}


def level_of(value: object) -> Mark:
    """The mark of a Level: 0–3, its key ("ume"), None or "" for 未測定, "na" for 対象外. KeyError for anything else."""
    if value is None or value == "":
        return UNMEASURED
    if isinstance(value, int):
        return _NUMBERS[int(value)]
    return LEVELS[str(value)]
