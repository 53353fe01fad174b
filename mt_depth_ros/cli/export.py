"""``mt_depth export``: a network as an ONNX file, checked against torch and timed."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Annotated, TYPE_CHECKING

from rich.console import Console
import typer

from mt_depth_ros.cli.options import Model

if TYPE_CHECKING:
    from collections.abc import Callable

    from mt_depth_ros.networks.network_input import NetworkInput

_RUNS = 30


def export(
    model: Model,
    output: Annotated[
        Path, typer.Option('--output', '-o', dir_okay=False, help='The ONNX file to write.')
    ],
    image: Annotated[
        list[Path] | None,
        typer.Option(help='Colour image of a frame to check with; may be repeated.'),
    ] = None,
    sparse_depth: Annotated[
        list[Path] | None,
        typer.Option(help='Its sparse depth, KITTI 16-bit PNG or .npy of metres, in that order.'),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help='CPU threads for the timings.')] = 2,
) -> None:
    """Writes a trained network as ONNX, checks it against torch to 1 mm, and times both.

    Without --image it is checked on three made-up frames; use real ones for what matters.

    [bold]Example:[/bold] mt_depth export --model runs/mt_depth_plus/model.safetensors
    --image 000000.png --sparse-depth 000000_sparse.png --output mt_depth_plus.onnx
    """
    import torch

    from mt_depth_ros.networks.made_up_input import made_up_input
    from mt_depth_ros.networks.model_manifest import load_model
    from mt_depth_ros.networks.onnx_export import check_export, export_onnx
    from mt_depth_ros.networks.onnx_runtimes import exact_runtime, has_bfloat16, load_onnx, Runtime
    from mt_depth_ros.pipeline.allocator import keep_large_blocks

    if len(image or []) != len(sparse_depth or []):
        raise typer.BadParameter('give as many --sparse-depth as --image')
    keep_large_blocks()
    torch.set_num_threads(threads)
    checkpoint = load_model(model)
    network, size = checkpoint.network, checkpoint.description.input_size
    pairs = list(zip(image or [], sparse_depth or [], strict=True))
    frames = [read_frame(*pair, size) for pair in pairs] or [
        made_up_input(size, seed) for seed in range(3)
    ]
    export_onnx(network, output, input_size=size)
    console = Console(highlight=False, markup=False)
    megabytes = output.stat().st_size / 1e6
    console.print(f'{output}: {megabytes:.1f} MB, {size[1]}x{size[0]}', soft_wrap=True)

    def in_torch() -> None:
        with torch.inference_mode():
            network(*frames[0])

    console.print(f'torch             {_milliseconds(in_torch):7.1f} ms')
    runtimes: list[Runtime] = ['onnxruntime', 'openvino']
    if has_bfloat16():
        runtimes.append('openvino_bfloat16')
    for runtime in runtimes:
        exported = load_onnx(output, runtime, threads=threads)
        is_rounded = runtime != exact_runtime(runtime)
        check = check_export(network, exported, frames, where=str(output), is_rounded=is_rounded)
        elapsed_ms = _milliseconds(partial(exported.run, frames[0]))
        off = f'at most {1000 * check.largest_difference_m:.2g} mm off'
        if is_rounded:
            off = f'at most {check.largest_mean_share:.2%} off in the mean of a frame'
        more = f'uncertainty off by {check.uncertainty_share:.1%}, sky at {check.sky_share:.1%}'
        console.print(
            f'{runtime:17} {elapsed_ms:7.1f} ms, {off} in {check.frames} frames; {more}',
            soft_wrap=True,
        )


def read_frame(image: Path, sparse_depth: Path, size: tuple[int, int]) -> NetworkInput:
    """A frame of files on a network's grid, as the node lays it there, without a mask.

    Args:
        image: colour image.
        sparse_depth: KITTI 16-bit PNG, or .npy of metres, where NaN, Inf, 0 and negative are none.
        size: (height, width) of the grid.

    Raises:
        DataFileError: a file cannot be used, or the two differ in size.
    """
    import numpy as np

    from mt_depth_ros.core.camera import RectifiedCamera
    from mt_depth_ros.core.completion import CompletionInput
    from mt_depth_ros.core.depth_units import clean_sparse_depth
    from mt_depth_ros.core.errors import DataFileError
    from mt_depth_ros.core.projection import rasterize_nearest
    from mt_depth_ros.core.resizing import GridResizer
    from mt_depth_ros.core.types import DepthMeasurements
    from mt_depth_ros.data.depth_files import read_depth
    from mt_depth_ros.data.image_files import read_picture
    from mt_depth_ros.networks.network_input import network_input

    image_rgb, depth_m = read_picture(image), clean_sparse_depth(read_depth(sparse_depth))
    height, width = depth_m.shape
    if image_rgb.shape[:2] != depth_m.shape:
        raise DataFileError(
            expected='sparse depth of {1}x{0} pixels, as the image'.format(*image_rgb.shape),
            got=f'{width}x{height}',
            where=str(sparse_depth),
            remedy='give the sparse depth of this image',
        )
    row, column = np.nonzero(depth_m)
    measurements = DepthMeasurements(
        u_px=column.astype(np.float32),
        v_px=row.astype(np.float32),
        depth_m=depth_m[row, column],
    )
    # Of the camera, the grid needs the size alone.
    camera = RectifiedCamera(width=width, height=height, fx=1.0, fy=1.0, cx=0.0, cy=0.0)
    resizer = GridResizer(camera_size=(height, width), grid_size=size)
    return network_input(
        CompletionInput(
            image_rgb=resizer.image_to_grid(image_rgb),
            sparse_depth_m=rasterize_nearest(measurements, camera, size),
            mask=np.zeros(size, np.float32),
        )
    )


def _milliseconds(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(_RUNS):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return 1000 * median(times)
