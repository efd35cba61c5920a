"""``sekisho demo``: fictional organisations, real measurements of this very machine, the report, and the pages."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sekisho.cli.common import fail, program, say, shown
from sekisho.errors import Conflict, InputError

_STATE = "demo.json"
_ADDRESS = "http://127.0.0.1"


def command(
    serve: Annotated[bool, typer.Option(help="終わったらページを出す / serve the pages at the end")] = True,
    remove: Annotated[bool, typer.Option("--remove", help="デモを消す / remove the demonstration")] = False,
    home: Annotated[Path | None, typer.Option(help="デモを置く所 / home of the demonstration（var/demo）")] = None,
    listen: Annotated[str, typer.Option(help="待ち受ける所 / where to listen")] = "127.0.0.1:8000",
) -> None:
    """架空の組織で試す：この機械を測り、レベルを提案し、報告書を作る / try it out on this very machine."""
    started = time.monotonic()
    place = (home or Path("var/demo")).resolve()
    if remove:
        _remove(place)
        return
    if serve:
        from sekisho.cli.serve import check_listen

        check_listen(listen)  # before half a minute of work, not after it
    state = _prepare(place, listen=listen)
    results = _measure(place, state)
    _report(results)
    say("installation.demo_time", seconds=round(time.monotonic() - started, 1))
    say(
        "installation.demo_login",
        address=f"http://{listen}",
        password=state["password"],
        home=shown(place),
        program=program(),
        where=f" --home {shlex.quote(shown(place))}" if home else "",
    )
    if serve:
        from sekisho.cli.serve import start

        start(listen=listen)


def _remove(place: Path) -> None:
    from sekisho.web import config

    if not (place / config.CONFIG_NAME).is_file():
        raise InputError("installation.demo_not_there", home=str(place))
    if not config.load(place).is_demo:
        raise Conflict("installation.not_a_demo", home=str(place))
    _delete(place)
    say("installation.demo_removed", home=shown(place))


def _delete(place: Path) -> None:
    """The whole home. Its settings go last, so that an interrupted removal can be taken up again."""
    from sekisho.web import config

    for entry in sorted(place.iterdir(), key=lambda e: e.name == config.CONFIG_NAME):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    place.rmdir()


def _forget_environment() -> None:
    """What ``SEKISHO_*`` variables say of a production installation (its database above all) holds for no demonstration."""
    from sekisho.web import config

    for name in config.Config.__dataclass_fields__:
        os.environ.pop(f"SEKISHO_{name.upper()}", None)


def _prepare(place: Path, *, listen: str) -> dict[str, Any]:
    """The installation and its organisations; those of an earlier run are taken up."""
    from sekisho.cli.django import setup
    from sekisho.web import config, installation

    _forget_environment()
    if installation.exists(place) and not config.load(place).is_demo:
        raise Conflict("installation.not_a_demo", home=str(place))
    if installation.exists(place) and not (place / _STATE).exists():
        _delete(place)  # an interrupted first run: nothing in it can be used
    fresh = not installation.exists(place)
    if fresh:
        installation.write_config(place, base_url=f"http://{listen}", is_demo=True)
    os.environ["SEKISHO_HOME"] = str(place)
    setup(need_database=False)
    from django.utils import timezone

    installation.prepare_database(now=timezone.now())
    if not fresh:
        state: dict[str, Any] = json.loads((place / _STATE).read_text(encoding="utf-8"))
        return state
    return _create(place)


def _create(place: Path) -> dict[str, Any]:
    from django.db import transaction
    from django.utils import timezone

    from sekisho.web import demonstration

    with transaction.atomic():
        made = demonstration.create(host_name=socket.gethostname(), now=timezone.now(), today=timezone.localdate())
    for name, secret in (("machine.token", made.host_secret), ("code.token", made.code_secret)):
        _write_secret(place / name, secret)
    state = {"password": made.password, "organization": made.city.code}
    _write_secret(place / _STATE, json.dumps(state))
    say("installation.demo_organizations")
    return state


def _write_secret(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _measure(place: Path, state: dict[str, Any]) -> dict[str, Any]:
    """The three engines on this machine; their Observations go the same way as those of any machine: through the API."""
    from sekisho.cli import measure_run as runs

    say("installation.demo_measuring", host=socket.gethostname())
    machine = runs.this_machine()
    with ThreadPoolExecutor(max_workers=1) as pool:
        # Bandit is a process of its own: it works while the host is looked at.
        code = pool.submit(_code)
        received = _host(place, machine)
        if not _accepted(place):
            # The first look is what the fictional city agreed on; what differs from now on is drift. So look again at once.
            _accept(state["organization"])
            received += _host(place, machine, engines=("baseline",))
        results = code.result()
    _deliver(place / "outbox-code", place / "code.token", results, machine)
    _watch(state["organization"])
    _incidents(state["organization"])
    _retention(state["organization"])
    _care(state["organization"])
    return _propose_and_build(state["organization"], received=received + len(results))


def _code() -> list[Any]:
    """Sekisho's own source."""
    from sekisho.cli import measure_run as runs

    source = Path(__file__).resolve().parents[1]
    asked = runs.Code(paths=(source,), sarif=(), with_bandit=True, previous=None, name=None)
    return asked.measure(now=datetime.now(UTC), tell=_silent)[0]


