"""`pretrained`: from a hub's files to a network that classifies pictures."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
from golden.make_torch_models import NUM_CLASSES, Case, weights
from safetensors.numpy import save
from timm_configs import PUBLISHED

import jaxcnn
from jaxcnn.hub import HubError
from jaxcnn.models import load_torch_state_dict, timm_model

GOLDEN = Path(__file__).parents[1] / "golden/timm_models.npz"
NAME = "timm/lcnet_035.test"
CONFIG = copy.deepcopy(PUBLISHED["timm/resnet50.a1_in1k"])
CONFIG |= {"architecture": "lcnet_035", "num_classes": NUM_CLASSES}
CONFIG["pretrained_cfg"] |= {"input_size": [3, 32, 32], "tag": "test"}
SHAPE = (32, 32, 3)
FIRST = "conv_stem.weight"


@pytest.fixture(scope="module")
def tensors():
    """The state dict that timm would write of a small network, with drawn values."""
    with np.load(GOLDEN) as golden:
        found = weights(Case("lcnet_035"), golden)
    return {**found, "bn1.num_batches_tracked": np.array(3)}


@pytest.fixture
def files(tensors):
    return {"config.json": json.dumps(CONFIG).encode(), "model.safetensors": save(tensors)}


@pytest.fixture
def hub(hub, files, tensors):
    hub.files, hub.tensors = files, tensors
    return hub


def images():
    return np.random.default_rng(1).integers(0, 256, (2, *SHAPE), np.uint8)


def is_empty(cache):
    return not [path for path in cache.rglob("*") if path.is_file() and "/." not in str(path)]


@pytest.mark.thorough
@pytest.mark.usefixtures("hub")
def test_network_is_that_of_the_files(tensors, tmp_path):
    network = jaxcnn.pretrained(NAME, cache_dir=tmp_path)
    model = timm_model("lcnet_035")
    architecture = model.make(NUM_CLASSES)
    module = load_torch_state_dict(architecture, model.convert(tensors), SHAPE)
    expected = module(network.normalization(images()))
    np.testing.assert_allclose(network.logits(images()), expected, rtol=1e-4, atol=1e-4)
    assert network.input_shape == SHAPE
    assert network.architecture == architecture
    assert network.class_names[:2] == ("class 0", "class 1")
    assert network.preprocessing == jaxcnn.data.Preprocessing("bicubic", crop_pct=0.95)


@pytest.mark.thorough
def test_origin_names_the_commit(hub, tmp_path):
    origin = jaxcnn.pretrained(NAME, cache_dir=tmp_path).origin
    assert (origin.repository, origin.revision) == (NAME, hub.commit)
    assert origin.sha256 == hub.info()["siblings"][1]["lfs"]["sha256"]


@pytest.mark.thorough
def test_offline(hub, tmp_path):
    network = jaxcnn.pretrained(NAME, cache_dir=tmp_path)
    hub.status = 500
    again = jaxcnn.pretrained(f"hf-hub:{NAME}", cache_dir=tmp_path, offline=True)
    assert again.origin == network.origin
    np.testing.assert_array_equal(again.logits(images()), network.logits(images()))


@pytest.mark.thorough
def test_folder_in_place_of_a_repository(files, tmp_path):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    network = jaxcnn.pretrained(tmp_path)
    assert network.origin is None
    assert network.logits(images()).shape == (2, NUM_CLASSES)


def test_paths_that_are_no_folder_of_weights(files, tmp_path):
    expected = "expected a folder with config.json and model.safetensors, got"
    with pytest.raises(FileNotFoundError, match=f"{expected} none"):
        jaxcnn.pretrained(tmp_path / "nowhere")
    (tmp_path / "config.json").write_bytes(files["config.json"])
    with pytest.raises(FileNotFoundError, match=f"{expected} one without model.safetensors$"):
        jaxcnn.pretrained(tmp_path)
    file = tmp_path / "pytorch_model.bin"
    file.write_bytes(b"PK")
    with pytest.raises(FileNotFoundError, match=rf"{expected} one .*\(it has {file.name}, .*trust"):
        jaxcnn.pretrained(tmp_path)
    with pytest.raises(NotADirectoryError, match=f"{expected} a file .*that PyTorch pickled"):
        jaxcnn.pretrained(file)


@pytest.mark.thorough
def test_image_size(files, tmp_path):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert jaxcnn.pretrained(tmp_path, image_size=64).input_shape == (64, 64, 3)
    assert jaxcnn.pretrained(tmp_path, image_size=(40, 64)).input_shape == (40, 64, 3)
    with pytest.raises(ValueError, match="image_size: expected at least 1"):
        jaxcnn.pretrained(tmp_path, image_size=0)
    with pytest.raises(TypeError, match="image_size: expected an integer"):
        jaxcnn.pretrained(tmp_path, image_size="large")


def missing(hub):
    hub.files["model.safetensors"] = save({k: v for k, v in hub.tensors.items() if k != FIRST})


def extra(hub):
    hub.files["model.safetensors"] = save({**hub.tensors, "fc2.weight": np.zeros((2, 2), "f")})


def wrong_shape(hub):
    hub.files["model.safetensors"] = save({**hub.tensors, FIRST: np.zeros((8, 3, 5, 5), "f")})


def wrong_dtype(hub):
    weight = hub.tensors[FIRST].astype(np.float16)
    hub.files["model.safetensors"] = save({**hub.tensors, FIRST: weight})


def other_classes(hub):
    hub.files["config.json"] = json.dumps({**CONFIG, "num_classes": 5}).encode()


def cut_inside(hub):
    hub.files["model.safetensors"] = hub.files["model.safetensors"][:-100]


def pickle(hub):
    hub.files["model.safetensors"] = b"\x80\x02}q\x00." + bytes(100)


def html_weights(hub):
    hub.files["model.safetensors"] = b"<!doctype html><title>Too many requests</title>"


def html_config(hub):
    hub.files["config.json"] = b"<!doctype html><title>Too many requests</title>"


def unknown_architecture(hub):
    hub.files["config.json"] = json.dumps({**CONFIG, "architecture": "swin_tiny"}).encode()


FAULTS = {
    missing: r"missing: conv_stem.weight \(8, 3, 3, 3\)",
    extra: r"unexpected: fc2.weight \(2, 2\)",
    wrong_shape: r"of another shape: conv_stem.weight: expected \(8, 3, 3, 3\), got \(8, 3, 5, 5\)",
    wrong_dtype: "of another dtype: conv_stem.weight: expected float32, got float16",
    other_classes: r"of another shape: classifier.weight: expected \(5, 1280\), got \(10, 1280\)",
    cut_inside: "it ends early",
    pickle: "not a readable safetensors file",
    html_weights: "not a readable safetensors file",
    html_config: "config.json: expected JSON",
    unknown_architecture: "config.json: architecture: expected one of .*got 'swin_tiny'",
}


@pytest.mark.thorough
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_wrong_content_is_an_error_and_not_kept(fault, hub, tmp_path):
    fault(hub)
    with pytest.raises(HubError, match=f"(?s)^{NAME}: .*{FAULTS[fault]}"):
        jaxcnn.pretrained(NAME, cache_dir=tmp_path)
    assert is_empty(tmp_path)


def test_networks_that_are_not_computed_are_not_downloaded(hub, tmp_path):
    for name in ("timm/swin_tiny_patch4_window7_224.ms_in1k", "timm/resnet5.a1_in1k"):
        with pytest.raises(ValueError, match="expected"):
            jaxcnn.pretrained(name, cache_dir=tmp_path)
    assert not hub.requests


@pytest.mark.parametrize("name", [5, None, b"timm/resnet18"])
def test_name_of_another_type(name):
    with pytest.raises(TypeError, match="name: expected the name of a repository"):
        jaxcnn.pretrained(name)


def test_options_of_other_libraries():
    with pytest.raises(
        TypeError, match=r"num_classes: expected one of .*jaxcnn.fine_tune\(network"
    ):
        jaxcnn.pretrained(NAME, num_classes=3)
    with pytest.raises(TypeError, match=r"image_sise: .* \(did you mean image_size\?\)"):
        jaxcnn.pretrained(NAME, image_sise=3)


def test_options_of_repositories(tmp_path):
    with pytest.raises(ValueError, match="revision: expected None for a folder, got 'main'"):
        jaxcnn.pretrained(tmp_path, revision="main")


def test_wrong_name_of_a_repository():
    pytest.importorskip("huggingface_hub")
    with pytest.raises(ValueError, match="name: expected a repository of the hub such as"):
        jaxcnn.pretrained("resnet50")


def test_package_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
    monkeypatch.setitem(__import__("sys").modules, "huggingface_hub.utils", None)
    with pytest.raises(ImportError, match=r"pip install 'jaxcnn\[hub\]'"):
        jaxcnn.pretrained(NAME)


@pytest.mark.slow
@pytest.mark.usefixtures("hub")
def test_origin_is_in_saved_runs(tmp_path):
    network = jaxcnn.pretrained(NAME, cache_dir=tmp_path / "cache")
    data = jaxcnn.data.Dataset(images(), [0, 1], network.class_names)
    run = jaxcnn.fit(network.architecture, data, epochs=1, init_from=network)
    assert run.network.origin == network.origin
    run.save(tmp_path / "run")
    assert jaxcnn.load(tmp_path / "run").network.origin == network.origin


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "convnext_atto", "efficientnet_b0", "vgg11"])
def test_files_that_timm_wrote(name, tmp_path):
    timm, torch = pytest.importorskip("timm"), pytest.importorskip("torch")
    theirs = timm.create_model(name, num_classes=5).eval()
    timm.models.save_for_hf(theirs, tmp_path, safe_serialization=True)
    network = jaxcnn.pretrained(tmp_path, image_size=64)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    inputs = torch.tensor(np.asarray(network.normalization(pixels)).transpose(0, 3, 1, 2))
    with torch.no_grad():
        expected = theirs(inputs).numpy()
    np.testing.assert_allclose(network.logits(pixels), expected, rtol=1e-4, atol=1e-4)
