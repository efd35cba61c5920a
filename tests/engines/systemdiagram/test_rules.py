"""The notation's rules as tables: which answers give which parts, flows, zones and crossings; and edits that stay."""

from __future__ import annotations

import pytest
from tests.engines.systemdiagram.samples import SAMPLES, booking, isolated, study, use

import sekisho.engines.systemdiagram as engine
from sekisho.engines.systemdiagram import (
    WORDS,
    Business,
    Diagram,
    Edits,
    Flow,
    Information,
    Node,
    Orphan,
    Partner,
    Task,
    Zone,
    apply,
    check_business,
    crossings,
    decode_business,
    decode_diagram,
    decode_edits,
    derive,
    encode,
    encode_business,
    table_rows,
)
from sekisho.engines.systemdiagram.words import clean, high, wrap
from sekisho.errors import InputError
from sekisho.standards import texts


def one(*uses: engine.Use, partners: tuple[Partner, ...] = (), hosting: str = "office") -> Diagram:
    information = (Information("a", "名簿", "3"), Information("b", "予定", "1"))
    return derive(Business("台帳", hosting, "", information, (Task("t", "業務", "目的", uses, partners),)))


def ids(diagram: Diagram, kind: str) -> list[str]:
    return [node.id for node in diagram.nodes if node.kind == kind]


def flow(diagram: Diagram, *parts: str) -> Flow:
    return next(f for f in diagram.flows if all(part in f.id for part in parts))


STAFF = ("staff", "職員", "controlled", "issued", "internal", "a")


@pytest.mark.parametrize(
    ("action", "direction", "left_to_right", "storage"),
    [
        ("view", "one", False, None),
        ("enter", "one", True, None),
        ("update", "both", True, None),
        ("send", "one", True, None),
        ("receive", "one", False, None),
        ("administer", "both", True, None),
        ("print", "one", False, ("storage-print-controlled", "zone-controlled")),
        ("carry_out", "one", False, ("storage-media-outside", "zone-outside")),
    ],
)
def test_an_action_gives_its_direction_and_its_storage(
    action: str, direction: str, left_to_right: bool, storage: tuple[str, str] | None
) -> None:
    diagram = one(use(*STAFF, action))
    way = flow(diagram, "terminal-controlled-issued", "server-main")
    assert (way.direction, way.source == "terminal-controlled-issued", way.via) == (direction, left_to_right, "network-internal")
    assert way.information == ("名簿",)
    kept = [(n.id, n.zone) for n in diagram.nodes if n.kind == "storage"]
    assert kept == ([storage] if storage else [])


@pytest.mark.parametrize(
    ("hosting", "cloud", "node", "zone", "name"),
    [
        ("office", "", "server-main", "controlled", "要管理対策区域（庁舎内）"),
        ("data_centre", "", "server-main", "data_centre", "データセンター"),
        ("cloud", "", "server-main", "cloud", "クラウド"),
        ("cloud", "iaas", "server-main", "cloud", "クラウド（IaaS）"),
        ("none", "", "storage-documents", "controlled", "要管理対策区域（庁舎内）"),
    ],
)
def test_the_system_stands_where_it_is_hosted(hosting: str, cloud: str, node: str, zone: str, name: str) -> None:
    task = Task("t", "", "", (use("staff", "職員", "controlled", "issued", "internal", "", "view"),))
    diagram = derive(Business("台帳", hosting, cloud, (), (task,)))
    zones = {z.id: z for z in diagram.zones}
    stands = zones[next(n.zone for n in diagram.nodes if n.id == node)]
    assert (stands.kind, stands.name) == (zone, name)


@pytest.mark.parametrize("network", WORDS["network"])
def test_each_network_is_drawn_once_on_each_side(network: str) -> None:
    twice = Partner("甲", "API", network, ("a",), "out"), Partner("乙", "API", network, ("b",), "in")
    diagram = one(
        use(*STAFF[:4], network, "a", "view"), use("other_staff", "他課", *STAFF[2:4], network, "b", "view"), partners=twice
    )
    expected = [] if network == "none" else [f"network-{network}", f"network-{network}-partners"]
    assert ids(diagram, "network") == expected
    assert len(ids(diagram, "outside_service")) == 2
    assert ids(diagram, "storage") == (["storage-handover"] if network == "none" else [])


