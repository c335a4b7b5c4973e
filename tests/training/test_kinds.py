"""Inputs that are not images train by `fit`, and are saved, loaded, reported and explained."""

import re

import numpy as np
import parsed_html
import pytest

import jaxcnn
from jaxcnn import explain
from jaxcnn.data import Augmentation, Dataset, flip_views
from jaxcnn.training import fit

RNG = np.random.default_rng(4)
N, KEPT = 24, 8
INPUTS = {
    "signals": RNG.normal(size=(N, 12, 2)),
    "volumes": RNG.integers(0, 256, (N, 4, 4, 4, 1)).astype(np.uint8),
    "tokens": RNG.integers(0, 9, (N, 10)),
}
LABELS = {
    "signals": (RNG.integers(0, 2, (N, 3)), "multilabel"),
    "volumes": (RNG.normal(size=N), "regression"),
    "tokens": (RNG.integers(0, 3, N), "single"),
}
HEADS = {"signals": 3, "volumes": 1, "tokens": 3}
LAYERS = {
    "signals": [jaxcnn.Conv(4, (3,), name="conv")],
    "volumes": [jaxcnn.Conv(4, (3, 3, 3), name="conv")],
    "tokens": [jaxcnn.Embedding(9, 3), jaxcnn.Conv(4, (3,), name="conv")],
}
every_kind = pytest.mark.parametrize("kind", INPUTS)


def network(kind):
    head = [jaxcnn.Activation("relu"), jaxcnn.GlobalAvgPool(), jaxcnn.Dense(HEADS[kind])]
    return jaxcnn.Sequential([*LAYERS[kind], *head])


def sets(kind):
    labels, task = LABELS[kind]
    names = tuple("abc") if task != "regression" else None
    data = Dataset(INPUTS[kind], labels, names, "made", task=task, kind=kind)
    return data.subset(np.arange(N - KEPT)), data.subset(np.arange(N - KEPT, N))


OPTIONS = {"epochs": 1, "batch_size": 8, "progress": False}


@pytest.fixture(scope="module")
def trained():
    """A run of each kind, trained once."""
    runs = {}

    def of(kind):
        if kind not in runs:
            train, _ = sets(kind)
            runs[kind] = fit(network(kind), train, devices=1, **OPTIONS)
        return runs[kind]

    return of


@pytest.mark.thorough
@pytest.mark.parametrize(
    "kind",
    ["tokens", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("signals", "volumes"))],
)
def test_a_run_is_saved_loaded_and_reported(trained, kind, tmp_path):
    run, (_, test) = trained(kind), sets(kind)
    loaded = jaxcnn.load(run.save(tmp_path / "run", test=test))
    assert loaded.network.kind == kind
    np.testing.assert_array_equal(
        loaded.network.logits(test.images), run.network.logits(test.images)
    )
    assert loaded.test.images.dtype == test.images.dtype
    np.testing.assert_array_equal(loaded.test.images, test.images)


@pytest.mark.thorough
def test_a_report_leaves_out_what_is_about_pictures(trained, tmp_path):
    folder = trained("tokens").save(tmp_path / "run", test=sets("tokens")[1])
    page = parsed_html.Page(jaxcnn.report(folder).read_text())
    assert not page.errors
    assert "Left out, because they show images, but this network takes tokens" in page.text
    assert "of 8 test sequences were classified right" in page.text
    pictures = [path.stem for path in jaxcnn.reports.save_pictures(jaxcnn.load(folder), folder)]
    assert pictures == ["curves", "confusion_matrix"]


@pytest.mark.thorough
def test_signals_are_scaled_and_tokens_are_not(trained):
    train, _ = sets("signals")
    found = trained("signals").network.normalization
    np.testing.assert_allclose(found.mean, train.images.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(found.std, train.images.std((0, 1)), rtol=1e-5)
    assert trained("tokens").network.normalization.mean == ()


@pytest.mark.slow
def test_what_is_explained_of_tokens_is_the_run(trained):
    run, inputs = trained("tokens"), sets("tokens")[1].images[:4]
    for ask in (
        lambda model: explain.feature_maps(model, inputs, "conv"),
        lambda model: explain.grad_cam(model, inputs, 0),
    ):
        np.testing.assert_allclose(ask(run), ask(run.network.module), rtol=1e-4, atol=1e-5)
    assert explain.grad_cam(run, inputs, 0).shape == inputs.shape
    evidence = explain.class_evidence(run, inputs[0], 0)
    assert evidence.logit == pytest.approx(run.network.logits(inputs)[0, 0], rel=1e-4)


@pytest.mark.thorough
def test_attributions_of_signals_are_of_the_run(trained):
    run, (_, test) = trained("signals"), sets("signals")
    inputs = test.images[:4]  # far from 0 to 1
    found = explain.saliency(run, inputs, 0)
    fed = np.asarray(run.network.normalization(inputs))
    by_module = explain.saliency(run.network.module, fed, 0) / np.array(
        run.network.normalization.std
    )
    np.testing.assert_allclose(found, by_module, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="images: expected finite values"):
        explain.saliency(run, np.full((1, 12, 2), np.nan, np.float32), 0)


@pytest.mark.thorough
def test_questions_about_images_say_so(trained):
    run, (_, test) = trained("signals"), sets("signals")
    for ask in (
        lambda: explain.robustness(run, test),
        lambda: explain.plot_examples(test),
        lambda: explain.activation_maximization(run, 0, (12, 2), key=None),
    ):
        with pytest.raises(
            (ValueError, TypeError), match=r"expected images, got signals|key: expected"
        ):
            ask()
    with pytest.raises(TypeError, match="begins with an Embedding has no gradient by its inputs"):
        explain.saliency(trained("tokens"), INPUTS["tokens"], 0)
    with pytest.raises(ValueError, match="classification_report: expected classes"):
        explain.classification_report(trained("volumes"), sets("volumes")[1])


SIGNALS, OTHER = sets("signals")
FORM = {"labels": OTHER.labels, "class_names": OTHER.class_names, "task": "multilabel"}
LONGER = Dataset(RNG.normal(size=(8, 13, 2)), kind="signals", **FORM)
PICTURES = Dataset(RNG.random((8, 12, 2, 1)), **FORM)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda _: fit(
                network("signals"), SIGNALS, augmentation=Augmentation(shift=1), **OPTIONS
            ),
            "augmentation: expected None for signals",
        ),
        (
            lambda _: fit(network("signals"), SIGNALS, validation=sets("tokens")[1], **OPTIONS),
            "validation: expected signals",
        ),
        (
            lambda _: fit(network("signals"), SIGNALS, validation=LONGER, **OPTIONS),
            "validation: expected signals of shape (12, 2) like those of `train`, got (13, 2)",
        ),
        (lambda run: run.evaluate(LONGER), "signals: expected shape (N, 12, 2), got (8, 13, 2)"),
        (lambda run: run.evaluate(PICTURES), "dataset: expected signals, got images"),
        (lambda run: run.predict(np.zeros((2, 13, 2))), "signals: expected shape (N, 12, 2)"),
        (
            lambda run: run.predict(OTHER.images, views=flip_views()),
            "views: expected none for a network of signals",
        ),
        (lambda run: run.network.classify("a.png"), "image: expected a network of images"),
        (
            lambda run: next(jaxcnn.predict_files(run, "a.png")),
            "network: expected one that takes images, got one of signals",
        ),
    ],
)
def test_what_does_not_match_is_named(trained, call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(trained("signals"))
