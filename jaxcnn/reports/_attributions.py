"""Sections about single predictions: attribution maps by several methods, and terms of a score."""

from collections.abc import Callable, Sequence

import jax
import numpy as np
from jax import Array

from jaxcnn.explain import (
    ClassEvidence,
    class_evidence,
    grad_cam,
    guided_backprop,
    integrated_gradients,
    plot_attributions,
    saliency,
)
from jaxcnn.inference import Network
from jaxcnn.reports._chosen_images import (
    RIVALS,
    Explained,
    chosen_positions,
    explained_outputs,
    selection_rule,
)
from jaxcnn.reports._example_files import file_lines
from jaxcnn.reports._explanations import mean_color_occlusion, occlusion_note, output_in_words
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import image, plot
from jaxcnn.reports._run_folder import RunFolder

LEAD = (
    "{rows} Each map shows which pixels raise the network's output for it (light) and which lower "
    "it (dark). The methods measure different things, and none of them is the truth: trust what "
    "several agree on."
)
DISAGREEMENT = (
    "If Grad-CAM and occlusion disagree, both can be right, because they measure different things. "
    "Grad-CAM shows where the coarse maps near the end of the network have features that raise "
    "the output. It marks all of them, even if one alone would be enough. Occlusion shows "
    "how much the output falls if one region is covered. It falls little if other regions have the "
    "same effect, or if the patch is smaller than the features that the network uses; and the "
    "edges of the patch can change the output by themselves. A region that only Grad-CAM marks "
    "raises the output, but the prediction does not need it. A region that only occlusion marks "
    "matters, but the reason can be what is covered, or the patch itself."
)


def attributions(run: RunFolder) -> Content:
    """Plot attribution maps of several methods for some test images."""
    images, positions = run.images, chosen_positions(run)
    rows = [row for i in positions.tolist() for row in explained_outputs(run, i)]
    shown = images[[row.position for row in rows]]
    maps, failed = _maps(run.network, shown, np.array([row.output for row in rows]))
    if not maps:
        raise MissingError("; ".join(f"{name}: {reason}" for name, reason in failed.items()))
    note = ""
    if "occlusion" in maps:
        output = output_in_words(run.interface.task, run.interface.class_names)
        output = "predicted number" if _has_several_numbers(run) else output
        note = occlusion_note(maps["occlusion"], output)
    titles = [row.words for row in rows]
    figure = plot_attributions(
        shown, maps, titles=titles, title=f"{run.model} on {run.data}", note=note
    )
    alt = f"{len(rows)} rows ({', '.join(titles)}), each of an image and its maps by "
    alt += f"{', '.join(maps)}. {_agreement(maps)} {note}"
    meanings = [element("li", element("b", name), f": {METHODS[name][1]}") for name in maps]
    parts = [
        element("p", selection_rule(run)),
        plot(figure, alt),
        element("ul", *meanings),
    ]
    parts += [element("p", DISAGREEMENT)] * ({"Grad-CAM", "occlusion"} <= maps.keys())
    parts += [element("p", f"{name} is not shown: {why}.") for name, why in failed.items()]
    return Content(LEAD.format(rows=_rows_in_words(run)), tuple(parts))


def _rows_in_words(run: RunFolder) -> str:
    """Say which outputs the rows explain."""
    if run.interface.task.has_classes and run.is_single_label:
        return f"Each test image has a row for its predicted class, and below one for {RIVALS}."
    return f"Each row is a test image with its {_answer(run)}."


def _answer(run: RunFolder) -> str:
    """Say which output is explained, in words that follow "its"."""
    if _has_several_numbers(run):
        return "predicted number that has the largest error, in standard deviations"
    if not run.interface.task.has_classes:
        return f"predicted {run.interface.class_names[0]}"
    return "most probable label"


def _has_several_numbers(run: RunFolder) -> bool:
    return not run.interface.task.has_classes and len(run.interface.class_names) > 1


METHODS: dict[str, tuple[Callable[[Network, Array, np.ndarray], Array], str]] = {
    "saliency": (saliency, "the gradient: how much the output changes with each pixel"),
    "integrated gradients": (
        integrated_gradients,
        "each pixel's part of the difference between the output and that for a black image",
    ),
    "guided backprop": (guided_backprop, "the gradient, where ReLU passes only positive gradients"),
    "Grad-CAM": (
        grad_cam,
        "where the last maps have features that raise the output; never negative",
    ),
    "occlusion": (mean_color_occlusion, "how much the output falls if a patch is covered"),
}
"""The attribution methods by name: a function, and what it measures."""
NEEDS = {
    "guided backprop": "it needs ReLU layers (jaxcnn.Activation), and this network has none",
    "Grad-CAM": "it needs a layer whose outputs have rows and columns, and there is none",
}
"""Why a method cannot be applied to some networks, by its name."""


