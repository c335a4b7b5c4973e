# %% [markdown]
# # One training step, by hand
#
# A network learns in four steps: **forward**, compute its scores; **loss**, measure in one number
# how wrong they are; **backward**, find how the loss would change with each weight; **update**,
# move each weight a little so that the loss falls. This page takes one training step on a network
# so small that every number can be checked. Then it shows what happens when there are many steps
# and many layers.

# %%
import jax
import jax.numpy as jnp
import numpy as np
from drawing import descents, numbers, table, valley
from flax import nnx
from page import show

import jaxcnn
from jaxcnn import explain, inference, training
from jaxcnn import functional as F

cross_entropy = F.softmax_cross_entropy_with_integer_labels

# %% [markdown]
# ## Forward
#
# The image is a seven of 3×3 pixels. A 2×2 filter slides over the image, ReLU sets negative numbers
# to 0, and a dense layer turns the result into two scores: one for "one", and one for "seven".
#
# <!-- A6.10 -->

# %%
image = jnp.array([[1.0, 1, 1], [0, 0, 1], [0, 1, 0]])
weights = {
    "filter": jnp.array([[1.0, -1], [-1, 1]]),
    "bias": jnp.array([0.5]),
    "dense": jnp.array([[0.2, 0.4], [0.6, -0.2], [-0.2, 0.2], [0.8, -0.6]]),
}


@jax.jit
def forward(weights):
    kernel = weights["filter"][:, :, None, None]
    found = F.conv(image[:, :, None], kernel, bias=weights["bias"], padding="VALID")
    hidden = F.relu(found).reshape(-1)
    return found.reshape(-1), hidden, hidden @ weights["dense"]


found, hidden, scores = forward(weights)
print("the filter finds:", numbers(found, 1))
print("after ReLU:      ", numbers(hidden, 1))
print("scores:          ", numbers(scores, 1))
print("probabilities:   ", numbers(F.softmax(scores), 6))

# %% [markdown]
# Here is the score of "seven" by hand: .5 · .4 − 1.5 · .2 + 1.5 · .2 − 0 · .6 = .2. The network
# gives "one" a probability of .62 and "seven" a probability of .38. So it says "one", and is wrong.
#
# ## Loss
#
# The loss is −ln p, where p is the probability of the right class:

# %%
seven = 1
print(f"−ln {F.softmax(scores)[seven]:.6f} = {cross_entropy(scores, seven):.6f}")

# %% [markdown]
# ## Backward
#
# Go back through the same steps. At each step, multiply two derivatives: the derivative of the loss
# with respect to the step's output, and the derivative of this output with respect to the step's
# input. This is the chain rule. Backpropagation is nothing else.

# %%
# Cross-entropy: predicted probabilities minus the true ones.
at_scores = F.softmax(scores) - F.one_hot(seven, 2)
at_dense = jnp.outer(hidden, at_scores)  # a score is a sum of weight times input
at_hidden = weights["dense"] @ at_scores
at_found = at_hidden * (found > 0)  # ReLU lets through where it was above 0
patches = jnp.stack([image[r : r + 2, c : c + 2] for r in (0, 1) for c in (0, 1)])
# The weights are shared, so the gradients of all positions are added.
at_filter = jnp.tensordot(at_found, patches, 1)
by_hand = {"filter": at_filter, "bias": at_found.sum()[None], "dense": at_dense}

print("at the scores:   ", numbers(at_scores, 6))
print("after ReLU:      ", numbers(at_hidden, 6))
print("before ReLU:     ", numbers(at_found, 6))
print("at the filter:   ", numbers(at_filter, 6))

# %% [markdown]
# At the fourth position, the output of ReLU was 0. So no gradient goes back through this position,
# and the four pixels there teach the filter nothing. For a real network, nobody writes the backward
# pass by hand: `jax.grad` derives it from `forward`. To check both results, move one weight a
# little up and a little down, and see how the loss changes (**finite differences**).


# %%
@jax.jit
def loss(weights):
    return cross_entropy(forward(weights)[-1], seven)


gradient = jax.grad(loss)(weights)


def tried(name, place, little=1e-2):
    up, down = ({**weights, name: weights[name].at[place].add(by)} for by in (little, -little))
    return (loss(up) - loss(down)) / (2 * little)


rows = []
for name, place in [("filter", (0, 0)), ("filter", (1, 1)), ("bias", (0,)), ("dense", (1, 0))]:
    slopes = by_hand[name][place], gradient[name][place], tried(name, place)
    rows.append([f"{name}{list(place)}", *(f"{slope:.4f}" for slope in slopes)])
print(table(rows, heads=["weight", "by hand", "jax.grad", "tried"]))

