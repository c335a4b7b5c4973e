"""The whole page, from a folder to a browser."""

import dataclasses
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
from jaxcnn.data import Dataset, Multilabel, Regression
from jaxcnn.inference import Network, Normalization, Predictions, functionalize
from jaxcnn.reports import _guesses, _network, _report
from jaxcnn.reports._attributions import METHODS
from jaxcnn.reports._headline import result_of
from jaxcnn.reports._report import SECTIONS
from jaxcnn.reports._run_folder import read_run_folder
from jaxcnn.runs import NetworkInterface, SavedTestSet, read_record

pytestmark = pytest.mark.thorough

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
    assert {f"#{name}" for name in (*SECTIONS, "receptive-fields")} == set(page.links)
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
    assert f"95% interval {low:.2%} to {high:.2%}" in head


def test_of_an_early_end_the_page_says_what_was_seen(folder):
    run = read_run_folder(folder)
    config = {**run.config, "training_images": 50_000}
    result = run.record.result | {"epochs": 1, "seconds_train": 130.0, "images_seen": 37_500}
    for stopped, words in (
        (
            "max_steps",
            "Trained for 0.75 epochs of 50,000 images (37,500 images), which took 130 s.",
        ),
        ("early_stopping", "Trained on 50,000 images for 1 epoch, which took 130 s."),
    ):
        record = run.record._replace(settings=config, result=result | {"stopped": stopped})
        assert words in "".join(result_of(dataclasses.replace(run, record=record)))


def test_numbers_of_the_page_are_those_of_the_run(folder, page):
    guesses = jaxcnn.load(folder).predict(TEST.images)
    right = int((guesses == TEST.labels).sum())
    assert f"{right} of 30 images on the diagonal" in " ".join(i["alt"] for i in page.images)
    recall = ((guesses == TEST.labels) & (TEST.labels == 1)).sum() / (TEST.labels == 1).sum()
    assert re.search(rf"b & c[\d.]+%{recall:.1%}", page.text)
    assert "In all 235 parameters" in page.text  # 3·3·4 + 4 + 64·3 + 3


def test_scores_and_maps_are_explained_for_two_classes(page):
    kinds = "predicted class|runner-up|true class"
    captions = re.findall(rf"The score of [^,]+, the ({kinds})", page.text)
    assert len(captions) >= 2
    assert captions[::2] == ["predicted class"] * (len(captions) // 2)
    assert set(captions[1::2]) <= {"runner-up", "true class"}
    (maps,) = [i["alt"] for i in page.images if "each of an image and its maps" in i["alt"]]
    rows = int(maps.split()[0])
    assert maps.count("runner-up: ") + maps.count("true class: ") == rows / 2


def test_layers_are_named_with_their_types(page):
    alts = [image["alt"] for image in page.images]
    (histograms,) = [alt for alt in alts if alt.startswith("Histograms of the weights")]
    assert re.sub(r"±[\d.e-]+", "#", histograms).endswith(": 0: Conv 3×3 SAME #, 4: Dense #")
    assert any("of layer 1: Activation relu, for test image" in alt for alt in alts)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "No mistakes among these"),
        (1, "The only mistake among these"),
        (12, "The 12 mistakes among these"),
        (1234, "The 12 worst of 1,234 mistakes among these"),
    ],
)
def test_mistakes_are_counted_in_words(count, words):
    assert _guesses._mistakes_in_words(count) == words


def test_the_report_links_to_the_page_to_click_through(folder):
    run = read_run_folder(folder)
    linked, alone = (
        Page(_report.page(run, [], {}, beside)) for beside in (["explore.html", "gallery.html"], [])
    )
    for words in ("Click through the network", "The gallery: what channels respond to"):
        assert words in linked.text
        assert words not in alone.text


