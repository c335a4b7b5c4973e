"""Picture files: their classes, their heat maps, and files that are no pictures."""

import base64
import dataclasses
import io
import re
import zlib

import numpy as np
import pytest
from flax import nnx
from PIL import Image

import jaxcnn
from jaxcnn.inference import functionalize
from jaxcnn.serving import _pictures
from jaxcnn.serving._heat import heat_picture, place_in_words

CLASSIFY = "/v2/models/rows/classify"
PIXELS = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)


def encoded(kind, pixels=PIXELS, **options):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return content.getvalue()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "bmp", "gif"])
def test_classes_by_name(client, network, kind):
    content = encoded(kind)
    answer = client.post(CLASSIFY, content=content).json()
    expected = network.classify(io.BytesIO(content))
    assert [each["name"] for each in answer["classes"]] == [name for name, _ in expected]
    found = [each["probability"] for each in answer["classes"]]
    np.testing.assert_allclose(found, [share for _, share in expected], rtol=1e-4)
    assert len(client.post(f"{CLASSIFY}?top=1", content=content).json()["classes"]) == 1


def shown(url):
    head, _, content = url.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


@pytest.fixture
def explained(client):
    """An answer with its explanation, for a picture that need not be resized."""
    content = encoded("png", PIXELS[:8, :8])
    answer = client.post(f"{CLASSIFY}?explain=true", content=content).json()
    assert answer["explanation"]["output"] == answer["classes"][0]["name"]
    return answer["explanation"]


def test_an_explanation_shows_what_the_network_sees(explained):
    assert (shown(explained["picture"]) == PIXELS[:8, :8]).all()
    heat = shown(explained["heat"])
    assert heat.shape == (8, 8, 4)
    assert heat[..., 3].max() == 200
    assert explained["text"].startswith(f"The Grad-CAM heat map for {explained['output']} is")


@pytest.mark.slow
def test_the_heat_map_is_grad_cam(explained, network):
    expected = heat_picture(np.asarray(jaxcnn.explain.grad_cam(network, PIXELS[None, :8, :8]))[0])
    assert abs(shown(explained["heat"]).astype(int) - expected).max() <= 1


def test_only_a_network_without_maps_has_no_heat_map(network, monkeypatch):
    flat = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(3)])
    apply, variables = functionalize(jaxcnn.build(flat, (8, 8, 3), rngs=nnx.Rngs(0)))
    without = dataclasses.replace(network, apply=apply, variables=variables, architecture=flat)
    assert _pictures.compile_heat_map(without) is None

    def fail(*_):
        raise ValueError("another fault")

    monkeypatch.setattr(_pictures, "grad_cam", fail)
    with pytest.raises(ValueError, match="another fault"):
        _pictures.compile_heat_map(network)


def test_places():
    heat = np.zeros((9, 9))
    assert place_in_words(heat) is None
    heat[4, 4] = 1
    assert place_in_words(heat) == "center"
    heat[:2, 8] = 1
    assert place_in_words(heat) == "top right"
    assert heat_picture(np.zeros((2, 2)))[..., 3].max() == 0


def chunk(name, data):
    content = name + data
    return len(data).to_bytes(4, "big") + content + zlib.crc32(content).to_bytes(4, "big")


def huge_png(side):
    """A picture of many pixels in a few bytes: it would be unpacked to gigabytes."""
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


BAD = {
    "nothing": (b"", 400, "picture: expected an image, got an empty file"),
    "text": (b"hello", 400, "picture: expected a JPEG, PNG"),
    "a script": (b"<svg onload='x'>", 400, "picture: expected a JPEG, PNG"),
    "half a picture": (encoded("jpeg")[:200], 400, "picture: expected an image, got"),
    "a bomb": (huge_png(60_000), 413, "picture: expected at most max_pixels=10000"),
    "many scans": (b"\xff\xd8" + b"\xff\xda" * 100, 413, "picture: expected at most 64 scans"),
}


@pytest.mark.parametrize(("content", "status", "message"), BAD.values(), ids=BAD)
def test_no_pictures(client, content, status, message):
    response = client.post(CLASSIFY, content=content)
    assert response.status_code == status
    assert response.json()["error"].startswith(message)


def test_pictures_that_are_sent_in_another_way(client):
    content = encoded("png")
    stripped = content.translate(None, b"\r\n\0")
    assert "use --data-binary" in client.post(CLASSIFY, content=stripped).json()["error"]
    form = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + content + b"\r\n--x--\r\n"
    assert "itself, not a form" in client.post(CLASSIFY, content=form).json()["error"]


@pytest.mark.parametrize(
    "query", ["topk=1", "top=0", "top=-1", "top=x", "top=²", "top=", "explain=maybe"]
)
def test_wrong_queries(client, query):
    response = client.post(f"{CLASSIFY}?{query}", content=encoded("png"))
    assert response.status_code == 400
    assert ": expected" in response.json()["error"]


def test_the_page_allows_its_own_script_alone(client):
    response = client.get("/")
    assert response.headers["Content-Type"].startswith("text/html")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "/v2/models/rows/classify" in response.text
    assert "http" not in response.text.replace("http-equiv", "")  # it loads nothing from elsewhere
    ids = re.findall(r' id="(\w+)"', response.text)
    assert set(re.findall(r'byId\("(\w+)"\)', response.text)) <= set(ids)
    assert len(ids) == len(set(ids))
