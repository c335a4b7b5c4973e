"""Train a convolutional network on your own images: the same as the command `jaxcnn train`.

    python experiments/own_images.py FOLDER                  # FOLDER/<class>/*.jpg, png, ...
    python experiments/own_images.py FOLDER --size 96 96     # the size of the network's input
    python experiments/own_images.py labels.csv              # paths with one or several labels
    python experiments/own_images.py FOLDER --stream         # for images that exceed the memory

FOLDER has one folder per class, or `train` and `test` with one folder per class each. Without a
test part, a fifth of each class is set aside for testing. Python reads the results:
`jaxcnn.load("runs/...").classify("photo.jpg")`.
"""

import sys

from jaxcnn.commands import main

if __name__ == "__main__":
    main(["train", *sys.argv[1:]])
