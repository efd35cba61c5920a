"""Indicators against events: one million of five kinds over twenty million rows, without a store.

    python benchmarks/watch_indicators.py [--indicators 1000000] [--rows 20000000] [--distinct 3000000] [--workers 2]

Prints JSON: rows a second, CPU seconds and peak memory (MB, of the whole process with the pool that the rows are drawn from).
Making the rows is not counted; reading the indicators is shown apart. Each row has a host, an IP address, a URL and a SHA-256;
one in a thousand of the rows holds an indicator. Every planted hit must be found, or the run fails.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from sekisho.engines.detection.indicators import Indicator, Kind, Matcher
from sekisho.engines.events.model import FILE, RECORD, TIME, Batch, Partition

_BATCH = 262_144
_START = 1_760_000_000_000_000


def hexadecimal(numbers: np.ndarray[Any, Any], salt: int) -> list[str]:
    """A SHA-256-like text for each number."""
    rng = np.random.default_rng(salt)
    keys = rng.integers(0, 1 << 63, size=(len(numbers), 4), dtype=np.uint64) ^ numbers.astype(np.uint64)[:, None]
    return [row.tobytes().hex() for row in keys]


def values(count: int, seed: int, bad: str) -> dict[str, list[str]]:
    """``count`` distinct values for each column. ``bad`` marks names so that the two pools never meet."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(count)
    depth = rng.integers(0, 3, count)
    ends = ("co.jp", "com", "example")
    hosts = [f"{('', 'www.', 'www.a')[d]}h{n:x}{bad}.{ends[n % 3]}" for n, d in zip(numbers, depth, strict=True)]
    first = 101 if bad else 20
    addresses = [f"{first + (n >> 22)}.{(n >> 14) & 255}.{(n >> 6) & 255}.{(n & 63) * 4 + 1}" for n in numbers]
    paths = rng.integers(0, 1 << 62, count)
    urls = [
        f"http{'s' * (n & 1)}://{hosts[(n * 7) % count]}/p/{p:x}/index.php?id={n}" for n, p in zip(numbers, paths, strict=True)
    ]
    return {"host": hosts, "ip": addresses, "url": urls, "sha256": hexadecimal(numbers, seed)}


def indicators(count: int) -> tuple[list[Indicator], dict[str, list[str]]]:
    """``count`` indicators of five kinds in equal parts, and the values by column that hold them."""
    part = count // 5
    bad = values(part, 2, "bad")
    made = [Indicator(kind=Kind.DOMAIN, value=value) for value in bad["host"]]
    made += [Indicator(kind=Kind.IP, value=value) for value in bad["ip"]]
    made += [Indicator(kind=Kind.SHA256, value=value) for value in bad["sha256"]]
    # Every second page lies on a host that the harmless rows use, too: knowing the host is not enough there.
    pages = [url.replace("bad.", "." if n % 2 else "good.") for n, url in enumerate(bad["url"])]
    made += [Indicator(kind=Kind.URL, value=value) for value in pages]
    made += [Indicator(kind=Kind.NETWORK, value=f"{150 + (n >> 16)}.{(n >> 8) & 255}.{n & 255}.0/24") for n in range(part)]
    return made, {**bad, "url": pages}


def batches(rows: int, distinct: int, bad: dict[str, list[str]]) -> Iterator[tuple[Batch, int]]:
    """Batches with the number of planted hits in each."""
    good = {name: pa.array(column, type=pa.string()) for name, column in values(distinct // 4, 1, "").items()}
    evil = {name: pa.array(bad.pop(name), type=pa.string()) for name in good}
    rng = np.random.default_rng(3)
    names = list(good)
    for start in range(0, rows, _BATCH):
        size = min(_BATCH, rows - start)
        table: dict[str, Any] = {
            TIME: pa.array(np.arange(start, start + size) * 1_000 + _START, type=pa.timestamp("us", tz="UTC")),
            FILE: pa.array(["proxy.log"] * size),
            RECORD: pa.array(np.arange(start, start + size)),
        }
        planted = rng.integers(0, 1_000, size) == 0
        which = rng.integers(0, len(names), size)
        for place, name in enumerate(names):
            column = good[name].take(pa.array(rng.integers(0, len(good[name]), size)))
            at = planted & (which == place)
            other = evil[name].take(pa.array(rng.integers(0, len(evil[name]), size)))
            table[name] = pa.compute.if_else(pa.array(at), other, column)
        yield Batch(Partition("benchmark"), pa.table(table)), int(planted.sum())


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--indicators", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--distinct", type=int, default=3_000_000)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    made, bad = indicators(arguments.indicators)
    start, cpu = time.perf_counter(), time.process_time()
    matcher = Matcher(made, workers=arguments.workers)
    loading, loading_cpu = time.perf_counter() - start, time.process_time() - cpu
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sightings = matcher.sightings(places=3)
    seconds, cpu, planted = 0.0, 0.0, 0
    for batch, hits in batches(arguments.rows, arguments.distinct, bad):
        planted += hits
        begun, used = time.perf_counter(), time.process_time()
        matcher.match([batch], sightings)
        seconds += time.perf_counter() - begun
        cpu += time.process_time() - used
    found = sum(one.count for one in sightings.results())
    if found != planted:
        raise SystemExit(f"{found} hits found, {planted} planted")
    print(
        json.dumps(
            {
                "indicators": len(made),
                "rows": arguments.rows,
                "hits": found,
                "load_seconds": round(loading, 2),
                "load_cpu_seconds": round(loading_cpu, 2),
                "match_seconds": round(seconds, 2),
                "match_cpu_seconds": round(cpu, 2),
                "rows_per_second": round(arguments.rows / seconds),
                "rows_per_two_cpu_seconds": round(2 * arguments.rows / cpu),
                "peak_mb_before_rows": round(base),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