def test_equal_ways_are_one_flow_and_collect_their_information_and_actions() -> None:
    diagram = one(use(*STAFF, "view"), use(*STAFF[:5], "b", "enter"), use(*STAFF[:5], "b", "enter"))
    hand = flow(diagram, "actor-", "terminal-")
    assert (hand.information, hand.label, hand.direction) == (("名簿", "予定"), "閲覧・入力", "both")
    assert len(diagram.flows) == 2


def test_one_actor_for_each_kind_and_name_standing_in_the_controlled_area_if_it_ever_works_there() -> None:
    home = ("staff", "職員", "home", "issued", "closed", "a", "view")
    diagram = one(use(*home), use(*STAFF, "view"), use("contractor", "職員", *home[2:]))
    zones = {n.id.split("-")[1]: n.zone for n in diagram.nodes if n.kind == "actor"}
    assert zones == {"staff": "zone-controlled", "contractor": "zone-home"}


def test_people_who_work_on_paper_have_no_terminal() -> None:
    diagram = one(use("contractor", "業者", "outside", "none", "none", "a", "view"), hosting="none")
    assert ids(diagram, "terminal") == []
    assert [(f.direction, f.source) for f in diagram.flows] == [("one", "storage-documents-outside")]


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (use(*STAFF, "view"), []),
        (use("staff", "職員", "home", "issued", "internet", "a", "view"), [("zone-internet", "zone-home"), ("zone-controlled", "zone-internet")]),
        (use("staff", "職員", "abroad", "issued", "none", "a", "view"), [("zone-controlled", "zone-abroad")]),
    ],
)  # fmt: skip
def test_crossings_follow_from_the_zones(used: engine.Use, expected: list[tuple[str, str]]) -> None:
    found = crossings(one(used))
    assert sorted((c.from_zone, c.to_zone) for c in found) == sorted(expected)
    assert all(c.external and c.information == ("名簿",) for c in found)


def test_between_the_office_and_a_data_centre_is_a_border_but_nothing_external() -> None:
    found = crossings(one(use(*STAFF, "view"), hosting="data_centre"))
    assert [(c.from_zone, c.to_zone, c.external) for c in found] == [("zone-data_centre", "zone-controlled", False)]


def test_the_three_samples_differ() -> None:
    kinds = {name: {n.kind for n in derive(made()).nodes} for name, made in SAMPLES.items()}
    assert "server" not in kinds["study"]
    zones = {name: {z.kind for z in derive(made()).zones} for name, made in SAMPLES.items()}
    assert "cloud" in zones["booking"]
    assert not zones["isolated"] & {"internet", "cloud"}
    assert len({frozenset(k | z) for k, z in zip(kinds.values(), zones.values(), strict=True)}) == 3  # type: ignore[operator]


@pytest.mark.parametrize("field", sorted(WORDS))
def test_an_unknown_word_is_refused_with_its_field_and_the_allowed_words(field: str) -> None:
    answers = encode_business(booking()).decode()
    value = {"actor": "staff", "place": "home", "terminal": "private", "network": "lgwan", "action": "enter"}.get(field)
    value = value or {"direction": "both", "hosting": "cloud", "cloud_kind": "saas"}[field]
    broken = answers.replace(f'"{field}":"{value}"', f'"{field}":"<no>"')
    assert broken != answers
    with pytest.raises(InputError) as caught:
        decode_business(broken)
    assert caught.value.code == "diagram.unknown_word"
    assert caught.value.fields["field"].endswith(field)
    assert caught.value.fields["value"] == "<no>"
    assert all(word in caught.value.fields["allowed"] for word in WORDS[field])
    assert len(caught.value.problems) == answers.count(f'"{field}":"{value}"')


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"information": (Information("a", "x"), Information("a", "y"))}, "diagram.duplicate_information"),
        ({"tasks": (Task("t", "", "", (use(*STAFF, "view"),)),)}, "diagram.unknown_information"),
        ({"tasks": (Task("t", "", ""),) * 401}, "diagram.too_many"),
    ],
)
def test_answers_that_contradict_themselves_are_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        check_business(Business("s", "office", **changes))  # type: ignore[arg-type]
    assert caught.value.code == code


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b'{"system_name": 1}', b'{"system_name":"a","hosting":"none","extra":1}', b"\xff"]
)
def test_what_is_no_json_of_answers_diagrams_or_edits_is_refused(data: bytes) -> None:
    for read, code in ((decode_business, "not_answers"), (decode_diagram, "not_a_diagram"), (decode_edits, "not_edits")):
        with pytest.raises(InputError) as caught:
            read(data)
        assert caught.value.code == f"diagram.{code}"


