from golden.make_captum import TARGETS, UNIT

from jaxcnn import explain


def test_is_what_captum_says(model, images, assert_is_captums, compiled):  # guide row A8.17
    assert_is_captums("guided_backprop", compiled(explain.guided_backprop, model, images, TARGETS))
    unit = explain.Unit(*UNIT)
    assert_is_captums(
        "unit/guided_backprop", compiled(explain.guided_backprop, model, images, unit)
    )
