# %% [markdown]
# # Sliding a filter
#
# Looking for the same small thing everywhere in a picture: that is all that a convolution does.
# This page does it once by hand, then everywhere, and then on a photograph.

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
# A **filter** (or **kernel**) is a small table of numbers, its **weights**. The weights of this
# one draw a curve. Beside it is a piece of a picture of the same size, a **patch**, with a curve
# that is much alike: it could be the back of a mouse.
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
        caption="Black is 0; white is 30 in the filter, 50 in the patch and 1500 in the products. "
        "Five products are not zero.",
    ),
    "02_curve",
    alt="A curve of six pixels in the filter; a thicker curve in the patch; their products, which "
    "are not zero on five pixels, where both have the curve.",
)

# %% [markdown]
# How well do they fit? Lay the filter on the patch, multiply the two numbers on each pixel, and
# add up all 49 products. The sum is large where large pixels meet large weights:

# %%
products = patch * curve
upwards = zip(patch[::-1].flat, curve[::-1].flat, strict=True)  # from the bottom row on
terms = [(int(pixel), int(weight)) for pixel, weight in upwards if pixel * weight]
print(" + ".join(f"({pixel}·{weight})" for pixel, weight in terms), "=", int(products.sum()))

# %% [markdown]
# You may read that "a matrix multiplication is performed" here. It is not: no row is multiplied
# by a column. Each pixel is multiplied by the one weight that lies on it.
#
# You may also read that this filter detects "lines that curve outward and to the right". Let us
# see what it says to a curve to the left, or, which is the same, what its mirror image says to
# our patch. And what does it say to a patch that is gray all over?
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
# It prefers its own curve to the mirrored one, but weakly; and it likes plain gray best of all! A
# filter without negative weights asks mostly: is it bright here? Let us take the mean off its
# weights, so that they sum to 0. What is the same everywhere now cancels out, and only shape
# counts:

# %%
balanced = curve - curve.mean()
print("the curve:         ", round(answer(patch, balanced)))
print("the curve mirrored:", round(answer(patch, balanced[:, ::-1].copy())))
print("all gray:          ", abs(round(answer(gray, balanced))))

# %% [markdown]
# ## What mathematics calls convolution
#
# You may read that a convolution "is the integral measuring how much two functions overlap". In
# mathematics, a convolution first turns one of the two round (left to right and top to bottom),
# and then slides, multiplies and adds. What we did, without turning, is called
# **cross-correlation**. Networks do that, and call it convolution. It makes no difference to what
# they can learn: a filter that is to be turned round is learned the other way round. But it makes
# a difference to a filter that you write down yourself.
# <!-- A2.11 -->

# %%
turned = curve[::-1, ::-1].copy()
print("cross-correlation: ", answer(patch, curve))
print("convolution:       ", answer(patch, curve, flip_kernel=True))
print("the filter turned: ", answer(patch, turned))

# %% [markdown]
# ## Everywhere: slide
#
# Now to the whole picture. Lay the filter on its top left corner, multiply and add, and write the
# sum down. Move one pixel to the right; do the same. At the end of the row, go one row down. The
# sums, in rows and columns, are a new picture, which is called a **feature map**: it says where
# the feature is that the filter looks for. Here a filter of 3×3 looks for a small cross, ×, in a
# picture of 5×5:
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
        alt="A frame of 3×3 slides over the 5×5 picture, one pixel at a time; at each of "
        "nine positions the sum of the products is written into the map: 4 3 4, 2 4 3, 2 3 4.",
    ),
)

# %% [markdown]
# The filter has 3 places to be in along each side, since it must not stick out: 5 - 3 + 1 = 3. A
# filter of 7×7 on a picture of 32×32 has 26 · 26 = 676 places. With our curve in the top left
# corner of an otherwise black picture, the feature map is largest in its top left corner, and 0
# in its top right:
# <!-- A2.7 -->

