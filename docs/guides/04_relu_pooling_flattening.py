# %% [markdown]
# # ReLU, pooling, flattening
#
# Between the convolutions of a network stand small, simple steps. Each takes a few lines; this
# page goes through them one by one, and at its end a smile goes through them all.

# %%
import jax
import jax.numpy as jnp
import numpy as np
from page import picture, show
from sklearn.datasets import load_sample_image

import jaxcnn
from jaxcnn import data, explain
from jaxcnn import functional as F
from jaxcnn.data.sets.guide_images import guide_smile

# %% [markdown]
# ## ReLU: nothing below zero
#
# An **activation** is a function that is applied to each number of a map by itself. The one that
# is used most is **ReLU** (rectified linear unit): 0 for negative numbers, and the number itself
# for others.
# <!-- A4.1 -->

# %%
numbers = jnp.array([-2.0, -6.0, 0.0, 2.0, 6.0])
print(numbers, "become", F.relu(numbers))
print("with a threshold of 3:          ", F.thresholded_relu(numbers, 3.0))

# %% [markdown]
# You may read that ReLU lets a number pass "when it is above a certain threshold". For ReLU this
# threshold is 0; a function with another one is a *thresholded* ReLU.
#
# What is it for? Without it, two convolutions in a row would be no more than one: sums of sums
# are sums. With it, a layer can say "none of this feature here", and the next layer can build on
# that. Here are the maps of two filters over a photograph, before (above) and after (below). What
# is blue, where the picture gets darker downwards or to the right, becomes 0:

# %%
china = load_sample_image("china.jpg")[None, 40:340, 130:430]
temple = data.resize_images(china, (100, 100, 1))[0].astype(np.float32) / 255
slopes = F.conv(temple, F.filters.sobel(), padding="VALID")
show(
    explain.plot_feature_maps(
        jnp.concatenate([slopes, F.relu(slopes)], axis=-1),
        image=temple,
        title="Before ReLU and after",
    ),
    "04_relu",
    alt="Edges of a temple: two maps with positive and negative numbers, and the same two with the "
    "positive numbers alone.",
)

# %% [markdown]
# There are other activations. The *step* says yes or no, and is 0 at 0; the *sigmoid* is a soft
# step; the *leaky* ReLU leaves a hundredth of what is negative.
# <!-- A4.2 -->

# %%
few = jnp.array([-2.0, 0.0, 2.0])
for activation in (F.heaviside, F.sigmoid, F.relu, F.leaky_relu):
    print(f"{activation.__name__:10}", *(f"{number:6.2f}" for number in activation(few)))

# %% [markdown]
# ## What ReLU does not do
#
# You may read that ReLU "keeps learned values from getting stuck near 0 or blowing up toward
# infinity". It does neither. Networks learn by **gradients**: by how much the output changes
# where a number changes a little ([page 6](06_one_training_step.md)). Below 0, ReLU's output does
# not change at all, so a neuron whose sum is negative for every picture has gradient 0 and is
# stuck for ever: a *dead* ReLU. And above 0, what goes in comes out, however large.
# <!-- A4.1b -->

# %%
slope = jax.vmap(jax.grad(F.relu))
print("gradient at -2, -0.1, 0.1, 2:", slope(jnp.array([-2.0, -0.1, 0.1, 2.0])))
print("relu(1e30) =", F.relu(1e30))

# %% [markdown]
# What it does do: its gradient is 1 wherever it lets something through, so that it does not fade
# on its way back through many layers, as it does with older activations.
#
# You may also find ReLU under the name "normalization layer". Normalization is something else: it
# shifts and scales numbers so that they have, say, mean 0 and variance 1.
# <!-- A4.13 -->

# %% [markdown]
# ## Pooling: one number for each window
#
# **Pooling** moves a window over a map and keeps one number of each: its largest
# (**max-pooling**), or its mean (**average pooling**). The window is mostly 2×2 and moves on by
# 2, so that height and width are halved, and a quarter of the numbers is left.
# <!-- A4.8 A4.9 -->

# %%
table = jnp.array([[2.0, 2, 7, 3], [9, 4, 6, 1], [8, 5, 2, 4], [3, 1, 2, 6]])[..., None]
print(F.max_pool(table, (2, 2))[..., 0])
print(F.avg_pool(table, (2, 2))[..., 0])
explain.animate_pooling(
    table[..., 0],
    (2, 2),
    picture(
        "04_pooling.gif",
        alt="A frame of 2×2 moves over a table of 4×4 numbers by two; the largest number of "
        "each of the four windows is written down: 9 7, 8 6.",
    ),
)

# %% [markdown]
# Pooling has no weights, and it works on each map by itself: the depth stays. A stack of 28×28×6
# becomes 14×14×6.
# <!-- A4.10 -->

# %%
print(F.max_pool(jnp.zeros((28, 28, 6)), (2, 2)).shape)

# %% [markdown]
# What is it good for? The next layers have a quarter of the work, and each of their filters sees
# twice as far. And the exact place of a feature matters less: a feature that moves by one pixel
# often stays in its window.
#
# Windows may also overlap or stick out at the border, over **padding**. For max-pooling the
# padding counts as minus infinity, so that it never wins. Were it 0, it would beat every negative
# number:
# <!-- A4.11 -->

# %%
negative = -table
print(F.max_pool(negative, (3, 3), strides=2, padding=1)[..., 0])

# %% [markdown]
# ## Pool first, or ReLU first?
#
# You may read "convolution, pooling, ReLU" in one place and "convolution, ReLU, pooling" in
# another. For max-pooling both give the same, as the largest number stays the largest when
# negative ones become 0; pooling first has a quarter of the numbers to rectify. For average
# pooling it matters: negative numbers pull the mean down, if they are still there.
# <!-- A4.12 -->

