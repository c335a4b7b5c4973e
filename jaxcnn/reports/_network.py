"""Sections about the network: its layers, the filters of the first layer, and its weights."""

from jaxcnn._support.units import bytes_text, short, short_sides
from jaxcnn.architecture import Summary, SummaryRow
from jaxcnn.explain import plot_architecture, plot_filters, plot_weights, weight_histograms
from jaxcnn.layers import Layer
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.reports._run_pictures import as_seen, first_kernel

ARCHITECTURE = (
    "The input enters at the left, and the outputs leave at the right. Each box is the output of a "
    "layer: taller boxes have more rows and columns, and wider boxes have more channels. The table "
    "lists what each layer costs: parameters are the numbers that training adjusts, and MACs are "
    "the multiplications, each with an addition, for one input."
)
LAYERS_HEAD = (
    "layer",
    "type",
    "output",
    "parameters",
    "MACs",
    "share of MACs",
    element("a", "receptive field", href="#receptive-fields"),
)
RECEPTIVE_FIELD = (
    "The receptive field of a layer is the part of the {noun} on which one of its outputs depends, "
    "given here by its length along each axis, or by one number if all are equal. The field grows "
    "from layer to layer, so that later layers can respond to larger things."
)
BEYOND = (
    " In this network it becomes larger than the {noun}, whose larger side is {side}: the rest of "
    "such a field is padding beyond the border, and a unit in the middle of the layer sees the "
    "whole {noun}."
)


def architecture(run: RunFolder) -> Content:
    """Draw the network, and list its layers with their costs."""
    layers, rows = run.network.architecture, run.summary
    if layers is None or rows is None:
        raise MissingError("the network was a custom Flax module, which cannot be drawn.")
    table_of_layers = _layers_table(rows, run.noun)
    parts = (_drawing(run, layers, rows), table_of_layers, _totals(rows, run.noun))
    return Content(ARCHITECTURE, (*parts, *_receptive_fields(rows, run.noun)))


def _drawing(run: RunFolder, layers: Layer, rows: Summary) -> Html:
    figure = plot_architecture(layers, run.interface.input_shape, title=run.model)
    shapes = dict.fromkeys(_shape(row) for row in rows.rows if row.parameters)
    alt = (
        f"{run.model} drawn as boxes: from {'×'.join(map(str, rows.input_shape))} through "
        f"{', '.join(shapes)}; {len(rows.rows)} layers with {rows.parameters:,} parameters."
    )
    return plot(figure, alt)


def _layers_table(rows: Summary, noun: str) -> Html:
    cells = [
        (
            row.name,
            row.layer,
            _shape(row),
            f"{row.parameters:,}" if row.parameters else "",
            short(row.macs) if row.macs else "",
            f"{row.share:.1%}" if row.macs and row.share is not None else "",
            short_sides(row.receptive_field),
        )
        for row in rows.rows
    ]
    return table(LAYERS_HEAD, cells, caption=f"Layers and their costs for one {noun}", texts=3)


def _totals(rows: Summary, noun: str) -> Html:
    text = f"In all {rows.parameters:,} parameters, which take {bytes_text(rows.weight_bytes)}"
    if rows.macs is not None:
        text += f", and {short(rows.macs)} MACs per {noun}"
    return element("p", f"{text}.")


def _receptive_fields(rows: Summary, noun: str) -> tuple[Html, ...]:
    """Explain the last column of the table, and fields that are larger than the input."""
    fields = (max(row.receptive_field) for row in rows.rows if row.receptive_field)
    side = max(rows.input_shape[:-1], default=rows.input_shape[0])
    text = RECEPTIVE_FIELD.format(noun=noun)
    if max(fields, default=0) > side:
        text += BEYOND.format(noun=noun, side=side)
    heading = element("h3", "What receptive fields are", id="receptive-fields")
    return heading, element("p", text)


def _shape(row: SummaryRow) -> str:
    return "×".join(map(str, row.output_shape or ()))


FILTERS = (
    "Each tile is one filter: a pattern of weights that slides over the image and responds where "
    "the image looks like it. First layers usually learn edges in some direction, spots and, of "
    "images in color, colors. Large filters (such as 7×7) that look like noise can mean that "
    "training was too short; filters of nine weights look like noise in good networks, too."
)


def filters(run: RunFolder) -> Content:
    """Draw the filters of the first layer."""
    run.check_takes_images()
    kernel = first_kernel(run.network)
    if kernel is None:
        raise MissingError("the network has no convolution that takes the image itself.")
    kernel = as_seen(kernel, run.test)
    height, width, channels, count = kernel.shape
    alt = (
        f"{count} filters of {height}×{width}×{channels} weights, from {kernel.min():.2f} to "
        f"{kernel.max():.2f}, each as a small tile."
    )
    figure = plot_filters(kernel, title=f"{run.model}: filters of the first layer")
    return Content(FILTERS, (plot(figure, alt),))


WEIGHTS = (
    "Histograms of the weights of each layer. After training, most weights are near 0, in the "
    "shape of a hill. A layer whose weights are all nearly 0 has no effect; a few weights far from "
    "0 have more influence than the others."
)


def weights(run: RunFolder) -> Content:
    """Plot a histogram of the kernel of each layer."""
    found = weight_histograms(run.network)
    kernels = {name: shown for name, shown in found.items() if name.endswith("kernel")} or found
    if not kernels:
        raise MissingError("the network has no weights.")
    named = {_array_in_words(run, name): shown for name, shown in kernels.items()}
    spread = [f"{name} ±{shown.std:.2g}" for name, shown in named.items()]
    alt = f"Histograms of the weights of {len(named)} layers, with standard deviations: "
    figure = plot_weights(named, title=f"{run.model}: weights after training")
    return Content(WEIGHTS, (plot(figure, f"{alt}{', '.join(spread)}."),))


def _array_in_words(run: RunFolder, name: str) -> str:
    """Name an array by its layer, with its type; of most layers, only the kernel is shown."""
    layer, _, array = name.rpartition(".")
    if not layer:
        return name
    words = run.layer_in_words(layer)
    return words if array == "kernel" else f"{words}, {array}"
