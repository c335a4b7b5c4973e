"""A summary against closed forms, the built network, XLA's own counts and gradients."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import built
import jax
import jax.numpy as jnp
import pytest
from flax import nnx

import jaxcnn
from jaxcnn import (
    Activation,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Embedding,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
    Parallel,
    Repeat,
    Residual,
    Sequential,
    WhiteningConv,
    summary,
)

NESTED = Sequential(
    [
        WhiteningConv(2),
        Conv(8, 3, 2, padding=1, name="stem"),
        Residual(
            [Conv(12, 3, 2, padding=1, name="conv"), BatchNorm(name="bn"), Activation("relu")],
            shortcut=[Conv(12, 1, 2)],
            name="block",
        ),
        Repeat(Residual([Conv(12, 3, feature_group_count=3)]), 2),
        Parallel([Sequential([]), Conv(4, (3, 1)), Sequential([Conv(6, 1)])], "concat"),
        GlobalAvgPool(),
        Dense(5, name="head"),
    ]
)
SHAPE = (17, 15, 2)


def test_of_one_convolution_by_hand():
    table = summary(Conv(8, 5, padding="VALID"), (12, 10, 3), batch_size=2)
    (row,) = table.rows
    macs = 2 * 8 * 6 * (5 * 5 * 3 * 8)
    moved = 4 * (2 * 12 * 10 * 3 + 2 * 8 * 6 * 8 + 608)
    assert (row.name, row.layer, row.output_shape) == ("", "Conv 5×5 VALID", (8, 6, 8))
    assert (row.parameters, row.weight_bytes) == (608, 4 * 608)
    assert (row.macs, row.flops, row.share) == (macs, 2 * macs, 1.0)
    assert (row.bytes_moved, row.intensity) == (moved, 2 * macs / moved)
    assert (row.receptive_field, row.stride, row.padding) == ((5, 5), (1, 1), (0, 0))
    assert (table.macs, table.flops) == (macs, 2 * macs)
    assert table.inference_bytes == table.training_bytes == 4 * 2 * (12 * 10 * 3 + 8 * 6 * 8)


def test_names_and_paths():
    table = summary(NESTED, SHAPE)
    assert [row.name for row in table.rows] == [
        "0",
        "stem",
        "block.conv",
        "block.bn",
        "block.2",
        "block.shortcut.0",
        "block",
        "3.0.0",
        "3.0",
        "3.1.0",
        "3.1",
        "4.1",
        "4.2.0",
        "4",
        "5",
        "head",
    ]
    assert table.rows[2].path == "layers.block.layers.conv"


def test_parameters_and_weights_are_those_of_the_parameter_tree():
    module = nnx.eval_shape(lambda: built.module(NESTED, SHAPE))

    def sizes_by_owner(kind):
        sizes = {}
        for path, leaf in nnx.to_flat_state(nnx.state(module, kind)):
            owner = ".".join(map(str, path[:-1]))
            sizes[owner] = sizes.get(owner, 0) + leaf.size
        return sizes

    table = summary(NESTED, SHAPE)
    trained = {row.path: row.parameters for row in table.rows if row.parameters}
    held = {row.path: row.weight_bytes / 4 for row in table.rows if row.weight_bytes}
    assert trained == sizes_by_owner(nnx.Param)
    assert held == sizes_by_owner(...)
    assert table.parameters == sum(trained.values())
    assert table.weight_bytes == 4 * sum(held.values())


def test_shapes_are_those_of_the_trace_of_the_built_module():
    of_module = summary(nnx.eval_shape(lambda: built.module(NESTED, SHAPE)), SHAPE)
    table = summary(NESTED, SHAPE)
    rows = {row.path: row for row in table.rows}
    assert of_module.output_shape == table.output_shape == built.output_shape(NESTED, SHAPE)
    named = [row for row in of_module.rows if row.path in rows]
    assert len(named) == 12  # all but the sums and the concatenation, which are no calls
    for row in named:
        mine = rows[row.path]
        assert (row.output_shape, row.name) == (mine.output_shape, mine.name)
        assert (row.parameters, row.weight_bytes) == (mine.parameters, mine.weight_bytes)


def test_flops_are_those_that_xla_counts():  # guide row A8.16
    """Where XLA counts the same: no padding, no biases, its own convolutions."""
    net = Sequential(
        [
            Conv(8, (3, 2), padding="VALID", use_bias=False),
            Conv(12, 3, (2, 1), padding="VALID", feature_group_count=4, use_bias=False),
            Conv(6, 3, padding="VALID", kernel_dilation=2, use_bias=False),
            Flatten(),
            Dense(10, use_bias=False),
        ]
    )
    module = nnx.eval_shape(lambda: built.module(net, (19, 14, 3)))
    for _, layer in nnx.iter_modules(module):
        if isinstance(layer, nnx.Conv):
            layer.conv_general_dilated = jax.lax.conv_general_dilated
    graph, state = nnx.split(module)
    inputs = jax.ShapeDtypeStruct((5, 19, 14, 3), jnp.float32)
    lowered = jax.jit(lambda state, images: nnx.merge(graph, state)(images)).lower(state, inputs)
    counted = lowered.cost_analysis()
    assert summary(net, (19, 14, 3), batch_size=5).flops == counted["flops"]


def test_receptive_fields_are_the_footprints_of_gradients():
    net = Sequential(
        [
            Conv(2, 3, 2, padding=1),
            Residual([Conv(2, 3), Conv(2, (3, 1))]),
            AvgPool(2),
            Conv(1, (2, 3), padding="VALID"),
        ]
    )
    shape = (44, 41, 1)
    table = summary(net, shape)
    (seen,) = built.footprints(net, shape, [(4, 4)])
    assert table.receptive_field == tuple(last - first + 1 for first, last in seen)
    row = table.rows[-1]
    starts = (4 * step - pad for step, pad in zip(row.stride, row.padding, strict=True))
    assert tuple(starts) == tuple(first for first, _ in seen)


def test_receptive_field_is_that_of_the_last_layer_with_places():
    convolution = Conv(2, 3)
    assert summary(Sequential([convolution, GlobalAvgPool()]), (9, 9, 1)).receptive_field == (3, 3)
    assert summary(Sequential([Flatten(), Dense(2)]), (9, 8, 1)).receptive_field == (9, 8)
    assert summary(Sequential([]), (9, 8, 1)).receptive_field == (1, 1)
    words = [Embedding(100, 4), Conv(2, 3), Conv(2, 3), GlobalMaxPool(), Dense(2)]
    assert summary(Sequential(words), (40,)).receptive_field == (5,)
    assert summary(Dense(2), (4,)).receptive_field == ()


BRANCHED = Sequential(
    [
        Residual([Conv(40, 1), Conv(10, 1)]),
        Parallel([Conv(30, 1), Sequential([]), Conv(20, 1)], "concat"),
        MaxPool(2),
    ]
)


def test_activations_by_hand():
    table = summary(BRANCHED, (2, 2, 10), dtype=jnp.float16, batch_size=3)
    held = [
        10 + 40,  # the convolution's input is the shortcut, too
        10 + 40 + 10,
        10 + 10 + 10,  # shortcut, layers, sum
        10 + 30,
        30 + 10 + 20,  # the first branch waits for the others
        30 + 10 + 20 + 60,
        60 + 60 / 4,
    ]
    made = [40, 10, 10, 30, 20, 60, 60 / 4]
    unit = 2 * 3 * (2 * 2)
    assert [row.inference_bytes for row in table.rows] == [unit * size for size in held]
    assert [row.training_bytes for row in table.rows] == [unit * size for size in made]
    assert table.inference_bytes == unit * 120
    assert table.training_bytes == unit * (10 + sum(made))
    joined = table.rows[5]
    assert (joined.macs, joined.parameters) == (0, 0)
    assert joined.bytes_moved == unit * (30 + 10 + 20 + 60)


def test_nothing_overflows():
    net = Sequential([Conv(2**20, 3), Dense(2**20)])
    table = summary(net, (2**16, 2**16, 2**20), batch_size=2**10)
    assert table.macs == 2**10 * 2**32 * 2**40 * (9 + 1)
    assert table.parameters == 2**40 * 10 + 2 * 2**20
    assert table.training_bytes == 3 * 4 * 2**10 * 2**32 * 2**20
    numbers = [value for value in table.rows[0].to_dict().values() if isinstance(value, int)]
    assert len(numbers) == 7
    assert {type(number) for number in numbers} == {int}
    assert "E MACs" in str(table)


TABLE = """\
Sequential: (8, 6, 1) to (10,), batch of 1, float32

