"""From a frame of a data set to what every predictor is given and scored on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
import hashlib

import numpy as np
from numpy.typing import NDArray

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.projection import rasterize_nearest
from mt_depth_ros.core.see_through import drop_see_through
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.camera_turn import seen_turned, turned_away
from mt_depth_ros.data.geometric_augmentation import resized
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.data.sparse_sampling import draw_for_evaluation, SparseSampling
from mt_depth_ros.evaluation.given_masks import MaskSource, NoGivenMask

TURN = 'camera turn'
"""What the direction of a turn is drawn for."""

BAG_DATASET = 'bag'
"""What recordings are called in the names of their frames."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class EvaluationFrame:
    """A frame as every predictor sees it, and what is known of it.

    Attributes:
        name: of the frame.
        group: what its figures are told apart by: the condition, of recordings the camera.
        frame: the input, the same for every predictor.
        sparse_depth_m: (H, W) float32 metres, the input laid on the camera's grid; 0 = none.
        truth_m: (H, W) float32 metres; 0 or NaN = unknown, +Inf = sky.
        instance_ids: (H, W) int32, 0 = no instance; None: not told.
    """

    name: str
    group: str
    frame: RgbdFrame
    sparse_depth_m: FloatImage
    truth_m: FloatImage
    instance_ids: NDArray[np.int32] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameConfig:
    """How frames become input.

    Attributes:
        sampling: how the sparse input comes about.
        size: (height, width) every frame is resized to before that; None: its own.
        see_through_filter: leave out of the input what shows through foreground, as the node's
            parameter does.
        masks: where the foreground mask comes from.
        turn_deg: how far the camera is turned away from where its calibration says it looks, in a
            direction that belongs to the frame's name: the image no longer fits the measurements,
            whose depth stays the truth. Masks made of true instances stay with the truth.
    """

    sampling: SparseSampling = field(default_factory=SparseSampling)
    size: tuple[int, int] | None = None
    see_through_filter: bool = False
    masks: MaskSource = field(default_factory=NoGivenMask)
    turn_deg: float = 0.0


class EvaluationFrames:
    """Reads the frames of a data set one after the other.

    Frames without a truth are left out, and so are broken ones if the data set is read so.

    Args:
        samples: where to read from.
        config: how they become input.

    Attributes:
        without_truth: names of the frames that were left out for having no truth.
    """

    def __init__(self, samples: ReadableFrames, config: FrameConfig) -> None:
        self._samples = samples
        self._config = config
        self._digest = hashlib.sha256()
        self.without_truth: list[str] = []

    def __len__(self) -> int:
        """Number of frames, those left out included."""
        return len(self._samples)

    @property
    def broken(self) -> dict[str, str]:
        """The frames that could not be read so far, with the reason."""
        return {str(each.identity): str(each.error) for each in self._samples.broken}

    @property
    def input_sha256(self) -> str:
        """Of names, sparse input, masks and truth so far: equal for runs on the same work."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[EvaluationFrame]:
        for sample in self._samples:
            if not sample.known.any():
                self.without_truth.append(str(sample.identity))
                continue
            frame = self._prepare(sample)
            self._add_to_digest(frame)
            yield frame

    def _prepare(self, sample: DepthSample) -> EvaluationFrame:
        if self._config.size is not None:
            height, width = self._config.size
            sample = resized(sample, height=height, width=width)
        sample = draw_for_evaluation(sample, self._config.sampling)
        measurements = sample.measurements
        assert measurements is not None
        if self._config.see_through_filter:
            measurements = drop_see_through(measurements, sample.camera)
        sample = _seen_turned(sample, self._config.turn_deg)
        identity, camera = sample.identity, sample.camera
        is_bag = identity.dataset == BAG_DATASET
        return EvaluationFrame(
            name=str(identity),
            group=f'{identity.scene}/{identity.camera}' if is_bag else identity.condition,
            frame=RgbdFrame(
                image_rgb=sample.image_rgb,
                camera=camera,
                measurements=measurements,
                stamp_ns=0,
                frame_id=identity.camera,
                measurement_stamp_ns=0,
                given_mask=self._config.masks.mask_of(sample),
            ),
            sparse_depth_m=rasterize_nearest(measurements, camera, (camera.height, camera.width)),
            truth_m=sample.truth_m,
            instance_ids=sample.instance_ids,
        )

    def _add_to_digest(self, frame: EvaluationFrame) -> None:
        self._digest.update(frame.name.encode())
        for image in (frame.frame.given_mask, frame.sparse_depth_m, frame.truth_m):
            if image is not None:
                self._digest.update(np.ascontiguousarray(image).tobytes())


def _seen_turned(sample: DepthSample, turn_deg: float) -> DepthSample:
    """The frame with another image, and nothing else changed."""
    if turn_deg == 0.0:
        return sample
    rotation = turned_away(turn_deg, sample.identity.generator(TURN))
    return replace(sample, image_rgb=seen_turned(sample.image_rgb, sample.camera, rotation))
