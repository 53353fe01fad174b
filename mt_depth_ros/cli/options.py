"""Options that several commands share, each described once."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Model: TypeAlias = Annotated[
    str,
    typer.Option(
        '--model', help="A name of 'mt_depth models', or the path of a .safetensors file."
    ),
]
Device: TypeAlias = Annotated[str, typer.Option('--device', help='auto, cpu, cuda or cuda:N.')]


class NetworkGridChoice(str, Enum):
    """The size networks run at."""

    TRAINED = 'trained'
    CAMERA = 'camera'


NetworkGridOption: TypeAlias = Annotated[
    NetworkGridChoice,
    typer.Option(
        '--network-grid',
        help="trained: the size a network was trained at; camera: the image's own, finer.",
    ),
]


class NetworkRuntimeChoice(str, Enum):
    """What runs networks."""

    TORCH = 'torch'
    OPENVINO = 'openvino'
    OPENVINO_BFLOAT16 = 'openvino_bfloat16'
    ONNXRUNTIME = 'onnxruntime'


NetworkRuntimeOption: TypeAlias = Annotated[
    NetworkRuntimeChoice,
    typer.Option(
        '--network-runtime',
        help='As the node was told: torch, or on a CPU openvino, openvino_bfloat16, onnxruntime.',
    ),
]
StaticTransforms: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        '--static-transform',
        help="'x y z qx qy qz qw parent child', an extrinsic that wins over the recording's; may "
        'be repeated. As the parameter static_transforms of the node.',
    ),
]
Output: TypeAlias = Annotated[
    Path, typer.Option('--output', '-o', help='Folder for the results; never overwritten.')
]
MaskWeights: TypeAlias = Annotated[
    str,
    typer.Option(
        '--mask-weights', help='YOLO11-seg weights: an .onnx file, or a .pt file you trust.'
    ),
]
MaskAllowDownload: TypeAlias = Annotated[
    bool,
    typer.Option(
        '--mask-allow-download', help='Fetch official weights that are not there yet, once.'
    ),
]
SeeThroughFilter: TypeAlias = Annotated[
    bool,
    typer.Option('--see-through-filter', help='Drop background points that show through.'),
]
MinDepth: TypeAlias = Annotated[
    float, typer.Option('--min-depth', help='Measurements nearer than this are left out, metres.')
]
MaxRange: TypeAlias = Annotated[
    float, typer.Option('--max-range', help='Metres beyond which depth counts as sky.')
]


class MaskBackend(str, Enum):
    """Where the foreground mask comes from."""

    AUTO = 'auto'
    ONNX = 'onnx'
    ULTRALYTICS = 'ultralytics'
    NONE = 'none'


MaskBackendOption: TypeAlias = Annotated[
    MaskBackend,
    typer.Option(
        '--mask-backend',
        help='auto: what --mask-weights are for, else none; onnx: else the first of the manifest.',
    ),
]


class Rectified(str, Enum):
    """Whether images come undistorted."""

    AUTO = 'auto'
    TRUE = 'true'
    FALSE = 'false'


InputIsRectified: TypeAlias = Annotated[
    Rectified,
    typer.Option(
        '--input-is-rectified',
        help="auto: yes where a word of the image topic's last name begins with 'rect'.",
    ),
]
