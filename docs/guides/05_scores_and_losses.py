# %% [markdown]
# # From scores to probabilities, and to a loss
#
# A network for classes ends in one number a class: the higher, the more it speaks for the class.
# This page turns such scores into probabilities, in the two ways that there are, and then into a
# single number that says how wrong they are. Training does nothing but lower that number.

# %%
import warnings

import jax
import jax.numpy as jnp
import numpy as np
from drawing import bars, lines, numbers
from flax import nnx
from page import show

import jaxcnn
from jaxcnn import functional as F

names = ["bus", "car", "truck", "train"]
scores = jnp.array([-0.5, 1.2, -0.1, 2.4])

# %% [markdown]
# ## Each score by itself: the sigmoid
#
# Scores may be any numbers, and are called **logits**. The sigmoid, 1 / (1 + e⁻ˣ), presses each
# between 0 and 1, whatever the others are. So it answers four questions at once: is there a bus? is
# there a car? ...
#
# <!-- A4.3 A4.6 -->

# %%
alone = F.sigmoid(scores)
print(f"{numbers(alone, 6)}; sum {alone.sum():.4f}")
print("above one half:", [name for name, p in zip(names, alone, strict=True) if p > 0.5])

# %% [markdown]
# The picture shows a car and a train. That is a **multilabel** answer: none, one or several classes
# may be right. The four do not add up to 1, and need not. (You may read .37, .77, .48, .91 for
# them: the first and the last of these are cut off, the others rounded. Rounded they are .38, .77,
# .48, .92.)
#
# ## All scores together: the softmax
#
# If exactly one class is right, the answer is **multiclass**, and the probabilities should share
# one whole. The softmax gives each class e to the power of its score, and divides by the sum of
# these.
#
# <!-- A4.4 A4.5 -->

# %%
together = F.softmax(scores)
print(f"{numbers(together, 6)}; sum {together.sum():.4f}")
print("the class:", names[int(together.argmax())])

show(
    bars(
        {"scores (logits)": scores, "sigmoid": alone, "softmax": together},
        names,
        title="The same scores, as two kinds of probabilities",
        caption="Sigmoid: each class by itself, so two can be likely. Softmax: one whole that "
        "the classes share, so one wins.",
    ),
    "05_scores",
    alt="Bars of four scores, of their sigmoids, of which car and train are above one half, and "
    "of their softmax, where train has most of the whole.",
)

# %% [markdown]
# (You may see .04, .21, .05, .70. The third is .06; with it the rounded numbers add up to 1.01, as
# rounded numbers may.)
#
# What happens when one score rises tells the two apart. Below, the car's score goes up by 1:

# %%
raised = scores.at[1].add(1.0)
print("sigmoid changes by", numbers(F.sigmoid(raised) - alone))
print("softmax changes by", numbers(F.softmax(raised) - together))

# %% [markdown]
# The sigmoids of the others stay. In the softmax the others go down, all of them *together* by as
# much as the car goes up: the sum stays 1. Very large scores are no danger, since the library
# subtracts the largest first, which changes nothing; and a score of −∞ takes a class out.

# %%
print(numbers(F.softmax(jnp.array([1e4, 1e4, -1e4, -jnp.inf]))))

# %% [markdown]
# <!-- A4.7 -->
# A quiz asks which of sigmoid, tanh (a sigmoid stretched to go from −1 to 1) and ReLU cannot come
# last in a classifier. It is ReLU: it has no upper end, so it is no probability, and as a score it
# is no better: below 0 all classes would look alike, and their gradient would be 0. End in plain
# scores, and leave the rest to the loss. Whoever forgets is told:

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    ends_in_relu = jaxcnn.Sequential([jaxcnn.Dense(4), jaxcnn.Activation("relu")])
    jaxcnn.build(ends_in_relu, (3,), rngs=nnx.Rngs(0))
print(caught[0].message)

# %% [markdown]
# ## An answer, and how sure it is
#
# A network's answer is the class of the largest probability; the runners-up say what else it may
# be. The **entropy** of the probabilities, −Σ p ln p, says how open the question is: 0 if one class
# has everything, ln 10 = 2.302585 if ten classes are equally likely. Entropies and losses that are
# made of natural logarithms are counted in **nat**, as those of base 2 are in bits (1 nat is 1.44
# bits).
#
# <!-- A6.1 A6.2 A6.3 A6.4 A1.11 -->

# %%
print("guesses for the picture above:", [names[c] for c in F.top_k(together, 4)[1]])
digit = jnp.array([0, 0.1, 0.1, 0.75, 0, 0, 0, 0, 0, 0.05])
probabilities, classes = F.top_k(digit, 4)
ranked = zip(classes, probabilities, strict=True)
print("guesses for a digit:", [f"{c}: {p:.2f}" for c, p in ranked])
print(f"entropy of these: {F.entropy(digit):.6f} nat")
print(f"of a network that knows nothing: {F.entropy(jnp.full(10, 0.1)):.6f}")
print(f"of a rabbit that may be a duck, .5 and .5: {F.entropy(jnp.array([0.5, 0.5])):.6f}")

# %% [markdown]
# ## How wrong: squared error
#
# To learn, a network must be told how wrong it was. The right answer is written as a vector, too, 1
# for the class and 0 elsewhere (**one-hot**), and a **loss** compares the two. The first that comes
# to mind is the squared difference.
#
# <!-- A6.5 A6.6 A6.7 -->

# %%
three = F.one_hot(3, 10)
print("one-hot:", three.astype(int).tolist())
for name, guess in {"knows nothing": jnp.full(10, 0.1), "rather sure": digit}.items():
    half, mean = F.half_squared_error(guess, three).sum(), F.mean_squared_error(guess, three)
    print(f"{name}: half the sum {half:.4f}, mean {mean:.4f}")

