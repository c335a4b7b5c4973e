from drawn_networks import NAMED, NARROWING, RESNET18

from jaxcnn.explain.network._boxes import boxes, stages
from jaxcnn.models import lenet5


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
    # A block with a stride is otherwise as its neighbour.
    assert [len(run.boxes) for run in found[3].runs] == [2]
    assert sum(stage.parameters for stage in found) == 11_689_512


def test_sizes_that_all_differ_all_stay():
    assert len(stages(boxes(NARROWING, (96, 96, 3)), by_size=True)) == 31


def test_names():
    alone = stages(boxes(NAMED, (32, 32, 3)), by_size=False)
    names = ["", "stem", "down", "block", "", "pool", "", "classifier"]
    assert [stage.name for stage in alone] == names
    together = stages(boxes(NAMED, (32, 32, 3)), by_size=True)
    # Most of the weights at 16×16 are those of the branches, which have no name.
    assert [stage.name for stage in together] == ["", "stem", "", ""]
