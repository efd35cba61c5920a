"""The sieve of one set of indicators: which rows of a column can be a hit, by role."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from sekisho.engines.detection.indicators import quick, tails
from sekisho.engines.detection.indicators.lookup import Lookup, Role
from sekisho.engines.detection.indicators.model import HASH_LENGTHS, HASHES, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["SIFTED", "Sieve"]

SIFTED: Final = frozenset({Role.IP, Role.HOST, Role.URL, Role.HASH})
_SHORTEST: Final = 3  # nothing shorter is an indicator
_FEW: Final = 0.9  # above this share of rows taking them out costs more than it saves
_SLASH, _QUESTION, _HASH, _COLON, _DOT, _ZERO, _LETTER_X = (np.uint8(sign) for sign in b"/?#:.0x")
_TEN: Final = np.uint8(10)


class Sieve:
    """Keys of the indicators of a :class:`Lookup`, for whole columns at once."""

    def __init__(self, lookup: Lookup) -> None:
        """Reads all indicators once."""
        exact = lookup.exact
        self.domains = quick.Keys(_whole(exact[Kind.DOMAIN]))
        hosts, keys, ends = _pages([f"http://{key.partition('//')[2]}" for key in exact[Kind.URL]])
        self.url_hosts, self.url_keys = quick.Keys(hosts), quick.Keys(keys)
        names = quick.prepare(_array(exact[Kind.DOMAIN]))
        self.tails = quick.Keys(np.concatenate([ends, tails_of(names, names.starts, names.ends)]))
        kinds = sorted(HASHES - {Kind.SSDEEP, Kind.IMPHASH})
        self.hashes = quick.Keys(np.concatenate([quick.hash_keys(_array(exact[kind]), HASH_LENGTHS)[1] for kind in kinds]))
        self._pairs = any(map(tails.is_short_pair, exact[Kind.DOMAIN]))
        self.any_url = bool(exact[Kind.URL])
        self._addresses(lookup)

    def _addresses(self, lookup: Lookup) -> None:
        singles = [int(ipaddress.IPv4Address(text)) for text in lookup.exact[Kind.IP] if ":" not in text]
        ranges = [(number, number) for number in singles]
        for length, known in lookup.networks[4].items():
            ranges += [(start, start + (1 << (32 - length)) - 1) for start in known]
        ranges.sort()
        merged: list[list[int]] = []
        for start, end in ranges:
            if merged and start <= merged[-1][1] + 1:
                merged[-1][1] = max(merged[-1][1], end)
            else:
                merged.append([start, end])
        table = np.array(merged, dtype=np.int64).reshape(-1, 2)
        self._starts, self._ends = table[:, 0].astype(np.uint32), table[:, 1].astype(np.uint32)
        self._blocks = _blocks(table >> 8)

    def among(self, addresses: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Indices of those IPv4 addresses (as numbers) that an address or a network of the indicators holds."""
        if not len(self._starts) or not len(addresses):
            return np.zeros(0, dtype=np.int64)
        block = addresses >> np.uint32(8)
        bits = (self._blocks[block >> np.uint32(3)] >> (block & np.uint32(7)).astype(np.uint8)) & np.uint8(1)
        maybe = np.flatnonzero(bits)
        found = addresses[maybe]
        place = np.searchsorted(self._starts, found, side="right").astype(np.int64) - 1
        return np.asarray(maybe[(place >= 0) & (found <= self._ends[np.maximum(place, 0)])])

    def candidates(self, role: Role, array: Any) -> NDArray[np.int64]:
        """Rows of an Arrow string array that may be a hit, in order. Every hit is among them."""
        if not len(array):
            return np.zeros(0, dtype=np.int64)
        if role is Role.HASH:
            rows, keys, doubtful = quick.hash_keys(array, HASH_LENGTHS)
            return np.sort(np.concatenate([rows[self.hashes.among(keys)], doubtful]))
        chunk = quick.prepare(array)
        if role is Role.URL:
            rows = self._first(chunk)
            if len(rows) < _FEW * chunk.size:
                return rows[self._url(quick.prepare(array.take(pa.array(rows))))] if len(rows) else rows
            mask = self._url(chunk)
        else:
            mask = self._host(chunk, role)
        return np.flatnonzero(mask & (chunk.ends - chunk.starts >= _SHORTEST))

    def _first(self, chunk: quick.Chunk) -> NDArray[np.int64]:
        """Rows with URLs that the first sieve lets through."""
        starts = tails.web_starts(chunk)
        ends, known = tails.host_ends(chunk, starts)
        stop = chunk.text[ends]
        # "host:443" of CONNECT, "http://host:8080/" and "host/path" are plain; "scheme://", "user@host" and all else are not.
        plain = known & ((ends == chunk.ends) | (stop == _SLASH) | (stop == _QUESTION) | (stop == _HASH) | (stop == _COLON))
        colon = np.flatnonzero((stop == _COLON) & (ends < chunk.ends))
        if len(colon):
            plain[colon] &= self._port(chunk, ends[colon], chunk.ends[colon])
        last = chunk.text[ends - 1]
        plain &= ~(((last - _ZERO) < _TEN) | (last == _DOT)) & (chunk.text[starts] != _DOT) & (ends > starts)
        marks = np.flatnonzero((chunk.text[:-1] == _ZERO) & (chunk.text[1:] == _LETTER_X))
        if len(marks):
            plain &= ~quick.any_in(marks, starts, ends)
        mask = ~plain
        rows, keys = tails.tail_keys(chunk, starts, ends, pairs=self._pairs)
        mask[rows[self.tails.among(keys)]] = True
        return np.flatnonzero(mask & (chunk.ends - chunk.starts >= _SHORTEST))

    @staticmethod
    def _port(chunk: quick.Chunk, colons: NDArray[np.int64], row_ends: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether up to five digits and then the end of the authority follow each colon."""
        good: NDArray[np.bool_] = np.zeros(len(colons), dtype=bool)
        open_: NDArray[np.bool_] = np.ones(len(colons), dtype=bool)
        for number in range(1, 7):
            at = np.minimum(colons + number, row_ends)
            sign = chunk.text[at]
            ending = (at == row_ends) | (sign == _SLASH) | (sign == _QUESTION) | (sign == _HASH)
            good |= open_ & ending & (number > 1)
            open_ &= (sign - _ZERO) < _TEN
        return good

    def _host(self, chunk: quick.Chunk, role: Role) -> NDArray[np.bool_]:
        starts, ends = chunk.starts, chunk.ends
        if role is Role.IP:
            rows, value, good = quick.quads(chunk, starts, ends)
            mask = ends - starts >= _SHORTEST
            mask[rows[good]] = False  # whatever is no plain address is compared exactly
            mask[rows[good][self.among(value[good])]] = True
            return mask
        mask = quick.any_in(np.flatnonzero(quick.unusual(chunk)), starts, ends)
        ends = ends - ((ends > starts) & (chunk.text[ends - 1] == _DOT))
        self._names(chunk, starts, ends, mask)
        return mask

    def _names(
        self, chunk: quick.Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64], mask: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Marks in ``mask`` the rows whose host (a name or an address) may be a hit; returns which have a numeric host."""
        rows, keys, first, counts = quick.suffixes(chunk, starts, ends)
        mask[rows[self.domains.among(keys)]] = True
        numeric = (ends > starts) & ((chunk.text[ends - 1] - _ZERO) < _TEN)
        if numeric.any():
            at = np.flatnonzero(numeric)
            quad_rows, value, good = quick.quads(chunk, starts[at], ends[at])
            doubtful: NDArray[np.bool_] = np.ones(len(at), dtype=bool)
            doubtful[quad_rows[good]] = False
            doubtful[quad_rows[good][self.among(value[good])]] = True
            mask[at[doubtful]] = True
        hexadecimal = quick.hexadecimal_end(chunk, starts, ends, first, counts)
        mask |= hexadecimal
        return np.asarray(numeric | hexadecimal)

    def _url(self, chunk: quick.Chunk) -> NDArray[np.bool_]:
        parts = quick.parts_of(chunk)
        mask = parts.odd_host.copy()
        numeric = self._names(chunk, parts.starts, parts.ends, mask)
        if not self.any_url:
            return mask
        lengths = np.maximum(parts.ends - parts.starts, 0)
        keys = quick.suffix_keys(chunk, parts.ends, lengths)
        rows = self.url_hosts.among(keys)
        odd = parts.odd_path[rows] | (numeric[rows] & mask[rows])
        mask[rows[odd]] = True
        plain = rows[~odd]
        paths = quick.edge_keys(chunk, parts.paths[plain], parts.path_ends[plain])
        mask[plain[self.url_keys.among(keys[plain] ^ paths)]] = True
        return mask


def _blocks(ranges: NDArray[np.int64]) -> NDArray[np.uint8]:
    """One bit for each /24 that lies in one of the (first, last) ``ranges`` of /24s, which do not overlap but at their edges."""
    held = np.zeros(1 << 24, dtype=bool)
    counts = ranges[:, 1] - ranges[:, 0] + 1
    if len(ranges):
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        held[np.repeat(ranges[:, 0], counts) + within] = True
    return np.packbits(held, bitorder="little")


def _array(values: Iterable[str]) -> Any:
    return pa.array(list(values), type=pa.large_string())


def _whole(values: Iterable[str]) -> NDArray[np.uint64]:
    chunk = quick.prepare(_array(values))
    return quick.suffix_keys(chunk, chunk.ends, chunk.ends - chunk.starts)


def tails_of(chunk: quick.Chunk, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The key of the tail of each name."""
    rows, keys = tails.tail_keys(chunk, starts, ends)
    found: NDArray[np.uint64] = np.zeros(chunk.size, dtype=np.uint64)
    found[rows] = keys
    return found


def _pages(values: list[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]:
    """(key of the host, key of the page, key of the host's tail) of each URL."""
    chunk = quick.prepare(_array(values))
    parts = quick.parts_of(chunk)
    hosts = quick.suffix_keys(chunk, parts.ends, np.maximum(parts.ends - parts.starts, 0))
    pages = hosts ^ quick.edge_keys(chunk, parts.paths, parts.path_ends)
    return hosts, np.asarray(pages), tails_of(chunk, parts.starts, parts.ends)
