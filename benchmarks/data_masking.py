"""Masking against the peers that one would otherwise pick, in one run on one machine: rows a second of each, and the ratios.

    python benchmarks/data_masking.py [--rows 2000000] [--rounds 3] [--json] [--no-peers]

Keyed tokens against a loop over ``hmac``, FF1 over twelve digits against pyffx and ff3, consistent names against Faker seeded by
value. The peers (pyffx, ff3, Faker) are installed into a temporary folder from the package registry. Each figure is the best
of the rounds: whole calls of a transform over batches of 65,536 rows as a run makes them, Arrow columns in and out, one core,
with the guard for マイナンバー. ``tokens_watched`` remembers every token, as shorter ones are by themselves. Both wall clock
and processor time are given, since other work on the machine slows the first.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pyarrow as pa

from sekisho.engines.masking.keys import DomainKey, KeyRing
from sekisho.engines.masking.transforms import ColumnMemory, Context, transform_from_plan

BATCH = 65_536
PEER_ROWS = 4_000
KEY = bytes(range(32))
RING = KeyRing([DomainKey(KEY, domain="benchmark")])
PEERS = ("pyffx", "ff3", "Faker")
WORKS: dict[str, tuple[dict[str, Any], str]] = {
    "tokens": ({"transform": "token"}, "identifiers"),
    "tokens_watched": ({"transform": "token", "watch": "always"}, "identifiers"),
    "ff1_12_digits": ({"transform": "ff1"}, "digits"),
    "ff1_12_digits_with_hyphens": ({"transform": "ff1"}, "hyphens"),
    "ff1_corporate_numbers": ({"transform": "ff1", "check_digit": "corporate_number"}, "corporate"),
    "names": ({"transform": "fake_name"}, "names"),
    "names_with_sex": ({"transform": "fake_name", "sex": "sex"}, "names"),
    "names_in_kana": ({"transform": "fake_name", "what": "name_kana", "gap": "full"}, "names"),
    "surnames": ({"transform": "fake_name", "what": "surname"}, "names"),
    "addresses": ({"transform": "fake_address"}, "names"),
    "telephones": ({"transform": "fake_phone"}, "telephones"),
    "mail_addresses": ({"transform": "fake_email"}, "names"),
    "dates_shifted": ({"transform": "date_shift", "entity": "person"}, "dates"),
    "partial_masks": ({"transform": "partial_mask", "keep_last": 4}, "digits"),
    "noise": ({"transform": "noise", "percent": 5.0}, "amounts"),
}
GOALS = {"tokens": 6_000_000, "ff1_12_digits": 5_000_000, "names": 3_000_000}


def columns(rows: int) -> dict[str, pa.Array]:
    """Made-up columns."""
    chance = np.random.default_rng(11)
    digits = [f"{n:012d}" for n in chance.integers(0, 10**12, rows)]
    return {
        "identifiers": pa.array([f"{n:010d}" for n in chance.permutation(rows)]),
        "digits": pa.array(digits),
        "hyphens": pa.array([f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in digits]),
        "corporate": pa.array([f"{9 - sum((2 - place % 2) * int(d) for place, d in enumerate(one)) % 9}{one}" for one in digits]),
        "names": pa.array([f"佐藤　花子{n}" for n in range(rows)]),
        "telephones": pa.array([f"090-{n // 10000 % 10000:04d}-{n % 10000:04d}" for n in range(rows)]),
        "dates": pa.array(chance.integers(0, 20_000, rows).astype(np.int32), pa.int32()).cast(pa.date32()),
        "amounts": pa.array(chance.integers(0, 10_000_000, rows)),
        "sex": pa.array(["男", "女"]).take(pa.array(chance.integers(0, 2, rows))),
        "person": pa.array([f"{n}" for n in range(rows)]),
    }


def best(call: Callable[[], None], rounds: int, rows: int) -> dict[str, float]:
    """Rows a second, by the wall clock and by processor time."""
    wall, processor = [], []
    for _ in range(rounds):
        began, began_processor = time.perf_counter(), time.process_time()
        call()
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - began_processor)
    return {"rows_per_second": round(rows / min(wall)), "rows_per_cpu_second": round(rows / min(processor))}


def ours(data: dict[str, pa.Array], rounds: int) -> dict[str, dict[str, float]]:
    """Our figures."""
    figures = {}
    for work, (plan, column) in WORKS.items():
        transform, values = transform_from_plan(plan, work), data[column]

        def run(transform: Any = transform, values: pa.Array = values) -> None:
            memory = ColumnMemory()
            for start in range(0, len(values), BATCH):
                beside = {name: data[name].slice(start, BATCH) for name in transform.needs()}
                context = Context(keys=RING, domain="benchmark", columns=beside, memory=memory, first_row=1 + start)
                transform.apply(values.slice(start, BATCH), context)

        run()  # compiled kernels and lexicons are loaded once in a process
        figures[work] = best(run, rounds, len(values))
    return figures


def each(function: Callable[[str], object], values: Iterable[str]) -> Callable[[], None]:
    """A loop over single values, as the peers are used."""

    def run() -> None:
        for value in values:
            function(value)

    return run


def peers(folder: str, data: dict[str, pa.Array], rounds: int) -> dict[str, dict[str, float]]:
    """The peers' figures; they are installed into ``folder``."""
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", folder, *PEERS], check=True)
    sys.path.insert(0, folder)
    pyffx, ff3, faker = (importlib.import_module(name) for name in ("pyffx", "ff3", "faker"))
    few = {name: column.slice(0, PEER_ROWS).to_pylist() for name, column in data.items() if pa.types.is_string(column.type)}
    many = data["identifiers"].slice(0, 200_000).to_pylist()
    string = pyffx.String(KEY, alphabet="0123456789", length=12)
    cipher = ff3.FF3Cipher(KEY.hex(), "D8E7920AFA330A73")
    fake = faker.Faker("ja_JP")

    def name(value: str) -> str:
        fake.seed_instance(hmac.digest(KEY, value.encode(), "sha256"))
        return str(fake.name())

    return {
        "hmac_loop": best(each(lambda v: hmac.new(KEY, v.encode(), hashlib.sha256).hexdigest()[:16], many), rounds, len(many)),
        "hmac_digest_loop": best(each(lambda v: hmac.digest(KEY, v.encode(), "sha256").hex()[:16], many), rounds, len(many)),
        "pyffx": best(each(string.encrypt, few["digits"]), rounds, PEER_ROWS),
        "ff3": best(each(cipher.encrypt, few["digits"]), rounds, PEER_ROWS),
        "faker_unseeded": best(each(lambda _: fake.name(), few["names"]), rounds, PEER_ROWS),
        "faker_by_value": best(each(name, few["names"]), rounds, PEER_ROWS),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    data = columns(arguments.rows)
    figures: dict[str, Any] = {"rows": arguments.rows, "sekisho": ours(data, arguments.rounds)}
    mine = figures["sekisho"]
    figures["goals"] = {work: {"goal": goal, "reached": mine[work]["rows_per_second"] >= goal} for work, goal in GOALS.items()}
    if not arguments.no_peers:
        with tempfile.TemporaryDirectory() as folder:
            figures["peers"] = peers(folder, data, arguments.rounds)
        compared = {"tokens": "hmac_digest_loop", "ff1_12_digits": "pyffx", "names": "faker_unseeded"}
        rate = "rows_per_cpu_second"
        figures["ratios"] = {
            f"{work}/{peer}": round(mine[work][rate] / figures["peers"][peer][rate], 1) for work, peer in compared.items()
        }
        figures["ratios"]["ff1_12_digits/ff3"] = round(mine["ff1_12_digits"][rate] / figures["peers"]["ff3"][rate], 1)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for group in ("sekisho", "peers"):
        for work, figure in figures.get(group, {}).items():
            print(f"{group:8} {work:28} {figure['rows_per_second']:>12,} rows/s {figure['rows_per_cpu_second']:>12,} rows/cpu s")
    print(json.dumps({"goals": figures["goals"], "ratios": figures.get("ratios", {})}, indent=2))


if __name__ == "__main__":
    main()
