"""The system of record under load, against the goals that were set and the figures measured on a peer.

    python benchmarks/records.py [--database-url postgresql://…] [--organizations 2000] [--subjects 100] [--requirements 170]
                                 [--runs 60] [--batches 20] [--out FILE]

A tree of organisations, read from its middle by a person with a role there; subjects × requirements with judgements; a catalogue
of 1,200 nodes. Pages are asked for through the whole stack of middleware and templates, by Django's test client; saving and
ingest are HTTP requests, too. The installation is made by ``sekisho init`` in a process of its own, and timed. With
``--database-url`` (a server on which a database may be created) it works in a database of its own, dropped at the end;
otherwise in an SQLite file below a temporary folder. Prints a table; ``--out`` also writes JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization, Person
    from sekisho.records.subjects.models import Subject

CATALOG_NODES = 1200
CATALOG_GROUPS = 40
BATCH = 100
MEASURES = 20
DATABASE = "sekisho_benchmark"
# A host that is in good order: what the rules for 8.8, 8.9 and 8.17 look at.
GOOD = {
    "baseline.settings.recorded": 214,
    "baseline.coverage": 0.986,
    "baseline.drift.unaccepted": 0,
    "clock.synchronised": 1,
    "clock.sources": 1,
    "clock.offset_seconds": 0.01,
    "sbom.components": 400,
    "sbom.security_updates.pending": 0,
}


@dataclass
class Result:
    """One line of the table. ``ok``: whether the goal was met."""

    name: str
    goal: str
    measured: str
    ok: bool
    peer: str
    details: dict[str, float]


@dataclass
class World:
    """What was built."""

    middle: Organization
    person: Person
    systems: list[Subject]
    host: Subject
    token: str
    catalog_id: uuid.UUID
    pairs: int


@contextmanager
def database(server: str) -> Iterator[str]:
    """The URL of an empty database; an empty one for SQLite."""
    if not server:
        yield ""
        return
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    try:
        yield server.rsplit("/", 1)[0] + f"/{DATABASE}"
    finally:
        from django.db import connections

        connections.close_all()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def initialise(home: Path, url: str) -> float:
    """Make the installation as an administrator would; seconds until it is usable, catalogues included."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SEKISHO_", "DJANGO_"))}
    command = [sys.executable, "-c", "from sekisho.cli.main import run; run()", "init", "--home", str(home), "--json"]
    command += ["--organization", "bench", "--name", "計測県", "--body-kind", "prefecture"]
    begin = time.perf_counter()
    subprocess.run(command + (["--database-url", url] if url else []), env=environment, check=True, capture_output=True)
    return time.perf_counter() - begin


def build(chosen: argparse.Namespace, now: datetime, today: date) -> World:
    """The tree, the subjects, the catalogues, the judgements, and proposals from real observations."""
    from sekisho.records.assessment import actions as assessment
    from sekisho.records.assessment.models import Judgement
    from sekisho.records.catalog import actions as catalog
    from sekisho.records.jobs.worker import run_due
    from sekisho.records.organization import actions as organizations
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.permissions import Role
    from sekisho.records.organization.principals import SYSTEM
    from sekisho.records.subjects import actions as subjects

    root = Organization.objects.get()
    middle = tree(root, chosen.organizations, now=now, today=today)
    person = organizations.create_person(
        SYSTEM, login="reader", name="計測係", password=uuid.uuid4().hex, must_change_password=False, now=now
    )
    organizations.give_membership(SYSTEM, person=person, organization=middle, role=Role.CHIEF_OFFICER, valid_from=today, now=now)
    subjects.ensure_for(middle, now=now)
    systems = [
        subjects.create_subject(SYSTEM, organization=middle, kind="information_system", name=f"システム{n:03}", now=now)
        for n in range(chosen.subjects)
    ]
    hosts = [
        subjects.create_subject(SYSTEM, organization=middle, kind="host", name=f"web-{n:03}", now=now)
        for n in range(chosen.subjects)
    ]
    for system, host in zip(systems, hosts, strict=True):
        subjects.add_part(SYSTEM, whole=system, part=host, now=now)
    big = catalog.import_catalog(SYSTEM, catalog=made_catalog("big", CATALOG_NODES, "organization"), organization=middle, now=now)
    assessment.refresh_applicability(SYSTEM, organization_id=middle.pk, now=now)
    there = Judgement.objects.filter(subject=systems[0]).count()
    if there < chosen.requirements:
        own = made_catalog("own", chosen.requirements - there + CATALOG_GROUPS, "information_system")
        catalog.import_catalog(SYSTEM, catalog=own, organization=middle, now=now)
        assessment.refresh_applicability(SYSTEM, organization_id=middle.pk, now=now)
    for number, host in enumerate(hosts):
        take(host, [observation(host, number, GOOD, now)], now=now)
    run_due()
    # Levels of the other pairs as after some years of work: four in five judged, spread evenly.
    rows = list(Judgement.objects.filter(organization=middle, proposed_level=None).values_list("pk", flat=True))
    for level in range(4):
        for start in range(level * 500, len(rows), 2500):
            Judgement.objects.filter(pk__in=rows[start : start + 500]).update(
                level=level, basis=("declared", "documented")[level % 2], state="declared", judged_at=now, changed_at=now
            )
    _machine, token = subjects.enroll_machine(SYSTEM, subject=hosts[0], name="collector", now=now)
    pairs = Judgement.objects.filter(organization=middle, subject__in=systems, applicable=True).count()
    return World(middle, person, systems, hosts[0], token, big.pk, pairs)


