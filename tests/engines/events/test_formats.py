"""Text logs of every kind: one line of each in, its fields, time and place out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.engines.events.support import JAPAN, read_bytes

ZEEK = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
    "#fields\tts\tuid\tid.orig_h\tquery\tanswers\trejected\n#types\ttime\tstring\taddr\tstring\tvector[string]\tbool\n"
    "1700000000.5\tC1\t10.0.0.1\tevil.example\t192.0.2.1,192.0.2.2\t-\n"
)
IIS = (
    "#Software: Microsoft Internet Information Services 10.0\n#Date: 2026-01-05 00:00:01\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status\n"
    "2026-01-05 00:00:01 10.0.0.1 GET /a.aspx x=1 203.0.113.4 Mozilla/5.0+(x) 200\n"
)
TRAIL = {
    "eventVersion": "1.08", "userIdentity": {"type": "Root", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
    "eventTime": "2026-01-05T00:00:00Z", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser",
    "requestParameters": {"tags": [{"key": "a", "value": 1}, {"key": "b", "value": None}], "ports": [1, 2]},
}  # fmt: skip
CASES = {
    "sshd": (
        "Jan  5 10:00:00 web01 sshd[12]: Failed password for invalid user admin from 203.0.113.5 port 50222 ssh2\n",
        ("linux.auth", "", "sshd"), "2026-01-05T01:00:00+00:00", None, "web01",
        {"user": "admin", "src_ip": "203.0.113.5", "result": "failure", "action": "login", "pid": "12"},
    ),
    "sudo": (
        "Jan  5 10:00:00 web01 sudo:   taro : TTY=pts/0 ; PWD=/home/taro ; USER=root ; COMMAND=/bin/cat /etc/shadow\n",
        ("linux.auth", "", "sudo"), "2026-01-05T01:00:00+00:00", None, "web01",
        {"invoking_user": "taro", "USER": "root", "COMMAND": "/bin/cat /etc/shadow"},
    ),
    "rfc5424": (
        '<34>1 2026-01-05T00:00:07.003Z web01 app 77 ID47 [ex@1 a="b\\"c" d="e"][two x="y"] \ufeffhello\n',
        ("syslog", "", ""), "2026-01-05T00:00:07.003000+00:00", 0, "web01",
        {"msgid": "ID47", "ex@1.a": 'b"c', "two.x": "y", "message": "hello", "facility": "auth", "severity": "crit"},
    ),
    "rsyslog with ISO times": (
        "2026-01-05T09:00:00.5+09:00 web01 CRON[9]: (root) CMD (x)\n",
        ("syslog", "", "CRON"), "2026-01-05T00:00:00.500000+00:00", 540, "web01", {"program": "CRON"},
    ),
    "postfix": (
        "Jan  5 10:00:00 mx postfix/smtp[7]: 4ABCDEF123: to=<a@example.jp>, relay=mx.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)\n",
        ("mail", "", "postfix/smtp"), "2026-01-05T01:00:00+00:00", None, "mx",
        {"recipient": "a@example.jp", "result": "sent", "queue_id": "4ABCDEF123"},
    ),
    "audit": (
        'type=SYSCALL msg=audit(1700000000.123:42): syscall=59 uid=0 exe="/usr/bin/cat"\x1dSYSCALL=execve UID="root"\n',
        ("linux.audit", "", "SYSCALL"), "2023-11-14T22:13:20.123000+00:00", None, None,
        {"syscall": "execve", "syscall_number": "59", "uid": "0", "uid_name": "root", "serial": "42"},
    ),
    "audit in hexadecimal": (
        'type=EXECVE msg=audit(1700000000.123:42): argc=2 a0="cat" a1=2F6574632F736861646F77\n',
        ("linux.audit", "", "EXECVE"), "2023-11-14T22:13:20.123000+00:00", None, None, {"a0": "cat", "a1": "/etc/shadow"},
    ),
    "dpkg": (
        "2026-01-05 13:55:36 upgrade openssl:amd64 3.0.15-1 3.0.16-1\n",
        ("linux.dpkg", "", "upgrade"), "2026-01-05T04:55:36+00:00", None, None,
        {"package": "openssl:amd64", "old_version": "3.0.15-1", "version": "3.0.16-1"},
    ),
    "dpkg's state": (
        "2026-01-05 13:55:36 status installed openssl:amd64 3.0.16-1\n",
        ("linux.dpkg", "", "status"), "2026-01-05T04:55:36+00:00", None, None, {"state": "installed", "package": "openssl:amd64"},
    ),
    "squid": (
        "1700000000.123    180 192.0.2.4 TCP_MISS/200 411 GET http://evil.example/a/b.exe?x=1 taro HIER_DIRECT/198.51.100.7 text/html\n",
        ("squid", "", ""), "2023-11-14T22:13:20.123000+00:00", None, None,
        {"c-ip": "192.0.2.4", "cs-method": "GET", "cs-host": "evil.example", "c-uri-query": "x=1", "c-uri-extension": "exe", "sc-status": "200"},
    ),
    "apache combined": (
        '192.0.2.1 - frank [05/Jan/2026:13:55:36 -0700] "GET /a.php?b=../etc HTTP/1.0" 200 2326 "http://r.example/" "Mozilla \\"x\\""\n',
        ("web.access", "", ""), "2026-01-05T20:55:36+00:00", -420, None,
        {"c-ip": "192.0.2.1", "cs-username": "frank", "cs-uri-query": "/a.php?b=../etc", "cs-uri-stem": "/a.php", "sc-status": "200"},
    ),
    "apache with virtual host": (
        'www.example.jp:443 192.0.2.1 - - [05/Jan/2026:00:00:00 +0000] "POST /login HTTP/1.1" 302 -\n',
        ("web.access", "", ""), "2026-01-05T00:00:00+00:00", 0, None, {"cs-host": "www.example.jp", "c-ip": "192.0.2.1"},
    ),
    "apache request of noise": (
        '192.0.2.1 - - [05/Jan/2026:00:00:00 +0000] "\\x16\\x03\\x01" 400 226 "-" "-"\n',
        ("web.access", "", ""), "2026-01-05T00:00:00+00:00", 0, None, {"request": "\\x16\\x03\\x01", "sc-status": "400"},
    ),
    "nginx error": (
        '2026/01/05 10:00:00 [error] 9#9: *3 open() failed, client: 192.0.2.9, server: a.example, request: "GET /x HTTP/1.1", host: "h"\n',
        ("web.error", "", ""), "2026-01-05T01:00:00+00:00", None, None, {"c-ip": "192.0.2.9", "level": "error"},
    ),
    "zeek": (ZEEK, ("zeek", "dns", ""), "2023-11-14T22:13:20.500000+00:00", None, None, {"query": "evil.example", "answers": "192.0.2.1\n192.0.2.2"}),
    "iis": (IIS, ("iis", "", ""), "2026-01-05T00:00:01+00:00", 0, "10.0.0.1", {"cs-user-agent": "Mozilla/5.0+(x)", "cs-uri-stem": "/a.aspx"}),
    "cloudtrail": (
        json.dumps({"Records": [TRAIL]}), ("aws.cloudtrail", "", "iam.amazonaws.com"), "2026-01-05T00:00:00+00:00", 0, None,
        {
            "userIdentity.type": "Root", "userIdentity.sessionContext.attributes.mfaAuthenticated": "false",
            "requestParameters.tags.key": "a\nb", "requestParameters.tags.value": "1", "requestParameters.ports": "1\n2",
        },
    ),
    "json with names that differ by case": (
        '{"timestamp": "2026-01-05T09:00:00+09:00", "User": "a", "user": "b", "a.b": 1, "a": {"b": true}, "n": 1.50}\n',
        ("json", "", ""), "2026-01-05T00:00:00+00:00", 540, None, {"User": "a", "user_2": "b", "a.b": "1", "a.b_2": "true", "n": "1.5"},
    ),
    "fortigate": (
        'date=2026-01-05 time=10:00:00 devname="fw01" devid="FG1" tz="+0900" logid="0000000013" type="traffic" srcip=10.0.0.5 dstip=203.0.113.9 action="deny" msg="a \\"b\\""\n',
        ("fortigate", "traffic", ""), "2026-01-05T01:00:00+00:00", 540, "fw01",
        {"src_ip": "10.0.0.5", "dst_ip": "203.0.113.9", "action": "deny", "msg": 'a "b"'},
    ),
    "i-filter": (
        (
            "Jan  5 10:00:00 4872 1000/01/ - - 192.0.2.1 192.0.2.1 - user01 [05/Jan/2026:10:00:00 +0900] 503 0 1207 block 63 87"
            ' 87/127 -1 0 1518 0 group01 - 0 - "GET https://www.example.com/sw.js HTTP/1.1" - Chrome text%2Fhtml A667FEFF\n'
        ),
        ("ifilter", "", ""), "2026-01-05T01:00:00+00:00", 540, None,
        {"action": "block", "cs-username": "user01", "c-uri": "https://www.example.com/sw.js", "cs-host": "www.example.com"},
    ),
    "skysea": (
        "端末機名,コンピューター名,ユーザー名,日時,ログ種別,操作種別,パス\r\nPC1,PC-001,taro,2026/01/05 9:01:02,ファイル操作,コピー,C:\\秘密.xlsx\r\n".encode("cp932"),
        ("skysea", "ファイル操作", ""), "2026-01-05T00:01:02+00:00", None, "PC-001", {"user": "taro", "action": "コピー", "path": "C:\\秘密.xlsx"},
    ),
    "lanscope": (
        "クライアント名,ログオンユーザー名,操作日時,アラーム種別,ウィンドウタイトル\r\nPC2,hanako,2026/01/05 09:01:02,,メモ帳\r\n".encode("cp932"),
        ("lanscope", "", ""), "2026-01-05T00:01:02+00:00", None, "PC2", {"user": "hanako", "title": "メモ帳"},
    ),
    "door": (
        '入退室履歴\r\n日付,時刻,扉名,カード番号,氏名,入退区分,認証結果\r\n2026/01/05,08:31:02,サーバ室,0012,"関, 太郎",入室,ＯＫ\r\n'.encode("cp932"),
        ("door", "", ""), "2026-01-04T23:31:02+00:00", None, None,
        {"door": "サーバ室", "card": "0012", "person": "関, 太郎", "direction": "in", "入退区分": "入室", "result": "granted", "認証結果": "ＯＫ"},
    ),
    "any csv": (
        "datetime,host,値\n2026-01-05 09:00:00,pc,1\n", ("csv", "", ""), "2026-01-05T00:00:00+00:00", None, "pc", {"値": "1"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_one_record_of_each_kind(case, tmp_path):
    content, partition, time, offset, host, fields = CASES[case]
    result = read_bytes(tmp_path, content)
    assert not result.rejects
    (row,) = result.rows
    place = row["partition"]
    assert (place.source, place.channel, place.event) == partition
    assert row["_time"].isoformat() == time
    assert row.get("_offset") == offset
    assert row.get("_host") == host
    assert fields.items() <= row.items()


@pytest.mark.parametrize("case", CASES)
def test_the_same_when_the_source_is_named(case, tmp_path):
    content, partition, *_ = CASES[case]
    source = "syslog" if partition[0] in {"linux.auth", "mail"} else partition[0]
    assert [row["partition"].source for row in read_bytes(tmp_path, content, source=source).rows] == [partition[0]]


@pytest.mark.parametrize(
    ("case", "encoding"),
    [("UTF-8 with mark", "utf-8-sig"), ("UTF-16", "utf-16"), ("UTF-16 big endian without mark", "utf-16-be"), ("CP932", "cp932")],
)
def test_encodings_are_told_apart(case, encoding, tmp_path):
    text = "日付,時刻,扉名,カード番号\n" + "2026/01/05,08:31:02,サーバ室,0012\n" * 5
    result = read_bytes(tmp_path, text.encode(encoding))
    assert [row["door"] for row in result.rows] == ["サーバ室"] * 5, case


def test_mixed_encodings_are_read_line_by_line_and_counted(tmp_path):
    lines = [
        f"Jan  5 10:00:0{i} web01 app: {text}".encode(e)
        for i, (text, e) in enumerate([("漢字", "utf-8"), ("漢字", "cp932"), ("ﾂｰ", "cp932")])
    ]
    result = read_bytes(tmp_path, b"\n".join([*lines, b"Jan  5 10:00:09 web01 app: \xff\xfe\x81", b""]))
    assert [row["message"] for row in result.rows] == ["漢字", "漢字", "ﾂｰ", "\\xff\\xfe\\x81"]
    assert result.report.notes["cp932_lines"] == 2
    assert result.report.notes["undecodable_lines"] == 1


def test_yearless_dates_over_new_year(tmp_path):
    text = "Dec 31 23:59:58 h app: a\nJan  1 00:00:02 h app: b\nFeb 29 12:00:00 h app: c\nJan  7 08:00:00 h app: d\n"
    years = [row["_time"].astimezone(JAPAN).year for row in read_bytes(tmp_path, text).rows]
    assert years == [2025, 2026, 2024, 2026]  # the 7th is within a day of the reference time
    later = read_bytes(tmp_path, text, reference=datetime(2027, 3, 1, tzinfo=UTC))
    assert [row["_time"].astimezone(JAPAN).year for row in later.rows] == [2026, 2027, 2024, 2027]
    assert later.report.notes["year_assumed"] == 4


def test_without_a_reference_time_the_file_s_own_counts(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("Dec 31 23:59:58 h app: a\n")
    (row,) = read_bytes(tmp_path, path.read_bytes(), reference=None).rows
    assert datetime.now(UTC) - row["_time"] < timedelta(days=367)


def test_own_map_wins_and_its_words_are_used(tmp_path):
    from sekisho.standards.event_maps import read_event_map

    own = read_event_map(
        "event_map: 1\nid: gate\ntitle: {ja: 門, en: Gate}\nreference: {ja: 自製, en: own}\nreader: lines\n"
        "recognise: {line: '^GATE '}\npatterns: ['GATE (?P<when>[^|]+)\\|(?P<who>[^|]*)\\|(?P<c__ip>\\S*)']\n"
        "time: {fields: [[when]]}\nfields: {person: [who]}\nwords: {person: {太郎: taro}}\n".encode(),
        filename="gate.yaml",
    )
    (row,) = read_bytes(tmp_path, "GATE 2026年1月5日 午後3時4分|太郎|192.0.2.1\n", maps=(own,)).rows
    assert row["_time"].isoformat() == "2026-01-05T06:04:00+00:00"
    assert (row["person"], row["who"], row["c-ip"], row["partition"].source) == ("taro", "太郎", "192.0.2.1", "gate")
