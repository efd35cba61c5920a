"""Logs: reading, storing, memory and search, in one run on one machine.

    python benchmarks/watch_events.py read --evtx FOLDER       CPU of reading against evtx + orjson alone; with the store
    python benchmarks/watch_events.py text [--lines N]         lines a second of each kind of text log, generated
    python benchmarks/watch_events.py memory [--lines N]       peak memory at 1, 10 and 100 times N lines, generated
    python benchmarks/watch_events.py search [--events N]      an address among N events (20 million), generated

``read`` wants a folder of EVTX files (none comes with Sekisho); all else is generated from a fixed seed. Prints JSON. CPU is the
processor time of this process and, where it is said, of its child; times in seconds, the best of the rounds for what is warm.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sekisho.engines.events import Batch, Options, Partition, Store, read
from sekisho.engines.events.store.manifest import Manifest
from sekisho.engines.events.store.segments import SegmentWriter

NOW = datetime(2026, 4, 1, tzinfo=UTC)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS = 5
SEED = 20_260_401
NEEDLES = {"once": 1, "200 times": 200, "20,000 times": 20_000}


def cpu(work: Callable[[], object], rounds: int = 3) -> float:
    best = float("inf")
    for _ in range(rounds):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return round(best, 3)


# -- reading


def bare(files: list[Path]) -> int:
    import evtx
    import orjson

    count = 0
    for path in files:
        try:
            for record in evtx.PyEvtxParser(str(path), number_of_threads=1).records_json():
                orjson.loads(record["data"])  # type: ignore[index]
                count += 1
        except RuntimeError as error:
            print(f"{path}: {error}", file=sys.stderr)
    return count


def benchmark_read(folder: Path, work: Path) -> dict[str, Any]:
    files = sorted(folder.rglob("*.evtx"))

    def reading() -> int:
        return sum(batch.table.num_rows for batch in read(files, Options()))

    def storing() -> None:
        shutil.rmtree(work / "store", ignore_errors=True)
        Store(work / "store").ingest(files, now=NOW)

    base = cpu(lambda: bare(files))
    made: dict[str, Any] = {"files": len(files), "records": bare(files), "events": reading(), "evtx_orjson_cpu": base}
    made["read_cpu"] = cpu(reading)
    made["ingest_cpu"] = cpu(storing)
    made["read_back_cpu"] = cpu(lambda: sum(batch.table.num_rows for batch in Store(work / "store").batches()))
    made["stored_bytes"] = sum(path.stat().st_size for path in (work / "store").rglob("*") if path.is_file())
    for name in ("read_cpu", "ingest_cpu", "read_back_cpu"):
        made[name.replace("_cpu", "_ratio")] = round(made[name] / base, 1)
    return made


# -- text


def squid_lines(count: int) -> Iterator[str]:
    for i in range(count):
        at = BEGIN.timestamp() + i * 0.05
        address = f"10.{i % 7}.{i % 200}.{i % 251}"
        url = f"http://site{i % 5000}.example/path/{i % 997}/page{i}.html?q={i % 31}"
        size, peer = i % 100_000, f"192.0.2.{i % 250}"
        yield f"{at:.3f} {i % 900:6d} {address} TCP_MISS/200 {size} GET {url} user{i % 800} HIER_DIRECT/{peer} text/html\n"


def auth_lines(count: int) -> Iterator[str]:
    for i in range(count):
        at = (BEGIN + timedelta(seconds=i // 20)).strftime("%b %e %H:%M:%S")
        yield (
            f"{at} web{i % 30:02d} sshd[{i % 32768}]: Failed password for user{i % 800} "
            f"from 203.0.{i % 113}.{i % 250} port {1024 + i % 60000} ssh2\n"
        )


def json_lines(count: int) -> Iterator[str]:
    for i in range(count):
        at = (BEGIN + timedelta(seconds=i // 20)).isoformat()
        body = {"eventVersion": "1.08", "eventTime": at, "eventSource": "s3.amazonaws.com", "eventName": "GetObject"}
        body["userIdentity"] = {"type": "IAMUser", "userName": f"user{i % 800}"}  # type: ignore[assignment]
        body["requestParameters"] = {"bucketName": f"b{i % 50}", "key": f"k/{i}"}  # type: ignore[assignment]
        body["sourceIPAddress"] = f"203.0.{i % 113}.{i % 250}"
        yield json.dumps(body) + "\n"


KINDS: dict[str, Callable[[int], Iterator[str]]] = {"squid": squid_lines, "linux.auth": auth_lines, "aws.cloudtrail": json_lines}


def generated(path: Path, kind: str, lines: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(KINDS[kind](lines))
    return path


def benchmark_text(lines: int, work: Path) -> dict[str, Any]:
    made: dict[str, Any] = {"lines": lines}
    options = Options(reference=NOW)
    for kind in KINDS:
        path = generated(work / f"{kind}.log", kind, lines)
        reading = cpu(lambda path=path: sum(b.table.num_rows for b in read([path], options)), rounds=1)  # type: ignore[misc]
        begun = time.process_time()
        Store(work / f"store-{kind}").ingest([path], now=NOW, options=options)
        storing = time.process_time() - begun
        size = sum(one.stat().st_size for one in (work / f"store-{kind}").rglob("*") if one.is_file())
        made[kind] = {
            "read_lines_per_cpu_second": round(lines / reading),
            "ingest_lines_per_cpu_second": round(lines / storing),
            "file_bytes": path.stat().st_size,
            "stored_bytes": size,
        }
        path.unlink()
    return made


# -- memory


def child(path: Path, store: Path) -> None:
    """Run by :func:`benchmark_memory` in a process of its own."""
    report = Store(store).ingest([path], now=NOW, options=Options(reference=NOW))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {"events": report.records, "peak_mib": usage.ru_maxrss // 1024, "cpu": round(usage.ru_utime + usage.ru_stime, 1)}
        )
    )


def benchmark_memory(lines: int, work: Path) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for times in (1, 10, 100):
        path = generated(work / "big.log", "squid", lines * times)
        command = [sys.executable, __file__, "_child", "--path", str(path), "--store", str(work / f"store{times}")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        made[f"{times}x"] = {"bytes": path.stat().st_size, **json.loads(done.stdout)}
        path.unlink()
        shutil.rmtree(work / f"store{times}")
    return made


# -- search


def table(count: int, start: int, chance: np.random.Generator, needles: dict[str, set[int]]) -> pa.Table:
    """Events as a proxy with file inspection would log them: nine columns, one of them different in every event."""
    rows = np.arange(start, start + count)
    destinations = chance.integers(0, 3_000_000, count)
    text = [f"{20 + d // 250_000}.{d // 1000 % 250}.{d // 250 % 250}.{d % 250}" for d in destinations.tolist()]
    for address, places in needles.items():
        for place in places:
            if start <= place < start + count:
                text[place - start] = address
    users = pa.array([f"user{i:05d}" for i in range(5_000)])
    hosts = pa.array([f"pc{i:05d}" for i in range(3_000)])
    sources = pa.array([f"10.{i // 250 % 250}.{i // 65_000}.{i % 250}" for i in range(100_000)])
    urls = pa.array([f"https://www{i}.example/app/index{i % 977}.html" for i in range(500_000)])
    hashes = [hashlib.md5(i.to_bytes(8, "big"), usedforsecurity=False).hexdigest() for i in rows.tolist()]

    def some(values: pa.Array) -> pa.Array:
        return values.take(pa.array(chance.integers(0, len(values), count)))

    micros = int(BEGIN.timestamp() * 1_000_000) + rows * 388_800
    return pa.table(
        {
            "_time": pa.array(micros).cast(pa.timestamp("us", tz="UTC")),
            "_offset": pa.array(np.full(count, 540, dtype=np.int16)),
            "_file": pa.repeat("proxy.log", count),
            "_sha256": pa.repeat("0" * 64, count),
            "_record": pa.array(rows + 1),
            "_host": some(hosts),
            "src_ip": some(sources),
            "dst_ip": pa.array(text),
            "user": some(users),
            "url": some(urls),
            "md5": pa.array(hashes),
            "action": some(pa.array(["allow", "deny", "inspect"])),
            "bytes": pa.array(chance.integers(0, 100_000, count)).cast(pa.string()),
        }
    )


def built(store: Path, events: int) -> dict[str, str]:
    """A store of ``events`` events, written as ingest writes them. Returns the addresses that were hidden in it."""
    chance = np.random.default_rng(SEED)
    needles = {
        name: (f"198.51.100.{index + 1}", set(chance.choice(events, min(times, events // 100), replace=False).tolist()))
        for index, (name, times) in enumerate(NEEDLES.items())
    }
    places = dict(needles.values())
    with Manifest(store, make=True) as manifest:
        writer = SegmentWriter(store, "000001", manifest.spellings(), NOW)
        step = 65_536
        for start in range(0, events, step):
            writer.add(Batch(Partition("proxy"), table(min(step, events - start), start, chance, places)))
        segments = writer.finish()
        with manifest.transaction():
            manifest.add_segments(segments)
            manifest.add_activity(writer.activity)
    return {name: address for name, (address, _) in needles.items()}


def benchmark_search(events: int, work: Path) -> dict[str, Any]:
    store = Store(work / "store")
    begun = time.process_time()
    addresses = built(store.folder, events)
    made: dict[str, Any] = {"events": events, "build_cpu": round(time.process_time() - begun, 1)}
    made["segments"] = len(store.segments())
    made["parquet_bytes"] = sum(one.stat().st_size for one in store.folder.rglob("*.parquet"))
    made["index_bytes"] = sum(one.stat().st_size for one in store.folder.rglob("*.words"))
    terms = {f"address, {name}": [address] for name, address in addresses.items()}
    terms["address and field, once"] = [f"dst_ip={addresses['once']}"]
    terms["hash, once"] = [hashlib.md5((events // 3).to_bytes(8, "big"), usedforsecurity=False).hexdigest()]
    terms["user, in every row group"] = ["user00042"]
    terms["not there"] = ["203.0.113.99"]
    for name, asked in terms.items():
        times, result = [], None
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            result = store.search(asked)
            times.append(time.perf_counter() - begun)
        assert result is not None
        made[name] = {
            "hits": result.total,
            "cold_s": round(times[0], 3),
            "warm_s": round(min(times[1:]), 3),
            "row_groups_read": result.groups,
        }
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["read", "text", "memory", "search", "_child"])
    parser.add_argument("--evtx", type=Path)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--folder", type=Path, help="where to work (a temporary folder that is removed afterwards)")
    parser.add_argument("--path", type=Path)
    parser.add_argument("--store", type=Path)
    asked = parser.parse_args()
    if asked.part == "_child":
        child(asked.path, asked.store)
        return
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        work = Path(folder)
        if asked.part == "read":
            if asked.evtx is None:
                parser.error("read needs --evtx")
            made = benchmark_read(asked.evtx, work)
        elif asked.part == "text":
            made = benchmark_text(asked.lines, work)
        elif asked.part == "memory":
            made = benchmark_memory(asked.lines, work)
        else:
            made = benchmark_search(asked.events, work)
    print(json.dumps({asked.part: made}, indent=2))


if __name__ == "__main__":
    main()