def tree(root: Organization, count: int, *, now: datetime, today: date) -> Organization:
    """About √n organisations below the root, as many below each; returns one in the middle."""
    from sekisho.records.organization import actions as organizations
    from sekisho.records.organization.principals import SYSTEM

    made, wide, number = 1, max(1, round(count**0.5)), 0
    middle = root
    while made < count:
        here = organizations.create_organization(
            SYSTEM,
            code=f"city-{number}",
            name=f"計測市{number}",
            parent=root,
            body_kind="municipality",
            now=now,
            today=today,
            rebuild=False,
        )
        made += 1
        if number == wide // 2 or number == 0:
            middle = here
        for below in range(min(wide, count - made)):
            organizations.create_organization(
                SYSTEM, code=f"city-{number}-{below}", name=f"課{below}", parent=here, now=now, today=today, rebuild=False
            )
            made += 1
        number += 1
    organizations.rebuild_reach(today=today)
    middle.refresh_from_db()
    return middle


def made_catalog(key: str, nodes: int, kind: str) -> Any:
    """A catalogue of ``nodes`` nodes, headings included."""
    from sekisho.standards.model import Catalog, Group, Requirement, Source, Text

    def text(words: str) -> Text:
        return Text(ja=words, en=words)

    groups = tuple(Group(id=f"g{n}", title=text(f"第{n}章 運用の管理")) for n in range(CATALOG_GROUPS))
    requirements = tuple(
        Requirement(
            id=f"{key}.{n}",
            title=text(f"情報システムの利用者の権限を定期に見直す {n}"),
            summary=text("権限を持つ者の一覧を作り、半年ごとに要否を確かめ、要らなくなった権限を消し、その記録を残す。"),
            unit=text("遵守事項"),
            position=n + 1,
            parent=f"g{n * CATALOG_GROUPS // (nodes - CATALOG_GROUPS)}",
            applies_to=(kind,),  # type: ignore[arg-type]
        )
        for n in range(nodes - CATALOG_GROUPS)
    )
    return Catalog(
        id=f"bench_{key}",
        edition="1",
        title=text(f"計測用の基準 {key}"),
        issuer=text("計測"),
        unit=text("遵守事項"),
        status="current",
        source=Source(documents=("benchmarks/records.py",)),
        confidence="high",
        confidence_note=text(""),
        groups=groups,
        requirements=requirements,
    )


def observation(subject: Subject, number: int, values: dict[str, float], now: datetime) -> bytes:
    """As a collector would send it."""
    from sekisho.engines.observation import ClaimedSubject, Collector, Measure, Observation, encode
    from sekisho.standards.catalog import measures

    known = measures()

    def figure(key: str, value: float) -> Measure:
        if known[key].ratio:
            return Measure(key=key, value=value, numerator=value * 1000, denominator=1000.0, coverage=1.0)
        return Measure(key=key, value=value, coverage=1.0)

    return encode(
        Observation(
            engine="baseline",
            engine_version="0.1.0",
            collector=Collector(name="sekisho", version="0.1.0", privileged=True),
            subject=ClaimedSubject(kind=subject.kind, name=subject.name),
            observed_at=(now - timedelta(hours=1) + timedelta(milliseconds=number)).isoformat(),
            scope=("host",),
            measures=tuple(figure(key, value) for key, value in values.items()),
            parameters={"number": number},
        )
    )


