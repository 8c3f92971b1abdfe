#!/usr/bin/env python3
"""Lists a segment of the lexical index and checks it. Written from docs/format/segment.md; standard library only.

usage: tools/segment_ls.py FILE.seg [--rows] [--terms] [--postings] [--positions] [--term TERM] [--json]

Always checked: the name, the checksum of header and tables, order and bounds of all parts, every posting and
position. Prints a summary; the options add a line for each row or term. Exit 0: whole; 1: damaged, with the reason;
2: no segment.
"""
import argparse
import json
import struct
import sys
from pathlib import Path

FIELDS = ("body", "title", "heading", "name")
HEADER = struct.Struct("<8s13Q")  # magic, rows, 4 x terms, 6 offsets, size, checksum
ROW = struct.Struct("<QIIII")
TERM = struct.Struct("<IIQQ")
BLOCK = 128
SKIP = struct.Struct("<II5B")  # last row, end, shortest length class of frequencies 1, 2, 3 and more, highest frequency
NO_CLASS, FREQUENCY_OPEN = 255, 255
ROWS_MAX = 1 << 30
NUMBER_MAX = (1 << 32) - 1


class Damaged(Exception):
    pass


# ---- XXH3 of more than 16 bytes (github.com/Cyan4973/xxHash, doc/xxhash_spec.md) ----

M64 = (1 << 64) - 1
P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
SECRET_MIN = 136  # of the secret's bytes, used for the last of a middle-sized input


def u64(data, at):
    return int.from_bytes(data[at:at + 8], "little")


def fold(a, b):
    product = a * b
    return (product ^ product >> 64) & M64


def avalanche(h):
    h = (h ^ h >> 37) * 0x165667919E3779F9 & M64
    return h ^ h >> 32


def mix16(data, at, secret_at, seed):
    return fold(u64(data, at) ^ (u64(SECRET, secret_at) + seed & M64),
                u64(data, at + 8) ^ (u64(SECRET, secret_at + 8) - seed & M64))


