import numpy as np
import pytest
from PIL import Image

from jaxcnn import explain
from jaxcnn import functional as F
from jaxcnn.explain.layers._animations import pooling_slide

IMAGE = np.random.default_rng(0).integers(0, 10, (4, 5))


@pytest.mark.parametrize(("kind", "pool"), [("max", F.max_pool), ("average", F.avg_pool)])
@pytest.mark.parametrize(("window", "strides"), [(2, None), ((2, 3), 1), (3, (1, 2))])
def test_outputs_are_those_of_the_library(kind, pool, window, strides):  # guide row A8.20
    slide = pooling_slide(IMAGE, window, kind, strides)
    expected = pool(IMAGE[None, ..., None] * 1.0, slide.window, strides=slide.strides)[0, ..., 0]
    np.testing.assert_allclose(slide.outputs, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "text"), [("max", "max(1, 3, 7, 4) = 7"), ("average", "(1 + 3 + 7 + 4) / 4 = 3.75")]
)
def test_what_is_computed_is_written_out(kind, text):
    assert pooling_slide([[1, 3], [7, 4]], 2, kind, None).formulas == [text]


def test_a_gif_has_a_frame_for_each_number(tmp_path):
    path = explain.animate_pooling(IMAGE, 2, tmp_path / "a.gif")
    with Image.open(path) as gif:
        assert (gif.format, gif.n_frames, gif.width) == ("GIF", 4, 800)
    assert path.stat().st_size < 100_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": [1, 2]}, r"image: expected shape \(H, W\), .* got \(2,\)"),
        ({"kind": "min"}, "kind: expected 'max' or 'average', got 'min'"),
        ({"window_shape": 5}, "at least as large as the window, 5×5, got 4×5"),
        ({"window_shape": (2, 2, 2)}, r"window_shape: expected an integer, or one per axis \(2\)"),
    ],
)
def test_errors(change, message):
    with pytest.raises(ValueError, match=message):
        explain.animate_pooling(**({"image": IMAGE, "window_shape": 2, "path": "a.gif"} | change))