def _silent(_text: str) -> None:
    """The engines' progress is not shown here."""


def _host(place: Path, machine: str, *, engines: tuple[str, ...] = ("sbom", "baseline")) -> int:
    """Measure software and settings and send them; returns how many Observations."""
    from sekisho.cli import measure_run as runs

    asked = runs.LinuxHost(
        root=Path("/"), places=(), accepted=_accepted(place), name=None, state=place / "outbox-host", engines=engines
    )
    results, failures, _ = asked.measure(now=datetime.now(UTC), tell=_silent)
    for failure in failures:
        fail(failure)
    _deliver(place / "outbox-host", place / "machine.token", results, machine)
    return len(results)


def _accepted(place: Path) -> bytes | None:
    from sekisho.cli import measure_run as runs
    from sekisho.gateways.accepted import fetch_accepted

    return fetch_accepted(address=_ADDRESS, token=runs.token(place / "machine.token"), transport=_transport())


def _accept(code: str) -> None:
    """The settings of the first look, accepted by the fictional officer in charge."""
    from django.utils import timezone

    from sekisho.records.evidence import actions, queries
    from sekisho.records.organization import queries as organization
    from sekisho.records.organization.models import Person
    from sekisho.standards import texts

    officer = organization.principal_of(Person.objects.get(login="minamo-officer"), today=timezone.localdate())
    city = organization.by_code(officer, code)
    newest = queries.observations(officer, organization_id=city.pk, engine="baseline").first()
    if newest is not None:
        reason = texts.render("installation.demo_accept_reason", {}, "ja")
        actions.accept_snapshot(officer, newest, reason=reason, now=timezone.now())


def _transport() -> Any:
    import httpx

    from sekisho.web.wsgi import application

    return httpx.WSGITransport(app=application, raise_app_exceptions=True)


def _deliver(folder: Path, token_file: Path, results: list[Any], machine: str) -> None:
    from sekisho.cli import measure_run as runs
    from sekisho.engines.sending import Outbox
    from sekisho.gateways.sender import deliver

    outbox = Outbox(folder)
    for observation, data in results:
        outbox.put(observation, data)
    sent = deliver(
        outbox,
        address=_ADDRESS,
        token=runs.token(token_file),
        machine=machine,
        sleep=time.sleep,
        transport=_transport(),
    )
    if sent.refused:
        raise InputError("measure.some_refused", count=len(sent.refused), folder=str(folder / "refused"))


