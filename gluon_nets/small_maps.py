"""3×3 convolutions of maps of one to four pixels, as products of matrices.

oneDNN computes the gradient of such a convolution's weights image by image, and so
reads and writes all of it for each image: a convolution of 512 channels over one pixel
takes 153 ms in training (batch 128, one thread of an AMD EPYC), and as a product of
matrices 11 ms; of 256 channels over 2×2 pixels 44 and 27 ms; of 400 channels in groups
of 16 over one pixel 14 and 2 ms. From 3×3 pixels on nothing is gained. Images of 28 or
32 pixels end in such maps after four or five strides of 2.
"""

from __future__ import annotations

LARGEST = 2  # pixels a side


def is_small(maps: tuple | None) -> bool:
    """Whether maps, (N, C, H, W), are known to be convolved here."""
    return maps is not None and 0 < max(maps[2:]) <= LARGEST


def small_convolution(F, x, weight, shape, sides, stride: int, groups: int):
    """Convolve with padding 1 where each output pixel sees each input pixel.

    Parameters
    ----------
    x : array or symbol
        (N, C, H, W), of which `is_small` holds, and H, W are its `sides`.
    weight : array or symbol
        (O, C / groups, 3, 3), and this is its `shape`.
    """
    outputs = outputs_of(sides, stride)
    wide = product_weights(F, weight.as_nd_ndarray(), shape, sides, stride, groups)
    x = x.as_nd_ndarray()
    if groups == 1:
        hidden = shape[0] * outputs[0] * outputs[1]
        y = F.FullyConnected(x, wide, num_hidden=hidden, no_bias=True)
    else:
        inputs = shape[1] * sides[0] * sides[1]
        # not F.transpose: oneDNN's refuses what comes in blocks
        x = F.swapaxes(F.reshape(x, shape=(-1, groups, inputs)), dim1=0, dim2=1)
        y = F.batch_dot(x, wide, transpose_b=True)
        y = F.swapaxes(y, dim1=0, dim2=1)
    return F.reshape(y, shape=(-1, shape[0], *outputs)).as_np_ndarray()


def outputs_of(sides, stride: int) -> list[int]:
    """Height and width of the outputs."""
    return [(side - 1) // stride + 1 for side in sides]


def product_weights(F, weight, shape, sides, stride: int, groups: int):
    """(O, C / groups, 3, 3) → (O · outputs, C · H · W), or so for each group.

    The taps by which an output pixel reads the input pixels are a window of the kernel.
    """
    windows, outputs = [], outputs_of(sides, stride)
    for row in range(outputs[0]):
        for column in range(outputs[1]):
            window = weight
            for axis, place in ((2, row), (3, column)):
                begin = 1 - stride * place
                end = begin + sides[axis - 2]
                # not F.slice: oneDNN's refuses what a grouped convolution has laid out
                window = F.slice_axis(window, axis=axis, begin=begin, end=end)
            windows.append(window)
    wide = F.stack(*windows, axis=1)  # (O, outputs, C / groups, H, W)
    inputs = shape[1] * sides[0] * sides[1]
    return F.reshape(wide, shape=(-1, inputs) if groups == 1 else (groups, -1, inputs))
