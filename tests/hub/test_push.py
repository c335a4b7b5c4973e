"""`push` and `load`: a run on its way to a hub and back, and hubs that refuse it or fall silent."""

import dataclasses
import functools
import json
import re
import tempfile
from pathlib import Path

import jax
import numpy as np
import pytest
from flax import nnx
from PIL import Image

import jaxcnn
from jaxcnn import BatchNorm, Conv, Dense, Flatten
from jaxcnn.data import Dataset
from jaxcnn.hub import HubError, write_model_folder
from jaxcnn.hub._card_input import AUGMENTATION_WORDS, input_section
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.runs import Run, read_repository_files

huggingface_hub = pytest.importorskip("huggingface_hub")

# The package's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NAME, CLASSES = "user/digits", ("one", "two|<b>", "three")
FILES = ["README.md", "config.json", "model.safetensors"]
SHAPE = (6, 6, 1)
NET = jaxcnn.Sequential([Conv(4, 3), BatchNorm(), Flatten(), Dense(3)])
IMAGES = np.random.default_rng(0).integers(0, 256, (9, *SHAPE), np.uint8)


def network(layer=NET, shape=SHAPE):
    apply, variables = functionalize(jaxcnn.build(layer, shape, rngs=nnx.Rngs(0)))
    return Network(apply, variables, Normalization((0.4,), (0.3,)), shape, CLASSES, layer)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a run with test results, and with settings that name places."""
    settings = {"training_set": "rows", "training_images": 70, "seed": 3, "table": "/home/me/x.csv"}
    run = Run(network(), settings=settings, steps=8)
    data = Dataset(IMAGES, [0, 1, 2] * 3, CLASSES, "rows")
    return run.save(tmp_path_factory.mktemp("push") / "run", test=data)


@pytest.fixture(scope="module")
def run(folder):
    return jaxcnn.load(folder)


@pytest.fixture(scope="module")
def files(run, tmp_path_factory):
    """The files that are pushed."""
    folder = tmp_path_factory.mktemp("files") / "new"
    write_model_folder(run, folder, name=NAME, license="mit")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder of temporary files that is empty after each test."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    assert not [*place.iterdir()]


def same(one, other):
    return all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(other)))


@pytest.mark.usefixtures("temporary")
def test_a_run_comes_back_with_the_same_bits(hub, run, folder, tmp_path):
    pushed = jaxcnn.push(folder, NAME, license="mit")
    assert hub.uploads.commits == [
        (NAME, "main", ["README.md", "config.json", "model.safetensors"])
    ]
    assert (pushed.address, pushed.commit) == (f"hf://{NAME}", hub.commit)
    assert pushed.bytes == sum(map(len, hub.files.values()))
    assert hub.uploads.private == {NAME: False}
    loaded = jaxcnn.load(pushed.address, cache_dir=tmp_path)
    assert same(loaded.network.variables, run.network.variables)
    assert np.array_equal(loaded.network.logits(IMAGES), run.network.logits(IMAGES))
    sha256 = hub.info()["siblings"][1]["lfs"]["sha256"]
    assert loaded.network.origin == jaxcnn.inference.Origin(NAME, hub.commit, sha256)
    for name in ("input_shape", "class_names", "normalization", "task", "kind", "architecture"):
        assert getattr(loaded.network, name) == getattr(run.network, name)
    private = {"methods", "device", "seconds_compile", "seconds_train", "images_per_second"}
    assert private & set(run.result)
    assert loaded.result == {k: v for k, v in run.result.items() if k not in private}
    assert loaded.settings == {"training_set": "rows", "training_images": 70, "seed": 3}
    assert (loaded.steps, len(loaded.history), loaded.test) == (8, 0, None)


def test_offline_and_at_a_commit(hub, folder, tmp_path):
    commit = jaxcnn.push(folder, NAME, license="mit").commit
    first = jaxcnn.load(f"hf://{NAME}@{commit}", cache_dir=tmp_path)
    hub.status = 500
    again = jaxcnn.load(Path(f"hf://{NAME}@{commit}"), cache_dir=tmp_path, offline=True)
    assert again.network.origin == first.network.origin
    assert jaxcnn.pretrained(f"hf://{NAME}@{commit}", cache_dir=tmp_path).input_shape == SHAPE
    with pytest.raises(HubError, match=r"expected revision v2 in the cache"):
        jaxcnn.load(f"hf://{NAME}@v2", cache_dir=tmp_path, offline=True)


@pytest.mark.thorough
def test_a_second_push_replaces_the_files_on_a_branch(hub, folder, tmp_path):
    jaxcnn.push(folder, NAME, license="mit")
    pushed = jaxcnn.push(network(), NAME, license="mit", branch="v2", message="Without results")
    assert pushed.address == f"hf://{NAME}@v2"
    assert [revision for _, revision, _ in hub.uploads.commits] == ["main", "v2"]
    loaded = jaxcnn.load(pushed.address, cache_dir=tmp_path)
    assert set(loaded.result) == {"weights_sha256"}
    assert "saved without a test set" in hub.files["README.md"].decode()


@pytest.mark.thorough
def test_pretrained_takes_a_pushed_network_at_another_size(hub, tmp_path):
    net = jaxcnn.Sequential([Conv(4, 3), jaxcnn.GlobalAvgPool(), Dense(3)])
    jaxcnn.push(network(net), NAME, license="mit")
    assert jaxcnn.pretrained(NAME, cache_dir=tmp_path, image_size=9).input_shape == (9, 9, 1)
    assert hub.requests


@dataclasses.dataclass(frozen=True)
class Doubled(Conv):
    """A convolution of a class of its own."""


@pytest.mark.thorough
@pytest.mark.usefixtures("hub")
def test_custom_layers_and_modules(tmp_path):
    net = jaxcnn.Sequential([Doubled(4, 3), Flatten(), Dense(3)])
    jaxcnn.push(network(net), NAME, license="mit")
    with pytest.raises(HubError, match=rf"^{NAME}: config.json: .*got 'Doubled'"):
        jaxcnn.load(f"hf://{NAME}", cache_dir=tmp_path)
    loaded = jaxcnn.load(f"hf://{NAME}", cache_dir=tmp_path, layers=(Doubled,))
    assert loaded.network.architecture == net
    bare = dataclasses.replace(loaded.network, architecture=None)
    jaxcnn.push(bare, "user/module", license="mit")
    with pytest.raises(HubError, match=r"of a custom module are not saved; load\(address, model="):
        jaxcnn.load("hf://user/module", cache_dir=tmp_path / "other")
    module = jaxcnn.load("hf://user/module", cache_dir=tmp_path / "other", model=bare.module)
    assert same(module.network.variables, bare.variables)


def test_the_card_is_what_the_hub_reads(run, tmp_path):
    place = write_model_folder(
        run, tmp_path / "new", name=NAME, license="cc-by-4.0", dataset="user/rows"
    )
    card = huggingface_hub.ModelCard.load(place / "README.md")
    data = card.data
    assert (data.license, data.library_name, data.datasets) == (
        "cc-by-4.0",
        "jaxcnn",
        ["user/rows"],
    )
    assert (data.pipeline_tag, data.tags) == ("image-classification", ["jax", "flax"])
    found = {result.metric_type: result.metric_value for result in data.eval_results}
    assert found["accuracy"] == run.result["test_accuracy"]
    low, high = run.result["test_accuracy_interval"]
    row = f"| accuracy | {found['accuracy']:.2%} | {low:.2%} to {high:.2%} |"
    assert row in card.text.splitlines()
    assert f'run = jaxcnn.load("hf://{NAME}")' in card.text
    assert r"two\|\<b\>" in card.text
    assert "<b>" not in card.text.replace(r"\<b\>", "")
    assert "/home/me" not in "".join(path.read_text("latin-1") for path in place.iterdir())
    assert np.array_equal(jaxcnn.pretrained(place).logits(IMAGES), run.network.logits(IMAGES))


def test_the_lines_of_a_card_run(tmp_path, monkeypatch, capsys):
    deep = jaxcnn.Sequential([jaxcnn.Residual([Doubled(4, 3)], [Conv(4, 1)]), Flatten(), Dense(3)])
    custom, pairs = network(deep), network(NET, (6, 6, 2))
    bare = dataclasses.replace(network(), architecture=None)
    cases = {"plain": network(), "custom": custom, "bare": bare, "pairs": pairs}
    names = {"Doubled": Doubled, "module": bare.module, "images": np.zeros((1, 6, 6, 2), np.uint8)}
    Image.fromarray(IMAGES[0, ..., 0]).save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    for case, found in cases.items():
        place = write_model_folder(found, tmp_path / case, name=NAME, license="mit")
        text = (place / "README.md").read_text()
        assert (f"jaxcnn predict hf://{NAME} photo.jpg\n" in text) == (case == "plain")
        monkeypatch.setattr(jaxcnn, "load", functools.partial(loaded_from, place))
        (lines,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        exec(lines, dict(names))
        assert ("two" in capsys.readouterr().out) == (case != "pairs")


def loaded_from(folder, address, *, model=None, layers=()):
    """The run in a folder, in place of an address."""
    assert address == f"hf://{NAME}"
    return read_repository_files(folder, model=model, layers=layers)


def test_the_card_of_a_regression_and_of_pretrained_weights(tmp_path):
    task, origin = jaxcnn.data.Regression(), jaxcnn.inference.Origin("timm/x", "0" * 40, "0" * 64)
    found = dataclasses.replace(network(), task=task, origin=origin)
    result = {"test_rmse": [0.5, 1, 2], "test_rmse_interval": [[0.4, 0.6], [0.9, 1.1], [1, 3]]}
    place = write_model_folder(
        Run(found, result=result), tmp_path / "new", name=NAME, license="mit"
    )
    card = huggingface_hub.ModelCard.load(place / "README.md")
    assert card.data.base_model == "timm/x"
    assert card.data.pipeline_tag is None
    assert "| RMSE of one | 0.5 | 0.4 to 0.6 |" in card.text


def card_of(tmp_path, net, **settings):
    folder, run = tmp_path / f"{len([*tmp_path.iterdir()])}", Run(net, settings=settings)
    write_model_folder(run, folder, name=NAME, license="mit")
    return (folder / "README.md").read_text()


def test_the_card_says_in_words_how_inputs_are_made(tmp_path):
    shape = (32, 32, 3)
    net = jaxcnn.Sequential([Conv(2, 3), jaxcnn.GlobalAvgPool(), Dense(3)])
    usual = dataclasses.replace(network(net, shape), normalization=jaxcnn.inference.IMAGENET)
    how = jaxcnn.data.Preprocessing("bicubic", crop_pct=0.8)
    changes = jaxcnn.data.Augmentation(shift=2, resized_crop=(0.2, 1), before={"end": str})
    text = card_of(tmp_path, usual, augmentation=changes.to_dict())
    assert "until it covers 32×32 pixels (bilinear" in text
    assert "converted to RGB." in text
    assert "The mean of each channel, 0.485, 0.456, 0.406, is subtracted" in text
    assert "divided by the standard deviation, 0.229, 0.224, 0.225." in text
    assert (
        "changed at random: cropped to 20% to 100% of their area and enlarged again, shifted by up "
        "to ±2 px, changed by functions of the publisher.\n" in text
    )
    text = card_of(tmp_path, dataclasses.replace(usual, preprocessing=how), augmentation=None)
    assert "covers 40×40 pixels (bicubic, as in Pillow), and cropped to its central 32×32" in text
    assert "In training, images were not augmented." in text
    for odd in ("<b>", {"shift": "<b>"}, {"shift": {}}):
        text = card_of(tmp_path, network(), augmentation=odd)
        assert "converted to gray, 0.299 R + 0.587 G + 0.114 B." in text
        assert "<b>" not in text.replace(r"\<b\>", "")
    fields = {field.name for field in dataclasses.fields(jaxcnn.data.Augmentation)}
    assert fields == set(AUGMENTATION_WORDS)


def test_the_card_has_the_steps_in_their_order_and_gray_borders():
    how = jaxcnn.data.Preprocessing(crop_mode="border", fill=(200, 30, 90))
    gray = how.apply(np.full((1, 9, 1), 255, np.uint8), SHAPE)[0, 0, 0]
    for preprocessing, is_converted_first in ((how, True), (None, False)):
        text = input_section(dataclasses.replace(network(), preprocessing=preprocessing), {})
        assert (text.index("converted to gray") < text.index("It is resized")) == is_converted_first
        assert (f"a border of the gray level {gray} where" in text) == is_converted_first
    text = input_section(network(), {"augmentation": {"before": {}}})
    assert "In training, images were not augmented." in text


def test_a_folder_is_written_whole_or_not_at_all(run, tmp_path, monkeypatch):
    monkeypatch.setattr("jaxcnn.hub._model_folder.MAX_CONFIG_BYTES", 100)
    with pytest.raises(ValueError, match=r"config\.json has at most 100 bytes"):
        write_model_folder(run, tmp_path / "new", name=NAME, license="mit")
    assert not [*tmp_path.iterdir()]
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "file").touch()
    with pytest.raises(FileExistsError, match="old: expected a new folder or an empty one"):
        write_model_folder(run, tmp_path / "old", name=NAME, license="mit")


WRONG = {
    r"license: expected .* 'mit'.*, got 'MIT' \(did you mean mit\?\)": {"license": "MIT"},
    "license: expected the hub's identifier.*got 'my own'": {"license": "my own"},
    "name: expected user/name, such as you/digits": {"name": "digits"},
    "branch: expected a branch, got 'a b'": {"branch": "a b"},
    "dataset: expected a data set of the hub": {"dataset": "rows"},
    "message: expected a title": {"message": " "},
}


def test_wrong_arguments(hub, run):
    for expected, options in WRONG.items():
        given = {"name": NAME, "license": "mit", **options}
        with pytest.raises(ValueError, match=f"(?s)^{expected}"):
            jaxcnn.push(run, **given)
    assert not hub.uploads.steps


def test_without_a_token_or_a_connection_nothing_is_asked(hub, run, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "/nowhere/token")
    with pytest.raises(HubError, match=rf"^{NAME}: expected a token .*hf auth login, or set HF_T"):
        jaxcnn.push(run, NAME, license="mit")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="got HF_HUB_OFFLINE=1"):
        jaxcnn.push(run, NAME, license="mit")
    assert not hub.uploads.steps


REFUSED = [
    ("create", 403, "You don't have the rights to create a model under user", "may write to, got"),
    ("create", 500, "an accident", "push again"),
    ("preupload", 403, "Forbidden: pass a token that can write", "the token needs the role write"),
    ("batch", 500, "an accident", "push again"),
    ("put", 507, "no space left", "push again"),
    ("commit", 403, "Forbidden", "the token needs the role write"),
    ("commit", 400, "a file that never came", "nothing was committed"),
    ("commit", 500, "an accident", "push again"),
]


@pytest.mark.thorough
@pytest.mark.usefixtures("temporary")
def test_a_hub_that_refuses(hub, run):
    for step, status, said, hint in REFUSED:
        hub.uploads.refuse = {step: (status, {"error": said})}
        with pytest.raises(HubError, match=f"^{NAME}: expected .*{hint}") as error:
            jaxcnn.push(run, NAME, license="mit")
        assert said in str(error.value) or status >= 500
        assert "\n" not in str(error.value)
        assert hub.files == {}


@pytest.mark.thorough
@pytest.mark.usefixtures("temporary")
def test_a_connection_that_breaks(hub, run):
    for step in ("create", "yaml", "preupload", "batch", "put", "commit"):
        hub.uploads.cut = {step}
        with pytest.raises(HubError, match=f"^{NAME}: expected an answer from the hub .*again"):
            jaxcnn.push(run, NAME, license="mit")
        assert hub.files == {}
    hub.uploads.cut, hub.uploads.lost = set(), {"commit"}  # which is done, but nobody hears of it
    with pytest.raises(HubError, match="push again"):
        jaxcnn.push(run, NAME, license="mit")
    hub.uploads.lost = set()
    assert jaxcnn.push(run, NAME, license="mit").commit == hub.commit


@pytest.mark.thorough
def test_answers_that_are_none(hub, run):
    page = b"<!doctype html><title>Log in</title>"
    hub.uploads.refuse = {"put": (200, page)}  # as if the file were there
    with pytest.raises(HubError, match=r"got an LFS file that was never uploaded .*nothing was c"):
        jaxcnn.push(run, NAME, license="mit")
    hub.uploads.private.clear()
    for step in ("create", "yaml", "preupload", "batch", "commit"):
        hub.uploads.refuse = {step: (200, page)}
        with pytest.raises(HubError, match=f"^{NAME}: expected an answer from the hub"):
            jaxcnn.push(run, NAME, license="mit")


def test_a_wrong_token_and_a_license_that_the_hub_does_not_know(hub, run, monkeypatch):
    with pytest.raises(HubError, match=r'takes, got .*"license" must be one of.*nothing was com'):
        jaxcnn.push(run, NAME, license="isc")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(HubError, match="a token that the hub knows, got one that it refuses: Inv"):
        jaxcnn.push(run, NAME, license="mit")
    assert hub.files == {}


def test_private_repositories_are_not_pushed_to_public_ones(hub, run):
    jaxcnn.push(run, NAME, license="mit")
    with pytest.raises(HubError, match="expected a private repository, got a public one"):
        jaxcnn.push(run, NAME, license="mit", private=True)
    assert len(hub.uploads.commits) == 1
    jaxcnn.push(run, "user/hidden", license="mit", private=True)
    assert hub.uploads.private["user/hidden"]


def change(**entries):
    def apply(config):
        for place, value in entries.items():
            *names, last = place.split("__")
            inner = config
            for name in names:
                inner = inner[name]
            inner[last] = value

    return apply


LAYERS = "architecture__architecture__layers"
HOSTILE = {
    "architecture: expected the name of a layer, got 'os.system'": change(
        architecture__architecture={"type": "os.system", "layers": []}
    ),
    "got none for 1: params.layers.1.kernel": change(
        **{LAYERS: [{"type": "Flatten"}, {"type": "Dense", "features": 10**9}]}
    ),
    "expected all arrays of the network, got none for": change(
        **{LAYERS: [{"type": "Conv", "features": 4, "kernel_size": 3}] * 2}
    ),
    "input_shape: expected at most": change(network__input_shape=[10**9, 10**9, 1]),
    "input_shape": change(network__input_shape=[-1, 6, 1]),
    "class_names": change(network__class_names=["a", "a", "b"]),
    "expected class names for outputs": change(network__class_names=["a", "b"]),
    "format_version: expected 1, got 2": change(format_version=2),
    "format_version: expected 1, got True": change(format_version=True),
    "network: expected a JSON object": change(network=None),
    "result: expected a JSON object": change(result=[1]),
    "test_accuracy: expected a number from 0 to 1, got 2": change(result__test_accuracy=2),
    "weights_sha256: expected results of these weights": change(result__weights_sha256="0"),
    "expected layers, got none": change(architecture=None),
}


def test_configs_that_do_not_fit_are_refused(files, tmp_path):
    for expected, apply in HOSTILE.items():
        config = json.loads(files["config.json"])
        apply(config)
        for name, content in {**files, "config.json": json.dumps(config).encode()}.items():
            (tmp_path / name).write_bytes(content)
        where = re.escape(str(tmp_path))
        wrong = f"(?s)^{where}: (config.json|model.safetensors): .*{expected}"
        with pytest.raises(ValueError, match=wrong):
            jaxcnn.pretrained(tmp_path)


BROKEN = {
    "with the checksum .*damaged on its way": ("sent", lambda old: old[:-1] + bytes([old[-1] ^ 1])),
    "with the checksum": ("sent", lambda old: old[: len(old) // 2]),
    "it ends early": ("files", lambda old: old[:-4]),
    "not a readable safetensors file": ("files", lambda _: b"<!doctype html>" + bytes(99)),
}


def test_weights_that_are_damaged_are_refused_and_not_kept(hub, files, tmp_path):
    for expected, (where, damage) in BROKEN.items():
        hub.files, hub.sent = dict(files), {}
        getattr(hub, where)["model.safetensors"] = damage(files["model.safetensors"])
        with pytest.raises(HubError, match=f"(?s)^{NAME}: .*{expected}"):
            jaxcnn.load(f"hf://{NAME}", cache_dir=tmp_path)
        kept = [path for path in tmp_path.rglob("*") if path.is_file() and "/." not in str(path)]
        assert kept == []


@pytest.mark.parametrize("address", ["hf://digits", "hf://user/digits/file", "hf://user/digits@"])
def test_addresses_that_are_none(address):
    with pytest.raises(ValueError, match=r"(name|revision): expected a"):
        jaxcnn.load(address)


def test_options_of_an_address_do_not_suit_a_folder(folder):
    with pytest.raises(ValueError, match="cache_dir: expected None for a folder"):
        jaxcnn.load(folder, cache_dir="x")
    with pytest.raises(ValueError, match="offline: expected False for a folder, got True"):
        jaxcnn.load(folder, offline=True)


def test_options_for_custom_code_do_not_suit_networks_of_timm(hub):
    for name, value in {"layers": (Doubled,), "model": nnx.Module()}.items():
        with pytest.raises(ValueError, match=f"^{name}: expected none for a network of timm, got"):
            jaxcnn.load("hf://timm/lcnet_035.test", **{name: value})
    assert not hub.requests
