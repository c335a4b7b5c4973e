"""`stablehlo`: what JAX alone computes of an exported program."""

import json
import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from layer_families import CASES, OTHER_RANKS, side_by_side, split
from onnx_files import distance, in_float64, inputs_for, network, settled

import jaxcnn
from jaxcnn import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Sequential,
    commands,
)
from jaxcnn.data import Multilabel, Regression
from jaxcnn.inference import Network, functionalize
from jaxcnn.models import MODELS, by_name

pytest.importorskip("flatbuffers")

NET = Sequential(
    [
        *(Conv(4, 3), BatchNorm(), Activation("relu"), MaxPool(2)),
        *(Conv(4, 3, feature_group_count=2), AvgPool(2), Dropout(0.5), GlobalAvgPool(), Dense(3)),
    ]
)
TOO_LARGE = {"regnet_y_128gf"}
"""Networks with more weights than a file takes."""

CALL = """
import json, sys
import jax, numpy as np
with open(sys.argv[1], "rb") as file:
    exported = jax.export.deserialize(file.read())
logits = exported.call(np.load(sys.argv[2]))
np.save(sys.argv[3], logits)
print(json.dumps([name for name in sys.modules if name.split(".")[0] in ("jaxcnn", "flax")]))
"""


def loaded(path):
    return jax.export.deserialize(path.read_bytes())


def custom_calls(exported):
    """The names of custom calls; JAX's own checks that the batch has a possible size."""
    return {*re.findall(r"custom_call @(\w+)", exported.mlir_module())}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "network.stablehlo"


@pytest.mark.thorough
def test_jax_alone_computes_the_same(path, tmp_path):
    found = network(NET, (9, 8, 3))
    written = jaxcnn.export.stablehlo(found, path)
    assert str(written).startswith(f"{path}: images uint8 (N, 9, 8, 3) to logits float32 (N, 3); f")
    inputs = inputs_for(found, 5, normalized=False)
    files = [tmp_path / "in.npy", tmp_path / "out.npy"]
    np.save(files[0], inputs)
    command = [sys.executable, "-c", CALL, path, *files]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert json.loads(printed) == []
    assert distance(np.load(files[1]), found.logits(inputs)) < 1e-6


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        *(pytest.param(*case, id=name) for name, case in CASES.items()),
        *(pytest.param(*c, id=name, marks=pytest.mark.slow) for name, c in OTHER_RANKS.items()),
    ],
)
def test_every_layer_takes_batches_of_any_size(layers, shape, path):
    found = side_by_side(layers, shape)
    jaxcnn.export.stablehlo(found, path)
    inputs = inputs_for(found, 3, normalized=False)
    if found.kind == "tokens":
        inputs = inputs.astype(np.int32)
    exported = loaded(path)
    outputs = (found.logits(inputs), exported.call(inputs), exported.call(inputs[:1]))
    rows = zip(layers, *(split(each, layers, shape) for each in outputs), strict=True)
    distances = {
        str(layer): max(distance(three, wanted), distance(one, wanted[:1]))
        for layer, wanted, three, one in rows
    }
    assert {layer: found for layer, found in distances.items() if found > 1e-5} == {}


@pytest.mark.thorough
def test_nothing_in_it_depends_on_the_machine(path):
    found = network(NET, (9, 8, 3))
    jaxcnn.export.stablehlo(found, path)
    exported = loaded(path)
    assert b".py" not in path.read_bytes()  # nor folders of the machine
    assert exported.platforms == jaxcnn.export.PLATFORMS
    assert exported.disabled_safety_checks == ()
    assert custom_calls(exported) <= {"shape_assertion"}
    assert str(exported.in_avals[0]) == "uint8[N,9,8,3]"
    for batch in (1, 7):
        inputs = inputs_for(found, batch, normalized=False)
        assert distance(exported.call(inputs), found.logits(inputs)) < 1e-6
    about = json.loads(path.with_name("network.stablehlo.json").read_text())
    assert about["class_names"] == [*found.class_names]
    assert about["input"] == {"name": "images", "dtype": "uint8", "shape": ["N", 9, 8, 3]}
    assert set(about["versions"]) >= {"jax", "jaxlib", "jaxcnn"}


KINDS = {
    "signals": (Sequential([Conv(4, 3), GlobalAvgPool(), Dense(3)]), (12, 2), Multilabel()),
    "tokens": (Sequential([Embedding(10, 4), Conv(4, 3), GlobalAvgPool(), Dense(3)]), (9,), None),
    "numbers": (Sequential([Flatten(), Dense(2)]), (6, 6, 1), Regression()),
}


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
def test_other_inputs_and_outputs(kind, path):
    net, shape, task = KINDS[kind]
    options = {} if task is None else {"task": task}
    found = network(net, shape, **options)
    softmax = task != Regression()
    written = jaxcnn.export.stablehlo(found, path, softmax=softmax)
    inputs = inputs_for(found, 4, normalized=False)
    expected = found.predict_proba(inputs) if softmax else found.logits(inputs)
    if kind == "tokens":
        inputs = inputs.astype(np.int32)
    assert distance(loaded(path).call(inputs), expected) < 1e-6
    assert written.output.name == ("probabilities" if softmax else "numbers")


