from golden.make_captum import TARGETS, UNIT

from jaxcnn import explain


def test_is_what_captum_says(model, images, captum, compiled):  # guide row A8.17
    captum("guided_backprop", compiled(explain.guided_backprop, model, images, TARGETS))
    unit = explain.Unit(*UNIT)
    captum("unit/guided_backprop", compiled(explain.guided_backprop, model, images, unit))
