"""`read_config`: published configs, and what is refused in others."""

import copy
import json

import pytest
from timm_configs import PUBLISHED

from jaxcnn.data import Preprocessing, imagenet_classes
from jaxcnn.hub._config import read_config
from jaxcnn.inference import IMAGENET

RESNET = PUBLISHED["timm/resnet50.a1_in1k"]


def written(folder, content):
    path = folder / "config.json"
    path.write_text(json.dumps(content))
    return path


def changed(**entries):
    """The config of ResNet-50 with other entries; names of inner ones are joined by two lines."""
    content = copy.deepcopy(RESNET)
    for name, value in entries.items():
        *outer, inner = name.split("__")
        place = content[outer[0]] if outer else content
        place[inner] = value
    return content


@pytest.mark.parametrize(
    ("name", "architecture", "interpolation", "crop_pct"),
    [
        ("timm/resnet50.a1_in1k", "resnet50", "bicubic", 0.95),
        ("timm/vgg16.tv_in1k", "vgg16", "bilinear", 0.875),
        ("timm/efficientnet_b0.ra_in1k", "efficientnet_b0", "bicubic", 0.875),
    ],
)
def test_published(name, architecture, interpolation, crop_pct, tmp_path):
    config = read_config(written(tmp_path, PUBLISHED[name]))
    assert config.architecture == architecture
    assert config.input_shape == (224, 224, 3)
    assert config.normalization == IMAGENET
    assert config.preprocessing == Preprocessing(interpolation, crop_pct=crop_pct)
    assert config.class_names == imagenet_classes()


def test_names_in_the_file(tmp_path):
    content = changed(num_classes=2, label_names=["n1", "n2"])
    assert read_config(written(tmp_path, content)).class_names == ("n1", "n2")
    content["label_descriptions"] = {"n1": "cat", "n2": "dog"}
    assert read_config(written(tmp_path, content)).class_names == ("cat", "dog")
    content["label_descriptions"] = {"n1": "crane", "n2": "crane"}
    assert read_config(written(tmp_path, content)).class_names == ("n1", "n2")


def test_options_that_timm_writes(tmp_path):
    args = {"in_chans": 3, "num_classes": 1000, "global_pool": "avg"}
    assert read_config(written(tmp_path, changed(model_args=args))).architecture == "resnet50"


@pytest.mark.parametrize("tag", ["fb_in22k_ft_in1k_384", "a1_in1k", "in1k", "ns_jft_in1k_475"])
def test_imagenet_by_its_tag(tag, tmp_path):
    config = read_config(written(tmp_path, changed(pretrained_cfg__tag=tag)))
    assert config.class_names == imagenet_classes()


def test_names_by_number_and_by_their_older_name(tmp_path):
    content = changed(num_classes=2, label_names={"0": "cat", "1": "dog"})
    assert read_config(written(tmp_path, content)).class_names == ("cat", "dog")
    content = changed(num_classes=2, labels=["cat", "dog"])
    assert read_config(written(tmp_path, content)).class_names == ("cat", "dog")


def test_numbers_are_the_names_of_other_classes(tmp_path):
    content = changed(num_classes=3, pretrained_cfg__tag="fb_in22k")
    assert read_config(written(tmp_path, content)).class_names == ("class 0", "class 1", "class 2")
    content = changed(pretrained_cfg__tag="places")
    assert read_config(written(tmp_path, content)).class_names[999] == "class 999"


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"num_classes": 0}, r"num_classes: .* got 0 \(these weights have no classifier\)"),
        ({"num_classes": 10**9}, "num_classes: expected a number of classes, got 1000000000"),
        ({"num_classes": "1000"}, "num_classes: expected a number of classes, got '1000'"),
        ({"num_classes": True}, "num_classes: expected a number of classes, got True"),
        ({"architecture": None}, "architecture: expected a string, got None"),
        ({"architecture": ["resnet18"]}, "architecture: expected a string"),
        (
            {"model_args": {"depths": [1]}},
            r"model_args: expected none but .*got \{'depths': \[1\]\}",
        ),
        ({"model_args": {"in_chans": 1}}, r"model_args: .*got \{'in_chans': 1\}"),
        ({"model_args": [1]}, r"model_args: .*got \[1\]"),
        ({"global_pool": "token"}, "global_pool: expected 'avg', got 'token'"),
        ({"pretrained_cfg": []}, r"pretrained_cfg: expected a JSON object, got \[\]"),
        ({"pretrained_cfg__input_size": [3, 224]}, r"input_size: expected \[C, H, W\]"),
        ({"pretrained_cfg__input_size": [3, 0, 224]}, "input_size: expected 1 or 3 channels"),
        ({"pretrained_cfg__input_size": [3, 10**6, 9]}, "input_size: expected 1 or 3 channels"),
        ({"pretrained_cfg__input_size": [4, 9, 9]}, "input_size: expected 1 or 3 channels"),
        ({"pretrained_cfg__mean": None}, "mean: expected a list of numbers, got None"),
        ({"pretrained_cfg__mean": [0.5, "a", 0]}, "mean: expected a list of numbers"),
        ({"pretrained_cfg__mean": [120, 110, 100]}, r"mean: expected numbers in \[0, 1\]"),
        ({"pretrained_cfg__mean": [0.5, 0.5]}, "std: expected 2 numbers"),
        ({"pretrained_cfg__std": [0, 0, 0]}, "std: "),
        ({"pretrained_cfg__interpolation": "spline"}, "interpolation: expected one of"),
        ({"pretrained_cfg__interpolation": ["bicubic"]}, "interpolation: expected one of"),
        ({"pretrained_cfg__crop_pct": 0}, "crop_pct: expected"),
        ({"pretrained_cfg__crop_pct": None}, "crop_pct: expected a number, got None"),
        ({"pretrained_cfg__crop_pct": True}, "crop_pct: expected a number, got True"),
        ({"pretrained_cfg__crop_mode": "random"}, "crop_mode: expected one of"),
        ({"label_names": ["cat"]}, "label_names: expected 1000 names, got 1"),
        ({"label_names": [1] * 1000}, "label_names: expected a list of strings"),
        ({"label_names": {"a": 1}}, "label_names: expected a list of strings"),
        ({"num_classes": 2, "label_names": ["cat", "cat"]}, "label_names: "),
    ],
)
def test_wrong_entry(entries, message, tmp_path):
    with pytest.raises(ValueError, match=f"^config.json: {message}"):
        read_config(written(tmp_path, changed(**entries)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!doctype html><title>404</title>", "expected JSON"),
        ("[1, 2]", "expected a JSON object"),
        ('{"architecture": NaN}', "expected finite numbers"),
        ("[" * 100_000, "nested"),
        ("", "expected JSON"),
    ],
)
def test_no_config(text, message, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=f"^config.json: .*{message}"):
        read_config(path)


def test_large_file_is_not_read(tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(b" " * 2**21)
    with pytest.raises(ValueError, match="expected at most 1,048,576 bytes"):
        read_config(path)
