from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.training.optimisation import AveragedWeights, build_optimiser, OptimiserConfig


def test_the_default_is_the_constant_rate_of_the_paper() -> None:
    config = OptimiserConfig()
    assert {config.learning_rate_at(step, 100) for step in range(100)} == {1e-4}
    assert isinstance(build_optimiser(nn.Linear(1, 1), config), torch.optim.Adam)


def test_the_rate_warms_up_then_falls_along_a_cosine_to_its_share() -> None:
    config = OptimiserConfig(
        learning_rate=1.0, warm_up_steps=4, schedule='cosine', final_share=0.1
    )
    rates = [config.learning_rate_at(step, 105) for step in (0, 1, 3, 4, 54, 104)]
    # Half-way through the cosine: 0.1 + 0.9 / 2.
    assert rates == pytest.approx([0.25, 0.5, 1.0, 1.0, 0.55, 0.1])


def test_two_runs_share_one_schedule() -> None:
    whole = OptimiserConfig(learning_rate=1.0, schedule='cosine')
    parts = [replace(whole, schedule_part=part) for part in ((0.0, 0.5), (0.5, 1.0))]
    rates = [part.learning_rate_at(step, 101) for part in parts for step in range(101)]
    assert rates[0] == 1.0
    assert rates[100] == rates[101] == pytest.approx(0.5)
    assert rates[201] == pytest.approx(0.0, abs=1e-9)
    assert rates[50] == pytest.approx(whole.learning_rate_at(50, 201))
    warm = replace(parts[1], warm_up_steps=10)
    assert warm.learning_rate_at(0, 101) == pytest.approx(0.05)
    assert warm.learning_rate_at(10, 101) == pytest.approx(0.5)


def one_weight(value: float) -> nn.Module:
    layer = nn.BatchNorm1d(1)
    nn.init.constant_(layer.weight, value)
    return layer


def test_the_average_forgets_the_start_fast_and_then_as_told() -> None:
    layer = one_weight(0.0)
    average = AveragedWeights(layer, 0.5)
    nn.init.constant_(layer.weight, 1.0)
    average.update()  # after one step (1 + 1) / (10 + 1) = 2 / 11 of the start is left
    assert average.state()['weight'].item() == pytest.approx(9 / 11)
    for _ in range(20):
        average.update()
    nn.init.constant_(layer.weight, 3.0)
    average.update()  # by now it is 0.5
    assert average.state()['weight'].item() == pytest.approx(2.0, abs=1e-4)


def test_statistics_are_averaged_and_counters_taken_over() -> None:
    layer = one_weight(1.0)
    average = AveragedWeights(layer, 0.9)
    layer.running_mean.fill_(11.0)
    layer.num_batches_tracked.fill_(7)
    average.update()
    assert average.state()['running_mean'].item() == pytest.approx(9.0)  # 9 / 11 of the way
    assert average.state()['num_batches_tracked'].item() == 7


def test_the_average_is_swapped_in_for_a_while_even_if_something_fails() -> None:
    layer = one_weight(0.0)
    average = AveragedWeights(layer, 0.5)
    nn.init.constant_(layer.weight, 1.0)
    with pytest.raises(KeyError), average.swapped_in():
        assert layer.weight.item() == 0.0
        raise KeyError
    assert layer.weight.item() == 1.0


def test_an_average_goes_on_where_its_state_was_taken() -> None:
    layer = one_weight(0.0)
    average, restored = AveragedWeights(layer, 0.9), AveragedWeights(one_weight(5.0), 0.9)
    nn.init.constant_(layer.weight, 1.0)
    average.update()
    restored.load_state(average.state())
    assert restored.state().keys() == average.state().keys()
    assert all(torch.equal(restored.state()[k], v) for k, v in average.state().items())


def test_a_value_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match=r'optimiser: expected learning_rate > 0'):
        OptimiserConfig(learning_rate=0.0)
    with pytest.raises(ConfigError, match=r'schedule_part with 0 <= begin < end <= 1'):
        OptimiserConfig(schedule_part=(0.5, 0.5))
