"""The names of states, parts, steps and rule sets, as pages and exports call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from sekisho.records.procurement.views.common import language
from sekisho.standards.catalog import classification_schemes

if TYPE_CHECKING:
    import uuid

    from django.utils.functional import _StrPromise

__all__ = ["PARTS", "RULE_SETS", "STATES", "STEPS", "STEP_STATES", "address", "classification_names"]

STATES: Final[dict[str, tuple[str, _StrPromise]]] = {
    "preparing": ("info", _("準備中")),
    "noticed": ("warn", _("公告ずみ")),
    "opened": ("warn", _("開札ずみ")),
    "contracted": ("ok", _("契約ずみ")),
    "accepted": ("ok", _("検収ずみ")),
    "operating": ("ok", _("運用中")),
    "retired": ("", _("廃止ずみ")),
    "cancelled": ("", _("取りやめ")),
}
"""State of a case → style of its tag, its name."""

PARTS: Final[dict[str, tuple[_StrPromise, _StrPromise]]] = {
    "owner": (_("案件の責任者"), _("参加者を決め、取りやめもできる")),
    "editor": (_("編集者"), _("答えや条項を変えられる")),
    "evaluator": (_("評価者"), _("開札のあと、提案を見て採点する")),
    "reader": (_("閲覧者"), _("見るだけ。助言をする人もこれにする")),
}
"""Part of a member → its name, and what it may."""

RULE_SETS: Final[dict[str, _StrPromise]] = {
    "specification": _("調達仕様書"),
    "generative_ai": _("生成AIのリスクチェック"),
}

# key → name, what is done there, address, its counter (names of things counted)
STEPS: Final[dict[str, tuple[_StrPromise, _StrPromise, str]]] = {
    "business": (_("業務を書く"), _("だれが・どの情報を・どこで使うかを、業務ごとに書きます。"), "procurement:business"),
    "diagram": (_("概要図を確かめる"), _("書いた業務から、システムの概要図が描かれます。"), "procurement:diagram"),
    "questions": (_("設問に答える"), _("やさしい言葉の質問に、一つずつ答えます。"), "procurement:questions"),
    "levels": (_("実施レベルを決める"), _("対策ごとの提案を見て、低位・中位・高位を決めます。"), "procurement:requirements"),
    "places": (_("条項の空欄を埋める"), _("保存の期間や報告の期限など、条項の中の空欄に値を入れます。"), "procurement:places"),
    "opinion": (
        _("助言を受ける"),
        _("高度なセキュリティを求めるときは、最高情報セキュリティアドバイザー等の意見を記録します。"),
        "procurement:opinion",
    ),
    "checks": (_("食い違いをなくす"), _("答えどうしの食い違いや、理由のない決定を直します。"), "procurement:check"),
    "documents": (_("文書を出す"), _("仕様書の案、対応表、評価表などを出します。"), "procurement:documents"),
    "notice": (_("公告する"), _("要件と評価の基準を固めて、公告します。"), "procurement:notice"),
}
"""Step of a case → its name, what is done there, its page."""

STEP_STATES: Final[dict[str, tuple[str, _StrPromise]]] = {
    "done": ("ok", _("ずみ")),
    "doing": ("info", _("途中")),
    "todo": ("warn", _("これから")),
    "attention": ("bad", _("直すところがある")),
    "later": ("dashed", _("まだできない")),
    "ready": ("info", _("取りかかれる")),
}


def address(name: str, code: str, case_id: uuid.UUID, *more: str) -> str:
    """The address of a page of a case; empty when there is no such page."""
    try:
        return reverse(name, args=[code, case_id, *more])
    except NoReverseMatch:
        return ""


def classification_names(scheme: str) -> dict[str, str]:
    """Id → name in the reader's language: the schemes of classification, and the values of ``scheme``."""
    known = classification_schemes()
    found = {one.id: one.title.get(language()) for one in known.values()}
    for axis in known[scheme].axes if scheme in known else ():
        found |= {value.id: value.title.get(language()) for value in axis.values}
    return found