@pytest.mark.parametrize("made", [booking, isolated, study])
def test_values_survive_json(made: object) -> None:
    business = made()  # type: ignore[operator]
    assert decode_business(encode_business(business)) == business
    diagram = derive(business)
    assert decode_diagram(encode(diagram)) == diagram


EDITS = Edits(
    moved={"server-main": (800.0, 40.0), "gone": (1.0, 2.0)},
    added_nodes=(Node("part-1", "storage", "バックアップ", "zone-controlled"), Node("part-2", "server", "予備", "zone-none")),
    added_flows=(
        Flow("flow-1", "server-main", "part-1", ("名簿",), "複製", encrypted=True),
        Flow("flow-2", "server-main", "gone"),
    ),
    renamed={"server-main": "台帳システム", "zone-controlled": "本庁舎", "gone": "x"},
    hidden=("network-internal", "gone"),
    encrypted={"flow-terminal-controlled-issued-network-internal-server-main": True, "gone": False},
)


def test_edits_are_put_on_and_those_without_a_target_are_told() -> None:
    applied = apply(one(use(*STAFF, "view")), EDITS)
    nodes = {n.id: n for n in applied.diagram.nodes}
    server = nodes["server-main"]
    assert (server.x, server.y, server.name) == (800.0, 40.0, "台帳システム")
    assert (nodes["part-1"].origin, nodes["part-2"].zone, nodes["network-internal"].hidden) == ("user", "", True)
    assert [z.name for z in applied.diagram.zones if z.id == "zone-controlled"] == ["本庁舎"]
    assert flow(applied.diagram, "network-internal").encrypted is True
    assert {f.id for f in applied.diagram.flows if f.origin == "user"} == {"flow-1"}
    assert {(o.edit, o.id, o.missing) for o in applied.orphans} == {
        ("added_node", "part-2", ("zone-none",)),
        ("added_flow", "flow-2", ("gone",)),
        ("moved", "gone", ("gone",)),
        ("renamed", "gone", ("gone",)),
        ("hidden", "gone", ("gone",)),
        ("encrypted", "gone", ("gone",)),
    }
    assert decode_edits(encode(EDITS)) == EDITS


def test_edits_stay_when_the_answers_change() -> None:
    before = apply(one(use(*STAFF, "view")), EDITS)
    after = apply(one(use(*STAFF, "update"), use("public", "住民", "home", "private", "internet", "b", "view")), EDITS)
    moved = [n for n in after.diagram.nodes if n.id == "server-main"]
    assert (moved[0].x, moved[0].name) == (800.0, "台帳システム")
    assert before.orphans == after.orphans


