# %% [markdown]
# # Matching features
#
# Is it an X or an O? This page answers the question from the pixels, with three filters and a vote.
# Every number in between can be checked by hand. Where a widely read explanation of this example
# has a slip, we point out the slip.

# %%
import jax
import jax.numpy as jnp
import numpy as np
from page import show

import jaxcnn
from jaxcnn import data, explain
from jaxcnn import functional as F
from jaxcnn.data.sets.guide_images import guide_o, guide_x, naive_matcher

# %% [markdown]
# ## Two letters
#
# Here are an X and an O of 9×9 pixels. Ink is 1 and paper is -1, for a reason that we shall see.
# <!-- A3.7 -->

# %%
letter_x, letter_o = guide_x(), guide_o()
for row_x, row_o in zip(letter_x, letter_o, strict=True):
    print(*(f"{int(pixel):2}" for pixel in row_x), "    ", *(f"{int(pixel):2}" for pixel in row_o))
print(f"the X has ink on {(letter_x == 1).sum()} of its {letter_x.size} pixels")

# %% [markdown]
# ## Comparing whole pictures
#
# The first idea is to keep a clean X and a clean O, to compare a new picture with each of the two,
# pixel by pixel, and to choose the nearer letter. Many guides say that such a comparison fails for
# letters that are moved, shrunken, turned or bent. For each change, let us see how many of 400
# letters are recognized correctly:
# <!-- A3.18 -->

# %%
still = {"shift": 0.0, "scale": 1.0, "rotate": 0.0, "deform": 0.0, "noise": 0.0}
changes = {
    "clean": still,
    "shifted": still | {"shift": 0.15},
    "shrunken": still | {"scale": 0.5},
    "turned": still | {"rotate": 30.0},
    "bent": still | {"deform": 0.1},
    "all of these, and noise": {},
}
samples = []
for name, options in changes.items():
    letters = data.x_or_o(n_train=2, n_test=400, **options).test
    samples.append(letters.images[3])
    right = naive_matcher(letters.images, data.x_or_o_templates()) == letters.labels
    print(f"{name:24} {right.mean():4.0%}")
show(
    explain.plot_images(
        samples,
        ["clean", "shifted", "shrunken", "turned", "bent", "all"],
        title="The letters that are to be told apart",
        caption="The templates are clean, large and in the middle.",
    ),
    "03_letters",
    alt="The same letter six times: clean, moved, small, turned, bent, and all of it with noise.",
)

# %% [markdown]
# A small turn or bend does no harm, as most pixels still fall on the matching pixels of the
# template. Once a letter is moved or shrunken, its pixels fall on other pixels of the template.
# With all four changes and noise together, the comparison is little better than guessing. (Guessing
# is right half of the time.) So we look not for a whole X, but for the parts of an X, wherever they
# are.


# %% [markdown]
# ## Three features
#
# Every X, moved or not, has strokes down to the right, strokes down to the left, and a crossing. We
# make one filter of 3×3 pixels for each of these three features:

# %%
diagonal = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float32)
cross = np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]], np.float32)
anti_diagonal = diagonal[:, ::-1].copy()
features = np.stack([diagonal, cross, anti_diagonal], axis=-1)[:, :, None]
names = ["diagonal", "cross", "anti-diagonal"]
print(features.shape)
show(
    explain.plot_images(
        [
            (image[..., None] + 1) / 2
            for image in (letter_x, letter_o, diagonal, cross, anti_diagonal)
        ],
        ["X", "O", *names],
        title="Two letters and three features",
        caption="Each feature is a part of the X. White is 1 and black is -1.",
    ),
    "03_features",
    alt="An X and an O of 9×9 pixels, and three features of 3×3: a stroke down to the right, a "
    "crossing, and a stroke down to the left.",
)

# %% [markdown]
# ## Matching in four steps
#
# How well does a feature match a patch of the picture? Line them up; multiply each pair of
# pixels; add up the products; divide by the number of pixels. If two pixels agree, their product is
# 1, whether both are ink or both are paper. (This is why paper is -1.) If two pixels differ, their
# product is -1. So the match is a number between -1 (nothing agrees) and 1 (everything agrees).
# <!-- A3.1 A3.2 -->

# %%


def products(row, column, feature):
    return letter_x[row : row + 3, column : column + 3] * feature