def take(subject: Subject, observations: list[bytes], *, now: datetime) -> None:
    """Take observations in and be sure that they were."""
    from sekisho.records.evidence import actions as evidence
    from sekisho.records.organization.principals import SYSTEM

    result = evidence.receive_observations(SYSTEM, observations=observations, subject=subject, now=now)
    if result.count("accepted") != len(observations):
        sys.exit(f"refused: {result.results}")


def percentile(times: list[float], share: float) -> float:
    """By the nearest rank."""
    return sorted(times)[max(0, round(share * len(times) + 0.5) - 1)]


def page_time(client: Any, address: Callable[[int], str], runs: int) -> dict[str, float]:
    """p50 and p95 in milliseconds, and the number of queries, of a page."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def ask(number: int) -> None:
        response = client.get(address(number))
        if response.status_code != 200:
            sys.exit(f"{address(number)}: {response.status_code}")

    ask(0)
    with CaptureQueriesContext(connection) as queries:
        ask(1)
    asked = [f"{query['time']} s: {query['sql']}" for query in queries.captured_queries]
    if os.environ.get("SHOW_QUERIES"):
        print("\n".join(line[:300] for line in asked), file=sys.stderr)
    return {**timed(ask, range(runs)), "queries": len(asked)}


def timed(work: Callable[[Any], None], given: Iterable[Any]) -> dict[str, float]:
    """p50 and p95 of the wall clock, and p50 of this process's processor time, in milliseconds."""
    times, cpu = [], []
    for one in given:
        begin, began = time.perf_counter(), time.process_time()
        work(one)
        times.append((time.perf_counter() - begin) * 1000)
        cpu.append((time.process_time() - began) * 1000)
    return {"p50_ms": statistics.median(times), "p95_ms": percentile(times, 0.95), "cpu_p50_ms": statistics.median(cpu)}


def saving(client: Any, world: World, runs: int) -> dict[str, float]:
    """Confirm judgements one by one over HTTP; each appends to the ledger."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from sekisho.records.assessment.models import Judgement
    from sekisho.records.ledger.models import Entry

    waiting = list(
        Judgement.objects.filter(organization=world.middle, proposed_level__isnull=False, state="proposed")[: runs + 2]
    )
    if len(waiting) < runs + 2:
        sys.exit(f"only {len(waiting)} proposals to confirm")

    def save(row: Judgement) -> None:
        response = client.post(reverse("assessment:confirm", args=(world.middle.code, row.pk)), {"version": row.version})
        if response.status_code != 302:
            sys.exit(f"not saved: {response.status_code}")

    save(waiting[0])
    with CaptureQueriesContext(connection) as queries:
        save(waiting[1])
    # BEGIN, COMMIT and savepoints ask the database nothing, but are round trips all the same: told apart.
    asked = [query["sql"].split(" ", 1)[0] for query in queries.captured_queries]
    if os.environ.get("SHOW_QUERIES"):
        print("\n".join(query["sql"][:300] for query in queries.captured_queries), file=sys.stderr)
    control = sum(word in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"} for word in asked)
    entries = Entry.objects.count()
    found = timed(save, waiting[2:])
    if Entry.objects.count() != entries + runs:
        sys.exit("a saved judgement is not on the ledger")
    return {**found, "queries": len(asked) - control, "transaction_statements": control}


def ingest(world: World, batches: int, now: datetime) -> dict[str, float]:
    """Observations a second over HTTP with a machine's token, and seconds from the last batch until all proposals are made."""
    from django.test import Client

    from sekisho.records.jobs.worker import run_due
    from sekisho.standards.catalog import measures

    run_due()
    client = Client(SERVER_NAME="127.0.0.1")
    keys = [key for key, known in measures().items() if not known.ratio][:MEASURES]
    nonce, times, cpu = "", [], 0.0
    for batch in range(batches):
        # What the collector does is not counted: making and writing the observations.
        made = [
            observation(world.host, 10_000 + batch * BATCH + n, {key: float(n + k) for k, key in enumerate(keys)}, now)
            for n in range(BATCH)
        ]
        body = json.dumps(
            {"machine": "a" * 64, "counter": batch + 1, "nonce": nonce, "observations": [json.loads(one) for one in made]}
        ).encode()
        begin, began = time.perf_counter(), time.process_time()
        response = client.post(
            "/api/v1/observations", body, content_type="application/json", headers={"authorization": f"Bearer {world.token}"}
        )
        times.append(time.perf_counter() - begin)
        cpu += time.process_time() - began
        answer = response.json()
        if response.status_code != 200 or any(one["status"] != "accepted" for one in answer["results"]):
            sys.exit(f"refused: {response.content[:500]!r}")
        nonce = answer["nonce"]
    begin = time.perf_counter()
    run_due()
    return {
        "per_second": batches * BATCH / sum(times),
        "per_cpu_second": batches * BATCH / cpu,
        "batch_p95_ms": percentile(times, 0.95) * 1000,
        "proposals_s": time.perf_counter() - begin,
    }


