"""NumPy oracles: the textbook definitions as plain loops, slow and obvious on purpose.

Nothing here imports jax or jaxcnn, so agreement with these is agreement with the definition.
"""

import numpy as np

# --- activations, losses, metrics -------------------------------------------------------------


def softmax(logits):
    """Probabilities of one example: (K,) to (K,)."""
    powers = np.array([np.exp(z - max(logits)) for z in logits])
    return powers / sum(powers)


def cross_entropy(logits, target):
    """Cross-entropy of one example against a target distribution; 0 · log 0 = 0."""
    shifted = np.asarray(logits, np.float64) - max(logits)
    log_normalizer = np.log(sum(np.exp(z) for z in shifted))
    return sum(t * (log_normalizer - z) for z, t in zip(shifted, target, strict=True) if t)


def binary_cross_entropy(p, y):
    """Cross-entropy of one yes-or-no answer: p predicted, y true; 0 · log 0 = 0."""
    return -sum(weight * np.log(q) for weight, q in [(y, p), (1 - y, 1 - p)] if weight)


def focal_loss(z, y, alpha, gamma):
    """Focal loss of one logit z and one label y in {0, 1}."""
    p = 1 / (1 + np.exp(-z))
    p_right, weight = (p, alpha) if y else (1 - p, 1 - alpha)
    return -weight * (1 - p_right) ** gamma * np.log(p_right)


def kl_divergence(predicted, target):
    """Divergence of one predicted distribution from one target."""
    return sum(t * np.log(t / p) for p, t in zip(predicted, target, strict=True) if t)


def multiclass_hinge(logits, label):
    """Crammer and Singer's hinge loss of one example."""
    rivals = [z + 1 for k, z in enumerate(logits) if k != label]
    return max([logits[label], *rivals]) - logits[label]


def top_k_accuracy(scores, labels, k):
    """Fraction of rows whose label is among the k best; of equals the lower class is better."""
    hits = [
        y in sorted(range(len(s)), key=lambda c: (-s[c], c))[:k]
        for s, y in zip(scores, labels, strict=True)
    ]
    return sum(hits) / len(hits)


def average_precision(scores, targets):
    """Mean over one label's positives of the precision among all that score no lower."""
    precisions = []
    for score, positive in zip(scores, targets, strict=True):
        if positive:
            predicted = [y for s, y in zip(scores, targets, strict=True) if s >= score]
            precisions.append(sum(predicted) / len(predicted))
    return sum(precisions) / len(precisions) if precisions else 0


def expected_calibration_error(probabilities, labels, bins):
    """Weighted mean over bins of |accuracy - confidence|, bins (b / bins, (b + 1) / bins]."""
    error = 0.0
    for b in range(bins):
        inside = [i for i, p in enumerate(probabilities) if b / bins < max(p) <= (b + 1) / bins]
        if inside:
            right = np.mean([np.argmax(probabilities[i]) == labels[i] for i in inside])
            confidence = np.mean([max(probabilities[i]) for i in inside])
            error += len(inside) / len(labels) * abs(right - confidence)
    return error


# --- Convolution and pooling: one loop over output positions, one over window elements ---


