"""Milliseconds of the rows of the results table, on the CPU of an idle machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
import tempfile
from time import perf_counter

import torch

from mt_depth_ros.core.completion import CompletionInput
from mt_depth_ros.core.processor import processor_name
from mt_depth_ros.core.projection import rasterize_nearest
from mt_depth_ros.core.resizing import GridResizer
from mt_depth_ros.core.types import RgbdFrame
from mt_depth_ros.evaluation.results.result_set import RowTimes
from mt_depth_ros.evaluation.results.rows import build_row, TableRow
from mt_depth_ros.networks.model_manifest import load_model
from mt_depth_ros.networks.network_input import network_input
from mt_depth_ros.networks.onnx_export import export_onnx
from mt_depth_ros.networks.onnx_runtimes import has_bfloat16, load_onnx, Runtime

GRID = (256, 512)
RUNS, LONGEST_S = 30, 10.0


def time_row(row: TableRow, small: RgbdFrame, whole: RgbdFrame, *, threads: int) -> RowTimes:
    """Times one row.

    Args:
        row: which; an initial depth has the times of its whole network.
        small: a frame of 256x512, with its mask.
        whole: a frame of 1242x375, with its mask.
        threads: the runtimes may use.

    Raises:
        CheckpointError: the weights cannot be used.
        ConfigError: a runtime is not installed.
    """
    torch.set_num_threads(threads)
    predictor, _ = build_row(row, device='cpu', max_range_m=120.0)
    whole_ms = milliseconds(lambda: predictor.predict(whole, want_mask=False))
    given = on_grid(small, predictor.completer.grid_size(GRID))
    times = RowTimes(
        torch=milliseconds(lambda: predictor.completer.complete(given)), whole_frame=whole_ms
    )
    if row.weights is None:
        return times
    checkpoint = load_model(str(row.weights.path))
    with tempfile.TemporaryDirectory(prefix='mt_depth_timing_') as folder:
        path = Path(folder) / 'network.onnx'
        export_onnx(checkpoint.network, path, input_size=checkpoint.description.input_size)
        tensors = network_input(given)

        def timed(runtime: Runtime) -> float:
            return milliseconds(partial(load_onnx(path, runtime, threads=threads).run, tensors))

        return replace(
            times,
            onnxruntime=timed('onnxruntime'),
            openvino=timed('openvino'),
            openvino_bfloat16=timed('openvino_bfloat16') if has_bfloat16() else None,
        )


def on_grid(frame: RgbdFrame, size: tuple[int, int]) -> CompletionInput:
    """A frame as a completer gets it on its own grid."""
    resizer = GridResizer(camera_size=(frame.camera.height, frame.camera.width), grid_size=size)
    assert frame.given_mask is not None
    return CompletionInput(
        image_rgb=resizer.image_to_grid(frame.image_rgb),
        sparse_depth_m=rasterize_nearest(frame.measurements, frame.camera, size),
        mask=resizer.mask_to_grid(frame.given_mask),
    )


def milliseconds(run: Callable[[], object]) -> float:
    """Median of :data:`RUNS` runs, or of those that begin within :data:`LONGEST_S`."""
    run()
    times: list[float] = []
    begun = perf_counter()
    while len(times) < RUNS and perf_counter() - begun < LONGEST_S:
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return 1000.0 * median(times)


def machine(threads: int) -> str:
    """The processor, the threads used and the version of torch, in words."""
    return f'{processor_name()}, {threads} threads, torch {torch.__version__}'
