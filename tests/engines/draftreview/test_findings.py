"""Parameters, contradictions, weak methods, restrictions of competition, blanks and vague words: both what is found and what is not."""

import pytest

from sekisho.engines.draftreview import read_draft, review

VALUES = {
    "log": ("ログは一年間保存すること。", {"log_retention": "一年間"}, 8766),
    "log in months": ("ログの保存期間は、十二ヶ月以上とする。", {"log_retention": "十二ヶ月以上"}, 8766),
    "for years, old figure": ("ログは壱箇年保存すること。", {"log_retention": "壱箇年"}, 8766),
    "half a year": ("ログは半年間保存すること。", {"log_retention": "半年間"}, 4383),
    "months of the law": ("ログは三月以上保存すること。", {"log_retention": "三月以上"}, 2191.5),
    "behind a comma": ("ログは取得した日から1年間、改ざんされないよう保護して保存すること。", {"log_retention": "1年間"}, 8766),
    "broken in the middle": ("取得した各種のログの保存期\n間は全ての機器において１２\nか月とする。", {"log_retention": "１２\nか月"}, 8766),
    "patch": ("修正プログラムは公表後３０日以内に適用すること。", {"patch_deadline": "３０日以内"}, 720),
    "business days": ("脆弱性の公表から5営業日以内に対処すること。", {"patch_deadline": "5営業日以内"}, 5),
    "incident": ("インシデントを検知したときは、検知から1時間以内に報告すること。", {"incident_report": "1時間以内"}, 1),
    "password": ("パスワードは英数字を含む12文字以上とすること。", {"password_length": "12文字以上"}, 12),
    "failures": ("認証に５回連続して失敗したときはロックすること。", {"password_failures": "５回"}, 5),
    "backup": ("バックアップは日次で取得すること。", {"backup_interval": "日次"}, 24),
    "recovery": ("障害の発生から4時間以内に復旧すること。", {"recovery_time": "4時間以内"}, 4),
    "availability": ("稼働率は99.9％以上とする。", {"availability": "99.9％以上"}, 0.999),
    "recovery, another way": ("異常停止時間が復旧目標時間として１日を超えることのない運用とし、復旧すること。", {"recovery_time": "１日を超え"}, 24),
    "tls without space": ("通信はＴＬＳ１．２以上で暗号化すること。", {"tls_version": "１．２以上"}, 1.2),
    "tls by its version": ("TLSのバージョンは1.2以上とすること。", {"tls_version": "1.2以上"}, 1.2),
    "aes without space": ("暗号はAES256とする。", {"key_length_aes": "256"}, 256),
    "a version that is forbidden": ("TLS 1.1は使用しないこと。", {}, None),
    "tls": ("通信はTLS 1.2以上で暗号化すること。", {"tls_version": "1.2以上"}, 1.2),
    "aes": ("AES（鍵長256ビット）を用いること。", {"key_length_aes": "256ビット"}, 256),
    "not a log": ("ログイン画面を1年間保存すること。", {}, None),
    "a date": ("ログは令和8年3月31日まで保存すること。", {}, None),
    "cancelled": ("ログの1年間の保存は不要とする。", {}, None),
    "no figure": ("ログを保存すること。", {}, None),
}  # fmt: skip


@pytest.mark.parametrize("case", VALUES)
def test_values_of_listed_parameters(case, look):
    text, expected, amount = VALUES[case]
    found = look(text).parameters
    assert {v.parameter: v.shown.strip() for v in found} == expected
    if amount is not None:
        assert found[0].amount == pytest.approx(amount)


