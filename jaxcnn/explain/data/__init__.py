"""What is in the data, before any network.

- `_images_as_numbers`: images, and the numbers that they are.
- `_examples`: a page of a set's images, a row per class.
- `_augmentation`: what an augmentation makes of one image.
"""
