"""The page's own JavaScript, in Node, beside JAX."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from explored import network_of, saved_run

import jaxcnn
from jaxcnn import explain
from jaxcnn.reports.explorer._content import _entry
from jaxcnn.reports.explorer._html import ARITHMETIC, DRAWING, script
from jaxcnn.reports.explorer._layers import page_layers

HERE = Path(__file__).parent
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no Node.js")

BLOCK = [jaxcnn.Conv(6, 3), jaxcnn.Activation("selu")]
EVERY_KIND = jaxcnn.Sequential(
    [
        jaxcnn.WhiteningConv(2),
        jaxcnn.Conv(6, 3, padding="CIRCULAR"),
        jaxcnn.SeparableConv(6, (2, 3), (1, 1), channel_multiplier=2),
        jaxcnn.GroupNorm(3),
        jaxcnn.LayerNorm(use_bias=False),
        jaxcnn.RMSNorm(),
        jaxcnn.BatchNorm(use_scale=False),
        jaxcnn.Conv(
            6, (3, 2), (2, 1), kernel_dilation=(1, 2), feature_group_count=3, name="grouped"
        ),
        jaxcnn.MaxPool(3, 2, padding=1),
        jaxcnn.Residual(BLOCK),
        jaxcnn.Residual([jaxcnn.Conv(6, 1)], shortcut=[jaxcnn.Conv(6, 1), jaxcnn.BatchNorm()]),
        jaxcnn.Parallel([jaxcnn.Conv(2, 1), jaxcnn.Sequential(BLOCK)], "concat"),
        jaxcnn.Parallel([jaxcnn.Sequential([]), jaxcnn.DepthwiseConv(3)]),
        jaxcnn.LayerScale(0.5),
        jaxcnn.AvgPool(2, 1, padding=((1, 0), (0, 1))),
        jaxcnn.AvgPool(2, padding=1, ceil_mode=True, count_include_pad=False),
        jaxcnn.AdaptiveAvgPool((2, 3)),
        jaxcnn.Dense(20),
        *(jaxcnn.Activation(name) for name in jaxcnn.layers.ACTIVATIONS if "soft" not in name),
        jaxcnn.ConvTranspose(6, 3, 2, padding=1, output_padding=1, feature_group_count=2),
        jaxcnn.ConvTranspose(4, (3, 2), (1, 2), padding="CIRCULAR"),
        jaxcnn.ConvTranspose(5, 2, 3, padding="VALID"),
        jaxcnn.LocalResponseNorm(3, alpha=2.0),
        jaxcnn.LocalResponseNorm(4, beta=0.5, k=2.0),
        jaxcnn.SqueezeExcite(3, "gelu", "hard_sigmoid"),
        jaxcnn.SqueezeExcite(12),
        jaxcnn.Dropout(0.1),
        jaxcnn.Flatten(),
        jaxcnn.Dense(5),
        jaxcnn.Activation("softplus"),
        jaxcnn.Activation("log_softmax"),
        jaxcnn.Activation("softmax"),
        jaxcnn.Rescale(3.0),
    ]
)
GLOBAL = [jaxcnn.GlobalMaxPool(), jaxcnn.Dense(3), jaxcnn.Rescale(1 / 9)]


def run_page(folder, network, count=12):
    """Write the page of a network, and run it: the page, its content, and what it computes."""
    written = jaxcnn.explore(saved_run(folder, network, count), pictures=count)
    command = [NODE, HERE / "run_page.mjs", written.path, folder / "outputs"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    content = re.search(r'id="data">(.*?)</script>', written.path.read_text("utf-8"), re.DOTALL)
    assert content is not None
    outputs = np.fromfile(folder / "outputs", np.float32).reshape(count, -1)
    return written, json.loads(content[1]), outputs, json.loads(done.stdout)


def errors_beside_jax(network, page, outputs):
    """The largest error of each layer, relative to a value or the layer's root mean square."""
    sizes = [int(np.prod(layer["shape"])) for layer in page["layers"]]
    pixels, _, *parts = np.split(outputs, np.cumsum(sizes)[:-1], axis=1)
    images = pixels.reshape(-1, *network.input_shape).astype(np.uint8)
    names = [layer["name"] for layer in page["layers"][2:]]
    expected = explain.feature_maps(network, images, names)
    found = {}
    for name, part in zip(names, parts, strict=True):
        values = np.asarray(expected[name], np.float64).reshape(part.shape)
        spread = np.sqrt((values**2).mean(axis=1, keepdims=True))
        found[name] = np.nanmax(np.abs(part - values) / np.maximum(np.abs(values), spread))
    return found


