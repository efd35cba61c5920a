"""TLP 2.0: who may see, to whom may it go."""

from __future__ import annotations

import pytest

from sekisho.engines.detection.indicators import Indicator, Kind, Tlp
from sekisho.engines.threatintel import Audience, check_export, find_tlp, may_see, parse_tlp, permitted, strictest
from sekisho.errors import NotPermitted

ALLOWED = {
    Tlp.RED: "recipient",
    Tlp.AMBER_STRICT: "recipient organization",
    Tlp.AMBER: "recipient organization clients",
    Tlp.GREEN: "recipient organization clients community",
    Tlp.CLEAR: "recipient organization clients community public",
    None: "recipient organization",
}


@pytest.mark.parametrize("label", ALLOWED, ids=str)
def test_audiences(label):
    assert [one.value for one in Audience if permitted(label, one)] == ALLOWED[label].split()


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("TLP:RED", Tlp.RED), ("tlp:amber+strict", Tlp.AMBER_STRICT), ("TLP: AMBER + STRICT", Tlp.AMBER_STRICT), ("AMBER＋STRICT", Tlp.AMBER_STRICT),
        ("amber", Tlp.AMBER), ("TLP:WHITE", Tlp.CLEAR), ("tlp：green", Tlp.GREEN), ("TLP:PURPLE", None), ("", None), ("tlp:ex:chr", None),
    ],
)  # fmt: skip
def test_labels(text, label):
    assert parse_tlp(text) is label


def test_the_strictest_label_of_a_text_holds():
    assert find_tlp("本書はTLP:GREENです。別紙はTLP:AMBER+STRICTです。") == (Tlp.AMBER_STRICT, 18)
    assert find_tlp("TLP:AMBERGRIS") is None
    assert strictest([Tlp.GREEN, None, Tlp.AMBER]) is Tlp.AMBER
    assert strictest([None]) is None


@pytest.mark.parametrize(
    ("label", "reader", "seen"),
    [
        (Tlp.RED, {"member": True, "needs_to_know": True}, False),
        (Tlp.RED, {"recipient": True}, True),
        (Tlp.AMBER_STRICT, {"member": True, "needs_to_know": True}, True),
        (Tlp.AMBER_STRICT, {"member": True}, False),
        (Tlp.AMBER_STRICT, {"client": True, "needs_to_know": True}, False),
        (Tlp.AMBER, {"client": True, "needs_to_know": True}, True),
        (Tlp.AMBER, {"community": True, "needs_to_know": True}, False),
        (Tlp.GREEN, {"community": True}, True),
        (Tlp.GREEN, {}, False),
        (Tlp.CLEAR, {}, True),
        (None, {"member": True, "needs_to_know": True}, True),
        (None, {"community": True}, False),
    ],
)
def test_readers(label, reader, seen):
    assert may_see(label, **{"recipient": False, "member": False, "needs_to_know": False, **reader}) is seen


def test_a_forbidden_export_names_each():
    ones = [Indicator(kind=Kind.DOMAIN, value=f"{label}.jp", tlp=label, source="x") for label in (Tlp.RED, Tlp.GREEN, Tlp.AMBER)]
    with pytest.raises(NotPermitted) as raised:
        check_export(ones, Audience.COMMUNITY)
    assert raised.value.code == "threatintel.tlp_forbids"
    assert [problem.fields["label"] for problem in raised.value.problems] == ["TLP:RED", "TLP:AMBER"]
    check_export(ones[1:], Audience.CLIENTS)
