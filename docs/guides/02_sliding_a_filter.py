# %% [markdown]
# # Sliding a filter
#
# A convolution looks for the same small pattern everywhere in a picture, and does nothing else.
# This page does a convolution by hand at one position, then at every position, and then on a
# photograph.

# %%
import textwrap

import jax.numpy as jnp
import numpy as np
from flax import nnx
from page import picture, show
from sklearn.datasets import load_sample_image

import jaxcnn
from jaxcnn import data, explain
from jaxcnn import functional as F

# %% [markdown]
# ## One position: multiply and add
#
# A **filter** (or **kernel**) is a small table of numbers, its **weights**. The weights of the
# filter below draw a curve. Beside the filter is a **patch**: a piece of a picture, as large as the
# filter, with a similar curve that could be the back of a mouse.
# <!-- A2.6 -->

# %%
curve = np.zeros((7, 7), np.float32)
curve[[0, 1, 2, 3, 4, 5], [5, 4, 3, 3, 3, 3]] = 30

patch = np.zeros((7, 7), np.float32)
patch[0, 6] = 30
patch[1, 4:] = 50
patch[2, 3:5] = 20, 50
patch[3:, 3:5] = 50

show(
    explain.plot_images(
        [image[..., None] / image.max() for image in (curve, patch, curve * patch)],
        ["filter", "patch", "filter × patch"],
        title="A filter for a curve, and a patch with a curve",
        caption="Black is 0; white is 30 in the filter, 50 in the patch and 1,500 in the products.\n"
        "Only five of the 49 products are not 0.",
    ),
    "02_curve",
    alt="A curve of six pixels in the filter; a thicker curve in the patch; and their products, "
    "which are not 0 at five pixels, where both have the curve.",
)

# %% [markdown]
# How well do they match? Lay the filter over the patch, multiply the two numbers at each pixel, and
# add up all 49 products. The sum is large if bright pixels meet large weights. Here is the sum,
# without the products that are 0:

# %%
products = patch * curve
upwards = zip(patch[::-1].flat, curve[::-1].flat, strict=True)  # starting from the bottom row
terms = [(int(pixel), int(weight)) for pixel, weight in upwards if pixel * weight]
print(" + ".join(f"({pixel}·{weight})" for pixel, weight in terms), "=", int(products.sum()))

# %% [markdown]
# Some guides call this step "a matrix multiplication". It is no matrix multiplication, because no
# row is multiplied by a column. Each pixel is multiplied by a single weight, the weight on top of
# this pixel.
#
# Some guides also say that this filter detects "lines that curve outward and to the right". How
# does the filter respond to a curve to the left? To find out, we can mirror the filter instead of
# the patch. And how does the filter respond to a patch that is gray all over?
# <!-- A2.6b -->

# %%


def answer(patch, kernel, **options):
    return F.conv(patch[..., None], kernel[..., None, None], padding="VALID", **options).item()


mirrored = curve[:, ::-1].copy()
gray = np.full((7, 7), 50, np.float32)
print("the curve:         ", answer(patch, curve))
print("the curve mirrored:", answer(patch, mirrored))
print("all gray:          ", answer(gray, curve))

# %% [markdown]
# The filter prefers its own curve to the mirrored one, but only slightly, and it likes plain gray
# best of all! A filter without negative weights mostly asks: is it bright here? So let us subtract
# the mean from the weights, so that they add up to 0. Now uniform areas give 0, and only shape
# counts:

# %%
balanced = curve - curve.mean()
print("the curve:         ", round(answer(patch, balanced)))
print("the curve mirrored:", round(answer(patch, balanced[:, ::-1].copy())))
print("all gray:          ", abs(round(answer(gray, balanced))))

# %% [markdown]
# ## What mathematics calls convolution
#
# Many guides say that a convolution "is the integral measuring how much two functions overlap". In
# mathematics, a convolution first turns one of the two functions by 180°, which flips the function
# left to right and top to bottom. Then it slides, multiplies and adds. We did not turn anything:
# without the turn, the operation is called **cross-correlation**. Neural networks do
# cross-correlation, and call it convolution. The difference does not change what a network can
# learn: if filters were turned, training would simply find the turned weights. But the difference
# matters for a filter that you write down yourself.
# <!-- A2.11 -->

# %%
turned = curve[::-1, ::-1].copy()
print("cross-correlation: ", answer(patch, curve))
print("convolution:       ", answer(patch, curve, flip_kernel=True))
print("the filter turned: ", answer(patch, turned))

