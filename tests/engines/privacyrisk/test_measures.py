"""k, l, t, uniqueness and risks are what their definitions say, on small tables of every kind."""

from fractions import Fraction

import privacyrisk_definitions as definitions
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.engines.privacyrisk import Distance, Missing, Options, Roles, assess
from sekisho.engines.privacyrisk.hierarchies import read_hierarchy
from sekisho.errors import InputError

VALUES = ["a", "b", "c", "d", "e"]
TREE = [["a", "ab", "*"], ["b", "ab", "*"], ["c", "cd", "*"], ["d", "cd", "*"], ["e", "e", "*"]]
cell = st.sampled_from([None, "", "1", "2", "03"])
rows = st.lists(
    st.fixed_dictionaries({"p": cell, "q": cell, "s": st.sampled_from(VALUES), "n": st.integers(0, 4)}), min_size=1, max_size=14
)


def table(data):
    return pa.Table.from_pylist(data, pa.schema([("p", "string"), ("q", "string"), ("s", "string"), ("n", "int64")]))


@settings(max_examples=120, deadline=None)
@given(rows)
def test_k_l_uniqueness_and_prosecutor_are_as_defined(data):
    result = assess(table(data), Roles(("p", "q"), ("s",)), Options(recursive=(1, 2, 3)))
    groups = definitions.classes(data, ["p", "q"])
    sizes = [len(g) for g in groups]
    values = [[row["s"] for row in g] for g in groups]
    assert result.k == min(sizes)
    assert result.classes == len(groups)
    assert result.unique == sizes.count(1)
    assert result.l == min(len(set(v)) for v in values)
    figures = result.sensitive[0]
    assert figures.entropy == pytest.approx(min(map(definitions.entropy_l, values)))
    for wanted, ratio in figures.recursive.items():
        assert ratio == pytest.approx(max(definitions.recursive(v, wanted) for v in values))
    assert result.risk_prosecutor.highest == max(1 / s for s in sizes)
    assert result.risk_prosecutor.average == pytest.approx(sum(s * (1 / s) for s in sizes) / len(data))
    assert result.risk_prosecutor.at_risk == sum(s for s in sizes if 1 / s > 0.2)
    assert result.risk_marketer == pytest.approx(len(groups) / len(data))
    for k, (count, records) in result.under.items():
        assert (count, records) == (sum(s < k for s in sizes), sum(s for s in sizes if s < k))


