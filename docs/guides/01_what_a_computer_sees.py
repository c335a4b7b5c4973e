# %% [markdown]
# # What a computer sees
#
# You see a flower. A computer sees numbers, and nothing but numbers. This page shows which
# numbers these are, how they are arranged, and why it is hard to find a flower in them.

# %%
import tempfile
import textwrap
from pathlib import Path

import numpy as np
from page import show
from PIL import Image
from sklearn.datasets import load_sample_image

from jaxcnn import data, explain
from jaxcnn import functional as F
from jaxcnn.data.sets.guide_images import guide_smile

# %% [markdown]
# ## A picture is an array
#
# A digital picture is made of small squares of one color each, its **pixels**. Here is a
# photograph (by [vultilion](https://www.flickr.com/photos/vultilion/6056698931/), CC BY 2.0, as
# it comes with scikit-learn), with many pixels and with few. Small networks are content with few.
# <!-- A1.1 A1.7 -->

# %%
whole = load_sample_image("flower.jpg")
photograph = whole[:, 110:537]
large = data.resize_images(photograph[None], (128, 128, 3))[0]
flower = data.resize_images(photograph[None], (32, 32, 3))[0]

print(flower.shape)
print(f"{flower.size:,} numbers")
show(
    explain.plot_images(
        [large, flower],
        ["128×128 pixels", "32×32 pixels"],
        title="One flower, many pixels and few",
        caption="On the right you can see each pixel: a square of one color.",
    ),
    "01_flower",
    alt="An orange flower on dark green, smooth at 128×128 pixels and blocky at 32×32.",
)

# %% [markdown]
# The small picture is an **array** of shape 32×32×3: 32 rows, 32 columns, and 3 numbers for each
# pixel. That makes 32 · 32 · 3 = 3,072 numbers. Such a block, with a height, a width and a depth,
# is also called a **volume**: networks for images take in volumes and pass on volumes.
#
# In jaxcnn the order is always height, width, depth. Where there are many images, their number
# comes first. What comes in another order is refused, with a sentence that says what to do:

# %%
try:
    data.check_images(np.zeros((10, 3, 32, 32), np.uint8))
except ValueError as error:
    print(*textwrap.wrap(str(error), 90), sep="\n")

# %% [markdown]
# ## A pixel is three numbers
#
# The three numbers of a pixel say how much red, green and blue light it sends out (**RGB**): 0 is
# none, 255 all there is. The layer of all the red numbers is called the red **channel**, and so
# on.

# %%
hot_pink = (255, 105, 180)  # A1.5
print("hot pink:", hot_pink, "or #" + "".join(f"{level:02X}" for level in hot_pink))
print("one pixel of a petal:", flower[11, 14].tolist())

channels = [flower * np.eye(3, dtype=np.uint8)[channel] for channel in range(3)]
show(
    explain.plot_images(
        [flower, *channels],
        ["all three", "red alone", "green alone", "blue alone"],
        title="The channels of a picture",
        caption="Orange is much red, some green and hardly any blue.",
    ),
    "01_channels",
    alt="The flower beside its red, green and blue channel. The flower is bright in the red one, "
    "dimmer in the green one, and dark in the blue one.",
)

# %% [markdown]
# <!-- A1.3 A1.4 -->
# Why up to 255? Each of these numbers is kept in one **byte**, which is 8 bits, and 8 bits can be
# set in 2⁸ = 256 ways: 0 to 255. Black is (0, 0, 0), white is (255, 255, 255), and hot pink is
# what you can call #FF69B4 on a web page, where each number is written with two digits in base
# 16.
#
# You may read that "each pixel contains 8 bits". That holds for a gray pixel, which has one
# channel; a pixel in color has three channels and 24 bits.

