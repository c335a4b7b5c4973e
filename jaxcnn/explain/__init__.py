"""Looking inside networks: what they see, what they answer for, and pictures of all of it."""

from jaxcnn.explain._feature_maps import feature_maps
from jaxcnn.explain._layers import layer_names
from jaxcnn.explain._score import Unit
from jaxcnn.explain.plots._augmentation import plot_augmentation
from jaxcnn.explain.plots._confusion import plot_confusion_matrix
from jaxcnn.explain.plots._curves import plot_curves
from jaxcnn.explain.plots._examples import plot_examples
from jaxcnn.explain.plots._filters import plot_filters
from jaxcnn.explain.plots._guesses import plot_guesses
from jaxcnn.explain.plots._rate_range import plot_learning_rate_range
from jaxcnn.explain.plots._roofline import plot_roofline
from jaxcnn.explain.plots.network._architecture import plot_architecture

__all__ = [
    "Unit",
    "feature_maps",
    "layer_names",
    "plot_architecture",
    "plot_augmentation",
    "plot_confusion_matrix",
    "plot_curves",
    "plot_examples",
    "plot_filters",
    "plot_guesses",
    "plot_learning_rate_range",
    "plot_roofline",
]
