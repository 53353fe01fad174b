"""The contact sheet of an inspected dataset."""

from __future__ import annotations

from mt_depth_ros.core.arrays import ByteImage
from mt_depth_ros.core.projection import project_scan, rasterize_nearest
from mt_depth_ros.data.sample import DepthSample
from mt_depth_ros.visualization.contact_sheet import draw_contact_sheet, SheetRow


def draw_dataset_sheet(samples: tuple[DepthSample, ...]) -> ByteImage:
    """Draws frames of a dataset with what their sensors measured.

    Args:
        samples: at least one, as ``DatasetReport.previews``.

    Returns:
        (H, W, 3) uint8, red first.

    Raises:
        ValueError: there is no frame.
    """
    return draw_contact_sheet([_row(sample) for sample in samples])


def _row(sample: DepthSample) -> SheetRow:
    camera = sample.camera
    measurements = sample.measurements
    if sample.scan is not None and sample.camera_from_lidar is not None:
        projected = project_scan(sample.scan.points_m, sample.camera_from_lidar, camera)
        measurements = projected.measurements
    sparse_m = None
    if measurements is not None:
        sparse_m = rasterize_nearest(measurements, camera, (camera.height, camera.width))
    return SheetRow(
        title=str(sample.identity),
        image_rgb=sample.image_rgb,
        sparse_depth_m=sparse_m,
        truth_m=sample.truth_m if (sample.truth_m > 0).any() else None,
        instance_ids=sample.instance_ids,
    )
