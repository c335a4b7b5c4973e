"""Networks that know their classes."""

from jaxcnn.inference import Network
from jaxcnn.runs import Run


def network_of(model: Network | Run) -> Network:
    """The trained network that someone passes as `network`.

    Raises:
        TypeError: if it is none: a module alone knows no classes and no pixels.
    """
    if isinstance(model, Run):
        return model.network
    if isinstance(model, Network):
        return model
    raise TypeError(f"network must be a trained network or a run, got {type(model).__name__}")
