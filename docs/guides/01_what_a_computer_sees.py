# %% [markdown]
# # What a computer sees
#
# You see a flower. A computer sees numbers, and nothing but numbers. This page shows what these
# numbers are, how they are arranged, and why it is hard to find a flower in them.

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
# A digital picture is made up of small squares, called **pixels**. Each pixel has a single color.
# Here is a photograph, once with many pixels and once with few. For a small network, few pixels are
# enough. (The photograph is by [vultilion](https://www.flickr.com/photos/vultilion/6056698931/), CC
# BY 2.0, and comes with scikit-learn.)
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
        title="One flower at two resolutions",
        caption="On the right you can see the pixels: squares of one color each.",
    ),
    "01_flower",
    alt="An orange flower on dark green, smooth at 128×128 pixels and blocky at 32×32.",
)

# %% [markdown]
# The small picture is an **array** of shape 32×32×3: 32 rows, 32 columns, and 3 numbers per pixel.
# That makes 32 · 32 · 3 = 3,072 numbers. A block of numbers with a height, a width and a depth is
# also called a **volume**: image networks pass volumes from layer to layer.
#
# Images in jaxcnn have their axes in the order height, width, depth. In an array of many images,
# the number of images comes first. An array in another order is rejected with an error that says
# what to do:

# %%
try:
    data.check_images(np.zeros((10, 3, 32, 32), np.uint8))
except ValueError as error:
    print(*textwrap.wrap(str(error), 90), sep="\n")

# %% [markdown]
# ## A pixel is three numbers
#
# The three numbers of a pixel say how much red, green and blue light it gives off (**RGB**): 0 is
# none, and 255 is full brightness. All the red numbers together are the red **channel**, and
# likewise for green and blue.

# %%
hot_pink = (255, 105, 180)  # A1.5
print("hot pink:", hot_pink, "or #" + "".join(f"{level:02X}" for level in hot_pink))
print("one pixel of a petal:", flower[11, 14].tolist())

channels = [flower * np.eye(3, dtype=np.uint8)[channel] for channel in range(3)]
show(
    explain.plot_images(
        [flower, *channels],
        ["all three", "red only", "green only", "blue only"],
        title="The channels of a picture",
        caption="Orange is mostly red, with some green and hardly any blue.",
    ),
    "01_channels",
    alt="The flower beside its red, green and blue channels. It is bright in the red channel, dimmer "
    "in the green one, and dark in the blue one.",
)

# %% [markdown]
# <!-- A1.3 A1.4 -->
# Why up to 255? Each of these numbers is stored in one **byte**. A byte has 8 bits, and 8 bits have
# 2⁸ = 256 combinations: 0 to 255. Black is (0, 0, 0) and white is (255, 255, 255). On a web page,
# hot pink is #FF69B4: each number is written as two digits in base 16.
#
# Some guides say that "each pixel contains 8 bits". This is true for a gray pixel, which has one
# channel. A color pixel has three channels, and so 24 bits.

# %% [markdown]
# ## A gray picture is a table
#
# In gray, one number per pixel is enough: 0 is pitch black and 255 is pure white. A gray picture is
# a flat table of rows and columns. (jaxcnn gives gray pictures a depth of 1, so that the same code
# handles gray and color.)
#
# To turn a color into gray, we add up 0.299 of its red, 0.587 of its green and 0.114 of its blue.
# The factors reflect how bright red, green and blue look to our eyes.
# <!-- A1.4 A1.6 -->

# %%
print("black:", data.to_grayscale(np.array([[[0, 0, 0]]], np.uint8)).item())
print("white:", data.to_grayscale(np.array([[[255, 255, 255]]], np.uint8)).item())

gray = data.resize_images(photograph[None], (20, 20, 1))[0]
print("a gray flower:", gray.shape)
for levels in gray[..., 0]:
    print(" ".join(f"{level:3}" for level in levels))

# %% [markdown]
# A computer sees only this array. The array contains no word "flower", and no petal or edge: only
# 400 levels of gray. Here is the picture again, with each number on its pixel:

# %%
show(
    explain.plot_numbers(gray, title="What you see and what a computer sees"),
    "01_numbers",
    alt="The gray flower of 20×20 pixels. Each pixel shows its level of gray, from 0 to 255.",
)

# %% [markdown]
# ## A file must be unpacked
#
# Most picture files are compressed, so that they take up less space on disk. `load_image` unpacks
# JPG, PNG, WebP and BMP files. A color JPG of 480×480 pixels becomes an array of shape 480×480×3:
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
# each level is first divided by 255 (`fit` and trained networks do this for you). Some guides say
# that a network "understands 1's and 0's". But a network does not see bits: it sees levels between
# 0 and 1.
#
# Numbers that cannot be a picture are rejected before anything is calculated:
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
# The simplest kind of network has no notion of rows and columns. It takes a list of numbers, so we
# put the rows of the picture end to end. This is called **flattening**. A gray picture of 10×10
# pixels becomes width · height = 100 numbers, but a color picture becomes width · height · 3 = 300
# numbers. (Some guides give width · height for color pictures, too. But each pixel of a color
# picture has three numbers.)
# <!-- A1.8 -->

# %%
print(np.zeros((10, 10, 1)).reshape(-1).shape)
print(np.zeros((10, 10, 3)).reshape(-1).shape)

# %% [markdown]
# ## Move the flower, and the list changes
#
# And here is the trouble. Suppose that we point the camera a little further to the left, so that
# the flower moves six pixels to the right. Or suppose that we take away its colors. You still see
# the same flower. But how different are the numbers? We subtract one picture from the other, number
# by number, drop the signs, and average all 3,072 differences. For comparison, we do the same with
# a picture of a single color.
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
        title="Which of these is not a flower?",
        caption="Pixel by pixel, the moved flower differs from the first picture almost as much as "
        "the plain color does.",
    ),
    "01_copies",
    alt="The flower; the flower moved to the right; the flower in gray; a square of one color.",
)

# %% [markdown]
# Pixel by pixel, the moved flower is about as far from the original as a picture with no flower at
# all. A plain network that has only seen orange flowers on the left has no reason to recognize a
# gray flower, or a flower on the right. There are two remedies. One is to train the network on
# moved and gray copies as well ([page 8](08_training_and_looking_inside.md)). The better remedy is
# to look for the small **features** of a flower, wherever they are. Convolutions do this. The next
# page is about them.

# %% [markdown]
# ## The smallest face
#
# For calculations by hand we need an even smaller picture. This smile has 7×7 pixels and two
# levels, 0 and 1 (a **binary** image). On [page
# 4](04_relu_pooling_flattening.md#a-smile-in-five-steps) the smile goes through a whole network,
# step by step.
# <!-- A1.10 -->

# %%
smile = guide_smile()
for row in smile:
    print(" ".join("#" if level else "." for level in row), "  ", row.astype(int).tolist())

# %% [markdown]
# ## Two answers can be right
#
# Is this a duck looking left, or a rabbit looking right?

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
        title="One picture with two answers, and three with one",
        caption="The two lobes on the left are an open bill, or two ears.",
    ),
    "01_which",
    alt="A silhouette that could be a duck with its open bill on the left or a rabbit with its ears "
    "on the left, beside silhouettes of a duck, a rabbit and a round sun.",
)

# %% [markdown]
# So a good answer is not a single word but a list of **probabilities**, numbers that add up to 1.
# Let us compare the first picture with the three clear ones: the more pixels agree, the higher the
# probability. (The function `softmax` turns the shares of agreeing pixels into probabilities; [page
# 5](05_scores_and_losses.md) explains how. The factor of 30 sets how confident the answer is.) For
# the first picture, the two most probable answers come out close together, and the **entropy** is
# high. Entropy measures doubt: it is 0 for one certain answer, and ln 2 = 0.69 for two equally
# probable answers.
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
# are built on.