# %% [markdown]
# ## A gray picture is a table
#
# In gray, one number a pixel is enough: 0 is pitch black and 255 pure white. A gray picture is a
# flat table of rows and columns. (jaxcnn keeps a depth of 1, so that gray and color go the same
# ways.)
#
# To turn colors into gray we add up 0.299 of the red, 0.587 of the green and 0.114 of the blue,
# since that is about how bright each looks to our eyes.
# <!-- A1.4 A1.6 -->

# %%
print("black:", data.to_grayscale(np.array([[[0, 0, 0]]], np.uint8)).item())
print("white:", data.to_grayscale(np.array([[[255, 255, 255]]], np.uint8)).item())

gray = data.resize_images(photograph[None], (20, 20, 1))[0]
print("a gray flower:", gray.shape)
for levels in gray[..., 0]:
    print(" ".join(f"{level:3}" for level in levels))

# %% [markdown]
# This is what a computer sees, and all it sees. The word "flower" is not in there, nor is a petal
# or an edge: there are 400 levels of gray. Here are both at once, each number on its pixel:

# %%
show(
    explain.plot_numbers(gray, title="What you see and what a computer sees"),
    "01_numbers",
    alt="The gray flower of 20×20 pixels, with its level of gray, from 0 to 255, on each pixel.",
)

# %% [markdown]
# ## A file must be unpacked
#
# On a disk a picture is packed so that it takes less room. `load_image` unpacks JPG, PNG, WebP
# and BMP files. A color JPG of 480×480 pixels becomes an array of 480×480×3:
# <!-- A1.2 -->

# %%
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "flower.jpg"
    Image.fromarray(photograph).resize((480, 480)).save(path)
    unpacked = data.load_image(path)

print(unpacked.shape, unpacked.dtype)
print(f"{unpacked.size:,} numbers")

# %% [markdown]
# ## Into the network: from 0 to 1
#
# Networks calculate with fractions, and learn better from small numbers than from large ones. So
# each level is divided by 255 first (`fit` and trained networks do it by themselves). You may
# read that a network "understands 1's and 0's". It does not see bits: it sees levels between 0
# and 1.
#
# What cannot be a picture is refused before anything is calculated.
# <!-- A1.3 A1.4 -->

# %%
levels = flower.astype(np.float32) / 255
print("the same pixel of a petal:", levels[11, 14].round(3))

for wrong in (levels * 255, levels - 1, np.where(levels > 0.8, np.nan, levels)):
    try:
        data.check_images(wrong[None])
    except ValueError as error:
        print(*textwrap.wrap(str(error), 90), sep="\n")

# %% [markdown]
# ## In a plain network, a picture is a list
#
# The simplest network knows no rows and columns. It takes a list of numbers, so we lay the rows
# of the picture one behind the other. That is called **flattening**. A picture of 10×10 pixels
# gives width · height = 100 numbers in gray, but width · height · 3 = 300 in color: you may read
# the first for both.
# <!-- A1.8 -->

# %%
print(np.zeros((10, 10, 1)).reshape(-1).shape)
print(np.zeros((10, 10, 3)).reshape(-1).shape)

# %% [markdown]
# ## Moved, it is another list
#
# And here is the trouble. Point the camera a little further to the left, so that the flower moves
# by six pixels to the right, or take its colors away. You see the same flower. How different are
# the numbers? Let us take the differences of all 3,072 pairs, without their signs, and average
# them. For comparison: another picture, all of one color.
# <!-- A1.9 -->

# %%
moved = data.resize_images(whole[None, :, 30:457], (32, 32, 3))[0]
without_colors = data.to_rgb(data.to_grayscale(flower))
mean_color = np.broadcast_to(flower.mean(axis=(0, 1)).astype(np.uint8), flower.shape)
copies = {"moved": moved, "gray": without_colors, "no flower at all": mean_color}

for name, image in copies.items():
    difference = np.abs(image.astype(int) - flower).mean()
    print(f"{name:17} {difference:3.0f} levels away from the flower, on average")