# %%
mixed = jnp.array([[-4.0, 2], [-1, 3]])[..., None]
for name, pool in {"max": F.max_pool, "average": F.avg_pool}.items():
    relu_first, pool_first = pool(F.relu(mixed), (2, 2)), F.relu(pool(mixed, (2, 2)))
    print(f"{name:7} ReLU first {relu_first.item():.2f}, pooling first {pool_first.item():.2f}")

# %% [markdown]
# ## Flattening: rows behind one another
#
# The last layers of a network take a list. **Flattening** writes the rows of a map one behind the
# other:
# <!-- A4.14 -->

# %%
small = np.array([[1, 1, 0], [4, 2, 1], [0, 2, 1]])
print(small.reshape(-1))

# %% [markdown]
# ## 1×1 convolutions
#
# What can a filter see that is one pixel wide? All the maps, at one place. It takes the numbers
# of that place, one from each map, multiplies each by a weight and adds them up: the same small
# dense layer at every pixel. So it mixes maps, and makes many of few or few of many: 192 maps
# become 16.
# <!-- A2.14 -->

# %%
key_maps, key_weights = jax.random.split(jax.random.key(0))
maps = jax.random.normal(key_maps, (28, 28, 192))
weights = jax.random.normal(key_weights, (1, 1, 192, 16))
mixed_maps = F.conv(maps, weights)
print(maps.shape, "becomes", mixed_maps.shape)
print(
    "the same as a dense layer:", jnp.allclose(mixed_maps, maps @ weights[0, 0], atol=1e-3).item()
)
print("weights of 1×1:", F.conv_parameters((1, 1), 192, 16, use_bias=False))
print("weights of 3×3:", F.conv_parameters((3, 3), 192, 16, use_bias=False))

# %% [markdown]
# You may read that it "suffers less overfitting due to small kernel size". A layer with a ninth
# of the weights has less to learn by heart with, it is true; but the reason is the number of
# weights, and 1×1 over 1,728 maps has as many as 3×3 over 192.

# %% [markdown]
# ## A network has two halves
#
# Convolutions, activations and pooling find features; from the flattening on, the rest makes
# scores of them. These are the two halves of a network, and each can be used by itself.
# <!-- A4.16 -->

# %%
net = jaxcnn.models.lenet5()
print("features:", [type(layer).__name__ for layer in jaxcnn.backbone(net).layers])
print("head:    ", [type(layer).__name__ for layer in jaxcnn.head(net).layers])

# %% [markdown]
# ## A smile in five steps
#
# Now all of it, on the smallest face, with weights that we choose so that the network tells a
# smile from a frown. Both have corners of the mouth; a smile's go up on both sides, `\` on the
# left and `/` on the right, and a frown's go down.
# <!-- A1.10 A4.15 -->

# %%
smile = guide_smile()[..., None]
frown = smile.copy()
frown[4:6] = smile[5:3:-1]
strokes = np.array([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], np.float32)
kernel = np.moveaxis(strokes, 0, -1)[:, :, None]
show(
    explain.plot_images(
        [smile, frown, *(stroke[..., None] / 2 + 0.5 for stroke in strokes)],
        ["smile", "frown", "filter 1", "filter 2"],
        title="Two faces and two filters",
        caption="In the faces white is 1 and black 0; in the filters white is 1 and black -1.",
    ),
    "04_faces",
    alt="A smile and a frown of 7×7 pixels, and two filters of 2×2: a stroke down to the right "
    "and a stroke down to the left.",
)

# %% [markdown]
# **Step 1: convolution** with the two filters, 7×7 to 6×6×2. **Then the activation**: what is
# negative becomes 0. (You may find the activation counted as a step of its own, or two steps that
# are both called the first; what matters is the order.)

# %%


def show_maps(maps):
    for rows in np.asarray(maps, int):
        print("    ".join(" ".join(map(str, row)) for row in rows.T))


found = F.relu(F.conv(smile, kernel, padding="VALID"))
show_maps(found)

# %% [markdown]
# The two 2s at the bottom are the corners of the mouth. **Step 2: pooling**, to 3×3×2:

# %%
pooled = F.max_pool(found, (2, 2))
show_maps(pooled)

# %% [markdown]
# **Step 3: flattening**, place by place, both features of each: 18 numbers.

# %%
flat = pooled.reshape(-1)
print(flat.astype(int))

# %% [markdown]
# **Step 4: full connection.** Each class has a weight for each of the 18 numbers. Ours are 1 for
# the strokes that the class should have in the bottom corners, and 0 for all else.

# %%
weights = np.zeros((3, 3, 2, 2), np.float32)  # row, column, filter, class
weights[2, 0, 0, 0] = weights[2, 2, 1, 0] = 1  # smile: \ on the left, / on the right
weights[2, 0, 1, 1] = weights[2, 2, 0, 1] = 1  # frown: / on the left, \ on the right


def scores(face):
    maps = F.max_pool(F.relu(F.conv(face, kernel, padding="VALID")), (2, 2))
    return maps.reshape(-1) @ weights.reshape(18, 2)


print("of the smile:", scores(smile))
print("of the frown:", scores(frown))

# %% [markdown]
# **Step 5: the answer** is the class with the larger score.

# %%
for name, face in {"smile": smile, "frown": frown}.items():
    print(f"the {name} is a {['smile', 'frown'][scores(face).argmax()]}")

# %% [markdown]
# Next: [From scores to probabilities, and to a loss](05_scores_and_losses.md).
