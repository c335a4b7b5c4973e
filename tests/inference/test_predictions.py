import bright_rows
import numpy as np
from PIL import Image

from jaxcnn.data import ImageFiles
from jaxcnn.inference import _predictions


def test_files_give_the_logits_of_their_images(tmp_path, monkeypatch):
    monkeypatch.setattr(_predictions, "BATCH_SIZE", 3)
    data, network = bright_rows.dataset(5), bright_rows.network()
    paths = [tmp_path / f"{number}.png" for number in range(5)]
    for path, image in zip(paths, data.images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    files = ImageFiles(paths, data.labels, data.class_names, data.input_shape)
    expected = data.images[:, :3, :, 0].mean(axis=2) / 255
    np.testing.assert_allclose(_predictions.logits_of(network, files), expected, rtol=1e-5)
    np.testing.assert_allclose(_predictions.logits_of(network, data), expected, rtol=1e-5)
