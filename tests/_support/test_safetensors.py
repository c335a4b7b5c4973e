import json
import os
import pickle
import re
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
import safetensors.numpy

from jaxcnn._support.safetensors import MAX_HEADER, read_tensors, write_tensors


def file_of(header, data=b"", length=None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def entry(begin, end, shape=(1,), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


ONE = json.dumps(entry(0, 4))
HOSTILE = {
    "zero length": (b"", "it has 0 bytes"),
    "seven bytes": (b"1234567", "it has 7 bytes"),
    "header of 2^63": (file_of({}, length=2**63), "header would have 9,223,372,036,854,775,808"),
    "header of 101 MB": (file_of({}, length=101_000_000), "header would have 101,000,000"),
    "header cut": (file_of({}, length=9), "ends early: of the 9 bytes of its header it has 2"),
    "data cut": (file_of({"a": entry(0, 4)}, b"\0\0"), "its arrays have 4 bytes, but there are 2"),
    "data behind": (
        file_of({"a": entry(0, 4)}, b"\0" * 9),
        "there are bytes of no array at its end",
    ),
    "out of range": (file_of({"a": entry(4, 8)}, b"\0" * 8), "'a' leaves a hole before it"),
    "far out": (file_of({"a": entry(0, 2**40, (2**38,))}), "but there are 0"),
    "negative": (file_of({"a": entry(-4, 0)}), r"'a' has the data_offsets [-4, 0]"),
    "backwards": (file_of({"a": entry(4, 0)}, b"\0" * 4), "'a' needs 4 bytes"),
    "hole": (
        file_of({"a": entry(0, 4), "b": entry(8, 12)}, b"\0" * 12),
        "'b' leaves a hole before it: it starts at 8, not at 4",
    ),
    "overlap": (
        file_of({"a": entry(0, 4), "b": entry(2, 6)}, b"\0" * 6),
        "'b' overlaps the one before it: it starts at 2, not at 4",
    ),
    "same bytes": (
        file_of({"a": entry(0, 4), "b": entry(0, 4)}, b"\0" * 4),
        "'b' overlaps the one before it",
    ),
    "duplicate name": (
        file_of(f'{{"a": {ONE}, "a": {ONE}}}'.encode(), b"\0" * 4),
        "expected each key once, got 'a' twice",
    ),
    "duplicate field": (
        file_of(b'{"a": {"dtype": "F32", "dtype": "F32", "shape": [], "data_offsets": [0, 4]}}'),
        "expected each key once, got 'dtype' twice",
    ),
    "not UTF-8": (file_of(b'{"\xff": ' + ONE.encode() + b"}", b"\0" * 4), "is not UTF-8"),
    "not JSON": (file_of(b"{'a': 1}"), "is not JSON"),
    "a list": (file_of([]), "is not a JSON object"),
    "deep": (file_of(b"[" * 500_000), "nested too deeply"),
    "long number": (file_of(b'{"a": ' + b"1" * 9_000 + b"}"), "is not JSON"),
    "metadata": (file_of({"__metadata__": 1}), "its __metadata__ is not a JSON object"),
    "unknown dtype": (file_of({"a": entry(0, 4, dtype="F31")}, b"\0" * 4), "the dtype 'F31'"),
    "bfloat16": (file_of({"a": entry(0, 2, dtype="BF16")}, b"\0" * 2), "the dtype 'BF16'"),
    "dtype a list": (file_of({"a": entry(0, 4, dtype=[])}, b"\0" * 4), "the dtype []"),
    "entry a number": (file_of({"a": 1}), "'a' needs dtype, shape and data_offsets, got 1"),
    "more fields": (file_of({"a": entry(0, 0) | {"x": 1}}), "'a' needs dtype, shape and data_off"),
    "shape overflows": (
        file_of({"a": entry(0, 0, (2**62, 4))}),
        "the shape [4611686018427387904, 4], which is too large",
    ),
    "shape overflows to 0": (file_of({"a": entry(0, 0, (0, 2**62, 4))}), "which is too large"),
    "negative shape": (file_of({"a": entry(0, 4, (-1, -1))}, b"\0" * 4), "the shape [-1, -1]"),
    "shape of floats": (file_of({"a": entry(0, 4, (1.0,))}, b"\0" * 4), "the shape [1.0]"),
    "shape of True": (file_of({"a": entry(0, 4, (True,))}, b"\0" * 4), "the shape [True]"),
    "shape NaN": (
        file_of({"a": entry(0, 4, (float("nan"),))}, b"\0" * 4),
        "finite numbers, got NaN",
    ),
    "many axes": (file_of({"a": entry(0, 4, (1,) * 65)}, b"\0" * 4), "the shape [1, 1"),
    "pickle": (pickle.dumps({"a": [1.0] * 9}), "PyTorch pickled"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name, tmp_path):
    content, message = HOSTILE[name]
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        read_tensors(path)
    assert str(error.value).startswith(f"{path}: not a readable safetensors file")
    assert len(str(error.value)) < 900


def test_a_million_tensors_take_neither_time_nor_memory(tmp_path):
    path = tmp_path / "weights.safetensors"
    names = ",".join(
        f'"{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for i in range(1000)
    )
    path.write_bytes(file_of(f"{{{','.join([names] * 1000)}}}".encode()))
    tracemalloc.start()
    start = time.process_time()
    with pytest.raises(ValueError, match=f"more than the {MAX_HEADER:,} that are read"):
        read_tensors(path)
    assert time.process_time() - start < 1
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_header_of_100_million_bytes(tmp_path):
    path = tmp_path / "weights.safetensors"
    with path.open("wb") as file:
        file.write((100_000_001).to_bytes(8, "little") + b"{")
        file.truncate(100_000_009)  # a file with nothing in it takes no room
    with pytest.raises(ValueError, match="its header would have 100,000,001 bytes"):
        read_tensors(path)


def test_places_that_are_no_files(tmp_path):
    with pytest.raises(IsADirectoryError, match=re.escape(str(tmp_path))):
        read_tensors(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"nothing\.safetensors"):
        read_tensors(tmp_path / "nothing.safetensors")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        with pytest.raises(ValueError, match=rf"{name}: expected a regular file, got a pipe"):
            read_tensors(tmp_path / name)


def test_pickles_are_not_opened_and_the_error_says_how_to_convert(tmp_path):
    path = tmp_path / "resnet18.pth"
    with zipfile.ZipFile(path, "w") as archive:  # what torch.save writes
        archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'touch harmed'\ntR.")
    with pytest.raises(ValueError, match=r"resnet18\.pth(.|\n)*never opens(.|\n)*save_file"):
        read_tensors(path)


def test_what_the_library_writes_is_read(tmp_path):
    tensors = {
        "weight": np.arange(6, dtype=np.float32).reshape(2, 3),
        "count": np.array(7),
        "none": np.zeros((0, 5), np.float16),
        "flags": np.array([True, False]),
    }
    safetensors.numpy.save_file(tensors, tmp_path / "a", metadata={"format": "pt"})
    found = read_tensors(tmp_path / "a")
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        np.testing.assert_array_equal(found[name], tensor, strict=True)


def test_what_is_written_is_read_by_the_library(tmp_path):
    tensors = {"a": np.arange(6.0).reshape(2, 3).T, "b": np.array(1, np.int64)}
    write_tensors(tensors, tmp_path / "weights.safetensors")
    assert os.listdir(tmp_path) == ["weights.safetensors"]
    found = safetensors.numpy.load_file(tmp_path / "weights.safetensors")
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor, strict=True)


def test_others_may_read_what_is_written_as_any_file(tmp_path):
    write_tensors({"a": np.ones(3)}, tmp_path / "weights.safetensors")
    (tmp_path / "any").touch()
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_what_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_tensors({"a": np.ones(3)}, tmp_path / "nowhere" / "weights.safetensors")
    (tmp_path / "folder" / "full").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_tensors({"a": np.ones(3)}, tmp_path / "folder")
    assert os.listdir(tmp_path) == ["folder"]


def test_a_header_of_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path):
    path = tmp_path / "weights.safetensors"
    header = json.dumps({"a": entry(0, 4)}).encode()
    path.write_bytes(file_of(header.ljust(MAX_HEADER), b"\0" * 4))
    assert read_tensors(path)["a"].tolist() == [0]
    path.write_bytes(file_of(header.ljust(MAX_HEADER + 1), b"\0" * 4))
    with pytest.raises(ValueError, match="its header would have 10,000,001 bytes"):
        read_tensors(path)


def test_arrays_that_do_not_fit_in_memory(tmp_path, monkeypatch):
    path = tmp_path / "weights.safetensors"
    write_tensors({"a": np.zeros(100)}, path)
    size = path.stat().st_size
    monkeypatch.setattr("jaxcnn._support.safetensors.memory_limit", lambda: size)
    read_tensors(path)
    monkeypatch.setattr("jaxcnn._support.safetensors.memory_limit", lambda: size - 1)
    with pytest.raises(ValueError, match=f"it has {size:,} bytes, more than the {size - 1:,} of"):
        read_tensors(path)