def test_a_receptive_field_beyond_the_image_is_explained():
    def explained(side):
        rows = jaxcnn.summary(jaxcnn.models.cifar_small(), (side, side, 3))
        heading, paragraph = _network._receptive_fields(rows, "image")
        assert 'id="receptive-fields"' in heading
        return paragraph

    assert "larger than the image, whose larger side is 32: the rest" in explained(32)
    assert "larger than the image" not in explained(96)  # the largest field is 62


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
    assert "Left out, because they are about one label per image" in page.text
    assert not page.ids.count("confusion")
    assert "Test image 0: b & c, $x$" in page.images[0]["alt"]
    f1 = metrics.f1_score(labels[:, 1], logits[:, 1] >= 0)
    precision = metrics.average_precision_score(labels[:, 1], logits[:, 1])
    assert f"{f1:.1%}{precision:.1%}" in page.text


def test_the_files_of_examples(folder, tmp_path, only):
    only("guesses", "neighbors", "maps", "evidence")
    shutil.copytree(folder, tmp_path / "run")
    paths = [f"pets/test/<{i}>/\x1b.png" for i in range(30)]
    saved = read_record(folder).test
    interface = read_record(folder).interface
    saved._replace(paths=tuple(paths)).write(tmp_path / "run" / "test.safetensors", interface)
    page = Page(jaxcnn.report(tmp_path / "run").read_text())
    assert not page.errors
    assert "Not shown" not in page.text
    first = page.images[0]["alt"]
    number = re.match(r"Test image (\d+) ", first)[1]
    assert first.startswith(f"Test image {number} (<{number}>/\\x1b.png): ")
    assert page.text.count("/\\x1b.png") > 20
    assert "pets" not in page.text


@pytest.fixture(scope="module")
def regression(folder, tmp_path_factory):
    """A run whose network predicts three numbers from each image."""
    path = tmp_path_factory.mktemp("regression") / "run"
    shutil.copytree(folder, path)
    facts = json.loads((folder / "network.json").read_text())
    write_json(path / "network.json", facts | {"task": "regression"})
    epoch = {name: value for name, value in EPOCH.items() if name != "train_accuracy"}
    (path / "metrics.jsonl").write_text(json.dumps(epoch) + "\n")
    rng = np.random.default_rng(0)
    labels = rng.normal(size=(30, 3)).astype(np.float32) * [1, 100, 1]
    outputs = (labels + rng.normal(size=(30, 3)) * [1, 1, 0.1]).astype(np.float32)
    outputs[7, 1] += 200
    test = Dataset(TEST.images, labels, NAMES, task="regression")
    interface = NetworkInterface((8, 8, 1), NAMES, Normalization((0.3,), (0.3,)), Regression())
    SavedTestSet.of(Predictions(test, outputs)).write(path / "test.safetensors", interface)
    found = {f"test_{k}": v for k, v in Regression().results(outputs, labels, NAMES).items()}
    write_json(path / "result.json", {"dataset": "numbers", "n_test": 30} | found)
    return path


def test_predicted_numbers(regression, monkeypatch):
    for name in ("integrated gradients", "occlusion", "guided backprop"):
        monkeypatch.delitem(METHODS, name)
    text = jaxcnn.report(regression).read_text()
    page = Page(text)
    assert not page.errors
    assert "Not shown" not in page.text
    assert "script" not in page.tags
    r2 = json.loads((regression / "result.json").read_text())["test_r2"]
    head = page.text[: page.text.index("Contents")]
    assert all(f"R² {score:.4f}" in head for score in r2)
    assert "1. Predicted against true values" in page.text
    left_out = page.text[page.text.index("Left out, because they are about classes") :]
    assert "Confusion matrix" in left_out
    assert ", Robustness." in left_out
    assert f"predicted {NAMES[0]}" in page.text
    worst, *_ = [i["alt"] for i in page.images if i["alt"].startswith("Test image ")]
    assert worst.startswith("Test image 7: b & c ")
    for word in ("accuracy", "most probable", "predicted class", "score of", "softmax"):
        assert word not in page.text


