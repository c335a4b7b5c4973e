"""What a network does, made for people to read: a page about a run, and picture files named.

- `_report`: `report` writes the page; its table `SECTIONS` says what stands on it.
- The sections: `_guesses`, `_performance` (confusion, scores, calibration, changed images),
  `_training` (settings, curves, norms), `_network` (layers, filters, weights), `_feature_maps`,
  `_attributions` (pixels, terms of a score), `_neighbors`.
- What sections are made from: `_run_folder` reads the run, `_chosen_images` says which test images
  are shown; `_html`, `_inline_images` and `_style` make the markup.
- Picture files: `_predict_files` finds them and names what they show, `_explanations` draws why.
- `_run_pictures`: `save_pictures` draws a run into PNG files beside its others.
"""

from jaxcnn.reports._explanations import readable
from jaxcnn.reports._predict_files import FilePrediction, find_pictures, predict_files
from jaxcnn.reports._report import report
from jaxcnn.reports._run_pictures import save_pictures

__all__ = [
    "FilePrediction",
    "find_pictures",
    "predict_files",
    "readable",
    "report",
    "save_pictures",
]
