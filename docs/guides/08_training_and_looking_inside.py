# %% [markdown]
# # Training on CIFAR-10, and looking inside
#
# This page puts everything together: photographs, a network, training and a test. Then comes the
# question that an accuracy cannot answer: what has the network learned?
#
# This page was made with CIFAR-10 (JPEG-75), a copy of CIFAR-10 whose pictures were stored as JPEG
# files of quality 75. So the accuracies on this page cannot be compared with published accuracies.
# The script looks for CIFAR-10 in the folder named by `$JAXCNN_DATA`. Without CIFAR-10, the script
# does the same with scikit-learn's digits, which are small and gray.

# %%
import os
import shutil

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
# CIFAR-10 has 60,000 color pictures of 32×32 pixels in ten classes. In each class, 5,000 pictures
# are for training and 1,000 for the test. No picture may be in both sets: a network can answer such
# a picture from memory. So we compare the two sets, picture by picture.
#
# <!-- A6.16 A6.17 -->

# %%
print(f"{train.name}: {len(train):,} to train, {len(test):,} to test, {train.input_shape}")
print(", ".join(names))
print("in both:", data.overlap(train, test).count)
show(
    explain.plot_examples(train, per_class=10),
    "08_examples",
    alt="Ten rows of ten small pictures, one row per class.",
)

# %% [markdown]
# ## The network, and training
#
# The network has three stages of convolution, [batch norm](06_one_training_step.md#batch-norm) and
# ReLU, with pooling between them. After the three stages come the mean over all positions (global
# pooling) and a dense layer, which turns the mean into ten scores. Pictures are mirrored at random,
# so that the network sees cars that face either way. The learning rate rises and then falls. The
# rate starts low, because large steps from random weights may diverge. It is high in between, so
# that training gets far. It ends low, so that the random differences between batches no longer push
# the weights around. The weights of the first layer start small, which [the
# filters](#what-the-first-layer-looks-for) below explain.

# %%


def stage(name, filters, size, **options):
    return [
        jaxcnn.Conv(filters, size, use_bias=False, name=name, **options),
        jaxcnn.BatchNorm(),
        jaxcnn.Activation("relu", name=f"{name}_relu"),
        jaxcnn.MaxPool(2),
    ]


net = jaxcnn.Sequential(
    [
        *stage("conv1", 32, 5, kernel_init=("normal", 0.01)),
        *stage("conv2", 48, 3),
        *stage("conv3", 96, 3)[:3],
        jaxcnn.GlobalAvgPool(),
        jaxcnn.Dense(len(names), name="classes"),
    ]
)
summary = jaxcnn.summary(net, train.input_shape)
print(f"{summary.parameters:,} parameters")

run = jaxcnn.fit(
    net,
    train,
    validation=test,
    held_out="test",
    epochs=6 if len(train) > 10_000 else 2,
    tx=lambda steps: training.one_cycle_sgd(steps, 0.1),
    augmentation=data.Augmentation(flip="random" if train.name != "digits" else "none"),
    progress=False,
)
accuracy = run.evaluate(test).accuracy
print(f"{accuracy:.2%} of the test pictures right")
history = [logs | {"seconds": None} for logs in run.history]  # times depend on the machine
show(
    explain.plot_curves(history, title=f"Three convolutions on {train.name}", held_out="test"),
    "08_curves",
    alt="Over six epochs the loss falls and the accuracy rises, on the training pictures and on "
    "the test pictures alike; the learning rate falls from the second epoch on.",
)

# %% [markdown]
# (The picture shows the learning rate at the end of each epoch. The rate peaks, at 0.1, between the
# first two epochs.)
#
# In the end, the network does as well on the test pictures as on its training pictures. If the two
# curves part, a network learns its pictures by heart: it **overfits**, as [page
# 6](06_one_training_step.md#few-images-many-weights) shows. Five things help against overfitting:
# more pictures, mirrored and shifted copies of the pictures, weight decay (in `one_cycle_sgd`),
# dropout, and stopping early.
#
# ## Which classes it confuses
#
# <!-- A1.11 -->

# %%
report = explain.classification_report(run, test)
for pair in report.confused[:4]:
    label, guess = names[pair.label], names[pair.guess]
    print(f"{pair.examples} of class {label} are taken for {guess}")
show(
    explain.plot_confusion_matrix(
        report.confusion, names, title=f"Predictions on the test set of {train.name}"
    ),
    "08_confusion",
    alt="A table with a row for each true class and a column for each predicted class. Most "
    "pictures are on the diagonal; cats and dogs are confused most often.",
)

# %% [markdown]
# Some mistakes are understandable. A picture can show two things at once, like the well-known
# drawing of a rabbit that is also a duck. Below are the three closest calls, and then the three
# mistakes about which the network is most certain. The last of these, a boat on a trailer, has
# wheels, as cars have.

# %%
undecided = explain.most_ambiguous(report.probabilities, 3).indices
shown = np.concatenate([undecided, report.mistakes[:3]])
show(
    explain.plot_guesses(
        test.images[shown],
        test.labels[shown],
        report.probabilities[shown],
        names,
        title="Top: close calls. Bottom: mistakes the network was sure of.",
    ),
    "08_guesses",
    alt="Six test pictures with the network's three best guesses as bars: three with two bars "
    "of equal length, three with one long bar for a wrong class, such as automobile for a boat "
    "on a trailer.",
)

