"""What exported files of Python and C compute, run as they are."""

import ctypes
import importlib.util
import shutil
import subprocess

import numpy as np
import pytest

import jaxcnn

CC = shutil.which("cc")
FLAGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic")
TOLERANCE = 1e-5
"""The largest norm of a difference over the norm."""

needs_cc = pytest.mark.skipif(CC is None, reason="no C compiler")

MAIN = """
#include <stdio.h>
#include <stdlib.h>
#define NET_IMPLEMENTATION
#include "{header}"

int main(int count, char **files) {{
    FILE *inputs = fopen(files[1], "rb"), *outputs = fopen(files[2], "wb");
    float *logits = malloc(NET_OUTPUTS * sizeof *logits); /* whose edges the sanitizer watches */
    float *scratch = malloc(NET_SCRATCH * sizeof *scratch);
    {type} *input = malloc(NET_INPUTS * sizeof *input);
    while (fread(input, sizeof *input, NET_INPUTS, inputs) == NET_INPUTS) {{
        net_predict_in(input, logits, scratch);
        fwrite(logits, sizeof *logits, NET_OUTPUTS, outputs);
    }}
    free(logits), free(scratch), free(input), fclose(inputs);
    return fclose(outputs) || count != 3;
}}
"""


def compile_c(*arguments, flags=FLAGS, compiler="cc"):
    """Compile without a warning."""
    command = [compiler, *map(str, (*flags, *arguments)), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def in_python(found, folder, inputs, name="net"):
    """The logits from the Python file of a network."""
    path = folder / f"{name}.py"
    jaxcnn.export.numpy(found, path, overwrite=True)
    return module(path).logits(inputs)


def module(path):
    """A Python file as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def in_c(found, folder, inputs, flags=FLAGS):
    """The logits from the C header of a network, loaded into this process."""
    header, library = folder / "net.h", folder / "net.so"
    jaxcnn.export.c(found, header, name="net", overwrite=True)
    source = folder / "net.c"
    source.write_text(f'#define NET_IMPLEMENTATION\n#include "{header}"\n')
    library = folder / f"net{len([*folder.iterdir()])}.so"  # a new name, or the old one is loaded
    compile_c("-fPIC", "-shared", "-o", library, source, flags=flags)
    predict = ctypes.CDLL(str(library)).net_predict
    inputs = as_c(found, inputs)
    outputs = np.zeros((len(inputs), *found.output_shape), np.float32)
    for one, output in zip(inputs, outputs, strict=True):
        predict(*(ctypes.c_void_p(each.ctypes.data) for each in (one, output)))
    return outputs


def in_sanitized_c(found, folder, inputs):
    """The logits from a program that ends where it reads or writes beyond an array."""
    jaxcnn.export.c(found, folder / "net.h", name="net", overwrite=True)
    kinds = {"images": "unsigned char", "tokens": "int"}
    main = MAIN.format(header=folder / "net.h", type=kinds.get(found.kind, "float"))
    (folder / "main.c").write_text(main)
    checks = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    compile_c("-o", folder / "main", folder / "main.c", flags=(*FLAGS, *checks))
    as_c(found, inputs).tofile(folder / "inputs")
    command = [folder / "main", folder / "inputs", folder / "outputs"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return np.fromfile(folder / "outputs", np.float32).reshape(len(inputs), -1)


def as_c(found, inputs):
    """Inputs in the type that C takes."""
    kinds = {"images": np.uint8, "tokens": np.int32}
    return np.ascontiguousarray(inputs, kinds.get(found.kind, np.float32))
