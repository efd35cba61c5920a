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
import pyarrow.compute as pc

from sekisho.engines.detection.indicators import Indicator, Kind, Matcher
from sekisho.engines.events.model import FILE, RECORD, TIME, Batch, Partition

_BATCH = 262_144
_START = 1_760_000_000_000_000


def hexadecimal(count: int, seed: int) -> Any:
    """``count`` texts that look like SHA-256, as an Arrow array."""
    digits = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    text = digits[np.random.default_rng(seed).integers(0, 16, size=count * 64, dtype=np.uint8)]
    offsets = np.arange(0, (count + 1) * 64, 64, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(text))


def values(count: int, seed: int, bad: str) -> dict[str, Any]:
    """``count`` distinct values for each column as Arrow arrays. ``bad`` marks names so that the two pools never meet."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(count)

    def text(parts: Any) -> Any:
        return pa.array(parts).cast(pa.string())

    def chosen(words: tuple[str, ...], which: Any) -> Any:
        return pa.array(words).take(pa.array(which))

    def joined(*parts: Any) -> Any:
        return pc.binary_join_element_wise(*parts, "")

    hosts = joined(chosen(("", "www.", "www.a"), rng.integers(0, 3, count)), "h", text(numbers), f"{bad}.",
                   chosen(("co.jp", "com", "example"), numbers % 3))  # fmt: skip
    octets = ((101 if bad else 20) + (numbers >> 22), (numbers >> 14) & 255, (numbers >> 6) & 255, (numbers & 63) * 4 + 1)
    addresses = pc.binary_join_element_wise(*map(text, octets), ".")
    urls = joined(chosen(("http://", "https://"), numbers & 1), hosts.take(pa.array((numbers * 7) % count)), "/p/",
                  text(rng.integers(0, 1 << 62, count)), "/index.php?id=", text(numbers))  # fmt: skip
    return {"host": hosts, "ip": addresses, "url": urls, "sha256": hexadecimal(count, seed)}


def indicators(count: int) -> tuple[list[Indicator], dict[str, Any]]:
    """``count`` indicators of five kinds in equal parts, and the values by column that hold them."""
    part = count // 5
    bad = values(part, 2, "bad")
    # Every second page lies on a host that the harmless rows use, too: knowing the host is not enough there.
    pages = [url.replace("bad.", "." if n % 2 else "good.") for n, url in enumerate(bad["url"].to_pylist())]
    made = [Indicator(kind=Kind.DOMAIN, value=value) for value in bad["host"].to_pylist()]
    made += [Indicator(kind=Kind.IP, value=value) for value in bad["ip"].to_pylist()]
    made += [Indicator(kind=Kind.SHA256, value=value) for value in bad["sha256"].to_pylist()]
    made += [Indicator(kind=Kind.URL, value=value) for value in pages]
    made += [Indicator(kind=Kind.NETWORK, value=f"{150 + (n >> 16)}.{(n >> 8) & 255}.{n & 255}.0/24") for n in range(part)]
    return made, {**bad, "url": pa.array(pages)}


def batches(rows: int, distinct: int, bad: dict[str, Any]) -> Iterator[tuple[Batch, int]]:
    """Batches with the number of planted hits in each."""
    good = values(distinct // 4, 1, "")
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
            other = bad[name].take(pa.array(rng.integers(0, len(bad[name]), size)))
            table[name] = pc.if_else(pa.array(at), other, column)
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
    count = len(made)
    del made
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
                "indicators": count,
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