def test_the_number_with_the_largest_error_is_explained(regression, only, monkeypatch):
    only("attributions", "evidence")
    for name in METHODS.keys() - {"saliency"}:
        monkeypatch.delitem(METHODS, name)
    page = Page(jaxcnn.report(regression).read_text())
    test = jaxcnn.load(regression).test
    errors = np.abs(test.logits - test.labels) / test.labels.std(axis=0)
    examples = test.shown[:6]
    worst = errors[examples].argmax(axis=1)
    assert len(set(worst)) > 1
    titles = [
        f"{NAMES[k]} {test.logits[i, k]:.3g} (is {test.labels[i, k]:.3g})"
        for i, k in zip(examples, worst, strict=True)
    ]
    (maps,) = [i["alt"] for i in page.images if i["alt"].startswith("6 rows (")]
    assert f"({', '.join(titles)})" in maps
    for row in (0, -1):
        assert f"predicted as {titles[row]}The predicted {NAMES[worst[row]]}" in page.text
    assert "its predicted number that has the largest error" in page.text


def test_many_predicted_numbers_stand_in_a_table(regression, tmp_path, only):
    only("guesses")
    shutil.copytree(regression, tmp_path / "run")
    found = json.loads((regression / "result.json").read_text())
    found["test_r2"] = [0.25, 0.5, 0.75, 0.125]
    write_json(tmp_path / "run" / "result.json", found)
    page = Page(jaxcnn.report(tmp_path / "run").read_text())
    assert "R² 0.1250 to 0.7500of 4 predicted numbers" in page.text
    assert "Errors of each target, on 30 test images" in page.text


INPUTS = {
    "signals": np.random.default_rng(0).normal(size=(6, 8, 1)).astype(np.float32),
    "volumes": np.random.default_rng(0).integers(0, 256, (6, 4, 4, 4, 1), np.uint8),
    "tokens": np.random.default_rng(0).integers(0, 5, (6, 8)).astype(np.int32),
}
LABELS = {
    "single": np.array([0, 1, 2] * 2),
    "multilabel": np.eye(3, dtype=int)[[0, 1, 2] * 2],
    "regression": np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32),
}


# All other pairs are slow; tests/training/test_kinds.py reports on tokens.
QUICK = {("volumes", "regression")}


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        (kind, task) if (kind, task) in QUICK else pytest.param(kind, task, marks=pytest.mark.slow)
        for kind in INPUTS
        for task in LABELS
    ],
)
def test_inputs_that_are_no_images(kind, task, tmp_path):
    inputs = INPUTS[kind]
    layers = [jaxcnn.Flatten(), jaxcnn.Dense(3)]
    net = jaxcnn.Sequential([jaxcnn.Embedding(5, 2)] * (kind == "tokens") + layers)
    test = Dataset(inputs, LABELS[task], ("a", "b", "c"), kind=kind, task=task)
    apply, variables = functionalize(built.filled(net, inputs.shape[1:]))
    network = Network(
        apply,
        variables,
        Normalization((), ()) if kind == "tokens" else Normalization((0.5,), (0.5,)),
        inputs.shape[1:],
        test.class_names,
        net,
        task=test.task,
        kind=kind,
    )
    epoch = {"epoch": 1, "train_loss": 1.0}
    jaxcnn.Run(network, (epoch,)).save(tmp_path / "run", test=test)
    page = Page(jaxcnn.report(tmp_path / "run").read_text())
    assert not page.errors
    shown, left_out = page.text.split("Left out, because", 1)
    assert f"show images, but this network takes {kind}" in left_out
    for word in ("image", "pixel"):
        assert word not in shown.split("Duration")[0]
    if task == "regression":
        assert "accuracy" not in shown
    if kind == "signals" and task == "regression":
        assert "The signals with the largest errors" in shown


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
        ("config.json", "[" * 100_000, r"config\.json: expected at most 100 nested"),
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
