import dataclasses
from functools import partial

import built
import jax
import numpy as np
import pytest
from PIL import Image

import jaxcnn
from jaxcnn import explain
from jaxcnn.data import load_image
from jaxcnn.inference import functionalize
from jaxcnn.reports import _explanations
from jaxcnn.reports._explanations import occlusion_note


@pytest.mark.thorough
def test_a_file_for_each_picture(network, pictures, tmp_path):
    files = [pictures / "photo.jpg", "a/../b?/../../x y.png", pictures / "photo.jpg"]
    found = list(jaxcnn.predict_files(network, files, explain=tmp_path / "new"))
    names = [each.explanation and each.explanation.name for each in found]
    assert names == ["1-photo.png", None, "3-photo.png"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [names[0], names[2]]
    assert found[0].to_dict()["explanation"] == str(tmp_path / "new" / "1-photo.png")
    assert "explanation" not in found[1].to_dict()
    with Image.open(tmp_path / "new" / "1-photo.png") as image:
        assert min(image.size) > 100


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/etc/passwd", "passwd"),
        ("..", ".."),
        ("a/b\\c:d*.jpeg", "b_c_d_"),
        ("größe 1.tar.png", "größe_1.tar"),
        ("bytes\udcff.png", "bytes_"),
        ("x" * 300 + ".png", "x" * 80),
    ],
)
def test_names_are_plain(path, plain):
    assert _explanations._safe_stem(path) == plain


@pytest.mark.thorough
def test_the_maps_are_those_of_the_network(network, pictures, tmp_path, monkeypatch):
    drawn = {}

    def draw(images, attributions, *, note, titles, **_):
        drawn.update(attributions, images=images, note=note, titles=titles)
        raise KeyboardInterrupt

    monkeypatch.setattr(_explanations, "plot_attributions", draw)
    with pytest.raises(KeyboardInterrupt):
        next(jaxcnn.predict_files(network, pictures / "photo.jpg", explain=tmp_path))
    image = load_image(pictures / "photo.jpg", network.input_shape)[None]
    image = np.repeat(image, 2, axis=0)  # for the most probable class, and for the runner-up
    np.testing.assert_array_equal(drawn["images"], image)
    targets = network.predict_proba(image)[0].argsort()[:-3:-1]
    assert drawn["titles"] == [f"for {network.class_names[k]}" for k in targets]
    mean = np.broadcast_to(np.float32(network.normalization.mean), image.shape[1:])
    expected = jax.jit(partial(explain.occlusion, network, window=1, baseline=mean))(image, targets)
    np.testing.assert_allclose(drawn["occlusion"], expected, rtol=1e-4, atol=1e-5)
    assert "covers 1×1 pixels" in drawn["note"]
    assert drawn["note"].endswith(
        occlusion_note(np.asarray(expected), "logit (the score before softmax)")
    )
    assert "The two most probable classes are explained." in drawn["note"]
    expected = jax.jit(partial(explain.grad_cam, network))(image, targets)
    np.testing.assert_allclose(drawn["Grad-CAM"], expected, rtol=1e-4, atol=1e-5)


def test_the_note_gives_the_value_that_the_color_bar_is_a_share_of():
    drops = np.array([[[1.57, -0.2]], [[0.21, -2.75]], [[0.0, 0.0]]])
    assert "the logit falls by 1.57, rises by 2.75, falls by 0.00, row by row." in (
        occlusion_note(drops, "logit")
    )
    assert occlusion_note(drops[1:2], "logit").endswith(": the logit rises by 2.75.")


def test_what_cannot_be_explained(network, tmp_path):
    net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])
    apply, variables = functionalize(built.filled(net, (8, 8, 3)))
    dense = dataclasses.replace(network, apply=apply, variables=variables)
    with pytest.raises(ValueError, match="spatial"):
        jaxcnn.predict_files(dense, "photo.jpg", explain=tmp_path / "new")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old.png").touch()
    with pytest.raises(FileExistsError, match="got one that contains "):
        jaxcnn.predict_files(network, "photo.jpg", explain=tmp_path)
