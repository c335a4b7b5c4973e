"""The section about the numbers of a regression: predicted against true ones, and the worst."""

from collections.abc import Iterable

import numpy as np

from jaxcnn.data import RegressionScores
from jaxcnn.explain import plot_predictions
from jaxcnn.reports._chosen_images import relative_errors
from jaxcnn.reports._example_files import file_lines, named_example
from jaxcnn.reports._html import Content, Html, MissingError, element, joined, table
from jaxcnn.reports._inline_images import image, plot
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "Each dot is a test {noun}, at its true value from left to right and its predicted value from "
    "bottom to top. The closer the dots are to the dashed line, the better. A cloud flatter than "
    "the line means that predictions shrink toward the mean, as they do if a network has learned "
    "little. Single dots far from the line are often unusual {noun}s, or wrongly labeled ones."
)
MAX_SHOWN, TOP = 12, 3


def predictions(run: RunFolder) -> Content:
    """Plot predicted against true numbers, and show the test examples with the largest errors."""
    test, names = run.test_set, run.interface.class_names
    if len(test.labels) < 2:
        raise MissingError(f"it needs at least two test {run.noun}s.")
    scores = run.interface.task.scores(test.logits, test.labels)
    assert scores is not None
    figure = plot_predictions(
        test.logits, test.labels, names, title=f"{run.model} on test {run.noun}s of {run.data}"
    )
    parts = [plot(figure, _alt(scores, names, run.noun))]
    if len(names) > 1:
        parts.append(_scores_table(scores, names, run.noun))
    return Content(LEAD.format(noun=run.noun), (*parts, *_largest_errors(run)))


def _alt(scores: RegressionScores, names: tuple[str, ...], noun: str) -> str:
    each = [
        f"{name} with R² {r2:.3f} and root mean squared error {rmse:.3g}"
        for name, r2, rmse in zip(names, scores.r2, scores.rmse, strict=True)
    ][:MAX_SHOWN]
    return f"Predicted against true values of {scores.examples:,} {noun}s: {', '.join(each)}."


def _scores_table(scores: RegressionScores, names: tuple[str, ...], noun: str) -> Html:
    rows = [
        (
            name,
            f"{scores.r2[k]:.4f}",
            f"{scores.rmse[k]:.4g}",
            "{:.4g} to {:.4g}".format(*scores.rmse_interval[k]),
            f"{scores.mae[k]:.4g}",
            "{:.4g} to {:.4g}".format(*scores.mae_interval[k]),
        )
        for k, name in enumerate(names)
    ]
    head = (
        "target",
        "R²",
        "root mean squared error",
        "95% interval",
        "mean absolute error",
        "95% interval",
    )
    caption = f"Errors of each target, on {scores.examples:,} test {noun}s"
    return table(head, rows, caption=caption)


def _largest_errors(run: RunFolder) -> tuple[Html, ...]:
    """Show the saved examples with the largest errors: images as a gallery, others as a table."""
    test = run.test_set
    errors = relative_errors(run)
    if run.interface.kind == "images" and run.interface.input_shape[-1] in (1, 3):
        positions = np.argsort(-errors[test.shown].max(axis=1), kind="stable")[:MAX_SHOWN]
        heading = f"The largest errors among the {len(test.shown):,} saved images"
        return element("h3", heading), _gallery(run, positions.tolist(), errors)
    examples = np.argsort(-errors.max(axis=1), kind="stable")[:MAX_SHOWN]
    return (_errors_table(run, examples.tolist(), errors),)


def _gallery(run: RunFolder, positions: Iterable[int], errors: np.ndarray) -> Html:
    entries = []
    for position in positions:
        example = int(run.test_set.shown[position])
        largest = np.argsort(-errors[example], kind="stable")[:TOP].tolist()
        words = [f"{name} {guess} (is {truth})" for name, guess, truth in _words(run, example)]
        lines = [words[k] for k in largest]
        alt = f"Test image {named_example(run, example)}: {', '.join(lines)}."
        picture = image(run.images[position], alt)
        lines_of_text = (element("p", line) for line in lines)
        entries.append(element("li", picture, *lines_of_text, *file_lines(run, example)))
    return element("ul", joined(entries, "\n"), class_="gallery")


def _errors_table(run: RunFolder, examples: Iterable[int], errors: np.ndarray) -> Html:
    rows = []
    for example in examples:
        name, guess, truth = _words(run, example)[int(errors[example].argmax())]
        rows.append((named_example(run, example), name, guess, truth))
    head = (f"test {run.noun}", "target", "predicted", "true")
    caption = f"The {run.noun}s with the largest errors (numbered from 0)"
    return table(head, rows, caption=caption, texts=2)


def _words(run: RunFolder, example: int) -> list[tuple[str, str, str]]:
    """Return each number's name, its prediction and its true value, for one test example."""
    predicted = run.test_set.logits[example]
    truths = run.test_set.labels[example].reshape(-1)
    return [
        (name, f"{guess:.3g}", f"{truth:.3g}")
        for name, guess, truth in zip(run.interface.class_names, predicted, truths, strict=True)
    ]
