"""The origin of a network's weights: its form, and that it stands in the folder of a run."""

import dataclasses
import json

import pytest
import saved_runs

import jaxcnn
from jaxcnn.inference import Origin

ORIGIN = Origin("timm/resnet18.a1_in1k", "0123456789" * 4, "0123456789abcdef" * 4)


@pytest.fixture
def folder(tmp_path):
    run = saved_runs.run()
    network = dataclasses.replace(run.network, origin=ORIGIN)
    return dataclasses.replace(run, network=network).save(tmp_path / "run")


def test_folder_keeps_it(folder):
    assert jaxcnn.load(folder).network.origin == ORIGIN
    assert str(ORIGIN) == "timm/resnet18.a1_in1k at 012345678901"
    assert Origin.from_dict(json.loads(ORIGIN.to_json())) == ORIGIN


def test_networks_trained_from_scratch_have_none(tmp_path):
    folder = saved_runs.run().save(tmp_path / "run")
    assert jaxcnn.load(folder).network.origin is None
    assert "origin" not in json.loads((folder / "network.json").read_text())


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("repository", "resnet18", "repository: expected an owner and a name with a slash"),
        ("repository", "a/b\n/c", "repository: expected an owner and a name"),
        ("revision", "main", "revision: expected the 40 digits of a commit's hash, got 'main'"),
        ("sha256", "0" * 63, "sha256: expected 64 hexadecimal digits"),
        ("sha256", 0, "sha256: expected 64 hexadecimal digits, got 0"),
    ],
)
def test_wrong_field(field, value, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(ORIGIN, **{field: value})


@pytest.mark.parametrize("content", [None, [], {}, {**ORIGIN.to_dict(), "more": 1}])
def test_wrong_content(content):
    with pytest.raises(TypeError, match="origin: expected repository, revision, sha256"):
        Origin.from_dict(content)


def test_network_takes_no_other_origin():
    with pytest.raises(TypeError, match="origin: expected an Origin, got 'timm'"):
        dataclasses.replace(saved_runs.run().network, origin="timm")
