"""How many observations a second are taken in: batches of 100 with 20 measures each, ledger included (goal: 200 a second).

    python benchmarks/ingest.py [--batches 20] [--findings 0] [--profile]
    SEKISHO_DATABASE_URL=postgresql://… python benchmarks/ingest.py

Works in a test database and a temporary store of its own; prints JSON.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta

HOME = tempfile.mkdtemp(prefix="sekisho-test-bench-")
os.environ["SEKISHO_HOME"] = HOME
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings_test")

import django  # noqa: E402 - after the settings

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_databases, teardown_databases  # noqa: E402

from sekisho.engines.observation import ClaimedSubject, Collector, Finding, Measure, Observation, encode, fingerprint  # noqa: E402
from sekisho.records.evidence import actions  # noqa: E402
from sekisho.records.organization import actions as organization_actions  # noqa: E402
from sekisho.records.organization.principals import SYSTEM  # noqa: E402
from sekisho.records.subjects import actions as subject_actions  # noqa: E402
from sekisho.records.subjects import queries as subject_queries  # noqa: E402
from sekisho.standards.catalog import measures  # noqa: E402

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
BATCH = 100
MEASURES = 20


def observation(number: int, findings: int) -> bytes:
    keys = [key for key, definition in measures().items() if not definition.ratio][:MEASURES]
    keys += [f"bench.key{n}" for n in range(MEASURES - len(keys))]
    return encode(
        Observation(
            engine="baseline",
            engine_version="0.1.0",
            collector=Collector(name="sekisho", version="0.1.0", privileged=True),
            subject=ClaimedSubject(kind="host", name="web-01"),
            observed_at=(NOW - timedelta(days=30) + timedelta(seconds=number)).isoformat(),
            scope=("privileged", "services"),
            measures=tuple(Measure(key=key, value=number + n, coverage=1.0) for n, key in enumerate(keys)),
            findings=tuple(
                Finding(code="baseline.open", fingerprint=fingerprint(str(n)), scope="services") for n in range(findings)
            ),
        )
    )


def run(batches: int, findings: int) -> dict[str, float | int | str]:
    organization = organization_actions.create_organization(SYSTEM, code="bench", name="bench", now=NOW, today=NOW.date())
    subject = subject_actions.create_subject(SYSTEM, organization=organization, kind="host", name="web-01", now=NOW)
    _, secret = subject_actions.enroll_machine(SYSTEM, subject=subject, name="web-01", now=NOW)
    principal = subject_queries.machine_principal(secret, NOW)
    assert principal is not None
    prepared = [[observation(b * BATCH + n, findings) for n in range(BATCH)] for b in range(batches)]
    nonce, times = "", []
    for number, batch in enumerate(prepared, 1):
        started = time.perf_counter()
        result = actions.receive_observations(
            principal, observations=batch, machine="m" * 64, nonce=nonce, counter=number, now=NOW
        )
        times.append(time.perf_counter() - started)
        assert result.count("accepted") == BATCH
        nonce = result.nonce
    return {
        "database": connection.vendor,
        "observations": batches * BATCH,
        "measures_each": MEASURES,
        "findings_each": findings,
        "per_second": round(batches * BATCH / sum(times)),
        "batch_median_ms": round(statistics.median(times) * 1000),
        "batch_slowest_ms": round(max(times) * 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--findings", type=int, default=0)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    old = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
    try:
        if options.profile:
            profile = cProfile.Profile()
            profile.enable()
        print(json.dumps(run(options.batches, options.findings)))
        if options.profile:
            profile.disable()
            pstats.Stats(profile).sort_stats("cumulative").print_stats(35)
    finally:
        teardown_databases(old, verbosity=0)


if __name__ == "__main__":
    main()
