"""The names of labels, kinds, states and forms, as pages and exports call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = [
    "AUDIENCES",
    "BANDS",
    "CANDIDATE_STATES",
    "DIRECTIONS",
    "FORMS",
    "HORIZONS",
    "IOC_STATES",
    "KINDS",
    "MATERIALS",
    "READ_BACK",
    "RELEASE_STATES",
    "SEARCH_STATES",
    "SOURCE_KINDS",
    "STEPS",
    "TLP",
    "TRUST",
    "VERDICTS",
    "WAYS",
]

Named = dict[str, "_StrPromise | str"]
Styled = dict[str, tuple[str, "_StrPromise"]]

TLP: Final[dict[str, tuple[str, str, _StrPromise]]] = {
    "red": ("bad", "TLP:RED", _("名前を挙げた人だけ")),
    "amber+strict": ("warn", "TLP:AMBER+STRICT", _("自組織の、知る必要がある人だけ")),
    "amber": ("warn", "TLP:AMBER", _("自組織と、自組織が守る先の、知る必要がある人だけ")),
    "green": ("ok", "TLP:GREEN", _("同じ分野の仲間まで。公開しない")),
    "clear": ("", "TLP:CLEAR", _("制限なし")),
}
"""Label → style of its tag, how FIRST writes it, who may have it."""

VERDICTS: Final[Styled] = {
    "": ("warn", _("未判断")),
    "relevant": ("bad", _("関係あり")),
    "watch": ("info", _("様子を見る")),
    "not_relevant": ("", _("関係なし")),
}
HORIZONS: Final[Named] = {
    "short": _("短期：いま事業のリスクになる（随時、経営層へ）"),
    "long": _("中長期：意識しておく（マネジメントレビューで）"),
}
BANDS: Final[Styled] = {
    "high": ("bad", _("関わりが強い")),
    "medium": ("warn", _("関わりがある")),
    "low": ("info", _("関わりが弱い")),
    "none": ("dashed", _("関わりが見つからない")),
}
KINDS: Final[Named] = {
    "ip": _("IPアドレス"),
    "network": _("IPアドレスの範囲"),
    "domain": _("ドメイン"),
    "url": _("URL"),
    "email": _("メールアドレス"),
    "md5": _("MD5"),
    "sha1": _("SHA-1"),
    "sha256": _("SHA-256"),
    "sha512": _("SHA-512"),
    "imphash": "imphash",
    "ssdeep": "ssdeep",
    "file_name": _("ファイル名"),
    "file_path": _("ファイルの場所"),
    "registry": _("レジストリ"),
    "": _("読めないもの"),
}
CANDIDATE_STATES: Final[Styled] = {
    "waiting": ("warn", _("未確認")),
    "confirmed": ("ok", _("指標")),
    "dropped": ("", _("指標でない")),
}
IOC_STATES: Final[Styled] = {
    "new": ("dashed", _("遮断していない")),
    "listed": ("info", _("遮断リスト")),
    "blocked": ("ok", _("止まることを確認")),
    "expired": ("", _("期限切れ")),
    "removed": ("", _("外した")),
}
DIRECTIONS: Final[Named] = {"outbound": _("内→外"), "inbound": _("外→内"), "both": _("両方")}
RELEASE_STATES: Final[Styled] = {
    "testing": ("info", _("試験中")),
    "failed": ("bad", _("試験できなかった")),
    "tested": ("warn", _("試験ずみ・未申請")),
    "pending": ("info", _("承認待ち")),
    "approved": ("ok", _("承認・掲載")),
    "dropped": ("", _("取りやめ")),
}
SEARCH_STATES: Final[Styled] = {
    "running": ("info", _("調べている")),
    "done": ("ok", _("終わった")),
    "failed": ("bad", _("失敗")),
    "cancelled": ("", _("取りやめ")),
}
WAYS: Final[Named] = {"backwards": _("さかのぼって"), "arrival": _("届いたときに")}
SOURCE_KINDS: Final[Named] = {
    "notice": _("注意喚起（メール・Web・文書）"),
    "feed": _("RSS・Atom"),
    "taxii": _("TAXIIサーバー（自動で取りに行く）"),
    "exchange": _("共有の枠組みのファイル（STIX・MISP・CSV）"),
    "own": _("自組織で見つけたもの"),
}
TRUST: Final[Named] = {"high": _("高い"), "medium": _("ふつう"), "low": _("低い"), "unknown": _("まだ分からない")}
MATERIALS: Final[Named] = {
    "text": _("文"),
    "mail": _("メール"),
    "stix": _("STIX"),
    "misp": _("MISP"),
    "csv": _("CSV"),
    "list": _("一覧"),
    "rss": _("RSS・Atom"),
    "sekisho": _("関所の指標ファイル"),
}
AUDIENCES: Final[Named] = {
    "organization": _("自組織の中"),
    "clients": _("自組織が守る先（出先・委託元など）"),
    "community": _("同じ分野の仲間（共有の枠組み）"),
    "public": _("公開"),
}
FORMS: Final[Named] = {
    "squid": _("Squid（プロキシ）"),
    "rpz": _("RPZ（DNSサーバー）"),
    "hosts": "hosts",
    "csv": _("ファイアウォールのCSV"),
    "hashes": _("ハッシュ値の一覧"),
    "stix": _("STIX 2.1"),
    "misp": _("MISP"),
    "sigma": _("Sigma（ログを探す規則）"),
}
READ_BACK: Final[Named] = {
    "squid": _("squid.conf"),
    "rpz": _("RPZのゾーン"),
    "hosts": "hosts",
    "list": _("遮断している先の一覧（CSV・文）"),
    "hashes": _("ハッシュ値の一覧"),
}
STEPS: Final[Named] = {
    "judged": _("判断"),
    "blocked": _("遮断の確認"),
    "searched": _("ログの検索"),
    "reported": _("経営層へ報告"),
}
