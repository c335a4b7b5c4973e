"""Which pixels an answer comes from."""

from jaxcnn.explain.attribution._deconvnet import deconvnet
from jaxcnn.explain.attribution._every_class import for_every_class
from jaxcnn.explain.attribution._grad_cam import grad_cam
from jaxcnn.explain.attribution._grad_cam_plus_plus import grad_cam_plus_plus
from jaxcnn.explain.attribution._guided_backprop import guided_backprop
from jaxcnn.explain.attribution._integrated_gradients import completeness_gap, integrated_gradients
from jaxcnn.explain.attribution._occlusion import occlusion, occlusion_for_every_class
from jaxcnn.explain.attribution._randomize import randomize_weights
from jaxcnn.explain.attribution._saliency import saliency
from jaxcnn.explain.attribution._sanity_check import SanityCheck, sanity_check
from jaxcnn.explain.attribution._smooth_grad import smooth_grad

__all__ = [
    "SanityCheck",
    "completeness_gap",
    "deconvnet",
    "for_every_class",
    "grad_cam",
    "grad_cam_plus_plus",
    "guided_backprop",
    "integrated_gradients",
    "occlusion",
    "occlusion_for_every_class",
    "randomize_weights",
    "saliency",
    "sanity_check",
    "smooth_grad",
]
