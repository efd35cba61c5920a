"""The TAXII client played like a script: paging, limits, and servers that lie, never end or point elsewhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.engines.threatintel.taxii import ACCEPT, Answer, Ask, Limits, Pause, Taxii
from sekisho.errors import InputError, NotPermitted, SekishoError, Unavailable
from sekisho.standards.texts import known

HOME = "https://taxii.example/taxii2/"
ROOT = "https://taxii.example/api1/"


def answer(value, status=200, **headers):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer(status, {"content-type": ACCEPT, **{name.replace("_", "-"): text for name, text in headers.items()}}, body)


DISCOVERY = answer({"title": "t", "default": ROOT, "api_roots": [ROOT]})
API = answer({"title": "r", "versions": [ACCEPT], "max_content_length": 1_000})
COLLECTIONS = answer(
    {
        "collections": [
            {"id": "c1", "title": "一", "can_read": True},
            {"id": "c2", "title": "二", "can_read": True},
            {"id": "c3", "title": "三", "can_read": False},
        ]
    }
)
OBJECT = {"type": "indicator", "id": "indicator--1"}


def play(core, *answers):
    asked = []
    for one in answers:
        step = core.next()
        assert isinstance(step, Ask), step
        asked.append(step.url)
        core.receive(one)
    return asked


def at_objects(**more):
    core = Taxii(HOME, collection=more.pop("collection", "c1"), **more)
    play(core, DISCOVERY, API, COLLECTIONS)
    return core


def test_the_whole_way_with_two_collections():
    core = Taxii(HOME, after={"c2": "2026-11-01T00:00:00Z"})
    asked = play(
        core, DISCOVERY, API, COLLECTIONS,
        answer({"more": True, "next": "n1", "objects": [OBJECT]}),
        answer({"objects": [OBJECT, OBJECT]}, x_taxii_date_added_last="2026-11-02T00:00:00Z"),
        answer({}),
    )  # fmt: skip
    assert core.next() is None
    assert asked == [
        HOME, ROOT, f"{ROOT}collections/",
        f"{ROOT}collections/c1/objects/?limit=1000", f"{ROOT}collections/c1/objects/?limit=1000&next=n1",
        f"{ROOT}collections/c2/objects/?limit=1000&added_after=2026-11-01T00%3A00%3A00Z",
    ]  # fmt: skip
    assert (len(core.objects), core.after, core.problems, core.title) == (3, {"c1": "2026-11-02T00:00:00Z"}, [], "t")


def test_an_api_root_that_was_named_and_a_collection_by_its_title():
    core = Taxii(HOME, root="/api1/", collection="二")
    assert play(core, API, COLLECTIONS) == [ROOT, f"{ROOT}collections/"]
    assert core.next().url.startswith(f"{ROOT}collections/c2/objects/")


def test_paging_by_date_when_there_is_no_mark():
    core = at_objects()
    play(core, answer({"more": True, "objects": [OBJECT]}, x_taxii_date_added_last="2026-11-02T00:00:00Z"))
    assert "added_after=2026-11-02" in core.next().url


def test_busy_servers_are_waited_for_a_few_times():
    core = at_objects(limits=Limits(pauses=2, pause=5))
    for text, seconds in (("3", 3.0), ("99999", 5.0)):
        core.next()
        core.receive(answer({}, 429, retry_after=text))
        assert core.next() == Pause(seconds)
    core.next()
    with pytest.raises(Unavailable):
        core.receive(answer({}, 503))


ENDLESS = {
    "no mark and no date": ([{"more": True, "objects": [OBJECT]}], "taxii_no_progress"),
    "the same mark again": ([{"more": True, "next": "a", "objects": [OBJECT]}] * 2, "taxii_no_progress"),
    "two marks in turn": ([{"more": True, "next": mark, "objects": [OBJECT]} for mark in "aba"], "taxii_no_progress"),
    "empty pages": ([{"more": True, "next": str(n), "objects": []} for n in range(3)], "taxii_endless"),
    "too many pages": ([{"more": True, "next": str(n), "objects": [OBJECT]} for n in range(5)], "taxii_endless"),
    "too many objects": ([{"more": True, "next": "a", "objects": [OBJECT] * 50}], "taxii_endless"),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_server_that_never_ends(name):
    pages, code = ENDLESS[name]
    core = at_objects(limits=Limits(pages=5, objects=20))
    play(core, *map(answer, pages))
    assert core.next() is None
    assert [problem.code for problem in core.problems] == [f"threatintel.{code}"]
    assert len(core.objects) <= 20
    assert core.after == {}, "what is not whole gives no place to go on from"


REFUSED = {
    "redirect elsewhere": (answer({}, 302, location="https://evil.example/"), "taxii_elsewhere"),
    "redirect to http": (answer({}, 301, location="http://taxii.example/taxii2/"), "taxii_elsewhere"),
    "redirect to a port": (answer({}, 307, location="https://taxii.example:8443/"), "taxii_elsewhere"),
    "redirect to a file": (answer({}, 302, location="file:///etc/passwd"), "taxii_address"),
    "redirect nowhere": (answer({}, 302), "taxii_endless"),
    "root elsewhere": (answer({"default": "https://evil.example/api/"}), "taxii_elsewhere"),
    "root with a password": (answer({"default": "https://a:b@taxii.example/api/"}), "taxii_address"),
    "no root": (answer({"api_roots": []}), "taxii_shape"),
    "roots of another type": (answer({"api_roots": [1, None]}), "taxii_shape"),
    "wrong type": (Answer(200, {"content-type": "text/html"}, b"<html>"), "taxii_type"),
    "old version": (Answer(200, {"content-type": "application/taxii+json;version=2.0"}, b"{}"), "taxii_type"),
    "no type": (Answer(200, {}, b"{}"), "taxii_type"),
    "shorter than stated": (answer({}, content_length="100"), "taxii_length"),
    "longer than stated": (answer({"default": ROOT}, content_length="1"), "taxii_length"),
    "length is no number": (answer({}, content_length="x"), "taxii_length"),
    "cut": (Answer(200, {"content-type": ACCEPT}, b"", cut=True), "taxii_too_long"),
    "no JSON": (answer(b"{"), "taxii_shape"),
    "JSON bomb": (answer(b"[" * 100_000), "taxii_shape"),
    "a list": (answer([1]), "taxii_shape"),
    "unauthorized": (answer({}, 401), "taxii_unauthorized"),
    "not found": (answer({}, 404), "taxii_status"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_at_the_discovery(name):
    given, code = REFUSED[name]
    core = Taxii(HOME)
    core.next()
    with pytest.raises(SekishoError) as raised:
        core.receive(given)
    assert raised.value.code == f"threatintel.{code}"
    assert known(raised.value.code)


def test_a_redirect_within_the_server_is_followed_a_few_times():
    core = Taxii(HOME, limits=Limits(redirects=2))
    play(core, answer({}, 302, location="/a/"), answer({}, 302, location="https://taxii.example/b/"))
    assert core.next() == Ask("https://taxii.example/b/")
    with pytest.raises(InputError):
        core.receive(answer({}, 302, location="/c/"))


@pytest.mark.parametrize(
    "page",
    [{"objects": 3}, {"objects": [OBJECT], "more": "yes"}, {"objects": {"a": 1}}],
)
def test_pages_of_another_shape_keep_what_came_before(page):
    core = at_objects()
    play(core, answer({"more": True, "next": "a", "objects": [OBJECT]}))
    core.next()
    with pytest.raises(InputError):
        core.receive(answer(page))
    assert len(core.objects) == 1


def test_what_cannot_be_read_is_said_with_what_there_is():
    core = Taxii(HOME, collection="三")
    play(core, DISCOVERY, API)
    core.next()
    with pytest.raises(InputError) as raised:
        core.receive(COLLECTIONS)
    assert (raised.value.code, raised.value.fields["found"]) == ("threatintel.taxii_no_collection", "一, 二, 三")


def test_all_answers_together_are_bounded():
    core = at_objects(limits=Limits(total=2_000))
    play(core, answer({"more": True, "next": "a", "objects": [OBJECT] * 30}))
    core.next()
    with pytest.raises(InputError) as raised:
        core.receive(answer({"objects": [OBJECT] * 30}))
    assert raised.value.code == "threatintel.taxii_too_long"


@pytest.mark.parametrize(
    "address", ["", "taxii.example", "ftp://a/", "https://", "https://a:b@c/", "https://a:99999/", "file:///x", "https://[::1"]
)
def test_addresses_that_are_none(address):
    with pytest.raises(InputError):
        Taxii(address)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["default", "api_roots", "versions", "collections", "objects", "more", "next", "id", "can_read"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_no_answer_breaks_the_client(value):
    for core in (Taxii(HOME), at_objects()):
        core.next()
        try:
            core.receive(answer(value))
        except (InputError, NotPermitted, Unavailable) as error:
            assert known(error.code)  # noqa: PT017 - both ways are right