# %% [markdown]
# ## Update
#
# Each gradient points to where the loss grows, so each weight moves in the opposite direction: it
# becomes **w − η · dL/dw**. η is the learning rate, here one half.
#
# <!-- A6.11 -->

# %%
rate = 0.5
updated = jax.tree.map(lambda w, g: w - rate * g, weights, gradient)
print("the filter:      ", numbers(updated["filter"], 6))
print("probabilities:   ", numbers(F.softmax(forward(updated)[-1]), 6))
print(f"the loss:         {loss(updated):.6f}, it was {loss(weights):.6f}")

# %% [markdown]
# Now the network says "seven". That was one step of **gradient descent**. In the library, gradient
# descent is `optax.sgd(0.5)`. A test checks that this optimizer gives the formula's result, bit for
# bit.
#
# ## The learning rate
#
# How large should η be? Take a loss in the form of a bowl, a/2 · w². A step multiplies w by 1 − ηa.
# For η below 1/a, w goes straight towards 0. For η between 1/a and 2/a, w jumps from side to side,
# and the loss is lower after each jump. For η above 2/a, the loss is higher after each jump:
# training **diverges**.
#
# <!-- A6.12 -->

# %%
curvature = 2.0
bowl = np.linspace(-2.2, 2.2, 100)
paths = {}
for rate in (0.1, 0.45, 0.9, 1.05):
    w = (1 - rate * curvature) ** np.arange(9)
    side = "above" if rate > 2 / curvature else "below"
    paths[f"η = {rate}, {side} 2/a"] = (w, curvature / 2 * w**2)
    print(f"η = {rate}: w after 8 steps is {w[-1]:.4f}")
show(
    descents(
        (bowl, curvature / 2 * bowl**2),
        paths,
        title="The same bowl (a = 2) at four learning rates",
        caption="Eight steps each, from the ring. η = 0.1: slowly down. 0.45: down at once. 0.9: from "
        "side to side, lower each time. 1.05: from side to side, higher each time.",
    ),
    "06_learning_rates",
    alt="Four ways down a parabola: small steps, one large step to the bottom, jumps from side "
    "to side that get lower, and jumps that climb out.",
)

# %% [markdown]
# The loss of a network is no bowl, but around a minimum it looks like a bowl. The limit for η comes
# from the direction in which the loss curves most. Nobody knows this limit beforehand, so we have
# to try: `learning_rate_range` trains a few steps at each of many rates.

# %%
digits = jaxcnn.data.digits()
linear = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
tried_rates = training.learning_rate_range(
    linear, digits.train, low=1e-3, high=10.0, rates=9, steps=20, devices=1, progress=False
)
lowest = min(tried_rates.losses)
print(f"loss at the start: {tried_rates.initial_loss:.1f}")
print(f"best learning rate: {tried_rates.best:.2f}; loss there after 20 steps: {lowest:.1f}")
print(f"suggested peak: {tried_rates.suggestion:.1f}")
show(
    explain.plot_learning_rate_range(tried_rates),
    "06_rate_range",
    alt="The loss after twenty steps at nine learning rates: it falls, is lowest between a tenth "
    "and one, and rises steeply for larger rates.",
)

# %% [markdown]
# The **suggested peak** is for a training in which the rate climbs and falls again, as on [page
# 8](08_training_and_looking_inside.md#the-network-and-training): the rate may climb up to this
# peak. To be on the safe side, the peak is half the largest rate that still trained nearly as well
# as the best rate. If the rate does not change during a training, take the best rate.
#
# ## A batch instead of everything
#
# The loss that training minimizes is the mean over all training images. The gradient of this mean
# needs all images for one step. **Stochastic** gradient descent takes a few images at a time, a
# **batch**. The gradient is then right only on average, but a step costs only a fraction of the
# time. One step on one batch is an **iteration**. The iterations that use all images once are an
# **epoch**. (Some guides speak of "a fixed number of iterations for each batch". That is wrong:
# each batch is used once, and in the next epoch the images are mixed into other batches.)
#
# <!-- A6.13 A6.14 -->

# %%
generator = np.random.default_rng(0)
inputs = generator.normal(size=(200, 2)) @ np.array([[1.0, 0.6], [0.0, 0.5]])
targets = inputs @ np.array([1.0, -1.0]) + generator.normal(size=200)


def descend(batch_size, steps, rate=0.5):
    weights, path = np.array([-1.5, 1.5]), []
    for step in range(steps):
        path.append(weights)
        batch = (step * batch_size + np.arange(batch_size)) % len(inputs)
        residual = inputs[batch] @ weights - targets[batch]
        weights = weights - rate * residual @ inputs[batch] / batch_size
    return np.array([*path, weights])


