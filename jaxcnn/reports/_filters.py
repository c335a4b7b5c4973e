"""What the first layer looks for."""

from jaxcnn.explain import plot_filters
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import MissingError, Section
from jaxcnn.runs._pictures import first_kernel

TITLE = "Filters of the first layer"
LEAD = (
    "Each small picture is one filter: a pattern of weights that slides over the image, and "
    "answers where the image looks like it. Edges in some direction, spots and colours are what "
    "first layers usually learn. Of large filters (7×7, say) that look like noise one may suspect "
    "that training was too short; nine weights look like noise in good networks, too."
)


def filters(material: Material) -> Section:
    """The filters that see the image itself."""
    kernel = first_kernel(material.network)
    if kernel is None:
        raise MissingError("the network has no convolution that sees the image itself.")
    height, width, channels, count = kernel.shape
    alt = (
        f"{count} filters of {height}×{width}×{channels} weights, from {kernel.min():.2f} to "
        f"{kernel.max():.2f}, each as a small picture."
    )
    figure = plot_filters(kernel, title=f"{material.model}: filters of the first layer")
    return Section(TITLE, LEAD, (plot(figure, alt),))
