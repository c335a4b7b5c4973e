# %% [markdown]
# # Counting weights, and what a unit sees
#
# A few lines describe a network. Before anything is computed, these lines determine the size of the
# network: shapes, weights, multiplications, memory, and how much of the image each unit sees. (A
# **unit** is one number in the output of a layer.) This page counts by hand, and lets the library
# check the counts.

# %%
from drawing import table
from page import show
from sklearn.datasets import load_sample_image

import jaxcnn
from jaxcnn import explain, models
from jaxcnn import functional as F
from jaxcnn.data import resize_images

# %% [markdown]
# ## Why not connect everything?
#
# A neuron of a dense layer has a weight for every number of its input, and a bias. For images, a
# *single* neuron has many weights. (Some guides say that the first hidden layer has 2,352 weights
# for images of 28×28×3. But 2,352 is the number for each *neuron* of the layer. Some guides also
# give 2,352 for images of 200×200×3. The right number is 120,000.)
#
# <!-- A5.1 A5.2 A5.3 -->

# %%
rows = [
    [f"{side}×{side}×3", f"{F.dense_parameters(side * side * 3, 1, use_bias=False):,}"]
    for side in (28, 100, 200)
]
print(table(rows, heads=["image", "weights of one neuron"]))

# %% [markdown]
# A filter has weights only for its small window, and uses the same weights at every position. On an
# image of 32×32×3, a 5×5 filter fits in 28 · 28 = 784 positions. So we compare the filter with a
# dense layer of 784 neurons, which computes as many numbers from the same image:
#
# <!-- A5.4 A5.6 -->

# %%
filter_alone = jaxcnn.Conv(1, 5, padding="VALID")
dense = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(784)])
for name, layer in {"filter": filter_alone, "dense": dense}.items():
    shape, costs = layer.output_shape((32, 32, 3)), layer.costs((32, 32, 3))
    print(
        f"{name:<6} makes {shape}: {costs.parameters:,} parameters, {costs.macs:,} multiplications"
    )

# %% [markdown]
# Fewer weights are not only cheaper. A network with fewer weights also cannot so easily memorize
# the training images ([overfitting](06_one_training_step.md#few-images-many-weights)). And a filter
# that has learned to find a corner on the left finds corners everywhere.
#
# ## The formulas
#
# | layer | parameters | for example |
# |---|---|---|
# | convolution | (height · width · input channels + 1) · filters | 5×5 on 3 channels: 76 for one filter, 152 for two, 228 for three; three 3×3 filters: 84 in color, 30 in gray |
# | dense | (inputs + 1) · outputs | 3,072 inputs and 784 outputs: 2,409,232 |
# | pooling, activation, flattening | none | 0 |
#
# The 1 is the **bias**, a number that each filter or neuron adds to its result, whatever the input.
# `use_bias=False` leaves the bias out. This is common before [batch
# norm](06_one_training_step.md#batch-norm), because batch norm adds a bias of its own.
#
# <!-- A5.4 A5.5 A5.7 -->

# %%
examples = [("one 5×5", 5, 3, 1), ("two", 5, 3, 2), ("three", 5, 3, 3), ("three 3×3", 3, 3, 3)]
for name, side, channels, filters in [*examples, ("on gray", 3, 1, 3)]:
    print(f"{name}: {F.conv_parameters((side, side), channels, filters)}", end="; ")
print("pooling:", F.pool_parameters((2, 2)))

# %% [markdown]
# **A quiz.** A network has 8 inputs, 5 hidden neurons and 1 output. What are the shapes of its
# weight matrices? If inputs are rows, as in x · W, the first is 8×5, and the second, from hidden to
# output, is 5×1. That makes 45 weights, and 51 numbers with the biases.

# %%
for use_bias in (False, True):
    hidden, output = jaxcnn.Dense(5, use_bias=use_bias), jaxcnn.Dense(1, use_bias=use_bias)
    first, second = hidden.costs((8,)).parameters, output.costs((5,)).parameters
    print(f"{first} + {second} = {first + second}", "with biases" if use_bias else "weights")

# %% [markdown]
# ## Layer by layer
#
# An architecture is a list of layers, as long as you like. Each layer must fit the output of the
# layer before it: after a flattening, for example, no convolution over rows and columns is
# possible. The shapes follow from the list: one convolution with three 3×3 filters turns 100×100×3
# into 98×98×3, and one pooling by 2 turns 98×98×3 into 49×49×3. The second example below is a whole
# network, with its layers in the order that beginners' guides call classic. `jaxcnn.summary` shows
# it as a table:
#
# <!-- A5.8 A5.9 A5.10 -->

# %%
pair = jaxcnn.Sequential([jaxcnn.Conv(3, 3, padding="VALID"), jaxcnn.MaxPool(2)])
print(pair.layer_shapes((100, 100, 3)))

classic = models.classic(10)
summary = jaxcnn.summary(classic, (32, 32, 3))
print(summary)

# %% [markdown]
# Read the table from the left: the shape of a layer's output, the number of its weights and biases
# (params), and the number of its multiplications (MACs). Nearly all multiplications are in the
# convolutions, but half of all weights are in the one dense layer at the end. The lines below the
# table give the totals, the memory, and a receptive field. (The next section explains receptive
# fields. The last line is about layer 8, the last layer with height and width. The layers after it
# see the whole image, 32×32.) Here is the same network as a picture:

