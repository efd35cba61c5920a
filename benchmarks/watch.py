"""Log review: EVTX files → all Sigma rules → findings, against reading the same files alone; detections against the peer's.

    python benchmarks/watch.py LOGS RULES... [--repeat 10] [--store] [--sql] [--peer FILE --differences OUT.json]

CPU seconds (user and system) of processes of their own, so that nothing is warm but the disk; ratios are against ``evtx`` and
``orjson`` reading the same files in the same run. Rule loading is told apart: ``rules`` is the load from the cache of compiled
rules and the making of plans for the partitions that occur.
"""

from __future__ import annotations

import argparse
import atexit
import multiprocessing
import queue
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CACHE = Path(tempfile.gettempdir()) / "sekisho-benchmark-rules"


def cpu() -> float:
    return time.process_time()


def base(paths: list[str], _: list[str]) -> dict[str, Any]:
    """What every reader of these files must do at least."""
    import evtx
    import orjson

    begin, records = cpu(), 0
    for path in paths:
        for record in evtx.PyEvtxParser(path).records_json():
            orjson.loads(record["data"])  # type: ignore[index]
            records += 1
    return {"seconds": cpu() - begin, "records": records}


def compile_cold(_: list[str], rules: list[str]) -> dict[str, Any]:
    """Rule files to compiled rules, without the cache."""
    from sekisho.engines.detection.sigma import load_rules

    begin = cpu()
    made = load_rules([Path(rule) for rule in rules])
    return {"seconds": cpu() - begin, "rules": len(made.rules)}


def review(paths: list[str], rules: list[str]) -> dict[str, Any]:
    """The whole: read, plan, detect."""
    from sekisho.engines.detection.sigma import Review, load_rules, merged, scan
    from sekisho.engines.detection.sigma.plan import Planner
    from sekisho.engines.events import read

    begin = cpu()
    made = load_rules([Path(rule) for rule in rules], cache=CACHE)
    loaded = cpu() - begin
    planning = 0.0

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        def clocked(*args: Any, **options: Any) -> Any:
            nonlocal planning
            start = cpu()
            result = work(*args, **options)
            planning += cpu() - start
            return result

        return clocked

    Planner.plan = timed(Planner.plan)  # type: ignore[method-assign]
    scan.make_patterns = timed(scan.make_patterns)
    begin, reading, findings = cpu(), 0.0, 0
    run = Review(made)
    prepared = cpu() - begin
    batches = merged(read([Path(path) for path in paths]))
    while True:
        start = cpu()
        batch = next(batches, None)
        reading += cpu() - start
        if batch is None:
            break
        findings += len(run.feed(batch))
    findings += len(run.finish())
    total = cpu() - begin
    told = run.explanation()
    return {
        "seconds": total,
        "load": loaded,
        "plans": planning + prepared,
        "reading": reading,
        "detecting": total - reading - planning - prepared,
        "findings": findings,
        "applicable": told["rules"]["applicable"],
        "records": told["records"]["read"],
    }


def stored(paths: list[str], rules: list[str]) -> dict[str, Any]:
    """The same through a Parquet store that is written and read."""
    from datetime import UTC, datetime

    from sekisho.engines.detection.sigma import Review, load_rules, merged
    from sekisho.engines.events import Store

    made = load_rules([Path(rule) for rule in rules], cache=CACHE)
    with tempfile.TemporaryDirectory() as folder:
        begin = cpu()
        store = Store(Path(folder) / "store")
        store.ingest([Path(path) for path in paths], now=datetime(2026, 1, 1, tzinfo=UTC))
        ingested = cpu() - begin
        run, findings = Review(made), 0
        for batch in merged(store.batches()):
            findings += len(run.feed(batch))
        findings += len(run.finish())
        return {"seconds": cpu() - begin, "ingest": ingested, "findings": findings}


def _child(work: Callable[..., dict[str, Any]], paths: list[str], rules: list[str], answers: Any) -> None:
    import gc

    gc.collect()
    result = work(paths, rules)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    answers.put(result | {"peak_mib": usage.ru_maxrss // 1024})


def measured(work: Callable[..., dict[str, Any]], paths: list[str], rules: list[str]) -> dict[str, Any]:
    """``work`` in a process of its own."""
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    child = context.Process(target=_child, args=(work, paths, rules, answers))
    child.start()
    while True:
        try:
            result: dict[str, Any] = answers.get(timeout=1)
        except queue.Empty:
            if not child.is_alive():
                raise SystemExit(f"{work.__name__} failed") from None
            continue
        child.join()
        return result


def shown(name: str, result: dict[str, Any], against: float | None = None) -> None:
    ratio = f"{result['seconds'] / against:6.1f} ×" if against else ""
    rest = "  ".join(
        f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}"
        for key, value in result.items()
        if key != "seconds"
    )
    print(f"{name:32} {result['seconds']:7.2f} s {ratio:10} {rest}")


def _copies(paths: list[str], times: int) -> list[str]:
    """The same files under other names (the store knows content that it has read: ``--store`` is for one time)."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    made = []
    for number in range(times):
        for index, path in enumerate(paths):
            copy = folder / f"{number}-{index}.evtx"
            shutil.copyfile(path, copy)
            made.append(str(copy))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logs", type=Path)
    parser.add_argument("rules", nargs="+")
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--store", action="store_true")
    parser.add_argument("--sql", action="store_true")
    parser.add_argument("--sql-seconds", type=float, default=600, help="after which no further partition is asked in SQL")
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--differences", type=Path)
    options = parser.parse_args()
    paths = [str(path) for path in sorted(options.logs.rglob("*.evtx"))]
    if options.repeat > 1:
        paths = _copies(paths, options.repeat)
    size = sum(Path(path).stat().st_size for path in paths)
    print(f"{len(paths)} files, {size / 1e6:.0f} MB")
    alone = measured(base, paths, [])
    shown("evtx + orjson", alone, alone["seconds"])
    measured(review, paths[:1], options.rules)  # fills the cache of compiled rules
    shown("rules, compiled without cache", measured(compile_cold, [], options.rules))
    result = measured(review, paths, options.rules)
    shown("review without store", result, alone["seconds"])
    without = {"seconds": result["seconds"] - result["plans"]}
    shown("  of it reading and detecting", without, alone["seconds"])
    if options.store:
        shown("review through the store", measured(stored, paths, options.rules), alone["seconds"])
    if options.peer or options.sql:
        import watch_compare

        if options.peer:
            watch_compare.against_peer(options.logs, options.rules, options.peer, options.differences)
        if options.sql:
            watch_compare.against_sql(options.logs, options.rules, options.sql_seconds)


if __name__ == "__main__":
    main()
