import bright_rows
import numpy as np
from PIL import Image

from jaxcnn.data import ImageFiles
from jaxcnn.inference import logits_of


def test_files_give_the_logits_of_their_images(tmp_path):
    data, network = bright_rows.dataset(5), bright_rows.network()
    paths = [tmp_path / f"{number}.png" for number in range(5)]
    for path, image in zip(paths, data.images, strict=True):
        Image.fromarray(image[..., 0]).save(path)
    files = ImageFiles(paths, data.labels, data.class_names, data.input_shape)
    expected = data.images[:, :3, :, 0].mean(axis=2) / 255
    for images in (files, data):
        found = logits_of(network, images, batch_size=3)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
