"""What a type checker knows: asked of pyright."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import jax.numpy as jnp
from flax import nnx
import jaxcnn

net = jaxcnn.Sequential([jaxcnn.Conv(8, 3), jaxcnn.Flatten(), jaxcnn.Dense(2)])
model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
reveal_type(model)
reveal_type(model(jnp.zeros((1, 8, 8, 1)), train=False))
reveal_type(model[0])
reveal_type(model[:1])
reveal_type(jaxcnn.build(jaxcnn.models.resnet20(), (32, 32, 3), rngs=nnx.Rngs(0)))
reveal_type(jaxcnn.build(jaxcnn.Residual([net]), (8, 8, 1), rngs=nnx.Rngs(0)))
reveal_type(jaxcnn.build(jaxcnn.Flatten(), (8, 8, 1), rngs=nnx.Rngs(0)))
reveal_type(jaxcnn.fit(net, jaxcnn.data.digits().train).history)
jaxcnn.Conv(8, 3, padding="same")
jaxcnn.Activation("swish")
jaxcnn.functional.max_pool(jnp.zeros((1, 8, 8, 1)), (2, 2), padding="VALD")
jaxcnn.Conv2D(8, 3)
"""

TYPES = ["SequentialModule", "Array", "Module", "SequentialModule", "SequentialModule"]
TYPES += ["ResidualModule", "Module", "History"]


@pytest.mark.slow
def test_pyright_knows_what_build_returns_and_the_names_that_layers_take(tmp_path):
    beside = Path(sys.executable).with_name("pyright")
    pyright = str(beside) if beside.exists() else shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed")
    (tmp_path / "code.py").write_text(CODE)
    command = [pyright, "--pythonpath", sys.executable, str(tmp_path / "code.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert re.findall(r'Type of ".*" is "(.*)"', printed) == TYPES
    faults = re.findall(r"code.py:(\d+):\d+ - error", printed)
    lines = CODE.splitlines()
    assert [lines[int(line) - 1] for line in faults] == lines[-4:]
