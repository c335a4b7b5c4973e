# %% [markdown]
# # From scores to probabilities, and to a loss
#
# The last layer of a classifier gives one number per class, the **score** of the class. The higher
# the score, the more the network favors the class. This page turns scores into probabilities, in
# two ways. Then it turns the probabilities into a single number that says how wrong they are.
# Training tries to lower this number.
#
# Our example is a picture of traffic, for which a network gives these four scores:

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
# Scores can be any numbers. They are also called **logits**. The sigmoid, 1 / (1 + e⁻ˣ), squeezes
# each score into the range from 0 to 1, whatever the other scores are. So the sigmoid answers four
# separate questions: is there a bus? is there a car? and so on.
#
# <!-- A4.3 A4.6 -->

# %%
alone = F.sigmoid(scores)
print(f"{numbers(alone, 6)}; sum {alone.sum():.4f}")
print("above one half:", [name for name, p in zip(names, alone, strict=True) if p > 0.5])

# %% [markdown]
# According to the network, the picture shows a car and a train. This is a **multilabel** answer:
# none, one or several of the classes may be right. The four probabilities do not add up to 1, and
# need not. (Some guides give .37, .77, .48, .91 for this example, because they cut off the first
# and the last number instead of rounding. Rounded, the probabilities are .38, .77, .48, .92.)
#
# ## All scores together: the softmax
#
# If exactly one class is right, the task is **multiclass**, and the sum of the probabilities should
# be 1. The softmax raises e to the power of each score, and divides each result by the sum of all
# results.
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
        title="Four scores, and two ways to turn them into probabilities",
        caption="Sigmoid: each class is judged by itself, so two can be likely. "
        "Softmax: they share a total of 1.",
    ),
    "05_scores",
    alt="Bars of four scores; of their sigmoids, where car and train are above one half; and of "
    "their softmax, where train has most of the total.",
)

# %% [markdown]
# (Some guides give .04, .21, .05, .70 for this example, but the third number should be .06. The
# rounded numbers then add up to 1.01. This can happen when numbers are rounded.)
#
# The sigmoid and the softmax behave differently when one score rises. Below, the car's score goes
# up by 1:

# %%
raised = scores.at[1].add(1.0)
print("sigmoid changes by", numbers(F.sigmoid(raised) - alone))
print("softmax changes by", numbers(F.softmax(raised) - together))

# %% [markdown]
# With the sigmoid, the other three probabilities stay the same. With the softmax, the other three
# probabilities all go down, *together* by as much as the car's probability goes up, so that the sum
# stays 1.
#
# Very large scores do no harm, because the library first subtracts the largest score from all
# scores. The subtraction does not change the result. A score of −∞ rules a class out: the
# probability of the class is 0.

# %%
print(numbers(F.softmax(jnp.array([1e4, 1e4, -1e4, -jnp.inf]))))

# %% [markdown]
# <!-- A4.7 -->
# Here is a quiz: sigmoid, tanh (a sigmoid stretched to the range from −1 to 1), ReLU. Which of
# these three functions should come last in a network that is trained as a classifier? None of the
# three. Only the sigmoid gives probabilities, and the loss applies the sigmoid already. With tanh,
# no score could be above 1 or below −1. ReLU is the worst choice: it turns every score below 0 into
# 0, so that the classes with such scores look alike, and the gradient of their scores is 0. So let
# a network end with plain scores, and leave the rest to the loss. If you forget this, the library
# warns you:

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    ends_in_relu = jaxcnn.Sequential([jaxcnn.Dense(4), jaxcnn.Activation("relu")])
    jaxcnn.build(ends_in_relu, (3,), rngs=nnx.Rngs(0))
print(caught[0].message)

# %% [markdown]
# ## An answer, and how sure it is
#
# A network's answer is the class with the largest probability. The classes that come next say what
# else the picture may show. The **entropy** of the probabilities, −Σ p ln p, measures how undecided
# the network is. The entropy is 0 if one class has all the probability, and ln 10 = 2.302585 if ten
# classes are equally likely. With natural logarithms, the unit of entropies and losses is the
# **nat**. With logarithms of base 2, it is the bit (1 nat is 1.44 bits).
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
# To learn, a network needs to know how wrong it was. The right answer is also written as a list of
# numbers: 1 for the right class and 0 for all others (**one-hot**). A **loss** compares the
# probabilities with this list. The simplest loss is the squared difference.
#
# <!-- A6.5 A6.6 A6.7 -->

# %%
three = F.one_hot(3, 10)
print("one-hot:", three.astype(int).tolist())
for name, guess in {"knows nothing": jnp.full(10, 0.1), "rather sure": digit}.items():
    half, mean = F.half_squared_error(guess, three).sum(), F.mean_squared_error(guess, three)
    print(f"{name}: half the sum {half:.4f}, mean {mean:.4f}")

# %% [markdown]
# The factor one half cancels the 2 in the derivative. Half the sum and the mean differ only by a
# constant factor. The plain difference, guess − label, is called the **residual**. The residual can
# be negative, so it is not a loss: errors in opposite directions would cancel.
#
# ## How wrong: cross-entropy
#
# The usual loss depends only on p, the probability of the right class: it is **−ln p**. If the
# network is certain and right, the loss is 0. If the network is certain and wrong, the loss can be
# as large as you like.
#
# <!-- A6.1 A6.2 A6.4 A6.9 -->

