"""Looking inside: pictures of data, of training, of mistakes and of filters."""

from jaxcnn.explain._architecture import plot_architecture
from jaxcnn.explain._augmentation import plot_augmentation
from jaxcnn.explain._confusion import plot_confusion_matrix
from jaxcnn.explain._curves import plot_curves
from jaxcnn.explain._examples import plot_examples
from jaxcnn.explain._filters import plot_filters
from jaxcnn.explain._guesses import plot_guesses
from jaxcnn.explain._rate_range import plot_learning_rate_range
from jaxcnn.explain._roofline import plot_roofline

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
