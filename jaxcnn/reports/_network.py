"""The network: its layers, the filters of the first one, and how the weights are spread."""

from jaxcnn._support.units import bytes_text, short, short_sides
from jaxcnn.architecture import Summary, SummaryRow, summary
from jaxcnn.explain import plot_architecture, plot_filters, plot_weights, weight_histograms
from jaxcnn.layers import Layer
from jaxcnn.reports._html import Content, Html, MissingError, element, table
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import RunFolder
from jaxcnn.reports._run_pictures import first_kernel

ARCHITECTURE = (
    "An image goes in at the left and the scores of the classes come out at the right. Each box "
    "is what a layer makes: the higher, the larger its picture, and the wider, the more channels "
    "it has. The table says what each layer costs: its parameters are the numbers that training "
    "adjusts, and MACs are the multiplications (each with an addition) that one image takes."
)
LAYERS_HEAD = ("layer", "what it is", "output", "parameters", "MACs", "share of MACs", "sees")


def architecture(run: RunFolder) -> Content:
    """The drawing, and a row for each layer."""
    layers = run.network.architecture
    if layers is None:
        raise MissingError("the network was a custom Flax module, which cannot be drawn.")
    rows = summary(layers, run.interface.input_shape)
    return Content(ARCHITECTURE, (_drawing(run, layers, rows), _layers_table(rows), _totals(rows)))


def _drawing(run: RunFolder, layers: Layer, rows: Summary) -> Html:
    figure = plot_architecture(layers, run.interface.input_shape, title=run.model)
    shapes = dict.fromkeys(_shape(row) for row in rows.rows if row.parameters)
    alt = (
        f"{run.model} drawn as boxes: from {'×'.join(map(str, rows.input_shape))} through "
        f"{', '.join(shapes)}; {len(rows.rows)} layers with {rows.parameters:,} parameters."
    )
    return plot(figure, alt)


def _layers_table(rows: Summary) -> Html:
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
    return table(LAYERS_HEAD, cells, caption="Layer by layer, for one image", texts=3)


def _totals(rows: Summary) -> Html:
    text = f"In all {rows.parameters:,} parameters, which take {bytes_text(rows.weight_bytes)}"
    if rows.macs is not None:
        text += f", and {short(rows.macs)} MACs an image"
    text += '. "Sees" is the side of the box of pixels that an output of the layer depends on.'
    return element("p", text)


def _shape(row: SummaryRow) -> str:
    return "×".join(map(str, row.output_shape or ()))


FILTERS = (
    "Each small picture is one filter: a pattern of weights that slides over the image, and "
    "answers where the image looks like it. Edges in some direction, spots and colors are what "
    "first layers usually learn. Of large filters (7×7, say) that look like noise one may suspect "
    "that training was too short; nine weights look like noise in good networks, too."
)


def filters(run: RunFolder) -> Content:
    """The filters that see the image itself."""
    kernel = first_kernel(run.network)
    if kernel is None:
        raise MissingError("the network has no convolution that sees the image itself.")
    height, width, channels, count = kernel.shape
    alt = (
        f"{count} filters of {height}×{width}×{channels} weights, from {kernel.min():.2f} to "
        f"{kernel.max():.2f}, each as a small picture."
    )
    figure = plot_filters(kernel, title=f"{run.model}: filters of the first layer")
    return Content(FILTERS, (plot(figure, alt),))


WEIGHTS = (
    "How many weights of each layer have which size. After training they lie in a hill around 0. "
    "A layer whose weights are all nearly 0 does nothing; a few weights far out carry more than "
    "the others."
)


def weights(run: RunFolder) -> Content:
    """A histogram of the kernel of each layer."""
    found = weight_histograms(run.network)
    kernels = {name: shown for name, shown in found.items() if name.endswith("kernel")} or found
    if not kernels:
        raise MissingError("the network has no weights.")
    spread = [f"{name} ±{shown.std:.2g}" for name, shown in kernels.items()]
    alt = f"Histograms of the weights of {len(kernels)} layers, with standard deviations: "
    figure = plot_weights(kernels, title=f"{run.model}: weights after training")
    return Content(WEIGHTS, (plot(figure, f"{alt}{', '.join(spread)}."),))
