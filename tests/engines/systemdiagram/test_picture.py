"""Layout and SVG: nothing overlaps, all words are inside, the same text for the same answers, hostile text stands as text."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.engines.systemdiagram.samples import SAMPLES

from sekisho.engines.systemdiagram import (
    KINDS,
    WORDS,
    Business,
    Diagram,
    Edits,
    Flow,
    Information,
    Node,
    Partner,
    Task,
    Use,
    Zone,
    apply,
    crossings,
    derive,
    lay_out,
    render_svg,
    table_rows,
)
from sekisho.engines.systemdiagram.words import width

NS = {"s": "http://www.w3.org/2000/svg"}
HOSTILE = [
    "</text><script>alert(1)</script>",
    '"><image href="https://evil.example/x.png"/>',
    "]]>&amp;&#0;<!-- {field} %s",
    "長" * 300,
    "W" * 300,
    "\u202egpj.exe\u2066x\u2069",
    "שלום العربية",
    "",
    "   \n\t ",
    "😀👨‍👩‍👧 𠮷野家",
    "\x00\x07\x1b\ud800\ufffe",
    "url(https://evil.example/)",
]
words = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=40), st.sampled_from(["職員", "予約システム（本番）", "Reservation service"])
)


def parsed(svg: str) -> Any:
    return etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


@st.composite
def businesses(draw: st.DrawFn) -> Business:
    information = tuple(Information(str(n), draw(words), draw(st.sampled_from(["", "2", "3", "機密性3"]))) for n in range(4))
    some = st.lists(st.sampled_from("0123"), max_size=4).map(tuple)
    pick = {field: st.sampled_from(allowed) for field, allowed in WORDS.items()}
    uses = st.builds(Use, pick["actor"], words, pick["place"], pick["terminal"], pick["network"], some, pick["action"])
    partners = st.builds(Partner, words, words, pick["network"], some, pick["direction"])
    tasks = st.builds(
        Task, st.just("t"), words, words, st.lists(uses, max_size=14).map(tuple), st.lists(partners, max_size=5).map(tuple)
    )
    return Business(
        draw(words), draw(pick["hosting"]), draw(pick["cloud_kind"]), information, tuple(draw(st.lists(tasks, max_size=2)))
    )


def overlaps(sheet: Any) -> list[tuple[str, str]]:
    found = []
    for a, b in itertools.combinations(sheet.boxes.values(), 2):
        if a.meets(b) and not (a.pinned and b.pinned):
            found.append((a.id, b.id))
    for label in sheet.labels:
        found += [(label.flow, box.id) for box in sheet.boxes.values() if label.meets(box)]
    found += [(a.flow, b.flow) for a, b in itertools.combinations(sheet.labels, 2) if a.meets(b)]
    return found


def outside(svg: str) -> list[str]:
    """Texts that run over the canvas."""
    root = parsed(svg)
    left, top, wide, high = (float(v) for v in root.get("viewBox").split())
    found = []
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        x, y, size = float(text.get("x")), float(text.get("y")), float(text.get("font-size"))
        for parent in text.iterancestors():
            if move := parent.get("transform"):
                dx, dy = move.removeprefix("translate(").removesuffix(")").split()
                x, y = x + float(dx), y + float(dy)
        run = width(text.text or "", size, bold=text.get("font-weight") == "700")
        begin = x - run / 2 if text.get("text-anchor") == "middle" else x
        if begin < left or begin + run > left + wide or y - size < top or y + size * 0.3 > top + high:
            found.append(text.text)
    return found


def check(diagram: Diagram) -> None:
    sheet = lay_out(diagram)
    assert overlaps(sheet) == []
    svg = render_svg(diagram, language="ja", title="図")
    assert outside(svg) == []
    root = parsed(svg)
    drawn = {g.get("data-node") for g in root.iterfind(".//s:g[@data-node]", NS)}
    assert drawn == {node.id for node in diagram.nodes if not node.hidden}
    for leg in root.iterfind(".//s:g[@data-a]", NS):
        assert {leg.get("data-a"), leg.get("data-b")} <= drawn
    assert not root.xpath("//@style | //*[local-name()='script' or local-name()='style' or local-name()='image']")
    assert not [a for a in root.xpath("//@*") if a.attrname.startswith("on")]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(businesses())
def test_whatever_is_answered_nothing_overlaps_and_all_is_inside(business: Business) -> None:
    diagram = derive(business)
    check(diagram)
    nodes = {node.id for node in diagram.nodes}
    for flow in diagram.flows:
        assert {flow.source, flow.target, *({flow.via} if flow.via else set())} <= nodes


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(businesses(), st.data())
def test_whatever_is_moved_the_others_give_way(business: Business, data: st.DataObject) -> None:
    derived = derive(business)
    ids = [node.id for node in derived.nodes]
    place = st.tuples(st.floats(0, 1600), st.floats(0, 900))
    moved = data.draw(st.dictionaries(st.sampled_from(ids), place, max_size=3)) if ids else {}
    diagram = apply(derived, Edits(moved=moved)).diagram
    check(diagram)
    boxes = lay_out(diagram).boxes
    assert {i: (boxes[i].x, boxes[i].y) for i in moved} == moved


@pytest.mark.parametrize("name", SAMPLES)
def test_lines_of_the_samples_run_under_no_box_and_no_foreign_label(name: str) -> None:
    sheet = lay_out(derive(SAMPLES[name]()))
    for leg in sheet.legs:
        for p, q in itertools.pairwise(leg.points):
            assert not [box.id for box in sheet.boxes.values() if box.cut_by(p, q, -1)], leg.key
            own = {flow.id for flow in leg.flows}
            assert not [label.flow for label in sheet.labels if label.flow not in own and label.cut_by(p, q)], leg.key


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_samples_are_whole_and_the_same_each_time(name: str, language: str) -> None:
    diagram = derive(SAMPLES[name](), language=language)
    check(diagram)
    first = render_svg(diagram, language=language, title="図")
    assert render_svg(derive(SAMPLES[name](), language=language), language=language, title="図") == first
    root = parsed(first)
    assert root.get("role") == "img"
    ids = root.get("aria-labelledby").split()
    assert [root.find(f".//*[@id='{i}']").tag.split("}")[1] for i in ids] == ["title", "desc"]
    if language == "en":
        drawn = "".join(root.find("s:desc", NS).itertext()) + "".join(t.text or "" for t in root.iterfind("s:text", NS))
        assert "凡例" not in drawn
        assert "Legend" in drawn


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stands_as_text(text: str) -> None:
    nodes = tuple(Node(f"n{n}", kind, text, "z", note=text) for n, kind in enumerate(KINDS))
    flows = tuple(Flow(f"f{a}{b}", f"n{a}", f"n{b}", (text,), text, encrypted=True) for a in range(6) for b in range(6))
    diagram = Diagram(nodes, flows, (Zone("z", text, "controlled"),))
    check(diagram)
    svg = render_svg(diagram, language="ja", title=text)
    assert "evil.example" not in "".join(parsed(svg).xpath("//@href"))
    assert "\u202e" not in svg
    assert len(table_rows(diagram, "ja").nodes) == len(KINDS)


def forty() -> Diagram:
    kinds = ["actor"] * 10 + ["terminal"] * 10 + ["network"] * 4 + ["server"] * 6 + ["storage"] * 4 + ["outside_service"] * 6
    nodes = tuple(Node(f"n{n}", kind, f"部品{n}の名前はこのくらい", f"z{n % 3}") for n, kind in enumerate(kinds))
    flows = tuple(
        Flow(
            f"f{n}",
            f"n{n}",
            f"n{n + 10}" if n < 10 else f"n{24 + n % 10}",
            ("予約情報", "名簿"),
            "更新",
            via="" if n < 10 else f"n{20 + n % 4}",
        )
        for n in range(20)
    )
    zones = (Zone("z0", "庁舎", "controlled"), Zone("z1", "庁舎の外", "outside"), Zone("z2", "クラウド", "cloud"))
    return Diagram(nodes, flows, zones)


def test_forty_parts_stay_apart_and_within_a_page_that_can_be_read() -> None:
    diagram = forty()
    check(diagram)
    bounds = lay_out(diagram).bounds
    assert bounds.w < 2600
    assert bounds.h < 3600


def test_each_kind_has_its_own_shape_without_regard_to_colour() -> None:
    def bare(kind: str) -> str:
        svg = render_svg(Diagram((Node("n", kind, "名"),)), language="ja", title="")  # type: ignore[arg-type]
        group = parsed(svg).find(".//s:g[@data-node]", NS)
        return "".join(
            f"{e.tag}{sorted((k, v) for k, v in e.attrib.items() if k not in {'fill', 'stroke'})}" for e in group[1:-1]
        )

    assert len({bare(kind) for kind in KINDS}) == len(KINDS)


def test_encrypted_flows_bear_a_lock_and_the_word_and_unknown_ones_nothing() -> None:
    nodes = (Node("a", "terminal", "端末"), Node("b", "server", "サーバ"))
    shown = {}
    for known in (True, False, None):
        svg = render_svg(Diagram(nodes, (Flow("f", "a", "b", ("名簿",), encrypted=known),)), language="ja", title="")
        label = parsed(svg).find(".//s:g[@data-flow='f']", NS)
        shown[known] = ["".join(t.text for t in label.iterfind("s:text", NS)), len(label.findall("s:path", NS))]
    assert shown == {True: ["暗号①名簿", 1], False: ["平文①名簿", 0], None: ["①名簿", 0]}


def test_high_confidentiality_is_written_on_the_flow() -> None:
    diagram = derive(SAMPLES["isolated"]())
    root = parsed(render_svg(diagram, language="ja", title=""))
    words_ = ["".join(t.text for t in g.iterfind("s:text", NS)) for g in root.iterfind(".//s:g[@data-flow]", NS)]
    assert any("①対処計画【要機密】" in w for w in words_)
    assert not any("④操作の記録【要機密】" in w for w in words_)


def test_borders_are_marked_where_flows_pass_them() -> None:
    sheet = lay_out(derive(SAMPLES["booking"]()))
    on_border = [
        (x, y) for x, y in sheet.crossings
        if any((x in {f.x, f.right} and f.y <= y <= f.bottom) or (y in {f.y, f.bottom} and f.x <= x <= f.right) for f in sheet.frames)
    ]  # fmt: skip
    assert on_border == sheet.crossings
    assert len(sheet.crossings) >= len({c.flow for c in crossings(sheet.diagram)})


def test_a_part_moved_into_a_foreign_frame_is_told() -> None:
    derived = derive(SAMPLES["booking"]())
    sheet = lay_out(derived)
    frame = next(f for f in sheet.frames if f.zone.kind == "controlled")
    diagram = apply(derived, Edits(moved={"network-internet": (frame.right - 170, frame.bottom - 80)})).diagram
    assert ("network-internet", frame.zone.id) in lay_out(diagram).strays


def test_an_empty_picture_says_so() -> None:
    svg = render_svg(derive(Business("", "none")), language="ja", title="図")
    assert "まだ部品がありません" in svg
    assert outside(svg) == []
