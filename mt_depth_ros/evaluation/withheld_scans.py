"""A data set with LiDAR scans, part of each scan kept back as the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.data.azimuth_withholding import ScanWithholding
from mt_depth_ros.data.dataset import DepthDataset
from mt_depth_ros.data.identity import FrameIdentity
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.evaluation.known_depth import withheld_depth


class WithheldScans:
    """The frames of a data set, each scan split into input and truth.

    Withheld points that show through foreground are no truth: the camera does not see them.

    Args:
        dataset: frames with scans; their own truth is not used.
        withholding: splits a scan.
    """

    def __init__(self, dataset: DepthDataset, withholding: ScanWithholding) -> None:
        self._dataset = dataset
        self._withholding = withholding

    @property
    def identities(self) -> Sequence[FrameIdentity]:
        """The name of every frame, in order."""
        return self._dataset.identities

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> DepthSample:
        """Reads one frame.

        Raises:
            DataFileError: the frame cannot be read or has no scan.
            IndexError: there is no such frame.
        """
        sample = self._dataset[index]
        if sample.scan is None or sample.camera_from_lidar is None:
            raise DataFileError(
                expected='a LiDAR scan, to withhold points of',
                got='none',
                where=str(sample.identity),
                remedy='score on the true depth instead: leave out --withhold',
            )
        kept, withheld = self._withholding.split(sample.scan)
        known = withheld_depth(
            withheld, sample.camera_from_lidar, sample.camera, hidden_behind=kept
        )
        return replace(sample, scan=kept, truth_m=known.depth_m)
