"""Whether memory stays flat: leak scan of standard input, masking and its proof, on generated data of growing size.

    python benchmarks/data_memory.py [--scan 1 5 10] [--mask 1 5] [--json]

Sizes in GB (10**9 bytes). Each size runs ``sekisho`` as a process of its own; its peak resident memory comes from ``wait4``. One
in 200 lines of the stream holds a telephone number and an address for mail, so that reading is measured with findings in it. The
tables of residents are made up line by line; they and what is masked from them lie in a temporary folder (twice the size).
Not part of ``data.py``: it takes about an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

GB: Final = 10**9
PLAIN: Final = "本日の会議では、来年度の予算の考え方と、窓口の混雑を減らす方法について話し合いました。次回は資料を配ります。\n"
TOLD: Final = "連絡先は電話 090-{a:04d}-{b:04d}、電子メールは user{a}{b}@example.jp です。\n"
HEAD: Final = "宛名番号,氏名,氏名カナ,性別,生年月日,電話番号,住所,備考\r\n"
ROW: Final = (
    "{n:010d},架空　花子{n},カクウ　ハナコ,{sex},19{year:02d}-{month:02d}-{day:02d},090-{a:04d}-{b:04d},"
    "東京都千代田区霞が関{block}-{house}-1,窓口で受け付けた\r\n"
)
PLAN: Final = """schema: sekisho.masking_plan/1
title: 記憶域の測定
version: 1
purpose: 測定
recipient: 測定
place: outside
domain: memory
tables:
  residents:
    primary_key: 宛名番号
    columns:
      宛名番号: {transform: ff1, kinds: [addressee_number]}
      氏名: {transform: fake_name, entity: 宛名番号, sex: 性別, kinds: [person_name]}
      氏名カナ: {transform: fake_name, what: name_kana, entity: 宛名番号, sex: 性別, kinds: [person_kana]}
      性別: {transform: keep, kinds: [sex]}
      生年月日: {transform: date_shift, entity: 宛名番号, kinds: [birth_date]}
      電話番号: {transform: fake_phone, kinds: [telephone]}
      住所: {transform: fake_address, entity: 宛名番号, kinds: [postal_address]}
      備考: {transform: redact, kinds: [free_text]}
"""


def stream(size: int) -> Iterator[bytes]:
    """Running text of about ``size`` bytes."""
    made = number = 0
    while made < size:
        lines = []
        for _ in range(100):
            number += 1
            lines.append(PLAIN * 199 + TOLD.format(a=number % 10_000, b=number // 7 % 10_000))
        block = "".join(lines).encode()
        made += len(block)
        yield block


def table(place: Path, size: int) -> int:
    """A table of about ``size`` bytes; returns its rows."""
    made = number = 0
    with place.open("wb") as file:
        made += file.write(HEAD.encode())
        while made < size:
            rows = []
            for _ in range(10_000):
                number += 1
                rows.append(
                    ROW.format(
                        n=number, sex="男女"[number % 2], year=30 + number % 60, month=1 + number % 12, day=1 + number % 28,
                        a=number % 10_000, b=number // 7 % 10_000, block=1 + number % 5, house=1 + number % 30,
                    )
                )  # fmt: skip
            made += file.write("".join(rows).encode())
    return number


def ran(command: list[str], given: Iterator[bytes] | None, *, codes: tuple[int, ...]) -> dict[str, float]:
    """Seconds and peak memory in MB (10**6 bytes) of a command."""
    started = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.PIPE if given else None, stdout=subprocess.DEVNULL) as process:
        if given is not None:
            assert process.stdin is not None
            for block in given:
                process.stdin.write(block)
            process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        raise SystemExit(f"{' '.join(command[:4])} ended with {process.returncode}")
    return {"seconds": round(time.monotonic() - started, 1), "peak_mb": round(usage.ru_maxrss * 1024 / 10**6)}


def measure(scan: list[float], mask: list[float]) -> dict[str, Any]:
    """All sizes."""
    program = str(Path(sys.executable).with_name("sekisho"))
    found: dict[str, Any] = {"leakscan": {}, "mask_run": {}, "mask_verify": {}}
    for size in scan:
        command = [program, "leakscan", "-", "--no-names", "--json"]
        found["leakscan"][f"{size:g} GB"] = ran(command, stream(int(size * GB)), codes=(1,))
        print(json.dumps(found), file=sys.stderr, flush=True)
    for size in mask:
        with tempfile.TemporaryDirectory(prefix="sekisho-memory-") as name:
            folder = Path(name)
            source, plan, key = folder / "residents.csv", folder / "plan.yaml", folder / "key.json"
            target = folder / "masked" / "residents.csv"
            target.parent.mkdir()
            table(source, int(size * GB))
            plan.write_text(PLAN, encoding="utf-8")
            subprocess.run([program, "mask", "key", "new", str(key), "--domain", "memory"], check=True, stdout=subprocess.DEVNULL)
            where = [str(plan), str(source), str(target), "--key", str(key)]
            found["mask_run"][f"{size:g} GB"] = ran([program, "mask", "run", *where, "--yes"], None, codes=(0,))
            print(json.dumps(found), file=sys.stderr, flush=True)
            found["mask_verify"][f"{size:g} GB"] = ran([program, "mask", "verify", *where], None, codes=(0,))
            print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scan", nargs="*", type=float, default=[1, 5, 10], help="GB of standard input")
    parser.add_argument("--mask", nargs="*", type=float, default=[1, 5], help="GB of residents")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.scan, given.mask)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    for work, sizes in found.items():
        for size, figures in sizes.items():
            print(f"{work:12} {size:>8}  {figures['seconds']:8.1f} s  {figures['peak_mb']:6} MB")


if __name__ == "__main__":
    main()
