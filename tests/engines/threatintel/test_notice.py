"""A notice as text or mail: candidates with their place, and what is probably none."""

from __future__ import annotations

import contextlib
import json
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.detection.indicators import Direction, Own, Tlp
from sekisho.engines.threatintel import Likelihood, from_notice, read_notice, read_notice_text, read_review, write_review
from sekisho.engines.threatintel.review import is_review
from sekisho.errors import InputError
from sekisho.standards.texts import known

JAPANESE = """件名：【注意喚起】マルウェア「XYZ」による攻撃について（TLP:AMBER）
2026年11月20日
県CSIRT（csirt@pref.sample.lg.jp）

1. 概要
Sample VPNの脆弱性（ＣＶＥ－2026－12345、CVE-2026-777）を悪用する攻撃が確認されています。バージョン9.1.2.3より前が対象です。

2. 影響を受ける製品
・Sample VPN 9.1 より前
・Sample Gateway 3.x

3. インディケータ情報
(1) 不正な通信先
hxxps://update[.]evil-cdn[.]net/gate.php
evil-cdn[.]net
45.77.10[.]21
(2) スキャンの送信元
185.220.101.0/24
(3) ハッシュ値（SHA-256）
0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  invoice.exe
HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\svc
192.168.0.1

4. 参考
https://www.jpcert.or.jp/at/2026/at260030.html
https://vendor.co.jp/advisory/1

--------------------------------
県CSIRT
https://www.pref.sample.lg.jp/csirt/
"""
ENGLISH = """Subject: Alert about ABC malware

Indicators of compromise:
C2: evil-cdn[.]net
Scanning source addresses: 185.220.101.7
SHA256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

References:
https://vendor.example-soft.com/blog
For details contact cert@agency-of-us.gov
"""


def by_value(notice):
    return {one.value: one for one in notice.candidates}


def codes(one):
    return {code.partition(".")[2] for code, _ in one.reasons}


def test_a_japanese_notice():
    notice = read_notice_text(JAPANESE)
    assert (notice.title, notice.tlp) == ("【注意喚起】マルウェア「XYZ」による攻撃について（TLP:AMBER）", Tlp.AMBER)
    assert notice.cves == ("CVE-2026-12345",), "three digits are no CVE id"
    assert notice.products == ("Sample VPN 9.1 より前", "Sample Gateway 3.x")
    found = by_value(notice)
    likely = [value for value, one in found.items() if one.likelihood is Likelihood.LIKELY]
    assert likely == [
        "https://update.evil-cdn.net/gate.php", "evil-cdn.net", "45.77.10.21", "185.220.101.0/24",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "invoice.exe",
        "hkcu\\software\\microsoft\\windows\\currentversion\\run\\svc",
    ]  # fmt: skip
    assert found["45.77.10.21"].direction is Direction.OUTBOUND
    assert found["185.220.101.0/24"].direction is Direction.INBOUND
    assert "in_references" in codes(found["https://vendor.co.jp/advisory/1"])
    assert "in_signature" in codes(found["https://www.pref.sample.lg.jp/csirt/"])
    assert codes(found["9.1.2.3"]) >= {"ambiguous"}
    assert (found["192.168.0.1"].likelihood, found["192.168.0.1"].refused) == (Likelihood.UNLIKELY, True)
    assert all(JAPANESE[one.start : one.end] == one.original for one in notice.candidates)
    assert all(one.original in JAPANESE.splitlines()[one.line - 1] for one in notice.candidates)
    assert all(known(code) for one in notice.candidates for code, _ in one.reasons)


def test_what_comes_from_outside_is_blocked_inwards_and_the_next_label_ends_the_products():
    notice = read_notice_text(
        "件名：不審な通信について\n遮断をお願いします。\n・198.51.100.0/24 からの 3389/tcp へのアクセス\n"
        "・203.0.113.45 への通信\n対象製品：Sample VPN 7.2\n発信：情報セキュリティ室 03-0000-0000\n"
    )
    found = by_value(notice)
    assert found["198.51.100.0/24"].direction is Direction.INBOUND
    assert found["203.0.113.45"].direction is Direction.OUTBOUND
    assert notice.products == ("Sample VPN 7.2",)


def test_an_english_notice():
    notice = read_notice_text(ENGLISH)
    assert notice.title == "Alert about ABC malware"
    found = {one.value: one.likelihood.value for one in notice.candidates}
    assert found == {
        "evil-cdn.net": "likely", "185.220.101.7": "likely",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": "likely",
        "https://vendor.example-soft.com/blog": "unlikely", "cert@agency-of-us.gov": "unlikely",
    }  # fmt: skip


