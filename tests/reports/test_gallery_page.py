"""The page of what channels respond to."""

import built
import numpy as np
import pytest
from parsed_html import Page

import jaxcnn
from jaxcnn import commands
from jaxcnn.data import Dataset
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.reports import _gallery_page, gallery_report, report_without_link

EVIL = "<script>alert(1)</script>"
NET = jaxcnn.Sequential([jaxcnn.Conv(4, 3), jaxcnn.Flatten(), jaxcnn.Dense(3)])
NAMES = (EVIL, "dog", "bird")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    apply, variables = functionalize(built.filled(NET, (8, 8, 3)))
    normalization = Normalization((0.4,) * 3, (0.25,) * 3)
    network = Network(apply, variables, normalization, (8, 8, 3), NAMES, NET)
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), np.uint8)
    test = Dataset(images, np.arange(20) % 3, NAMES, "noise")
    run = jaxcnn.Run(network, settings={"model": f"small {EVIL}"})
    return run.save(tmp_path_factory.mktemp("runs") / "run", test=test)


@pytest.mark.parametrize("channels", [1, 3])
def test_patches_are_transparent_beyond_the_edges_of_their_images(channels):
    patches = np.full((2, 3, 3, channels), 7, np.uint8)
    inside = np.ones((2, 3, 3), np.bool_)
    assert _gallery_page._transparent(patches, inside) is patches
    inside[1, 0] = False
    made = _gallery_page._transparent(patches, inside)
    assert made.shape == (2, 3, 3, 4)
    assert (made[..., :3] == 7).all()
    np.testing.assert_array_equal(made[..., 3] == 255, inside)


@pytest.mark.thorough
def test_the_page_has_made_and_real_pictures_of_each_channel(folder, tmp_path):
    path = gallery_report(folder, out=tmp_path / "page.html", channels=2, steps=2)
    page = Page(path.read_text())
    assert not page.errors
    assert "script" not in page.tags
    assert page.tags.count("section") == 2
    assert len(page.images) == 2 * 2 * (1 + 4)
    assert "2 of 4 channels. A unit sees 3×3 of 8×8 pixels (14.1%)." in page.text
    assert f"{EVIL}: " in page.text


@pytest.mark.thorough
def test_the_command_shows_the_layers_and_says_what_the_report_lacks(folder, tmp_path, capsys):
    (tmp_path / "report.html").write_text("<p>an earlier report</p>")
    out = tmp_path / "gallery.html"
    options = ["--layers", "0", "--channels", "1", "--steps", "1", "--out", str(out)]
    with pytest.raises(SystemExit) as end:
        commands.main(["gallery", str(folder), *options, "--cache", str(tmp_path / "cache")])
    assert end.value.code == 0
    printed = capsys.readouterr()
    assert printed.err == " 1/1  0\n"
    last = printed.out.splitlines()[-1]
    assert last.startswith(f"{tmp_path / 'report.html'} does not link to it yet: jaxcnn report ")
    assert Page(out.read_text()).tags.count("section") == 1
    (tmp_path / "report.html").write_text('<a href="gallery.html">')
    assert report_without_link(out) is None


def test_the_command(folder, tmp_path, capsys):
    out = tmp_path / "page.html"
    arguments = ["gallery", str(folder), "--out", str(out), "--steps", "0"]
    with pytest.raises(SystemExit) as end:
        commands.main([*arguments, "--cache", str(tmp_path / "cache")])
    assert end.value.code == 2
    assert "--steps: expected at least 1, got 0" in capsys.readouterr().err
