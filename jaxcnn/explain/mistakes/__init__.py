"""What the network guesses, what it gets wrong, and which images it takes for alike.

- `_guesses`: images with its guesses, and those between two classes.
- `_confusion`: the confusion matrix, and the images behind it.
- `_classification_report`: scores of each class and the worst mistakes; `_report_text` prints them.
- `_nearest_neighbors`: images by their embeddings.
"""
