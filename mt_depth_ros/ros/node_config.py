"""The node's parameters: one table that is also the type the node works with.

Each field of :class:`NodeConfig` is a ROS parameter; its default, unit, range and description
stand beside it. Descriptors, declaration, checking, the YAML file and the documentation all come
from here. Times are seconds and lengths metres, as ROS parameters are written.
"""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass, field, fields
from typing import Any

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.ros.parameter_spec import ParameterSpec, ParameterValue

LARGEST_TIME_OFFSET_S = 10.0


def _parameter(default: ParameterValue, description: str, **more: Any) -> Any:
    """A field of :class:`NodeConfig` with the row that describes it."""
    return field(
        default=default, metadata={'default': default, 'description': description, **more}
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeConfig:
    """Everything the node can be told; see the descriptions of the fields."""

    depth_source: str = _parameter(
        'auto',
        'Where sparse depth comes from; auto takes whichever input arrives first.',
        choices=('auto', 'points', 'sparse_depth'),
        settable='while_inactive',
    )
    image_transport: str = _parameter(
        'raw',
        "Read the image topic itself, or the JPEG or PNG on the same topic + '/compressed'.",
        choices=('raw', 'compressed'),
        settable='while_inactive',
    )
    sparse_depth_transport: str = _parameter(
        'raw',
        "Read the sparse depth topic itself, or the PNG on the same topic + '/compressedDepth'.",
        choices=('raw', 'compressedDepth'),
        settable='while_inactive',
    )
    input_is_rectified: str = _parameter(
        'auto',
        "Whether images come undistorted; auto: yes where a word of the image topic's last name, "
        "as in image_rect, begins with 'rect'.",
        choices=('auto', 'true', 'false'),
    )
    input_reliability: str = _parameter(
        'auto',
        'QoS of the inputs; auto: best effort, then reliable where a reliable publisher is there '
        'but nothing arrives.',
        choices=('auto', 'best_effort', 'reliable'),
        settable='while_inactive',
    )
    input_queue_depth: int = _parameter(
        5,
        'Messages the middleware holds for each input until they are taken.',
        minimum=1,
        maximum=100,
        settable='while_inactive',
    )
    sync_policy: str = _parameter(
        'nearest',
        'How images and depth are paired: nearest is ours; approximate and exact are those of '
        'message_filters.',
        choices=('nearest', 'approximate', 'exact'),
        settable='while_inactive',
    )
    sync_tolerance: float = _parameter(
        0.06,
        'Farthest that depth may be from its image in time.',
        unit='s',
        minimum=0.0,
        maximum=10.0,
        settable='always',
    )
    sync_max_wait: float = _parameter(
        0.05,
        'Longest that an image waits for nearer depth.',
        unit='s',
        minimum=0.0,
        maximum=10.0,
        settable='always',
    )
    lidar_time_offset: float = _parameter(
        0.0,
        'Added to the stamps of the depth source, where its clock or its sweep is known to be '
        'off.',
        unit='s',
        minimum=-LARGEST_TIME_OFFSET_S,
        maximum=LARGEST_TIME_OFFSET_S,
        settable='always',
    )
    static_transforms: tuple[str, ...] = _parameter(
        (),
        "Extrinsics by hand, each 'x y z qx qy qz qw parent child' in metres; they win over "
        '/tf_static and /tf.',
    )
    model: str = _parameter(
        'auto', "Name of the completer, as 'mt_depth models' lists them; auto: the best."
    )
    device: str = _parameter('auto', 'Where networks run: auto, cpu, cuda or cuda:N.')
    network_grid: str = _parameter(
        'trained',
        "The size networks run at: trained, what they were trained at; camera, the image's own, "
        'finer and slower.',
        choices=('trained', 'camera'),
    )
    network_runtime: str = _parameter(
        'torch',
        'What runs networks. All but torch are for CPUs and the trained grid; the first start '
        'with one exports the network, which takes some seconds. openvino_bfloat16 is the fastest '
        'on CPUs that have it (avx512_bf16, amx_bf16).',
        choices=('torch', 'openvino', 'openvino_bfloat16', 'onnxruntime'),
    )
    mask_backend: str = _parameter(
        'auto',
        'Where the foreground mask comes from; auto: what mask_weights are for, else none; onnx: '
        'an .onnx file, or by name one of models/manifest.yaml.',
        choices=('auto', 'onnx', 'ultralytics', 'topic', 'none'),
    )
    mask_weights: str = _parameter('', 'Path or name of the segmentation weights.')
    mask_allow_download: bool = _parameter(
        False,
        'Fetch official weights that mask_weights names and that are not there, once, into the '
        "user's cache folder.",
    )
    mask_classes: tuple[str, ...] = _parameter(
        (), 'Names of the classes that count as foreground; empty: all.'
    )
    mask_confidence: float = _parameter(
        0.25,
        'Detections less confident than this are left out of the mask.',
        minimum=0.01,
        maximum=1.0,
    )
    see_through_filter: bool = _parameter(
        False, 'Drop background points that show through foreground.', settable='always'
    )
    min_depth: float = _parameter(
        0.5,
        'Measurements nearer than this are left out (the vehicle itself).',
        unit='m',
        minimum=0.0,
        settable='always',
    )
    max_range: float = _parameter(
        120.0,
        'Depth beyond this counts as sky; measurements beyond it are left out.',
        unit='m',
        minimum=0.1,
        settable='always',
    )
    min_points_in_view: int = _parameter(
        50,
        'With fewer measurements inside the image a warning says what to check, and a network is '
        'not asked: the classical fill answers.',
        minimum=1,
        maximum=100_000,
        settable='always',
    )
    sky_output: str = _parameter(
        'inf',
        'What stands in the depth image for sky.',
        choices=('inf', 'nan', 'max_range', 'keep'),
        settable='always',
    )
    depth_encoding: str = _parameter(
        '32FC1',
        'Encoding of the depth image: metres as float, or millimetres as 16-bit integer.',
        choices=('32FC1', '16UC1'),
        settable='always',
    )
    cloud_min_confidence: float = _parameter(
        0.3,
        'Pixels less confident than this are left out of the cloud.',
        minimum=0.0,
        maximum=1.0,
        settable='always',
    )
    cloud_stride: int = _parameter(
        1,
        'Every n-th row and column goes into the cloud.',
        minimum=1,
        maximum=64,
        settable='always',
    )
    self_check_share: float = _parameter(
        0.02,
        'Share of the image whose measurements are kept out of the input, to compare the depth '
        'there with them; 0: off.',
        minimum=0.0,
        maximum=0.1,
        settable='always',
    )
    self_check_window: float = _parameter(
        30.0,
        'Time over which the errors of the self-check are pooled.',
        unit='s',
        minimum=1.0,
        maximum=3600.0,
        settable='always',
    )
    calibration_check: bool = _parameter(
        True,
        'Watch in the background, at most 2 % of a core, whether the extrinsic and the time '
        'offset look right.',
        settable='always',
    )
    lazy: bool = _parameter(
        True, 'Compute nothing while nobody subscribes to an output.', settable='always'
    )
    autostart: bool = _parameter(
        True,
        'Configure and activate by itself; false: wait, unconfigured, for the transitions of a '
        'lifecycle manager.',
        settable='at_start',
    )
    report_period: float = _parameter(
        5.0,
        'Shortest time between two log messages about the same problem.',
        unit='s',
        minimum=0.0,
        settable='always',
    )
    diagnostics_period: float = _parameter(
        1.0,
        'Time between two messages on /diagnostics.',
        unit='s',
        minimum=0.1,
        maximum=60.0,
        settable='always',
    )

    def __post_init__(self) -> None:
        for spec in parameter_specs():
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))
        if self.min_depth >= self.max_range:
            raise ConfigError(
                expected='min_depth below max_range',
                got=f'min_depth {self.min_depth} m, max_range {self.max_range} m',
                where='parameters min_depth and max_range',
                remedy='set both in metres; in a running node they change one after another: '
                'raise max_range first, or lower min_depth first',
            )

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> NodeConfig:
        """Checks values that came from outside.

        Args:
            values: parameter name -> value; what is missing keeps its default.

        Raises:
            ConfigError: an unknown name, a wrong type or a value out of range.
        """
        known = {spec.name for spec in parameter_specs()}
        for name in values:
            if name not in known:
                raise ConfigError(
                    expected=f'one of {", ".join(sorted(known))}',
                    got=repr(name),
                    where='parameters',
                    remedy='correct the name',
                )
        return cls(**dict(values))

    def with_values(self, values: Mapping[str, Any]) -> NodeConfig:
        """The same with some parameters changed at once.

        Raises:
            ConfigError: a wrong type or a value out of range.
        """
        return dataclasses.replace(self, **dict(values))


def parameter_specs() -> tuple[ParameterSpec, ...]:
    """The table, in the order of the fields."""
    return tuple(ParameterSpec(name=row.name, **row.metadata) for row in fields(NodeConfig))
