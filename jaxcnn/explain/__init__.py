"""Look inside networks: what they compute, what they respond to, and where they fail, with plots.

Functions take a built module, a trained network or a run. `layer_names` lists the names of layers;
``Unit("3", channel=0)`` is one value that a layer computes. Bold rows name folders. For each
question, one file there has the function, its result and its plot. `jaxcnn.explain.drawing` has
what all plots share. All functions share `_inputs` (checks of models and images), `_target` (the
class or unit to explain), `_layer_names` (names of layers) and `_layer_calls` (calls of layers).

==================================  ==================================  ==========================
Question                            Function                            Plot
==================================  ==================================  ==========================
**data/**
What does a computer see?           `as_numbers`                        `plot_numbers`
                                                                        `plot_images`
What is in a data set?              `jaxcnn.data.Dataset`               `plot_examples`
What does augmentation do?          `jaxcnn.data.Augmentation`          `plot_augmentation`
**layers/**
How does a filter slide?            `jaxcnn.functional.conv`            `animate_convolution`
How does a pooling window slide?    `jaxcnn.functional.max_pool`        `animate_pooling`
What are the filters of a layer?    the module's kernels                `plot_filters`
What do layers compute?             `feature_maps`                      `plot_feature_maps`
**network/**
How is the network built?           `jaxcnn.summary`, `layer_names`     `plot_architecture`
How fast could it be?               ``jaxcnn profile``                  `plot_roofline`
**units/**
Which sum makes this value?         `explain_unit`                      `plot_unit`
Why this class: which terms?        `class_evidence`                    `plot_evidence`
What is a unit's receptive field?   `receptive_box`                     `plot_receptive_field`
What does a unit respond to?        `top_activations`                   `plot_top_activations`
                                    `activation_maximization`           `plot_maximizing_images`
... all channels, layer by layer?   `channel_gallery`                   `plot_channel_gallery`
**attribution/**
Why this class: which pixels?       `saliency`, `smooth_grad`,          `plot_attributions`
                                    `integrated_gradients`,
                                    `occlusion`, `grad_cam`,
                                    `grad_cam_plus_plus`,
                                    `guided_backprop`, `deconvnet`
... and for every other class?      `for_every_class`                   `plot_attributions`
                                    `occlusion_for_every_class`
Are integrated gradients complete?  `completeness_gap`
**trust/**
Does a map show what was learned?   `sanity_check`,
                                    `randomize_weights`
Is the confidence calibrated?       `reliability`, `fit_temperature`    `plot_reliability`
Is a network robust to changes?     `robustness`                        `plot_robustness`
**mistakes/**
What does the network predict?      `Network.predict_proba`             `plot_guesses`
Which images are ambiguous?         `most_ambiguous`                    `plot_guesses`
What does the network get wrong?    `classification_report`             `plot_confusion_matrix`
                                                                        `plot_confused_pairs`
                                                                        `plot_class_scores`
How well is each class told apart?  `jaxcnn.functional.roc_auc`         `plot_roc`
How large are regression errors?    `Regression.scores`                 `plot_predictions`
Which images are similar?           `embeddings`,                       `plot_neighbors`
                                    `nearest_neighbors`
**training/**
How did training go?                ``run.history``                     `plot_curves`
                                                                        `plot_compared_curves`
                                                                        `plot_recorded_norms`
Which learning rate?                `training.learning_rate_range`      `plot_learning_rate_range`
Do all layers learn?                `gradient_norms`                    `plot_gradient_norms`
How are the weights distributed?    `weight_histograms`                 `plot_weights`
How flat is the minimum?            `loss_surface`                      `plot_loss_surface`
==================================  ==================================  ==========================
"""

