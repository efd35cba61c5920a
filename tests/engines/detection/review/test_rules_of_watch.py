"""Every rule of log review says yes to its own positive events and no to its own negative ones, in the real evaluator."""

import pytest

from sekisho.engines.detection.presence import Premises
from sekisho.engines.detection.review import Options
from sekisho.engines.detection.review.cases import run_case
from sekisho.standards import texts
from sekisho.standards.watch_rules import watch_rules

PREMISES = Premises(inside={"server room": "office"}, travel={("head office", "branch"): 40})
CASES = [
    pytest.param(rule, case, wanted, id=f"{rule.id}-{kind}-{number}")
    for rule in watch_rules().values()
    for kind, cases, wanted in (("positive", rule.tests.positive, True), ("negative", rule.tests.negative, False))
    for number, case in enumerate(cases)
]


@pytest.mark.parametrize(("rule", "case", "wanted"), CASES)
def test_each_rule_tells_its_own_events_apart(rule, case, wanted):
    result = run_case(rule, case, options=Options(premises=PREMISES))
    (outcome,) = result.outcomes
    assert outcome.status == "evaluated", [texts.render(s.code, s.fields) for s in outcome.shortfalls]
    assert bool(result.findings) is wanted, [texts.render(f.code, f.fields) for f in result.findings]
    for finding in result.findings:
        assert (finding.purpose, finding.sign) == (rule.purpose, rule.sign)
        for lang in ("ja", "en"):
            sentence = texts.render(finding.code, finding.fields, lang)
            assert sentence != finding.code
            assert "{" not in sentence
