"""The whole page, from a folder to a browser."""

import dataclasses
import json
import re
import shutil
import subprocess

import numpy as np
import pytest
import small
from parsed_html import Page, image_bytes
from PIL import Image

import jaxcnn
from jaxcnn import cli
from jaxcnn.data import Dataset
from jaxcnn.runs.page._write import SECTIONS

EVIL = "<script>alert(1)</script>"


def renamed(data: Dataset) -> Dataset:
    names = (EVIL, "b & c", "$x$")
    return Dataset(data.images, data.labels, names, f"rows {EVIL}")


@pytest.fixture(scope="module")
def run():
    """A run whose class names and data set are up to no good."""
    run = jaxcnn.fit(
        small.NETWORK, renamed(small.dataset()), epochs=1, batch_size=8, progress=False
    )
    norms = {kind: {"0": 0.5, "6": 0.1} for kind in ("gradient_norms", "update_norms")}
    return dataclasses.replace(run, history=tuple(logs | norms for logs in run.history))


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    config = {"model": f"small {EVIL}"}
    test = renamed(small.dataset(30, seed=2))
    return run.save(tmp_path_factory.mktemp("run"), test=test, config=config)


@pytest.fixture(scope="module")
def report(folder):
    return jaxcnn.report(folder)


@pytest.fixture(scope="module")
def page(report):
    return Page(report.read_text())


def test_the_page_is_whole_html(report, page):
    assert report.name == "report.html"
    assert report.read_text().startswith("<!DOCTYPE html>\n<html lang=")
    assert not page.errors
    assert len(set(page.ids)) == len(page.ids)
    assert {f"#{name}" for name in SECTIONS} == set(page.links)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_all_sections_are_there(page):
    assert page.tags.count("section") == len(SECTIONS)
    assert "Not shown" not in page.text


def test_what_comes_from_the_run_is_only_text(page):
    assert "script" not in page.tags
    assert EVIL in page.text


def test_each_picture_decodes_and_says_what_it_shows(page):
    assert len(page.images) > 20
    for image in page.images:
        assert len(image["alt"]) > 2
        Image.open(image_bytes(image["src"])).load()


def test_the_result_and_its_uncertainty_are_on_top(folder, page):
    result = json.loads((folder / "result.json").read_text())
    low, high = result["test_accuracy_interval"]
    head = page.text[: page.text.index("Contents")]
    assert f"{result['test_accuracy']:.2%}of 30 test images were classified right" in head
    assert f"95 % interval {low:.2%} to {high:.2%}" in head


def test_numbers_of_the_page_are_those_of_the_run(folder, page):
    run = jaxcnn.load(folder)
    test = renamed(small.dataset(30, seed=2))
    right = int((run.predict(test.images) == test.labels).sum())
    assert f"{right} of 30 images on the diagonal" in " ".join(i["alt"] for i in page.images)
    assert "In all 243 parameters" in page.text


def test_without_test_images_it_says_what_is_missing(folder, tmp_path, capsys):
    for name in ("architecture.json", "network.json", "weights.safetensors"):
        shutil.copy(folder / name, tmp_path)
    out = tmp_path / "page.html"
    with pytest.raises(SystemExit) as done:
        cli.main(["report", str(tmp_path), "--out", str(out), "--cache", str(tmp_path / "cache")])
    assert done.value.code == 0
    assert str(out) in capsys.readouterr().out
    page = Page(out.read_text())
    assert not page.errors
    assert "There is no test result" in page.text
    assert page.text.count("the folder holds no test images") >= 5
    assert "fit(norms=True)" in page.text
    assert len(page.images) == 3  # the network, its filters, its weights


@pytest.fixture(autouse=True)
def cache_as_it_was():
    """The command keeps compiled programs; the tests that follow do as they did before."""
    import jax

    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: jax.config.values[name] for name in names}
    yield
    for name, value in before.items():
        jax.config.update(name, value)


def test_a_module_of_ones_own(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "run")
    (tmp_path / "run" / "architecture.json").unlink()
    page = Page(jaxcnn.report(tmp_path / "run").read_text())
    assert not page.errors
    assert "jaxcnn.report(folder, model=module)" in page.text
    assert "Confusion matrix of 3 classes" in " ".join(image["alt"] for image in page.images)


def test_several_labels_an_image(run, tmp_path):
    plain = small.dataset(seed=1)
    labels = np.eye(3, dtype=np.uint8)[plain.labels]
    labels[0] = (1, 0, 1)
    test = Dataset(plain.images, labels, ("a", "b", "c"), "rows", multilabel=True)
    network = dataclasses.replace(run.network, multilabel=True, class_names=("a", "b", "c"))
    folder = dataclasses.replace(run, network=network).save(tmp_path / "run", test=test)
    (folder / "architecture.json").unlink()  # what runs the network is tried above
    page = Page(jaxcnn.report(folder).read_text())
    assert not page.errors
    assert "of 40 test images had all their labels right" in page.text
    result = json.loads((folder / "result.json").read_text())
    f1, precision = (result[f"test_{name}"]["b"] for name in ("f1", "average_precision"))
    assert f"b{labels[:, 1].sum()}" in page.text
    assert f"{f1:.1%}{precision:.1%}" in page.text
    assert "Test image 0: a, c" in page.images[0]["alt"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("network.json", None, r"no run here \(it has no network.json\)"),
        ("result.json", "[1]", r"result\.json: expected a JSON object"),
        ("config.json", "{", r"config\.json: "),
        ("metrics.jsonl", "1\n", r"metrics\.jsonl: expected a JSON object in each line"),
        ("test.safetensors", "no", r"test\.safetensors: not a readable safetensors file"),
    ],
)
def test_folders_that_are_no_run_or_damaged(folder, tmp_path, name, content, message):
    shutil.copytree(folder, tmp_path / "run")
    (tmp_path / "run" / name).unlink()
    if content is not None:
        (tmp_path / "run" / name).write_text(content)
    with pytest.raises((FileNotFoundError, ValueError), match=message):
        jaxcnn.report(tmp_path / "run")


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
# The page forbids scripts, so that one beside it looks into its frame.
WRAPPER = """<!DOCTYPE html><meta charset="utf-8">
<iframe src="{page}" width=390 height=800></iframe><pre></pre><script>
addEventListener("load", () => {{
  const inside = document.querySelector("iframe").contentDocument;
  const images = [...inside.images];
  const found = {{
    images: images.length,
    decoded: images.filter(image => image.naturalWidth > 0).length,
    wide: inside.documentElement.scrollWidth,
    requests: inside.defaultView.performance.getEntriesByType("resource")
      .filter(entry => !entry.name.startsWith("data:")).length,
    scripts: inside.scripts.length,
  }};
  document.querySelector("pre").textContent = JSON.stringify(found);
}});
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_opens_it_from_disk_on_a_phone(report, page, tmp_path):
    assert CHROMIUM is not None
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(WRAPPER.format(page=report.as_uri()))
    options = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
        "--disable-background-networking --disable-component-update --virtual-time-budget=9000 "
        f"--allow-file-access-from-files --user-data-dir={tmp_path / 'user'} --dump-dom"
    ).split()
    done = subprocess.run(
        [CHROMIUM, *options, wrapper.as_uri()], capture_output=True, text=True, timeout=120
    )
    match = re.search("<pre>(.+?)</pre>", done.stdout)
    assert match, done.stderr[-500:]
    count = len(page.images)
    found = json.loads(match[1])
    assert found.pop("wide") <= 390
    assert found == {"images": count, "decoded": count, "requests": 0, "scripts": 0}
