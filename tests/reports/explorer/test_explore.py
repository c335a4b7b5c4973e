"""What `explore` refuses, chooses and stores."""

import dataclasses
import html
import json
import re

import built
import jax
import numpy as np
import pytest

import jaxcnn
from jaxcnn import commands
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.reports.explorer import _content, _storage
from jaxcnn.reports.explorer._activations import activations_of
from jaxcnn.reports.explorer._html import FILES, page
from jaxcnn.reports.explorer._layers import PageLayer, page_layers
from jaxcnn.reports.explorer._packed import Packed
from jaxcnn.reports.explorer._pictures import Pictures
from jaxcnn.reports.explorer._recompute import ACTIVATIONS
from jaxcnn.reports.explorer._storage import Kept, Steps, keep_channels, modes_of

NET = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(2)])


@pytest.fixture(scope="module")
def network():
    apply, variables = functionalize(built.filled(NET, (4, 4, 1)))
    return Network(apply, variables, Normalization(0.5, 0.5), (4, 4, 1), ("a", "b"), NET)


@pytest.fixture(scope="module")
def run(network, tmp_path_factory):
    """The folder of a run without test images."""
    return jaxcnn.Run(network).save(tmp_path_factory.mktemp("run"))


EVIL = "</script><script>alert(1)</script>"


def test_names_cannot_run_as_code():
    made = page(EVIL, {"classes": [EVIL, "a\x1bb"], "pictures": [], "layers": [{"purpose": EVIL}]})
    assert made.count("<script") == 3
    assert "alert(1)</script>" not in made
    (content,) = re.findall(r'id="data">(.*?)</script>', made, re.DOTALL)
    assert json.loads(content)["classes"] == [EVIL, "a�b"]
    assert json.loads(content)["layers"] == [{"purpose": EVIL}]  # scripts write texts, not markup
    assert re.findall("(?:https?:)?//[a-z]+\\.[a-z]+", made) == []  # nothing is loaded


def test_each_script_is_allowed_by_its_checksum_and_named_once():
    made = html.unescape(page("a", {}))
    assert len(re.findall(r"'sha256-[\w+/=]+'", made)) == 2
    assert "unsafe-inline'; script-src" in made
    files = {path.stem for path in FILES.glob("*.js")}
    names = set(re.findall(r"\w+", (FILES.parent / "_html.py").read_text(encoding="utf-8")))
    assert files <= names


def test_steps_are_off_by_half_a_step():
    maps = np.random.default_rng(0).normal(size=(9, 9, 3)).astype(np.float32)
    steps = Steps.of(maps)
    assert steps.steps.dtype == np.uint8
    half = np.ptp(maps, axis=(0, 1)) / 255 / 2
    assert (np.abs(steps.values - maps).max(axis=(0, 1)) <= half * 1.001).all()
    assert (Steps.of(np.full((2, 2, 1), 3.0)).values == 3).all()


def layer(kind, sources, shape, weights=0, macs=0, **options):
    array = {"kernel": np.zeros(weights, np.float32)} if weights else {}
    return PageLayer(
        name="", path="", label="", purpose="", kind=kind, sources=sources, shape=shape,
        options=options, weights=array, macs=macs,
    )  # fmt: skip


def test_the_page_computes_what_fits_and_stores_the_rest():
    wide = (20, 20, 64)
    layers = [
        layer("pixels", (), (40, 40, 3)),
        layer("conv", (0,), wide, weights=100),
        layer("conv", (1,), wide, weights=10**6),  # too many weights
        layer("batch_norm", (2,), wide),
        layer("add", (1, 3), wide),
        layer("activation", (4,), wide, function="softmax"),  # not channel by channel
        layer("pool", (4,), (1, 1, 64)),
        layer("conv", (6,), (1, 1, 10), weights=640),
        layer("conv", (1,), (5, 5, 64), macs=10**9),  # too slow, and small
    ]
    modes = modes_of(layers)
    assert modes == [
        *("computed", "computed", "steps", "from steps", "from steps", "steps"),
        *("exact", "computed", "exact"),
    ]
    assert modes_of(layers, frozenset({1}))[1] == "steps"
    spreads = {2: np.arange(64.0), 5: np.zeros(64)}
    kept = keep_channels(layers, spreads, share=0.05)
    assert kept.of(2, layers, modes) == [61, 62, 63]
    assert kept.of(4, layers, modes) == [61, 62, 63]
    assert kept.of(1, layers, modes) == [*range(64)]
    joined = [*layers, layer("concat", (1, 2), (20, 20, 128))]
    assert Kept(kept.channels).of(9, joined, [*modes, "from steps"])[-4:] == [63, 125, 126, 127]


