"""How fast all rules of log review run over events of a small office, and how much memory it takes, as JSON.

    python benchmarks/watch_rules.py [--events 1000000] [--days 10] [--runs 1]

The events are made here, by day as the store hands them out: Windows log-ons and other records, syslog, web proxy, firewall,
mail, figures, doors, in the shares of a small office. Reading files is not part of it. Goal: 100,000 events a second on one core,
memory that does not grow with the number of days.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from sekisho.engines.detection.baselines import japanese_calendar
from sekisho.engines.detection.review import Evaluator, Options
from sekisho.engines.detection.review.learning import learn
from sekisho.engines.events.model import FILE, HOST, OFFSET, RECORD, SHA256, TIME, Batch, Partition
from sekisho.standards.watch_rules import watch_rules

FIRST = date(2026, 10, 1)
ROWS = 65_536
SHARES: tuple[tuple[Partition, float], ...] = (
    (Partition("windows", "Security", "4624"), 0.18),
    (Partition("windows", "Security", "4672"), 0.06),
    (Partition("windows", "Security", "4688"), 0.10),
    (Partition("windows", "Security", "4625"), 0.01),
    (Partition("windows", "System", "7036"), 0.05),
    (Partition("squid"), 0.25),
    (Partition("fortigate", "traffic"), 0.20),
    (Partition("syslog"), 0.08),
    (Partition("linux.auth", "", "sshd"), 0.02),
    (Partition("mail", "", "postfix/smtp"), 0.02),
    (Partition("metrics"), 0.02),
    (Partition("door"), 0.01),
)


def fields(source: str, rows: int, chance: np.random.Generator) -> dict[str, Any]:
    """Columns of one source."""

    def pick(form: str, among: int) -> list[str]:
        return [form.format(n) for n in chance.integers(0, among, rows)]

    made: dict[str, dict[str, Any]] = {
        "windows": {"TargetUserName": pick("user{}", 400), "SubjectUserName": pick("user{}", 400),
                    "IpAddress": pick("192.0.2.{}", 20), "LogonType": ["3"] * rows,
                    "CommandLine": pick("C:\\Program Files\\app{}.exe /run", 5000)},
        "squid": {"c-ip": pick("192.0.2.{}", 250), "cs-username": pick("user{}", 400), "cs-host": pick("www{}.example", 20_000),
                  "cs-method": ["GET"] * rows, "sc-status": ["200"] * rows, "sc-bytes": pick("{}", 90_000),
                  "s-action": ["TCP_MISS"] * rows},
        "fortigate": {"action": ["close"] * (rows - rows // 20) + ["deny"] * (rows // 20), "src_ip": pick("192.0.2.{}", 250),
                      "dst_ip": pick("198.51.{}.7", 200), "dst_port": pick("{}", 50), "sentbyte": pick("{}", 90_000),
                      "subtype": ["forward"] * rows},
        "syslog": {"program": pick("daemon{}", 40), "message": pick("job {} finished in 0.2 s", 1_000_000)},
        "linux.auth": {"action": ["login"] * rows, "result": ["success"] * rows, "user": pick("user{}", 50),
                       "src_ip": pick("192.0.2.{}", 250), "message": pick("Accepted publickey for user{}", 50)},
        "mail": {"action": ["delivered"] * rows, "result": ["sent"] * rows, "recipient": pick("n{}@example.com", 20_000),
                 "message": pick("{}: to=<x@example.com>, status=sent", 1_000_000)},
        "metrics": {"metric": ["cpu_percent"] * rows, "value": pick("{}", 70), "host": pick("sv-{}", 30)},
        "door": {"direction": ["in", "out"] * (rows // 2) + ["in"] * (rows % 2), "result": ["granted"] * rows,
                 "kind": ["passage"] * rows, "card": pick("C{}", 400), "person_id": pick("p{}", 400), "door": pick("D{}", 20),
                 "area": pick("area{}", 10)},
    }  # fmt: skip
    return made[source]


def batches(events: int, days: int) -> Iterator[Batch]:
    """``events`` events over ``days`` days, day by day."""
    chance = np.random.default_rng(7)
    number = 0
    for d in range(days):
        day = FIRST + timedelta(days=d)
        start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000
        for partition, share in SHARES:
            left = max(int(events * share / days), 1)
            while left:
                rows = min(left, ROWS)
                left -= rows
                moments = np.sort(chance.integers(start, start + 86_400_000_000, rows))
                number += rows
                columns = {
                    TIME: pa.array(moments, pa.timestamp("us", "UTC")),
                    OFFSET: pa.nulls(rows, pa.int16()),
                    FILE: pa.repeat(f"{partition.source}-{d}.log", rows),
                    SHA256: pa.repeat("0" * 64, rows),
                    RECORD: pa.array(np.arange(number - rows, number)),
                    HOST: pa.array([f"sv-{n}" for n in chance.integers(0, 30, rows)]),
                    **{k: pa.array(v, pa.string()) for k, v in fields(partition.source, rows, chance).items()},
                }
                yield Batch(Partition(partition.source, partition.channel, partition.event, day), pa.table(columns))


class Timed:
    """Batches, and how much CPU time went into making them."""

    def __init__(self, made: Iterator[Batch]) -> None:
        """Around an iterator."""
        self._made, self.seconds, self.events = made, 0.0, 0

    def __iter__(self) -> Iterator[Batch]:
        """The same batches."""
        while True:
            begun = time.process_time()
            batch = next(self._made, None)
            self.seconds += time.process_time() - begun
            if batch is None:
                return
            self.events += batch.table.num_rows
            yield batch


def measure(events: int, days: int) -> dict[str, Any]:
    """One run: all rules learn the days, then look at them."""
    calendar = japanese_calendar((2026,))
    rules = tuple(watch_rules().values())
    begun, made = time.process_time(), Timed(batches(events, days))
    baseline = learn(made, rules, calendar=calendar, since=FIRST, until=FIRST + timedelta(days=days + 1))
    learned = time.process_time() - begun - made.seconds
    now = datetime(2026, 12, 1, tzinfo=UTC)
    evaluator = Evaluator(rules, options=Options(baseline=baseline, calendar=calendar, now=now, by_day=True))
    begun, made = time.process_time(), Timed(batches(events, days))
    for batch in made:
        evaluator.feed(batch)
    result = evaluator.finish()
    spent = time.process_time() - begun - made.seconds
    return {
        "events": made.events, "days": days, "rules": len(rules), "learn_cpu_s": round(learned, 2),
        "review_cpu_s": round(spent, 2), "events_per_cpu_second": round(made.events / spent), "findings": len(result.findings),
        "evaluated": sum(o.status == "evaluated" for o in result.outcomes),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    for _ in range(given.runs):
        print(json.dumps(measure(given.events, given.days)))


if __name__ == "__main__":
    main()
