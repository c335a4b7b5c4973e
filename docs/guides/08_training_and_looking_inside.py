# %% [markdown]
# # Training on CIFAR-10, and looking inside
#
# Now everything together: photographs, a network, training, a test. And then the question that
# numbers do not answer: what has it learned?
#
# This page was made with CIFAR-10 (JPEG-75), a copy of CIFAR-10 whose pictures went through JPEG of
# quality 75, so its accuracies are not to be set beside published ones. The script looks for
# CIFAR-10 in the folder that `$JAXCNN_DATA` names; without it, it trains on scikit-learn's digits
# instead, small and gray, and shows the same of these.

# %%
import os

import jax
import numpy as np
from page import show

import jaxcnn
from jaxcnn import data, explain, training

try:
    sets = data.cifar10(name=os.environ.get("JAXCNN_DATA_NAME", "CIFAR-10"))
except FileNotFoundError:
    sets = data.digits()
train, test = sets
names = train.class_names

# %% [markdown]
# ## The pictures
#
# CIFAR-10 has 60,000 color pictures of 32×32 pixels in ten classes: 5,000 of each to learn from,
# and 1,000 of each for the test. The test must hold nothing that was learned from, or it tests
# memory; the two are compared picture by picture.
#
# <!-- A6.16 A6.17 -->

# %%
print(f"{train.name}: {len(train):,} to train, {len(test):,} to test, {train.input_shape}")
print(", ".join(names))
print("in both:", data.overlap(train, test).count)
show(
    explain.plot_examples(train, per_class=10),
    "08_examples",
    alt="Ten rows of ten small pictures, a row for each class.",
)

# %% [markdown]
# ## The network, and training
#
# Three times convolution, [batch norm](06_one_training_step.md#batch-norm) and ReLU, with pooling
# between; then the mean over all places (global pooling), and a dense layer that makes ten scores
# of it. Pictures are mirrored at random, so that a car may look either way. The learning rate
# climbs and falls again: it begins low, as large steps from random weights may diverge, is high in
# between, to get far, and ends low, so that the staggering of the batches dies down.

# %%


def stage(name, filters, size):
    return [
        jaxcnn.Conv(filters, size, use_bias=False, name=name),
        jaxcnn.BatchNorm(),
        jaxcnn.Activation("relu", name=f"{name}_relu"),
        jaxcnn.MaxPool(2),
    ]


net = jaxcnn.Sequential(
    [
        *[*stage("conv1", 32, 5), *stage("conv2", 48, 3), *stage("conv3", 96, 3)[:3]],
        *[jaxcnn.GlobalAvgPool(), jaxcnn.Dense(len(names), name="classes")],
    ]
)
summary = jaxcnn.summary(net, train.input_shape)
print(f"{summary.parameters:,} parameters")

run = jaxcnn.fit(
    net,
    train,
    validation=test,
    epochs=6 if len(train) > 10_000 else 2,
    tx=lambda steps: training.one_cycle_sgd(steps, 0.1),
    augmentation=data.Augmentation(flip="random" if train.name != "digits" else "none"),
    progress=False,
)
accuracy = run.evaluate(test).accuracy
print(f"{accuracy:.2%} of the test pictures right")
show(
    explain.plot_curves(run.history, title=f"Three convolutions on {train.name}"),
    "08_curves",
    alt="Loss falling and accuracy rising over the epochs, for the pictures that are learned from "
    "and for those of the test, and the learning rate, which climbs and falls.",
)

# %% [markdown]
# On the test it does nearly as well as on the pictures that it learns from. Where the two part, a
# network learns its pictures by heart: it **overfits**, as [page
# 6](06_one_training_step.md#few-images-many-weights) shows. Against that help more pictures,
# mirrored and moved copies of those there are, weight decay (in `one_cycle_sgd`), dropout, and
# stopping early.
#
# ## What it takes for what
#
# <!-- A1.11 -->

# %%
report = explain.classification_report(run, test)
for pair in report.confused[:4]:
    label, guess = names[pair.label], names[pair.guess]
    print(f"{pair.examples} of class {label} are taken for {guess}")
show(
    explain.plot_confusion_matrix(report.confusion, names, title=f"Test set of {train.name}"),
    "08_confusion",
    alt="A table of true classes against guesses: most lie on the diagonal.",
)

# %% [markdown]
# Some mistakes one understands. There are pictures that one can see as two things, as the
# well-known drawing of a rabbit that is a duck; below are the most undecided ones, and then those
# on which the network was surest, and wrong.

