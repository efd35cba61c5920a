"""Each kind is found as people write it: places and types, one sentence a case."""

from __future__ import annotations

import itertools

import pytest

from sekisho.engines.leakscan.scanner import Scanner

SCANNER = Scanner()

FOUND = [
    # マイナンバー
    ("マイナンバーは1234-5678-9018です。", "my_number", "1234-5678-9018"),
    ("個人番号：１２３４－５６７８－９０１８", "my_number", "１２３４－５６７８－９０１８"),
    ("マイナンバー（123456789018）", "my_number", "123456789018"),
    ("個人番号 1234 5678 9018", "my_number", "1234 5678 9018"),
    ("【個人番号】100000000080", "my_number", "100000000080"),
    ('"my_number": "100000000030",', "my_number", "100000000030"),
    ("myNumber=123456789018", "my_number", "123456789018"),
    ("ﾏｲﾅﾝﾊﾞｰ:123456789018", "my_number", "123456789018"),
    ("個人番号\n123456789018", "my_number", "123456789018"),
    ("マイナンバーカードを確認したところ、番号は123456789018でした。", "my_number", "123456789018"),
    (
        "個　人　番　号　１　２　３　４　５　６　７　８　９　０　１　８",
        "my_number",
        "１　２　３　４　５　６　７　８　９　０　１　８",
    ),
    ("123456789018 が私の個人番号です", "my_number", "123456789018"),
    ("一二三四五六七八九〇一八（個人番号）", "my_number", "一二三四五六七八九〇一八"),
    ("マイナンバー：1234・5678・9018", "my_number", "1234・5678・9018"),
    ("氏名 山田太郎 性別 男 No. 123456789018", "my_number", "123456789018"),
    # 住民票コード, 宛名番号
    ("住民票コード：２４７２７０５９６０８", "resident_record_code", "２４７２７０５９６０８"),
    ("宛名番号：0012345", "addressee_number", "0012345"),
    ("団体内統合宛名番号 123456789012", "addressee_number", "123456789012"),
    # 法人番号, 登録番号
    ("法人番号は7000012050002", "corporate_number", "7000012050002"),
    ("法人番号 7-0000-1205-0002", "corporate_number", "7-0000-1205-0002"),
    ("登録番号：Ｔ７００００１２０５０００２です", "invoice_number", "Ｔ７００００１２０５０００２"),
    ("請求書 T7-0000-1205-0002 をお送りします", "invoice_number", "T7-0000-1205-0002"),
    # 運転免許証, 旅券, 在留カード
    ("運転免許証の番号は309012345620です", "driving_licence", "309012345620"),
    ("免許証番号：第３０９０１２３４５６２０号", "driving_licence", "３０９０１２３４５６２０"),
    ("旅券番号 TK1234567", "passport", "TK1234567"),
    ("パスポート：ＴＲ７６５４３２１", "passport", "ＴＲ７６５４３２１"),
    ("在留カード番号 AB12345678CD", "residence_card", "AB12345678CD"),
    ("番号AB12345678CDのカード", "residence_card", "AB12345678CD"),
    # 年金, 保険
    ("基礎年金番号は1234-567890", "pension_number", "1234-567890"),
    ("保険者番号：33120015", "insurer_number", "33120015"),
    ("国保の保険者番号 138057", "insurer_number", "138057"),
    ("後期高齢者医療 被保険者番号 12345678", "insured_number", "12345678"),
    ("介護保険被保険者番号：0000123456", "insured_number", "0000123456"),
    ("雇用保険被保険者番号 5001-123456-7", "insured_number", "5001-123456-7"),
    # cards, accounts
    ("クレジットカード番号 4111-1111-1111-1111 有効期限 12/28", "payment_card", "4111-1111-1111-1111"),
    ("お支払いは 3782-822463-10005 で", "payment_card", "3782-822463-10005"),
    ("カード番号：５５５５５５５５５５５５４４４４", "payment_card", "５５５５５５５５５５５５４４４４"),
    ("みずほ銀行 本店営業部 普通 1234567", "bank_account", "1234567"),
    ("ゆうちょ 12340-12345671", "bank_account", "12340-12345671"),
    ("口座番号：７６５４３２１（普通預金）", "bank_account", "７６５４３２１"),
    # telephone
    ("携帯０９０－１２３４－５６７８", "telephone", "０９０－１２３４－５６７８"),
    ("090ー1234ー5678 にかけてください", "telephone", "090ー1234ー5678"),
    ("（03）1234-5678", "telephone", "（03）1234-5678"),
    ("03（1234）5678", "telephone", "03（1234）5678"),
    ("ＴＥＬ　０３－１２３４－５６７８", "telephone", "０３－１２３４－５６７８"),
    ("電話:0312345678", "telephone", "0312345678"),
    ("TEL03-1234-5678", "telephone", "03-1234-5678"),
    ("Tel:0463-12-3456（内線123）", "telephone", "0463-12-3456"),
    ("フリーダイヤル 0120-123-456", "telephone", "0120-123-456"),
    ("〇九〇―一二三四―五六七八", "telephone", "〇九〇―一二三四―五六七八"),
    ("+81-90-1234-5678", "telephone", "+81-90-1234-5678"),
    ("+81 3 1234 5678 まで", "telephone", "+81 3 1234 5678"),
    ("連絡先は09012345678まで", "telephone", "09012345678"),
    ("離島 04992-2-1234 役場", "telephone", "04992-2-1234"),
    # e-mail
    ("連絡先はtaro.yamada@example.co.jpまで", "email", "taro.yamada@example.co.jp"),
    ("メール：ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐです", "email", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"),
    ("山田<taro+test@mail.example.com>", "email", "taro+test@mail.example.com"),
    # birth dates
    ("生年月日：昭和53年4月1日", "birth_date", "昭和53年4月1日"),
    ("昭和５３年　４月　１日生", "birth_date", "昭和５３年　４月　１日"),
    ("令和元年５月１日生まれ", "birth_date", "令和元年５月１日"),
    ("令和８年３月１日生", "birth_date", "令和８年３月１日"),
    ("昭和五十三年四月一日生", "birth_date", "昭和五十三年四月一日"),
    ("生年月日 S53.4.1", "birth_date", "S53.4.1"),
    ("Ｈ２.５.６生", "birth_date", "Ｈ２.５.６"),
    ("DOB: 1990-01-31", "birth_date", "1990-01-31"),
    ("生年月日：一九七八年四月一日", "birth_date", "一九七八年四月一日"),
    ("1978年4月1日（48歳）", "birth_date", "1978年4月1日"),
    ("生年月日：㍼53年4月1日", "birth_date", "㍼53年4月1日"),
    # markings
    ("【機密性２情報】", "marking", "機密性２情報"),
    ("機密性３", "marking", "機密性３"),
    ("この資料は社外秘です。", "marking", "社外秘"),
    ("極　秘", "marking", "極　秘"),
    ("（秘）人事評価", "marking", "秘"),
    ("TLP:AMBER", "marking", "TLP:AMBER"),
    ("Company Confidential", "marking", "Company Confidential"),
    # secrets
    ("key AKIAIOSFODNN7EXAMPLE", "secret", "AKIAIOSFODNN7EXAMPLE"),
    ("DB_PASSWORD=hunter2secret", "secret", "hunter2secret"),
    ("パスワードはAbc12345です", "secret", "Abc12345"),
    ("postgres://app:S3cr3tPw!@db.example.jp:5432/x", "secret", "S3cr3tPw!"),
    ("Server=db;User Id=sa;Password=P@ssw0rd!2026;", "secret", "P@ssw0rd!2026"),
    ("token = ghp_1234567890abcdefghijABCDEFGHIJ123456", "secret", "ghp_1234567890abcdefghijABCDEFGHIJ123456"),
    ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "secret", None),
    ("Authorization: Bearer abcdefghij1234567890ABCDEFG", "secret", "abcdefghij1234567890ABCDEFG"),
    ("暗証番号は1234です", "secret", "1234"),
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND, ids=[text.replace("\n", " ")[:40] for text, _, _ in FOUND])
def test_found_where_it_stands(text, kind, value):
    found = [(finding.type, text[finding.start : finding.end]) for finding in SCANNER.scan(text)]
    if value is None:
        assert kind in [name for name, _ in found]
    else:
        assert (kind, value) in found


