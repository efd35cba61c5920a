"""How long a procurement takes: deriving a case, its Word specification, its workbook, the review of a long draft, as JSON.

    python benchmarks/procurement.py [--runs 20] [--case booking-site] [--only derive docx xlsx html review]

Goals: deriving <= 50 ms, DOCX of a full case <= 1 s, the review of a 100-page draft <= 5 s. Deriving is measured from answers in
memory, as the pages do it; the first run of each is shown apart.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sekisho.documents.numbering import style
from sekisho.engines.derivation import derive, read_answers
from sekisho.records.procurement.writing import Material, accept_suggestions, build, render_one, render_workbook
from sekisho.standards.rule_sets import rule_set

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples" / "procurement"
REVIEW = HERE / "procurement_review.py"
GOALS = {"derive": 50, "docx": 1000}


def measure(work: Callable[[], object], runs: int) -> dict[str, float]:
    """First run, and median and worst of the following ones, in milliseconds."""
    times = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1000)
    first, *warm = times
    return {"first_ms": round(first, 1), "median_ms": round(statistics.median(warm), 1), "worst_ms": round(max(warm), 1)}


def works(case: str) -> tuple[dict[str, Callable[[], object]], dict[str, int]]:
    """What is measured, and how large the case is."""
    path = EXAMPLES / f"{case}.yaml"
    answers = read_answers(path.read_bytes(), filename=path.name)
    rules = rule_set(answers.rule_set)
    answers = accept_suggestions(answers, derive(rules, answers))

    def material() -> Material:
        return Material(
            rules=rules,
            answers=answers,
            derivation=derive(rules, answers),
            style=style("specification"),
            language="ja",
            as_of=datetime(2026, 11, 22, tzinfo=UTC),
        )

    derivation = material().derivation
    size = {
        "questions": len(rules.questions),
        "requirements": len(derivation.requirements),
        "clauses": len(derivation.included),
        "tasks": len(answers.tasks),
    }
    found: dict[str, Callable[[], object]] = {
        "derive": lambda: derive(rules, answers),
        "docx": lambda: render_one(build(material(), "specification", draft=True), "docx"),
        "xlsx": lambda: render_workbook(material()),
        "html": lambda: render_one(build(material(), "specification", draft=True), "html"),
    }
    return found, size


def review() -> Any:
    """What benchmarks/procurement_review.py measures, or why not."""
    if importlib.util.find_spec("sekisho.engines.draftreview") is None or not REVIEW.is_file():
        return "the review of drafts is not installed"
    done = subprocess.run([sys.executable, str(REVIEW)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--case", default="booking-site", choices=sorted(path.stem for path in EXAMPLES.glob("*.yaml")))
    parser.add_argument("--only", nargs="+", choices=["derive", "docx", "xlsx", "html", "review"])
    chosen = parser.parse_args()
    measured, size = works(chosen.case)
    results: dict[str, Any] = {"case": chosen.case, **size}
    for name, work in measured.items():
        if not chosen.only or name in chosen.only:
            runs = chosen.runs if name == "derive" else max(3, chosen.runs // 4)
            results[name] = measure(work, runs)
            if name in GOALS:
                results[name]["goal_ms"] = GOALS[name]
    if not chosen.only or "review" in chosen.only:
        results["review"] = review()
    print(json.dumps(results, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