# %% [markdown]
# The network has seen its classes only upright, in the middle and in color. How much of its
# accuracy depends on that?
#
# <!-- A1.9 -->

# %%
count = min(1000, len(test) // 2)
some = data.Dataset(test.images[:count], test.labels[:count], names, name=test.name)
print(explain.robustness(run, some, shifts=(1, 2, 4), angles=(15, 30)))

# %% [markdown]
# ## What the first layer looks for
#
# The filters of the first layer are small pictures themselves. Nobody told them to look for edges
# and colors.
#
# We see this so well because the weights of this layer started small (`kernel_init=("normal",
# 0.01)`); batch norm brings the outputs back to the usual size. Weights of the usual size are random
# at first, and training hardly changes the part of them that answers to nothing in photographs, such
# as colors that change from pixel to pixel. That part would stay in the picture, as confetti.
#
# <!-- A7.1 A2.13 -->

# %%
(kernel,) = jax.tree.leaves(run.network.variables.params["layers"]["conv1"])
show(
    explain.plot_filters(kernel, title=f"The first layer's filters, trained on {train.name}"),
    "08_filters",
    alt="Thirty-two small colored squares: many show an edge or a stripe in some direction, "
    "often between two colors such as orange and blue, others a spot of one color.",
)

# %% [markdown]
# ## One picture, layer by layer
#
# Each filter produces a **feature map**, which shows where in the picture the filter finds what it
# looks for. The maps of the first layer resemble drawings of edges. Further on, maps are coarser
# and resemble the picture less: the filters there look for parts, textures and combinations.
#
# <!-- A7.2 A7.7 -->

# %%
right = np.flatnonzero(report.probabilities.argmax(-1) == test.labels)
surest = right[report.probabilities[right].max(-1).argsort()[::-1]]
image = test.images[surest[test.labels[surest] == 7][0]]  # a horse; of digits, a seven
maps = explain.feature_maps(run, image[None], ["conv1_relu", "conv2_relu", "conv3_relu"])
for name, title in {"conv1_relu": "first", "conv2_relu": "second", "conv3_relu": "third"}.items():
    filters = maps[name].shape[-1]
    show(
        explain.plot_feature_maps(
            maps[name][0, ..., :32],
            image=image,
            title=f"{title.capitalize()} layer: {min(filters, 32)} of {filters} feature maps",
        ),
        f"08_{title}_layer",
        alt=f"The picture and thirty-two feature maps of the {title} layer, bright where each "
        "filter finds what it looks for.",
    )

# %% [markdown]
# ## What each filter likes best
#
# There is a better way to find out what a filter looks for: apply the filter to all test pictures,
# and collect the patches to which it responds most strongly.
#
# <!-- A7.5 -->

# %%
top = explain.top_activations(run, test, "conv3_relu", count=8)
best = top.values[:, 0].argsort()[::-1][:6]
show(
    explain.plot_top_activations(
        top.patches(test)[best],
        values=top.values[best],
        inside=top.inside(test.input_shape, channels=best.tolist()),
        channels=best.tolist(),
        title="What six filters of the third layer respond to most",
    ),
    "08_top",
    alt="Six rows of eight patches of pictures, one row per filter; the patches of a row are "
    "alike in some way.",
)

# %% [markdown]
# In the photographs we find legs below a body, the curved sides of boats, wheels, and slanting tips
# such as wings. These are not whole things, but parts of things. Nobody told the network about any
# of these parts.
#
# ## Why this class?
#
# The last layer multiplies each of its inputs by a weight, adds up these products, and adds a bias.
# So a score is exactly the sum of these terms, and the largest terms are the reasons for the score.
# Here are the terms for the horse above.
#
# <!-- A6.0 -->

# %%
evidence = explain.class_evidence(run, image, top=8)
print(f"{names[int(evidence.target)]}: score {evidence.logit:.2f}")
show(
    explain.plot_evidence(
        evidence, title=f"What adds up to the score for {names[int(evidence.target)]}"
    ),
    "08_evidence",
    alt="Bars for the eight largest terms of the score, all of them positive, then for the "
    "other terms, the bias and the sum of all.",
)

# %% [markdown]
# One of the largest terms comes from channel 53. This channel is also in the picture of patches
# above: it responds to legs below a body. So one reason why the network sees a horse here is that it
# sees legs.
#
# ## Where in the picture?
#
# Which pixels decided? Here are four answers, for four pictures and the class that the network
# predicts for each:
#
# - **saliency**: the gradient, that is, how the score would change with each pixel;
# - **deconvnet**: the score is sent back through the layers; each pooling passes its signal to the
#   position of the maximum, and each ReLU sets negative signals to 0;
# - **Grad-CAM**: the sum of the last feature maps, each weighted by how much the score depends on
#   this map;
# - **occlusion**: we cover a window (here 8×8 pixels, with the mean color of the training
#   pictures), see by how much the score falls, and repeat this everywhere.
#
# <!-- A7.3 A8 -->

# %%
others = surest[surest >= count]  # those that are not in `some`
surest_of = dict(zip(test.labels[others][::-1], others[::-1], strict=True))  # the first per class
chosen = np.array([surest_of[label] for label in (1, 5, 7, 8)])
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
        note=f"Occlusion lowers the score by at most {falls} (from top to bottom).",
    ),
    "08_attributions",
    alt="Four pictures, and beside each where the network looks: saliency and deconvnet are "
    "speckled, Grad-CAM and occlusion mark a region, such as the hull of the ship.",
)

