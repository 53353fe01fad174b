"""Which foreground mask to use, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args, Literal, TypeAlias

from mt_depth_ros.core.errors import ConfigError

Backend: TypeAlias = Literal['auto', 'none', 'onnx', 'ultralytics']


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentationConfig:
    """How the foreground mask is made.

    Attributes:
        backend: ``ultralytics``: a YOLO segmentation model in torch; ``onnx``: one in ONNX
            Runtime, without ultralytics; ``none``: no mask; ``auto``: what ``weights`` are for,
            no mask where there are none.
        weights: path of a ``.pt`` or ``.onnx`` file, or one of the official names, such as
            ``yolo11n-seg.pt``, or the name of a mask model of ``models/manifest.yaml``; empty:
            none, or for ``onnx`` the first there.
        classes: class names or numbers that count as foreground; empty: all.
        confidence: detections with a lower score are left out.
        max_overlap: of two boxes of a class with a higher intersection over union, the better
            one stays.
        input_size: the image's longer side in the model, pixels.
        max_instances: the best so many stay.
        device: torch device.
        half: float16; needs a GPU.
        allow_download: fetch official weights that are not there yet, once, into the user's
            cache folder.
    """

    backend: Backend = 'auto'
    weights: str = ''
    classes: tuple[str | int, ...] = ()
    confidence: float = 0.25
    max_overlap: float = 0.7
    input_size: int = 640
    max_instances: int = 100
    device: str = 'cpu'
    half: bool = False
    allow_download: bool = False

    def __post_init__(self) -> None:
        self._require('backend', self.backend in get_args(Backend), ' or '.join(get_args(Backend)))
        self._require('confidence', 0.0 < self.confidence <= 1.0, 'a score in (0, 1]')
        self._require('max_overlap', 0.0 < self.max_overlap <= 1.0, 'a ratio in (0, 1]')
        self._require('input_size', 32 <= self.input_size <= 4096, '32 to 4096 pixels')
        self._require('max_instances', self.max_instances >= 1, 'at least 1')
        on_gpu = self.device.startswith('cuda')
        self._require('half', on_gpu or not self.half, f'false on device {self.device!r}')

    def _require(self, field: str, holds: bool, expected: str) -> None:
        if not holds:
            raise ConfigError(
                expected=expected,
                got=repr(getattr(self, field)),
                where=f'segmentation {field}',
                remedy=f'change {field}',
            )
