"""Pictures of validation frames, completed as a robot would."""

from __future__ import annotations

from copy import deepcopy

import torch

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.core.types import confidence_from_uncertainty, DepthPrediction, RgbdFrame
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.pipeline.network_completer import NetworkCompleter
from mt_depth_ros.pipeline.postprocessing import answer_within_range, RangeConfig
from mt_depth_ros.training.examples import PreparedFrame
from mt_depth_ros.visualization.panels import frame_panel


def preview(
    network: DepthNetwork, frame: PreparedFrame, *, name: str, device: torch.device
) -> ByteImage:
    """The panel of one frame: image, measurements, depth, confidence, mask and error.

    Args:
        network: in evaluation mode, on ``device``; not changed.
        frame: of the validation.
        name: what the network is called in the picture.
        device: where the network is.
    """
    given, sample = frame.completion_input, frame.sample
    # What serves lays the weights out anew, and a network goes on to be trained as it was.
    completer = NetworkCompleter(
        name, deepcopy(network), trained_size=given.sparse_depth_m.shape, device=str(device)
    )
    depth_m, uncertainty_m = answer_within_range(completer.complete(given), RangeConfig())
    mask = frame.mask > 0.5
    assert sample.measurements is not None
    rgbd = RgbdFrame(
        image_rgb=sample.image_rgb,
        camera=sample.camera,
        measurements=sample.measurements,
        stamp_ns=0,
        frame_id=str(sample.identity),
        measurement_stamp_ns=0,
        given_mask=mask,
    )
    prediction = DepthPrediction(
        depth_m=depth_m,
        uncertainty_m=uncertainty_m,
        confidence=confidence_from_uncertainty(depth_m, uncertainty_m),
        mask=mask,
        camera=sample.camera,
        stamp_ns=0,
        frame_id=rgbd.frame_id,
        completer=name,
    )
    return frame_panel(rgbd, prediction, truth_m=sample.truth_m)
