"""TODO."""

from jaxcnn.reports._explanations import readable
from jaxcnn.reports._predict_files import FilePrediction, predict_files
from jaxcnn.reports._report import report

__all__ = ["FilePrediction", "predict_files", "readable", "report"]