# %% [markdown]
# ## Slide it over the whole picture
#
# Lay the filter on the top left corner of a picture, multiply and add, and write down the sum. Move
# one pixel to the right, and do it again. At the end of the row, move one row down. The sums, in
# rows and columns, form a new picture, called a **feature map**. The feature map shows where the
# picture has the feature that the filter looks for. Here, a 3×3 filter looks for a small cross, ×,
# in a 5×5 picture:
# <!-- A2.10 -->

# %%
image = np.array(
    [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]],
    np.float32,
)
cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], np.float32)

feature_map = F.conv(image[..., None], cross[..., None, None], padding="VALID")
print(feature_map[..., 0].astype(int))
explain.animate_convolution(
    image,
    cross,
    picture(
        "02_sliding.gif",
        alt="A frame of 3×3 slides over the 5×5 picture, one pixel at a time. At each of the "
        "nine positions, the sum of the products is written into the map: 4 3 4, 2 4 3, 2 3 4.",
    ),
)

# %% [markdown]
# The filter must not stick out of the picture, so it fits in 5 - 3 + 1 = 3 positions along each
# side. A 7×7 filter has 26 · 26 = 676 positions in a 32×32 picture. We put our patch into the top
# left corner of an otherwise black picture. The feature map is then largest in its top left corner,
# and 0 in its top right corner:
# <!-- A2.7 -->

# %%
mouse = np.zeros((32, 32, 1), np.float32)
mouse[:7, :7, 0] = patch
found = F.conv(mouse, curve[..., None, None], padding="VALID")[..., 0]
print(found.shape, "=", found.size, "positions")
print("top left:", found[0, 0], " top right:", found[0, -1])

# %% [markdown]
# ## In color, a filter has depth
#
# A color picture has three channels, so a filter for color pictures has three tables of weights. At
# each position, every pixel value is multiplied by its weight, and all the products are added into
# *one* sum. A filter of 5×5×3 does 75 multiplications at each position. On a picture of 32×32×3 it
# has 28 · 28 = 784 positions, does 58,800 multiplications in all, and makes one map of 28×28.
# <!-- A2.1 A2.2 -->

# %%
one_filter = F.conv(jnp.ones((32, 32, 3)), jnp.ones((5, 5, 3, 1)), padding="VALID")
print(one_filter.shape, "=", one_filter.size, "positions")
print("multiplications at one position:", 5 * 5 * 3)
print("multiplications in all:         ", F.conv_macs((28, 28), (5, 5), 3, 1))

# %% [markdown]
# A filter must be as deep as the volume that it slides over. Otherwise, jaxcnn raises an error:
# <!-- A2.4 -->

# %%
try:
    F.conv(jnp.ones((32, 32, 3)), jnp.ones((5, 5, 1, 1)))
except ValueError as error:
    print(*textwrap.wrap(str(error), 90), sep="\n")

# %% [markdown]
# ## Many filters, many maps
#
# One filter looks for one pattern. A layer of a network has many filters, and each makes its own
# map. The maps are stacked like channels, so the depth of the output is the number of filters:
# <!-- A2.3 A2.8 A2.17 -->

# %%
two = F.conv(jnp.ones((32, 32, 3)), jnp.ones((5, 5, 3, 2)), padding="VALID")
three = F.conv(jnp.ones((32, 32, 3)), jnp.ones((5, 5, 3, 3)), padding="VALID")
six_more = F.conv(three, jnp.ones((5, 5, 3, 6)), padding="VALID")
print("32×32×3, two filters of 5×5×3:    ", two.shape)
print("32×32×3, three filters of 5×5×3:  ", three.shape)
print("and on these six filters of 5×5×3:", six_more.shape)
print(
    "5×5×1, three filters of 3×3×1:    ",
    F.conv(image[..., None], jnp.ones((3, 3, 1, 3)), padding="VALID").shape,
)

# %% [markdown]
# The six filters of the second layer slide over the three maps of the first layer, and combine what
# the filters of the first layer found.
#
# Some guides say that "by using more filters, we are able to preserve the spatial dimensions
# better". This is wrong: height and width are 28 with one filter, and also with a thousand filters.
# More filters add only depth. Padding preserves height and width.

