"""Inputs for `fuzz.py`: valid files that are damaged, and structures made from nothing."""

import json
import random
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

MAX_INPUT = 1 << 18
NUMBERS = (0, 1, 2, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, -1)
TEXTS = (
    *("", "\0", "\x1b[2J", "a\nb", "../../etc/passwd", "/etc/passwd", "<script>alert(1)</script>"),
    *('=HYPERLINK("http://a")', "\u202e", "\ud800", "é" * 70, "x" * 5000, "nan", "Infinity"),
)
LITERALS = (
    *("-1", "0", "1e999", "1e-999", "NaN", "-Infinity", "true", "null", "9" * 19, "9" * 400),
    *("4294967296", "-0.0", "1.5", '""', "[]", "{}", "1e308", "9223372036854775807"),
)


class Edit(NamedTuple):
    """One damage: what is done, where, how much, and with which value."""

    kind: str
    place: int
    length: int
    value: int


KINDS = ("flip", "cut", "delete", "insert", "splice", "repeat", "number", "literal")


def edits() -> st.SearchStrategy[list[Edit]]:
    """Return a strategy of lists of damages."""
    return st.builds(_edits, st.integers(1, 6), st.integers(0, 2**32))


def _edits(count: int, key: int) -> list[Edit]:
    # Not drawn one by one by Hypothesis, which takes longer than to read the file.
    draw = random.Random(key)
    return [
        Edit(
            draw.choice(KINDS),
            draw.randrange(2**20),
            2 ** draw.randrange(12),
            draw.randrange(2**16),
        )
        for _ in range(count)
    ]


def damaged(content: bytes, made: Sequence[Edit], seeds: Sequence[bytes]) -> bytes:
    """Apply damages, one after the other."""
    for edit in made:
        content = _apply(content, edit, seeds)[:MAX_INPUT]
    return content


def _apply(content: bytes, edit: Edit, seeds: Sequence[bytes]) -> bytes:
    kind, place, length, value = edit
    place %= len(content) + 1
    before, after = content[:place], content[place:]
    match kind:
        case "flip":
            return before + bytes([byte ^ (1 << value % 8) for byte in after[:1]]) + after[1:]
        case "cut":
            return before
        case "delete":
            return before + after[length:]
        case "insert":
            return before + (value.to_bytes(3, "little") * length)[:length] + after
        case "splice":
            other = seeds[value % len(seeds)]
            return before + other[value % (len(other) + 1) :][:length] + after
        case "repeat":
            return before + after[:length] * (2 + value % 64) + after[length:]
        case "number":
            number = NUMBERS[value % len(NUMBERS)] % 2**64
            size, order = (1, 2, 4, 8)[length % 4], "big" if place % 2 else "little"
            packed = (number % 256**size).to_bytes(size, order)
            return before + packed + after[size:]
        case _:
            return _with_literal(content, place, LITERALS[value % len(LITERALS)].encode())


def _with_literal(content: bytes, place: int, literal: bytes) -> bytes:
    """Replace one of the numbers of a text."""
    found = [*re.finditer(rb"-?\d+(?:\.\d+)?", content[:MAX_INPUT])]
    if not found:
        return content
    number = found[place % len(found)]
    return content[: number.start()] + literal + content[number.end() :]


def scalars() -> st.SearchStrategy[Any]:
    """Return a strategy of values without structure."""
    return st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from(NUMBERS),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.sampled_from(TEXTS),
        st.text(max_size=20),
    )


def json_values(keys: Sequence[str]) -> st.SearchStrategy[Any]:
    """Return a strategy of values whose objects have keys that the readers know."""
    names = st.one_of(st.sampled_from(keys), st.text(max_size=5))
    return st.recursive(
        scalars(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=6), st.dictionaries(names, inner, max_size=6)
        ),
        max_leaves=20,
    )


def json_texts(seed: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of JSON: the seed with other values, new values, and deep or long texts."""
    lines = seed.splitlines() if seed.count(b"\n{") else [seed]
    content = json.loads(lines[0])
    places = [*_places(content)]
    keys = sorted({key for place in places for key in place if isinstance(key, str)}) or ["a"]
    swapped = st.lists(
        st.tuples(st.sampled_from(places), json_values(keys)), min_size=1, max_size=3
    ).map(lambda swaps: _swapped(lines[0], swaps))
    deep = st.builds(
        lambda depth, start, end: (start * depth + "1" + end * depth).encode(),
        st.sampled_from((50, 99, 100, 101, 1000, 60_000)),
        st.sampled_from(("[", '{"a":', '[{"layers":')),
        st.sampled_from(("]", "}", "}]", "")),
    )
    whole = json_values(keys).map(lambda value: json.dumps(value).encode())
    return st.one_of(swapped, swapped, whole, deep)


def _places(value: Any, place: tuple = ()) -> Iterator[tuple]:
    yield place
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield from _places(inner, (*place, key))


def _swapped(seed: bytes, swaps: Sequence[tuple[tuple, Any]]) -> bytes:
    content = {"": json.loads(seed)}
    for place, value in swaps:
        target: Any = content
        try:
            for key in ("", *place)[:-1]:
                target = target[key]
            target[("", *place)[-1]] = value
        except (KeyError, IndexError, TypeError):  # an earlier swap took the place away
            continue
    return json.dumps(content[""]).encode()


def with_checksums(png: bytes) -> bytes:
    """Return a PNG file with right checksums, so that readers look behind them."""
    start, chunks = 8, [png[:8]]
    while start + 8 <= len(png):
        length = int.from_bytes(png[start : start + 4], "big")
        body = png[start + 4 : start + 8 + length]
        chunks += [png[start : start + 4], body, struct.pack(">I", zlib.crc32(body))]
        start += 12 + length
    return b"".join(chunks)


def tar_checksums(tar: bytes) -> bytes:
    """Return an archive whose headers have right checksums."""
    blocks = [tar[start : start + 512] for start in range(0, len(tar), 512)]
    return b"".join(
        _with_sum(block) if block[257:262] == b"ustar" and len(block) == 512 else block
        for block in blocks
    )


def _with_sum(block: bytes) -> bytes:
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    return block[:148] + f"{total:06o}\0 ".encode() + block[156:]


Repair = Callable[[bytes], bytes]
