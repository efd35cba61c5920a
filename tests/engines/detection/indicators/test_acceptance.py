"""What is refused, what a person is told, and why."""

from __future__ import annotations

import ipaddress

import pytest

from sekisho.engines.detection.indicators import Kind, Own, assess
from sekisho.engines.detection.indicators.hosts import domain
from sekisho.engines.detection.indicators.wellknown import columns, well_known
from sekisho.standards.texts import known

OWN = Own(domains=("city.minamo.lg.jp",), networks=("203.0.114.0/24", "2001:db9::/32"))
REFUSED = {
    "star": ("*", None, "matches_everything"),
    "star dot star": ("*.*", None, "matches_everything"),
    "everything": ("0.0.0.0/0", None, "matches_everything"),
    "everything v6": ("::/0", None, "matches_everything"),
    "half of everything": ("128.0.0.0/1", None, "network_too_wide"),
    "zero": ("0.0.0.0", None, "matches_everything"),
    "TLD": ("com", Kind.DOMAIN, "tld_only"),
    "TLD with a star": ("*.jp", None, "tld_only"),
    "suffix": ("lg.jp", None, "public_suffix"),
    "hosting suffix": ("github.io", None, "public_suffix"),
    "private": ("192.168.1.1", None, "special_range"),
    "loopback": ("127.0.0.1", None, "special_range"),
    "private v6": ("fd00::1", None, "special_range"),
    "network around private": ("10.0.0.0/8", None, "special_range"),
    "resolver": ("8.8.8[.]8", None, "well_known_address"),
    "network with a resolver": ("8.8.0.0/16", None, "well_known_address"),
    "own domain": ("www.city.minamo.lg.jp", None, "own_domain"),
    "above the own domain": ("minamo.lg.jp", None, "own_domain"),
    "own network": ("203.0.114.7", None, "own_network"),
    "around the own network": ("203.0.112.0/21", None, "own_network"),
    "own address in a URL": ("http://203.0.114.7/x", None, "own_network"),
    "own page": ("https://www.city.minamo.lg.jp/x", None, "own_domain"),
    "own mail": ("info@city.minamo.lg.jp", None, "own_domain"),
    "everybody's site": ("login.microsoftonline.com", None, "well_known_domain"),
    "empty file": ("d41d8cd98f00b204e9800998ecf8427e", None, "hash_of_nothing"),
    "zeros": ("0" * 64, None, "not_an_indicator"),
    "hive": ("HKLM\\Software", None, "registry_too_wide"),
    "words": ("これは違う", None, "not_an_indicator"),
    "wrong kind": ("evil.example.jp", Kind.MD5, "not_an_indicator"),
}
WARNED = {
    "wide": ("45.0.0.0/12", "network_wide"),
    "documentation": ("192.0.2.1", "special_range"),
    "page of everybody's site": ("https://github.com/evil/x", "page_of_well_known"),
    "customer's site": ("evil.azurewebsites.net", "well_known_domain"),
    "file of the system": ("svchost.exe", "common_file_name"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_reason(name):
    text, kind, code = REFUSED[name]
    verdict = assess(text, kind=kind, own=OWN)
    assert not verdict.accepted
    assert f"indicators.{code}" in [reason.code for reason in verdict.reasons if reason.refuses]
    assert all(known(reason.code) for reason in verdict.reasons)


@pytest.mark.parametrize("name", WARNED)
def test_warned_with_its_reason(name):
    text, code = WARNED[name]
    verdict = assess(text, own=OWN)
    assert verdict.accepted
    assert [reason.code for reason in verdict.reasons] == [f"indicators.{code}"]


@pytest.mark.parametrize(
    "text", ["evil.co.jp", "evil.github.io", "45.67.89.1", "45.67.0.0/16", "a" * 63 + "b", "hklm\\software\\evil\\run"]
)
def test_accepted_without_a_word(text):
    verdict = assess(text, own=OWN)
    assert verdict.accepted == (verdict.value is not None)
    assert verdict.reasons == () or verdict.value is None


def test_a_network_given_as_an_address_is_a_network():
    assert assess("45.67.0.0/16", kind=Kind.IP).kind is Kind.NETWORK
    assert assess("45.67.8.9/32", kind=Kind.NETWORK).kind is Kind.IP


def test_our_lists_are_in_normal_form():
    lists = well_known()
    assert all(ipaddress.ip_address(address).compressed == address for address in lists.addresses)
    assert all(domain(name) == name for name in lists.domains if name != "localhost")
    assert all(domain(name) == name for name in lists.suffixes)
    assert all(entry.what.ja and entry.what.en and entry.source for _, entry in lists.ranges)
    roles, never = columns()
    assert not set(roles) & never
