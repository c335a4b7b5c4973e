# %% [markdown]
# # ReLU, pooling, flattening
#
# Between its convolutions, a network has small, simple steps. Each takes a few lines of code. This
# page explains these steps one by one. At the end, a picture of a smile goes through all of them.

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
# An **activation** is a function that is applied to each number of a map separately. The most
# common one is **ReLU** (rectified linear unit): it replaces negative numbers by 0 and keeps the
# others.
# <!-- A4.1 -->

# %%
numbers = jnp.array([-2.0, -6.0, 0.0, 2.0, 6.0])
print(numbers, "become", F.relu(numbers))
print("with a threshold of 3:          ", F.thresholded_relu(numbers, 3.0))

# %% [markdown]
# Some guides say that ReLU lets a number pass "when it is above a certain threshold". For ReLU the
# threshold is always 0. A function with another threshold is a *thresholded* ReLU.
#
# What is ReLU for? Without ReLU, two convolutions in a row could do no more than one convolution:
# sums of sums are sums. With ReLU, a layer can say "none of this feature here", and the next layer
# can use this answer. Here are the maps of two filters over a photograph. The left map measures how
# fast the brightness grows downwards, the right map how fast it grows to the right. Where the
# picture gets darker instead, the numbers are negative (blue), and ReLU replaces these numbers by 0
# (gray):

# %%
china = load_sample_image("china.jpg")[None, 40:340, 130:430]
temple = data.resize_images(china, (100, 100, 1))[0].astype(np.float32) / 255
slopes = F.conv(temple, F.filters.sobel(), padding="VALID")
show(
    explain.plot_feature_maps(
        jnp.concatenate([slopes, F.relu(slopes)], axis=-1),
        image=temple,
        title="Before ReLU (top) and after ReLU (bottom)",
    ),
    "04_relu",
    alt="Edges of a temple: two maps with positive and negative numbers, and the same two maps with "
    "only the positive numbers.",
)

# %% [markdown]
# There are other activations. The *step* (`heaviside`) says yes or no: it is 1 above 0, and 0
# otherwise. The *sigmoid* is a soft step. The *leaky* ReLU keeps a hundredth of each negative
# number.
# <!-- A4.2 -->

# %%
few = jnp.array([-2.0, 0.0, 2.0])
for activation in (F.heaviside, F.sigmoid, F.relu, F.leaky_relu):
    print(f"{activation.__name__:10}", *(f"{number:6.2f}" for number in activation(few)))

# %% [markdown]
# ## What ReLU does not do
#
# Some guides say that ReLU "keeps learned values from getting stuck near 0 or blowing up toward
# infinity". ReLU does neither. Networks learn from **gradients**, which say how much the output
# changes when a number changes a little ([page 6](06_one_training_step.md)). Below 0, ReLU's output
# does not change at all. So a neuron whose sum is negative for every picture has gradient 0 and is
# stuck forever: a *dead* ReLU. Above 0, ReLU returns its input unchanged, however large it is.
# <!-- A4.1b -->

# %%
slope = jax.vmap(jax.grad(F.relu))
print("gradient at -2, -0.1, 0.1, 2:", slope(jnp.array([-2.0, -0.1, 0.1, 2.0])))
print("relu(1e30) =", F.relu(1e30))

# %% [markdown]
# But ReLU has an advantage over older activations: its gradient is 1 wherever it lets a number
# through. So ReLU itself does not make gradients fade on their way back through many layers.
#
# Some guides call ReLU a "normalization layer". But normalization shifts and scales numbers so that
# they have, say, mean 0 and variance 1.
# <!-- A4.13 -->

# %% [markdown]
# ## Pooling: one number for each window
#
# **Pooling** moves a window over a map and keeps one number per window: the largest
# (**max-pooling**) or the mean (**average pooling**). The window is usually 2×2 and moves by 2.
# Then height and width are halved, and a quarter of the numbers is left.
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
        alt="A frame of 2×2 moves over a table of 4×4 numbers, two at a time. The largest number "
        "in each of the four windows is written down: 9 7, 8 6.",
    ),
)

# %% [markdown]
# Pooling has no weights, and it treats each map separately, so the depth stays the same. A stack of
# 28×28×6 becomes 14×14×6.
# <!-- A4.10 -->

# %%
print(F.max_pool(jnp.zeros((28, 28, 6)), (2, 2)).shape)

