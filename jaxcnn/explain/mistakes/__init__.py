"""Show a network's predictions, its mistakes, and the images that look alike to it.

- `_guesses`: images with their predictions, and images between two classes.
- `_confusion`: the confusion matrix, and the confused images.
- `_classification_report`: scores per class and the worst mistakes; `_confused_pairs` counts
  confusions, and `_report_text` prints the report.
- `_predictions`: the values that a regression predicts, against the true values.
- `_nearest_neighbors`: images with similar embeddings.
"""