name      layer            output  params   MACs  share  weights   infer  train  field  stride  pad  FLOP/B
stem      Conv 3×3 VALID   6×4×8       80  1.73k  20.9%     320B    960B   768B      3       1    0     2.7
block
  conv    Conv 3×1 SAME    6×4×8      200  4.61k  55.8%     800B  1.54kB   768B    5×3       1  1×0    3.95
  1       Activation relu  6×4×8                                   2.3kB   768B    5×3       1  1×0
  (join)  Residual         6×4×8                                   2.3kB   768B    5×3       1  1×0
2         Flatten          192                                    1.54kB   768B    8×6       0    0
3         Dense            10       1,930  1.92k  23.3%   7.72kB    808B    40B    8×6       0    0    0.45

weights: with running statistics; share: of all MACs; FLOP/B: FLOPs per byte moved
infer: activations in memory while the layer runs; train: its output, kept for training
field (receptive field), stride, pad: of the network up to the layer, in pixels;
stride 0: all units of the layer see the same field

2,210 parameters; weights take 8.84 kB
8.26 k MACs = 16.5 k FLOPs
activations take at most 2.3 kB in inference, 4.07 kB in training
receptive field 5×3, of the last layer with spatial axes"""  # noqa: E501 - as wide as in a terminal


@pytest.mark.parametrize(("side", "is_beyond"), [(32, True), (96, False)])
def test_a_receptive_field_beyond_the_input_is_explained(side, is_beyond):
    *_, last = str(summary(jaxcnn.models.cifar_small(), (side, side, 3))).splitlines()
    assert last.startswith("receptive field 62, of the last layer with spatial axes")
    assert last.endswith("; what is larger than the input is padding") is is_beyond


def test_of_a_trained_network_without_layers():
    trained = SimpleNamespace(architecture=Sequential([]), module=None, input_shape=(4, 4, 1))
    assert str(jaxcnn.summary(trained)) == str(jaxcnn.summary(Sequential([]), (4, 4, 1)))


def test_text_in_a_terminal():
    net = Sequential(
        [
            Conv(8, 3, padding="VALID", name="stem"),
            Residual([Conv(8, (3, 1), name="conv"), Activation("relu")], name="block"),
            Flatten(),
            Dense(10),
        ]
    )
    assert str(summary(net, (8, 6, 1))) == TABLE


def test_the_receptive_field_of_a_network_without_spatial_outputs():
    net = Sequential([Flatten(), Dense(10)])
    assert str(summary(net, (8, 6, 1))).endswith("receptive field 8×6")


def test_markdown():
    text = summary(NESTED, SHAPE).to_markdown()
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {len(row) for row in cells} == {13}
    assert set(cells[1]) == {"---", "---:"}
    assert [row[0] for row in cells[2:]] == [row.name for row in summary(NESTED, SHAPE).rows]
    assert cells[-1][:5] == ["head", "Dense", "5", "115", "110"]
    assert "| name |" in text.splitlines()[2]


def test_json_holds_all_of_it():
    table = summary(NESTED, SHAPE, batch_size=3)
    document = json.loads(table.to_json())
    assert document["macs"] == table.macs == sum(row["macs"] for row in document["rows"])
    assert document["input_shape"] == list(SHAPE)
    assert document["rows"][1]["name"] == "stem"
    assert document["rows"][1]["intensity"] == pytest.approx(table.rows[1].intensity, rel=1e-3)
    of_module = json.loads(summary(nnx.Linear(2, 3, rngs=nnx.Rngs(0)), (2,)).to_json())
    assert of_module.keys() == document.keys()
    assert of_module["rows"][0].keys() == document["rows"][0].keys()
    assert of_module["macs"] is None


WITHOUT_DEVICE = """
import jaxcnn
from flax import nnx
from jax._src import xla_bridge
net = jaxcnn.Sequential([jaxcnn.Conv(8, 3), jaxcnn.Flatten(), jaxcnn.Dense(2)])
print(jaxcnn.summary(net, (8, 8, 1)), jaxcnn.summary(net, (8, 8, 1)).to_json())
module = nnx.eval_shape(lambda: jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0)))
assert jaxcnn.summary(module, (8, 8, 1)).output_shape == (2,)
for model in jaxcnn.models.MODELS.values():
    jaxcnn.summary(model.make(), model.input_shape)
