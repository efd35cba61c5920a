"""The clauses of the rule set `specification`: which are offered to whom, and that each can be shown and is worded as a duty."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import product

import pytest

from sekisho.engines.derivation import Answers, Derivation, derive
from sekisho.standards.rule_sets import Clause, placeholders_of, rule_set

BOUND = ("national", "iaa", "designated")
LOCAL = ("prefecture", "municipality", "union", "local_iaa")
PRIVATE = ("nuc", "company", "critical")
BODIES = (*BOUND, *LOCAL, *PRIVATE)
KINDS = ("work", "licence", "lease", "equipment", "subsidy", "quasi_mandate")
OBJECTS = {"work": "system_new", "licence": "licence", "lease": "lease", "equipment": "equipment", "subsidy": "study",
           "quasi_mandate": "operation"}  # fmt: skip

PLAIN = {
    "grade": "B", "Q01": ["staff"], "Q02": 50, "Q03": "yes", "Q04": 2, "Q05": "no", "Q06": ["staff"], "Q07": "申請の一覧",
    "Q08c": "c2", "Q08m": "m2", "Q08i": "i1", "Q08a": "a1", "Q09": "none", "Q10": "organisation", "Q11": "minor", "Q12": "5年",
    "Q13": "no", "national_security": "no", "Q14": ["controlled"], "Q15": "no", "Q16": ["issued"], "Q17": "no", "Q21": "office",
    "Q22": "none", "Q18": "weekday", "Q19": 72, "Q20": "none", "Q23": "no", "Q24": "yes", "large_scale": "no", "foreign": "no",
    "Q25": "no", "website": "no", "generative_ai": "no", "award": "lowest",
}  # fmt: skip
PERSONAL = {"Q09": "personal", "Q09n": 5000, "Q23": "yes", "resubcontract": "no"}
CLOUD = {"Q21": "cloud", "Q22": "saas"}


def case(body: str, kinds: str | tuple[str, ...], thing: str, **more: object) -> Derivation:
    """A case whose answers are complete: the plain ones, changed by ``more``."""
    answers = {
        **PLAIN,
        "body": body,
        "contract_kind": [kinds] if isinstance(kinds, str) else list(kinds),
        "object": thing,
        **more,
    }
    return derive(rule_set("specification"), Answers(answers=answers))


def offered(result: Derivation) -> set[str]:
    return {clause.id for clause in result.clauses if clause.offered and not clause.requirement}


@cache
def grid() -> dict[tuple[str, str, str], Derivation]:
    """Every kind of body with every kind of contract, plain and with all that makes clauses due."""
    rich = {**PERSONAL, **CLOUD, "Q09": "my_number", "resubcontract": "yes", "foreign": "yes", "website": "yes",
            "generative_ai": "yes", "national_security": "yes", "large_scale": "yes", "Q08c": "c3", "Q08m": "m3a",
            "Q11": "serious"}  # fmt: skip
    found = {}
    for body, kind in product(BODIES, KINDS):
        found[body, kind, "plain"] = case(body, kind, OBJECTS[kind])
        found[body, kind, "rich"] = case(body, kind, OBJECTS[kind], **rich)
        found[body, kind, "person"] = case(body, (kind, "work"), "cloud_service", **{**rich, "Q09": "personal", "Q08c": "c1"})
    return found


def texts(clause: Clause, lang: str) -> list[str]:
    return [text.get(lang) for text in (clause.text, *clause.items)]


CLAUSES = rule_set("specification").clauses


@pytest.mark.parametrize(("body", "kind"), list(product(BODIES, KINDS)))
def test_each_body_and_kind_of_contract_gets_clauses_and_none_is_left_undecided(body, kind):
    for variant in ("plain", "rich", "person"):
        result = grid()[body, kind, variant]
        assert not result.unanswered
        assert len(offered(result)) >= 4
        assert [c.id for c in result.clauses if c.offered is None] == []
        assert [d.id for d in result.decisions if d.value is None] == []


def test_the_three_families_of_bodies_get_different_clauses_of_organisation():
    national, town, company = (offered(grid()[body, "work", "plain"]) for body in ("national", "municipality", "company"))
    assert {"U3", "U4", "U5", "U6", "U12", "GE3N"} <= national
    assert {"L1", "L3", "L4", "L5", "L6", "L8", "GE3L"} <= town
    assert {"B1", "B2", "B3", "B4", "B5", "GE3P"} <= company
    assert not {c for c in national if re.fullmatch(r"[LB]\d", c)}
    assert not {c for c in town if re.fullmatch(r"[UB]\d+", c)}
    assert not {c for c in company if re.fullmatch(r"[UL]\d+", c)}


def test_each_kind_of_contract_brings_its_own_clauses():
    own = {"work": "KW1", "licence": "KS2", "lease": "KL2", "equipment": "KE1", "subsidy": "G1", "quasi_mandate": "KW2"}
    for kind, expected in own.items():
        for other in KINDS:
            assert (expected in offered(grid()["municipality", other, "plain"])) is (other == kind), (expected, other)
    sets = [frozenset(offered(grid()["municipality", kind, "plain"])) for kind in KINDS]
    assert len(set(sets)) == len(KINDS)


def test_the_ismap_clause_is_only_for_bodies_bound_by_it():
    for body in BODIES:
        found = offered(case(body, "quasi_mandate", "cloud_service", **CLOUD))
        assert ("CL1" in found) is (body in BOUND)
        assert ("CL3" in found) is (body in LOCAL)
        assert ("CL4" in found) is (body in PRIVATE)
    assert "CL1" not in offered(case("national", "work", "system_new"))
    public = offered(case("national", "quasi_mandate", "cloud_service", **CLOUD, Q08c="c1"))
    assert "CL1" not in public
    assert "CL2" in public


def test_the_scope_of_the_ismap_statement_stands_in_no_other_clause():
    assert [clause.id for clause in CLAUSES if any("言明対象範囲" in text for text in texts(clause, "ja"))] == ["CL1"]


def test_the_special_provisions_are_only_for_local_bodies_that_hand_over_personal_information():
    for body in BODIES:
        with_people = {c for c in offered(case(body, "work", "system_new", **PERSONAL)) if re.fullmatch(r"P\d\d", c)}
        without = {c for c in offered(case(body, "work", "system_new")) if re.fullmatch(r"P\d\d", c)}
        assert with_people == ({f"P{n:02d}" for n in range(1, 17)} if body in LOCAL else set())
        assert without == set()
    assert "P01" not in offered(case("municipality", "equipment", "equipment", Q09="personal", Q09n=10))


def test_the_law_on_individual_numbers_reaches_every_kind_of_body():
    for body in BODIES:
        found = offered(case(body, "work", "system_new", **{**PERSONAL, "Q09": "my_number"}))
        assert {"R6", "MN2", "MN3", "MN4"} <= found
        assert ("P17" in found) is (body in LOCAL)
        assert "R6" not in offered(case(body, "work", "system_new", **PERSONAL))


@pytest.mark.parametrize(
    ("kinds", "present", "absent"),
    [
        ("work", {"C1", "C2", "C3", "C4"}, {"CG1", "CG2", "CG3", "CG4"}),
        ("equipment", {"C1", "C2", "C3", "C4"}, {"CG1"}),
        ("subsidy", {"CG1", "CG2", "CG3", "CG4"}, {"C1", "C2", "C3", "C4"}),
        (("subsidy", "work"), {"C1", "C4", "CG1", "CG4"}, set()),
    ],
)
def test_the_four_requirements_of_2012_come_as_contract_clauses_or_as_conditions_of_a_grant(kinds, present, absent):
    found = offered(case("national", kinds, "system_new", national_security="yes"))
    assert present <= found
    assert not absent & found
    assert not {c for c in offered(case("national", kinds, "system_new")) if re.fullmatch(r"CG?\d", c)}
    assert not {c for c in offered(case("municipality", kinds, "system_new")) if re.fullmatch(r"CG?\d", c)}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "judge"),
        ({"national_security": "yes"}, "applies"),
        ({"Q08c": "c3"}, "applies"),
        ({"large_scale": "yes"}, "applies"),
        ({"Q09": "personal", "Q09n": 99_999}, "judge"),
        ({"Q09": "personal", "Q09n": 100_000}, "applies"),
    ],
)
def test_the_it_procurement_arrangement_applies_to_its_listed_cases(changes, outcome):
    result = case("iaa", "work", "system_new", **changes)
    assert result.decision("scr") == outcome
    assert ({"SC1", "SC2"} <= offered(result)) is (outcome == "applies")
    assert (
        case("municipality", "work", "system_new", **{k: v for k, v in changes.items() if k != "Q08c"}).decision("scr")
        == "not_bound"
    )


def test_the_domain_follows_from_the_body():
    wanted = {
        "national": "go_jp",
        "designated": "go_jp",
        "municipality": "lg_jp",
        "union": "lg_jp",
        "local_iaa": "own",
        "company": "own",
    }
    for body, domain in wanted.items():
        assert case(body, "work", "system_new", website="yes").decision("government_domain") == domain
        assert case(body, "work", "system_new").decision("government_domain") == "none"
    found = offered(case("municipality", "work", "system_new", website="yes"))
    assert {"WB2", "WB4", "WB5", "WB6"} <= found
    assert not {"WB1", "WB3"} & found


def test_a_study_of_documents_gets_neither_system_nor_cloud_clauses():
    found = offered(case("national", "quasi_mandate", "study", **PERSONAL))
    assert {"ST1", "ST2", "ST3", "AC2", "U3", "U12", "PI1"} <= found
    assert not {"AC1", "U1", "U13", "SB1", "SB2", "TE1", "DE1", "CL5", "WB1"} & found
    assert not [c for c in found if c.startswith(("CL", "CD", "CX", "SC"))]


def test_information_on_staff_is_asked_for_once():
    """SC-1-1 at mid asks for the same list as U2 (national) and L2 (municipal)."""
    for body, own, field, value in (("national", "U2", "Q08c", "c1"), ("municipality", "L2", "Q08m", "m1")):
        low = case(body, "work", "system_new", Q23="yes", resubcontract="no", **{field: value})
        mid = case(body, "work", "system_new", Q23="yes", resubcontract="no", **{field: "c3" if field == "Q08c" else "m3a"})
        assert low.requirement("SC-1-1").level == "low"
        assert own in offered(low)
        assert mid.requirement("SC-1-1").level != "low"
        assert own not in offered(mid)


def test_every_clause_says_how_it_is_accepted():
    known = {"document", "observation", "sbom", "sarif", "test_record", "visit"}
    for clause in CLAUSES:
        assert clause.acceptance is not None, clause.id
        assert clause.acceptance.evidence, clause.id
        assert set(clause.acceptance.evidence) <= known, clause.id


def test_no_two_clauses_say_the_same():
    for lang in ("ja", "en"):
        counted = Counter(re.sub(r"\s", "", text) for clause in CLAUSES for text in texts(clause, lang))
        assert [text for text, times in counted.items() if times > 1] == []


def test_every_clause_obliges_or_entitles_in_the_words_of_a_specification():
    for clause in CLAUSES:
        whole = texts(clause, "ja")
        assert all(
            text.endswith(("。", "情報", "施設）", "理由", "場所", "方法", "資本関係", "廃止）", "通信口）", "宛先）", "保護）"))
            for text in whole
        ), clause.id
        assert any(re.search(r"(こと|できる|とする|できない|適用する|をいう|残す|における用語)", text) for text in whole), (
            clause.id
        )
        assert not any("しなければならない" in text or "べき。" in text for text in whole), clause.id


def test_every_english_clause_is_english_but_for_its_places():
    for clause in CLAUSES:
        for text in (*texts(clause, "en"), clause.title.en, clause.acceptance.shown.en):
            assert not re.search(r"[぀-ヿ一-鿿]", re.sub(r"[{][^}]*[}]", "", text)), clause.id


def test_every_place_is_described_and_either_has_an_example_or_a_suggestion():
    rules = rule_set("specification")
    places = {name for clause in CLAUSES for text in texts(clause, "ja") for name in placeholders_of(text)}
    for name in places:
        found = rules.find("placeholders", name)
        assert found is not None
        assert found.example


def test_the_last_suggestion_of_a_place_is_without_condition():
    """Otherwise a place could stay without any proposal although others have one."""
    used = {name for clause in CLAUSES for text in texts(clause, "ja") for name in placeholders_of(text)}
    for place in (p for p in rule_set("specification").placeholders if p.id in used):
        assert not place.suggestions or place.suggestions[-1].when is None, place.id


def test_all_incident_clauses_name_one_and_the_same_time():
    for clause in CLAUSES:
        joined = "".join(texts(clause, "ja"))
        if "直ちに、遅くとも" in joined:
            assert "直ちに、遅くとも{第一報の期限}以内に" in joined, clause.id
    assert sum("直ちに、遅くとも{第一報の期限}以内に" in clause.text.ja for clause in CLAUSES) >= 7


def test_duties_have_ids_of_their_own_and_follow_their_clause():
    ids = [duty.id for clause in CLAUSES for duty in clause.duties]
    assert len(ids) == len(set(ids))
    for clause in CLAUSES:
        assert all(duty.id.startswith(f"{clause.id}.") for duty in clause.duties)
        assert all(duty.after >= 0 and (duty.every is None or duty.every > 0) for duty in clause.duties)
        assert not any(duty.counted_from == "end" and duty.every for duty in clause.duties), clause.id


def test_the_papers_of_the_contract_phases_become_duties():
    titles = [duty.title.ja for c in grid()["national", "work", "rich"].clauses if c.offered for duty in c.duties]
    for word in (
        "履行状況報告",
        "情報セキュリティ監査対応計画書",
        "実施計画書・体制図",
        "返却・廃棄・抹消の証明書",
        "記録の引渡し",
        "実施場所の確認",
    ):
        assert any(word in title for title in titles), word


def test_no_clause_is_out_of_reach():
    reached = set().union(*(offered(result) for result in grid().values()))
    reached |= offered(case("company", "work", "system_new", **PERSONAL, foreign="yes"))
    reached |= offered(case("national", "quasi_mandate", "cloud_service", **CLOUD))
    reached |= offered(case("municipality", "quasi_mandate", "operation", **PERSONAL))
    reached |= offered(case("national", "work", "system_new", Q08c="c1")) | offered(
        case("municipality", "work", "system_new", Q08m="m1")
    )
    assert {clause.id for clause in CLAUSES} - reached == set()


def test_no_outcome_of_a_decision_is_out_of_reach():
    rules = rule_set("specification")
    ours = (
        "scr",
        "local_scr",
        "ismap",
        "government_cloud",
        "personal_clauses",
        "my_number_clauses",
        "national_security_clauses",
        "government_domain",
    )
    results = [
        *grid().values(),
        case("iaa", "work", "system_new"),
        case("municipality", "subsidy", "study"),
        case("national", ("work", "subsidy"), "system_new", national_security="yes"),
        case("national", "work", "cloud_service", **CLOUD),
    ]
    for name in ours:
        decision = rules.find("decisions", name)
        values = {choice.value for choice in decision.choices} | {decision.otherwise}
        assert values - {result.decision(name) for result in results} == set(), name


@pytest.mark.parametrize(
    ("check", "kinds", "thing", "more"),
    [
        ("CC1", "quasi_mandate", "cloud_service", {**CLOUD, "Q14": ["abroad"]}),
        ("CC2", "subsidy", "equipment", {}),
        ("CC3", "work", "system_new", {**PERSONAL, "Q09": "my_number", "resubcontract": "yes"}),
        ("CC4", "lease", "study", {}),
        ("CC5", "work", "system_new", {"foreign": "yes", "Q08c": "c3"}),
    ],
)
def test_what_does_not_fit_together_is_said(check, kinds, thing, more):
    assert check in {c.id for c in case("national", kinds, thing, **more).checks}
    assert check not in {c.id for c in case("national", "work", "system_new").checks}


def test_a_study_for_a_listed_system_is_a_service_under_the_it_procurement_arrangement():
    assert case("national", "quasi_mandate", "study", national_security="yes").decision("scr") == "applies"
    assert case("national", "quasi_mandate", "study").decision("scr") == "judge"
