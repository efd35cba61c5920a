"""Real processes and a real queue: a killed worker is replaced, a graceful one finishes, Redis wakes across processes."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from sekisho.records.jobs import actions, registry, wake, worker
from sekisho.records.jobs.models import Job, JobState
from sekisho.records.jobs.rules import LEASE
from sekisho.records.organization.principals import SYSTEM

SCRIPT = """
import pathlib, sys, time
import django
django.setup()
from sekisho.records.jobs import registry, worker

def handler(context):
    context.progress(1, 3)
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(60)

registry.register("test.kill", handler)
worker.run_once(beating=True)
"""


def database_url() -> str:
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    return f"postgresql://{values['USER']}{password}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


@pytest.mark.machine_clock
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_replaced_after_its_lease(tmp_path: Path, monkeypatch):
    runs = []

    def handler(context):
        context.progress(3, 3)
        runs.append(context.job_id)

    monkeypatch.setitem(registry.KINDS, "test.kill", registry.JobKind("test.kill", handler, None, 4))
    job = actions.enqueue(SYSTEM, "test.kill", now=timezone.now())
    marker = tmp_path / "started"
    environment = {**os.environ, "SEKISHO_DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "sekisho.web.settings"}
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(marker)], env=environment)
    try:
        until = time.monotonic() + 30
        while not marker.exists() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        assert marker.exists()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.RUNNING, 1)
    assert worker.run_once() is None
    later = timezone.now() + LEASE + timedelta(seconds=1)
    assert worker.run_once(clock=lambda: later) is not None
    job.refresh_from_db()
    assert (job.state, job.attempts, runs) == (JobState.DONE, 2, [job.pk])


@pytest.mark.machine_clock
@pytest.mark.django_db(transaction=True)
def test_the_embedded_worker_runs_what_is_enqueued_and_stops(monkeypatch):
    done = threading.Event()
    monkeypatch.setattr(registry, "SCHEDULES", {})
    monkeypatch.setitem(registry.KINDS, "test.work", registry.JobKind("test.work", lambda _c: done.set(), None, 1))
    stop = worker.start_embedded()
    try:
        actions.enqueue(SYSTEM, "test.work", now=timezone.now())
        assert done.wait(10)
    finally:
        stop()
    assert not [t for t in threading.enumerate() if t.name == "sekisho-worker"]
    assert Job.objects.get().state == JobState.DONE


@pytest.mark.redis
def test_redis_wakes_and_a_lost_redis_is_no_failure(settings, caplog):
    url = os.environ.get("SEKISHO_TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
    settings.CONFIG = dataclasses.replace(settings.CONFIG, redis_url=url)
    stop = threading.Event()
    while wake.wait(stop, seconds=0):
        pass
    assert not wake.wait(stop, seconds=0.3)
    wake.wake()
    assert wake.wait(stop, seconds=2)
    settings.CONFIG = dataclasses.replace(settings.CONFIG, redis_url="redis://127.0.0.1:1/0")
    wake.wake()
    assert not wake.wait(stop, seconds=0.1)
    assert "cannot be reached" in caplog.text


def test_a_wake_up_in_memory_is_seen_at_once_and_stopping_ends_the_wait():
    stop = threading.Event()
    while wake.wait(stop, seconds=0):
        pass
    wake.wake()
    assert wake.wait(stop, seconds=5)
    stop.set()
    assert not wake.wait(stop, seconds=5)
