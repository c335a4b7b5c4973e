"""What is in the data: images as numbers, the examples of a set, what augmentation does."""