# %% [markdown]
# Grad-CAM and occlusion work in very different ways, and still agree on much: both mark the body of
# the dog, that of the horse, and the hull of the ship. About the car they disagree: Grad-CAM marks
# the wheel on the left most, occlusion the hood. And do not read too much into such pictures.
# Saliency and deconvnet show speckles and outlines of almost anything. A method whose maps stay the
# same when the weights are random shows the picture, and not the network: `explain.sanity_check`
# compares such maps. A pretty picture alone proves nothing. Occlusion asks the network itself, and is
# the slowest method.
#
# Where two methods disagree, both can be right. Grad-CAM marks all features that raise the score,
# even features that other features could replace. Occlusion marks only regions without which the
# score falls. There may be few such regions: other regions may show the class as well, or the
# window may be too small to hide what matters. Besides, a covered picture is a new picture, and the
# edges of the window may change the score by themselves. Each map is scaled on its own, so a bright
# spot may stand for a small change: the caption says how far the score falls.
#
# ## What would please it most?
#
# Now we turn the question around. We start from a gray picture, and change its pixels step by step
# so that the score of one class rises.
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
    explain.plot_maximizing_images(
        pleasing, names, title="Pictures made to maximize the score of each class"
    ),
    "08_pleasing",
    alt="Ten synthetic pictures, one per class: colored patterns that suggest parts of things.",
)

# %% [markdown]
# With some imagination you see red cars above dark wheels, the legs of deer and horses, the curved
# hull of a ship, and a frog that is all speckles. Again the pictures show parts, repeated many
# times, and never a whole animal: the mean over all positions ignores where the parts are.
#
# ## Photo search
#
# The inputs of the last layer describe a picture in the network's own terms. These inputs are
# called the **embedding** of the picture. Similar pictures have similar embeddings, and photo
# search compares embeddings. Beginners' guides name photo search as one use of such networks. The
# other uses that they name (tagging faces, shopping, self-driving cars) are beyond this library.
#
# <!-- A7.8 -->

# %%
known = explain.embeddings(run, some.images)
queries = data.Dataset(test.images[chosen], test.labels[chosen], names, name=test.name)
found = explain.nearest_neighbors(explain.embeddings(run, queries.images), known, 6)
show(
    explain.plot_neighbors(
        queries, some, found, title="The four pictures, and the most similar test pictures"
    ),
    "08_neighbors",
    alt="Four pictures, and beside each the six most similar ones, all of them of its class; "
    "beside a ridden horse, most horses are ridden.",
)

# %% [markdown]
# ## The landscape
#
# Think of the loss as the height of a landscape, with one dimension per weight. Training walks
# downhill in this landscape. The picture shows a slice through this landscape, with the trained
# network in the middle. Near the network, the slice looks like a bowl. But the whole landscape is
# no bowl. If we swap two filters, and their weights in the next layer, too, the network is at
# another point of the landscape, far away, and still gives the same answers. So there are many
# equally deep valleys, with higher ground between these valleys. Such a landscape is not
# **convex**, and where training ends depends on where it began.
#
# <!-- A8.11 -->

# %%
surface = explain.loss_surface(run, some, key=jax.random.key(0), steps=11, examples=200)
show(
    explain.plot_loss_surface(surface, title=f"Loss around the trained network, {train.name}"),
    "08_surface",
    alt="A map of the loss around the trained network, which lies in a valley with uneven slopes.",
)

# %% [markdown]
# ## Click through it
#
# All of this was computed number by number, by the sums of the first pages. `jaxcnn.explore` writes
# a page on which you click through this network: choose a picture, click on any number in any layer,
# and see the pixels that it depends on, and how it is computed. For a convolution, this is a sum of
# inputs times weights; a click on one of these inputs opens it in turn, down to the picture.

# %%
shutil.rmtree("runs/tour", ignore_errors=True)  # of an earlier run of this page
run.save("runs/tour", test=test)
page = jaxcnn.explore("runs/tour")
print(f"{page.path}: {page.pictures} pictures, {page.computed} of {page.layers} layers computed")

# %% [markdown]
# That is the end of the tour. Open `runs/tour/explore.html` in a browser, and ask it why the network
# says what it says. `run.save("runs/mine", test=test)` saves the network and its answers for the test
# set, `jaxcnn.load("runs/mine")` loads both again, `jaxcnn report runs/mine` writes a web page about
# the run, and `jaxcnn explore runs/mine` the one above. All of this works with your own network and
# your own pictures.
