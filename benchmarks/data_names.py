"""Names and addresses in office text: precision, recall and speed, beside GiNZA (persons only) in the same run.

    python benchmarks/data_names.py [--texts FILE] [--peers DIR] [--without-peer] [--json]

``--texts``: documents parted by lines of ``====``, with ⟦names⟧ and {addresses} marked; without it the supplement beside this
file, which the builders of the recogniser wrote themselves and tuned it on: its figures say that nothing broke, not how good
it is. How it does on text of others: ``docs/explanation/names-and-addresses.md``. A finding counts when it overlaps a marked
place (``loose``) or is the same place (``exact``). Speed is in MB of UTF-8 a second of processor time, best of the rounds:
``dense`` is the marked text alone, ``mixed`` has four parts of other Japanese prose to each part of it.

Without ``--peers`` GiNZA (``ginza``, ``ja-ginza``) is installed into a temporary folder (needs a package registry).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROUNDS = 5
HERE = Path(__file__).parent
PROSE = HERE.parent / "README.ja.md"
PEERS = ("ginza", "ja-ginza")
MARKS = {"⟦": "names", "{": "addresses"}
ENDS = {"⟧", "}"}

GINZA = """
import json, sys, time
import spacy
texts = json.load(open(sys.argv[1], encoding="utf-8"))
model = spacy.load("ja_ginza")
model(texts[0])
start = time.process_time()
found = [[[e.start_char, e.end_char] for e in model(text).ents if e.label_ == "Person"] for text in texts]
print(json.dumps({"seconds": time.process_time() - start, "found": found}))
"""


@dataclass
class Document:
    """A text with the places of its names and addresses."""

    text: str = ""
    places: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: {"names": [], "addresses": []})


def documents(path: Path) -> list[Document]:
    """The marked documents of a file; its first is a remark."""
    found = []
    for part in path.read_text(encoding="utf-8").split("\n====\n")[1:]:
        document, start, kind = Document(), 0, ""
        for letter in part:
            if letter in MARKS:
                start, kind = len(document.text), MARKS[letter]
            elif letter in ENDS:
                document.places[kind].append((start, len(document.text)))
            else:
                document.text += letter
        found.append(document)
    return found


def scored(gold: list[list[tuple[int, int]]], found: list[list[tuple[int, int]]], *, exact: bool) -> dict[str, float]:
    """Precision, recall and F1 over all documents."""
    hits = wanted = given = 0
    for right, places in zip(gold, found, strict=True):
        left = list(places)
        wanted, given = wanted + len(right), given + len(places)
        for start, end in right:
            match = next((p for p in left if (p == (start, end) if exact else p[0] < end and start < p[1])), None)
            if match is not None:
                left.remove(match)
                hits += 1
    precision, recall = hits / max(1, given), hits / max(1, wanted)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(1e-9, precision + recall)}


def speed(work: Callable[[str], Any], text: str) -> float:
    """MB of UTF-8 a second of processor time."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work(text)
        best = min(best, time.process_time() - start)
    return len(text.encode()) / best / 1e6


def ours(texts: list[Document]) -> dict[str, Any]:
    """The recogniser of this project."""
    from sekisho.engines.leakscan.names import find, find_many

    begin = time.process_time()
    find("山田太郎様")
    first = time.process_time() - begin
    results: dict[str, Any] = {"first_call_cpu_seconds": first, "documents": len(texts)}
    found = [find(document.text) for document in texts]
    for kind, types in (("names", ("person_name", "person_kana")), ("addresses", ("postal_address",))):
        places = [[(f.start, f.end) for f in one if f.type in types] for one in found]
        gold = [document.places[kind] for document in texts]
        results[kind] = {
            "marked": sum(map(len, gold)),
            "loose": scored(gold, places, exact=False),
            "exact": scored(gold, places, exact=True),
        }
    dense = "\n".join(document.text for document in texts)
    prose = PROSE.read_text(encoding="utf-8")
    prose = prose * (1 + 4 * len(dense) // len(prose))
    mixed = dense + "\n" + prose[: 4 * len(dense)]
    results["dense_mb_per_second"] = speed(find, dense * 20)
    results["mixed_mb_per_second"] = speed(find, mixed * 5)
    cells = [document.text[:20].replace("\n", " ") for document in texts] * 50
    begin = time.process_time()
    find_many(cells)
    results["cells_per_second"] = len(cells) / (time.process_time() - begin)
    return results


def peer(texts: list[Document], place: Path, folder: Path) -> dict[str, Any]:
    """GiNZA on the same documents."""
    path = folder / "texts.json"
    path.write_text(json.dumps([document.text for document in texts]), encoding="utf-8")
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(place)!r})\n{GINZA}", str(path)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    found = [[(start, end) for start, end in one] for one in result["found"]]
    gold = [document.places["names"] for document in texts]
    size = sum(len(document.text.encode()) for document in texts)
    return {
        "names": {"loose": scored(gold, found, exact=False), "exact": scored(gold, found, exact=True)},
        "mb_per_second": size / result["seconds"] / 1e6,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=Path, default=HERE / "names_supplement.txt")
    parser.add_argument("--peers", type=Path, help="folder with ginza and ja-ginza already installed")
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--json", action="store_true", help="JSON only")
    arguments = parser.parse_args()
    texts = documents(arguments.texts)
    found = {"sekisho": ours(texts)}
    if not arguments.without_peer:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            place = arguments.peers or folder / "peers"
            if arguments.peers is None:
                command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(place), *PEERS]
                subprocess.run(command, check=True, capture_output=True)
            found["ginza"] = peer(texts, place, folder)
    print(json.dumps(found, ensure_ascii=False, indent=None if arguments.json else 1))


if __name__ == "__main__":
    main()