# %% [markdown]
# ## Padding and strides
#
# **Padding** is a margin of zeros around the picture, which gives the filter more positions. With
# two rows or columns of zeros on each side, a 5×5 filter turns a 32×32 picture into a 32×32 map.
# This is `padding="SAME"`; no padding is `padding="VALID"`.
#
# The **stride** is how far the filter moves from one position to the next. With stride 2 it skips
# every second position, and the map has half the height and width. With a picture of width W, a
# filter of width K, padding of P on each side and stride S, the map's width is
# ⌊(W - K + 2P) / S⌋ + 1, where ⌊ ⌋ means rounding down.
# <!-- A2.5 -->

# %%
print(" W  K  P  S   width of the map")
for width, window, padding, stride in [(32, 5, 0, 1), (32, 5, 2, 1), (32, 5, 2, 2), (7, 3, 0, 3)]:
    (out,) = F.conv_output_shape((width,), (window,), padding=padding, strides=stride)
    assert out == (width - window + 2 * padding) // stride + 1
    print(f"{width:2} {window:2} {padding:2} {stride:2}   {out}")

# %% [markdown]
# ## How much a filter sees
#
# Each number in a map was calculated from one patch of the picture. This patch is called the
# **receptive field** of the number. In the first layer, the receptive field is as large as the
# filter. A filter of the second layer looks at numbers that were each calculated from a patch, so
# it sees more: two layers of 5×5 filters see 9×9 pixels. Some guides call the area of the filter
# its receptive field. But a receptive field is an area of the picture, and it grows from layer to
# layer.
#
# The part of a network that computes one number in a map is called a **unit**. Here is what a unit
# of the second layer sees in the flower of page 1:
# <!-- A2.9 -->

# %%
layer = jaxcnn.Conv(1, 5, padding="VALID")
print("one layer: ", layer.receptive_field((32, 32, 1)).size)
two_layers = jaxcnn.Sequential([layer, layer])
print("two layers:", two_layers.receptive_field((32, 32, 1)).size)

flower = data.resize_images(load_sample_image("flower.jpg")[None, :, 110:537], (32, 32, 3))[0]
box = explain.receptive_box(two_layers, flower.shape, explain.Unit("1", channel=0, position=(8, 9)))
show(
    explain.plot_receptive_field(flower, box, title="What one unit of the second layer sees"),
    "02_field",
    alt="A flower of 32×32 pixels, faded except in a frame around 9×9 of them near its middle.",
)

# %% [markdown]
# ## Each place is a neuron
#
# **Neuron** is another word for a unit. A neuron takes some numbers, multiplies each by a weight,
# and adds up the products. Then it adds one more number, the **bias**, which sets how easily the
# neuron says yes. (Some neurons have no bias.) Last comes a simple function, the **activation**,
# which [page 4](04_relu_pooling_flattening.md) explains. So a filter at one position is a neuron. A
# feature map is a sheet of neurons that share their weights and look at neighboring patches.
# <!-- A2.16 -->

# %%
inputs, weights, bias = jnp.array([1.0, 2, 3]), jnp.array([0.5, -1, 2]), jnp.array([-5.0])
neuron = F.conv(inputs[None, None], weights[None, None, :, None], bias)
print("by hand:   ", 1 * 0.5 + 2 * -1 + 3 * 2 - 5)
print("the neuron:", neuron.item(), "and after the activation:", F.relu(neuron).item())

# %% [markdown]
# Pick any single value in any feature map: `explain_unit` writes out the sum that produced the
# value, and gives the box of the picture on which the value depends. Here is a network with one
# filter, our curve, applied to the picture of the mouse:

# %%
net = jaxcnn.Sequential([jaxcnn.Conv(1, 7, padding="VALID", use_bias=False, name="curve")])
model = net.build((32, 32, 1), rngs=nnx.Rngs(0))
filters = model["curve"]
assert isinstance(filters, nnx.Conv)
filters.kernel[...] = jnp.asarray(curve[..., None, None])
unit = explain.Unit("curve", channel=0, position=(0, 0))
explanation = explain.explain_unit(model, mouse, unit, architecture=net)
print(explanation)
print(explanation.box)

# %% [markdown]
# ## Lines in a photograph
#
# Now we slide four filters over part of a photograph, to look for lines. (The photograph is by
# [danielbuechele](https://www.flickr.com/photos/danielbuechele/6061409035/), CC BY 2.0.) In
# `line_bank`, the weights are 1 on the line and -1 beside it. We add ⅓ to each weight. Then the
# weights of a filter add up to 0, and plain sky gives 0.
# <!-- A2.12 -->

# %%
china = load_sample_image("china.jpg")
temple = data.resize_images(china[None, 40:340, 130:430], (100, 100, 1))[0].astype(np.float32) / 255