@pytest.mark.parametrize(
    ("architecture", "input_shape"),
    [
        pytest.param(jaxcnn.models.lenet5(), (32, 32, 1), marks=pytest.mark.thorough),
        pytest.param(jaxcnn.models.cifar_small(), (32, 32, 3), marks=pytest.mark.slow),
        pytest.param(EVERY_KIND, (13, 12, 3), marks=pytest.mark.thorough),
        pytest.param(
            jaxcnn.Sequential([jaxcnn.Conv(4, 3), *GLOBAL]), (8, 8, 1), marks=pytest.mark.thorough
        ),
    ],
    ids=["lenet5", "cifar_small", "every kind", "gray"],
)
def test_all_units_are_those_of_jax(architecture, input_shape, tmp_path):
    network = network_of(architecture, input_shape)
    written, page, outputs, findings = run_page(tmp_path, network)
    assert len(page["pictures"]) == len(outputs) == 12
    assert written.computed == written.layers == len(page["layers"]) - 2
    errors = errors_beside_jax(network, page, outputs)
    assert max(errors.values()) < 1e-4, errors
    assert written.error < 1e-4
    assert findings["error"] < 1e-4
    assert findings["compared"] > 12 * len(page["layers"])
    assert findings["terms"] < 1e-6
    assert findings["units"] > 500
    assert findings["evidence"] < 1e-5
    assert set(findings["ends"]) == {0}  # each way down ends in the picture


@pytest.mark.slow
def test_layers_that_do_not_fit_are_stored(tmp_path):
    """A wide network, one of whose layers the page does not know."""
    architecture = jaxcnn.Sequential(
        [
            jaxcnn.Conv(8, 3, name="known"),
            jaxcnn.ChannelShuffle(2, name="unknown"),
            jaxcnn.Residual([jaxcnn.Conv(8, 3), jaxcnn.BatchNorm(), jaxcnn.Activation("gelu")]),
            jaxcnn.GlobalAvgPool(name="pool"),
            jaxcnn.Dense(5, name="head"),
        ]
    )
    network = network_of(architecture, (40, 40, 3))
    written, page, outputs, _ = run_page(tmp_path, network, count=3)
    modes = {layer["name"]: layer["mode"] for layer in page["layers"][2:]}
    assert modes == {
        "known": "computed",
        "unknown": "steps",
        "2.0": "steps",
        "2.1": "from steps",
        "2.2": "from steps",
        "2": "from steps",
        "pool": "exact",
        "head": "computed",
    }
    assert written.computed == 2
    errors = errors_beside_jax(network, page, outputs)
    assert errors["known"] < 1e-4
    assert errors["head"] < 1e-4
    assert 0 < errors["unknown"] < 0.02  # 256 steps
    assert errors["2"] < 0.04


FIELDS = jaxcnn.Sequential(
    [
        jaxcnn.Conv(2, 3, padding="CIRCULAR"),
        jaxcnn.Residual([jaxcnn.Conv(2, (1, 3), kernel_dilation=2), jaxcnn.LayerNorm()]),
        jaxcnn.AvgPool(2, padding=((1, 0), (0, 1))),
        jaxcnn.Parallel([jaxcnn.Conv(3, 1), jaxcnn.AvgPool(3, 1, padding="SAME")], "concat"),
        jaxcnn.Conv(2, 2, 2, padding="VALID"),
        jaxcnn.ConvTranspose(2, 3, 2, padding=1),
        jaxcnn.Flatten(name="flat"),
        jaxcnn.Rescale(2.0),
    ]
)
NORMED = jaxcnn.Sequential(
    [jaxcnn.Conv(4, 3, 2), jaxcnn.GroupNorm(2), jaxcnn.AvgPool(2, 1), jaxcnn.Flatten()]
)


