"""C headers: how they compile and predict, and what is not written."""

import ctypes
import dataclasses
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from code_files import FLAGS, compile_c, in_c, in_python, needs_cc
from onnx_files import distance, inputs_for, network

import jaxcnn
from jaxcnn import Conv, Dense, Embedding, Flatten, GlobalAvgPool, Sequential
from jaxcnn.export.code._c_file import c_string, identifier
from jaxcnn.export.code._c_loops import c_float

NET = Sequential([Conv(4, 3, name="a-b"), Conv(4, 3, name="a_b"), GlobalAvgPool(), Dense(3)])
NAMES = ("cat", '"?\\\n', "ü")


@pytest.fixture
def found():
    return network(NET, (9, 8, 3), names=NAMES)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "my net.h"


@needs_cc
def test_classes_and_predictions_in_c(found, path, tmp_path):
    written = jaxcnn.export.c(found, path)
    text = f"{path}: images uint8 (9, 8, 3) to logits float32 (3); 275 weights, "
    assert str(written).startswith(text)
    assert written.bytes == path.stat().st_size
    source, library = tmp_path / "net.c", tmp_path / "net.so"
    source.write_text('#define MY_NET_IMPLEMENTATION\n#include "my net.h"\n#include "my net.h"\n')
    compile_c("-fPIC", "-shared", "-o", library, source, flags=(*FLAGS, "-Wshadow"))
    loaded = ctypes.CDLL(str(library))
    names = (ctypes.c_char_p * 3).in_dll(loaded, "my_net_names")
    assert [each.decode() for each in names if each] == [*NAMES]
    inputs, output = inputs_for(found, 1, normalized=False), np.zeros(3, np.float32)
    scratch = np.zeros(written.buffer // 4, np.float32)  # pyright: ignore[reportOptionalOperand]
    pointers = (ctypes.c_void_p(each.ctypes.data) for each in (inputs, output, scratch))
    loaded.my_net_predict_in(*pointers)
    assert distance(output, found.logits(inputs)[0]) < 1e-6


@pytest.mark.skipif(shutil.which("c++") is None, reason="no C++ compiler")
def test_headers_in_cpp(found, tmp_path):
    other = network(Sequential([GlobalAvgPool(), Dense(3)]), (9, 8, 3), names=NAMES)
    networks = {"one": found, "two": other}
    for name, each in networks.items():
        jaxcnn.export.c(each, tmp_path / f"{name}.h")
    source, library = tmp_path / "net.cpp", tmp_path / "net.so"
    source.write_text(
        "#define ONE_IMPLEMENTATION\n#define TWO_IMPLEMENTATION\n"
        '#include "one.h"\n#include "two.h"\n'
    )
    flags = (*FLAGS[1:], "-fPIC", "-shared", "-o", library)
    compile_c(source, flags=flags, compiler="c++")
    loaded, inputs = ctypes.CDLL(str(library)), inputs_for(found, 1, normalized=False)
    for name, each in networks.items():
        output = np.zeros(3, np.float32)
        predict = getattr(loaded, f"{name}_predict")
        predict(*(ctypes.c_void_p(array.ctypes.data) for array in (inputs, output)))
        assert distance(output, each.logits(inputs)[0]) < 1e-6


def test_numbers_are_written_with_all_their_digits():
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 2**32, 1000, np.uint32).view(np.float32)
    numbers = numbers[np.isfinite(numbers)]
    texts = [c_float(number) for number in numbers]
    assert np.array_equal(np.array([text.removesuffix("f") for text in texts], np.float32), numbers)
    assert [c_float(each) for each in (1, 0.5, 1e-9, 1e20)] == ["1.0f", "0.5f", "1e-09f", "1e+20f"]


def test_names():
    assert c_string('a"\\?\nü') == '"a\\042\\134\\077\\012\\303\\274"'
    assert identifier("layers.a b.kernel") == "layers_a_b_kernel"


@needs_cc
def test_a_token_beyond_the_vocabulary_reads_nothing(tmp_path):
    found = network(Sequential([Embedding(10, 4), Flatten(), Dense(3)]), (7,))
    inputs = np.stack([np.arange(7), np.full(7, -1), np.full(7, 10)])
    outputs = in_c(found, tmp_path, inputs)
    assert distance(outputs[:1], found.logits(inputs[:1])) < 1e-6
    assert np.isnan(outputs[1:]).all()


def test_what_is_refused(found, path, monkeypatch):
    for name in ("1", "a-b", "", "_a"):
        with pytest.raises(ValueError, match="name: expected letters, digits and underscores"):
            jaxcnn.export.c(found, path, name=name)
    with pytest.raises(ValueError, match=r"name: expected .*, got path '42'"):
        jaxcnn.export.c(found, path.with_name("42.h"))
    for name in (None, "size"):
        with pytest.raises(ValueError, match="path: expected a name in ASCII"):
            jaxcnn.export.c(found, path.with_name("größe.h"), name=name)
    with pytest.raises(TypeError, match="name: expected a string, got 1"):
        jaxcnn.export.c(found, path, name=1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"path: expected a name that ends in .h, got 'net.c'"):
        jaxcnn.export.c(found, "net.c")
    monkeypatch.setattr("jaxcnn.export.code._c.MAX_BYTES", 100)
    with pytest.raises(ValueError, match="expected at most 100 bytes of weights in a file of C"):
        jaxcnn.export.c(found, path)
    assert not path.exists()


@pytest.mark.slow
@needs_cc
def test_lenet5_gives_the_same_answers_on_all_test_digits(tmp_path):
    data = jaxcnn.data.digits()
    train, test = (
        dataclasses.replace(each, images=jaxcnn.data.resize_images(each.images, (32, 32, 1)))
        for each in data
    )
    run = jaxcnn.fit(jaxcnn.models.lenet5(), train, epochs=5, progress=False)
    expected = run.network.logits(test.images)
    assert len(expected) == 360
    assert (expected.argmax(1) == test.labels).mean() > 0.9
    for compute in (in_python, in_c):
        outputs = compute(run.network, tmp_path, test.images)
        assert distance(outputs, expected) < 1e-5
        assert np.array_equal(outputs.argmax(1), expected.argmax(1))


@pytest.mark.slow
@needs_cc
def test_the_program_of_the_page_classifies(tmp_path):
    page = Path(__file__).parents[3] / "docs" / "how-to" / "export-code.md"
    (program,) = re.findall(r"^```c\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "main.c").write_text(program)
    found = network(jaxcnn.models.lenet5(), (32, 32, 1))
    jaxcnn.export.c(found, tmp_path / "digits.h")
    compile_c("-o", tmp_path / "classify", tmp_path / "main.c")
    inputs = inputs_for(found, 8, normalized=False)
    printed = [
        subprocess.run([tmp_path / "classify"], input=each.tobytes(), capture_output=True)
        for each in inputs
    ]
    expected = [str(best) for best in found.logits(inputs).argmax(1)]
    assert [each.stdout.decode().strip() for each in printed] == expected
    short = subprocess.run([tmp_path / "classify"], input=b"short", capture_output=True)
    assert short.returncode == 1