lines = F.filters.line_bank()
print(lines[..., 0, 2])
maps = F.conv(temple, lines + 1 / 3, padding="VALID")
show(
    explain.plot_feature_maps(
        maps, image=temple, title="Lines: horizontal and vertical (top), diagonal (bottom)"
    ),
    "02_lines",
    alt="A temple in gray and its four feature maps: horizontal lines light up along the edges of "
    "the roofs, vertical ones along the pillars, diagonal ones along the slopes of the roofs.",
)

# %% [markdown]
# Each map shows the same temple, but mainly the lines that run in one direction. The first map
# shows the edges of the roofs, the second map the pillars, and the last two maps slanted lines. A
# filter three pixels wide sees too little of a line to tell its direction well. The larger filters
# further down do better.
#
# An **edge** is where bright meets dark. One Sobel filter measures how fast the brightness grows
# downwards, and the other how fast it grows to the right. Together the two filters give the
# strength of an edge in any direction. The result shows the outlines in the photograph:
# <!-- A2.13 -->

# %%
slopes = F.conv(temple, F.filters.sobel(), padding="VALID")
strength = np.sqrt((slopes**2).sum(axis=-1, keepdims=True))
show(
    explain.plot_images(
        [temple, strength / strength.max()],
        ["the photograph", "edge strength"],
        title="Edges in all directions",
        caption="White is where the brightness changes most from one pixel to the next.",
    ),
    "02_edges",
    alt="The temple, and beside it the same temple as white outlines on black.",
)

# %% [markdown]
# ## Cells in the visual cortex do it too
#
# In 1962 Hubel and Wiesel reported cells in the cat's visual cortex that respond to edges or lines
# of one direction. The same cell hardly responds to other directions. The direction differs from
# cell to cell. **Gabor filters** are a model of such cells. The weights of a Gabor filter form a
# wave that fades out toward the border. Here, a bright bar is turned step by step. Which of six
# filters responds most?
# <!-- A2.13 -->

# %%
gabor = F.filters.gabor_bank(6, size=15)
rows, columns = np.mgrid[:15, :15] - 7
print("angle of the bar   answers of the filters for 0°, 30°, 60°, 90°, 120°, 150°")
for angle in range(0, 180, 30):
    away = columns * np.sin(np.deg2rad(angle)) + rows * np.cos(np.deg2rad(angle))
    bar = (np.abs(away) < 1.5).astype(np.float32)[..., None]
    answers = F.conv(bar, gabor, padding="VALID")[0, 0]
    print(f"{angle:15}°   " + " ".join(f"{level:5.1f}" for level in answers.round(1) + 0.0))

# %% [markdown]
# In each row, the filter aligned with the bar responds most strongly, as the diagonal of the table
# shows. Here is what four Gabor filters, for 0°, 45°, 90° and 135°, find in the photograph. The
# second picture shows the six filters of the table.

# %%
maps = F.conv(temple, F.filters.gabor_bank(4), padding="VALID")
show(
    explain.plot_feature_maps(
        maps, image=temple, title="Gabor filters: 0° and 45° (top), 90° and 135° (bottom)"
    ),
    "02_gabor_maps",
    alt="The temple and four maps. The first shows the edges of the roofs, the second lines that rise "
    "to the right, the third the pillars, and the fourth lines that fall to the right.",
)
show(
    explain.plot_filters(gabor, title="Six Gabor filters: 0° to 60° (top), 90° to 150° (bottom)"),
    "02_gabor",
    alt="Six filters of 15×15: a bright stripe between two dark ones, in six directions.",
)

# %% [markdown]
# The first layers of trained networks often contain filters that look like Gabor filters. Nobody
# wrote these filters down: the networks learned them ([page
# 8](08_training_and_looking_inside.md#what-the-first-layer-looks-for)).

# %% [markdown]
# ## Must a network begin with a convolution?
#
# Many guides say that "the first layer is always a convolutional layer". Most networks do begin
# with a convolution, but a network may also first rescale its input, pool it, or cut it into
# patches.
# <!-- A2.18 -->

# %%
net = jaxcnn.Sequential(
    [
        jaxcnn.Rescale(1 / 255),
        jaxcnn.MaxPool(2),
        jaxcnn.Conv(8, 3),
        jaxcnn.Flatten(),
        jaxcnn.Dense(10),
    ]
)
print(net.output_shape((32, 32, 3)))

# %% [markdown]
# Next: [Matching features](03_matching_features.md), where filters tell an X from an O, and every
# number on the way is shown.
