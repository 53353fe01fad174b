from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.types import DepthMeasurements, RgbdFrame
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.networks.config import NetworkConfig
from mt_depth_ros.networks.network import DepthNetwork, NetworkOutput
from mt_depth_ros.networks.network_input import network_input, NetworkInput
from mt_depth_ros.pipeline.network_completer import NetworkCompleter
from mt_depth_ros.pipeline.postprocessing import RangeConfig
from mt_depth_ros.pipeline.predictor import DepthPredictor
from mt_depth_ros.segmentation.no_mask import NoMask
from mt_depth_ros.training.config import TrainingConfig
from mt_depth_ros.training.examples import (
    FrameDraw,
    joined_examples,
    TrainingFrames,
    ValidationFrames,
)
from mt_depth_ros.training.frame_source import FrameSource, open_frames

MakeConfig = Callable[..., TrainingConfig]


class Listener(DepthNetwork):
    """A network that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__(NetworkConfig())
        self.given: list[NetworkInput] = []

    def forward(self, *given: torch.Tensor) -> NetworkOutput:
        self.given.append(NetworkInput(*given))
        return NetworkOutput(given[1] + 1.0)


def frames_of(config: TrainingConfig) -> FrameSource:
    return open_frames(config)


def served(frame: RgbdFrame, size: tuple[int, int]) -> NetworkInput:
    """What a network on a robot is given of a frame."""
    listener = Listener()
    completer = NetworkCompleter('listener', listener, trained_size=size, device='cpu')
    predictor = DepthPredictor(completer, NoMask(), RangeConfig(), completer_needs_mask=True)
    predictor.predict(frame)
    (given,) = listener.given
    return given


@pytest.mark.parametrize('pattern', [{'kind': 'bernoulli'}, {'kind': 'lidar_lines', 'lines': 16}])
def test_training_sees_bit_for_bit_what_serving_sees(
    make_config: MakeConfig, pattern: dict[str, Any]
) -> None:
    config = make_config(sparse={'pattern': pattern})
    source = frames_of(config)
    frame = TrainingFrames(source.train, config).prepared(FrameDraw(0, 2))
    as_read = source.train[2]
    drawn = frame.sample.measurements
    # The same points as a sensor on the full image would give them.
    scale_u, scale_v = as_read.camera.width / 64, as_read.camera.height / 32
    on_camera = DepthMeasurements(
        u_px=((drawn.u_px + 0.5) * scale_u - 0.5).astype(np.float32),
        v_px=((drawn.v_px + 0.5) * scale_v - 0.5).astype(np.float32),
        depth_m=drawn.depth_m,
    )
    on_robot = served(
        RgbdFrame(
            image_rgb=as_read.image_rgb,
            camera=as_read.camera,
            measurements=on_camera,
            stamp_ns=0,
            frame_id='camera',
            measurement_stamp_ns=0,
            given_mask=as_read.instance_ids > 0,
        ),
        (32, 64),
    )
    in_training = frame.example().given
    assert in_training.validity_B1HW.any()
    assert in_training.mask_B1HW.any()
    for trained, expected in zip(in_training, on_robot, strict=True):
        assert torch.equal(trained, expected)


def test_both_go_through_the_one_function_that_makes_tensors(make_config: MakeConfig) -> None:
    config = make_config()
    frame = ValidationFrames(frames_of(config).validation, config).prepared(0)
    given: CompletionInput = frame.completion_input
    listener = Listener()
    completer = NetworkCompleter('listener', listener, trained_size=(32, 64), device='cpu')
    assert isinstance(completer.complete(given), CompletedDepth)
    for tensors in (network_input(given), frame.example().given):
        for one, other in zip(tensors, listener.given[0], strict=True):
            assert torch.equal(one, other)


def test_a_draw_is_the_same_each_time_and_its_number_changes_it(make_config: MakeConfig) -> None:
    config = make_config(
        view={'mirror_probability': 0.5, 'colour': {}, 'whole_probability': 0.5},
        masks={'degraded': 1.0},
    )
    frames = TrainingFrames(frames_of(config).train, config)
    first, again, other = frames[FrameDraw(5, 1)], frames[FrameDraw(5, 1)], frames[FrameDraw(6, 1)]
    assert all(torch.equal(a, b) for a, b in zip(first.given, again.given, strict=True))
    assert not torch.equal(first.given.sparse_depth_B1HW, other.given.sparse_depth_B1HW)


def test_validation_frames_are_the_same_each_time_whatever_the_seed(
    make_config: MakeConfig,
) -> None:
    config = make_config()
    validation = frames_of(config).validation
    first = ValidationFrames(validation, config)[0]
    second = ValidationFrames(validation, replace(config, seed=9))[0]
    assert all(torch.equal(a, b) for a, b in zip(first.given, second.given, strict=True))


def test_measured_depth_is_the_truth_of_its_pixel(make_config: MakeConfig) -> None:
    config = make_config()
    example = TrainingFrames(frames_of(config).train, config)[FrameDraw(0, 0)]
    measured = example.given.validity_B1HW > 0
    truth = example.target.truth_B1HW[measured]
    assert torch.equal(example.given.sparse_depth_B1HW[measured], truth)
    assert torch.isposinf(example.target.truth_B1HW).any()  # the sky is there, and not measured


def test_a_window_has_the_grid_of_the_network_and_its_mask_fits(make_config: MakeConfig) -> None:
    config = make_config(view={'whole_probability': 0.0, 'zoom': [1.0, 1.2]})
    frames = TrainingFrames(frames_of(config).train, config)
    for number in range(4):
        example = frames[FrameDraw(number, number)]
        assert example.given.image_B3HW.shape == (1, 3, 32, 64)
        assert torch.equal(example.given.mask_B1HW, example.target.object_B1HW)


def test_a_cut_is_a_piece_of_the_whole_grid_in_all_that_is_given_and_known(
    make_config: MakeConfig,
) -> None:
    whole_config, cut_config = make_config(), make_config(view={'cut_size': [16, 32]})
    source = frames_of(whole_config)
    places = set()
    for number in range(4):
        draw = FrameDraw(number, 2)
        whole = TrainingFrames(source.train, whole_config)[draw]
        cut = TrainingFrames(source.train, cut_config)[draw]
        (place,) = (
            (top, left)
            for top in range(32 - 16 + 1)
            for left in range(64 - 32 + 1)
            if torch.equal(
                whole.given.image_B3HW[..., top : top + 16, left : left + 32],
                cut.given.image_B3HW,
            )
        )
        rows, columns = slice(place[0], place[0] + 16), slice(place[1], place[1] + 32)
        for of_whole, of_cut in zip(
            (*whole.given, *whole.target), (*cut.given, *cut.target), strict=True
        ):
            assert torch.equal(of_whole[..., rows, columns], of_cut)
        places.add(place)
    assert len(places) > 1


def test_validation_sees_the_whole_grid_where_training_sees_cuts(make_config: MakeConfig) -> None:
    config = make_config(view={'cut_size': [16, 32]})
    example = ValidationFrames(frames_of(config).validation, config)[0]
    assert example.given.image_B3HW.shape == (1, 3, 32, 64)


def test_a_batch_holds_its_frames_in_order(make_config: MakeConfig) -> None:
    config = make_config()
    frames = TrainingFrames(frames_of(config).train, config)
    parts = [frames[FrameDraw(number, number)] for number in range(3)]
    batch = joined_examples(parts)
    assert batch.given.image_B3HW.shape == (3, 3, 32, 64)
    assert torch.equal(batch.target.truth_B1HW[1:2], parts[1].target.truth_B1HW)
    assert [name[-5:] for name in batch.names] == ['00000', '00001', '00002']


class Measuring:
    """A dataset whose every fourth pixel is measured."""

    def __init__(self, dataset: DepthDataset) -> None:
        self._dataset = dataset
        self.identities = dataset.identities

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> DepthSample:
        sample = self._dataset[index]
        v_px, u_px = (np.ravel(axis) for axis in np.mgrid[20:36:2, 0:120:2].astype(np.float32))
        depth_m = sample.truth_m[v_px.astype(int), u_px.astype(int)]
        measured = DepthMeasurements(u_px=u_px, v_px=v_px, depth_m=depth_m)
        return replace(sample, measurements=measured)


def test_a_turned_camera_moves_image_and_mask_and_nothing_that_is_measured_or_true(
    make_config: MakeConfig,
) -> None:
    pattern = {'pattern': {'kind': 'measured'}}
    plain = make_config(sparse=pattern)
    turned = make_config(sparse=pattern, view={'turn': {'probability': 1.0, 'largest_deg': 20.0}})
    dataset = Measuring(frames_of(plain).train)
    draws = [FrameDraw(number, 1) for number in range(4)]
    before = joined_examples([TrainingFrames(dataset, plain)[draw] for draw in draws])
    after = joined_examples([TrainingFrames(dataset, turned)[draw] for draw in draws])
    assert before.given.validity_B1HW.any()
    for one, other in zip(
        (*before.given, *before.target), (*after.given, *after.target), strict=True
    ):
        moved = one is before.given.image_B3HW or one is before.given.mask_B1HW
        assert torch.equal(one, other) != moved


def test_points_drawn_from_the_depth_itself_are_never_out_of_place(
    make_config: MakeConfig,
) -> None:
    plain = make_config()
    turned = make_config(view={'turn': {'probability': 1.0, 'largest_deg': 20.0}})
    source = frames_of(plain)
    before = TrainingFrames(source.train, plain)[FrameDraw(3, 1)]
    after = TrainingFrames(source.train, turned)[FrameDraw(3, 1)]
    assert all(torch.equal(a, b) for a, b in zip(before.given, after.given, strict=True))