# %% [markdown]
# What is pooling good for? The layers after the pooling have a quarter of the work, and their
# filters see twice as far. Also, the exact place of a feature matters less: a feature that moves by
# one pixel often stays in the same window.
#
# Windows may also overlap, or reach over the edge into **padding**. For max-pooling, the padding
# counts as minus infinity, so that a padded position is never chosen as the maximum of a window. A
# padding of 0 would be larger than every negative number:
# <!-- A4.11 -->

# %%
negative = -table
print(F.max_pool(negative, (3, 3), strides=2, padding=1)[..., 0])

# %% [markdown]
# ## Pool first, or ReLU first?
#
# Some guides give the order "convolution, pooling, ReLU", and others "convolution, ReLU, pooling".
# For max-pooling, the two orders give the same result, since the largest number stays the largest
# when negative numbers become 0. With pooling first, ReLU has only a quarter of the work. For
# average pooling, the order matters: negative numbers that ReLU has not removed yet pull the mean
# down.
# <!-- A4.12 -->

# %%
mixed = jnp.array([[-4.0, 2], [-1, 3]])[..., None]
for name, pool in {"max": F.max_pool, "average": F.avg_pool}.items():
    relu_first, pool_first = pool(F.relu(mixed), (2, 2)), F.relu(pool(mixed, (2, 2)))
    print(f"{name:7} ReLU first {relu_first.item():.2f}, pooling first {pool_first.item():.2f}")

# %% [markdown]
# ## Flattening: rows end to end
#
# The last layers of a network take a list. **Flattening** puts the rows of a map end to end:
# <!-- A4.14 -->

# %%
small = np.array([[1, 1, 0], [4, 2, 1], [0, 2, 1]])
print(small.reshape(-1))

# %% [markdown]
# ## 1×1 convolutions
#
# What can a filter see if it is only one pixel wide? At each position, the filter sees one number
# of each map. It multiplies each of these numbers by a weight, and adds up the products. So a 1×1
# convolution is the same small dense layer at every pixel. It mixes maps, and can make many maps
# out of few, or few maps out of many. Here, 192 maps become 16:
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
# Some guides say that a 1×1 convolution "suffers less overfitting due to small kernel size". A
# layer with a ninth of the weights can indeed memorize less. But the reason is the number of
# weights, and not the size of the kernel: a 1×1 filter over 1,728 maps has as many weights as a 3×3
# filter over 192 maps.

# %% [markdown]
# ## A network has two halves
#
# Convolutions, activations and pooling find features. The flattening and all layers after it turn
# these features into scores. The first half is called the **backbone**, and the second half the **head**.
# Each half can be used separately.
# <!-- A4.16 -->

# %%
net = jaxcnn.models.lenet5()
print("features:", [type(layer).__name__ for layer in jaxcnn.backbone(net).layers])
print("head:    ", [type(layer).__name__ for layer in jaxcnn.head(net).layers])

# %% [markdown]
# ## A smile in five steps
#
# Now we apply all these steps to the smallest face. We choose the weights ourselves, so that the
# network tells a smile from a frown. Both mouths have corners. The corners of a smile point up, `\`
# on the left and `/` on the right. The corners of a frown point down, `/` on the left and `\` on
# the right.
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
        ["smile", "frown", "filter 1: \\", "filter 2: /"],
        title="Two faces and two filters",
        caption="In the faces, white is 1 and black is 0; in the filters, white is 1 and black is -1.",
    ),
    "04_faces",
    alt="A smile and a frown of 7×7 pixels, and two filters of 2×2: a stroke down to the right "
    "and a stroke down to the left.",
)

# %% [markdown]
# **Step 1: convolution** with the two filters, from 7×7 to 6×6×2. **Then the activation**: negative
# numbers become 0. (Some guides count the activation as a separate step, and others as a part of
# the convolution. Only the order matters.) Here are the two maps, side by side:

# %%


def show_maps(maps):
    for rows in np.asarray(maps, int):
        print("    ".join(" ".join(map(str, row)) for row in rows.T))


found = F.relu(F.conv(smile, kernel, padding="VALID"))
show_maps(found)

# %% [markdown]
# The two 2s in the second row from the bottom are the corners of the mouth. **Step 2: pooling**, to
# 3×3×2:

# %%
pooled = F.max_pool(found, (2, 2))
show_maps(pooled)

# %% [markdown]
# **Step 3: flattening** gives 18 numbers: position by position, with both features at each
# position.

# %%
flat = pooled.reshape(-1)
print(flat.astype(int))

# %% [markdown]
# **Step 4: full connection.** Each class has a weight for each of the 18 numbers. Our weights are 1
# for the strokes that the class should have in the bottom corners, and 0 for everything else.

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
