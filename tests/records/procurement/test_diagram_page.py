"""概要図 as a page: forms and the editor's JSON, orphans, two people at one picture."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from django.urls import reverse
from tests.records.factories import NOW
from tests.records.procurement.examples import case_of

from sekisho.engines.systemdiagram import Edits, decode_edits
from sekisho.errors import Conflict, InputError
from sekisho.records.procurement import actions, queries
from sekisho.records.procurement.models import AnswerChange, Case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def body(response: Any) -> str:
    return html.unescape(response.content.decode())


def at(case: Case, name: str, *more: Any) -> str:
    return reverse(f"procurement:{name}", args=[case.organization.code, case.pk, *more])


def edit(client: Any, case: Case, **fields: Any) -> Any:
    return client.post(at(case, "diagram_edit"), fields, follow=True)


def edits(case: Case) -> Edits:
    case.refresh_from_db()
    return queries.edits_of(case)


@pytest.fixture
def made() -> tuple[Case, Any, Any]:
    return case_of()


def nodes(case: Case, kind: str) -> list[str]:
    case.refresh_from_db()
    return [n.id for n in queries.applied_diagram(case, language="ja").diagram.nodes if n.kind == kind]


def test_the_page_draws_the_tasks_and_tells_them_in_tables(made):
    case, _owner, client = made
    page = body(client.get(at(case, "diagram")))
    assert page.count("<svg") >= 1
    assert "部品の一覧" in page
    assert "情報の流れの一覧" in page
    assert "style=" not in page.split('class="diagram-frame"')[1].split("</svg>")[0]
    picture = client.get(at(case, "diagram_svg"))
    assert picture["Content-Type"] == "image/svg+xml"
    assert picture["Content-Disposition"].startswith("attachment")


def test_without_tasks_the_page_says_how_to_get_a_picture(made):
    case, owner, client = made
    fresh = actions.create_case(owner, organization=case.organization, title="x", now=NOW)
    page = body(client.get(at(fresh, "diagram")))
    assert "業務を一つ書くと" in page


def test_parts_and_flows_are_added_renamed_hidden_and_taken_back(made):
    case, _owner, client = made
    edit(client, case, do="add-node", words="監視サービス", kind="outside_service", zone="")
    added = edits(case).added_nodes[0]
    assert added.name == "監視サービス"
    (server, *_), actor = nodes(case, "server"), nodes(case, "actor")[0]
    edit(client, case, do="add-flow", source=server, target=added.id, words="ログを送る", direction="one", value="yes")
    flow = edits(case).added_flows[0]
    assert (flow.source, flow.target, flow.encrypted) == (server, added.id, True)
    page = edit(client, case, do="rename", id=server, words="予約システム")
    assert "予約システム" in body(page)
    page = edit(client, case, do="hide", id=actor)
    assert "隠したもの" in body(page)
    edit(client, case, do="show", id=actor)
    derived = next(f.id for f in queries.applied_diagram(case, language="ja").diagram.flows if f.origin == "derived")
    edit(client, case, do="encrypt", id=derived, value="no")
    assert edits(case).encrypted == {derived: False}
    edit(client, case, do="remove", id=added.id)  # its flow goes with it
    after = edits(case)
    assert (after.added_nodes, after.added_flows, after.hidden) == ((), (), ())
    edit(client, case, do="reset")
    assert edits(case) == Edits()
    assert AnswerChange.objects.filter(case=case, key="diagram").count() == 8
    assert "概要図" in body(client.get(at(case, "history")))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"do": "add-node", "words": " ", "kind": "server"}, "名前を書いてください"),
        ({"do": "add-node", "words": "x", "kind": "dragon"}, "選べません"),
        ({"do": "add-node", "words": "x", "kind": "server", "zone": "atlantis"}, "atlantis"),
        ({"do": "add-flow", "source": "nobody", "target": "server"}, "nobody"),
        ({"do": "add-flow", "source": "server", "target": "server"}, "別の部品"),
        ({"do": "rename", "id": "nobody", "words": "x"}, "nobody"),
        ({"do": "hide", "id": ""}, "ありません"),
        ({"do": "explode", "id": "server"}, "explode"),
        ({"do": ""}, "ありません"),
        ({"do": "rename", "id": "server", "words": "a\x1bb"}, "文字として扱えない"),
    ],
)
def test_a_wrong_change_says_why_and_changes_nothing(made, fields, words):
    case, _owner, client = made
    server = nodes(case, "server")[0]
    fields = {key: server if value == "server" and key != "kind" else value for key, value in fields.items()}
    assert words in body(edit(client, case, **fields))
    assert edits(case) == Edits()


def send(client: Any, case: Case, body_: Any) -> Any:
    content = body_ if isinstance(body_, bytes) else json.dumps(body_)
    return client.post(at(case, "diagram_edit"), content, content_type="application/json")


def test_the_editor_saves_moves_and_gets_the_new_picture(made):
    case, _owner, client = made
    server = nodes(case, "server")[0]
    answer = send(client, case, {"version": 1, "edits": {"moved": {server: [400, 160]}}})
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    assert answer.json()["svg"].startswith("<svg")
    assert edits(case).moved == {server: (400.0, 160.0)}
    late = send(client, case, {"version": 1, "edits": {"moved": {server: [8, 8]}}})
    assert late.status_code == 409
    assert "先に変えました" in late.json()["message"]
    same = send(client, case, {"version": 1, "edits": {"moved": {server: [400, 160]}}})
    assert same.json()["version"] == 2  # the same picture twice is no conflict and no change


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b"null",
        b'{"version": 1}',
        b'{"version": "x", "edits": {}}',
        b'{"version": 99, "edits": {"hidden": ["a"]}}',
        b'{"version": 1, "edits": {"moved": {"a": [-1, 5]}}}',
        b'{"version": 1, "edits": {"moved": {"a": [1e999, 5]}}}',
        b'{"version": 1, "edits": {"moved": {"a": "x"}}}',
        b'{"version": 1, "edits": {"teleported": {}}}',
        b'{"version": 1, "edits": {"renamed": {"a": "\\u0000"}}}',
        b'{"version": 1, "edits": {"renamed": {"a": "\\ud800"}}}',
        b'{"version": 1, "edits": {"hidden": [' + b'"a",' * 500 + b'"a"]}}',
        b'{"version": 1, "edits": {"renamed": {"a": "' + b"x" * 200_000 + b'"}}}',
        b'{"version": 1, "edits": ' + b"[" * 100_000 + b"}",
        b"\xff\xfe",
        b"x" * 1_000_001,
    ],
)
def test_hostile_edits_are_refused_with_a_sentence(made, content):
    case, _owner, client = made
    answer = send(client, case, content)
    assert answer.status_code == 422, content[:60]
    assert answer.json()["message"]
    assert edits(case) == Edits()


def test_words_in_the_picture_are_never_markup(made):
    case, _owner, client = made
    server = nodes(case, "server")[0]
    page = edit(client, case, do="rename", id=server, words="<script>alert(1)</script>").content
    assert b"<script>alert" not in page


def test_a_change_without_a_target_is_told_and_can_be_cleared(made):
    case, owner, client = made
    gone = {"renamed": {"actor-of-yore": "昔の人"}, "hidden": ["flow-of-yore"], "moved": {"node-of-yore": [8, 8]},
            "added_nodes": [{"id": "user-1", "kind": "server", "name": "予備", "zone": "zone-of-yore"}],
            "added_flows": [{"id": "user-flow-1", "source": "user-1", "target": "node-of-yore"}]}  # fmt: skip
    actions.save_diagram(owner, case, edits=gone, base_version=1, now=NOW)
    page = body(client.get(at(case, "diagram")))
    assert "行き先のなくなった手直し" in page
    assert "node-of-yore" in page
    assert "直すところがある" in body(client.get(at(case, "case")))
    edit(client, case, do="clean")
    after = edits(case)
    assert [node.name for node in after.added_nodes] == ["予備"]
    assert (after.renamed, after.hidden, after.moved, after.added_flows) == ({}, (), {}, ())
    assert queries.applied_diagram(case, language="ja").orphans == ()


def test_the_action_wants_the_version_that_was_seen(made):
    case, owner, _client = made
    actions.save_diagram(owner, case, edits={"hidden": ["a"]}, base_version=1, now=NOW)
    with pytest.raises(Conflict):
        actions.save_diagram(owner, case, edits={"hidden": ["b"]}, base_version=1, now=NOW)
    with pytest.raises(InputError):
        actions.save_diagram(owner, case, edits={"hidden": ["b"]}, base_version=9, now=NOW)
    case.refresh_from_db()
    assert decode_edits(json.dumps(case.diagram)).hidden == ("a",)
