"""JSON and small files at their limits, and one beyond."""

import json
import os
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

import jaxcnn._support.json_texts as limits
from jaxcnn._support.files import read_json_object, write_json
from jaxcnn._support.json_texts import parse_json, read_json, read_limited, read_text


def nested(depth):
    return "[" * depth + "]" * depth


def test_depth():
    assert json.dumps(parse_json(nested(100))) == nested(100)
    assert parse_json('{"a": "' + "[" * 1000 + '"}') == {"a": "[" * 1000}
    for text in (nested(101), '{"a":' * 101 + "1" + "}" * 101, "[" * 100_000, nested(100_000)):
        with pytest.raises(
            ValueError, match=r"^expected at most 100 nested lists and objects, got"
        ):
            parse_json(text)


def test_number_of_values(monkeypatch):
    monkeypatch.setattr(limits, "MAX_VALUES", 10)
    assert parse_json("[" + "0," * 9 + "0]") == [0] * 10
    assert parse_json('["' + "," * 99 + '"]') == ["," * 99]
    with pytest.raises(ValueError, match=r"^expected at most 10 values, got 11"):
        parse_json("[" + "0," * 10 + "0]")


def test_size(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "MAX_BYTES", 10)
    path = tmp_path / "a.json"
    path.write_text('"12345678"')
    assert read_json(path) == "12345678"
    path.write_text('"123456789"')
    with pytest.raises(ValueError, match=r"a\.json: expected at most 10 bytes, got more"):
        read_json(path)
    with pytest.raises(ValueError, match=r"^expected at most 10 bytes of JSON, got 11"):
        parse_json('"123456789"')


def test_digits():
    assert parse_json("9" * 300) == 10**300 - 1
    assert float(parse_json("9" * 300)) == 1e300
    with pytest.raises(ValueError, match=r"^expected at most 300 digits, got 301"):
        parse_json("9" * 301)
    with pytest.raises(ValueError, match="got 1,000,000"):
        parse_json("9" * 1_000_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NaN", "^expected finite numbers, got NaN"),
        ("[-Infinity]", "^expected finite numbers, got -Infinity"),
        ("1e999", "^expected numbers in the range of floats, got 1e999"),
        ('{"a": 1, "\\u0061": 2}', "^expected each key once, got 'a' twice"),
        (b'{"a": "\xff"}', "^expected JSON in UTF-8, got byte 0xff at 7"),
        ("{'a': 1}", "^expected JSON, got a text with a fault .Expecting property name"),
        ("", "^expected JSON, got a text with a fault"),
        ("]" * 10_000 + "[" * 10_000, "^expected JSON, got a text with a fault"),
        ('"' + "\\" * 9_999, "^expected JSON, got a text with a fault"),
    ],
    ids=lambda text: str(text)[:20],
)
def test_faults(text, message):
    with pytest.raises(ValueError, match=message) as found:
        parse_json(text)
    assert len(str(found.value)) < 200


def test_a_caller_at_the_end_of_the_stack_is_told():
    def call(depth):
        return call(depth - 1) if depth else parse_json(nested(100))

    def fault(depth):
        try:
            call(depth)
        except (limits.TooDeepError, RecursionError) as error:
            return type(error)
        return None

    # The last depths at which the call itself still fits.
    first = next(filter(None, map(fault, range(sys.getrecursionlimit()))))
    assert first is limits.TooDeepError


def test_what_is_written_can_be_read(tmp_path):
    path = tmp_path / "a.json"
    for content in ({"a": 10**301}, {"a": json.loads(nested(100))}):
        with pytest.raises(ValueError, match=r"a\.json: expected "):
            write_json(path, content)
    assert not path.exists()
    write_json(path, {"a": json.loads(nested(99)), "b": "\ud800"})
    assert read_json_object(path) == {"a": json.loads(nested(99)), "b": "\ud800"}


def test_a_file_of_the_system_that_says_0_bytes():
    endless = Path("/proc/self/status")
    if not endless.exists():
        pytest.skip("Linux only")
    assert read_limited(endless, 10**6).startswith(b"Name:")
    with pytest.raises(ValueError, match="status: expected at most 10 bytes, got more"):
        read_limited(endless, 10)


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
def test_pipes_and_devices_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    for name in ("pipe.json", "zero.json"):
        with pytest.raises(ValueError, match=f"{name}: expected a regular file, got a pipe or a"):
            read_json_object(tmp_path / name)
    with pytest.raises(IsADirectoryError, match="expected a file, got a folder"):
        read_json(tmp_path)
    (tmp_path / "lost.json").symlink_to("nowhere")
    with pytest.raises(FileNotFoundError, match=r"lost\.json"):
        read_json_object(tmp_path / "lost.json")


def test_text_that_is_not_utf_8_is_named(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"ab\xff")
    with pytest.raises(ValueError, match=r"a\.txt: expected text in UTF-8, got byte 0xff at 2"):
        read_text(tmp_path / "a.txt")


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "[" + ('{"a":' * 98 + "1" + "}" * 98 + ",") * 10_000 + "0]",
        "[" + "1.5," * 1_900_000 + "0]",
        "{" + ",".join(f'"é{i:x}":{i}' for i in range(1_800_000)) + "}",
        '["\U0001f600' + "a" * (limits.MAX_BYTES - 10) + '"]',
        '""' * (limits.MAX_BYTES // 2),
    ],
    ids=["objects", "numbers", "keys", "wide letters", "texts"],
)
def test_memory(text):
    content = text.encode()
    assert len(content) <= limits.MAX_BYTES
    tracemalloc.start()
    with suppress(ValueError):
        parse_json(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 512 * 2**20
