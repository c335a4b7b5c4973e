"""What all pictures have in common: they are drawn, titled, explained, and fit their page."""

import dataclasses
from typing import Any

import bright_rows
import jax
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

import jaxcnn
from jaxcnn import explain
from jaxcnn.data import Augmentation, Dataset
from jaxcnn.explain.drawing import new_figure
from jaxcnn.profiling import LayerTime, Limits, Profile
from jaxcnn.training import RateRange

RNG = np.random.default_rng(0)
TITLE = "A net: 5 $ & <b>"
IMAGES = RNG.integers(0, 256, (3, 8, 8, 3), np.uint8)
MAPS = RNG.normal(size=(3, 8, 8))
NAMES = ["cat", "dog", "$ign"]
LABELS = np.array([0, 1, 2])
PROBABILITIES = RNG.dirichlet(np.ones(3), 3)
DATA = bright_rows.dataset(9)
SEVERAL = Dataset(DATA.images, np.eye(3, dtype=int)[DATA.labels], DATA.class_names, multilabel=True)
TWO_CHANNELS = Dataset(IMAGES[..., :2], LABELS, NAMES)
LOGITS = 3 * np.eye(3)[DATA.labels]
REPORT = explain.ClassificationReport.of(LOGITS[::-1], DATA.labels, DATA.class_names)
ALL_RIGHT = explain.ClassificationReport.of(LOGITS, DATA.labels, DATA.class_names)
BOX = explain.Box((2, 4), (5, 8))
EVIDENCE = explain.ClassEvidence(
    layer="head",
    target=np.array(1),
    logit=np.array(2.0),
    bias=np.array(0.5),
    features=np.arange(31),
    places=np.arange(31)[:, None],
    axes=("feature",),
    activations=np.ones(31),
    weights=np.linspace(1, -1, 31),
    rest=np.array(1.5),
)
UNIT = explain.UnitExplanation(
    unit=explain.Unit("stem", 4),
    kind="Conv",
    position=(2, 3),
    box=BOX,
    formula="sum",
    inputs=MAPS[:, :3, :3],
    weights=MAPS[:, :3, :3],
    bias=np.array(0.5),
    inside=np.ones((3, 3, 3), bool),
    value=(MAPS[:, :3, :3] ** 2).sum() + 0.5,
)
NET = jaxcnn.Sequential([jaxcnn.Conv(4, 3), jaxcnn.Flatten(), jaxcnn.Dense(10)])
TABLE = jaxcnn.summary(NET, (8, 8, 4))
TIMES = [LayerTime(row, row.layer.split()[0], 1e-6) for row in TABLE.rows]
PROFILE = Profile(TABLE, tuple(TIMES), Limits(40e9, 1e10), "toaster", True, 5, 2e-5, 1e-8, 0.5)
NO_LAYERS = Profile(TABLE, (), Limits(40e9, 1e10), "toaster", True, 5, 2e-5, 1e-8, 0.5)
EPOCH = {"epoch": 1, "train_loss": 1.9, "train_accuracy": 0.3}
NORMS = {"epoch": 1, "gradient_norms": {"0": 0.1}, "update_norms": {"0": 0.01}}
OFFSETS = np.linspace(-1, 1, 5)
SURFACE = explain.LossSurface(OFFSETS, 0.1 + OFFSETS[:, None] ** 2 + OFFSETS**2, 100)
NO_SURFACE = explain.LossSurface(OFFSETS, np.full((5, 5), np.nan), 100)
HISTOGRAM = explain.WeightHistogram(np.array([-1.0, 0.0, 1.0]), np.array([1, 2]), -0.25, 0.5)
MIXING = Augmentation(mixup=1.0)
IN_GALLERY = explain.LayerGallery(
    layer="head",
    title="head: Dense",
    image_size=(8, 8),
    field=(8, 8),
    channels=np.arange(3),
    names=tuple(NAMES),
    total=3,
    pictures=IMAGES / 255,
    values=np.array([1.0, 2.0, 12.34]),
    patches=IMAGES[:, None],
    patch_values=np.ones((3, 1)),
)


def few(evidence: explain.ClassEvidence) -> explain.ClassEvidence:
    arrays = {name: getattr(evidence, name)[:3] for name in ("features", "places", "activations")}
    return explain.ClassEvidence(**(vars(evidence) | arrays | {"weights": evidence.weights[:3]}))