@pytest.mark.thorough
def test_normalized_inputs(path):
    found = network(NET, (9, 8, 3))
    written = jaxcnn.export.stablehlo(found, path, from_pixels=False)
    assert written.input.dtype == "float32"
    inputs = inputs_for(found, 2, normalized=False)
    normalized = np.asarray(found.normalization(inputs))
    assert distance(loaded(path).call(normalized), found.logits(inputs)) < 1e-6


class Module(nnx.Module):
    """A network that is not of jaxcnn's layers."""

    def __init__(self, rngs):
        self.conv = nnx.Conv(1, 4, (3, 3), rngs=rngs)

    def __call__(self, images):
        return self.conv(images).mean((1, 2))


class Hesitant(Module):
    """A network that has to know how many examples there are."""

    def __call__(self, images):
        return super().__call__(images) if images.shape[0] < 9 else jnp.zeros((9, 4))


class Counting(Module):
    """A network that asks Python for the number of examples."""

    def __call__(self, images):
        return super().__call__(images) / len(images)


class Silent(Module):
    """A network that refuses batches without a word, but for those of two."""

    def __call__(self, images):
        if images.shape[0] != 2:
            raise AssertionError
        return super().__call__(images)


class Mistaken(Module):
    """A network that cannot be computed at all."""

    def __call__(self, images):
        return super().__call__(images) + "one"


def of_module(kind):
    apply, variables = functionalize(kind(nnx.Rngs(0)))
    normalization = jaxcnn.inference.Normalization((0.5,), (0.5,))
    return Network(apply, variables, normalization, (6, 6, 1), "abcd")


class Scaled(Module):
    """A network with a variable that is a number of Python."""

    def __init__(self, rngs):
        super().__init__(rngs)
        self.scale = nnx.Param(2.0)

    def __call__(self, images):
        return self.scale * super().__call__(images)


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [Module, Scaled])
def test_flax_modules(kind, path):
    found = of_module(kind)
    jaxcnn.export.stablehlo(found, path)
    inputs = inputs_for(found, 3, normalized=False)
    assert distance(loaded(path).call(inputs), found.logits(inputs)) < 1e-6


def test_what_cannot_be_exported(path):
    regression = network(*KINDS["numbers"][:2], task=Regression())
    with pytest.raises(ValueError, match="softmax: expected False for a regression"):
        jaxcnn.export.stablehlo(regression, path, softmax=True)
    reasons = {Hesitant: "comparison 'N' < '9'", Counting: "integer", Silent: "AssertionError"}
    for kind, reason in reasons.items():
        wanted = f"expected layers that take batches of any size, got .*{reason}.* is a symbol"
        with pytest.raises(ValueError, match=wanted):
            jaxcnn.export.stablehlo(of_module(kind), path)
    with pytest.raises(TypeError, match="unsupported operand"):
        jaxcnn.export.stablehlo(of_module(Mistaken), path)
    wide = Sequential([Flatten(), Dense(30_000), Dense(30_000), Dense(3)])
    large = network(wide, (1, 1, 1), is_filled=False)
    with pytest.raises(ValueError, match=r"expected weights of at most 2 GB, .*, got 3.6 GB"):
        jaxcnn.export.stablehlo(large, path)
    found = network(NET, (9, 8, 3))
    with pytest.raises(ValueError, match=r"path: expected a name that ends in \.stablehlo"):
        jaxcnn.export.stablehlo(found, path.with_suffix(".onnx"))
    with pytest.raises(TypeError, match="from_pixels: expected True or False"):
        jaxcnn.export.stablehlo(found, path, from_pixels=1)
    beside = path.with_name("network.stablehlo.json")
    beside.touch()
    with pytest.raises(FileExistsError, match=r"json: expected a new file"):
        jaxcnn.export.stablehlo(found, path)
    assert [*path.parent.iterdir()] == [beside]
    jaxcnn.export.stablehlo(found, path, overwrite=True)
    assert beside.stat().st_size


@pytest.mark.thorough
def test_the_command_writes_the_same_file(path, capsys):
    folder = path.parent / "run"
    jaxcnn.Run(network(NET, (9, 8, 3))).save(folder)
    jaxcnn.export.stablehlo(jaxcnn.load(folder), path, softmax=True)
    for options, status in ((["--softmax"], 0), (["--resize", "--overwrite"], 2)):
        with pytest.raises(SystemExit) as exit_:
            commands.main(["export", str(folder), "--to", "stablehlo", *options])
        assert exit_.value.code == status
    content = (folder / "network.stablehlo").read_bytes()
    assert content == path.read_bytes()
    assert b".py" not in content  # no paths of this machine
    assert "--resize: expected it only with --to onnx" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if name not in TOO_LARGE])
def test_networks_of_the_zoo(name, path):
    made = by_name(name)
    found = network(made.make(), made.input_shape)
    inputs = inputs_for(found, 2, normalized=False)
    normalized = np.asarray(found.normalization(jnp.asarray(inputs)))
    found = settled(found, normalized)
    jax.clear_caches()  # or the programs of the whole zoo stay in memory
    jaxcnn.export.stablehlo(found, path)
    exported = loaded(path)
    assert custom_calls(exported) <= {"shape_assertion"}
    logits = found.logits(inputs)
    computed = exported.call(inputs.astype(np.int32) if found.kind == "tokens" else inputs)
    if distance(computed, logits) > 1e-5:  # then it is rounding, which JAX itself does as much
        exact = in_float64(found, normalized)
        assert distance(computed, exact) < 2 * distance(logits, exact)
