import numpy as np
import tiles

from jaxcnn import explain

RNG = np.random.default_rng(0)


def mosaic(figure):
    return figure.axes[0].images[0].get_array()


def test_title_and_caption():
    kernel = RNG.normal(size=(5, 5, 3, 6))
    figure = explain.plot_filters(kernel, title="classic on CIFAR-10")
    assert figure.get_suptitle() == "classic on CIFAR-10"
    caption = figure.get_supxlabel().replace("\n", " ")
    assert caption.startswith("n = 6 filters of 5×5×3, as RGB colors, row by row.")
    assert "scaled by its own largest" in caption


def test_each_filter_is_scaled_on_its_own_around_mid_gray():  # guide row A7.1
    kernel = np.zeros((1, 1, 3, 4))
    kernel[0, 0, :, 0] = [1, 0, -1]
    kernel[0, 0, :, 1] = [100, 50, -100]  # the other two are all zero
    picture = mosaic(explain.plot_filters(kernel))
    corners = picture[0, 0], picture[0, -1], picture[-1, 0], picture[-1, -1]
    expected = [[1, 0.5, 0], [1, 0.75, 0], [0.5] * 3, [0.5] * 3]
    np.testing.assert_allclose(corners, expected, atol=1e-6)


def test_filters_over_other_channels_are_gray_slices():
    kernel = np.stack([np.full((1, 1, 2), 1.0), np.full((1, 1, 2), -1.0)], axis=-1)
    kernel[0, 0, 1] = 0
    figure = explain.plot_filters(kernel)
    picture = mosaic(figure)
    corners = picture[0, 0], picture[0, -1], picture[-1, 0], picture[-1, -1]  # filter-major
    np.testing.assert_allclose(corners, [[1] * 3, [0.5] * 3, [0] * 3, [0.5] * 3], atol=1e-6)
    assert "one gray image for each input channel" in figure.get_supxlabel().replace("\n", " ")


def test_large_kernels_are_cut_and_say_so():
    figure = explain.plot_filters(RNG.normal(size=(3, 3, 64, 64)))
    assert "the first 256 of 4,096 images" in figure.get_supxlabel().replace("\n", " ")


def test_rows_are_filters_and_columns_input_channels():
    kernel = np.zeros((1, 1, 5, 20))
    kernel[0, 0, 2, 7] = 1
    axes, bar = explain.plot_filters(kernel, title="conv3").axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("input channel", "filter")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == list("01234")
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [str(k) for k in range(16)]
    expected = np.full((16, 5), 0.5)
    expected[7, 2] = 1
    shown = tiles.middles(axes.images[0].get_array(), 16, 5)
    np.testing.assert_allclose(shown[..., 0], expected)
    ends = [tick.get_text() for tick in bar.get_yticklabels()]
    assert ends == ["−largest", "0", "+largest"]


def test_filters_over_one_channel_are_numbered_row_by_row():
    axes, _ = explain.plot_filters(RNG.normal(size=(3, 3, 1, 16))).axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0–3", "4–7", "8–11", "12–15"]


def test_filters_over_texts_are_strips(draw):
    figure = draw(explain.plot_filters(RNG.normal(size=(3, 4, 5))))
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("input channel", "filter")
    assert figure.get_supxlabel().startswith("n = 5 filters of 3×4, one gray image")


def test_a_line_for_each_filter_around_zero(draw):
    kernel = RNG.normal(size=(20, 1, 6))
    figure = draw(explain.plot_filters(kernel, title="first layer for sounds"))
    assert figure.get_suptitle() == "first layer for sounds"
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == list("012345")
    for place in range(6):
        zero, line = axes.lines[2 * place : 2 * place + 2]
        weights = kernel[:, 0, place]
        drawn = line.get_ydata() - zero.get_ydata()[0]
        np.testing.assert_allclose(drawn, 0.35 * weights / np.abs(weights).max(), atol=1e-6)
        assert np.ptp(zero.get_ydata()) == 0


def test_no_more_than_64_lines():
    figure = explain.plot_filters(np.ones((5, 1, 100)))
    assert len(figure.axes[0].texts) == 64
    assert "n = 100 filters over 5 neighboring samples" in figure.get_supxlabel()
    assert "the first 64 shown" in figure.get_supxlabel().replace("\n", " ")