def test_one_place_has_one_kind():
    text = "マイナンバー 123456789018、免許証番号 309012345620、電話 090-1234-5678、taro@example.jp"
    findings = list(SCANNER.scan(text))
    assert [finding.type for finding in findings] == ["my_number", "driving_licence", "telephone", "email"]
    assert all(first.end <= second.start for first, second in itertools.pairwise(findings))


def test_the_label_decides_between_kinds_of_one_length():
    assert SCANNER.scan("口座番号 1234567").counts() == {"bank_account": 1}
    assert SCANNER.scan("宛名番号 1234567").counts() == {"addressee_number": 1}
    assert SCANNER.scan("被保険者番号 1234567").counts() == {"insured_number": 1}
    assert SCANNER.scan("お客様番号 1234567").counts() == {}


def test_numbers_after_one_label_are_of_its_kind():
    findings = SCANNER.scan("マイナンバー：123456789018、100000000080、100000000030")
    assert findings.counts() == {"my_number": 3}
    assert "in_list" in findings[2].reasons


@pytest.mark.parametrize(
    ("heading", "cell", "kind"),
    [
        ("個人番号", "123456789018", "my_number"),
        ("my_number", "1000 0000 0080", "my_number"),
        ("KOJIN_BANGO", "１２３４５６７８９０１８", "my_number"),
        ("phoneNumber", "0312345678", "telephone"),
        ("birth_date", "19780401", "birth_date"),
        ("生年月日", "3530401", "birth_date"),
        ("宛名番号", "123456789012", "addressee_number"),
        ("口座番号", "0012345", "bank_account"),
    ],
)
def test_the_heading_of_a_column_is_a_label(heading, cell, kind):
    findings = SCANNER.scan(cell, context=heading)
    assert findings.counts() == {kind: 1}
    assert "column_header" in findings[0].reasons


@pytest.mark.parametrize("heading", ["受付番号", "商品コード", "created_at", "備考", "金額"])
def test_a_heading_of_something_else_is_no_label(heading):
    assert len(SCANNER.scan_many(["123456789018", "4901234567894", "202403151234", "1234567"], context=heading)) == 0


def test_a_table_within_a_text_has_headings():
    text = "| No | 氏名 | マイナンバー | 電話 |\n|---|---|---|---|\n" + "| 1 | 山田 | 123456789018 | 0312345678 |\n" * 6
    assert SCANNER.scan(text).counts() == {"my_number": 6, "telephone": 6}


def test_many_numbers_that_all_hold_are_found_without_a_label():
    numbers = ["123456789018", "100000000080", "100000000030", "621498320257"] * 2
    assert SCANNER.scan("一覧\n" + "\n".join(numbers)).counts() == {"my_number": len(numbers)}
    assert SCANNER.scan("一覧\n" + "\n".join([*numbers, "123456789012"])).counts() == {}


def test_scores_say_how_sure_it_is():
    firm, near, bare = (
        SCANNER.scan(text)[0].score for text in ("電話：090-1234-5678", "電話に出ない人 090-1234-5678", "090-1234-5678")
    )
    assert firm > near > bare >= 0.5
