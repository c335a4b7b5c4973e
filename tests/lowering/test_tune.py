"""Timing all methods of the convolutions of a program."""

import re
import sys

import pytest

from jaxcnn.lowering import MethodTable, tune

PROGRAM = """
import sys
import jax, jax.numpy as jnp
from jax.sharding import PartitionSpec as P
from jaxcnn import functional as F
import neighbor

def loss(images, kernels):
    return F.conv(images, kernels).sum()

batch = int(sys.argv[1])
images, kernels = jnp.ones((batch, 6, 6, 3)), jnp.ones((3, 3, 3, 4))
step = jax.jit(jax.grad(loss, argnums=(0, 1)))
if "--two-devices" in sys.argv:
    mesh = jax.sharding.Mesh(jax.devices()[:2], "batch")
    step = jax.shard_map(
        step, mesh=mesh, in_specs=(P("batch"), P()), out_specs=(P("batch"), P())
    )
jax.jit(step)(images, kernels)
if "--fail" in sys.argv:
    sys.exit("failed")
sys.exit()
"""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "neighbor.py").touch()
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    yield str(path)
    sys.modules.pop("neighbor", None)


@pytest.mark.slow
def test_a_programs_gradients_are_timed_as_each_device_computes_them(program, tmp_path, capsys):
    out, argv, path = tmp_path / "methods.json", list(sys.argv), list(sys.path)
    tune.main(["--rounds", "1", "--out", str(out), program, "4", "--two-devices"])
    assert (sys.argv, sys.path) == (argv, path)
    table = MethodTable.load(out)
    # Of a gradient's convolutions, JAX compiles only those that it needs.
    assert len(table.methods) == 2
    for key in table.methods:
        assert key.startswith("devices=2 ")
        assert re.search(r"lhs=float32\(2,6,6,[34]\)", key)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for line in lines[:2]:
        assert re.search(r": xla [\d.]+ ms,( onednn [\d.]+ ms,)? im2col [\d.]+ ms, winograd", line)
    assert sum(line.startswith("kernel gradient of ") for line in lines) == 1


def test_the_clearly_fastest_is_named_and_else_the_preferred(program, monkeypatch):
    asked = tune.convolutions_of(program, ["4"])
    for seconds, name in (
        ({"xla": 1.0, "im2col": 0.97, "winograd": 2.0}, "xla"),
        ({"xla": 1.0, "im2col": 0.9, "winograd": 2.0}, "im2col"),
    ):
        monkeypatch.setattr(tune, "preferred", lambda *_: "xla")
        monkeypatch.setattr(tune, "measure", lambda *_, seconds=seconds, **__: seconds)
        assert set(tune.tune(asked, rounds=1).methods.values()) == {name}


def test_a_program_that_fails_leaves_no_table(program, tmp_path):
    with pytest.raises(SystemExit, match="failed"):
        tune.main(["--out", str(tmp_path / "methods.json"), program, "4", "--fail"])
    assert not (tmp_path / "methods.json").exists()


def test_a_program_without_convolutions(tmp_path):
    (tmp_path / "empty.py").touch()
    with pytest.raises(
        SystemExit, match="expected convolutions that jaxcnn compiles for a CPU, got none"
    ):
        tune.main(["--out", str(tmp_path / "methods.json"), str(tmp_path / "empty.py")])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rounds", "0", "PROGRAM"], "--rounds: expected at least 1, got 0"),
        (["nowhere.py"], "program: expected a Python file, got nowhere.py"),
    ],
)
def test_bad_options_are_named_before_the_program_runs(program, tmp_path, options, message):
    options = [program if option == "PROGRAM" else option for option in options]
    with pytest.raises(SystemExit, match=message):
        tune.main(["--out", str(tmp_path / "methods.json"), *options, "--fail"])


def test_a_folder_is_no_file_to_write(program, tmp_path):
    with pytest.raises(SystemExit, match="--out: expected a file, got the folder"):
        tune.main(["--out", str(tmp_path), program, "--fail"])


def test_a_folder_that_is_not_there_is_named_before_the_program_runs(program, tmp_path):
    with pytest.raises(SystemExit, match=r"--out: expected an existing folder, got .*nowhere"):
        tune.main(["--out", str(tmp_path / "nowhere" / "methods.json"), program, "--fail"])