def same_pads(sizes, windows, strides):
    """(low, high) zeros a dimension that make ceil(size / stride) windows fit."""
    pads = []
    for size, window, stride in zip(sizes, windows, strides, strict=True):
        outputs = int(np.ceil(size / stride))
        total = max(0, (outputs - 1) * stride + window - size)
        pads.append((total // 2, total - total // 2))
    return pads


def conv_nd(inputs, kernel, strides, pads, kernel_dilation=None, input_dilation=None, groups=1):
    """Cross-correlation of (N, *spatial, C) with (*window, C / groups, O); `pads` are pairs."""
    rank = kernel.ndim - 2
    kernel_dilation = kernel_dilation or (1,) * rank
    input_dilation = input_dilation or (1,) * rank
    count, channels, filters = inputs.shape[0], inputs.shape[-1], kernel.shape[-1]
    spatial = inputs.shape[1:-1]
    spread_shape = [(n - 1) * d + 1 for n, d in zip(spatial, input_dilation, strict=True)]
    spread = np.zeros((count, *spread_shape, channels), inputs.dtype)
    spread[(slice(None), *(slice(None, None, d) for d in input_dilation))] = inputs
    padded = np.pad(spread, [(0, 0), *pads, (0, 0)])
    window = kernel.shape[:-2]
    out_shape = [
        (padded.shape[1 + i] - (window[i] - 1) * kernel_dilation[i] - 1) // strides[i] + 1
        for i in range(rank)
    ]
    outputs = np.zeros((count, *out_shape, filters), inputs.dtype)
    depth, filters_a_group = channels // groups, filters // groups
    for n in range(count):
        for position in np.ndindex(*out_shape):
            for offset in np.ndindex(*window):
                at = tuple(np.multiply(position, strides) + np.multiply(offset, kernel_dilation))
                pixel = padded[(n, *at)]
                for o in range(filters):
                    first = (o // filters_a_group) * depth
                    outputs[(n, *position, o)] += np.sum(
                        pixel[first : first + depth] * kernel[(*offset, slice(None), o)]
                    )
    return outputs


def conv_transpose_nd(inputs, kernel, strides, pads, out_shape, kernel_dilation=None):
    """Adjoint of `conv_nd`: stamps the kernel (*window, C_out, C_in) at every stride."""
    rank = kernel.ndim - 2
    kernel_dilation = kernel_dilation or (1,) * rank
    outputs = np.zeros((inputs.shape[0], *out_shape, kernel.shape[-2]), inputs.dtype)
    lows = [low for low, _ in pads]
    for n in range(inputs.shape[0]):
        for position in np.ndindex(*inputs.shape[1:-1]):
            for offset in np.ndindex(*kernel.shape[:-2]):
                at = np.multiply(position, strides) + np.multiply(offset, kernel_dilation) - lows
                if np.all(at >= 0) and np.all(at < out_shape):
                    outputs[(n, *at)] += kernel[offset] @ inputs[(n, *position)]
    return outputs


def pool_windows(sizes, window, strides, pads, ceil_mode=False):
    """Slices of every window that starts before the input's end, a list a dimension.

    Each entry is (start, stop) in coordinates of the input, padding being outside 0..size.
    """
    grid = []
    for size, k, s, (low, high) in zip(sizes, window, strides, pads, strict=True):
        starts, start = [], -low
        while start + k <= size + high or (ceil_mode and start < min(size, size + high - k + s)):
            starts.append((start, start + k))
            start += s
        grid.append(starts)
    return grid


def pool_nd(inputs, window, strides, pads, reduce, ceil_mode=False):
    """Applies `reduce(values, n_padded)` to the inputs of every window of (N, *spatial, C).

    `n_padded` is how many elements the window has within the padded input.
    """
    sizes = inputs.shape[1:-1]
    grid = pool_windows(sizes, window, strides, pads, ceil_mode)
    out_shape = [len(starts) for starts in grid]
    outputs = np.zeros((inputs.shape[0], *out_shape, inputs.shape[-1]), np.float64)
    for position in np.ndindex(*out_shape):
        bounds = [grid[i][p] for i, p in enumerate(position)]
        inside = tuple(slice(max(a, 0), min(b, n)) for (a, b), n in zip(bounds, sizes, strict=True))
        n_padded = np.prod(
            [min(b, n + high) - a for (a, b), n, (_, high) in zip(bounds, sizes, pads, strict=True)]
        )
        for n in range(inputs.shape[0]):
            for c in range(inputs.shape[-1]):
                values = inputs[(n, *inside, c)].ravel()
                outputs[(n, *position, c)] = reduce(values, n_padded)
    return outputs


def first_maxima(inputs, window, strides, pads, ceil_mode=False):
    """Row-major position of the first maximum of every window of (N, *spatial, C)."""
    places = np.arange(np.prod(inputs.shape[1:-1])).reshape(inputs.shape[1:-1])
    grid = pool_windows(inputs.shape[1:-1], window, strides, pads, ceil_mode)
    out_shape = [len(starts) for starts in grid]
    switches = np.zeros((inputs.shape[0], *out_shape, inputs.shape[-1]), np.int32)
    for position in np.ndindex(*out_shape):
        bounds = [grid[i][p] for i, p in enumerate(position)]
        inside = tuple(slice(max(a, 0), max(b, 0)) for a, b in bounds)
        for n in range(inputs.shape[0]):
            for c in range(inputs.shape[-1]):
                values = inputs[(n, *inside, c)].ravel()
                switches[(n, *position, c)] = places[inside].ravel()[np.argmax(values)]
    return switches


def unpool_nd(pooled, switches, out_shape):
    """Adds every pooled value of (N, *spatial, C) to the place its switch names."""
    flat = np.zeros((pooled.shape[0], int(np.prod(out_shape)), pooled.shape[-1]), pooled.dtype)
    for index in np.ndindex(*pooled.shape):
        flat[index[0], switches[index], index[-1]] += pooled[index]
    return flat.reshape(pooled.shape[0], *out_shape, pooled.shape[-1])


def adaptive_pool_nd(inputs, out_shape, reduce):
    """Applies `reduce` to the cells [floor(i*n/m), ceil((i+1)*n/m)) of (N, *spatial, C)."""
    sizes = inputs.shape[1:-1]
    outputs = np.zeros((inputs.shape[0], *out_shape, inputs.shape[-1]), np.float64)
    for position in np.ndindex(*out_shape):
        cell = tuple(
            slice(int(np.floor(i * n / m)), int(np.ceil((i + 1) * n / m)))
            for i, n, m in zip(position, sizes, out_shape, strict=True)
        )
        for n in range(inputs.shape[0]):
            for c in range(inputs.shape[-1]):
                outputs[(n, *position, c)] = reduce(inputs[(n, *cell, c)].ravel())
    return outputs
