"""The suite's table: every work has a name, a cost, and a pattern that finds it."""

from __future__ import annotations

import pytest

from benchmarks.peak import limit
from benchmarks.works import CHECK, NARROW, WORKS, choose

PEAK = {"flops": 1e9, "bytes": 1e9}


def test_each_name_is_one_work_s():
    names = [work.name for work in WORKS]
    assert len(set(names)) == len(names)
    assert set(CHECK) <= set(names)


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_its_name_finds_it_and_its_network_has_a_cost(work):
    assert work in choose([work.name])
    assert work.cost.flops > 0


def test_patterns_choose_in_the_order_of_the_table_without_repeating():
    assert choose([]) == list(WORKS)
    both = choose(["train resnet18", "resnet18"])
    assert len(both) == len(set(both)) == 6
    with pytest.raises(ValueError, match="'alexnet'.*benchmarks list"):
        choose(["alexnet"])


def test_narrow_networks_are_as_narrow_as_they_say():
    for name, arch in NARROW.items():
        assert {f"narrow_g{stage.group_width}" for stage in arch.stages} == {name}


def test_the_limit_is_that_of_arithmetic_or_of_memory_whichever_is_longer():
    by_kind = {
        kind: choose([f"{kind} resnet18 128x1x96"])[0] for kind in ("train", "infer")
    }
    train, infer = (limit(by_kind[kind], PEAK) for kind in ("train", "infer"))
    assert train == pytest.approx(3 * infer, rel=1e-4)
    cost, batch = by_kind["infer"].cost, 128
    assert infer == pytest.approx(batch * cost.flops / 1e9, rel=1e-4)
    slow = limit(by_kind["infer"], {"flops": 1e15, "bytes": 1e9})
    assert slow == pytest.approx(8 * batch * cost.acts / 1e9, rel=1e-4)
    assert limit(choose(["epoch"])[0], PEAK) is None