def test_every_activation_has_a_formula():
    assert set(ACTIVATIONS) == set(jaxcnn.layers.ACTIVATIONS)
    code = (FILES / "activations.js").read_text(encoding="utf-8")
    assert all(re.search(rf"^  {name}: ", code, re.MULTILINE) for name in ACTIVATIONS)


def test_arrays_are_aligned():
    packed = Packed()
    assert packed.add(np.ones(3, np.uint8)) == 0
    assert packed.add(np.ones(2, np.float32)) == 1
    assert packed.as_json()["index"] == [("uint8", 0, 3), ("float32", 4, 2)]


def test_a_run_without_pictures_is_refused_with_a_hint(run, tmp_path):
    with pytest.raises(ValueError, match=r"pictures: expected image files .*run\.save\(folder"):
        jaxcnn.explore(run, out=tmp_path / "page.html")
    with pytest.raises(TypeError, match="pictures: expected a number of saved test images"):
        jaxcnn.explore(run, pictures=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="pictures: expected at least 1, got 0"):
        jaxcnn.explore(run, pictures=0)
    with pytest.raises(TypeError, match=r"count: .*did you mean pictures=3\?"):
        jaxcnn.explore(run, count=3)  # type: ignore[call-arg]


def test_too_many_pictures_are_refused_before_they_are_read(run, monkeypatch):
    per_picture = 4 * 4 + 4 * 16 * 4 + 200  # pixels, 16 numbers of each of 4 layers, words
    monkeypatch.setattr(_storage, "MAX_STORED_BYTES", 3 * per_picture + 100)
    with pytest.raises(ValueError, match=r"pictures: expected at most 3 for this .*, got 4"):
        jaxcnn.explore(run, pictures=["none.png"] * 4)
    with pytest.raises(ValueError, match=r"pictures: .*'none\.png' \(there is no such file\)"):
        jaxcnn.explore(run, pictures=["none.png"] * 3)


@pytest.mark.thorough
def test_outputs_that_are_not_finite_are_refused(network):
    damaged = jax.tree.map(lambda x: x * np.nan, network.variables)
    broken = dataclasses.replace(network, variables=damaged)
    compute = activations_of(broken, page_layers(broken), "runs/mine")
    with pytest.raises(ValueError, match=r"runs/mine: expected .* finite .* got nan .* 1: Dense"):
        compute(np.ones((4, 4, 1), np.uint8))


@pytest.mark.thorough
def test_a_layer_that_the_page_computes_as_nan_is_stored(network, monkeypatch):
    monkeypatch.setattr(_content, "recompute", lambda layer, _: np.full(layer.shape, np.nan))
    pictures = Pictures(np.ones((1, 4, 4, 1), np.uint8), ("a",), None)
    found = _content.make_content(network, page_layers(network), pictures, "runs/mine")
    modes = [(layer["mode"], layer.get("refused")) for layer in found.data["layers"]]
    assert modes == [("computed", None), *[("exact", True)] * 3]
    assert (found.computed, found.error) == (0, 0)


def test_the_command_names_its_own_option(run, capsys):
    with pytest.raises(SystemExit) as end:
        commands.main(["explore", str(run), "--count", "0"])
    assert end.value.code == 2
    assert "--count: expected at least 1, got 0" in capsys.readouterr().err


def test_a_page_needs_a_folder(run, tmp_path):
    with pytest.raises(ValueError, match="out: expected a local or shared file, got 'gs://b/page"):
        jaxcnn.explore(run, out="gs://b/page.html")
    with pytest.raises(FileNotFoundError, match="out: expected a file in an existing folder"):
        jaxcnn.explore(run, out=tmp_path / "none" / "page.html")
    with pytest.raises(IsADirectoryError, match="out: expected a file to write"):
        jaxcnn.explore(run, out=tmp_path)
    with pytest.raises(FileNotFoundError, match="expected a saved network, got none"):
        jaxcnn.explore(tmp_path)
