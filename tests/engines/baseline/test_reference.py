from __future__ import annotations

from pathlib import Path

from sekisho.engines.baseline.reference import reference_page
from sekisho.engines.baseline.rules import load_rules

PAGE = Path(__file__).parents[3] / "docs/reference/baseline-checks.md"


def test_the_reference_page_says_what_the_rules_say():
    assert PAGE.read_text(encoding="utf-8") == reference_page(), (
        "write it anew: python -m sekisho.engines.baseline.reference > docs/reference/baseline-checks.md"
    )


def test_every_rule_is_on_the_page():
    page = reference_page()
    assert all(f"`{r.id}`" in page for p in ("linux", "windows") for r in load_rules(p).rules)