# %%
for name, p in {".80 for cat": 0.80, ".75 for 3": 0.75, "one of ten, unknown": 0.1}.items():
    print(f"{name}: {-np.log(p):.6f}")

cross_entropy = F.softmax_cross_entropy_with_integer_labels
for label, name in enumerate(names):
    print(f"if it was a {name:<5}: {cross_entropy(scores, label):.6f}")

# %% [markdown]
# The third line is worth remembering: an untrained network for ten classes should start with a loss
# near ln 10 = 2.302585. If the first loss is far from this value, something is wrong before
# training has even begun.
#
# The function takes scores, not probabilities. So the loss stays exact even if a probability is too
# small for the computer to represent. The gradient of the loss is simply the residual from above:
# the probabilities minus the one-hot label.

# %%
print(numbers(jax.grad(cross_entropy)(scores, 1), 6))
print(numbers(together - F.one_hot(1, 4), 6))

# %% [markdown]
# ## One loss for each label: binary cross-entropy
#
# If each class has its own sigmoid, each class also has its own loss: −ln p if its label is 1, and
# −ln (1 − p) if its label is 0. In one formula, with y for the label, this is
# −[y ln p + (1 − y) ln (1 − p)]. (The minus sign applies to both terms. Some guides put the minus
# sign before the first term only. Their loss would reward wrong answers if the label is 0.)
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
        x_label="predicted probability of the right class",
        y_label="loss",
        title="Being certain and wrong is expensive",
        caption="Toward the left, where mistakes are worst, cross-entropy rises without limit. "
        "Half the squared error stays below one half.",
    ),
    "05_losses",
    alt="Two losses over the probability of the right class: toward 0, cross-entropy rises "
    "steeply, and half the squared error stays below one half.",
)

# %% [markdown]
# ## What cross-entropy is
#
# Some guides describe cross-entropy as "the difference of the randomness between two random
# variables". But cross-entropy is not a difference: it is an average loss. Imagine many digits that
# are as hard to read as the digit above: of 100 such digits, 75 turn out to be a 3, 10 a 1, and so
# on. These shares are p. You give the same probabilities q for every picture. Each time you pay −ln
# of the probability that you gave to the right digit. On average you pay −Σ p ln q: this is the
# **cross-entropy** H(p, q). The cross-entropy is lowest if your q equals p. Even then you pay the
# entropy H(p), because nobody can read these digits with certainty. If q is not p, you pay more
# than the entropy. The difference between the cross-entropy and the entropy is the
# **Kullback–Leibler divergence**, KL(p‖q) = H(p, q) − H(p). Below, you know nothing, and give each
# of the ten digits a probability of one tenth:
#
# <!-- A6.9b A6.9 -->

# %%
uniform = jnp.full(10, 0.1)
divergence = F.kl_divergence(jnp.log(uniform), digit)
print(f"H(digit) + KL(digit‖uniform) = {F.entropy(digit):.6f} + {divergence:.6f}")
print(f"H(digit, uniform) = {F.softmax_cross_entropy(jnp.log(uniform), digit):.6f}")
print(f"KL(one-hot‖uniform) = {F.kl_divergence(jnp.log(uniform), three):.6f}")

# %% [markdown]
# A one-hot label has an entropy of 0, so its cross-entropy equals its divergence.
#
# **Label smoothing** takes a share of the label, say a tenth, and spreads it evenly over all
# classes. Without label smoothing, a higher score for the right class always lowers the loss. With
# label smoothing, the loss is lowest if the probabilities equal the smoothed label, and cannot fall
# below the entropy of this label.

# %%
print(f"train, smoothed: {cross_entropy(scores, 3, label_smoothing=0.1):.6f}")
soft = 0.9 * F.one_hot(3, 4) + 0.1 / 4
print(f"the label: {numbers(soft)}; its entropy: {F.entropy(soft):.6f}")

# %% [markdown]
# ## Enough is enough: the hinge
#
# The hinge loss is 0 once the score of the right class is at least 1 above all others. Its formula
# is max(0, 1 − lead), where the lead is the score of the right class minus the highest other score.
# Support vector machines are trained with this loss.

# %%
for label in (3, 1):
    print(f"{names[label]}: {F.multiclass_hinge_loss(scores, label):.1f}")

# %% [markdown]
# The train leads by 1.2, so the loss is 0. If the right class were the car, the car's lead would be
# 1.2 − 2.4 = −1.2, and the loss would be 1 + 1.2 = 2.2.
#
# ## Which one to take
#
# | the question | last layer | loss |
# |---|---|---|
# | one class of several | one score per class | `softmax_cross_entropy_with_integer_labels` |
# | the same, but each label is spread over several classes (by smoothing, or by mixup, which blends two images and their labels) | one score per class | `softmax_cross_entropy` |
# | several labels at once, or none | one score per label | `sigmoid_binary_cross_entropy` |
# | one class of several, and only its lead counts | one score per class | `multiclass_hinge_loss` |
# | a number, not a class | one number | `mean_squared_error` |
#
# Next: [one training step by hand](06_one_training_step.md).