# %%
mouse = np.zeros((32, 32, 1), np.float32)
mouse[:7, :7, 0] = patch
found = F.conv(mouse, curve[..., None, None], padding="VALID")[..., 0]
print(found.shape, "=", found.size, "places")
print("top left:", found[0, 0], " top right:", found[0, -1])

# %% [markdown]
# ## In color, a filter has depth
#
# A picture in color has three channels, so a filter for it has three layers of weights. At each
# place, all pairs are multiplied, and all products go into *one* sum. A filter of 5×5×3 does 75
# multiplications at each place. On a picture of 32×32×3 it has 28 · 28 = 784 places, does 58,800
# multiplications in all, and makes one map of 28×28.
# <!-- A2.1 A2.2 -->

# %%
one_filter = F.conv(jnp.ones((32, 32, 3)), jnp.ones((5, 5, 3, 1)), padding="VALID")
print(one_filter.shape, "=", one_filter.size, "places")
print("multiplications at one place:", 5 * 5 * 3)
print("multiplications in all:      ", F.conv_macs((28, 28), (5, 5), 3, 1))

# %% [markdown]
# A filter must be as deep as what it slides over. If it is not, we are told:
# <!-- A2.4 -->

# %%
try:
    F.conv(jnp.ones((32, 32, 3)), jnp.ones((5, 5, 1, 1)))
except ValueError as error:
    print(*textwrap.wrap(str(error), 90), sep="\n")

# %% [markdown]
# ## Many filters, many maps
#
# One filter looks for one thing. A layer of a network has many, and each makes a map of its own.
# The maps are stacked, like channels, so the depth of what comes out is the number of filters:
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
# The filters of the second layer slide over the three maps of the first: they combine what those
# found.
#
# You may read that "by using more filters, we are able to preserve the spatial dimensions
# better". No: height and width are 28 with one filter and with a thousand. More filters make more
# depth. What preserves height and width is padding.

# %% [markdown]
# ## Padding and strides
#
# **Padding** is a margin of zeros around the picture, so that the filter has more places. Two
# rows and columns of zeros on each side make up for a filter of 5×5: 32×32 stays 32×32. This is
# `padding="SAME"`, and none is `padding="VALID"`.
#
# The **stride** is how far the filter moves from one place to the next. With stride 2 it skips
# every second place, and the map has half the height and width. With width W, filter width K,
# padding P on each side and stride S, the map's width is ⌊(W - K + 2P) / S⌋ + 1, where ⌊ ⌋ drops
# the fraction.
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
# The patch that one number of a map was calculated from is its **receptive field**. In the first
# layer it is as large as the filter. A filter of the second layer looks at maps, and each number
# of a map stands for a patch already: two layers of 5×5 see 9×9. You may read the word for the
# filter's area alone, but it is about the picture, and it grows from layer to layer.
# <!-- A2.9 -->

# %%
layer = jaxcnn.Conv(1, 5, padding="VALID")
print("one layer: ", layer.receptive_field((32, 32, 1)).size)
two_layers = jaxcnn.Sequential([layer, layer])
print("two layers:", two_layers.receptive_field((32, 32, 1)).size)

flower = data.resize_images(load_sample_image("flower.jpg")[None, :, 110:537], (32, 32, 3))[0]
box = explain.receptive_box(two_layers, flower.shape, explain.Unit("1", channel=0, position=(8, 9)))
show(
    explain.plot_receptive_field(flower, box, title="What a unit of the second layer sees"),
    "02_field",
    alt="A flower of 32×32 pixels with a frame around 9×9 of them, near its middle.",
)

# %% [markdown]
# ## Each place is a neuron
#
# A **neuron** of a network takes some numbers, multiplies each by a weight, adds them up, and
# adds one number of its own, the **bias**: how easily it says yes. Then comes a simple function,
# the **activation**, which is on [page 4](04_relu_pooling_flattening.md). So a filter at one
# place is a neuron, and a feature map is a sheet of neurons which all have the same weights and
# look at neighboring patches. The bias can be left off.
# <!-- A2.16 -->

