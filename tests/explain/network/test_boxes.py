import pytest
from drawn_networks import NAMED, NARROWING, RESNET18, TEXT, VIDEO

from jaxcnn.explain.network._boxes import boxes, short_label, stages
from jaxcnn.layers import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Parallel,
    Repeat,
    Residual,
    Sequential,
    SqueezeExcite,
)
from jaxcnn.models import lenet5


def test_lenet5_is_drawn_as_its_paper_counts_it():
    found = boxes(lenet5(), (32, 32, 1))
    assert [(box.text, box.shape, box.parameters) for box in found] == [
        ("input", (32, 32, 1), 0),
        ("Conv 5×5", (28, 28, 6), 156),
        ("AvgPool 2×2", (14, 14, 6), 0),
        ("Conv 5×5", (10, 10, 16), 2416),
        ("AvgPool 2×2", (5, 5, 16), 0),
        ("Dense", (120,), 48120),
        ("Dense", (84,), 10164),
        ("Dense", (10,), 850),
    ]
    assert [box.then for box in found] == [
        (), ("tanh",), (), ("tanh",), ("Flatten",), ("tanh",), ("tanh",), ()
    ]  # fmt: skip


def test_resnet18():
    found = boxes(RESNET18, (224, 224, 3))
    assert sum(box.parameters for box in found) == 11_689_512
    assert [box.skip for box in found[3:11]] == ["identity"] * 2 + ["projection", "identity"] * 3
    assert found[1].text == "Conv 7×7/2"
    assert found[5].text == "Conv 3×3/2, 3×3"
    assert found[5].names == ("layer2",)


@pytest.mark.parametrize(
    ("network", "input_shape", "texts"),
    [
        (TEXT, (56, 300), ["input", "Conv 3, GlobalMaxPool | ", "Dense"]),
        (VIDEO, (8, 16, 16, 3), ["input", "Conv 3×3×3", "MaxPool 2×2×2", "Dense"]),
        (Repeat(Conv(8, 3), 2), (9, 9, 3), ["input", "Conv 3×3", "Conv 3×3"]),
        (Residual([Dropout(0.5)]), (9, 9, 3), ["input", "Residual"]),
        (BatchNorm(), (9, 9, 3), ["input"]),
    ],
)
def test_any_rank_and_container(network, input_shape, texts):
    found = boxes(network, input_shape)
    assert len(found) == len(texts)
    assert all(box.text.startswith(text) for box, text in zip(found, texts, strict=True))
    assert sum(box.parameters for box in found) == network.costs(input_shape).parameters


def test_branches_are_lanes_and_a_copy_beside_is_a_skip():
    (_, text, _) = boxes(TEXT, (56, 300))
    assert [[box.shape for box in lane] for lane in text.lanes] == [
        [(54, 100), (100,)], [(53, 100), (100,)], [(52, 100), (100,)]
    ]  # fmt: skip
    assert text.join == "concatenated"
    dense_layer = Parallel([Sequential([]), Conv(12, 3)], "concat")
    (_, box) = boxes(dense_layer, (8, 8, 24))
    assert (box.skip, box.lanes, box.text, box.shape) == ("concat", (), "Conv 3×3", (8, 8, 36))


def test_layers_that_belong_together_are_a_block_among_blocks():
    alone = Sequential([Conv(8, 1), BatchNorm(), Conv(8, 3)], name="conv")
    network = Sequential([alone, Residual([Conv(8, 1)]), Sequential([BatchNorm(), Conv(9, 2)])])
    found = boxes(network, (8, 8, 4))
    assert [(box.kind, box.text) for box in found[1:]] == [
        ("block", "Conv 1×1, 3×3"), ("block", "Conv 1×1"), ("convolution", "Conv 2×2")
    ]  # fmt: skip
    assert found[3].parameters == 16 + 4 * 8 * 9 + 9
    assert [box.text for box in boxes(Sequential([alone, Dense(2)]), (8, 8, 4))[1:]] == [
        "Conv 1×1", "Conv 3×3", "Dense"
    ]  # fmt: skip


def test_a_block_names_what_else_has_weights_but_normalization():
    found = boxes(NAMED, (32, 32, 3))
    assert (found[3].kind, found[3].text) == ("block", "SeparableConv 3×3, SqueezeExcite")
    (_, alone) = boxes(Sequential([Conv(8, 3), BatchNorm(), SqueezeExcite(2)]), (8, 8, 3))
    assert (alone.text, alone.then) == ("Conv 3×3", ("BatchNorm", "SqueezeExcite"))
    assert short_label([alone]) == "Conv 3×3, SqueezeExcite"


def test_layers_in_no_named_container_have_names_of_their_own():
    found = boxes(NAMED, (32, 32, 3))
    names = [(), ("stem",), ("down",), ("block",), (), ("pool",), (), ("classifier",)]
    assert [box.names for box in found] == names
    within = Sequential([Sequential([Conv(8, 3, name="0"), Dense(2, name="1")], name="features")])
    assert [box.names for box in boxes(within, (8, 8, 3))[1:]] == [("features",)] * 2
    among = Sequential([Sequential([Conv(8, 3, name="0")]), Residual([Conv(8, 3)])])
    assert [box.names for box in boxes(among, (8, 8, 3))[1:]] == [(), ()]


def test_each_by_itself():
    found = stages(boxes(lenet5(), (32, 32, 1)), by_size=False)
    assert [len(stage.boxes) for stage in found] == [1] * 8


def test_those_of_one_size_together():
    found = stages(boxes(RESNET18, (224, 224, 3)), by_size=True)
    assert [(stage.name, stage.shape) for stage in found] == [
        ("", (224, 224, 3)), ("", (112, 112, 64)), ("layer1", (56, 56, 64)),
        ("layer2", (28, 28, 128)), ("layer3", (14, 14, 256)), ("layer4", (7, 7, 512)),
        ("", (1000,)),
    ]  # fmt: skip
    # A block with a stride is otherwise as its neighbor.
    assert [len(group.boxes) for group in found[3].groups] == [2]
    assert sum(stage.parameters for stage in found) == 11_689_512


def test_sizes_that_all_differ_all_stay():
    assert len(stages(boxes(NARROWING, (96, 96, 3)), by_size=True)) == 31


def test_names_of_stages():
    alone = stages(boxes(NAMED, (32, 32, 3)), by_size=False)
    names = ["", "stem", "down", "block", "", "pool", "", "classifier"]
    assert [stage.name for stage in alone] == names
    together = stages(boxes(NAMED, (32, 32, 3)), by_size=True)
    # Most of the weights at 16×16 are those of the branches, which have no name.
    assert [stage.name for stage in together] == ["", "stem", "", ""]
