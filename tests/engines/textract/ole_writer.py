"""Writes OLE files (MS-CFB, version 3) and Outlook messages (MS-OXMSG), as far as tests need them."""

from __future__ import annotations

import struct

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR, SMALL, CUTOFF = 512, 64, 4096
Tree = dict[str, "bytes | Tree"]


def ole(tree: Tree) -> bytes:
    """A file with these storages (dictionaries) and streams (bytes); every stream is shorter than 4,096 bytes."""
    entries: list[list] = [["Root Entry", 5, FREE, FREE, FREE, END, 0]]
    mini, minifat = b"", []

    def add(names: Tree) -> int:
        nonlocal mini
        first = previous = None
        for name, content in names.items():
            index = len(entries)
            entries.append([name, 1 if isinstance(content, dict) else 2, FREE, FREE, FREE, 0, 0])
            if isinstance(content, dict):
                entries[index][4] = add(content)
            elif content:
                assert len(content) < CUTOFF
                count = -(-len(content) // SMALL)
                begin = len(minifat)
                minifat.extend([*range(begin + 1, begin + count), END])
                mini += content.ljust(count * SMALL, b"\0")
                entries[index][5:] = [begin, len(content)]
            else:
                entries[index][5] = END
            if previous is not None:
                entries[previous][3] = index
            first = index if first is None else first
            previous = index
        return FREE if first is None else first

    entries[0][4] = add(tree)
    while len(entries) % 4:
        entries.append(["", 0, FREE, FREE, FREE, 0, 0])
    directory = len(entries) // 4
    minifat_sectors = -(-len(minifat) // 128)
    mini_sectors = -(-len(mini) // SECTOR)
    chain = [
        FAT,
        *_chain(1, directory),
        *_chain(1 + directory, minifat_sectors),
        *_chain(1 + directory + minifat_sectors, mini_sectors),
    ]
    assert len(chain) <= 128
    if mini_sectors:
        entries[0][5:] = [1 + directory + minifat_sectors, len(mini)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, CUTOFF, 1 + directory if minifat else END, minifat_sectors, END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    return (
        header
        + struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
        + b"".join(map(_entry, entries))
        + b"".join(struct.pack("<I", n) for n in [*minifat, *[FREE] * (minifat_sectors * 128 - len(minifat))])
        + mini.ljust(mini_sectors * SECTOR, b"\0")
    )


def _chain(begin: int, count: int) -> list[int]:
    return [*range(begin + 1, begin + count), END] if count else []


def _entry(entry: list) -> bytes:
    name, kind, left, right, child, start, size = entry
    raw = name.encode("utf-16-le") + b"\0\0" if name else b""
    return (
        raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw), kind, 1, left, right, child) + bytes(36)
        + struct.pack("<IQ", start, size)
    )  # fmt: skip


def message(subject: str, body: str, sender: str, recipient: str, attachments: dict[str, bytes]) -> bytes:
    """An Outlook message."""
    tree: Tree = {
        "__nameid_version1.0": {},
        **_strings({0x001A: "IPM.Note", 0x0037: subject, 0x1000: body, 0x0C1A: sender, 0x5D01: sender}),
        "__properties_version1.0": _properties(
            32, {0x001A: "IPM.Note", 0x0037: subject, 0x1000: body, 0x0C1A: sender, 0x5D01: sender}, {},
            (0, 0, 1, len(attachments), 1, len(attachments)),
        ),
        "__recip_version1.0_#00000000": {
            **_strings({0x3001: recipient, 0x39FE: recipient, 0x3003: recipient}),
            "__properties_version1.0": _properties(8, {0x3001: recipient, 0x39FE: recipient, 0x3003: recipient}, {}),
        },
    }  # fmt: skip
    for number, (name, data) in enumerate(attachments.items()):
        tree[f"__attach_version1.0_#{number:08X}"] = {
            **_strings({0x3707: name, 0x3704: name}),
            "__substg1.0_37010102": data,
            "__properties_version1.0": _properties(8, {0x3707: name, 0x3704: name}, {0x3705: 1}, data=len(data)),
        }
    return ole(tree)


def _strings(values: dict[int, str]) -> Tree:
    return {f"__substg1.0_{key:04X}001F": value.encode("utf-16-le") for key, value in values.items()}


def _properties(
    head: int, strings: dict[int, str], numbers: dict[int, int], counts: tuple[int, ...] = (), *, data: int | None = None
) -> bytes:
    made = struct.pack(f"<{len(counts)}I", *counts).ljust(head, b"\0") if counts else bytes(head)
    for key, value in strings.items():
        made += struct.pack("<HHIII", 0x001F, key, 6, len(value) * 2 + 2, 0)
    for key, number in numbers.items():
        made += struct.pack("<HHIII", 0x0003, key, 6, number, 0)
    if data is not None:
        made += struct.pack("<HHIII", 0x0102, 0x3701, 6, data, 0)
    return made
