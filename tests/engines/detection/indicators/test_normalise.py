"""One normal form on both sides: defanged, punycode, ports, escapes, cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.detection import indicators
from sekisho.engines.detection.indicators import Kind, defang, extract, match_key, normalise, recognise, refang

RECOGNISED = {
    "defanged dot": ("evil[.]example[.]jp", Kind.DOMAIN, "evil.example.jp"),
    "defanged dot in words": ("evil[dot]example(dot)jp", Kind.DOMAIN, "evil.example.jp"),
    "half a bracket": ("evil[.example.jp", Kind.DOMAIN, "evil.example.jp"),
    "trailing dot and case": ("EVIL.Example.JP.", Kind.DOMAIN, "evil.example.jp"),
    "wildcard is the domain itself": ("*.evil.jp", Kind.DOMAIN, "evil.jp"),
    "ideographic dots": ("evil。example．jp", Kind.DOMAIN, "evil.example.jp"),
    "full-width letters": ("ｅｖｉｌ．ｊｐ", Kind.DOMAIN, "evil.jp"),
    "IDN": ("例え.jp", Kind.DOMAIN, "xn--r8jz45g.jp"),
    "port of a domain": ("evil.jp:8443", Kind.DOMAIN, "evil.jp"),
    "hxxps": ("hxxps://evil[.]jp/a", Kind.URL, "https://evil.jp/a"),
    "bracketed colon": ("hxxp[:]//evil[.]jp", Kind.URL, "http://evil.jp/"),
    "default port and fragment": ("https://EVIL.jp:443/A?b=C#d", Kind.URL, "https://evil.jp/A?b=C"),
    "other port": ("http://evil.jp:8080/", Kind.URL, "http://evil.jp:8080/"),
    "escapes of unreserved characters": ("http://evil.jp/%61%2f%e3%81%82", Kind.URL, "http://evil.jp/a%2F%E3%81%82"),
    "letters that are not ASCII": ("http://evil.jp/あ", Kind.URL, "http://evil.jp/%E3%81%82"),
    "dot segments": ("http://evil.jp/a/../b/./c", Kind.URL, "http://evil.jp/b/c"),
    "user and password": ("http://bank.jp@evil.jp/", Kind.URL, "http://evil.jp/"),
    "backslashes": ("http:\\\\evil.jp\\a", Kind.URL, "http://evil.jp/a"),
    "decimal host": ("http://3221225985/", Kind.URL, "http://192.0.2.1/"),
    "hexadecimal host": ("http://0xC0.0.2.1/", Kind.URL, "http://192.0.2.1/"),
    "IPv6 host": ("http://[2001:DB8::1]:8080/", Kind.URL, "http://[2001:db8::1]:8080/"),
    "without scheme": ("evil.jp/a", Kind.URL, "http://evil.jp/a"),
    "defanged address": ("192[.]0[.]2[.]1", Kind.IP, "192.0.2.1"),
    "address with port": ("192.0.2.1:443", Kind.IP, "192.0.2.1"),
    "mapped": ("::ffff:192.0.2.1", Kind.IP, "192.0.2.1"),
    "IPv6 long": ("2001:0DB8:0000:0000:0000:0000:0000:0001", Kind.IP, "2001:db8::1"),
    "zone": ("fe80::1%eth0", Kind.IP, "fe80::1"),
    "network with host bits": ("192.0.2.77/24", Kind.NETWORK, "192.0.2.0/24"),
    "mapped network": ("::ffff:192.0.2.0/120", Kind.NETWORK, "192.0.2.0/24"),
    "network of stars": ("192.0.2.*", Kind.NETWORK, "192.0.2.0/24"),
    "single address as network": ("192.0.2.1/32", Kind.IP, "192.0.2.1"),
    "mail": ("Evil(at)Example[.]jp", Kind.EMAIL, "evil@example.jp"),
    "MD5": ("D41D8CD98F00B204E9800998ECF8427F", Kind.MD5, "d41d8cd98f00b204e9800998ecf8427f"),
    "SHA-256 with its name": ("SHA256: " + "aB" * 32, Kind.SHA256, "ab" * 32),
    "imphash with its name": ("IMPHASH=" + "aB" * 16, Kind.IMPHASH, "ab" * 16),
    "file": ("Evil.EXE", Kind.FILE_NAME, "evil.exe"),
    "profile": (r"C:\Users\taro\AppData\Roaming\x.dll", Kind.FILE_PATH, r"%userprofile%\appdata\roaming\x.dll"),
    "variable": (r"%AppData%\x.dll", Kind.FILE_PATH, r"%userprofile%\appdata\roaming\x.dll"),
    "device": (r"\Device\HarddiskVolume3\Windows\x.exe", Kind.FILE_PATH, r"c:\windows\x.exe"),
    "unix path": ("/tmp//X", Kind.FILE_PATH, "/tmp/X"),
    "hive": (r"HKEY_LOCAL_MACHINE\SOFTWARE\Run\Evil", Kind.REGISTRY, r"hklm\software\run\evil"),
    "user hive": (r"HKU\S-1-5-21-1-2-3-1001\Software\Evil", Kind.REGISTRY, r"hkcu\software\evil"),
    "control set": (
        r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\Evil",
        Kind.REGISTRY,
        r"hklm\system\currentcontrolset\services\evil",
    ),
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_recognised(name):
    text, kind, value = RECOGNISED[name]
    if text.startswith("\\Device"):
        assert normalise(kind, text) == value
    else:
        assert recognise(text) == (kind, value)
    assert normalise(kind, value) == value, "a normal form is its own normal form"


@pytest.mark.parametrize(
    "text", ["", " ", "*", "com", "evil", "1.2.3", "1.2.3.256", "zz" * 16, "a@b", "http://", "://", "é" * 300 + ".jp", "-.-"]
)
def test_no_indicator(text):
    assert recognise(text) is None


def test_web_schemes_are_compared_as_one():
    assert match_key(Kind.URL, "http://evil.jp/") == match_key(Kind.URL, "https://evil.jp/")
    assert match_key(Kind.URL, "ftp://evil.jp/") != match_key(Kind.URL, "https://evil.jp/")


@pytest.mark.parametrize("text", ["https://evil.jp/a", "evil.jp", "a@evil.jp", "192.0.2.1", "ftp://evil.jp/x"])
def test_defanged_text_comes_back(text):
    assert refang(defang(text)) == text
    assert "." not in defang(text).replace("[.]", "")


@given(st.text(max_size=60))
def test_whatever_is_recognised_is_stable(text):
    found = recognise(text)
    if found is not None:
        kind, value = found
        again = normalise(kind, value)
        assert again == value
        assert match_key(kind, value)


@given(st.text(max_size=80), st.sampled_from(sorted(Kind)))
def test_no_text_breaks_a_kind(text, kind):
    value = normalise(kind, text)
    assert value is None or normalise(kind, value) == value


NOTICE = (
    "不正な通信先はhxxps://evil[.]example[.]jp/a.phpです。192.0.2[.]10、198.51.100.0/24と（2001:db8::1）を遮断。"
    "evil.exeをC:\\Users\\Public\\悪 意\\a.exeに置く。連絡先：soc@city.example.jp。"
    "hxxp://例え[.]jp/x を見よ。http://www.example.org/path_(x))."
)


def test_extracted_from_japanese_text_with_places():
    found = list(extract(NOTICE))
    assert [(one.kind.value, one.value) for one in found] == [
        ("url", "https://evil.example.jp/a.php"),
        ("ip", "192.0.2.10"),
        ("network", "198.51.100.0/24"),
        ("ip", "2001:db8::1"),
        ("file_name", "evil.exe"),
        ("file_path", "c:\\users\\public\\悪 意\\a.exe"),
        ("email", "soc@city.example.jp"),
        ("url", "http://xn--r8jz45g.jp/x"),
        ("url", "http://www.example.org/path_(x)"),
    ]
    assert all(NOTICE[one.start : one.end] == one.original for one in found)
    assert [one.value for one in found if one.defanged] == [
        "https://evil.example.jp/a.php",
        "192.0.2.10",
        "http://xn--r8jz45g.jp/x",
    ]


def test_a_version_is_doubtful():
    (found,) = extract("バージョン1.2.3.4へ更新")
    assert found.ambiguous


@pytest.mark.parametrize(
    "text",
    ["." * 200_000, "a." * 100_000, "[" * 100_000, "1." * 100_000, "http://" * 30_000, "@" * 100_000, ":" * 100_000, "\\" * 100_000, "C:\\" + "a\\" * 50_000, "a-" * 100_000, "/a" * 100_000],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_hostile_text_takes_no_long(text):
    import time

    begun = time.process_time()
    assert sum(1 for _ in extract(text)) <= len(text)
    assert time.process_time() - begun < 5


def test_the_public_names():
    assert sorted(indicators.__all__) == sorted(set(indicators.__all__))
    assert all(hasattr(indicators, name) for name in indicators.__all__)
