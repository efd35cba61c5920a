"""Every part that Mondrian makes keeps every demand; what a part shows holds its values; nothing is split that must not be."""

import numpy as np
import privacyrisk_definitions as definitions
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.privacyrisk import Closeness, Distance, Diversity, Requirements, Roles, mondrian, splitting
from sekisho.engines.privacyrisk.generalize import How, Method, generalize
from sekisho.engines.privacyrisk.hierarchies import read_hierarchy
from sekisho.errors import InputError

TREE = [["a", "ab", "*"], ["b", "ab", "*"], ["c", "cd", "*"], ["d", "cd", "*"]]
METHODS = [Method.MONDRIAN, Method.MONDRIAN_RELAXED]
rows = st.lists(
    st.fixed_dictionaries({
        "n": st.one_of(st.none(), st.integers(-20, 20)), "w": st.sampled_from(["a", "b", "c", "d", "", None]),
        "s": st.sampled_from("abcd"), "v": st.integers(0, 5),
    }), min_size=1, max_size=40,
)  # fmt: skip
SCHEMA = pa.schema([("n", "int64"), ("w", "string"), ("s", "string"), ("v", "int64")])
DEMANDS = {
    "none": ((), ()),
    "distinct": ((Diversity("s", 2),), ()),
    "entropy": ((Diversity("s", 1.9, "entropy"),), ()),
    "recursive": ((Diversity("s", 2, "recursive", 2.0),), ()),
    "equal": ((), (Closeness("s", 0.4),)),
    "ordered": ((), (Closeness("v", 0.25, Distance.ORDERED),)),
    "hierarchical": ((), (Closeness("s", 0.3, Distance.HIERARCHICAL),)),
    "several": ((Diversity("s", 2), Diversity("v", 2)), (Closeness("v", 0.4, Distance.ORDERED),)),
}


def whole_keeps(data, diversity):
    """Whether the undivided table keeps the demands; its distance from itself is nothing."""
    values = [row["s"] for row in data]
    met = {
        "distinct": lambda d: len({row[d.column] for row in data}) >= d.l,
        "entropy": lambda d: definitions.entropy_l(values) >= d.l - 1e-9,
        "recursive": lambda d: definitions.recursive(values, int(d.l)) < d.c,
    }
    return all(met[d.kind](d) for d in diversity)


@settings(max_examples=200, deadline=None)
@given(rows, st.integers(1, 5), st.sampled_from(sorted(DEMANDS)), st.sampled_from(METHODS))
def test_every_class_keeps_every_demand(data, k, kind, method):
    diversity, closeness = DEMANDS[kind]
    how = How(method=method, hierarchies={"s": read_hierarchy("s", TREE)})
    roles, asked = Roles(("n", "w"), ("s", "v")), Requirements(k, diversity, closeness)
    table = pa.Table.from_pylist(data, SCHEMA)
    if len(data) < asked.implied_k or not whole_keeps(data, diversity):
        with pytest.raises(InputError) as caught:
            generalize(table, roles, asked, how)
        assert caught.value.code == "privacy.nothing_found"
        return
    made = generalize(table, roles, asked, how)
    shown = made.table.to_pylist()
    groups = definitions.classes(shown, ["n", "w"])
    assert made.verification.held
    assert min(map(len, groups)) == made.verification.k >= k
    assert [(r["s"], r["v"]) for r in shown] == [(r["s"], r["v"]) for r in data]
    for group in groups:
        values = [row["s"] for row in group]
        for demand in diversity:
            if demand.kind == "distinct":
                assert len({row[demand.column] for row in group}) >= demand.l
            elif demand.kind == "entropy":
                assert definitions.entropy_l(values) >= demand.l - 1e-6
            else:
                assert definitions.recursive(values, 2) < demand.c
    for before, after in zip(data, shown, strict=True):
        if after["n"] not in {None, "*"} and after["n"].startswith("["):
            low, high = map(int, after["n"][1:-1].split(","))
            assert low <= before["n"] <= high
        elif after["n"] != "*":
            assert after["n"] == (None if before["n"] is None else str(before["n"]))


@pytest.mark.parametrize("strict", [True, False])
def test_without_demands_classes_are_small_and_never_below_k(strict):
    random = np.random.default_rng(5)
    data = pa.table({"a": random.integers(0, 1000, 5000), "b": random.integers(0, 1000, 5000)})
    method = METHODS[0 if strict else 1]
    made = generalize(data, Roles(("a", "b")), Requirements(5), How(method=method))
    assert made.verification.k >= 5
    assert made.cost.average_class < 10.0


def test_relaxed_splits_equal_values_and_strict_does_not():
    data = pa.table({"a": [1, 2, 2, 2, 2, 2, 2, 3], "b": ["x"] * 8})
    sizes = {}
    for method in METHODS:
        sizes[method] = generalize(data, Roles(("a", "b")), Requirements(4), How(method=method)).cost.discernibility
    assert sizes[Method.MONDRIAN] == 64
    assert sizes[Method.MONDRIAN_RELAXED] == 32


def test_rows_that_are_all_alike_stay_one_class():
    made = generalize(pa.table({"a": [1] * 50}), Roles(("a",)), Requirements(2), How(method=Method.MONDRIAN_RELAXED))
    assert (made.verification.classes, made.cost.ncp) == (1, 0.0)


def test_a_hierarchy_shows_the_lowest_node_that_holds_all():
    data = pa.table({"w": ["a", "a", "b", "b", "c", "d", "c", "d"]})
    how = How(method=Method.MONDRIAN, hierarchies={"w": read_hierarchy("w", TREE)})
    made = generalize(data, Roles(("w",)), Requirements(4), how)
    assert made.table.column("w").to_pylist() == ["ab"] * 4 + ["cd"] * 4
    assert made.cost.ncp == pytest.approx(0.5)


def test_fewer_rows_than_k_cannot_be_kept():
    with pytest.raises(InputError) as caught:
        generalize(pa.table({"a": [1, 2]}), Roles(("a",)), Requirements(3), How(method=Method.MONDRIAN))
    assert caught.value.code == "privacy.nothing_found"


def test_values_far_apart_do_not_cost_a_bucket_each():
    random = np.random.default_rng(3)
    data = pa.table({"a": random.permutation(60_000) * 16_000_000_000})
    made = generalize(data, Roles(("a",)), Requirements(5), How(method=Method.MONDRIAN))
    assert made.verification.k == 7  # 60,000 halved thirteen times is 7.3
    assert made.verification.classes == 8192


def test_the_kernel_and_its_caller_mean_the_same_demands():
    assert mondrian._KINDS == {"distinct": splitting.DISTINCT, "entropy": splitting.ENTROPY, "recursive": splitting.RECURSIVE}
    assert mondrian._DISTANCES == {
        Distance.EQUAL: splitting.EQUAL, Distance.ORDERED: splitting.ORDERED, Distance.HIERARCHICAL: splitting.HIERARCHICAL,
    }  # fmt: skip
