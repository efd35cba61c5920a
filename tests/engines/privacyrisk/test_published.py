"""Published results: the examples of ARX's own tests, and the worked examples of the paper on t-closeness."""

import pyarrow as pa
import pytest

from sekisho.engines.privacyrisk import (
    Closeness,
    Distance,
    Diversity,
    How,
    Requirements,
    Roles,
    assess,
    generalize,
    read_hierarchy,
)

AGES = [["34", "<50", "*"], ["45", "<50", "*"], ["66", ">=50", "*"], ["70", ">=50", "*"]]
PEOPLE = pa.table({
    "age": ["34", "45", "66", "70", "34", "70", "45"], "gender": ["male", "female", "male", "female", "female", "male", "male"],
    "zipcode": ["81667", "81675", "81925", "81931", "81931", "81931", "81931"],
})  # fmt: skip
PATIENTS = pa.table({
    "zipcode": ["47677", "47602", "47678", "47905", "47909", "47906", "47605", "47673", "47607"],
    "age": ["29", "22", "27", "43", "52", "47", "30", "36", "32"],
    "disease": ["gastric ulcer", "gastritis", "stomach cancer", "gastritis", "flu", "bronchitis", "bronchitis", "pneumonia",
                "stomach cancer"],
    "salary": [3, 4, 5, 6, 11, 8, 7, 9, 10],
})  # fmt: skip


def cut(codes):
    return [[z, *(z[:n] + "*" * (5 - n) for n in (4, 3, 2, 1)), "*****"] for z in dict.fromkeys(codes)]


def shown(made, *names):
    return [tuple(row[name] for name in names) for row in made.table.to_pylist()]


HIERARCHIES = {
    "age": read_hierarchy("age", AGES),
    "gender": read_hierarchy("gender", [["male", "*"], ["female", "*"]]),
    "zipcode": read_hierarchy("zipcode", cut(PEOPLE.column("zipcode").to_pylist())),
}
DISEASES = read_hierarchy("disease", [
    *([name, "respiratory infection", "vascular lung disease", "*"] for name in ("flu", "pneumonia", "bronchitis")),
    *([name, "lung vessels", "vascular lung disease", "*"] for name in ("pulmonary edema", "pulmonary embolism")),
    *([name, "stomach disease", "digestive system disease", "*"] for name in ("gastric ulcer", "stomach cancer", "gastritis")),
    *([name, "colon disease", "digestive system disease", "*"] for name in ("colitis", "colon cancer")),
])  # fmt: skip


@pytest.mark.parametrize(("k", "levels"), [(2, (1, 1, 2)), (3, (2, 0, 3))])
def test_k_anonymity_of_arx(k, levels):
    made = generalize(PEOPLE, Roles(("age", "gender", "zipcode")), Requirements(k), How(hierarchies=HIERARCHIES))
    assert tuple(level for level, _ in made.levels.values()) == levels


@pytest.mark.parametrize(
    "demand", [Diversity("age", 2), Diversity("age", 2, "entropy"), Diversity("age", 2, "recursive", 3.0)], ids=lambda d: d.kind
)
def test_l_diversity_of_arx(demand):
    how = How(hierarchies={name: HIERARCHIES[name] for name in ("gender", "zipcode")})
    made = generalize(PEOPLE, Roles(("gender", "zipcode"), ("age",)), Requirements(1, (demand,)), how)
    genders = PEOPLE.column("gender").to_pylist()
    assert shown(made, "gender", "zipcode") == [(gender, "81***") for gender in genders]


@pytest.mark.parametrize(
    "demand", [Closeness("disease", 0.6), Closeness("disease", 0.4, Distance.HIERARCHICAL)], ids=lambda d: d.distance.value
)
def test_t_closeness_of_arx(demand):
    ages = [[age, "<=40" if int(age) <= 40 else ">40", "*"] for age in PATIENTS.column("age").to_pylist()]
    hierarchies = {
        "age": read_hierarchy("age", ages), "zipcode": read_hierarchy("zipcode", cut(PATIENTS.column("zipcode").to_pylist())),
        "disease": DISEASES,
    }  # fmt: skip
    made = generalize(
        PATIENTS.drop_columns("salary"), Roles(("zipcode", "age"), ("disease",)), Requirements(2, closeness=(demand,)),
        How(hierarchies=hierarchies),
    )  # fmt: skip
    expected = [
        (zipcode[:4] + "*", "<=40" if int(age) <= 40 else ">40")
        for zipcode, age in zip(PATIENTS.column("zipcode").to_pylist(), PATIENTS.column("age").to_pylist(), strict=True)
    ]
    assert shown(made, "zipcode", "age") == expected


def test_the_distance_of_the_paper():
    # Li, Li, Venkatasubramanian 2007: by zip codes of four digits the patients are 0.167-close to the salaries
    groups = [zipcode[:4] for zipcode in PATIENTS.column("zipcode").to_pylist()]
    table = PATIENTS.append_column("group", pa.array(groups))
    assert assess(table, Roles(("group",), ("salary",))).t == pytest.approx(1 / 6)


def test_the_distance_of_three_low_salaries_from_all_nine():
    # the same paper, section 5.1: {3k, 4k, 5k} lies 0.375 from {3k, …, 11k}
    table = pa.table({"group": ["low"] * 3 + ["high"] * 6, "salary": list(range(3, 12))})
    assert assess(table, Roles(("group",), ("salary",))).t == pytest.approx(0.375)