whole, parts = descend(200, 40), descend(5, 40)
print("after 40 steps on all 200 examples:", numbers(whole[-1], 2), "- 8000 examples seen")
print("after 40 steps on 5 at a time:     ", numbers(parts[-1], 2), "- 200 examples seen")

axis = np.linspace(-2, 2, 60)
both = np.stack(np.meshgrid(axis, axis), axis=-1)
losses = ((both @ inputs.T - targets) ** 2).mean(axis=-1) / 2
show(
    valley(
        axis,
        axis,
        losses,
        {"all examples per step": whole, "five examples per step": parts},
        title="Two ways down the same valley",
        caption="Lines of equal loss over two weights; both begin at the ring. With all examples "
        "each step goes straight down the slope; with five it staggers, for a fortieth of the "
        "work.",
    ),
    "06_descent",
    alt="Two paths over the lines of equal loss of two weights: a smooth one and a staggering "
    "one, which end near each other at the bottom.",
)

# %% [markdown]
# In the library, `fit` counts steps and epochs. 1,437 images in batches of 128 are 11 steps per
# epoch. The 29 images left over are skipped. The next epoch draws a new order, and so skips other
# images. The same seed gives the same weights at the start and the same order of images. So on the
# same machine, the results are the same to the last bit.
#
# <!-- A6.14 A6.15 -->

# %%
log = jaxcnn.fit(linear, digits.train, epochs=2, devices=1, progress=False).history
print(f"{len(digits.train)} images; steps after each epoch:", [epoch["step"] for epoch in log])


def at_the_start(seed):
    module = jaxcnn.build(linear, digits.train.input_shape, rngs=nnx.Rngs(seed))
    return jax.tree.leaves(inference.functionalize(module)[1].params)


print(
    "same seed, same weights:",
    jax.tree.all(jax.tree.map(np.array_equal, *map(at_the_start, (0, 0)))),
)

# %% [markdown]
# ## Many layers: gradients that vanish
#
# Going back through an activation multiplies the gradient by the slope of the activation. The slope
# of the sigmoid is never above 1/4. So after ten layers with sigmoids, little of the gradient is
# left, and the first layers learn next to nothing. The slope of ReLU is either 0 or 1. Here are the
# gradients in a network of ten layers of 32 units and an output layer, once with ReLU and once with
# sigmoids:
#
# <!-- A8 A4.1b -->

# %%
pixels, labels = jnp.asarray(digits.train.images[:64], jnp.float32) / 255, digits.train.labels[:64]


def deep(activation, init="he_normal", depth=10):
    hidden = [jaxcnn.Dense(32, kernel_init=init), jaxcnn.Activation(activation)]
    return jaxcnn.Sequential(
        [jaxcnn.Flatten(), *hidden * depth, jaxcnn.Dense(10, kernel_init=init)]
    )


by_layer = {}
for name, activation in {"ReLU": "relu", "sigmoid": "sigmoid"}.items():
    model = jaxcnn.build(deep(activation), digits.train.input_shape, rngs=nnx.Rngs(0))
    by_layer[name] = explain.gradient_norms(model, pixels, labels)
    first, *_, last = by_layer[name].values()
    print(f"{name:<8} gradient of the first layer {first:.1g}, of the last {last:.1g}")
show(
    explain.plot_gradient_norms(by_layer, title="Gradients in a network of eleven layers"),
    "06_vanishing",
    alt="Gradient norms over eleven layers on a logarithmic scale: nearly level with ReLU, "
    "falling by many powers of ten towards the image with sigmoids.",
)

# %% [markdown]
# ReLU is no cure-all. Some guides say that ReLU "keeps values from getting stuck near 0 or blowing
# up". ReLU does neither. Below 0 its slope is 0, so a unit whose input stays below 0 is stuck for
# good. Above 0 nothing limits its output. The sizes of numbers are limited by two other things: the
# weights at the start, and batch norm.
#
# ## Where weights begin
#
# Weights must not begin at zero. If all weights are zero, all units of a layer output 0, ReLU
# passes no gradient back, and the weights stay zero. So weights begin at random. How large should
# they be? A layer adds up as many products as it has inputs (its fan-in), so the weights should be
# smaller if there are more inputs. There are several rules for the variance of the weights. LeCun's
# rule is 1/fan-in, which keeps the outputs as large as the inputs. Glorot's rule is 2/(fan-in +
# fan-out), a compromise between the forward and the backward pass. He's rule is 2/fan-in, because
# ReLU removes half of the numbers. A fourth rule takes random orthogonal matrices; if such a matrix
# is square, it keeps the length of every vector. Here is the size of the numbers in a network of
# ten layers with ReLU:

# %%
rows = []
for init in ("he_normal", "glorot_normal", "lecun_normal", "orthogonal", "zeros"):
    module = jaxcnn.build(deep("relu", init), digits.train.input_shape, rngs=nnx.Rngs(0))
    outputs = explain.feature_maps(module, pixels, ["2", "10", "20"]).values()
    rows.append([init, *(f"{jnp.sqrt(jnp.mean(values**2)):.3f}" for values in outputs)])
print(table(rows, heads=["weights begin", "after 1 layer", "after 5", "after 10"]))

# %% [markdown]
# With He's rule, sizes stay of the same order. With the other rules, little is left after ten
# layers of ReLU. With zeros, the network never learns. jaxcnn's default is LeCun's rule, as in
# Flax; `kernel_init="he_normal"` chooses He's.
#
# ## Batch norm
#
# These rules hold at the start. Training then changes the weights, and so the sizes of the outputs.
# **Batch norm** is a layer that brings these sizes back at every step. It takes all the numbers
# that one channel has in a batch, over all images and positions, subtracts the mean of these
# numbers, and divides by their standard deviation. The results have mean 0 and variance 1. Then
# batch norm multiplies the results by a **scale** and adds a **shift**. Scale and shift are two
# weights per channel, which begin at 1 and 0. They are learned like all other weights, so the
# network can choose other sizes. Here is a channel with one number in each of four images:
#
# <!-- A8.7 -->

# %%
batch = jnp.array([[2.0], [4.0], [6.0], [8.0]])
mean, variance = batch.mean(), batch.var()
normal = (batch - mean) / jnp.sqrt(variance)
print(f"mean {mean:.0f}, variance {variance:.0f}")
print(f"by hand, 2 becomes (2 - 5) / √5 = {(2 - 5) / 5**0.5:.3f}")
print("all four:           ", numbers(normal))
print("scale 2, shift 1:   ", numbers(2 * normal + 1))

norm = jaxcnn.build(jaxcnn.BatchNorm(), (1,), rngs=nnx.Rngs(0))
assert isinstance(norm, nnx.BatchNorm)
norm.train()
print("the library's layer:", numbers(norm(batch)))

# %% [markdown]
# When the trained network is used (**evaluation**), there may be only one image. The answer for an
# image must not depend on the other images of its batch. So during training, the layer also keeps a
# **running** mean and a running variance of each channel. After each batch, the new running mean is
# nine tenths of the old one plus a tenth of the batch's mean, and likewise for the variance. After
# many batches, the running statistics are near the statistics of all images. In evaluation, the
# layer uses the running statistics instead of the batch's. With the batch's statistics, a single 2
# would be its own mean, and become 0:

# %%
print("after 1 batch: mean", numbers(norm.mean[...], 2))
for _ in range(99):
    norm(batch)
print("after 100: mean", numbers(norm.mean[...], 2), "and variance", numbers(norm.var[...], 2))
norm.eval()
print("a 2 alone, in evaluation:", numbers(norm(batch[:1])))
norm.train()
print("a 2 alone, in training:  ", numbers(norm(batch[:1])))

# %% [markdown]
# ## Few images, many weights
#
# Training lowers the loss on the training images. But what counts is the loss on other images. With
# few images and many weights, the loss on the training images says little about the loss on other
# images: the network learns its images by heart, it **overfits**. Here is one network, a single
# dense layer, trained for 300 steps on more and more digits:
#
# <!-- A6.19 A6.20 -->

# %%
everything = np.asarray(digits.train.images, np.float32).reshape(-1, 64) / 255
others = np.asarray(digits.test.images, np.float32).reshape(-1, 64) / 255


@jax.jit
def learn(inputs, labels):
    def mean_loss(weights):
        return cross_entropy(inputs @ weights, labels).mean()

    def step(_, weights):
        return weights - 0.5 * jax.grad(mean_loss)(weights)

    weights = jax.lax.fori_loop(0, 300, step, jnp.zeros((64, 10)))
    right_of_these = F.accuracy(inputs @ weights, labels)
    return right_of_these, F.accuracy(others @ weights, digits.test.labels)


rows = []
for count in (20, 100, 500, 1437):
    right = learn(everything[:count], digits.train.labels[:count])
    rows.append([count, *(f"{share:.1%}" for share in right)])
print(table(rows, heads=["images", "right of these", "right of 360 others"]))

# %% [markdown]
# More images help most. If there are no more images, four things help:
#
# - mirrored and moved copies;
# - small weights (**weight decay**);
# - **dropout**, which sets some numbers of a layer to 0, chosen at random in each training step, so
#   that the network cannot rely on any single number;
# - stopping early.
#
# Next: [counting parameters and receptive fields](07_counting.md).