# %% [markdown]
# The half is there because it cancels the 2 of the derivative; with it or as a mean, it is the same
# loss but for a factor. The plain difference, guess − label, is called the residual. It has a sign,
# so it is no loss: errors to both sides would cancel.
#
# ## How wrong: cross-entropy
#
# The usual loss looks at the probability of the right class alone: **−ln p**. Certain and right
# costs 0, and the price of being sure and wrong has no upper end.
#
# <!-- A6.1 A6.2 A6.4 A6.9 -->

# %%
for name, p in {".80 for cat": 0.80, ".75 for 3": 0.75, "one of ten, unknown": 0.1}.items():
    print(f"{name}: {-np.log(p):.6f}")

cross_entropy = F.softmax_cross_entropy_with_integer_labels
for label, name in enumerate(names):
    print(f"if it was a {name:<5}: {cross_entropy(scores, label):.6f}")

# %% [markdown]
# The last of the first three is worth remembering: an untrained network for ten classes should
# begin near ln 10 = 2.302585, and if it does not, something is wrong before training has begun.
#
# The function takes scores, not probabilities, so that nothing is lost where a probability is too
# small to be written. Its gradient is as simple as can be: probabilities minus one-hot label, the
# residual from above.

# %%
print(numbers(jax.grad(cross_entropy)(scores, 1), 6))
print(numbers(together - F.one_hot(1, 4), 6))

# %% [markdown]
# ## One loss for each label: binary cross-entropy
#
# Where each class has a sigmoid of its own, each has a loss of its own: −ln p if the label is 1,
# −ln (1 − p) if it is 0. As one formula: −[y ln p + (1 − y) ln (1 − p)]. (The minus sign belongs
# before both terms; you may see it before the first alone, which would reward wrong answers to
# labels of 0.)
#
# <!-- A6.8 -->

# %%
print(f"p = .011, label 1: {F.binary_cross_entropy(jnp.array(0.011), 1):.6f}")
print(f"p = 1, label 1: {F.binary_cross_entropy(jnp.array(1.0), 1):.6f}")
print("p = 0, label 1 is finite:", bool(jnp.isfinite(F.binary_cross_entropy(jnp.array(0.0), 1))))

p = np.linspace(0.005, 1, 200)
show(
    lines(
        p,
        {"cross-entropy, −ln p": -np.log(p), "half squared error, (1 − p)² / 2": (1 - p) ** 2 / 2},
        x_label="probability of the right class",
        y_label="loss",
        title="Being sure and wrong is expensive",
        caption="Cross-entropy climbs without end towards the left; squared error stops at a "
        "half, so that from a bad mistake there is little to learn.",
    ),
    "05_losses",
    alt="Two losses over the probability of the right class: cross-entropy rises steeply towards "
    "0, half the squared error stays below one half.",
)

# %% [markdown]
# ## What cross-entropy is
#
# You may read that cross-entropy is "the difference of the randomness between two random
# variables". It is not a difference; it is a mean loss. Take many digits as hard to read as the one
# above: 75 of 100 are a 3, 10 a 1, and so on. These shares are p. You give probabilities q, always
# the same, and pay −ln q of the right answer each time. On average you pay −Σ p ln q: that is the
# **cross-entropy** H(p, q). It is lowest if your q is p, and even then you pay H(p), the entropy,
# as the digits are hard to read for anybody. What you pay on top, because q is not p, is the
# **Kullback–Leibler divergence**, and *that* is the difference: H(p, q) = H(p) + KL(p‖q). Here you
# know nothing, and say one tenth for each:
#
# <!-- A6.9b A6.9 -->

# %%
uniform = jnp.full(10, 0.1)
divergence = F.kl_divergence(jnp.log(uniform), digit)
print(f"H(digit) + KL(digit‖uniform) = {F.entropy(digit):.6f} + {divergence:.6f}")
print(f"H(digit, uniform) = {F.softmax_cross_entropy(jnp.log(uniform), digit):.6f}")
print(f"KL(one-hot‖uniform) = {F.kl_divergence(jnp.log(uniform), three):.6f}")

# %% [markdown]
# A one-hot label has no entropy, so that for it cross-entropy and divergence are the same number.
#
# **Label smoothing** takes a share of the label, say a tenth, and spreads it over all classes. Then
# no finite score is ever high enough to want to be higher; and the loss cannot fall below the
# entropy that the label has itself.

# %%
print(f"train, smoothed: {cross_entropy(scores, 3, label_smoothing=0.1):.6f}")
soft = 0.9 * F.one_hot(3, 4) + 0.1 / 4
print(f"the label: {numbers(soft)}; its entropy: {F.entropy(soft):.6f}")

# %% [markdown]
# ## Enough is enough: the hinge
#
# The hinge loss wants the right class to lead by 1, and asks for no more: max(0, 1 − lead). Support
# vector machines are trained by it.

# %%
for label in (3, 1):
    print(f"{names[label]}: {F.multiclass_hinge_loss(scores, label):.1f}")

# %% [markdown]
# The train leads by 1.2: nothing to pay. Were it the car, its lead would be 1.2 − 2.4 = −1.2, and
# the price 1 + 1.2.
#
# ## Which one to take
#
# | the question | last layer | loss |
# |---|---|---|
# | one class of several | a score a class | `softmax_cross_entropy_with_integer_labels` |
# | the same, with labels that are shared (smoothing; mixup, which blends two images and their labels) | a score a class | `softmax_cross_entropy` |
# | several labels at once, or none | a score a label | `sigmoid_binary_cross_entropy` |
# | only the lead counts | a score a class | `multiclass_hinge_loss` |
# | a number, not a class | a number | `mean_squared_error` |
#
# Next: [one training step by hand](06_one_training_step.md).