# %%
undecided = explain.most_ambiguous(report.probabilities, 4).indices
shown = np.concatenate([undecided, report.mistakes[:4]])
show(
    explain.plot_guesses(
        test.images[shown],
        test.labels[shown],
        report.probabilities[shown],
        names,
        title="Four that it is undecided about, and four mistakes that it is sure of",
    ),
    "08_guesses",
    alt="Eight test pictures with the network's three best guesses as bars: four with two bars "
    "of one length, four with one long bar for a wrong class.",
)

# %% [markdown]
# It has seen its classes upright, in the middle and in color. How much of what it knows depends on
# that?
#
# <!-- A1.9 -->

# %%
count = min(1000, len(test) // 2)
some = data.Dataset(test.images[:count], test.labels[:count], names, name=test.name)
print(explain.robustness(run, some, shifts=(1, 2, 4), angles=(15, 30)))

# %% [markdown]
# ## What the first layer looks for
#
# Its filters are small pictures themselves. Nobody told them to find edges and colors.
#
# <!-- A7.1 A2.13 -->

# %%
(kernel,) = jax.tree.leaves(run.network.variables.params["layers"]["conv1"])
show(
    explain.plot_filters(kernel, title=f"First filters, trained on {train.name}"),
    "08_filters",
    alt="Thirty-two small colored squares, many of them stripes and edges in some direction, "
    "others spots of one color against another.",
)

# %% [markdown]
# ## One picture, layer by layer
#
# Each layer makes **feature maps**: where in the picture is what each filter looks for? The first
# are like drawings of edges. Further on the maps are coarser and what they answer to is less like
# the picture: parts, textures, combinations.
#
# <!-- A7.2 A7.7 -->

# %%
right = np.flatnonzero(report.probabilities.argmax(-1) == test.labels)
surest = right[report.probabilities[right].max(-1).argsort()[::-1]]
image = test.images[surest[test.labels[surest] == 7][0]]  # a horse; of digits, a seven
maps = explain.feature_maps(run, image[None], ["conv1_relu", "conv2_relu", "conv3_relu"])
for name, title in {"conv1_relu": "first", "conv2_relu": "second", "conv3_relu": "third"}.items():
    show(
        explain.plot_feature_maps(
            maps[name][0, ..., :32], image=image, title=f"What the {title} layer makes of it"
        ),
        f"08_{title}_layer",
        alt=f"The picture and thirty-two feature maps of the {title} layer, bright where each "
        "filter finds what it looks for.",
    )

# %% [markdown]
# ## What each filter likes best
#
# A better way to learn what a filter looks for: show it all test pictures, and see which parts of
# which it answers to most.
#
# <!-- A7.5 -->

# %%
top = explain.top_activations(run, test, "conv3_relu", count=8)
best = top.values[:, 0].argsort()[::-1][:6]
show(
    explain.plot_top_activations(
        top.patches(test)[best],
        values=top.values[best],
        channels=best.tolist(),
        title="What six filters of the third layer answer to most",
    ),
    "08_top",
    alt="Six rows of eight pieces of pictures that are alike in some way, a row for each filter.",
)

# %% [markdown]
# In photographs one finds wheels here, legs, white faces with dark eyes, curved edges: no whole
# things, but what things are made of. Nobody named any of these to the network.
#
# ## Why this class?
#
# The last layer adds up: each of its inputs times a weight. So the reasons can be read from the
# largest terms, and they add up to the score exactly.
#
# <!-- A6.0 -->

# %%
evidence = explain.class_evidence(run, image, top=8)
print(f"{names[int(evidence.target)]}: score {evidence.logit:.2f}")
show(
    explain.plot_evidence(evidence, title=f"Evidence for {names[int(evidence.target)]}"),
    "08_evidence",
    alt="Bars for the eight largest terms of the score, to the right those that speak for the "
    "class, then the rest, the bias and their sum.",
)

# %% [markdown]
# The largest term is channel 59's, which was in the picture before this one: it answers to legs. So
# one may say that this is a horse for the network because there are legs in it, among other things.
#
# ## Where in the picture?
#
# Which pixels did it? Four answers, for the class that it names:
#
# - **saliency**: the gradient, how the score would change with each pixel;
# - **deconvnet**: the score sent back through the layers, through each pooling to where its
# maximum stood, what is negative left out at each ReLU;
# - **Grad-CAM**: the last feature maps, each weighted by how much the score depends on it;
# - **occlusion**: cover a window (here 8×8 pixels, with the mean color of the training pictures),
# see what the score loses, and do so everywhere.
#
# <!-- A7.3 A8 -->

# %%
chosen = surest[:: max(1, len(surest) // 6)][:4]
pictures = test.images[chosen].astype(np.float32) / 255
window = 8 if pictures.shape[1] >= 32 else 3
mean = np.broadcast_to(np.array(run.network.normalization.mean), train.input_shape)
maps = {
    "saliency": jax.jit(lambda x: explain.saliency(run, x))(pictures),
    "deconvnet": jax.jit(lambda x: explain.deconvnet(run, x))(pictures),
    "Grad-CAM": jax.jit(lambda x: explain.grad_cam(run, x))(pictures),
    "occlusion": jax.jit(
        lambda x: explain.occlusion(run, x, window=window, stride=window // 2, baseline=mean)
    )(pictures),
}
falls = ", ".join(f"{values.max():.1f}" for values in maps["occlusion"])
show(
    explain.plot_attributions(
        pictures,
        maps,
        titles=[names[label] for label in report.probabilities[chosen].argmax(-1)],
        title="Where the network looks",
        note=f"Occlusion's largest values: the score falls by {falls}, row by row.",
    ),
    "08_attributions",
    alt="Four pictures, and beside each where the network looks: saliency and deconvnet are "
    "speckled, Grad-CAM and occlusion mark a region, of cars and trucks the wheels.",
)

# %% [markdown]
# Grad-CAM and occlusion, which have little in common, agree: cars and trucks are known by their
# wheels. Mind what such pictures can say, though. Saliency and deconvnet show speckles and outlines
# of nearly anything, much the same for a network of shuffled weights, so that a pretty picture is
# no proof (`explain.sanity_check` tries it). Occlusion asks the network itself, and is the slowest.
#
# Where they disagree, neither need be wrong. Grad-CAM marks all features that raise the score,
# though one may do as well as another. Occlusion marks what the score cannot do without: little,
# where other places tell the class as well, or the window is too small to hide what counts; and
# the covered picture is a new one, whose edges may move the score by themselves. As each map is
# scaled on its own, a bright spot may stand for little: the caption says how far the score falls.
#
# ## What would please it most?
#
# Turn the question round: start from gray, and climb the gradient of a class's score by changing
# the picture.
#
# <!-- A7.4 -->

# %%
pleasing = jax.jit(
    jax.vmap(
        lambda target: explain.activation_maximization(
            run, target, train.input_shape, key=jax.random.key(0), steps=128
        )
    )
)(np.arange(len(names)))
show(
    explain.plot_maximizing_images(pleasing, names, title="What pleases each class most"),
    "08_pleasing",
    alt="Ten synthetic pictures, one per class: colored patterns in which one may guess at parts.",
)

# %% [markdown]
# One may guess at wheels under red cars, a brown back in front of green, legs, waves, and a frog
# that is all speckles: again parts, many times over, and never a whole animal. The mean over all
# places does not ask where they are.
#
# ## Photo search
#
# The numbers before the last layer describe a picture in the network's own words, and pictures that
# are alike lie near each other there. That is how photo search works, one of the uses that
# beginners' guides name (the others, tagging of faces, shops, cars that drive themselves, are
# beyond this library).
#
# <!-- A7.8 -->

# %%
known = explain.embeddings(run, some.images)
others = surest[surest >= count]
others = others[: len(others) // 2 : len(others) // 8][:4]
queries = data.Dataset(test.images[others], test.labels[others], names, name=test.name)
found = explain.nearest_neighbors(explain.embeddings(run, queries.images), known, 6)
show(
    explain.plot_neighbors(queries, some, found, title="The most similar test pictures"),
    "08_neighbors",
    alt="Four pictures, and to the right of each the six most similar ones, many of its class.",
)

# %% [markdown]
# ## The landscape
#
# Training walks downhill in a landscape of as many dimensions as there are weights. Here is a slice
# through it, with the trained network in the middle. Near it the slice looks like a bowl. The whole
# is none: change two filters for one another, and their weights in the next layer, too, and the
# network is far away and does just the same. So there are many hollows as deep, with higher ground
# between them; such a landscape is not **convex**, and where training ends depends on where it
# began.
#
# <!-- A8.11 -->

# %%
surface = explain.loss_surface(run, some, key=jax.random.key(0), steps=11, examples=200)
show(
    explain.plot_loss_surface(surface, title=f"Loss around the network, {train.name}"),
    "08_surface",
    alt="A map of the loss around the trained network, which lies in a hollow with uneven slopes.",
)

# %% [markdown]
# That is the end of the tour. `run.save("runs/mine", test=test)` keeps the network and these
# pictures, `jaxcnn.load("runs/mine")` brings it back, and `jaxcnn report runs/mine` makes a page of
# its own of it. All of this works on your network and your pictures.
