"""Privacy risk against the peers that Python users would pick, in one run on one machine: pycanon and anonypy.

    python benchmarks/data_privacy.py [--rows 1000000] [--peer-rows 20000] [--mondrian-rows 5000] [--peers DIR] [--json]

Without ``--peers`` the peers are installed into a temporary folder (needs a package registry). They get tables of a size that
they finish (pycanon: 720 classes at the most, since its cost grows with the classes); ratios are per row. Both sides hold the
table in memory (Arrow, pandas) before the clock starts; ours is measured warm, and the first call, when kernels are loaded or
compiled, is told beside it. ``cpu_seconds`` is the processor time of our process, for machines that do other work meanwhile.
The figures must agree.

ARX (Java, not in Python's registry) needs 12.6–13.2 s for a full-domain search over 1,280 nodes and 1,000,000 rows; ours is
measured on a lattice of the same size.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

ROUNDS = 5
QUASI = ["age", "city", "occupation", "education", "sex", "nationality", "marital"]
LATTICE = ["age", "city", "occupation", "education", "sex", "nationality"]
PEERS = ("pycanon", "anonypy", "pandas<3")

PYCANON = """
import json, sys, time
import pandas as pd
from pycanon import anonymity
table, quasi = pd.read_feather(sys.argv[1]), json.loads(sys.argv[2])
found = {"rows": len(table)}
for name, work in (
    ("k", lambda: anonymity.k_anonymity(table, quasi)),
    ("l", lambda: anonymity.l_diversity(table, quasi, ["illness"])),
    ("t", lambda: anonymity.t_closeness(table, quasi, ["illness"])),
):
    start = time.perf_counter()
    found[name] = float(work())
    found[name + "_seconds"] = time.perf_counter() - start
print(json.dumps(found))
"""

ANONYPY = """
import json, sys, time
import pandas as pd
from anonypy.mondrian import Mondrian
table, quasi = pd.read_feather(sys.argv[1]), json.loads(sys.argv[2])
for name in quasi:
    if table[name].dtype == object:
        table[name] = table[name].astype("category")