agree = products(1, 1, diagonal)
print(" + ".join(str(int(p)) for p in agree.flat), "=", int(agree.sum()), "and", agree.mean())
print("with the negative of the picture:", (-agree).mean())

# %% [markdown]
# Some guides write "1+1+1+1+1+1+1+1 / 9 = 1". This sum has only eight ones, and eight ninths are
# 0.89. The sum needs nine ones.
#
# In the middle of the X, where the strokes cross, the same feature matches less well:
# <!-- A3.3 -->

# %%
middle = products(3, 3, diagonal)
print(middle.astype(int))
print(f"{int(middle.sum())} / 9 = {middle.mean():.4f}")

# %% [markdown]
# Some guides give 0.55 for this match, because they drop the digits of
# 0.5556 after the second place. Rounded, the match is 0.56.

# %% [markdown]
# ## Everywhere
#
# A convolution matches a feature with all patches at once. A picture of 9×9 pixels has 7×7 patches
# of 3×3 pixels. We write the matches in **ninths**, as whole numbers: 9 is a full match.
# <!-- A3.4 -->

# %%
ninths = F.conv(letter_x[..., None], features, padding="VALID").astype(int)


def table(numbers):
    for row in numbers:
        print(" ".join(f"{number:3}" for number in row))


table(ninths[..., 0])

# %% [markdown]
# Look at the diagonal of this table: the matches are full along the stroke, and smaller at its ends
# and where the strokes cross. Here is the table of the crossing:
# <!-- A3.5 -->

# %%
table(ninths[..., 1])

# %% [markdown]
# The crossing has one full match, in the middle. The table of the anti-diagonal (the stroke down to
# the left) is the table of the diagonal, mirrored, because the X is its own mirror image:
# <!-- A3.6 -->

# %%
table(ninths[..., 2])
assert (ninths[..., 2] == ninths[:, ::-1, 0]).all()

matches = ninths / 9
show(
    explain.plot_feature_maps(
        matches,
        image=(letter_x[..., None] + 1) / 2,
        names=names,
        title="Where are the three features?",
    ),
    "03_matches",
    alt="The X and three maps of 7×7 matches: the diagonal's is high down to the right, "
    "the cross's in the middle, the anti-diagonal's down to the left.",
)

# %% [markdown]
# A quick check finds mistakes in such tables. Some guides show a table of matches that contains
# 0.22, which is 2 ninths. A match of 2 ninths is impossible: nine products of 1 or -1 are added up,
# and a sum of nine odd numbers is odd. So a match is ±1, ±3, ±5, ±7 or ±9 ninths. For the same
# reason, no match is exactly 0.

# %%
print(sorted(set(ninths.flatten().tolist())))

# %% [markdown]
# ## Negative matches become 0
#
# A negative match says that a patch is nearer to the opposite of the feature. We have no use for
# this answer. **ReLU** replaces negative numbers by 0 and keeps the others. (Some guides turn -0.11
# into 0.11. This loses the sign, and is not a ReLU.)
# <!-- A3.8 A3.9 -->

# %%
for number in (-2, -6, 2, 6):
    print(f"{number:2} becomes {F.relu(number)}")

rectified = F.relu(ninths)
table(rectified[..., 0])

# %% [markdown]
# ## Keep the best of each neighborhood
#
# **Max-pooling** moves a window of 2×2 over each map, two pixels at a time, and keeps the largest
# number. Max-pooling makes the maps smaller, and its result hardly depends on exactly where the
# feature was. Our maps are 7 pixels wide and high, an odd number, so the last window of each row
# and column reaches over the edge. With `ceil_mode=True`, these last windows are kept and use the
# pixels inside the map, so 7×7 becomes 4×4. Otherwise they are dropped, and 7×7 becomes 3×3.
# <!-- A3.10 A3.11 -->

# %%
pooled = F.max_pool(rectified, (2, 2), ceil_mode=True)
for feature, name in enumerate(names):
    print(f"{name}:")
    table(pooled[..., feature])

# %% [markdown]
# In each map, 16 of 49 numbers are left. (On a large picture a quarter is left: a photograph of 8
# megapixels becomes one of 2 megapixels.)
# <!-- A3.12 -->

# %%
show(
    explain.plot_feature_maps(pooled / 9, names=names, title="After ReLU and max-pooling"),
    "03_pooled",
    alt="The three maps at 4×4, without negative numbers. The strokes still run down to the right "
    "and down to the left.",
)

