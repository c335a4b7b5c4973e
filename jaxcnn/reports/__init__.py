"""What a network does, made for people to read: a page about a run, and picture files named.

- `_report`: `report` writes the page; its table `SECTIONS` says what stands on it.
- The sections: `_guesses`, `_performance` (confusion, scores, calibration, changed images),
  `_training` (curves, norms), `_network` (layers, filters, weights), `_feature_maps`,
  `_attributions`, `_evidence`, `_neighbours`, `_settings`.
- What sections are made from: `_run_folder` reads the run, `_chosen_images` says which test images
  are shown; `_html` and `_inline_images` make the markup, `_page` and `_style` the
  page.
- Picture files: `_picture_files` finds them, `_predict_files` names what they show, and
  `_explanations` draws why.
- `_run_pictures`: `save_pictures` draws a run into PNG files beside its others.
- `_occlusion`: how both cover pictures to see what an answer rests on.
"""

from jaxcnn.reports._explanations import readable
from jaxcnn.reports._picture_files import find_pictures
from jaxcnn.reports._predict_files import FilePrediction, predict_files
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