GOOD: dict[str, dict[str, Any]] = {
    "plot_architecture": {"architecture": NET, "input_shape": (8, 8, 4)},
    "plot_attributions": {
        "images": IMAGES,
        "attributions": {"saliency": MAPS, "Grad-CAM": MAPS},
        "titles": NAMES,
    },
    "plot_augmentation": {
        "augmentation": Augmentation(shift=1),
        "image": IMAGES[0],
        "key": jax.random.key(0),
        "columns": 2,
    },
    "plot_channel_gallery": {"layer": IN_GALLERY},
    "plot_class_scores": {"report": REPORT},
    "plot_compared_curves": {"histories": {name: [EPOCH] for name in NAMES[:2]}},
    "plot_confused_pairs": {"report": REPORT, "dataset": DATA},
    "plot_confusion_matrix": {"matrix": np.diag([8, 2, 0]), "class_names": NAMES},
    "plot_curves": {"history": [EPOCH]},
    "plot_evidence": {"evidence": few(EVIDENCE)},
    "plot_examples": {"dataset": DATA},
    "plot_feature_maps": {"maps": MAPS.transpose(1, 2, 0), "image": IMAGES[0], "names": NAMES},
    "plot_filters": {"kernel": RNG.normal(size=(3, 3, 5, 6))},
    "plot_gradient_norms": {"norms": {"ReLU": {"0": 0.1, "2": 0.2}}},
    "plot_guesses": {
        "images": IMAGES,
        "labels": LABELS,
        "probabilities": PROBABILITIES,
        "class_names": NAMES,
    },
    "plot_images": {"images": [*IMAGES], "names": NAMES, "caption": "What they are."},
    "plot_learning_rate_range": {
        "result": RateRange((0.01, 0.1, 1.0), (2.0, 0.5, np.inf), 2.3, steps=100)
    },
    "plot_loss_surface": {"surface": SURFACE},
    "plot_maximizing_images": {"images": IMAGES, "names": NAMES, "values": [1, 2, 12.34]},
    "plot_neighbors": {
        "queries": DATA.take(1),
        "gallery": DATA,
        "neighbors": explain.Neighbors(np.array([[3, 1]]), np.array([[1.0, 0.25]])),
    },
    "plot_predictions": {
        "predictions": RNG.normal(size=(9, 4)),
        "labels": RNG.normal(size=(9, 4)) * [1, 2, 1e5, 0],
        "names": [*NAMES, "a name that is too long for the width of its panel, as some are"],
    },
    "plot_recorded_norms": {"history": [NORMS]},
    "plot_numbers": {"image": IMAGES[0]},
    "plot_receptive_field": {"image": IMAGES[0], "box": BOX},
    "plot_reliability": {"reliabilities": {"as trained": REPORT.calibration}},
    "plot_robustness": {
        "result": explain.robustness(bright_rows.network(), DATA, shifts=(), angles=())
    },
    "plot_roc": {
        "scores": RNG.random((40, 4)).astype(np.float32),
        "labels": np.arange(40) % 4,
        "class_names": [*NAMES[:3], "a name that is too long for a legend beside other curves"],
    },
    "plot_roofline": {"profile": PROFILE},
    "plot_top_activations": {"patches": IMAGES[None, :, :5, :5], "values": [[3.0, 2.0, 1.0]]},
    "plot_unit": {"explanation": UNIT, "image": IMAGES[0]},
    "plot_weights": {"histograms": {"stem.kernel": HISTOGRAM, "stem.bias": HISTOGRAM}},
}

NO_IMAGES = [
    ("images", IMAGES[0], ValueError, r"images: expected shape .* got \(8, 8, 3\)"),
    ("images", IMAGES[:0], ValueError, r"at least one image, got \(0, 8, 8, 3\)"),
    ("images", IMAGES.transpose(0, 3, 1, 2), ValueError, r"got \(3, 3, 8, 8\)"),
    (
        "images",
        IMAGES.astype(int),
        TypeError,
        "images: expected uint8 or floating point, got int64",
    ),
    ("images", IMAGES / 50, ValueError, "images: expected floats from 0 to 1, as"),
    ("images", IMAGES * np.nan, ValueError, "images: expected floats from 0 to 1"),
]
"""What no picture of images takes; each of them is tried with one."""