start = time.perf_counter()
parts = Mondrian(table, quasi, "illness").partition(k=5)
print(json.dumps({"rows": len(table), "seconds": time.perf_counter() - start, "classes": len(parts)}))
"""


def people(rows: int) -> pa.Table:
    """A fictional population: skewed categories, ages, one sensitive attribute."""
    random = np.random.default_rng(20261130)

    def skewed(name: str, values: int) -> pa.Array:
        weights = 1 / np.arange(1, values + 1)
        codes = random.choice(values, rows, p=weights / weights.sum()).astype(np.int32)
        labels = pa.array([f"{name}{value}" for value in range(values)])
        return pa.DictionaryArray.from_arrays(pa.array(codes), labels).cast(pa.string())

    return pa.table({
        "age": pa.array(np.clip(random.normal(45, 20, rows), 0, 100).astype(np.int64)), "city": skewed("city", 64),
        "occupation": skewed("occupation", 27), "education": skewed("education", 27), "sex": skewed("sex", 2),
        "nationality": skewed("nationality", 8), "marital": skewed("marital", 5), "illness": skewed("illness", 40),
    })  # fmt: skip


def coarse(table: pa.Table) -> pa.Table:
    """The same people with few values in each column: at most 720 classes."""
    few = {"age": 5, "city": 3, "occupation": 3, "education": 2, "sex": 2, "nationality": 2, "marital": 2}
    made = table
    for name, values in few.items():
        codes = table.column(name).combine_chunks().dictionary_encode().indices.to_numpy() % values
        labels = pa.array([f"{name}{value}" for value in range(values)])
        column = pa.DictionaryArray.from_arrays(pa.array(codes), labels).cast(pa.string())
        made = made.set_column(made.column_names.index(name), name, column)
    return made


def hierarchies() -> dict[str, Any]:
    """Levels 5 × 4 × 4 × 4 × 2 × 2: 1,280 nodes."""
    from sekisho.engines.privacyrisk import ladders
    from sekisho.engines.privacyrisk.hierarchies import flat, read_hierarchy

    def tree(name: str, values: int, fan: int) -> Any:
        return read_hierarchy(
            name, [[f"{name}{v}", *[f"{name}-{level}-{v // fan**level}" for level in (1, 2)], "*"] for v in range(values)]
        )

    return {
        "age": ladders.ages((5, 10, 20)), "city": tree("city", 64, 4), "occupation": tree("occupation", 27, 3),
        "education": tree("education", 27, 3), "sex": flat("sex"), "nationality": flat("nationality"),
    }  # fmt: skip


def timed(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[dict[str, float], Any]:
    """Seconds of the first call, the median of the later ones and of their processor time; and the last result."""
    seconds, processor = [], []
    for _ in range(rounds + 1):
        start, begin = time.perf_counter(), time.process_time()
        result = work()
        seconds.append(time.perf_counter() - start)
        processor.append(time.process_time() - begin)
    middle, cpu = statistics.median(seconds[1:]), statistics.median(processor[1:])
    return {"seconds": middle, "cpu_seconds": cpu, "first_call": seconds[0]}, result


def peer(script: str, table: pa.Table, folder: Path, place: Path) -> dict[str, Any]:
    """What a peer makes of the table, in a process of its own with the peers' own packages."""
    from pyarrow import feather

    path = folder / "table.feather"
    feather.write_feather(table, path)
    command = [sys.executable, "-c", script, str(path), json.dumps(QUASI)]
    environment = {**os.environ, "PYTHONPATH": str(place)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(rows: int, peer_rows: int, mondrian_rows: int, place: Path, folder: Path) -> dict[str, Any]:
    from sekisho.engines.privacyrisk import How, Method, Options, Requirements, Roles, assess, generalize

    table = people(rows)
    roles = Roles(tuple(QUASI), ("illness",))
    clock, result = timed(lambda: assess(table, roles))
    simple = coarse(table)
    simply, _ = timed(lambda: assess(simple, roles))
    ours = assess(simple.slice(0, peer_rows), roles, Options())
    theirs = peer(PYCANON, simple.slice(0, peer_rows), folder, place)
    agree = (ours.k, ours.l) == (theirs["k"], theirs["l"]) and abs((ours.t or 0) - theirs["t"]) < 1e-9
    all_three = theirs["k_seconds"] + theirs["l_seconds"] + theirs["t_seconds"]
    found: dict[str, Any] = {
        "k_l_t": {
            "rows": rows, "quasi": len(QUASI), **clock, "k": result.k, "classes": result.classes,
        },
        "k_l_t_coarse": {
            "rows": rows, **simply, "classes": ours.classes, "pycanon": theirs, "agree": agree,
            "ratio_per_row": (all_three / theirs["rows"]) / (simply["seconds"] / rows),
        },
    }  # fmt: skip
    for method in (Method.MONDRIAN, Method.MONDRIAN_RELAXED):
        clock, made = timed(partial(generalize, table, roles, Requirements(5), How(method=method)), 3)
        found[method.value] = {
            "rows": rows, **clock, "rows_per_second": rows / clock["seconds"],
            "classes": made.verification.classes, "verified_k": made.verification.k, "ncp": made.cost.ncp,
        }  # fmt: skip
    theirs = peer(ANONYPY, table.slice(0, mondrian_rows), folder, place)
    found["anonypy"] = theirs | {"rows_per_second": theirs["rows"] / theirs["seconds"]}
    found["mondrian"]["ratio_per_row"] = found["mondrian"]["rows_per_second"] / found["anonypy"]["rows_per_second"]
    chosen = hierarchies()
    for suppression in (0.0, 0.02):
        clock, made = timed(
            partial(
                generalize, table, Roles(tuple(LATTICE)), Requirements(5, suppression=suppression), How(hierarchies=chosen)
            ), 3
        )  # fmt: skip
        found[f"lattice_{suppression:g}"] = {
            "rows": rows, "nodes": made.nodes, "checked": made.checked, **clock,
            "suppressed": made.suppressed, "verified_k": made.verification.k, "loss": made.cost.loss,
        }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer-rows", type=int, default=20_000)
    parser.add_argument("--mondrian-rows", type=int, default=5_000)
    parser.add_argument("--peers", type=Path, help="folder with the peers already installed")
    parser.add_argument("--json", action="store_true", help="JSON only")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = arguments.peers or folder / "peers"
        if arguments.peers is None:
            command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(place), *PEERS, "pyarrow"]
            subprocess.run(command, check=True, capture_output=True)
        found = measure(arguments.rows, arguments.peer_rows, arguments.mondrian_rows, place, folder)
    if arguments.json:
        print(json.dumps(found))
        return
    for work, figures in found.items():
        shown = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
        print(f"{work}: {json.dumps(shown, ensure_ascii=False)}")


if __name__ == "__main__":
    main()