# %% [markdown]
# ## Stack, and make a list
#
# Such layers can be stacked like Lego bricks: filter, rectify, pool, and again. We pool once more,
# to 2×2, which leaves 3 maps of 4 numbers. Written one after another, map by map and row by row,
# the numbers form a list of 12 that describes the letter.
# <!-- A3.13 A3.14 -->

# %%


@jax.jit
def describe(letter):
    maps = F.relu(F.conv(letter[..., None], features, padding="VALID"))
    for _ in range(2):
        maps = F.max_pool(maps, (2, 2), ceil_mode=True)
    return jnp.moveaxis(maps, -1, 0).reshape(-1) / 9


vector_x, vector_o = describe(letter_x), describe(letter_o)
print("X:", " ".join(f"{number:.2f}" for number in vector_x))
print("O:", " ".join(f"{number:.2f}" for number in vector_o))

# %% [markdown]
# (jaxcnn keeps channels last, so a plain `reshape` would list position by position. `moveaxis` puts
# the features first. Any order will do, if it is the same for every letter.)

# %% [markdown]
# ## The vote
#
# Where does each list have a full match, a 1? The list of the X has a 1 at positions 1, 4, 5, 10
# and 11. The list of the O has a 1 at positions 2, 3, 9 and 12. Each of these positions votes for
# its letter.

# %%
votes_x, votes_o = vector_x == 1, vector_o == 1
print("X:", np.flatnonzero(votes_x) + 1)
print("O:", np.flatnonzero(votes_o) + 1)

# %% [markdown]
# Now suppose that the layers have turned a new letter into the 12 numbers below. (We made these
# numbers up. Real matches would be whole ninths.) The score of a class is the mean of the numbers
# at the positions that vote for the class:
# <!-- A3.15 A3.16 A3.17 -->

# %%
new = np.array([0.9, 0.65, 0.45, 0.87, 0.96, 0.73, 0.23, 0.63, 0.44, 0.89, 0.94, 0.53])
for name, votes in {"X": votes_x, "O": votes_o}.items():
    cast = new[votes]
    print(f"{name}: ({' + '.join(map(str, cast))}) / {len(cast)} = {cast.mean():.4f}")

weights = np.stack([votes_x / votes_x.sum(), votes_o / votes_o.sum()], axis=1)
scores = new @ weights
print("It is an", "XO"[scores.argmax()])

# %% [markdown]
# Some guides say that the new letter is an X "with a probability match of 0.91". But 0.912 is a
# match score, and not a probability. Probabilities add up to 1, but 0.912 and 0.5175 add up to
# 1.4295. (Some guides give 0.51 for the O, because they drop digits instead of rounding.) How
# scores become probabilities is on [page 5](05_scores_and_losses.md).
# <!-- A3.16b -->

# %% [markdown]
# ## As a network
#
# The last step was a list of 12 numbers times a table of 12×2 weights. This is a **fully
# connected** (or dense) layer: every number has a weight for every class. There can be other dense
# layers before it. Their outputs are like hidden categories, which then vote for the classes. Here
# is the whole network, with one hidden layer of 5 such categories:
# <!-- A3.19 -->

# %%
net = jaxcnn.Sequential(
    [
        *(jaxcnn.Conv(3, 3, padding="VALID"), jaxcnn.Activation("relu")),
        *(jaxcnn.MaxPool(2, ceil_mode=True), jaxcnn.MaxPool(2, ceil_mode=True)),
        jaxcnn.Flatten(),
        *(jaxcnn.Dense(5), jaxcnn.Activation("relu")),
        jaxcnn.Dense(2),
    ]
)
for layer, shape in zip(["input", *net.layers], net.layer_shapes((9, 9, 1)), strict=True):
    print(f"{shape!s:12} {layer}")

# %% [markdown]
# We chose the features and the votes by hand. A network finds its features and votes by itself,
# from examples: [page 6](06_one_training_step.md) shows how. `python experiments/x_or_o.py` trains
# a network on letters that move, shrink, turn and bend. This network recognizes all of 1,000 test
# letters. A comparison of whole pictures recognizes 58% of the same letters, and 59% of the 400
# letters above.
#
# Next: [ReLU, pooling, flattening](04_relu_pooling_flattening.md), the small steps between.