def accumulate(data, secret):
    """The eight lanes after all stripes of 64 bytes."""
    lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
    keys = [[u64(secret, 8 * (s + i)) for i in range(8)] for s in range((len(secret) - 64) // 8)]
    words = struct.Struct("<8Q")

    def stripe(at, key):
        values = words.unpack_from(data, at)
        for i in range(8):
            keyed = values[i] ^ key[i]
            lanes[i ^ 1] += values[i]
            lanes[i] += (keyed & 0xFFFFFFFF) * (keyed >> 32)
        for i in range(8):
            lanes[i] &= M64

    scramble = [u64(secret, len(secret) - 64 + 8 * i) for i in range(8)]
    block = 64 * len(keys)
    blocks = (len(data) - 1) // block
    for b in range(blocks):
        for s, key in enumerate(keys):
            stripe(b * block + 64 * s, key)
        for i in range(8):
            lanes[i] = ((lanes[i] ^ lanes[i] >> 47) ^ scramble[i]) * P32_1 & M64
    for s in range((len(data) - 1 - blocks * block) // 64):
        stripe(blocks * block + 64 * s, keys[s])
    stripe(len(data) - 64, [u64(secret, len(secret) - 71 + 8 * i) for i in range(8)])
    return lanes


def merge(lanes, secret, at, start):
    for i in range(4):
        start += fold(lanes[2 * i] ^ u64(secret, at + 16 * i), lanes[2 * i + 1] ^ u64(secret, at + 16 * i + 8))
    return avalanche(start & M64)


def seeded(seed):
    if seed == 0:
        return SECRET
    return b"".join(struct.pack("<QQ", u64(SECRET, i) + seed & M64, u64(SECRET, i + 8) - seed & M64)
                    for i in range(0, len(SECRET), 16))


def xxh3_64(data, seed=0):
    size = len(data)
    if size > 240:
        secret = seeded(seed)
        return merge(accumulate(data, secret), secret, 11, size * P64_1 & M64)
    total = size * P64_1
    if size > 128:
        total += sum(mix16(data, 16 * i, 16 * i, seed) for i in range(8))
        total = avalanche(total & M64)
        total += sum(mix16(data, 16 * i, 16 * (i - 8) + 3, seed) for i in range(8, size // 16))
        return avalanche(total + mix16(data, size - 16, SECRET_MIN - 17, seed) & M64)
    for i in range((size - 1) // 32, -1, -1):
        total += mix16(data, 16 * i, 32 * i, seed) + mix16(data, size - 16 * (i + 1), 32 * i + 16, seed)
    return avalanche(total & M64)


def xxh3_128_hex(data):
    """As 32 hex digits, the high half first; of more than 128 bytes."""
    size = len(data)
    if size > 240:
        lanes = accumulate(data, SECRET)
        low = merge(lanes, SECRET, 11, size * P64_1 & M64)
        high = merge(lanes, SECRET, len(SECRET) - 64 - 11, ~(size * P64_2) & M64)
        return f"{high:016x}{low:016x}"
    low, high = size * P64_1 & M64, 0

    def mix32(first, second, secret_at):
        nonlocal low, high
        low = low + mix16(data, first, secret_at, 0) & M64 ^ (u64(data, second) + u64(data, second + 8) & M64)
        high = high + mix16(data, second, secret_at + 16, 0) & M64 ^ (u64(data, first) + u64(data, first + 8) & M64)

    for i in range(4):
        mix32(32 * i, 32 * i + 16, 32 * i)
    low, high = avalanche(low), avalanche(high)
    for i in range(4, size // 32):
        mix32(32 * i, 32 * i + 16, 3 + 32 * (i - 4))
    mix32(size - 16, size - 32, SECRET_MIN - 33)
    mixed = low * P64_1 + high * P64_4 + size * P64_2 & M64
    return f"{-avalanche(mixed) & M64:016x}{avalanche(low + high & M64):016x}"


# ---- the file ----


class Segment:
    def __init__(self, data):
        if len(data) < HEADER.size or data[:7] != b"NARUSEG":
            raise ValueError("not a segment")
        if data[7:8] != b"3":
            raise ValueError(f"format {data[7:8].decode('ascii', 'replace')}, this reads 3")
        numbers = HEADER.unpack_from(data)[1:]
        self.row_count, self.counts = numbers[0], numbers[1:5]
        row_at, lengths_at, term_at, bytes_at, postings_at, positions_at, size, checksum = numbers[5:]
        columns = [f for f in range(1, len(FIELDS)) if self.counts[f] > 0]
        if (size != len(data) or row_at != HEADER.size or self.row_count > ROWS_MAX
                or lengths_at != row_at + self.row_count * ROW.size
                or term_at != lengths_at + len(columns) * self.row_count
                or bytes_at != term_at + (sum(self.counts) + 1) * TERM.size
                or not bytes_at <= postings_at <= positions_at <= size):
            raise Damaged("its tables do not fit its size")
        if xxh3_64(data[HEADER.size:postings_at], xxh3_64(data[:HEADER.size - 8])) != checksum:
            raise Damaged("the checksum of its tables is wrong")
        self.rows = list(ROW.iter_unpack(data[row_at:lengths_at]))
        self.lengths = {f: data[lengths_at + i * self.row_count:][:self.row_count] for i, f in enumerate(columns)}
        self.records = list(TERM.iter_unpack(data[term_at:bytes_at]))
        self.term_bytes, self.postings = data[bytes_at:postings_at], data[postings_at:positions_at]
        self.positions = data[positions_at:]
        if any((a[0], a[1]) >= (b[0], b[1]) for a, b in zip([(r[1], r[0]) for r in self.rows],
                                                            [(r[1], r[0]) for r in self.rows[1:]])):
            raise Damaged("its rows are out of order")

    def length(self, field, row):
        return self.rows[row][4] if field == 0 else self.lengths[field][row]

    def terms(self):
        """(field, term, [(row, [position])]) of each term."""
        number = 0
        for field, count in enumerate(self.counts):
            before = None
            for _ in range(count):
                here, after = self.records[number:number + 2]
                if any(here[i] > after[i] for i in (0, 2, 3)) or not 0 < here[1] <= self.row_count:
                    raise Damaged(f"term {number} points outside")
                term = self.term_bytes[here[0]:after[0]]
                if before is not None and term <= before:
                    raise Damaged(f"term {number} is out of order")
                before = term
                try:
                    yield field, term, self.read(field, self.postings[here[2]:after[2]],
                                                 self.positions[here[3]:after[3]], here[1])
                except (IndexError, struct.error):
                    raise Damaged(f"term {number} ends too early") from None
                number += 1
        last = self.records[number]
        if last != (len(self.term_bytes), 0, len(self.postings), len(self.positions)):
            raise Damaged("its parts end elsewhere than its last record says")

    def read(self, field, postings, positions, count):
        blocks = -(-count // BLOCK)
        found, row = [], -1
        heads = [SKIP.unpack_from(postings, SKIP.size * b) for b in range(blocks)] if blocks > 1 else []
        ends = [struct.unpack_from("<I", positions, 4 * b)[0] for b in range(blocks)] if blocks > 1 else []
        at, place_at = SKIP.size * len(heads), 4 * len(ends)
        for block in range(blocks):
            size = min(BLOCK, count - block * BLOCK)
            row_width, more_width = postings[at] & 31, postings[at] >> 5
            at += 1
            if more_width == 7:
                more_width, at = postings[at], at + 1
                if more_width < 7:
                    raise Damaged("a width that is written longer than it is")
            distances, at = unpacked(postings, at, size, row_width)
            more, at = unpacked(postings, at, size, more_width)
            best = [NO_CLASS] * 4 + [0]
            for distance, frequency in zip(distances, (one + 1 for one in more)):
                row += distance + 1
                if row >= self.row_count:
                    raise Damaged("a posting names a row that is not there")
                kind = min(frequency, 4) - 1
                best[kind] = min(best[kind], length_class(self.length(field, row)), NO_CLASS - 1)
                best[4] = max(best[4], min(frequency, FREQUENCY_OPEN))
                places, place = [], 0
                for _ in range(frequency):
                    distance, place_at = varint(positions, place_at)
                    place += distance
                    if place > NUMBER_MAX:
                        raise Damaged("a position is too large")
                    places.append(place)
                found.append((row, places))
            wanted = (row, at - SKIP.size * blocks, *best)
            if heads and (heads[block] != wanted or ends[block] != place_at - 4 * blocks):
                raise Damaged("a block is not what its table says")
        if at != len(postings) or place_at != len(positions):
            raise Damaged("bytes behind the last posting or position")
        return found


def length_class(length):
    if length < 64:
        return length
    doublings = length.bit_length() - 7
    return min(64 + 16 * doublings + (length >> (doublings + 2) & 15), 255)


def unpacked(data, at, count, width):
    """`count` numbers of `width` bits from byte `at` on, and where they end."""
    end = at + (count * width + 7) // 8
    if end > len(data):
        raise IndexError
    bits = int.from_bytes(data[at:end], "little")
    numbers = [bits >> i * width & (1 << width) - 1 for i in range(count)]
    if bits >> count * width or max(numbers).bit_length() != width:
        raise Damaged("numbers that are packed wider than they are")
    return numbers, end


def varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if value > NUMBER_MAX:
                raise Damaged("a number is too large")
            return value, at
        if shift >= 35:
            raise Damaged("a number does not end")


def listing(path, arguments):
    data = path.read_bytes()
    segment = Segment(data)
    if xxh3_128_hex(data) != path.stem:
        raise Damaged("its bytes are not those it was named for")
    lines, lengths = [], [[0] * segment.row_count for _ in FIELDS]
    totals = {"terms": dict(zip(FIELDS, segment.counts)), "postings": dict.fromkeys(FIELDS, 0),
              "positions": dict.fromkeys(FIELDS, 0)}
    for field, term, found in segment.terms():
        totals["postings"][FIELDS[field]] += len(found)
        for row, places in found:
            lengths[field][row] += len(places)
            totals["positions"][FIELDS[field]] += len(places)
        text = term.decode("utf-8", "backslashreplace")
        if not (arguments.terms or arguments.postings or arguments.positions):
            continue
        if arguments.term is not None and arguments.term != text:
            continue
        line = {"kind": "term", "field": FIELDS[field], "term": text, "rows": len(found)}
        if arguments.positions:
            line["postings"] = [[row, places] for row, places in found]
        elif arguments.postings:
            line["postings"] = [[row, len(places)] for row, places in found]
        lines.append(line)
    for i, (chunk, document, model, vector, length) in enumerate(segment.rows):
        said = [length] + [segment.lengths[f][i] if f in segment.lengths else 0 for f in range(1, len(FIELDS))]
        if said != [of[i] for of in lengths]:
            raise Damaged(f"row {i} has other lengths than its postings")
        if arguments.rows:
            lines.append({"kind": "row", "row": i, "chunk": chunk, "document": document, "model": model,
                          "vector": vector, "lengths": dict(zip(FIELDS, said))})
    lines.append({"kind": "segment", "name": path.stem, "bytes": len(data), "rows": segment.row_count, **totals})
    return lines


def plain(line):
    kind = line.pop("kind")
    return kind + " " + " ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in line.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    for name in ("rows", "terms", "postings", "positions", "json"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--term", help="of --terms, --postings or --positions this one alone")
    arguments = parser.parse_args()
    try:
        lines = listing(arguments.file, arguments)
    except Damaged as damage:
        print(f"{arguments.file}: {damage}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as wrong:
        print(f"{arguments.file}: {wrong}", file=sys.stderr)
        return 2
    for line in lines:
        print(json.dumps(line, ensure_ascii=False) if arguments.json else plain(line))
    return 0


if __name__ == "__main__":
    sys.exit(main())
