"""Show the data before any network.

- `_images_as_numbers`: images, and the pixel values that they consist of.
- `_examples`: a page of a set's images, one row per class.
- `_augmentation`: how an augmentation varies one image.
"""