def test_a_derived_part_that_takes_the_id_of_an_added_one_wins_and_the_added_is_told() -> None:
    edits = Edits(added_nodes=(Node("server-main", "server", "偽"),))
    applied = apply(one(use(*STAFF, "view")), edits)
    assert [n.name for n in applied.diagram.nodes if n.id == "server-main"] == ["台帳"]
    assert applied.orphans == (Orphan("added_node", "server-main", ("server-main",)),)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"moved":{"a":[-1,0]}}', "diagram.bad_position"),
        (b'{"moved":{"a":[1e300,0]}}', "diagram.bad_position"),
        (b'{"added_nodes":[{"id":"a","kind":"server","name":"x","x":-5,"y":0}]}', "diagram.bad_position"),
        (b'{"hidden":[' + b",".join([b'"a"'] * 401) + b"]}", "diagram.too_many"),
        (b'{"added_nodes":[{"id":"a b\\"><","kind":"server","name":"x"}]}', "diagram.not_edits"),
        (b'{"added_nodes":[{"id":"a","kind":"robot","name":"x"}]}', "diagram.not_edits"),
    ],
)
def test_edits_that_cannot_be_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        decode_edits(data)
    assert caught.value.code == code


def test_a_diagram_with_loose_ends_is_refused_with_every_problem() -> None:
    broken = Diagram(
        (Node("a", "server", "x", "z"),), (Flow("f", "a", "b", via="c"), Flow("a", "a", "a")), (Zone("y", "y", "cloud"),)
    )
    with pytest.raises(InputError) as caught:
        decode_diagram(encode(broken))
    assert [p.code for p in caught.value.problems] == [
        "diagram.duplicate_id", "diagram.missing_zone", "diagram.missing_end", "diagram.missing_end",
    ]  # fmt: skip


def test_the_table_says_every_part_and_flow_in_words() -> None:
    diagram = apply(derive(isolated()), Edits(hidden=("storage-print-controlled",))).diagram
    rows = table_rows(diagram, "ja")
    shown = [n for n in diagram.nodes if not n.hidden]
    assert [row[0] for row in rows.nodes] == [n.name for n in shown]
    assert all(len(row) == len(rows.flow_head) for row in rows.flows)
    carried = next(row for row in rows.flows if row[1] == "持ち出す媒体")
    assert carried == (
        "支給端末", "持ち出す媒体", "片方向", "", "対処計画【要機密】", "持ち出し", "未回答",
        "要管理対策区域（庁舎内） → 庁舎の外（出張先・委託先など）",
    )  # fmt: skip
    assert not any("印刷した書類" in row for row in rows.flows)


@pytest.mark.parametrize(
    ("grade", "expected"),
    [("3", True), ("３", True), ("機密性3", True), ("機密性３情報", True), ("自治体機密性3A", True), ("high", True), ("高位", True),
     ("", False), ("2", False), ("機密性2", False), ("13", False), ("low", False), ("公開3件", False)],
)  # fmt: skip
def test_high_grades(grade: str, expected: bool) -> None:
    assert high(grade) is expected


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("予約システム", 56, ["予約シス", "テム"]),
        ("対策（基準）", 42, ["対策", "（基", "準）"]),
        ("一覧です。", 56, ["一覧で", "す。"]),
        ("web server 01", 80, ["web", "server 01"]),
        ("", 50, []),
        ("長" * 30, 28, ["長長", "長長", "長…"]),
    ],
)
def test_wrapping(text: str, room: float, expected: list[str]) -> None:
    assert wrap(text, room, 14, lines=3) == expected


def test_cleaning_shows_what_no_picture_may_hold() -> None:
    assert clean("a\x00b\u202ec\ud800\nd") == "a�b�c� d"


def test_every_word_of_the_notation_exists_in_both_languages() -> None:
    for name, entry in texts.catalogue("diagram").items():
        assert set(entry) == {"ja", "en"}, name
    for kind in engine.KINDS:
        assert texts.known(f"diagram.kind_{kind}")
    for field in ("actor", "action"):
        assert all(texts.known(f"diagram.{field}_{word}") for word in WORDS[field])
    assert all(texts.known(f"diagram.zone_{word}") for word in WORDS["place"])
    assert all(texts.known(f"diagram.network_{word}") for word in WORDS["network"] if word != "none")
    assert all(texts.known(f"diagram.terminal_{word}") for word in WORDS["terminal"] if word != "none")


def test_the_public_names() -> None:
    assert engine.__all__ == sorted(engine.__all__, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    assert all(hasattr(engine, name) for name in engine.__all__)