TOO_BRIGHT = dataclasses.replace(IN_GALLERY, pictures=IMAGES * 1.0)

BAD: dict[str, list[tuple[str, Any, type[Exception], str]]] = {
    "plot_architecture": [
        ("architecture", "lenet5", TypeError, "architecture: expected a layer"),
        ("input_shape", (8, 8, 0), ValueError, "input_shape: expected positive"),
    ],
    "plot_attributions": [
        NO_IMAGES[0],
        ("attributions", MAPS, TypeError, r'such as \{"saliency": maps\}, got ndarray'),
        ("attributions", {}, ValueError, "attributions: expected at least one map, got none"),
        ("attributions", {"a": MAPS[0]}, ValueError, r"attributions\['a'\]: expected .* got \(8, "),
        ("attributions", {"a": MAPS[:1]}, ValueError, r"= \(3, 8, 8\), got \(1, 8, 8\)"),
        ("attributions", {"a": MAPS * np.nan}, ValueError, r"attributions\['a'\]: expected finite"),
        ("titles", ["cat"], ValueError, "titles: expected one for each of the 3 images, got 1"),
        (
            "attributions",
            {str(k): MAPS for k in range(128)},
            ValueError,
            "at most 256 tiles .*, got 3 images × 129 columns = 387",
        ),
    ],
    "plot_augmentation": [
        (
            "image",
            IMAGES[0][..., :2],
            ValueError,
            r"image: expected one image .* shape \(8, 8, 2\)",
        ),
        ("image", IMAGES, ValueError, r"image: expected one image .*, got shape \(3, 8, 8, 3\)"),
        ("columns", 0, ValueError, "columns: expected at least 1, got 0"),
        ("augmentation", MIXING, ValueError, "others: expected images to mix with"),
        ("key", 0, TypeError, r"key: expected .*jax\.random\.key\(0\), got 0"),
    ],
    "plot_channel_gallery": [
        ("layer", TOO_BRIGHT, ValueError, "images: expected floats from 0 to 1"),
    ],
    "plot_class_scores": [],
    "plot_compared_curves": [
        ("histories", {}, ValueError, "histories: expected epochs with epoch and train_loss, got"),
        (
            *("histories", {str(k): [EPOCH] for k in range(9)}, ValueError),
            "histories: expected at most 8 runs, to be readable, got 9",
        ),
    ],
    "plot_confused_pairs": [
        (
            "dataset",
            bright_rows.dataset(6),
            ValueError,
            "dataset: expected the set that the report",
        ),
        ("pairs", 0, ValueError, "pairs: expected at least 1, got 0"),
        ("report", ALL_RIGHT, ValueError, "report: expected at least one mistake, got none"),
    ],
    "plot_confusion_matrix": [
        ("matrix", np.zeros((2, 3)), ValueError, r"matrix: expected shape \(K, K\), got \(2, 3\)"),
        (
            "class_names",
            NAMES[:2],
            ValueError,
            "class_names: expected one for each of the 3 .*, got 2",
        ),
    ],
    "plot_curves": [
        ("history", [], ValueError, "history: expected at least one epoch, got none"),
        (
            "history",
            [EPOCH, {"epoch": 2, "train_accuracy": 0.5}],
            ValueError,
            r"history\[1\]: expected 'train_loss', got \['epoch', 'train_accuracy'\]",
        ),
    ],
    "plot_evidence": [
        ("evidence", EVIDENCE, ValueError, r"at most 30 terms, got 31 \(call class_evidence with"),
    ],
    "plot_examples": [
        ("per_class", 0, ValueError, "per_class: expected at least 1, got 0"),
        ("dataset", TWO_CHANNELS, ValueError, r"images: expected shape \(N, H, W, 1\) or"),
    ],
    "plot_feature_maps": [
        ("maps", MAPS[None], ValueError, r"maps: expected shape .*, of one image, .* got \(1, 3"),
        ("maps", MAPS[..., :0], ValueError, r"none 0, got \(3, 8, 0\)"),
        (
            "maps",
            np.full((8, 8, 3), np.inf),
            ValueError,
            "maps: expected finite values, got some that are NaN",
        ),
        ("image", np.zeros(4), ValueError, r"image: expected shape .* got \(4,\)"),
        ("names", NAMES[:2], ValueError, "names: expected one for each of the 3 channels, got 2"),
        (
            "maps",
            np.zeros((4, 4, 7)),
            ValueError,
            "names: expected one for each of the 7 channels, got 3",
        ),
    ],
    "plot_filters": [
        ("kernel", np.ones((5, 3)), ValueError, r"kernel: expected shape \(h, w, in, out\).* got"),
        ("kernel", np.ones((5, 5, 3, 0)), ValueError, r"none 0, got \(5, 5, 3, 0\)"),
        ("kernel", np.full((2, 2, 3, 1), np.nan), ValueError, "kernel: expected finite"),
    ],
    "plot_gradient_norms": [
        ("norms", {}, ValueError, "norms: expected 1 to 4 networks, got 0"),
    ],
    "plot_guesses": [
        *NO_IMAGES,
        ("labels", LABELS[:2], ValueError, r"labels: expected shape \(3,\).* got \(2,\)"),
        ("labels", LABELS * 1.0, TypeError, "labels: expected integer class numbers, got float64"),
        ("labels", LABELS + 1, ValueError, "labels: expected classes 0 to 2, got 1 to 3"),
        ("probabilities", np.ones((2, 3)), ValueError, r"shape \(3, K\), one row per image, got"),
        (
            "class_names",
            NAMES[:2],
            ValueError,
            "class_names: expected one for each of the 3 .* got 2",
        ),
        ("top", 0, ValueError, "top: expected at least 1, got 0"),
    ],
    "plot_images": [
        ("names", NAMES[:2], ValueError, "names: expected one for each of the 3 images, got 2"),
        ("images", [], ValueError, "images: expected at least one, got none"),
    ],
    "plot_learning_rate_range": [],
    "plot_loss_surface": [
        ("surface", NO_SURFACE, ValueError, "surface: expected at least one finite loss, got none"),
    ],
    "plot_maximizing_images": [
        NO_IMAGES[0],
        ("images", np.zeros((65, 2, 2, 1)), ValueError, "images: expected at most 64, .* got 65"),
        ("names", NAMES[:2], ValueError, "names: expected one for each of the 3 images, got 2"),
        ("values", [1, 2], ValueError, r"values: expected shape \(3,\), one per image, got \(2,"),
    ],
    "plot_neighbors": [
        ("queries", DATA.take(2), ValueError, r"of the 2 queries, got 1 .* test.take\(1\)"),
        ("gallery", SEVERAL, ValueError, r"labels: expected one class per example.*got \(9, 3\)"),
    ],
    "plot_predictions": [
        (
            "predictions",
            np.ones(()),
            ValueError,
            r"predictions: expected shape \(N,\) or .* got \(",
        ),
        ("predictions", np.ones((1, 4)), ValueError, "expected at least 2 examples, got 1"),
        ("predictions", np.full((9, 4), np.nan), ValueError, "predictions: expected finite"),
        ("predictions", np.ones(9), ValueError, r"labels: expected shape \(9,\), one .* \(9, 4\)"),
        ("labels", np.ones(9) > 0, ValueError, r"labels: expected shape \(9, 4\), 4 .* \(9,\)"),
        ("labels", np.ones((9, 4)) > 0, TypeError, "labels: expected numbers, got bool"),
        ("names", NAMES, ValueError, "names: expected one for each of the 4 targets, got 3"),
    ],
    "plot_recorded_norms": [
        (
            "history",
            [EPOCH],
            ValueError,
            r"history: expected norms, got none \(call fit with log_norms=True",
        ),
    ],
    "plot_numbers": [
        ("image", np.zeros((33, 8), int), ValueError, r"at most 32 rows × 32 .* got 33×8 \(cut a"),
        ("image", np.zeros((8, 11, 3), int), ValueError, "at most 32 rows × 10 .* got 8×11"),
        (
            "image",
            np.array([[-1, 256]]),
            ValueError,
            "image: expected numbers from 0 to 255, got -1 to",
        ),
        ("image", np.zeros(8), ValueError, r"image: expected shape \(H, W\)"),
    ],
    "plot_receptive_field": [
        ("image", IMAGES[0, 0, 0], ValueError, r"image: expected shape \(H, W\) or .* got \(3,\)"),
        ("image", IMAGES[0, :4], ValueError, r"box: expected .* within the image, 4×8, got Box\("),
        ("box", explain.Box((2, 2), (2, 3)), ValueError, "box: expected at least one pixel"),
        (
            "box",
            explain.Box((2,), (3,)),
            ValueError,
            "box: expected at least one pixel, all within the image",
        ),
        (
            "box",
            explain.Box((-1, 0), (3, 3)),
            ValueError,
            "box: expected at least one pixel, all within the image",
        ),
    ],
    "plot_reliability": [
        ("reliabilities", {}, ValueError, "reliabilities: expected at least one, got none"),
    ],
    "plot_robustness": [],
    "plot_roc": [
        ("scores", np.full((40, 4), np.nan, np.float32), ValueError, "scores: expected .*NaN"),
    ],
    "plot_roofline": [
        ("profile", NO_LAYERS, ValueError, "profile: expected layers with multiplications"),
    ],
    "plot_top_activations": [
        ("patches", IMAGES, ValueError, r"patches: expected shape \(channels, .* got \(3, 8, 8, 3"),
        ("patches", IMAGES[None] / 50, ValueError, "images: expected floats from 0 to 1"),
        ("patches", np.zeros((16, 17, 2, 2, 1)), ValueError, "at most 16 per channel, got 17"),
        (
            "channels",
            [1, 2],
            ValueError,
            "channels: expected one for each of the 1 channels, got 2",
        ),
        (
            "values",
            [1.0],
            ValueError,
            r"values: expected shape \(1, 3\), one per patch, got \(1,\)",
        ),
    ],
    "plot_unit": [
        ("image", IMAGES[0, :3], ValueError, "box: expected .* within the image, 3×8"),
        ("image", IMAGES[:1], ValueError, r"image: expected shape .* got \(1, 8, 8, 3\)"),
    ],
    "plot_weights": [
        ("histograms", {}, ValueError, "histograms: expected at least one, got none"),
    ],
}


