"""Looking inside: pictures of data, of training, of mistakes and of filters."""

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
