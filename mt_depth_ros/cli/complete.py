"""``mt_depth complete``: one frame from files."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, TYPE_CHECKING

from rich.console import Console
import typer

from mt_depth_ros.cli.options import (
    Device,
    MaskAllowDownload,
    MaskBackend,
    MaskBackendOption,
    MaskWeights,
    MaxRange,
    MinDepth,
    Model,
    NetworkGridChoice,
    NetworkGridOption,
    Output,
    SeeThroughFilter,
)
from mt_depth_ros.cli.predictor_choice import predictor_config

if TYPE_CHECKING:
    from mt_depth_ros.core.arrays import ByteImage
    from mt_depth_ros.core.sensors import DepthSource
    from mt_depth_ros.core.types import DepthPrediction, RgbdFrame
    from mt_depth_ros.data.calibration import Calibration


class SparseDepthFormat(str, Enum):
    """What a number of a 16-bit depth PNG means."""

    KITTI = 'kitti'
    MILLIMETRES = 'millimetres'
    VIRTUAL_KITTI = 'virtual_kitti'


def complete(
    image: Annotated[Path, typer.Option(help='Colour image, PNG or JPEG.')],
    output: Output,
    sparse_depth: Annotated[
        Path | None,
        typer.Option(help='Sparse depth in the image: 16-bit PNG, or .npy of metres.'),
    ] = None,
    depth_format: Annotated[
        SparseDepthFormat, typer.Option(help='What a number of --sparse-depth means.')
    ] = SparseDepthFormat.KITTI,
    points: Annotated[
        Path | None,
        typer.Option(help='LiDAR scan: KITTI .bin, .pcd or .npz; with --calibration.'),
    ] = None,
    calibration: Annotated[
        list[Path] | None,
        typer.Option(
            help='KITTI object, KITTI raw (two files or their folder), nine numbers, camera_info '
            'YAML or OpenCalib; detected. Give it twice for a pair of files.'
        ),
    ] = None,
    model: Model = 'auto',
    device: Device = 'auto',
    network_grid: NetworkGridOption = NetworkGridChoice.TRAINED,
    mask_backend: MaskBackendOption = MaskBackend.AUTO,
    mask_weights: MaskWeights = '',
    mask_allow_download: MaskAllowDownload = False,
    see_through_filter: SeeThroughFilter = False,
    min_depth: MinDepth = 0.5,
    max_range: MaxRange = 120.0,
) -> None:
    """Completes one frame from files: depth, confidence, mask, a picture of all, a cloud.

    depth.png is KITTI's format: uint16, metres x 256, 0 = no answer. Everything is on the
    rectified grid. cloud.ply needs a calibration.

    [bold]Example:[/bold] mt_depth complete --image 000001.png --points 000001.bin
    --calibration 000001.txt --output out/frame
    """
    from mt_depth_ros.data.image_files import read_picture
    from mt_depth_ros.evaluation.new_folder import make_new_folder
    from mt_depth_ros.pipeline.build import build_predictor
    from mt_depth_ros.pipeline.frame_builder import FrameBuilder, FrameBuilderConfig

    image_rgb = read_picture(image)
    source = _depth_source(sparse_depth, depth_format, points)
    given = _calibration(calibration or [], image_rgb, needs_lidar=points is not None)
    predictor, identity = build_predictor(
        predictor_config(
            model,
            device,
            network_grid,
            mask_backend=mask_backend,
            mask_weights=mask_weights,
            mask_allow_download=mask_allow_download,
            min_depth=min_depth,
            max_range=max_range,
        )
    )
    builder = FrameBuilder(
        FrameBuilderConfig(
            min_depth_m=min_depth, max_depth_m=max_range, see_through_filter=see_through_filter
        )
    )
    frame = _frame(builder, image_rgb, source, given)
    prediction = predictor.predict(frame)
    make_new_folder(output)
    written = _write(output, frame, prediction, with_cloud=bool(calibration))
    if frame.image_rgb is not image_rgb:
        written.append(_write_rectified(output, frame))
    # A folder's name may hold brackets, and is given whole for who copies it.
    Console(highlight=False, markup=False, soft_wrap=True).print(
        f'{identity.name}: {len(frame.measurements)} measurements in '
        f'{frame.camera.width}x{frame.camera.height} pixels; wrote {", ".join(written)} '
        f'to {output}'
    )


def _depth_source(
    sparse_depth: Path | None, depth_format: SparseDepthFormat, points: Path | None
) -> DepthSource:
    from mt_depth_ros.core.errors import ConfigError
    from mt_depth_ros.core.sensors import SparseDepthImage
    from mt_depth_ros.data.depth_files import DepthFormat, read_depth
    from mt_depth_ros.data.point_files import read_points

    if points is not None and sparse_depth is None:
        return read_points(points).as_scan(stamp_ns=0, frame_id='lidar')
    if sparse_depth is not None and points is None:
        is_npy = sparse_depth.suffix == '.npy'
        coding = DepthFormat.METRES if is_npy else DepthFormat(depth_format.value)
        depth_m = read_depth(sparse_depth, coding)
        return SparseDepthImage(depth_m=depth_m, stamp_ns=0, frame_id='camera')
    raise ConfigError(
        expected='one of --sparse-depth and --points',
        got='neither' if points is None else 'both',
        where='complete',
        remedy='give the sparse depth image, or the LiDAR scan with its --calibration',
    )


def _calibration(paths: list[Path], image_rgb: ByteImage, *, needs_lidar: bool) -> Calibration:
    import numpy as np

    from mt_depth_ros.core.errors import ConfigError
    from mt_depth_ros.data.calibration import build_camera_model, Calibration
    from mt_depth_ros.data.calibration_files import read_calibration

    height, width = image_rgb.shape[:2]
    if paths:
        calibration = read_calibration(*paths, image_size=(height, width))
        if needs_lidar and calibration.camera_from_lidar is None:
            raise ConfigError(
                expected='a calibration that tells where the LiDAR is',
                got='one of the camera only',
                where=', '.join(map(str, paths)),
                remedy='add the file with the extrinsic (KITTI raw: calib_velo_to_cam.txt), or '
                'give --sparse-depth',
            )
        return calibration
    if needs_lidar:
        raise ConfigError(
            expected='--calibration beside --points',
            got='none',
            where='complete',
            remedy='give the file that tells where the LiDAR is',
        )
    # Completing sparse depth needs no intrinsics; only a cloud would, and none is written.
    k = np.array([[width, 0.0, (width - 1) / 2], [0.0, width, (height - 1) / 2], [0, 0, 1.0]])
    model = build_camera_model(k, size=(height, width), where=Path('no calibration'))
    return Calibration(camera_model=model)


def _frame(
    builder: object, image_rgb: ByteImage, source: DepthSource, given: Calibration
) -> RgbdFrame:
    from mt_depth_ros.core.sensors import CameraImage
    from mt_depth_ros.pipeline.frame_builder import FrameBuilder

    assert isinstance(builder, FrameBuilder)
    return builder.build(
        CameraImage(image_rgb=image_rgb, stamp_ns=0, frame_id=given.camera_model.frame_id),
        given.camera_model,
        source,
        camera_from_source=given.camera_from_lidar,
    )


def _write_rectified(output: Path, frame: RgbdFrame) -> str:
    from mt_depth_ros.visualization.pictures import write_picture

    write_picture(output / 'image_rect.png', frame.image_rgb)
    return 'image_rect.png'


def _write(
    output: Path, frame: RgbdFrame, prediction: DepthPrediction, *, with_cloud: bool
) -> list[str]:
    import numpy as np

    from mt_depth_ros.data.depth_files import DepthFormat, write_depth
    from mt_depth_ros.data.ply_files import write_ply
    from mt_depth_ros.pipeline.coloured_cloud import CloudConfig, coloured_cloud
    from mt_depth_ros.visualization.depth_colors import color_depth
    from mt_depth_ros.visualization.panels import frame_panel
    from mt_depth_ros.visualization.pictures import write_picture

    write_depth(output / 'depth.png', prediction.depth_m, DepthFormat.KITTI)
    pictures = {
        'depth_color.png': color_depth(prediction.depth_m),
        'confidence.png': np.rint(prediction.confidence * 255).astype(np.uint8),
        'mask.png': prediction.mask.astype(np.uint8) * np.uint8(255),
        'panel.png': frame_panel(frame, prediction),
    }
    for name, picture in pictures.items():
        write_picture(output / name, picture)
    names = ['depth.png', *pictures]
    if with_cloud:
        write_ply(output / 'cloud.ply', *coloured_cloud(frame, prediction, CloudConfig()))
        names.append('cloud.ply')
    return names