# %%
inputs, weights, bias = jnp.array([1.0, 2, 3]), jnp.array([0.5, -1, 2]), jnp.array([-5.0])
neuron = F.conv(inputs[None, None], weights[None, None, :, None], bias)
print("by hand:   ", 1 * 0.5 + 2 * -1 + 3 * 2 - 5)
print("the neuron:", neuron.item(), "and after the activation:", F.relu(neuron).item())

# %% [markdown]
# In a network, `explain_unit` writes out the sum behind any number of any map, and says which box
# of the picture it was calculated from. Here is a network of one filter, our curve, on the mouse:

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
# Now the same on something real: a part of a photograph (by
# [danielbuechele](https://www.flickr.com/photos/danielbuechele/6061409035/), CC BY 2.0). Four
# filters look for lines: `line_bank` has 1 on the line and -1 beside it. We add ⅓ to each weight,
# so that they sum to 0, and even sky gives 0.
# <!-- A2.12 -->

# %%
china = load_sample_image("china.jpg")
temple = data.resize_images(china[None, 40:340, 130:430], (100, 100, 1))[0].astype(np.float32) / 255

lines = F.filters.line_bank()
print(lines[..., 0, 2])
maps = F.conv(temple, lines + 1 / 3, padding="VALID")
show(
    explain.plot_feature_maps(maps, image=temple, title="Where are lines?"),
    "02_lines",
    alt="A temple in gray and its four feature maps: horizontal lines light up along the "
    "roofs' edges, vertical ones along the pillars, diagonal ones along the roofs' slopes.",
)

# %% [markdown]
# Each map shows the same temple, but mostly what runs in one direction: the first the edges of
# the roofs, the second the pillars, the last two what is slanted. With three pixels a filter sees
# too little of a line to be sure of its direction; larger ones, further down, are surer.
#
# An **edge** is where bright meets dark. The two Sobel filters measure how fast brightness grows
# downwards and to the right; together they give the strength of any edge, and so a drawing of the
# photograph's outlines:
# <!-- A2.13 -->

# %%
slopes = F.conv(temple, F.filters.sobel(), padding="VALID")
strength = np.sqrt((slopes**2).sum(axis=-1, keepdims=True))
show(
    explain.plot_images(
        [temple, strength / strength.max()],
        ["the photograph", "how strong an edge is"],
        title="Edges",
        caption="White where brightness changes most from one pixel to the next.",
    ),
    "02_edges",
    alt="The temple, and beside it its outlines in white on black.",
)

# %% [markdown]
# ## Cells in the eye's service do it too
#
# In 1962 Hubel and Wiesel reported cells in the cat's visual cortex which answer to an edge or a
# line of one direction, each cell to its own, and hardly to others. **Gabor filters** are a model
# of such cells: a wave that fades out. Here is a bright bar that turns, and which of six filters
# answers most.
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
# Each bar gets its largest answer, on the diagonal of this table, from the filter of its own
# direction. And here is what four such filters, for 0°, 45°, 90° and 135°, find in the
# photograph:

# %%
maps = F.conv(temple, F.filters.gabor_bank(4), padding="VALID")
show(
    explain.plot_feature_maps(maps, image=temple, title="What four Gabor filters find"),
    "02_gabor_maps",
    alt="The temple and four maps: in the first the edges of the roofs, in the second what rises to "
    "the right, in the third the pillars, in the fourth what falls to the right.",
)
show(
    explain.plot_filters(gabor, title="Six Gabor filters"),
    "02_gabor",
    alt="Six filters of 15×15: a bright stripe between two dark ones, in six directions.",
)

# %% [markdown]
# The first layers of trained networks are full of such filters. Nobody put them there: they were
# learned ([page 8](08_training_and_looking_inside.md#what-the-first-layer-looks-for)).

# %% [markdown]
# ## Must a network begin with a convolution?
#
# You may read that "the first layer is always a convolutional layer". Most networks do begin with
# one, but nothing asks for it: a network may first rescale its input, pool it, or cut it into
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
# Next: [Matching features](03_matching_features.md), where filters tell an X from an O, with
# every number in between.
