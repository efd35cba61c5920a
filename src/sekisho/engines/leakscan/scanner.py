"""The door of the leak scan: texts in, findings out.

Long texts are scanned in blocks of ``Options.block`` code points with ``BEFORE`` and ``AFTER`` more around them, many short ones
together in a block, so that memory stays flat and no time is lost on calls. Everything that a finding depends on lies within
these margins: a stream, a text and its blocks give the same findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sekisho.engines.leakscan import rows as table
from sekisho.engines.leakscan.codes import BREAK, as_codes
from sekisho.engines.leakscan.headers import header_mask
from sekisho.engines.leakscan.internet import find_addresses
from sekisho.engines.leakscan.kinds import Kind
from sekisho.engines.leakscan.model import Findings
from sekisho.engines.leakscan.numbers import find_numbers
from sekisho.engines.leakscan.options import Options
from sekisho.engines.leakscan.plugs import RecogniserOfMany
from sekisho.engines.leakscan.population import judge_populations
from sekisho.engines.leakscan.rows import Rows
from sekisho.engines.leakscan.secrets import find_secrets
from sekisho.engines.leakscan.signs import find_mails, find_markings
from sekisho.engines.leakscan.spelled import find_spelled
from sekisho.engines.leakscan.sweep import sweep
from sekisho.engines.leakscan.tables import label_by_tables
from sekisho.engines.leakscan.words import build, built_in

__all__ = ["AFTER", "BEFORE", "Scanner"]

BEFORE: Final = 2_000
AFTER: Final = 10_000
"""Code points around a block that its findings may depend on; the longest secrets are read that far."""
_PADDING: Final = 4
_FRONT, _BACK = BREAK * _PADDING, BREAK * 32


def _no_list() -> NDArray[np.int64]:
    return np.zeros(2, dtype=np.int64)


def _one_start() -> NDArray[np.int64]:
    return np.zeros(1, dtype=np.int64)


@dataclass(slots=True)
class _Window:
    """A text or a part of one: findings that begin from ``low`` to before ``high`` are wanted.

    ``last``: kind and end of the last number with a label, kept from block to block. ``starts``: where texts begin that stand in
    it together, ``documents`` these texts, for recognisers.
    """

    text: str
    low: int
    high: int
    mask: int
    context: str
    last: NDArray[np.int64] = field(default_factory=_no_list)
    starts: NDArray[np.int64] = field(default_factory=_one_start)
    documents: Sequence[str] = ()


class Scanner:
    """Scans texts. One scanner may be used by several threads at once."""

    def __init__(self, options: Options | None = None) -> None:
        """``options``: what to look for; without them everything that is built in, with no fingerprints."""
        self.options = options or Options()
        own = self.options.own
        self._words = build(own.labels, own.markings) if own and (own.labels or own.markings) else built_in()
        self._kinds = np.zeros(max(Kind) + 1, dtype=np.bool_)
        self._kinds[[int(kind) for kind in self.options.kinds]] = True
        self._marks, self._mails, self._secrets = (kind in self.options.kinds for kind in (Kind.MARKING, Kind.EMAIL, Kind.SECRET))
        self._rules = own.ids if own else ()

    def scan(self, text: str, context: str = "") -> Findings:
        """All findings of one text; ``context``: heading of the column that it stands in, if any."""
        return self.scan_many([text], context)

    def scan_many(self, texts: Sequence[str], context: str = "") -> Findings:
        """All findings of several texts, cells of a column for example, each on its own: much faster than one call for each."""
        mask = header_mask(context, self._words)
        parts: list[Rows] = []
        batch: list[int] = []
        room = self.options.block
        for place, text in enumerate(texts):
            if len(text) > self.options.block:
                parts.extend(rows.of_document(place) for rows in self._long(text, mask, context))
                continue
            room -= len(text) + 1
            if room < 0 and batch:
                parts.append(self._batch(texts, batch, mask, context))
                batch, room = [], self.options.block - len(text) - 1
            batch.append(place)
        if batch:
            parts.append(self._batch(texts, batch, mask, context))
        return self._findings(texts, table.ordered(parts))

    def stream(self, chunks: Iterable[str], context: str = "") -> Iterator[Findings]:
        """Findings of a text that comes in pieces, block by block; ``start`` and ``end`` count from its beginning.

        The same as ``scan`` of the whole, however it is cut. Read the findings of a block before the next one is asked for, or
        keep them: each holds the text of its block.
        """
        mask, last = header_mask(context, self._words), _no_list()
        source = iter(chunks)
        held, begin, position, ended = "", 0, 0, False
        while not ended or position < begin + len(held):
            held, ended = _filled(held, source, position + self.options.block + AFTER - begin)
            high = min(position + self.options.block, begin + len(held))
            window = held[: high - begin + AFTER]
            rows = self._part(_Window(window, position - begin, high - begin, mask, context, last))
            yield self._findings([window], rows.moved(begin), begin)
            position = high
            cut = max(0, position - BEFORE - begin)
            held, begin = held[cut:], begin + cut
            last[1] -= cut

    def _long(self, text: str, mask: int, context: str) -> Iterator[Rows]:
        last, begin = _no_list(), 0
        for position in range(0, len(text), self.options.block):
            cut = max(0, position - BEFORE)
            last[1] -= cut - begin
            begin = cut
            high = min(position + self.options.block, len(text))
            window = _Window(text[begin : high + AFTER], position - begin, high - begin, mask, context, last)
            yield self._part(window).moved(begin)

    def _part(self, window: _Window) -> Rows:
        window.documents = (window.text,) if self.options.recognisers else ()
        return self._rows(window)

    def _batch(self, texts: Sequence[str], chosen: Sequence[int], mask: int, context: str) -> Rows:
        several = [texts[place] for place in chosen]
        joined = several[0] if len(several) == 1 else BREAK.join(several)
        documents = several if self.options.recognisers else ()
        window = _Window(joined, 0, len(joined), mask, context, documents=documents)
        if len(several) > 1:
            lengths = np.fromiter(map(len, several), dtype=np.int64, count=len(several))
            window.starts = np.concatenate([_one_start(), np.cumsum(lengths + 1)[:-1]])
        return self._rows(window).split(window.starts, np.asarray(chosen, dtype=np.int32))

    def _rows(self, window: _Window) -> Rows:
        text = f"{_FRONT}{window.text}{_BACK}"
        low, high, last = window.low + _PADDING, window.high + _PADDING, window.last
        codes = as_codes(text)
        places = sweep(codes, self._words)
        last[1] += _PADDING
        numbers, scores = find_numbers(codes, places, self._words, header=window.mask, low=low, high=high, last=last)
        last[1] -= _PADDING
        judge_populations(numbers, scores, window.starts + _PADDING)
        label_by_tables(text, codes, numbers, scores, self._words)
        parts = [(numbers, scores), find_spelled(text, codes, places, self._words, window.mask)]
        if self._mails and len(places.at):
            parts.append(find_mails(text, codes, places))
        if self._marks:
            parts.append(find_markings(text, codes, places, self._words))
        if self._secrets:
            parts.append(find_secrets(text, places, self._words))
        if self._kinds[Kind.IP_ADDRESS]:
            parts.append(find_addresses(text))
        body, score = table.joined(parts)
        keep = self._kinds[body[:, 0]] & (score >= self.options.threshold) & (body[:, 1] >= low) & (body[:, 1] < high)
        found = Rows.of((body[keep], score[keep])).in_order()
        if self.options.own or self.options.recognisers:
            found = self._with_plugs(found, text, window)
            keep = self._kinds[found.kind] & (found.score >= self.options.threshold) & (found.start >= low) & (found.start < high)
            found = found.where(keep)
        return found.resolved().moved(-_PADDING)

    def _with_plugs(self, found: Rows, text: str, window: _Window) -> Rows:
        if self.options.own:
            found = found.with_rules(self.options.own.find(text))
        for recogniser in self.options.recognisers:
            starts = window.starts.tolist()
            if isinstance(recogniser, RecogniserOfMany):
                hits = recogniser.find_many(window.documents, window.context)
            else:
                hits = [(n, hit) for n, text in enumerate(window.documents) for hit in recogniser.find(text, window.context)]
            found = found.with_hits((starts[number] + _PADDING, hit) for number, hit in hits)
        return found

    def _findings(self, texts: Sequence[str], rows: Rows, offset: int = 0) -> Findings:
        return Findings(
            texts=texts,
            document=rows.document,
            kind=rows.kind.astype(np.uint8),
            start=rows.start,
            end=rows.end,
            score=rows.score,
            reasons=rows.reasons,
            word=rows.word,
            distance=rows.distance,
            others=rows.others,
            rule=rows.rule,
            labels=self._words.texts,
            rules=self._rules,
            key=self.options.key,
            offset=offset,
        )


def _filled(held: str, source: Iterator[str], size: int) -> tuple[str, bool]:
    """The text with pieces added until it has ``size`` code points, and whether there are no more pieces."""
    pieces, length = [held], len(held)
    if length >= size:
        return held, False
    for piece in source:
        pieces.append(piece)
        length += len(piece)
        if length >= size:
            return "".join(pieces), False
    return "".join(pieces), True
