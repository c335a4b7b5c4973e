"""Reports for people: HTML pages about a run, its plots as files, and predicted image files.

- `_report`: `report` writes the page; its table `SECTIONS` lists the sections.
- The sections: `_guesses`, `_predictions` (of a regression), `_performance` (confusion, scores,
  calibration, changed images), `_training` (settings, curves, norms), `_network` (layers, filters,
  weights), `_feature_maps`, `_attributions` (pixels, terms of a score), `_neighbors`.
- Parts of the page: `_headline` makes its top, `_run_folder` reads the run, `_chosen_images`
  selects test images, and `_example_files` names the files of test images. `_html`,
  `_inline_images`, `_style` and `_document` make the markup.
- Image files: `_predict_files` finds and classifies image files. `_explanations` draws what the
  predictions depend on. `_picture_predictor` says what a network outside JAX needs to have.
- `comparison/`: two or more runs side by side.
- `_gallery_page`: `gallery_report` makes a page of what channels respond to.
- `_runs_page`: `runs_page` makes a page with a table of runs.
- `explorer/` has `explore`, which writes a page to click through a trained network.
- `_run_pictures`: `save_pictures` saves plots of a run as PNG files.
"""

from jaxcnn.reports._document import output_path
from jaxcnn.reports._gallery_page import gallery_report
from jaxcnn.reports._picture_predictor import PicturePredictor
from jaxcnn.reports._predict_files import (
    FilePrediction,
    find_pictures,
    others_in_words,
    predict_files,
)
from jaxcnn.reports._report import report, report_without_link
from jaxcnn.reports._run_pictures import save_pictures
from jaxcnn.reports._runs_page import runs_page
from jaxcnn.reports.comparison._compare import compare_runs
from jaxcnn.reports.comparison._page import comparison_report
from jaxcnn.reports.comparison._results import ComparedRun, PairedDifference, RunComparison
from jaxcnn.reports.explorer._explore import Exploration, explore

__all__ = [
    "ComparedRun",
    "Exploration",
    "FilePrediction",
    "PairedDifference",
    "PicturePredictor",
    "RunComparison",
    "compare_runs",
    "comparison_report",
    "explore",
    "find_pictures",
    "gallery_report",
    "others_in_words",
    "output_path",
    "predict_files",
    "report",
    "report_without_link",
    "runs_page",
    "save_pictures",
]
