"""Networks that know their classes."""

from jaxcnn.training import Network, Trained


def network_of(model: Network | Trained) -> Network:
    """The trained network that someone passes as `network`.

    Raises:
        TypeError: if it is none: a module alone knows no classes and no pixels.
    """
    if isinstance(model, Trained):
        return model.network
    if isinstance(model, Network):
        return model
    raise TypeError(f"network must be a trained network or a run, got {type(model).__name__}")
