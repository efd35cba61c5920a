"""The names of purposes, signs, states and rhythms, as pages and exports call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = [
    "ALERT_STATES",
    "BASIS_STATES",
    "EVERY",
    "INGESTION_STATES",
    "ORIGINS",
    "PURPOSES",
    "REVIEW_STATES",
    "SEVERITIES",
    "SIGNS",
    "WAYS",
]

Named = dict[str, "_StrPromise"]
Styled = dict[str, tuple[str, "_StrPromise"]]

PURPOSES: Final[dict[str, tuple[_StrPromise, _StrPromise]]] = {
    "cause": (_("原因調査"), _("起きたことを調べる")),
    "discovery": (_("問題発見"), _("気付かずに起きていることを見つける")),
    "prevention": (_("予防"), _("これから起きることの前触れを見つける")),
}
"""Purpose → its name, what it is for."""

SIGNS: Final[dict[str, tuple[str, _StrPromise, _StrPromise]]] = {
    "indication": ("warn", _("兆候"), _("もう起きている")),
    "precursor": ("info", _("予兆"), _("まだ起きていない")),
}
"""Sign → style of its tag, its name, what it means."""

SEVERITIES: Final[Styled] = {
    "critical": ("bad", _("緊急")),
    "high": ("bad", _("高")),
    "medium": ("warn", _("中")),
    "low": ("", _("低")),
    "info": ("dashed", _("参考")),
}

ALERT_STATES: Final[Styled] = {
    "new": ("warn", _("新着")),
    "looking": ("info", _("確認中")),
    "incident": ("bad", _("事案")),
    "no_problem": ("ok", _("問題なし")),
    "accepted": ("", _("受容")),
}

REVIEW_STATES: Final[Styled] = {
    "running": ("info", _("規則をあてている")),
    "open": ("warn", _("点検中")),
    "finished": ("ok", _("終わった")),
    "cancelled": ("", _("取りやめ")),
}

INGESTION_STATES: Final[Styled] = {
    "waiting": ("info", _("取り込み中")),
    "done": ("ok", _("取り込んだ")),
    "failed": ("bad", _("失敗")),
    "cancelled": ("", _("取りやめ")),
}

BASIS_STATES: Final[Styled] = {
    "asked": ("info", _("承認待ち")),
    "refused": ("bad", _("認められなかった")),
    "future": ("dashed", _("開始前")),
    "active": ("ok", _("有効")),
    "expired": ("", _("期間が終わった")),
    "ended": ("", _("やめた")),
}

EVERY: Final[Named] = {
    "daily": _("毎日"),
    "weekly": _("毎週"),
    "monthly": _("毎月"),
    "quarterly": _("3か月ごと"),
    "yearly": _("毎年"),
}

WAYS: Final[Named] = {
    "upload": _("画面から"),
    "folder": _("見張るフォルダ"),
    "machine": _("機械から"),
}

ORIGINS: Final[Named] = {
    "purposes": _("付属の規則"),
    "sigma": _("Sigmaの規則"),
    "silence": _("ログの途絶え"),
    "intelligence": _("脅威情報"),
}