@settings(max_examples=120, deadline=None)
@given(rows, st.sampled_from(list(Distance)))
def test_t_is_the_least_work_of_moving_one_distribution_to_the_other(data, kind):
    column = "n" if kind is Distance.ORDERED else "s"
    present = sorted({row[column] for row in data})
    rank = {value: place for place, value in enumerate(present)}
    levels = {row[0]: row[1:] for row in TREE}
    ground = {
        Distance.EQUAL: lambda a, b: int(a != b),
        Distance.ORDERED: lambda a, b: Fraction(abs(rank[a] - rank[b]), max(len(present) - 1, 1)),
        Distance.HIERARCHICAL: lambda a, b: (
            0 if a == b else Fraction(next(h for h in (1, 2) if levels[a][h - 1] == levels[b][h - 1]), 2)
        ),
    }[kind]
    options = Options(distances={column: kind}, hierarchies={"s": read_hierarchy("s", TREE)})
    result = assess(table(data), Roles(("p", "q"), (column,)), options)
    whole = definitions.shares([row[column] for row in data])
    far = [
        definitions.earth_movers(definitions.shares([row[column] for row in group]), whole, ground)
        for group in definitions.classes(data, ["p", "q"])
    ]
    assert result.t == pytest.approx(float(max(far)), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(rows, rows)
def test_the_journalist_counts_in_the_population(data, more):
    people = [*data, *more]
    result = assess(table(data), Roles(("p", "q")), population=table(people))
    f = [len(g) for g in definitions.classes(data, ["p", "q"])]
    people_of = [sum((r["p"], r["q"]) == (g[0]["p"], g[0]["q"]) for r in people) for g in definitions.classes(data, ["p", "q"])]
    assert result.risk_journalist is not None
    assert result.risk_journalist.highest == max(1 / size for size in people_of)
    marketer = sum(a / b for a, b in zip(f, people_of, strict=True)) / len(data)
    assert result.risk_marketer == pytest.approx(marketer)
    assert result.risk_journalist.average == pytest.approx(max(len(f) / sum(people_of), marketer))
    assert result.risk_journalist.at_risk == sum(a for a, b in zip(f, people_of, strict=True) if 1 / b > 0.2)


def test_without_a_population_the_journalist_is_not_computable_and_nothing_is_guessed():
    result = assess(table([{"p": "1", "q": "1", "s": "a", "n": 0}]), Roles(("p",)))
    assert result.risk_journalist is None
    assert result.as_dict()["risks"]["journalist"] is None
    assert result.as_dict()["risks"]["population"] == "none"


def test_a_population_that_lacks_records_is_refused():
    data = [{"p": "1", "q": "1", "s": "a", "n": 0}] * 2
    with pytest.raises(InputError) as caught:
        assess(table(data), Roles(("p",)), population=table(data[:1]))
    assert caught.value.code == "privacy.population_lacks"


def test_null_empty_and_not_a_number_are_three_values():
    data = pa.table({"p": pa.array([None, "", "NaN", "x"]), "f": pa.array([None, float("nan"), float("nan"), 1.0])})
    assert assess(data, Roles(("p",))).classes == 4
    assert assess(data, Roles(("f",))).classes == 3
    left = assess(data, Roles(("p",)), Options(missing=Missing.EXCLUDE))
    assert (left.assessed, left.left_out_missing) == (2, 2)
    assert assess(data, Roles(("f",)), Options(missing=Missing.EXCLUDE)).assessed == 1


def test_suppressed_rows_are_left_out_and_counted_only_where_every_quasi_identifier_is_starred():
    data = pa.table({"p": ["*", "*", "1", "1"], "q": ["*", "2", "2", "2"]})
    result = assess(data, Roles(("p", "q")), Options(suppressed="*"))
    assert (result.assessed, result.left_out_suppressed, result.classes) == (3, 1, 2)


def test_more_columns_than_fit_into_a_word_are_counted_exactly():
    wide = {f"c{i}": pa.array([f"{(row * (i + 7)) % 997}" for row in range(1000)]) for i in range(12)}
    result = assess(pa.table(wide), Roles(tuple(wide)))
    assert result.classes == len({tuple(wide[n][row].as_py() for n in wide) for row in range(1000)})


def test_one_row_is_one_class_and_wholly_at_risk():
    result = assess(pa.table({"p": ["x"], "s": ["y"]}), Roles(("p",), ("s",)))
    assert (result.k, result.classes, result.l, result.t, result.risk_prosecutor.highest) == (1, 1, 1, 0.0, 1.0)


@pytest.mark.parametrize(
    ("data", "roles", "code"),
    [
        ({"p": ["1"]}, ("nix",), "privacy.column_missing"),
        ({"p": pa.array([], "string")}, ("p",), "privacy.no_rows"),
        ({"p": pa.array([["a"]])}, ("p",), "privacy.type_unknown"),
        ({"p": ["1"]}, (), "privacy.no_quasi"),
        ({"p": ["1"]}, ("p", "p"), "privacy.role_twice"),
    ],
)
def test_what_cannot_be_counted_is_refused(data, roles, code):
    with pytest.raises(InputError) as caught:
        assess(pa.table(data), Roles(roles))
    assert caught.value.code == code


def test_all_rows_suppressed_is_an_error_and_no_figure():
    with pytest.raises(InputError) as caught:
        assess(pa.table({"p": ["*", "*"]}), Roles(("p",)), Options(suppressed="*"))
    assert caught.value.code == "privacy.nothing_left"


@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 2, 2], "int8"), pa.array([1.5, 2.0, 2.0]), pa.array([True, False, False]), pa.array(["b", "a", "a"]).dictionary_encode(),
        pa.array([b"x", b"y", b"y"]), pa.array([18000, 18001, 18001], "date32"), pa.array(["１", "1", "1"]),
    ],
)  # fmt: skip
def test_every_type_that_has_a_text_is_counted(column):
    assert assess(pa.table({"p": column}), Roles(("p",))).classes == 2


def test_the_order_of_numbers_is_that_of_their_values_not_of_their_texts():
    # 10 is the farthest from 1 by value, the nearest by text; each class has one value
    data = pa.table({"p": ["x", "y", "z"], "s": ["1", "2", "10"]})
    result = assess(data, Roles(("p",), ("s",)))
    assert result.sensitive[0].distance is Distance.ORDERED
    assert result.t == pytest.approx(0.5)
