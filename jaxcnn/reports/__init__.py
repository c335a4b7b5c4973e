"""Reports for people: HTML pages about a run, its plots as files, and predicted image files.

- `_report`: `report` writes the page; its table `SECTIONS` lists the sections.
- The sections: `_guesses`, `_predictions` (of a regression), `_performance` (confusion, scores,
  calibration, changed images), `_training` (settings, curves, norms), `_network` (layers, filters,
  weights), `_feature_maps`, `_attributions` (pixels, terms of a score), `_neighbors`.
- Parts of the page: `_headline` makes its top, `_run_folder` reads the run, `_chosen_images`
  selects test images, and `_example_files` names the files of test images. `_html`,
  `_inline_images` and `_style` make the markup.
- Image files: `_predict_files` finds and classifies image files. `_explanations` draws what the
  predictions depend on. `_picture_predictor` says what a network outside JAX needs to have.
- `explorer/` has `explore`, which writes a page to click through a trained network.
- `_run_pictures`: `save_pictures` saves plots of a run as PNG files.
"""

from jaxcnn.reports._picture_predictor import PicturePredictor
from jaxcnn.reports._predict_files import (
    FilePrediction,
    find_pictures,
    others_in_words,
    predict_files,
)
from jaxcnn.reports._report import report
from jaxcnn.reports._run_pictures import save_pictures
from jaxcnn.reports.explorer._explore import Exploration, explore

__all__ = [
    "Exploration",
    "FilePrediction",
    "PicturePredictor",
    "explore",
    "find_pictures",
    "others_in_words",
    "predict_files",
    "report",
    "save_pictures",
]