def page_line(name: str, found: dict[str, float], *, ms: int, queries: int, peer: str) -> Result:
    """A line about a page."""
    clock = f"p50 {found['p50_ms']:.0f} ms, p95 {found['p95_ms']:.0f} ms (CPU {found['cpu_p50_ms']:.0f} ms)"
    measured = f"{clock}, {found['queries']:.0f} queries"
    ok = found["p95_ms"] <= ms and found["queries"] <= queries
    return Result(name, f"p95 ≤ {ms} ms, ≤ {queries} queries", measured, ok, peer, found)


def measure(chosen: argparse.Namespace, world: World, seconds: float, now: datetime) -> list[Result]:
    """Every line of the table."""
    from django.test import Client
    from django.urls import reverse

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(world.person, backend="sekisho.web.backends.LoginBackend")
    code, runs = world.middle.code, chosen.runs
    judgements = reverse("assessment:list", args=(code,))
    catalog = reverse("catalog:catalog", args=(code, world.catalog_id))
    lines = [
        page_line(
            "list of judgements, 20 a page",
            page_time(client, lambda n: f"{judgements}?page={n % 40 + 1}", runs),
            ms=100, queries=10, peer="749–808 ms, 92 queries",
        ),
        page_line(
            f"page of a catalogue of {CATALOG_NODES:,} nodes",
            page_time(client, lambda _n: catalog, runs),
            ms=500, queries=15, peer="2–4 s, 2,411 queries",
        ),
        page_line(
            "save one judgement (ledger included)",
            saving(client, world, runs),
            ms=80, queries=12, peer="387 ms, 33 queries",
        ),
        page_line(
            "organisation overview",
            page_time(client, lambda _n: reverse("organization_home", args=(code,)), runs),
            ms=150, queries=10, peer="283–369 ms, 6–22 queries",
        ),
        Result(
            "end of installation to usable database with catalogues",
            "≤ 30 s", f"{seconds:.1f} s", seconds <= 30, "6 min 47 s", {"seconds": seconds},
        ),
    ]  # fmt: skip
    taken = ingest(world, chosen.batches, now)
    ok = taken["per_second"] >= 200 and taken["proposals_s"] <= 10
    said = f"{taken['per_second']:.0f} a second; proposals within {taken['proposals_s']:.1f} s"
    lines.append(
        Result(
            f"ingest of observations ({BATCH} a batch, {MEASURES} measures each, ledger included)",
            "≥ 200 a second; proposals within 10 s", said, ok, "–", taken,
        )
    )  # fmt: skip
    return lines


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--organizations", type=int, default=2000)
    parser.add_argument("--subjects", type=int, default=100)
    parser.add_argument("--requirements", type=int, default=170)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="sekisho-benchmark-")) / "home"
    try:
        with database(chosen.database_url) as url:
            seconds = initialise(home, url)
            os.environ["SEKISHO_HOME"] = str(home)
            from sekisho.cli.django import setup

            setup()
            from django.db import connection
            from django.utils import timezone

            now, today = timezone.now(), timezone.localdate()
            begin = time.perf_counter()
            world = build(chosen, now, today)
            built = time.perf_counter() - begin
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            lines = measure(chosen, world, seconds, now)
            vendor = connection.vendor
    finally:
        shutil.rmtree(home.parent, ignore_errors=True)
    about = {"database": vendor, "judgements": world.pairs, "built_s": round(built, 1), "cores": os.cpu_count()}
    print(
        f"{vendor}: {world.pairs:,} judgements of {len(world.systems)} subjects; built in {built:.0f} s; {os.cpu_count()} cores\n"
    )
    print("| | goal | measured | | peer |\n|---|---|---|---|---|")
    for line in lines:
        print(f"| {line.name} | {line.goal} | {line.measured} | {'✓' if line.ok else '✗'} | {line.peer} |")
    if chosen.out:
        chosen.out.write_text(
            json.dumps({**about, "results": [asdict(line) for line in lines]}, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