assert not xla_bridge.backends_are_initialized(), "a backend was started"
"""


@pytest.mark.thorough
def test_no_device_is_used():
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_DEVICE],
        capture_output=True,
        text=True,
        env={**os.environ, "JAX_PLATFORMS": "nonsense"},
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((3, (8, 8, 1)), {}, TypeError, "network: expected a layer such as Sequential, .* got int"),
        ((NESTED, (8, 0, 1)), {}, ValueError, "input_shape: expected positive integers"),
        ((NESTED, (1, 1, 1)), {}, ValueError, r"layers\[0\] WhiteningConv"),
        ((NESTED, SHAPE), {"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
        ((NESTED, SHAPE), {"batch_size": 1.0}, TypeError, "batch_size: expected an integer"),
        ((NESTED, SHAPE), {"dtype": "float33"}, TypeError, "dtype: expected .* got 'float33'"),
        ((NESTED, SHAPE), {"dtype": str}, TypeError, "dtype: expected .* got <class 'str'>"),
        ((nnx.Module(), SHAPE), {}, TypeError, "or an nnx.Module that can be called, got Module"),
        ((NESTED, SHAPE), {"dtype": None}, TypeError, "dtype: expected .* got None"),
    ],
)
def test_bad_arguments(arguments, options, error, message):
    with pytest.raises(error, match=message):
        summary(*arguments, **options)


def bottleneck(width, strides, *, is_first):
    layers = [Conv(width, 1), BatchNorm(), Activation("relu"), Conv(width, 3, strides, padding=1)]
    layers += [BatchNorm(), Activation("relu"), Conv(4 * width, 1), BatchNorm()]
    shortcut = [Conv(4 * width, 1, strides), BatchNorm()] if is_first else []
    return Sequential([Residual(layers, shortcut, name="residual"), Activation("relu")])


def resnet50():
    stages = [
        Sequential(
            [bottleneck(width, stride if i == 0 else 1, is_first=i == 0) for i in range(blocks)],
            name=f"layer{number}",
        )
        for number, (width, blocks, stride) in enumerate(
            [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)], start=1
        )
    ]
    stem = [Conv(64, 7, 2, 3), BatchNorm(), Activation("relu"), MaxPool(3, 2, 1)]
    return Sequential([*stem, *stages, GlobalAvgPool(), Dense(1000)])


def test_a_deep_table_is_narrow():
    lines = str(summary(resnet50(), (224, 224, 3))).splitlines()
    assert max(map(len, lines)) <= 120
    assert lines.count("layer1.1.residual") == 1


def test_is_public():
    assert jaxcnn.summary is jaxcnn.architecture.summary is summary
