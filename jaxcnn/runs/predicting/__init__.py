"""Naming what is on picture files: finding them, predicting while others are decoded, printing."""

from jaxcnn.runs.predicting._command import predict
from jaxcnn.runs.predicting._predict_files import FilePrediction, predict_files

__all__ = ["FilePrediction", "predict", "predict_files"]