show(
    explain.plot_images(
        [flower, *copies.values()],
        ["the flower", *copies],
        title="Which of these is no flower?",
        caption="Measured pixel by pixel, the moved flower is nearly as far from the first picture "
        "as the one without a flower.",
    ),
    "01_copies",
    alt="The flower; the flower moved to the right; the flower in gray; a square of one color.",
)

# %% [markdown]
# Pixel by pixel, the moved flower is about as far from the flower as no flower at all. A plain
# network that has seen flowers only on the left, and only in orange, has no reason to know one on
# the right or in gray. There are two remedies. One is to show it moved and gray copies too ([page
# 8](08_training_and_looking_inside.md)). The better one is to look for small **features** of a
# flower wherever they are. That is what convolutions do, from the next page on.

# %% [markdown]
# ## The smallest face
#
# For calculations by hand we need a picture that is smaller still. This smile has 7×7 pixels and
# two levels, 0 and 1 (a **binary** image). On [page
# 4](04_relu_pooling_flattening.md#a-smile-in-five-steps) it goes through a whole network, step by
# step.
# <!-- A1.10 -->

# %%
smile = guide_smile()
for row in smile:
    print(" ".join("#" if level else "." for level in row), "  ", row.astype(int).tolist())

# %% [markdown]
# ## Two answers can be right
#
# Is this a duck that looks to the left, or a rabbit that looks to the right?

# %%


def ellipse(x, y, width, height, turn=0):
    rows, columns = np.mgrid[:32, :32]
    offset = (columns - x + 1j * (rows - y)) * np.exp(-1j * np.deg2rad(turn))
    return (offset.real / width) ** 2 + (offset.imag / height) ** 2 <= 1


def animal(*lobes):
    shape = np.any([ellipse(20, 16, 8, 8), ellipse(24, 26, 6, 8), *lobes], axis=0)
    return (shape & ~ellipse(20, 14, 1.3, 1.3)).astype(np.float32)[..., None]


duck = animal(ellipse(10, 17, 9, 3.2))
rabbit = animal(ellipse(9, 12, 10, 2, 14), ellipse(13, 7, 9, 2, 38))
sun = ellipse(16, 16, 10, 10).astype(np.float32)[..., None]
which = animal(ellipse(9, 11, 9, 2, 17), ellipse(9, 15, 9, 2, 2))
show(
    explain.plot_images(
        [which, duck, rabbit, sun],
        ["which?", "duck", "rabbit", "sun"],
        title="A picture with two answers, and three with one",
        caption="The lobes on the left are a bill that is open, or two ears.",
    ),
    "01_which",
    alt="A silhouette that can be a duck with its bill open to the left or a rabbit with its ears "
    "to the left, beside silhouettes of a duck, of a rabbit and of a round sun.",
)

# %% [markdown]
# A good answer is then not a word but a list of **probabilities**, numbers that add up to 1. Let
# us compare the picture with the three clear ones: the more pixels agree, the more probable. (How
# the function `softmax` makes probabilities of such scores is on [page
# 5](05_scores_and_losses.md); the 30 sets how sure it is.) The two most probable answers lie
# close together, and the **entropy**, a measure of doubt that is 0 for one certain answer and ln
# 2 = 0.69 for two equal ones, is high.
# <!-- A1.11 -->

# %%
names = ["duck", "rabbit", "sun"]


def guesses(image):
    agreement = np.array([(image == clear).mean() for clear in (duck, rabbit, sun)], np.float32)
    return F.softmax(30 * agreement)


for image in (which, duck):
    probabilities, classes = F.top_k(guesses(image), 2)
    best = ", ".join(f"{names[c]} {p:.2f}" for p, c in zip(probabilities, classes, strict=True))
    print(f"{best}; entropy {F.entropy(guesses(image)):.2f}")

# %% [markdown]
# Next: [Sliding a filter](02_sliding_a_filter.md), the one operation that convolutional networks
# are made of.