# %%
show(
    explain.plot_architecture(classic, (32, 32, 3), title="The classic order of layers"),
    "07_classic",
    alt="Boxes from left to right, one per layer: tall and thin for the image, smaller after "
    "each pooling, and a list of ten scores at the end.",
)

# %% [markdown]
# ## What a unit sees
#
# A unit that comes after one 3×3 filter depends on 3×3 pixels of the image: these pixels are the
# unit's **receptive field**. (Some guides call the window of any filter its receptive field. Here
# the term always counts pixels of the image.) Pooling by 2 joins neighboring fields, and doubles
# the **step**, which is the distance in pixels between the fields of neighboring units. Each layer
# enlarges the field by (window size − 1) · step, with the step of the layer's input, not of its
# output.
#
# <!-- A2.9 -->

# %%
three = jaxcnn.Conv(3, 3, padding="VALID")
for name, layers in {
    "3×3": [three],
    "3×3, pooled by 2": [three, jaxcnn.MaxPool(2)],
    "3×3, pooled by 2 twice": [three, jaxcnn.MaxPool(2), jaxcnn.MaxPool(2)],
    "5×5": [filter_alone],
    "5×5 and 5×5": [filter_alone, filter_alone],
}.items():
    field = jaxcnn.Sequential(layers).receptive_field((28, 28, 3))
    print(f"{name}: sees {field.size[0]}×{field.size[1]}, step {field.stride[0]}")

# %% [markdown]
# So units see more not only through larger filters, but also through more layers: two 5×5 filters
# in a row see 9×9 pixels. The picture shows the receptive field of one unit after the second
# pooling of the classic network:
#
# <!-- A7.6 -->

# %%
unit = explain.Unit("8", channel=0, position=(3, 4))
box = explain.receptive_box(classic, (32, 32, 3), unit)
print(f"rows {box.start[0]} to {box.stop[0] - 1}, columns {box.start[1]} to {box.stop[1] - 1}")
flower = resize_images(load_sample_image("flower.jpg")[None, :, 150:577], (32, 32, 3))[0]
show(
    explain.plot_receptive_field(flower, box, title="What one unit sees, after two poolings"),
    "07_receptive_field",
    alt="A flower of 32×32 pixels, with a frame around 12×12 of them; the others are pale.",
)

# %% [markdown]
# ## Networks with names
#
# AlexNet won the ImageNet contest of 2012 and lowered the error from 26% to 15%. (This is the
# **top-5** error: the share of images whose label is not among the five best guesses.
# `F.top_k_accuracy` computes the opposite share, of images whose label is among the k best
# guesses.) Here are the sizes of some well-known networks. Only LeNet-5 is older than AlexNet. The
# AlexNet in the table is torchvision's version, which follows a paper of 2014. The network that won
# in 2012 is `models.alexnet(towers=2)`, with 60,965,224 parameters for images of 227×227.
#
# <!-- A5.11 A5.12 A8 -->

# %%
named = {
    "lenet5": (32, 32, 1),
    "keras_cifar_simple": (32, 32, 3),
    "keras_cifar_larger": (32, 32, 3),
    "alexnet": (224, 224, 3),
    "vgg16": (224, 224, 3),
    "resnet50": (224, 224, 3),
    "mobilenet_v2": (224, 224, 3),
}
rows = []
for name, input_shape in named.items():
    found = jaxcnn.summary(getattr(models, name)(), input_shape)
    millions = [f"{(number or 0) / 1e6:,.1f}" for number in (found.macs, found.training_bytes)]
    rows.append([name, "×".join(map(str, input_shape)), f"{found.parameters:,}", *millions])
heads = ["network", "image", "parameters", "million multiplications", "MB of activations"]
print(table(rows, heads=heads))

# %% [markdown]
# Many weights need not mean much work. ResNet-50 has 7 times as many weights as MobileNetV2, and
# does 13 times as much work. VGG-16 has most of its weights in one dense layer, but this layer does
# less than a hundredth of the work. The memory for training depends on the last column, because
# training keeps the output of every layer, for each image of a batch. `jaxcnn profile MODEL`
# measures the time of each layer on your machine.
#
# ## The same in Keras's words
#
# The two networks in the table above whose names begin with "keras" come from a well-known
# tutorial. The table below gives jaxcnn's name for each name in Keras:
#
# <!-- A6.21 -->
#
# | Keras | jaxcnn |
# |---|---|
# | `Conv2D(32, (3, 3), padding="same", activation="relu")` | `Conv(32, 3), Activation("relu")` |
# | `padding="valid"` (the default there) | `padding="VALID"` (`"SAME"` is the default here) |
# | `MaxPooling2D((2, 2))`, `GlobalAveragePooling2D()` | `MaxPool(2)`, `GlobalAvgPool()` |
# | `Dense(10, activation="softmax")` | `Dense(10)`: the loss applies the softmax |
# | `Dropout(0.2)`, `BatchNormalization()`, `Flatten()` | `Dropout(0.2)`, `BatchNorm()`, `Flatten()` |
# | `kernel_initializer="he_normal"` | `kernel_init="he_normal"` |
# | `kernel_constraint=max_norm(3)` | `training.max_norm(3)` in the optimizer's chain |
# | `model.summary()` | `print(jaxcnn.summary(net, (32, 32, 3)))` |
# | `model.fit(x, y, validation_data=..., epochs=5)` | `run = jaxcnn.fit(net, train, validation=test, epochs=5)` |
# | `model.evaluate`, `model.predict` | `run.evaluate`, `run.predict_proba` |
#
# Next: [training on CIFAR-10 and looking inside](08_training_and_looking_inside.md).