from jaxcnn.explain._layer_names import layer_names
from jaxcnn.explain._target import Unit
from jaxcnn.explain.attribution._every_class import for_every_class
from jaxcnn.explain.attribution._grad_cam import (
    NoSpatialLayerError,
    grad_cam,
    grad_cam_plus_plus,
)
from jaxcnn.explain.attribution._guided_backprop_deconvnet import deconvnet, guided_backprop
from jaxcnn.explain.attribution._integrated_gradients import completeness_gap, integrated_gradients
from jaxcnn.explain.attribution._occlusion import occlusion, occlusion_for_every_class
from jaxcnn.explain.attribution._plot_attributions import plot_attributions
from jaxcnn.explain.attribution._saliency import saliency, smooth_grad
from jaxcnn.explain.data._augmentation import plot_augmentation
from jaxcnn.explain.data._examples import plot_examples
from jaxcnn.explain.data._images_as_numbers import as_numbers, plot_images, plot_numbers
from jaxcnn.explain.layers._animations import animate_convolution, animate_pooling
from jaxcnn.explain.layers._feature_maps import feature_maps, plot_feature_maps
from jaxcnn.explain.layers._filters import plot_filters
from jaxcnn.explain.mistakes._classification_report import (
    ClassificationReport,
    ConfusedPair,
    classification_report,
    plot_class_scores,
)
from jaxcnn.explain.mistakes._confusion import plot_confused_pairs, plot_confusion_matrix
from jaxcnn.explain.mistakes._guesses import AmbiguousExamples, most_ambiguous, plot_guesses
from jaxcnn.explain.mistakes._nearest_neighbors import (
    Neighbors,
    embeddings,
    nearest_neighbors,
    plot_neighbors,
)
from jaxcnn.explain.mistakes._predictions import plot_predictions
from jaxcnn.explain.mistakes._roc import plot_roc
from jaxcnn.explain.network._architecture import plot_architecture
from jaxcnn.explain.network._roofline import plot_roofline
from jaxcnn.explain.training._compared_curves import plot_compared_curves
from jaxcnn.explain.training._gradient_norms import gradient_norms, plot_gradient_norms
from jaxcnn.explain.training._history_curves import plot_curves, plot_recorded_norms
from jaxcnn.explain.training._learning_rate_range import plot_learning_rate_range
from jaxcnn.explain.training._loss_surface import LossSurface, loss_surface, plot_loss_surface
from jaxcnn.explain.training._weight_histograms import (
    WeightHistogram,
    plot_weights,
    weight_histograms,
)
from jaxcnn.explain.trust._calibration import (
    Reliability,
    fit_temperature,
    plot_reliability,
    reliability,
)
from jaxcnn.explain.trust._robustness import Robustness, plot_robustness, robustness
from jaxcnn.explain.trust._sanity_check import SanityCheck, randomize_weights, sanity_check
from jaxcnn.explain.units._activation_maximization import (
    activation_maximization,
    plot_maximizing_images,
)
from jaxcnn.explain.units._channel_gallery import (
    ChannelGallery,
    LayerGallery,
    channel_gallery,
)
from jaxcnn.explain.units._class_evidence import ClassEvidence, class_evidence
from jaxcnn.explain.units._explain_unit import UnitExplanation, explain_unit
from jaxcnn.explain.units._plot_channel_gallery import plot_channel_gallery
from jaxcnn.explain.units._plot_evidence import plot_evidence
from jaxcnn.explain.units._plot_top_activations import plot_top_activations
from jaxcnn.explain.units._plot_unit import plot_unit
from jaxcnn.explain.units._receptive_field import Box, plot_receptive_field, receptive_box
from jaxcnn.explain.units._top_activations import TopActivations, top_activations

__all__ = [
    "AmbiguousExamples",
    "Box",
    "ChannelGallery",
    "ClassEvidence",
    "ClassificationReport",
    "ConfusedPair",
    "LayerGallery",
    "LossSurface",
    "Neighbors",
    "NoSpatialLayerError",
    "Reliability",
    "Robustness",
    "SanityCheck",
    "TopActivations",
    "Unit",
    "UnitExplanation",
    "WeightHistogram",
    "activation_maximization",
    "animate_convolution",
    "animate_pooling",
    "as_numbers",
    "channel_gallery",
    "class_evidence",
    "classification_report",
    "completeness_gap",
    "deconvnet",
    "embeddings",
    "explain_unit",
    "feature_maps",
    "fit_temperature",
    "for_every_class",
    "grad_cam",
    "grad_cam_plus_plus",
    "gradient_norms",
    "guided_backprop",
    "integrated_gradients",
    "layer_names",
    "loss_surface",
    "most_ambiguous",
    "nearest_neighbors",
    "occlusion",
    "occlusion_for_every_class",
    "plot_architecture",
    "plot_attributions",
    "plot_augmentation",
    "plot_channel_gallery",
    "plot_class_scores",
    "plot_compared_curves",
    "plot_confused_pairs",
    "plot_confusion_matrix",
    "plot_curves",
    "plot_evidence",
    "plot_examples",
    "plot_feature_maps",
    "plot_filters",
    "plot_gradient_norms",
    "plot_guesses",
    "plot_images",
    "plot_learning_rate_range",
    "plot_loss_surface",
    "plot_maximizing_images",
    "plot_neighbors",
    "plot_numbers",
    "plot_predictions",
    "plot_receptive_field",
    "plot_recorded_norms",
    "plot_reliability",
    "plot_robustness",
    "plot_roc",
    "plot_roofline",
    "plot_top_activations",
    "plot_unit",
    "plot_weights",
    "randomize_weights",
    "receptive_box",
    "reliability",
    "robustness",
    "saliency",
    "sanity_check",
    "smooth_grad",
    "top_activations",
    "weight_histograms",
]
