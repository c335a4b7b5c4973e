"""The whole page, from a folder to a browser."""

import json
import re
import shutil
import subprocess

import built
import jax
import numpy as np
import pytest
import small
from parsed_html import Page, image_bytes
from PIL import Image
from sklearn import metrics

import jaxcnn
from jaxcnn import commands
from jaxcnn import functional as F
from jaxcnn._support.files import write_json
from jaxcnn.data import Dataset, Multilabel
from jaxcnn.inference import Network, Normalization, Predictions, functionalize
from jaxcnn.reports._attributions import METHODS
from jaxcnn.reports._report import SECTIONS
from jaxcnn.runs import NetworkInterface, SavedTestSet

EVIL = "<script>alert(1)</script>"


NAMES = (EVIL, "b & c", "$x$")
NET = jaxcnn.Sequential(
    [
        jaxcnn.Conv(4, 3),
        jaxcnn.Activation("relu"),
        jaxcnn.MaxPool(2),
        jaxcnn.Flatten(),
        jaxcnn.Dense(3),
    ]
)
TEST = Dataset(small.dataset(30).images, small.dataset(30).labels, NAMES, f"rows {EVIL}")
NORMS = {kind: {"0": 0.5, "4": 0.1} for kind in ("gradient_norms", "update_norms")}
EPOCH = {"epoch": 1, "train_loss": 1.0, "train_accuracy": 0.5} | NORMS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network that was never trained, saved as runs are, whose names are up to no good."""
    apply, variables = functionalize(built.filled(NET, (8, 8, 1)))
    network = Network(apply, variables, Normalization((0.3,), (0.3,)), (8, 8, 1), NAMES, NET)
    predictions = Predictions.of(network, TEST)
    right = int((predictions.logits.argmax(axis=1) == TEST.labels).sum())
    path = tmp_path_factory.mktemp("run")
    settings = {"model": f"small {EVIL}", "augmentation": {"shift": 2}}
    small.unsigned(jaxcnn.Run(network, (EPOCH,), settings=settings).save(path))
    SavedTestSet.of(predictions).write(path / "test.safetensors", NetworkInterface.of(network))
    result = {
        "dataset": TEST.name,
        "test_accuracy": right / 30,
        "test_accuracy_interval": F.wilson_interval(right, 30),
        "n_test": 30,
        "versions": {"jax": "1.2.3"},
    }
    write_json(path / "result.json", result)
    return path


@pytest.fixture(scope="module")
def report(folder):
    """All sections; of the attributions the quicker ones."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("integrated gradients", "occlusion"):
            patch.delitem(METHODS, name)
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
    guesses = jaxcnn.load(folder).predict(TEST.images)
    right = int((guesses == TEST.labels).sum())
    assert f"{right} of 30 images on the diagonal" in " ".join(i["alt"] for i in page.images)
    recall = ((guesses == TEST.labels) & (TEST.labels == 1)).sum() / (TEST.labels == 1).sum()
    assert re.search(rf"b & c[\d.]+%{recall:.1%}", page.text)
    assert "In all 235 parameters" in page.text  # 3·3·4 + 4 + 64·3 + 3


def test_without_test_images_it_says_what_is_missing(folder, tmp_path, capsys):
    for name in ("architecture.json", "network.json", "weights.safetensors"):
        shutil.copy(folder / name, tmp_path)
    out = tmp_path / "page.html"
    with pytest.raises(SystemExit) as done:
        commands.main(
            ["report", str(tmp_path), "--out", str(out), "--cache", str(tmp_path / "cache")]
        )
    assert done.value.code == 0
    printed = capsys.readouterr()
    assert str(out) in printed.out
    assert len(printed.err.splitlines()) == len(SECTIONS)
    page = Page(out.read_text())
    assert not page.errors
    assert "There is no test result" in page.text
    assert page.text.count("the folder has no test images") >= 5
    assert "fit(log_norms=True)" in page.text
    assert len(page.images) == 3  # the network, its filters, its weights


@pytest.fixture(autouse=True)
def cache_as_it_was():
    """The command keeps compiled programs; the tests that follow do as they did before."""
    names = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")
    before = {name: jax.config.values[name] for name in names}
    yield
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture
def only(monkeypatch):
    """Leaves some sections on the page, for all take their time."""

    def leave(*names):
        chosen = {name: SECTIONS[name] for name in names}
        monkeypatch.setattr("jaxcnn.reports._report.SECTIONS", chosen)

    return leave


def test_a_module_of_ones_own(folder, tmp_path, only):
    only("guesses", "network", "filters", "attributions")
    shutil.copytree(folder, tmp_path / "run")
    (tmp_path / "run" / "architecture.json").unlink()
    page = Page(jaxcnn.report(tmp_path / "run").read_text())
    assert not page.errors
    assert page.text.count("jaxcnn.report(folder, model=module)") == 3
    assert page.images


def test_several_labels_an_image(folder, tmp_path, only):
    only("guesses", "scores", "confusion", "settings")
    shutil.copytree(folder, tmp_path / "run")
    facts = json.loads((folder / "network.json").read_text())
    (tmp_path / "run" / "network.json").write_text(json.dumps(facts | {"task": "multilabel"}))
    labels = np.eye(3, dtype=np.uint8)[TEST.labels]
    labels[0] = (0, 1, 1)
    logits = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    test = Dataset(TEST.images, labels, NAMES, multilabel=True)
    interface = NetworkInterface((8, 8, 1), NAMES, Normalization((0.3,), (0.3,)), Multilabel())
    SavedTestSet.of(Predictions(test, logits)).write(
        tmp_path / "run" / "test.safetensors", interface
    )
    page = Page(jaxcnn.report(tmp_path / "run").read_text())
    assert not page.errors
    assert "of 30 test images had all their labels right" in page.text
    assert "Not shown: it is about one label per image" in page.text
    assert "Test image 0: b & c, $x$" in page.images[0]["alt"]
    f1 = metrics.f1_score(labels[:, 1], logits[:, 1] >= 0)
    precision = metrics.average_precision_score(labels[:, 1], logits[:, 1])
    assert f"{f1:.1%}{precision:.1%}" in page.text


@pytest.mark.slow
def test_a_run_of_fit(tmp_path):
    run = jaxcnn.fit(
        small.NETWORK, small.dataset(), epochs=1, batch_size=8, log_norms=True, progress=False
    )
    page = Page(jaxcnn.report(run.save(tmp_path / "run", test=small.dataset(seed=1))).read_text())
    assert not page.errors
    assert "Not shown" not in page.text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("network.json", None, r"expected a saved network, got none .there is no network\.json"),
        ("result.json", "[1]", r"result\.json: expected a JSON object"),
        ("config.json", "{", r"config\.json: "),
        ("config.json", "[" * 100_000, r"config\.json: .*recursion"),
        ("metrics.jsonl", "1\n", r"metrics\.jsonl: expected one JSON object per line"),
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


def test_where_no_page_can_be_written(folder, tmp_path):
    with pytest.raises(IsADirectoryError, match="out: expected a file to write"):
        jaxcnn.report(folder, out=tmp_path)
    with pytest.raises(FileNotFoundError, match="out: expected a file in an existing folder"):
        jaxcnn.report(folder, out=tmp_path / "nowhere" / "page.html")
    assert not [*tmp_path.iterdir()]


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
