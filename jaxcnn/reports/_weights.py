"""How the weights are spread."""

from jaxcnn.explain import plot_weights, weight_histograms
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import MissingError, Section

TITLE = "Weights"
LEAD = (
    "How many weights of each layer have which size. After training they lie in a hill around 0. "
    "A layer whose weights are all nearly 0 does nothing; a few weights far out carry more than "
    "the others."
)


def weights(material: Material) -> Section:
    """A histogram of the kernel of each layer."""
    found = weight_histograms(material.network)
    kernels = {name: shown for name, shown in found.items() if name.endswith("kernel")} or found
    if not kernels:
        raise MissingError("the network has no weights.")
    spread = [f"{name} ±{shown.std:.2g}" for name, shown in kernels.items()]
    alt = f"Histograms of the weights of {len(kernels)} layers, with standard deviations: "
    figure = plot_weights(kernels, title=f"{material.model}: weights after training")
    return Section(TITLE, LEAD, (plot(figure, f"{alt}{', '.join(spread)}."),))
