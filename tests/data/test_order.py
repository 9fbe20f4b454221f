from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gluon_nets.data.order import (
    LAST,
    batch_rng,
    eval_order,
    eval_steps,
    train_order,
    train_steps,
    validation_choice,
)

numbers = st.integers(1, 60)
seeds = st.integers(0, 2**40)
lasts = st.sampled_from(LAST)


@given(n=numbers, batch_size=numbers, seed=seeds, epoch=seeds, last=lasts)
def test_an_epoch_has_each_image_as_often_as_it_says(n, batch_size, seed, epoch, last):
    order = train_order(n, batch_size, seed=seed, epoch=epoch, last=last)
    assert order.shape == (train_steps(n, batch_size, last), batch_size)
    counts = np.bincount(order.ravel(), minlength=n)
    assert counts.sum() == order.size and len(counts) == n
    if last == "drop":
        assert counts.max() <= 1
        assert n - order.size < batch_size
    else:
        assert counts.min() >= 1
        assert order.size - n < batch_size
        flat = order.ravel()
        np.testing.assert_array_equal(flat[n:], np.resize(flat[:n], order.size)[n:])


@given(n=st.integers(30, 60), seed=seeds, epoch=seeds)
def test_the_order_is_a_function_of_seed_and_epoch(n, seed, epoch):
    def order(seed, epoch):
        return train_order(n, n, seed=seed, epoch=epoch, last="drop").tolist()

    assert order(seed, epoch) == order(seed, epoch)
    assert order(seed, epoch) != order(seed + 1, epoch)
    assert order(seed, epoch) != order(seed, epoch + 1)


@given(seed=seeds, epoch=seeds, step=st.integers(0, 10**6))
def test_every_batch_has_its_own_random_numbers(seed, epoch, step):
    def draw(*key):
        return batch_rng(*key).random(4).tolist()

    others = [
        draw(seed, epoch, step + 1),
        draw(seed, epoch + 1, step),
        draw(seed + 1, epoch, step),
    ]
    assert draw(seed, epoch, step) == draw(seed, epoch, step)
    assert draw(seed, epoch, step) not in others


@given(n=numbers, batch_size=numbers)
def test_evaluation_has_each_image_once_and_in_order(n, batch_size):
    order = eval_order(n, batch_size)
    assert order.shape == (eval_steps(n, batch_size), batch_size)
    assert order[order < n].tolist() == list(range(n))
    assert (order.ravel()[n:] == n).all()
    assert order.size - n < batch_size


@given(n=st.integers(2, 60), seed=seeds, data=st.data())
def test_validation_is_disjoint_and_exhaustive(n, seed, data):
    count = data.draw(st.integers(1, n - 1))
    kept, held = validation_choice(n, count, seed)
    assert len(held) == count
    assert sorted([*kept, *held]) == list(range(n))
    assert (np.diff(kept) > 0).all() and (np.diff(held) > 0).all()