def test_every_plot_is_here():
    plots = {name for name in explain.__all__ if name.startswith("plot_")}
    assert plots == set(GOOD) == set(BAD)


@pytest.mark.thorough
@pytest.mark.parametrize("name", GOOD)
def test_it_is_drawn_with_title_and_caption_and_fits(name):
    figure = getattr(explain, name)(**GOOD[name], title=TITLE)
    FigureCanvasAgg(figure).draw()  # laid out once, not twice as by savefig
    assert figure.get_suptitle().replace("\n", " ").startswith(TITLE.replace("$", r"\$"))
    assert figure.get_supxlabel()
    page, drawn = figure.bbox_inches, figure.get_tightbbox()
    assert page.padded(0.02).count_contains([drawn.min, drawn.max]) == 2
    title, caption = figure.texts[:2]
    for text in (title, caption):
        assert 0 <= text.get_window_extent().x0 < text.get_window_extent().x1 <= figure.bbox.x1
    for axes in figure.axes:
        assert np.isfinite([axes.get_xlim(), axes.get_ylim()]).all()
        for image in axes.images:
            assert np.isfinite(image.get_clim()).all()
            assert not np.isinf(np.ma.filled(image.get_array(), 0)).any()
        texts = [text.get_text() for text in axes.findobj(Text)]
        assert not [text for text in texts if "nan" in text.split() or "inf" in text.split()]


@pytest.mark.parametrize(
    ("name", "argument", "value", "error", "message"),
    [(name, *case) for name, cases in BAD.items() for case in cases],
)
def test_bad_input_is_named(name, argument, value, error, message):
    with pytest.raises(error, match=message):
        getattr(explain, name)(**(GOOD[name] | {"title": TITLE, argument: value}))


def test_long_titles_and_captions_are_wrapped_to_the_width():
    figure = new_figure(4, 3, title="word " * 30, caption="note " * 60)
    figure.draw_without_rendering()
    for text in figure.texts:
        assert "\n" in text.get_text()
        assert text.get_window_extent().width <= figure.bbox.width
