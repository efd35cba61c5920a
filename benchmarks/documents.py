"""How long each renderer takes for a report of about twenty pages, as JSON.

    python benchmarks/documents.py [--runs 5] [--peer]

``--peer`` also measures WeasyPrint on our own HTML, where it is installed (it is not a dependency of ours).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]

from sekisho.documents import FORMATS, render
from sekisho.documents.model import Document

SAMPLE = Path(__file__).parent.parent / "tests" / "documents" / "sample.py"


def twenty_pages() -> Document:
    """The example report with 300 findings and a second round of its charts and tables."""
    spec = importlib.util.spec_from_file_location("documents_sample", SAMPLE)
    if spec is None or spec.loader is None:
        sys.exit(f"{SAMPLE} is missing")
    sample: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sample)
    more = (sample.level_chart(), sample.theme_table(), sample.level_table(), sample.finding_table(300))
    made: Document = sample.report(more=more)
    return made


def measure(work: Callable[[], bytes], runs: int) -> dict[str, float | int]:
    """First run, and median and worst of the following ones, in milliseconds."""
    times = []
    size = 0
    for _ in range(runs + 1):
        begin = time.perf_counter()
        size = len(work())
        times.append((time.perf_counter() - begin) * 1000)
    first, *warm = times
    return {
        "first_ms": round(first, 1),
        "median_ms": round(statistics.median(warm), 1),
        "worst_ms": round(max(warm), 1),
        "bytes": size,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer", action="store_true")
    chosen = parser.parse_args()
    document = twenty_pages()
    results: dict[str, Any] = {output: measure(partial(render, document, output), chosen.runs) for output in FORMATS}
    results["pages"] = len(pypdfium2.PdfDocument(render(document, "pdf")))
    if chosen.peer:
        if importlib.util.find_spec("weasyprint") is None:
            sys.exit("weasyprint is not installed: leave --peer out or install it into this environment")
        weasyprint: Any = importlib.import_module("weasyprint")
        source = render(document, "html").decode()
        results["peer_weasyprint_pdf"] = measure(lambda: weasyprint.HTML(string=source).write_pdf(), chosen.runs)
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