def mail(body, *, html="", sender="県CSIRT <csirt@pref.sample.lg.jp>", charset="iso-2022-jp"):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "注意喚起 TLP:GREEN", sender, "soc@city.sample.lg.jp"
    message["Date"] = "Fri, 20 Nov 2026 10:00:00 +0900"
    message.set_content(body, charset=charset)
    if html:
        message.add_alternative(html, subtype="html")
    message.add_attachment(b"a", maintype="application", subtype="octet-stream", filename="一覧.csv")
    return message.as_bytes()


@pytest.mark.parametrize("charset", ["iso-2022-jp", "utf-8"])
def test_a_mail(charset):
    body = "不正な通信先\nhxxp://evil[.]net/\nhxxp://www.pref.sample.lg[.]jp/x\n詳細は https://www.pref.sample.lg.jp/ を参照\n"
    notice = read_notice(mail(body, charset=charset), filename="a.eml")
    assert (notice.title, notice.tlp, notice.attachments) == ("注意喚起 TLP:GREEN", Tlp.GREEN, ("一覧.csv",))
    assert notice.sent.isoformat() == "2026-11-20T10:00:00+09:00"
    found = by_value(notice)
    assert found["http://evil.net/"].likelihood is Likelihood.LIKELY
    assert "senders_domain" in codes(found["https://www.pref.sample.lg.jp/"])
    assert found["https://www.pref.sample.lg.jp/"].likelihood is Likelihood.UNLIKELY
    assert found["http://www.pref.sample.lg.jp/x"].likelihood is Likelihood.UNCLEAR


def test_an_html_mail_shows_where_links_lead():
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("<p>通信先</p><a href='http://evil.net/x'>bank.jp</a><script>http://script.net/</script>", subtype="html")
    found = by_value(read_notice(message.as_bytes(), filename="a.eml"))
    assert {"http://evil.net/x", "bank.jp"} <= set(found)
    assert "http://script.net/" not in found


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "iso-2022-jp", "euc-jp", "utf-8-sig"])
def test_encodings(encoding):
    notice = read_notice("件名：注意喚起について\n通信先はevil[.]netです。日本語の文章。\n".encode(encoding), filename="a.txt")
    assert notice.title == "注意喚起について"
    assert [one.value for one in notice.candidates] == ["evil.net"]


def test_own_things_are_refused():
    notice = read_notice_text("通信先\nwww[.]city.minamo.lg[.]jp\n", own=Own(domains=("city.minamo.lg.jp",)))
    (one,) = notice.candidates
    assert (one.refused, one.likelihood) == (True, Likelihood.UNLIKELY)


def test_a_person_confirms_in_the_review():
    notice = read_notice_text(JAPANESE)
    content = write_review(notice, reference="文書1", source="県")
    assert is_review(content)
    raw = json.loads(content)
    assert {row["take"] for row in raw["candidates"]} == {False}, "nothing is taken silently"
    assert read_review(content).indicators == ()
    for row in raw["candidates"]:
        row["take"] = row["value"] == "evil-cdn.net"
    (one,) = read_review(json.dumps(raw).encode()).indicators
    assert (one.value, one.tlp, one.source, one.reference, one.title) == ("evil-cdn.net", Tlp.AMBER, "県", "文書1", notice.title)
    for row in raw["candidates"]:
        row["take"] = True
    found = read_review(json.dumps(raw).encode())
    assert [one.original for one in found.refused] == ["192.168.0.1"], "what must not be used stays refused"
    assert len(from_notice(notice, frozenset({Likelihood.LIKELY})).indicators) == 7


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"schema": "x"}',
        b'{"schema": "sekisho.notice-review/1", "tlp": "pink"}',
        b'{"schema": "sekisho.notice-review/1", "candidates": [{"kind": "x", "value": ""}]}',
    ],
)
def test_a_broken_review(content):
    with pytest.raises(InputError) as raised:
        read_review(content)
    assert raised.value.code == "threatintel.review_broken"


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1_000, b"From: \xff\xfe\n\n\xff", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 500, b"Content-Type: text/plain; charset=x-nobody\n\nevil[.]net",
     b"Content-Transfer-Encoding: base64\n\n####", b"Date: not a date\n\nx", b"Subject: =?x?q?a?=\n\nx", b"From: " + b"a" * 100_000 + b"\n\nx"],
    ids=range(9),
)  # fmt: skip
def test_hostile_mails(content):
    with contextlib.suppress(InputError):
        assert read_notice(content, filename="a.eml").title is not None


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    notice = read_notice_text(text)
    assert all(text[one.start : one.end] == one.original for one in notice.candidates)
