from __future__ import annotations

import json

import numpy as np
import pytest

from gluon_nets.data import FashionMNIST, sources


def _sample(*args, **options):
    return FashionMNIST(*args, subset="sample", **options)


def test_sample_is_balanced():
    data = _sample()
    assert data.name == "fashion-mnist-sample"
    assert np.bincount(data.train.labels).tolist() == [600] * 10
    assert np.bincount(data.test.labels).tolist() == [100] * 10
    assert data.validation is None
    assert data.num_classes == len(data.class_names) == 10


def test_sample_is_small_and_licensed():
    size = sum(path.stat().st_size for path in sources.SAMPLE.iterdir())
    assert size <= 4e6
    assert "Zalando SE" in (sources.SAMPLE / "LICENSE").read_text(encoding="utf-8")


def test_full_set(full_root):
    data = FashionMNIST(128, 96, root=full_root)
    assert data.name == "fashion-mnist"
    assert (len(data.train), len(data.test)) == (60_000, 10_000)
    assert data.steps_per_epoch == 468
    assert data.eval_steps("test") == 79
    assert data.image_shape == (1, 96, 96)
    assert repr(data) == (
        "FashionMNIST(fashion-mnist: 60000 train, 10000 test, resize=96)"
    )


@pytest.mark.parametrize("validation, count", [(1000, 1000), (0.25, 1500)])
def test_validation_is_taken_from_the_training_images(validation, count):
    data, whole = _sample(validation=validation), _sample()
    assert len(data.validation) == count
    assert len(data.train) == 6000 - count
    parts = np.concatenate([data.train.images, data.validation.images])
    np.testing.assert_array_equal(  # the same images, as a multiset
        np.unique(parts, axis=0, return_counts=True)[1],
        np.unique(whole.train.images, axis=0, return_counts=True)[1],
    )
    np.testing.assert_array_equal(data.test.images, whole.test.images)
    assert data.eval_steps("validation") == -(-count // 128)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"validation": 0.1, "augment": ("shift", "flip"), "last": "pad"},
        {"validation": np.int64(7), "seed": np.int64(5), "resize": np.int32(8)},
    ],
)
def test_options_rebuild_the_data_set(options):
    data = _sample(64, **options)
    saved = json.loads(json.dumps(data.options()))
    again = FashionMNIST(**saved)
    assert again.options() == data.options() == saved
    np.testing.assert_array_equal(again.train.labels, data.train.labels)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"batch_size": 0}, "batch_size must be an integer of at least 1, not 0"),
        ({"batch_size": 1.5}, "batch_size must be an integer of at least 1, not 1.5"),
        ({"batch_size": True}, "batch_size must be an integer .* not True"),
        ({"batch_size": 6001}, "batch_size 6001 is more than the 6000 training"),
        ({"batch_size": 51, "validation": 5950}, "batch_size 51 is more than the 50"),
        ({"resize": 7}, "resize must be an integer from 8 to 512, not 7"),
        ({"resize": 513}, "resize must be an integer from 8 to 512, not 513"),
        ({"seed": -1}, "seed must be an integer of at least 0, not -1"),
        ({"subset": "some"}, "subset must be one of None, 'sample', not 'some'"),
        ({"last": "keep"}, "last must be one of 'drop', 'pad', not 'keep'"),
        ({"augment": "flop"}, "augment must be one of 'flip', 'shift', not 'flop'"),
        ({"validation": 1.0}, "fraction must lie between 0 and 1, not 1.0"),
        ({"validation": -0.1}, "fraction must lie between 0 and 1, not -0.1"),
        ({"validation": -1}, "validation must be an integer of at least 0, not -1"),
        ({"validation": 6000}, "from 1 to 5999, .* not 6000"),
        ({"validation": "10"}, "validation must be an integer .* not '10'"),
        ({"root": "."}, "takes no root"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        FashionMNIST(**{"subset": "sample", **options})


def test_an_unknown_split_is_named():
    data = _sample()
    with pytest.raises(ValueError, match="one of 'train', 'test', not 'validation'"):
        data.eval_steps("validation")


def test_augment_may_be_one_name():
    assert _sample(augment="flip").augment == ("flip",)
    assert _sample(augment=["flip", "shift", "flip"]).augment == ("flip", "shift")


def test_show_draws_a_labelled_grid(tmp_path):
    data = _sample(validation=9)
    path = tmp_path / "grid.png"
    figure = data.show("validation", rows=2, columns=5, path=path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert figure._repr_png_().startswith(b"\x89PNG")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [*(data.class_names[y] for y in data.validation.labels), ""]
    drawn = figure.axes[3].images[0].get_array()
    np.testing.assert_array_equal(drawn, data.validation.images[3])


def test_show_needs_a_cell():
    with pytest.raises(ValueError, match="not 0 and 8"):
        _sample().show(rows=0)