def fields_in_jax(network, names, shapes, units):
    """The box of pixels of which the gradient of each unit is not 0, for one of two pictures."""

    def values(image):
        maps = explain.feature_maps(network, image[None], names)
        rows = (maps[name].reshape(1, *shape) for name, shape in zip(names, shapes, strict=True))
        return jnp.stack([row[0][tuple(unit)] for row, unit in zip(rows, units, strict=True)])

    images = np.random.default_rng(0).random((2, *network.input_shape), np.float32)
    slopes = np.abs(jax.jit(jax.vmap(jax.jacrev(values)))(images)).max(
        axis=(0, -1)
    )  # (units, H, W)
    rows, columns = (slopes.any(axis=axis) for axis in (2, 1))
    ends = [(each.argmax(1), each.shape[1] - each[:, ::-1].argmax(1)) for each in (rows, columns)]
    (top, bottom), (left, right) = ends
    return np.stack([top, left, bottom, right], axis=1)


@pytest.mark.thorough
@pytest.mark.parametrize("architecture", [FIELDS, NORMED], ids=["windows", "statistics"])
def test_a_unit_sees_the_pixels_that_its_gradient_reaches(architecture):
    network = network_of(architecture, (12, 14, 1))
    layers = page_layers(network)[2:]
    units = [(layer.shape[0] // 2, layer.shape[1] - 1, layer.shape[2] - 1) for layer in layers]
    code = f"""
    const layers = {json.dumps([_entry(layer) for layer in page_layers(network)])};
    const places = {json.dumps(units)};
    return places.map(([row, column, channel], i) => {{
      const field = fieldOf({{ layers }}, {{ layer: i + 2, row, column, channel }});
      return [field.top, field.left, field.bottom, field.right];
    }});
    """
    found = np.array(in_node(code, *ARITHMETIC))
    names, shapes = zip(*((layer.name, layer.shape) for layer in layers), strict=True)
    expected = fields_in_jax(network, names, shapes, units)
    np.testing.assert_array_equal(found, expected)


def in_node(code, *names):
    """Run JavaScript after some of the page's scripts; return what its last expression is."""
    command = [NODE, "-p", f"{script(*names)}\nJSON.stringify((() => {{{code}}})())"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_huge_number_does_not_hide_that_others_are_wrong():
    code = """
    const layer = { mode: "computed", kind: "conv", places: 0, expected: 1, largest: [4, 2] };
    const layers = [{ ...layer, kind: "pixels" }, layer];
    const arrays = [Int32Array.of(0, 1), Float32Array.of(9, 9, 1, 2)];
    return compareWithJax({ layers, arrays }, [[5, 5, 5], [1.5, 2, 1e9]], 1);
    """
    assert in_node(code, *ARITHMETIC) == {"error": 0.25, "count": 2}  # 0.5 of 2


SEEN = """
const window = (size, stride, start, more) => ({
  sizes: [size, size], strides: [stride, stride], starts: [start, start], dilation: [1, 1], ...more,
});
const layersOf = (size, ...layers) => [
  { kind: "pixels", shape: [11, 11, 1], sources: [], options: {} },
  ...layers.map(([kind, channels, options], i) => (
    { kind, shape: [size, size, channels], sources: [i], options, name: `${i + 1}` }
  )),
];
const seen = (layers, row) => {
  const unit = { layer: layers.length - 1, row, column: row, channel: 0 };
  return fieldInWords({ layers }, unit, fieldOf({ layers }, unit));
};
const norm = ["norm", 4, { everywhere: true }];
const conv = (...of) => ["conv", 4, { window: window(...of) }];
const read = (kind, channel, options, shape = [1, 1, 9]) => {
  const layers = ["pool", "pool", "pool", kind, "pool"].map((each, i) => (
    { kind: each, shape, sources: [i - 1], options: i === 3 ? options : {}, name: `${i}` }
  ));
  const unit = { layer: 3, row: 0, column: 0, channel };
  return sourceInWords({ layers }, unit, { ...unit, layer: 2 }, windowOf({ layers }, unit));
};
const page = { layers: [0, 0, { kind: "pool", shape: [1, 1, 9] }, { kind: "pool" }] };
const unit = { layer: 2 };
return {
  strides: seen(layersOf(3, conv(3, 3, 0), norm), 2),
  padded: seen(layersOf(13, conv(1, 1, -1)), 0),
  "padded, normed": seen(layersOf(13, conv(1, 1, -1), norm), 0),
  between: seen(layersOf(33, conv(1, 1, 0, { spread: [3, 3] })), 4),
  "before the first": seen(layersOf(33, conv(1, 1, -1, { spread: [3, 3] })), 0),
  "on a number": seen(layersOf(33, conv(1, 1, 0, { spread: [3, 3] })), 3),
  neighbors: read("local_norm", 1, { size: 3 }),
  alone: read("local_norm", 1, { size: 1 }),
  "layer norm": read("norm", 1, { everywhere: false }, [2, 3, 9]),
  softmax: read("activation", 1, { function: "softmax" }),
  relu: read("activation", 1, { function: "relu" }),
  sentences: [[0, 3], [3, 4]].map(([first, end]) => neighborsInWords(page, unit, { first, end })),
};
"""
WHOLE = "a layer on the way computes with numbers of whole maps. Its windows alone see"


def test_what_a_number_sees_and_reads_is_said_truly():
    """Fields that are not the whole picture, windows that find nothing, and reads of channels."""
    expected = {
        "strides": f"rows 0 to 8, columns 0 to 8 (9×9 pixels): {WHOLE} "
        "rows 6 to 8, columns 6 to 8 (3×3 pixels).",
        "padded": "nothing: its windows lie in the padding",
        "padded, normed": f"all of it: {WHOLE} nothing: they lie in the padding.",
        "between": "nothing: its windows lie between the numbers that a layer spreads out",
        "before the first": "nothing: its windows lie in the padding",
        "on a number": "row 1, column 1 (1×1 pixels)",
        "neighbors": "channels 0 to 2 of layer 2 (channel 1 is framed)",
        "alone": "channel 1 of layer 2",
        "layer norm": "all 9 channels of layer 2: row 0, column 0 (channel 1 is shown)",
        "softmax": "all 9 channels of layer 2 (channel 1 is framed)",
        "relu": "channel 1 of layer 2",
        "sentences": ["channels 0 to 2", "channel 3"],
    }
    names = ("texts", "elements", "formulas")
    found = in_node(SEEN, *ARITHMETIC, *names)
    assert found == expected


def test_the_sum_of_a_window_of_one_place_without_a_number_is_the_bias():
    code = """
    globalThis.document = {
      createElement: () => ({ setAttribute() {}, append(text) { this.text = text; } }),
    };
    const window = { sizes: [1, 1], strides: [1, 1], starts: [0, 0], spread: [2, 3] };
    const options = { window: { ...window, dilation: [1, 1] } };
    const page = { layers: [{ shape: [4, 4, 2] }, { kind: "conv", sources: [0], options }] };
    const terms = [{ unit: null, product: 0 }, { unit: null, product: 0 }];
    const unit = { layer: 1, row: 0, column: 1, channel: 0 };
    const made = sumOverChannels({ page, unit, terms, bias: -0.5, hasBias: true, value: -0.5 });
    return made.map(({ text }) => text);
    """
    hint, equation = in_node(code, *ARITHMETIC, "texts", "elements", "sums")
    where = "lie between the numbers that a layer spreads out"
    assert hint == f"Its windows {where}: only the bias is left."
    assert equation == "0 − 0.5 (bias) = −0.5"


TABLE = """
const table = { rows: ROWS.map((_, rowIndex) => ({ rowIndex })) };
const buttons = {};
ROWS.forEach((names, i) => {
  const row = table.rows[i];
  row.cells = [...names].map((name, cellIndex) => {
    const cell = { parentElement: row, cellIndex, closest: () => table };
    if (name !== "#") buttons[name] = { name, closest: () => cell };
    return Object.assign(cell, { querySelector: () => buttons[name] ?? null });
  });
});
const names = ["Left", "Right", "Up", "Down"];
return names.map((key) => inTable([], buttons.FROM, `Arrow${key}`)?.name ?? null);
"""


@pytest.mark.parametrize(
    ("rows", "start", "expected"),
    [
        (["###", "#ab", "#cd"], "a", [None, "b", None, "c"]),  # the corner of a padded picture
        (["###", "#ab", "#cd"], "d", ["c", None, "b", None]),
        (["a#b", "###", "c#d"], "a", [None, "b", None, "c"]),
    ],
)
def test_arrow_keys_go_to_the_number_beside(rows, start, expected):
    code = TABLE.replace("ROWS", json.dumps(rows)).replace("FROM", start)
    assert in_node(code, "elements") == expected


def test_tables_show_terms_of_either_sign_and_percents_are_not_rounded_to_none():
    code = """
    const terms = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -0.5, -0.25].map((product) => ({ product }));
    const products = [...largestTerms(terms)].map(({ product }) => product);
    const shares = [0, 0.004, 0.012, 0.996, 0.9999, 1].map(percent);
    return { products: products.sort((a, b) => b - a), shares };
    """
    found = in_node(code, "texts", "elements", "sums")
    assert found["products"] == [9, 8, 7, 6, 5, 4, 3, 2, -0.25, -0.5]
    assert found["shares"] == ["0%", "<1%", "1%", "99.6%", ">99.9%", "100%"]


def test_classes_have_names_and_numbers_and_percentages_their_formula():
    code = """
    const layer = (kind, source, size, channels) => (
      { kind, sources: [source], shape: [size, size, channels], options: {}, name: kind }
    );
    const layers = [
      { kind: "pixels", sources: [], shape: [4, 4, 1] }, layer("normalize", 0, 4, 1),
      layer("pool", 1, 1, 1), layer("conv", 2, 1, 2), layer("copy", 3, 1, 2),
    ].map((each) => ({ ...each, mode: "computed" }));
    const page = { layers, classes: ["cat", "dog"] };
    const units = [2, 3, 4].map((at) => ({ layer: at, row: 0, column: 0, channel: 0 }));
    const said = (task, shares) => probabilityInWords({ task }, [-1, 2], shares, 0);
    return {
      places: units.map((unit) => placeInWords(page, unit)),
      percentages: [said("single", [0.05, 0.95]), said("multilabel", [0.27, 0.88])],
      minus: [minus(0.5), minus(-0.5)],
    };
    """
    assert in_node(code, *ARITHMETIC, "texts", "elements", "scores") == {
        "places": ["channel 0", "cat (number 0)", "cat (number 0)"],
        "percentages": [
            "5% = exp(−1) / (exp(−1) + … of all 2 classes): the softmax of the scores.",
            "27% = 1 / (1 + exp(1)): the sigmoid of the score.",
        ],
        "minus": ["− 0.5", "− (−0.5)"],
    }


@pytest.mark.parametrize("names", [ARITHMETIC, DRAWING], ids=["arithmetic", "drawing"])
def test_the_scripts_have_no_syntax_errors(names, tmp_path):
    file = tmp_path / "page.js"
    file.write_text(script(*names), encoding="utf-8")
    done = subprocess.run([NODE, "--check", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