CONTRADICTIONS = {
    "different": ("ログは1年間保存すること。\n操作のログは90日間保存すること。", ["review.inconsistent"]),
    "the same in other units": ("ログは1年間保存すること。\nログは12か月保存すること。", []),
    "days and months": ("ログは90日間保存すること。\nログの保存期間は三か月とする。", []),
    "different things": ("アクセスログは1年間保存すること。\n操作ログは3年間保存すること。", []),
    "general and special": ("ログは1年間保存すること。\n操作ログは3年間保存すること。", ["review.maybe_inconsistent"]),
    "passwords of users": ("パスワードは8文字以上とすること。\nパスワードは12文字以上とすること。", ["review.inconsistent"]),
    "reports": ("事故の発生から1時間以内に報告すること。\n事故の発生から24時間以内に報告すること。", ["review.inconsistent"]),
    "other topics": ("ログは1年間保存すること。\nバックアップは30日間保管すること。", []),
    "lower and upper bound": ("パスワードは8文字以上16文字以下とする。", []),
    "bounds that exclude each other": ("パスワードは12文字以上とする。\nパスワードは8文字以下とする。", ["review.inconsistent"]),
    "kinds of users in one sentence": ("パスワードは8文字以上、管理者のパスワードは12文字以上とする。", []),
    "one after the other": ("ログは1年間、検索できる状態で保存し、その後2年間は媒体で保管すること。", []),
    "a list of versions": ("通信はTLS 1.2又はTLS 1.3とする。\n通信はTLS 1.2以上とする。", []),
    "old versions forbidden": ("通信はTLS 1.2以上とする。\nTLS 1.0及びTLS 1.1は無効とすること。", []),
    "tls": ("通信はTLS 1.2以上とする。\n外部との通信はTLS 1.3以上とする。", ["review.inconsistent"]),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_contradictions_stand_side_by_side(case, look):
    text, codes = CONTRADICTIONS[case]
    items = [i for i in look(text).items if i.kind == "inconsistent"]
    assert [i.code for i in items] == codes
    assert all(len(i.passages) == 2 for i in items)


def test_logs_kept_for_less_than_the_guidelines_example(look):
    items = [i for i in look("ログは１か月間保存すること。").items if i.kind == "floor"]
    assert [(i.code, i.severity, i.basis[0].verified) for i in items] == [("review.below_guide", "medium", "memory")]
    assert [i for i in look("ログは十二ヶ月以上保存すること。").items if i.kind == "floor"] == []


def test_a_special_value_that_falls_behind_the_general_one_weighs_more(look):
    def severity(text):
        return [i.severity for i in look(text).items if i.kind == "inconsistent"]

    assert severity("ログは3年間保存すること。\nアクセスログは1年間保存すること。") == ["medium"]
    assert severity("ログは1年間保存すること。\nアクセスログは3年間保存すること。") == ["low"]


def test_values_are_compared_with_what_the_case_decided(look):
    text = "ログは90日間保存すること。パスワードは12文字以上とすること。"
    result = look(text, expected={
        "AU-1-1/保存期間": "1年", "password_length": 10, "recovery_time": "4時間", "X/何か": "1年", "availability": "たかい",
    })  # fmt: skip
    items = [i for i in result.items if i.kind == "expected"]
    assert [(i.rule, i.fields["found"], i.fields["expected"]) for i in items] == [("log_retention", "90日間", "1年")]
    assert [(n.code, n.fields.get("key", n.fields.get("parameter_ja"))) for n in result.notices] == [
        ("review.expected_not_found", "目標復旧時間"),
        ("review.expected_not_listed", "X/何か"),
        ("review.expected_unreadable", "availability"),
    ]


FLOORS = {
    "sha1": ("署名にはSHA-1を用いること。", ["F-SHA1"]),
    "full-width": ("ＳＨＡ‐１を用いること。", ["F-SHA1"]),
    "sha256": ("SHA-256及びSHA-512を用いること。", []),
    "md5": ("MD5で確かめること。", ["F-MD5"]),
    "rsa 1024": ("RSA（鍵長1024ビット）を用いること。", ["F-RSA1024"]),
    "rsa 2048": ("RSA2048ビットを用いること。", ["F-RSA2048"]),
    "rsa 4096": ("RSA-4096を用いること。", []),
    "3des": ("3DESで暗号化すること。", ["F-3DES"]),
    "triple des": ("Triple DESで暗号化すること。", ["F-3DES"]),
    "des": ("DESで暗号化すること。", ["F-DES"]),
    "old tls": ("TLS 1.0及びTLS1.1に対応すること。", ["F-TLS10"]),
    "new tls": ("TLS 1.2又はTLS 1.3を用いること。", []),
    "ssl vpn": ("SSL-VPNで接続すること。SSL証明書を更新すること。", []),
    "ssl 3": ("SSLv3で接続できること。", ["F-SSL"]),
    "by its version": ("TLSのバージョンは1.0以上とすること。", ["F-TLS10"]),
    "in a row of versions": ("TLS1.2、TLS1.1に対応すること。", ["F-TLS10"]),
    "any but": ("SHA-1以外のハッシュ関数を用いること。", []),
    "only the second forbidden": ("SHA-1を使用し、MD5は使用しないこと。", ["F-SHA1"]),
    "wireless": ("無線LANはWEPで暗号化すること。", ["F-WEP"]),
    "forbidden": ("SSL 3.0、TLS 1.0及びTLS 1.1は使用しないこと。SHA-1の使用を禁止する。", []),
    "forbidden before": ("使用を禁止する方式はDES及びRC4とする。", []),
}


@pytest.mark.parametrize("case", FLOORS)
def test_weak_methods_are_found_unless_forbidden(case, look):
    text, ids = FLOORS[case]
    items = [i for i in look(text).items if i.kind == "floor"]
    assert [i.rule for i in items] == ids
    assert all(i.basis[0].fact.startswith("crypto_trust:") and i.basis[0].verified for i in items)


def test_what_one_passage_forbids_and_another_asks_for_stands_side_by_side(look):
    items = [i for i in look("SHA-1は使用しないこと。\n署名はSHA-1とすること。").items if i.kind == "floor"]
    assert [[p.text for p in i.passages] for i in items] == [["署名はSHA-1とすること。", "SHA-1は使用しないこと。"]]


RESTRICTIONS = {
    "product": ("データベースはOracle Database 19cを使用すること。", ["BR-USE"]),
    "product with equivalents": ("データベースはOracle Database 19c又は同等のものを使用すること。", []),
    "equivalents in the next sentence": ("データベースはOracle Database 19cを使用すること。ただし、同等品を可とする。", []),
    "equivalents in the next item": ("(1) Oracle Database 19cを使用すること。\n(2) 同等品でもよいものとする。", []),
    "maker": ("端末は富士山電機社製とすること。", ["BR-MAKER"]),
    "another maker": ("他社製の機器とも接続できること。", []),
    "model": ("スイッチ（型番：ABC-1200X）を納入すること。", ["BR-MODEL"]),
    "models are to be told": ("納入する機器の製品名及び型番を提出すること。", []),
    "trade mark": ("FooBar®により管理すること。", ["BR-MARK"]),
    "existing": ("既存のAcmeDirectory 3.1を利用すること。", ["BR-USE"]),
    "web browser": ("利用者はWebブラウザを使用すること。", []),
    "tls": ("通信にはTLS 1.3を使用すること。", []),
    "jis": ("JIS Q 27001を適用すること。", []),
    "ismap": ("ISMAPに登録されたサービスを利用すること。", []),
    "html": ("HTML5で構築すること。CSVを利用すること。", []),
    "sha": ("SHA-256を使用し、IPv6を利用すること。", []),
    "certificate": ("受注者はISMS認証を取得していること。", ["QU-CERT"]),
    "certificate or equivalent": ("受注者はISMS認証又は同等の認証を取得していること。", []),
    "certificate as a point": ("ISMS認証を取得している場合は加点する。", []),
    "privacy mark": ("プライバシーマークの付与を受けていること。", ["QU-CERT"]),
    "a standard that is followed": ("JIS Q 27001に沿って管理すること。", []),
    "record": ("同種の業務の実績を5件以上有すること。", ["QU-RECORD"]),
    "same body": ("本市における同種業務の実績を有すること。", ["QU-SAME"]),
    "capital": ("資本金1億円以上であること。", ["QU-CAPITAL"]),
    "place": ("市内に本店を有すること。", ["QU-PLACE"]),
    "years": ("10年以上の実務経験を有する者を置くこと。", ["QU-YEARS"]),
    "next day": ("契約の翌日に納入すること。", ["DL-SHORT"]),
    "ten days": ("契約締結日から10日以内に納入すること。", ["DL-SHORT"]),
    "ninety days": ("契約締結日から90日以内に納入すること。", []),
    "equivalents denied": ("サーバはDELL社製PowerEdge R750とする。同等品は認めない。", ["BR-MAKER"]),
    "equivalents denied in brackets": ("スイッチはCisco Catalyst 9200とする（同等品不可）。", ["BR-AS"]),
    "like what there is": ("現行と同等の操作性を有するGaroonを導入すること。", ["BR-USE"]),
    "maker in Latin letters": ("プリンタはEPSON製とする。", ["BR-MAKER"]),
    "abbreviated company": ("㈱みなも製の帳票ソフトを使用すること。", ["BR-MAKER"]),
    "maker in a list": ("メーカー名：富士通", ["BR-MAKER"]),
    "material": ("筐体はABS製とする。", []),
    "operating system": ("OSはWindows 11 Proとする。", ["BR-AS"]),
    "processor": ("CPUはIntel Core i5以上とする。", ["BR-AS"]),
    "paper": ("用紙はA4とする。", []),
    "browsers that are meant": ("対象のブラウザはMicrosoft Edge及びGoogle Chromeとする。", []),
    "the system's own name": ("サービスの名称はMinamo Bookingとする。", []),
    "a format with figures": ("ファイルの形式はPDF/A-1とし、解像度はFull HD以上とする。", []),
    "browsers that must work": ("Microsoft Edge、Google Chrome及びSafariで動作すること。", []),
    "terminals that there are": ("職員の端末（Windows 11）で動作すること。", []),
    "Japanese product": ("ウイルス対策ソフトはウイルスバスターを導入すること。", ["BR-LIST"]),
    "two certificates": ("ISMS認証及びプライバシーマークを取得していること。", ["QU-CERT"]),
    "present contractor": ("現行システムの構築業者であること。", ["QU-INCUMBENT"]),
    "one certificate of persons": ("PMPの資格を有する者を配置すること。", ["QU-PERSON"]),
    "one of several": ("PMP又は同等の資格を有する者を配置すること。", []),
    "nationality": ("従事者は日本国籍を有する者に限る。", ["QU-NATION"]),
    "base in town": ("保守の拠点を市内に有すること。", ["QU-PLACE"]),
    "three days from the award": ("落札決定の日から3営業日以内に運用を開始すること。", ["DL-SHORT"]),
    "a plan in a week": ("契約締結後7日以内に実施計画書を提出すること。", []),
    "nothing": ("受注者は作業の計画を提出すること。", []),
}


@pytest.mark.parametrize("case", RESTRICTIONS)
def test_what_may_restrict_competition(case, look):
    text, ids = RESTRICTIONS[case]
    items = [i for i in look(text).items if i.kind == "restriction"]
    assert [i.rule for i in items] == ids
    assert all(i.basis and i.suggestion and i.fields["name"] for i in items)


TABLES = {
    "maker and model": ("| 品名 | メーカー名 | 型番 |\n|---|---|---|\n| ノートPC | NEC | VKM44 |\n", ["BR-COLUMN"]),
    "another row allows equivalents": ("| 品名 | 型番 |\n|---|---|\n| ノートPC | VKM44 |\n| 複合機 | 同等品可 |\n", ["BR-COLUMN"]),
    "a note below allows them": ("| 品名 | 型番 |\n|---|---|\n| ノートPC | VKM44 |\n\n※型番は参考であり、同等品を可とする。\n", []),
    "the heading says reference": ("| 品名 | 型番（参考品） |\n|---|---|\n| ノートPC | VKM44 |\n", []),
    "to be filled by the bidder": ("| 製品名 | 型番 |\n|---|---|\n| | |\n| | - |\n", []),
    "kinds of products": ("| 製品名 | 数量 |\n|---|---|\n| ウイルス対策ソフト | 20 |\n", []),
    "product": ("| ソフトウェア | 数量 |\n|---|---|\n| Apex One | 20 |\n", ["BR-COLUMN"]),
    "label and value": ("| 項目 | 内容 |\n|---|---|\n| メーカー名 | 富士通 |\n", ["BR-MAKER"]),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLES)
def test_products_and_makers_in_tables(case, rules):
    text, ids = TABLES[case]
    result = review(read_draft(text.encode(), filename="draft.md"), rules=rules, required=())
    assert [i.rule for i in result.items if i.kind == "restriction"] == ids


def test_a_general_permission_of_equivalents_stands_side_by_side(look):
    text = "サーバはPowerEdge R750とする。\n\n9 その他\n用語は別紙による。\n本仕様書に記載の製品名は例示であり、同等品での提案を認める。"
    item = look(text).items[0]
    assert (item.code, item.severity, len(item.passages)) == ("review.brand_general", "low", 2)
    denied = look(text.replace("例示であり、同等品での提案を認める", "変更できず、同等品は認めない")).items[0]
    assert (denied.code, denied.severity, len(denied.passages)) == ("review.brand", "high", 1)


def test_an_offices_own_list_of_products(look):
    text = "予約の管理にはみなもマネージャーを利用すること。"
    assert look(text).items == ()
    items = look(text, products=["みなもマネージャー"]).items
    assert [(i.rule, i.passages[0].matches[0].text) for i in items] == [("BR-LIST", "みなもマネージャー")]


def test_a_brand_for_the_sake_of_what_exists_has_low_severity(look):
    item = look("既存のAcmeDirectory 3.1を利用すること。").items[0]
    assert (item.code, item.severity) == ("review.brand_existing", "low")


OPEN = {
    "braces": ("{保存期間}保存すること。", ["PH-BRACES"]),
    "circles": ("○○市が定める。", ["PH-CIRCLES"]),
    "one circle marks an item": ("○ ログを保存すること。", []),
    "brackets": ("期間は【　】とする。", ["PH-BRACKETS"]),
    "heading brackets": ("【要件】ログを保存すること。", []),
    "tbd": ("期間はTBDとする。", ["PH-TBD"]),
    "later": ("詳細は別途指示する。", ["PH-TBD"]),
    "date": ("令和　年　月　日", ["PH-DATE"]),
    "filled date": ("令和8年3月31日", []),
}


@pytest.mark.parametrize("case", OPEN)
def test_places_left_open(case, look):
    text, ids = OPEN[case]
    assert [i.rule for i in look(text).items if i.kind == "placeholder"] == ids


VAGUE = {
    "properly": ("(8) ログを適切に管理すること。", ["適切に"]),
    "with a criterion": ("ログを次のとおり適切に管理すること。", []),
    "soon": ("事故は速やかに報告すること。", ["速やかに"]),
    "soon with a figure": ("事故は速やかに、遅くとも24時間以内に報告すること。", []),
    "regularly": ("ログを定期的に点検すること。", ["定期的に"]),
    "regularly, monthly": ("ログを定期的に（毎月）点検すること。", []),
    "enough": ("十分な容量を備えること。", ["十分な"]),
    "many etc": ("機器等、回線等、媒体等を管理すること。", ["等"]),
    "one etc": ("機器等を管理すること。", []),
    "equivalent is no etc": ("同等、平等、均等に扱うこと。", []),
    "no duty": ("適切に管理されている。", []),
}


@pytest.mark.parametrize("case", VAGUE)
def test_vague_words(case, look):
    text, words = VAGUE[case]
    items = [i for i in look(text).items if i.kind == "vague"]
    assert list(dict.fromkeys(m.text for i in items for p in i.passages for m in p.matches)) == words