def _watch(code: str, *, host: str = "") -> None:
    """Logs: this machine's real ones, the fictional city's, and reviews of them. Without the extra for logs it is said."""
    from django.utils import timezone

    from sekisho.errors import MissingComponent
    from sekisho.records.organization import queries as organization
    from sekisho.records.organization.principals import SYSTEM
    from sekisho.records.subjects import queries as subjects
    from sekisho.web import demonstration_intel, demonstration_watch

    city = organization.by_code(SYSTEM, code)
    named = subjects.subjects(SYSTEM).filter(organization=city, kind="host", name=host or socket.gethostname()).first()
    try:
        shown = demonstration_watch.create(city, host=named, now=timezone.now())
        notices = demonstration_intel.create(city, now=timezone.now())
    except MissingComponent as error:
        fail(error)
        return
    say("installation.demo_watched", events=shown.events, real=shown.real, findings=shown.findings)
    say("installation.demo_warned", notices=notices)


def _incidents(code: str) -> None:
    """A year of incidents caused by people."""
    from django.utils import timezone

    from sekisho.records.organization import queries as organization
    from sekisho.records.organization.principals import SYSTEM
    from sekisho.web import demonstration_incidents

    city = organization.by_code(SYSTEM, code)
    say("installation.demo_incidents", count=demonstration_incidents.create(city, now=timezone.now()))


def _propose_and_build(code: str, *, received: int) -> dict[str, Any]:
    from django.utils import timezone

    from sekisho.records.assessment import actions as assessment
    from sekisho.records.evidence import queries as evidence
    from sekisho.records.jobs import worker
    from sekisho.records.measurement import actions as measurement
    from sekisho.records.measurement import queries as figures_of
    from sekisho.records.organization import queries as organization
    from sekisho.records.organization.principals import SYSTEM

    now = timezone.now()
    city = organization.by_code(SYSTEM, code)
    assessment.refresh_applicability(SYSTEM, organization_id=city.pk, now=now)
    worker.run_due()
    subject_ids = list(city.subjects.values_list("pk", flat=True))
    assessment.propose(SYSTEM, subject_ids=subject_ids, now=timezone.now())
    report = measurement.build_report(SYSTEM, organization=city, now=timezone.now())
    figures = figures_of.latest(SYSTEM, organization_id=city.pk)
    judged = next(f.value for f in figures if f.indicator.key == "judged_share")
    return {
        "received": received,
        "findings": evidence.findings(SYSTEM, organization_id=city.pk).count(),
        "judged": int(judged.numerator or 0) if judged else 0,
        "indicators": sum(f.value is not None and f.value.value is not None for f in figures),
        "references": report.references.count(),
    }


def _report(results: dict[str, Any]) -> None:
    say("installation.demo_measured", count=results["received"], findings=results["findings"])
    say("installation.demo_report", judged=results["judged"], indicators=results["indicators"], references=results["references"])
    sys.stderr.flush()


def _retention(code: str) -> None:
    """Applications whose period is over are deleted, with a certificate."""
    from django.utils import timezone

    from sekisho.errors import MissingComponent
    from sekisho.records.organization import queries as organization
    from sekisho.records.organization.principals import SYSTEM
    from sekisho.web import demonstration_retention

    city = organization.by_code(SYSTEM, code)
    try:
        shown = demonstration_retention.create(city, now=timezone.now())
    except MissingComponent as error:
        fail(error)
        return
    say("installation.demo_retention", entries=shown.entries, deleted=shown.deleted, certificates=shown.certificates)


def _care(code: str) -> None:
    """A copy of made-up residents is found, their tables are masked with proof, assessed and handed out."""
    from django.utils import timezone

    from sekisho.errors import MissingComponent
    from sekisho.records.organization import queries as organization
    from sekisho.records.organization.principals import SYSTEM
    from sekisho.web import demonstration_care

    city = organization.by_code(SYSTEM, code)
    try:
        shown = demonstration_care.create(city, now=timezone.now())
    except MissingComponent as error:
        fail(error)
        return
    say(
        "installation.demo_care",
        places=shown.places,
        treated=shown.treated,
        proven=shown.proven,
        handovers=shown.handovers,
    )
