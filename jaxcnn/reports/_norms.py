"""How large the layers' gradients and updates were."""

from collections.abc import Mapping
from typing import Any

from jaxcnn.explain import layer_names, plot_norms
from jaxcnn.reports._inline_images import plot
from jaxcnn.reports._run_folder import Material
from jaxcnn.reports._section import MissingError, Section

TITLE = "Gradients and updates, layer by layer"
LEAD = (
    "A gradient says how the loss changes with a layer's weights, and an update is what training "
    "then adds to them. A layer whose gradients are thousands of times smaller than those of the "
    "others hardly learns; one whose updates grow without end is about to diverge."
)


def norms(material: Material) -> Section:
    """The norms of both against the epoch."""
    kinds = ("gradient_norms", "update_norms")
    epochs = [logs for logs in material.history if all(logs.get(kind) for kind in kinds)]
    if not epochs:
        raise MissingError("the norms were not recorded; fit(norms=True) or --norms does so.")
    layers = () if material.saved is None else layer_names(material.saved)
    figure = plot_norms(epochs, layers=layers, title=f"{material.model} on {material.data}")
    return Section(TITLE, LEAD, (plot(figure, _alt(epochs[-1])),))


def _alt(last: Mapping[str, Any]) -> str:
    sizes = {name: size for name, size in last["gradient_norms"].items() if size is not None}
    if not sizes:
        return "Norms of gradients and updates; in the last epoch none was finite."
    largest, smallest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    return (
        f"Norms of the gradients and updates of {len(sizes)} layers. In the last epoch the "
        f"largest gradient is that of {largest} ({sizes[largest]:.2g}), the smallest that of "
        f"{smallest} ({sizes[smallest]:.2g})."
    )
