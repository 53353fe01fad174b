"""What the camera's grid adds to depth that was computed on a coarser one.

    mt_depth simulate --first-scene 81 --scenes 13 --frames 7 --seed 31 --conditions all \
        --output data/calibration
    python scripts/measure_camera_evidence.py data/calibration --real-data ../shared/data

The answer of a network is brought to the camera's size by the nearest pixel of the grid, by the
image, by an exact mask and by measurements as well. MAE / RMSE up to 80 m and RMSE within two
pixels of another instance, in metres; sky answered on a surface counts as 120 m. Then how much of
the edge band the stated 90 % interval holds, and milliseconds. Real are the frames that may be
tuned on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.camera_evidence import CameraEvidence
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput, DepthCompleter
from mt_depth_ros.core.foreground import is_foreground
from mt_depth_ros.core.resizing import GridResizer
from mt_depth_ros.data.broken_frames import ReadableFrames
from mt_depth_ros.data.dataset import SelectedFrames
from mt_depth_ros.data.virtual_kitti2 import VirtualKitti2, VirtualKittiSelection
from mt_depth_ros.data.virtual_kitti2_layout import Modality
from mt_depth_ros.evaluation.evaluation_frame import EvaluationFrame, EvaluationFrames, FrameConfig
from mt_depth_ros.evaluation.given_masks import KnownMasks
from mt_depth_ros.evaluation.pixel_sets import edge_band, instance_band
from mt_depth_ros.evaluation.results.inputs import DataFolders, result_inputs
from mt_depth_ros.evaluation.sampling_choice import parse_sampling
from mt_depth_ros.evaluation.uncertainty_calibration import interval_half_width
from mt_depth_ros.pipeline.build import build_predictor, PredictorConfig
from mt_depth_ros.pipeline.postprocessing import answer_within_range
from mt_depth_ros.segmentation.config import SegmentationConfig

SAMPLINGS = ('bernoulli:0.05', 'lines:64', 'lines:16')
MAX_RANGE_M, SCORED_TO_M, BAND_PX = 120.0, 80.0, 2


@dataclass(frozen=True, slots=True)
class Way:
    """What is brought in to tell the sides of an edge, and detail."""

    name: str
    image: bool = True
    mask: bool = False
    measurements: bool = False

    def evidence(self, frame: EvaluationFrame) -> CameraEvidence | None:
        """Of a frame."""
        if not self.image:
            return None
        mask = frame.frame.given_mask
        return CameraEvidence(
            image_rgb=frame.frame.image_rgb,
            sparse_depth_m=frame.sparse_depth_m if self.measurements else None,
            mask=is_foreground(mask) if self.mask and mask is not None else None,
        )


WAYS = (
    Way('the nearest pixel', image=False),
    Way('image'),
    Way('image and mask', mask=True),
    Way('image and measurements', measurements=True),
    Way('all', mask=True, measurements=True),
)


def simulated(folder: Path, sampling: str, frames: int) -> EvaluationFrames:
    """Frames spread over all streets and weathers."""
    modalities = frozenset({Modality.COLOUR, Modality.DEPTH, Modality.INSTANCES})
    selection = VirtualKittiSelection(modalities=modalities, with_scans=False)
    dataset = VirtualKitti2(folder, selection=selection)
    identities = sorted(dataset.identities, key=str)
    places = np.linspace(0, len(identities) - 1, frames).round().astype(int)
    chosen = SelectedFrames(dataset, [identities[place] for place in places])
    config = FrameConfig(sampling=parse_sampling(sampling), masks=KnownMasks('truth'))
    return EvaluationFrames(ReadableFrames(chosen), config)


def inputs(options: argparse.Namespace) -> Iterator[tuple[str, EvaluationFrames]]:
    """Names and frames."""
    for sampling in SAMPLINGS:
        yield sampling, simulated(options.simulated, sampling, options.frames)
    if options.real_data is not None:
        for each in result_inputs(DataFolders(real=options.real_data)):
            if each.name.startswith('real-tuning'):
                yield each.title, each.open()


class Recorded:
    """A completer that keeps its last answer."""

    def __init__(self, completer: DepthCompleter) -> None:
        self.name, self.grid_size = completer.name, completer.grid_size
        self._completer = completer

    def complete(self, given: CompletionInput) -> CompletedDepth:
        """Passes the question on."""
        self.last = self._completer.complete(given)
        return self.last


class Scores:
    """Sums of one way of bringing depth back."""

    def __init__(self) -> None:
        self._sums = np.zeros(7)
        self._times_ms: list[float] = []

    def add(
        self, found_m: FloatImage, scale_m: FloatImage, frame: EvaluationFrame, taken_ms: float
    ) -> None:
        """Compares depth with the truth, and its scale with the error."""
        known = (frame.truth_m > 0) & (frame.truth_m <= SCORED_TO_M)
        error = np.where(np.isinf(found_m), MAX_RANGE_M, found_m)[known] - frame.truth_m[known]
        band = np.zeros_like(error, np.bool_)
        if frame.instance_ids is not None:
            band = instance_band(frame.instance_ids, BAND_PX)[known]
        edge = known & np.isfinite(found_m) & edge_band(frame.truth_m)
        off = np.abs(found_m[edge] - frame.truth_m[edge])
        held = off <= interval_half_width(scale_m[edge], 0.9)
        squared = np.square(error, dtype=np.float64)
        self._sums += [
            error.size, np.abs(error).sum(dtype=np.float64), squared.sum(),
            band.sum(), squared[band].sum(), held.size, held.sum(),
        ]  # fmt: skip
        self._times_ms.append(taken_ms)

    def __str__(self) -> str:
        """A row of the table."""
        count, absolute, squared, in_band, squared_in_band, at_edges, held = self._sums
        beside = f'{np.sqrt(squared_in_band / in_band):.3f}' if in_band else '–'
        mae_rmse = f'{absolute / count:.4f} / {np.sqrt(squared / count):.3f}'
        share = f'{100 * held / at_edges:.1f} %' if at_edges else '–'
        return f'{mae_rmse} | {beside} | {share} | {median(self._times_ms):.1f}'


def score(model: str, frames: EvaluationFrames) -> list[Scores]:
    """Asks the network once a frame and brings its answer back in every way."""
    no_mask = SegmentationConfig(backend='none')
    predictor, _ = build_predictor(
        PredictorConfig(model=model, device='cpu', segmentation=no_mask)
    )
    predictor.completer = recorded = Recorded(predictor.completer)
    scores = [Scores() for _ in WAYS]
    for frame in frames:
        predictor.predict(frame.frame)
        depth_m, uncertainty_m = answer_within_range(recorded.last, predictor.limits)
        resizer = GridResizer(camera_size=frame.truth_m.shape, grid_size=depth_m.shape)
        for way, each in zip(WAYS, scores, strict=True):
            evidence = way.evidence(frame)
            start = perf_counter()
            found_m, scale_m = resizer.depth_to_camera(depth_m, uncertainty_m, evidence)
            each.add(found_m, scale_m, frame, 1e3 * (perf_counter() - start))
    return scores


def main() -> None:
    """Prints one table for each input."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('simulated', type=Path, help='streets that neither train nor test')
    parser.add_argument('--real-data', type=Path, help='the real recordings of the results')
    parser.add_argument('--model', default='auto')
    parser.add_argument('--frames', type=int, default=21, help='how many of the simulated ones')
    options = parser.parse_args()
    for name, frames in inputs(options):
        print(f'\n{name}\n\n| by | MAE / RMSE, m | beside instances | interval | ms |')
        print('|---|---|---|---|---|')
        for way, each in zip(WAYS, score(options.model, frames), strict=True):
            print(f'| {way.name} | {each} |', flush=True)


if __name__ == '__main__':
    main()