def _maps(
    network: Network, images: np.ndarray, targets: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Compute the maps with one compiled program.

    Returns:
        The maps, and for methods that cannot be applied the reasons, by the methods' names.
    """
    failed: dict[str, str] = {}

    @jax.jit
    def explain(images: Array) -> dict[str, Array]:
        maps = {}
        for name, (method, _) in METHODS.items():
            try:
                maps[name] = method(network, images, targets)
            except ValueError as error:  # raised while tracing, as for a network without ReLU
                failed[name] = NEEDS.get(name, str(error))
        return maps

    maps = explain(images)
    return {name: np.asarray(maps[name]) for name in METHODS if name in maps}, failed


def _agreement(maps: dict[str, np.ndarray]) -> str:
    """Say where each method's map of the first image is largest."""
    words = []
    for name, map_ in maps.items():
        summed = map_[0].sum(axis=-1) if map_.ndim == 4 else map_[0]
        row, column = np.unravel_index(summed.argmax(), summed.shape)
        words.append(f"{name} at row {row}, column {column}")
    return f"In the first image, the largest values: {', '.join(words)}."


EVIDENCE = (
    "{output} is a sum over the inputs of the last layer: each input times its learned "
    "weight, plus a bias. The inputs are the activations of the layer before, or normalized pixels "
    "if there is none. These are the largest terms of the sum: positive ones raise it, negative "
    "ones lower it."
)
COMPARE = (
    " The class with the largest score is predicted. To see why it is not another class, compare "
    "its terms with those of {rivals}."
)
SCALED = (
    "This is what the last dense layer computes. A custom Flax module can multiply it afterwards."
)
TOP = 8


def evidence(run: RunFolder) -> Content:
    """List the largest terms of the scores, for a right and for a wrong prediction."""
    images, positions, network = run.images, chosen_positions(run), run.network

    @jax.jit
    def explain(image: Array, output: Array | int) -> ClassEvidence:
        return class_evidence(network, image, output, top=TOP)

    parts = []
    try:
        for position in dict.fromkeys(positions[[0, -1]].tolist()):
            outputs = explained_outputs(run, position)
            found = [explain(images[position], explained.output) for explained in outputs]
            parts.append(_part(run, outputs, found))
    except ValueError as error:
        raise MissingError(f"{error}.") from None
    if network.architecture is None:
        parts.append(element("p", SCALED))
    has_classes = run.interface.task.has_classes
    lead = EVIDENCE.format(output="The score of a class" if has_classes else f"The {_answer(run)}")
    if has_classes and run.is_single_label:
        lead += COMPARE.format(rivals=RIVALS)
    return Content(lead, tuple(parts))


def _part(run: RunFolder, outputs: Sequence[Explained], found: Sequence[ClassEvidence]) -> Html:
    """Show an image beside a table for each of its explained outputs."""
    position, words = outputs[0].position, f"predicted as {outputs[0].words}"
    files = file_lines(run, int(run.test_set.shown[position]))
    picture = image(run.images[position], words)
    beside = element("div", picture, element("p", words), *files, class_="query")
    tables = [_terms_table(run, *pair) for pair in zip(outputs, found, strict=True)]
    return element("div", beside, *tables, class_="beside")


def _terms_table(run: RunFolder, explained: Explained, terms: ClassEvidence) -> Html:
    name = run.interface.class_names[explained.output]
    output = f"score of {name}" if run.interface.task.has_classes else f"predicted {name}"
    columns = (terms.places, terms.activations, terms.weights, terms.products)
    rows = [
        (
            ", ".join(f"{axis} {i}" for axis, i in zip(terms.axes, where, strict=True)),
            f"{activation:.3f}",
            f"{weight:+.3f}",
            f"{product:+.3f}",
        )
        for where, activation, weight, product in zip(*map(np.asarray, columns), strict=True)
    ]
    rows += [
        ("all other terms", "", "", f"{float(terms.rest):+.3f}"),
        ("bias", "", "", f"{float(terms.bias):+.3f}"),
        (output, "", "", f"{float(terms.logit):+.3f}"),
    ]
    head = ("input", "activation", "weight", "product")
    caption = f"The {output}, the {explained.kind}" if explained.kind else f"The {output}"
    return table(head, rows, caption=caption)
