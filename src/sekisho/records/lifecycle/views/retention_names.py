"""The names of states, kinds and ways, as pages and exports call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = [
    "ACHIEVED",
    "ANSWERS",
    "CONSENT_KINDS",
    "DATE_SOURCES",
    "DELETION_STATES",
    "ENTRY_STATES",
    "ERASED_STATES",
    "FIELDS",
    "GROUPS",
    "HOLD_KINDS",
    "METHODS",
    "PERSONAL",
    "PLACE_KINDS",
    "RULE_CLASSES",
    "RULE_STATES",
    "SHOW",
    "STANDINGS",
    "STARTS",
    "STORE_KINDS",
    "UNITS",
    "VERIFIED",
]

Named = dict[str, "_StrPromise"]
Styled = dict[str, tuple[str, "_StrPromise"]]

STANDINGS: Final[Styled] = {
    "gone": ("", pgettext_lazy("retention", "済み")),
    "held": ("info", _("保全中")),
    "no_rule": ("warn", _("種類が未定")),
    "undetermined": ("warn", _("期間が未定")),
    "permanent": ("", _("期限なく保存")),
    "kept": ("ok", _("保存中")),
    "soon": ("info", _("まもなく満了")),
    "uncertain": ("warn", _("確かめが要る")),
    "awaiting": ("warn", _("公文書の手続待ち")),
    "due": ("bad", _("廃棄の時期")),
    "must_delete": ("bad", _("消さなければならない")),
}
ENTRY_STATES: Final[Styled] = {
    "held": ("", _("保存中")),
    "deleting": ("warn", _("廃棄の途中")),
    "deleted": ("ok", _("廃棄した")),
    "transferred": ("ok", _("移管した")),
    "missing": ("bad", _("所在不明")),
}
FIELDS: Final[Named] = {  # of the reference's kinds of record
    "ログ": pgettext_lazy("field of records", "ログ"),
    "会社": pgettext_lazy("field of records", "会社"),
    "住民": pgettext_lazy("field of records", "住民"),
    "個人情報": pgettext_lazy("field of records", "個人情報"),
    "労務": pgettext_lazy("field of records", "労務"),
    "医療": pgettext_lazy("field of records", "医療"),
    "取引": pgettext_lazy("field of records", "取引"),
    "国の行政文書": pgettext_lazy("field of records", "国の行政文書"),
    "学校": pgettext_lazy("field of records", "学校"),
    "安全衛生": pgettext_lazy("field of records", "安全衛生"),
    "宿泊": pgettext_lazy("field of records", "宿泊"),
    "専門職": pgettext_lazy("field of records", "専門職"),
    "建設不動産": pgettext_lazy("field of records", "建設不動産"),
    "本人確認": pgettext_lazy("field of records", "本人確認"),
    "派遣": pgettext_lazy("field of records", "派遣"),
    "環境": pgettext_lazy("field of records", "環境"),
    "税務": pgettext_lazy("field of records", "税務"),
    "自治体": pgettext_lazy("field of records", "自治体"),
    "金融": pgettext_lazy("field of records", "金融"),
    "非営利": pgettext_lazy("field of records", "非営利"),
}
SHOW: Final[Named] = {
    "": _("保存しているもの"),
    "due": _("廃棄の時期が来たもの"),
    "overdue": _("時期を過ぎたもの"),
    "soon": _("60日以内に満了"),
    "held": _("保全中"),
    "undetermined": _("期間が未定"),
    "no_rule": _("種類が未定"),
    "uncertain": _("確かめが要る"),
    "gone": _("廃棄・移管したもの"),
    "all": _("すべて"),
}
PERSONAL: Final[Named] = {
    "personal": _("個人情報"),
    "my_number": _("個人番号"),
    "sensitive": _("要配慮個人情報"),
}
PLACE_KINDS: Final[dict[str, tuple[_StrPromise, _StrPromise]]] = {
    "folder": (_("ファイル・フォルダ"), _("登録した共有フォルダの中のもの。機械が消します。")),
    "rows": (_("データベースの行"), _("登録したデータベースの、条件に合う行。機械が消します。")),
    "objects": (_("クラウドのオブジェクト"), _("登録したバケットの中のもの。版も含めて機械が消します。")),
    "key": (_("暗号の鍵"), _("鍵を消して、その鍵で暗号化したものを読めなくします。")),
    "paper": (_("紙"), _("人が廃棄し、記録します。")),
    "media": (_("記録媒体"), _("人が消去・破壊し、記録します。")),
    "supplier": (_("委託先の保有分"), _("委託先に消去を求め、証明書を受け取ります。")),
    "other": (_("その他"), _("機械が届かない場所。人が消し、記録します。")),
}
HOLD_KINDS: Final[Named] = {
    "litigation": _("訴訟"),
    "audit": _("監査・検査"),
    "disclosure": _("情報公開・開示の請求"),
    "investigation": _("調査"),
    "other": _("その他"),
}
CONSENT_KINDS: Final[Named] = {
    "disposal_consent": _("廃棄の同意（内閣総理大臣）"),
    "disposal_decision": _("選別を経た廃棄の決裁"),
    "under_one_year": _("1年未満とする類型の確認"),
    "transfer": _("移管"),
}
RULE_CLASSES: Final[Named] = {
    "own_rule": _("年数を決めて保存する"),
    "must_delete": _("要らなくなったら消す"),
    "permanent": _("期限なく保存する"),
}
RULE_STATES: Final[Styled] = {
    "asked": ("info", _("承認待ち")),
    "approved": ("ok", _("有効")),
    "refused": ("", _("認められなかった")),
    "ended": ("", _("終わった")),
}
STARTS: Final[Named] = {
    "next_fiscal_year": _("その日の属する年度の翌年度の4月1日から"),
    "after_event": _("その日の翌日から"),
    "on_event": _("その日から"),
    "after_fiscal_year": _("その日の属する事業年度の終わりの翌日から"),
    "next_calendar_year": _("その日の翌年の1月1日から"),
}
UNITS: Final[Named] = {"year": _("年"), "month": _("か月"), "day": _("日")}
STORE_KINDS: Final[Named] = {
    "folder": _("フォルダ"),
    "bucket": _("バケット（S3）"),
    "database": _("データベース"),
}
GROUPS: Final[Named] = {
    "folder": _("当てはまるフォルダごとに一つ"),
    "each": _("当てはまるファイルごとに一つ"),
    "fiscal_year": _("年度ごとに一つ"),
    "year": _("暦年ごとに一つ"),
}
DATE_SOURCES: Final[Named] = {
    "path": _("場所の名前にある日付"),
    "modified": _("最後に変わった日"),
    "column": _("列の日付"),
    "fixed": _("決まった日"),
    "none": _("日付は分からない"),
}
METHODS: Final[Named] = {
    "clear": _("消去（Clear）"),
    "purge": _("除去（Purge）"),
    "destroy": _("破壊（Destroy）"),
}
ACHIEVED: Final[Styled] = {
    "": ("dashed", _("まだ")),
    "none": ("bad", _("消えていない")),
    "quarantined": ("info", _("隔離した（戻せる）")),
    "deleted": ("warn", _("削除（道具では読めるかもしれない）")),
    "clear": ("ok", _("消去（Clear）")),
    "purge": ("ok", _("除去（Purge）")),
    "destroy": ("ok", _("破壊（Destroy）")),
}
DELETION_STATES: Final[Styled] = {
    "draft": ("dashed", _("計画")),
    "asked": ("info", _("承認待ち")),
    "approved": ("info", _("承認された")),
    "stale": ("warn", _("承認し直し")),
    "running": ("info", _("実行中")),
    "waiting": ("info", _("人と委託先を待つ")),
    "done": ("ok", _("終わった")),
    "partial": ("bad", _("一部が残った")),
    "cancelled": ("", _("取りやめ")),
}
ERASED_STATES: Final[Styled] = {
    "waiting": ("dashed", _("これから")),
    "requested": ("info", _("委託先に求めた")),
    "aside": ("info", _("隔離した（戻せる）")),
    "done": ("ok", _("消えた")),
    "partial": ("bad", _("一部が残った")),
    "failed": ("bad", _("消せなかった")),
    "held": ("warn", _("止められた")),
    "restored": ("", _("戻した")),
}
VERIFIED: Final[Styled] = {
    "": ("dashed", _("まだ")),
    "gone": ("ok", _("ないことを確かめた")),
    "left": ("bad", _("残っている")),
    "not_checked": ("", _("機械では確かめられない")),
    "unreachable": ("warn", _("届かない")),
}
ANSWERS: Final[Styled] = {
    "open": ("dashed", _("未回答")),
    "confirmed": ("ok", _("あった")),
    "moved": ("info", _("場所が変わった")),
    "missing": ("bad", _("見つからない")),
    "surplus": ("warn", _("消えているはずのものがあった")),
}
