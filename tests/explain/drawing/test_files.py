"""What the plots write is what it claims to be, and small."""

import xml.etree.ElementTree as ET

import numpy as np
from PIL import Image

from jaxcnn import explain

MAPS = np.random.default_rng(0).normal(size=(16, 16, 64))


def figure():
    return explain.plot_feature_maps(MAPS)


def test_png(tmp_path):
    figure().savefig(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG"
        assert 700 <= picture.width <= 1100


def test_svg_holds_all_tiles_as_one_picture(tmp_path):
    figure().savefig(tmp_path / "a.svg")
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert 1 <= len(root.findall(".//{http://www.w3.org/2000/svg}image")) <= 2  # maps, colour bar
    assert (tmp_path / "a.svg").stat().st_size < 250_000
