"""What a training run does, as its YAML file says it: one typed, checked config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.data.broken_frames import OnBroken
from mt_depth_ros.data.camera_turn import CameraTurn
from mt_depth_ros.data.colour_augmentation import ColourJitter
from mt_depth_ros.data.see_through_points import SeeThrough
from mt_depth_ros.data.sky_painting import SkyPainting
from mt_depth_ros.data.sparse_degradations import (
    ExtrinsicJitter,
    Outliers,
    RangeNoise,
    Sometimes,
    SparseDegradation,
)
from mt_depth_ros.data.sparse_holes import FieldOfViewCut, ObjectHoles, SectorHoles
from mt_depth_ros.data.sparse_patterns import (
    BernoulliPattern,
    GridPattern,
    LidarLinesPattern,
    MeasuredPattern,
    MixedPattern,
    PointCountPattern,
    RandomDensityPattern,
    SparsePattern,
)
from mt_depth_ros.data.splits import PartName, SplitScheme
from mt_depth_ros.networks.registry import build_network
from mt_depth_ros.training.losses import LossConfig
from mt_depth_ros.training.masks import MaskConfig
from mt_depth_ros.training.optimisation import OptimiserConfig
from mt_depth_ros.training.precision import Precision

NAMED_TYPES: Mapping[Any, Mapping[str, type]] = MappingProxyType(
    {
        SparsePattern: {
            'bernoulli': BernoulliPattern,
            'random_density': RandomDensityPattern,
            'point_count': PointCountPattern,
            'lidar_lines': LidarLinesPattern,
            'grid': GridPattern,
            'measured': MeasuredPattern,
            'mixed': MixedPattern,
        },
        SparseDegradation: {
            'field_of_view_cut': FieldOfViewCut,
            'object_holes': ObjectHoles,
            'sector_holes': SectorHoles,
            'outliers': Outliers,
            'range_noise': RangeNoise,
            'extrinsic_jitter': ExtrinsicJitter,
            'see_through': SeeThrough,
            'sometimes': Sometimes,
        },
    }
)
"""What ``kind`` may say in the config file."""


def require(holds: bool, where: str, expected: str, got: object) -> None:
    """Raises a :class:`ConfigError` that names the key, unless ``holds``."""
    if not holds:
        raise ConfigError(
            expected=expected, got=repr(got), where=where, remedy='correct it in the config file'
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkChoice:
    """Which network is trained.

    Attributes:
        architecture: a name of the registry.
        options: fields of its config that differ from the defaults.
        start_from: weights to begin with, a ``.safetensors`` file of the same architecture and
            options; None for random ones.
        parts_from: part of the network -> weights that it begins with in place of those of
            ``start_from``, a file of a network that has this part alike.
        added_parts: parts of the network, ``sky_branch`` say, that ``start_from`` need not have.
            They alone are trained; all other weights stay as they are.
        kept_parts: parts that stay as they begin while all others are trained.
        depth_branch_from: weights of a ``unet`` of the same options that the depth branch of
            ``mt_depth`` begins with; None for random ones. All weights are trained.
    """

    architecture: str
    options: Mapping[str, Any] = field(default_factory=dict)
    start_from: str | None = None
    parts_from: Mapping[str, str] = field(default_factory=dict)
    added_parts: tuple[str, ...] = ()
    kept_parts: tuple[str, ...] = ()
    depth_branch_from: str | None = None

    def __post_init__(self) -> None:
        require(
            self.depth_branch_from is None
            or (self.architecture == 'mt_depth' and self.start_from is None),
            'network.depth_branch_from',
            'architecture mt_depth, and no start_from, which has a depth branch',
            self.depth_branch_from,
        )
        require(
            not self.added_parts or self.start_from is not None,
            'network.added_parts',
            'network.start_from too: the weights of all other parts',
            self.added_parts,
        )
        require(
            self.start_from is not None or set(self.kept_parts) <= set(self.parts_from),
            'network.kept_parts',
            'network.start_from or parts_from too: the weights to keep',
            self.kept_parts,
        )
        require(
            not self.kept_parts or not self.added_parts,
            'network.kept_parts',
            'one of kept_parts and added_parts, beside which all is kept',
            self.kept_parts,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DataConfig:
    """Which frames are learned from and which are validated on.

    Attributes:
        roots: folders of a dataset in Virtual KITTI 2's layout, genuine or simulated.
        split: scheme of :func:`splits.split_frames`; ``by_scene`` takes the scenes named here.
        split_seed: of a random split.
        train_scenes: for ``by_scene``.
        validation_scenes: for ``by_scene``.
        validation_part: the part validated on; ``test`` for ``random80``, which has no other.
        conditions: weather and views to read; None for all.
        cameras: which to read; None for all.
        on_broken: whether a frame that cannot be read stops the run or is left out.
        frames_per_epoch: frames drawn in an epoch; None: each frame once.
        validation_frames: so many of the frames, evenly spread; None: all.
        workers: processes that prepare frames; 0: none but the trainer itself.
    """

    roots: tuple[str, ...]
    split: SplitScheme | Literal['by_scene'] = 'scene'
    split_seed: int = 0
    train_scenes: tuple[str, ...] = ()
    validation_scenes: tuple[str, ...] = ()
    validation_part: PartName = 'validation'
    conditions: tuple[str, ...] | None = None
    cameras: tuple[str, ...] | None = ('Camera_0',)
    on_broken: OnBroken = 'raise'
    frames_per_epoch: int | None = None
    validation_frames: int | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        named = bool(self.train_scenes and self.validation_scenes)
        require(
            named == (self.split == 'by_scene'),
            'data.train_scenes, data.validation_scenes',
            'scenes for both with split: by_scene, and for neither without',
            (self.train_scenes, self.validation_scenes),
        )
        require(self.workers >= 0, 'data.workers', '0 or more', self.workers)
        # Weights are kept by their validation error: without a frame none would be.
        wanted = self.validation_frames
        is_some = wanted is None or wanted >= 1
        require(is_some, 'data.validation_frames', 'at least 1, or null for all', wanted)


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewConfig:
    """What the network sees of a frame.

    Attributes:
        input_size: (height, width) of the network's grid, pixels.
        whole_probability: of the whole frame being resized to that; else a window of that size
            is cut out, so that one network serves both angular scales.
        zoom: smallest and largest factor the frame is resized by before a window is cut out.
        cut_size: (height, width) of the piece, cut out anywhere of what lies on the grid, that is
            learned from; None: all of it. A step costs as many pixels as it has, and validation
            sees the whole grid as ever.
        mirror_probability: of left and right to change places, in [0, 1].
        colour: how colours change; None leaves them.
        sky: how sky, and surfaces like it, are painted before that; None leaves them.
        turn: how far the camera, and the mask with it, is turned against a LiDAR's measurements,
            whose depth stays the truth; None: it is where its calibration says.
    """

    input_size: tuple[int, int] = (256, 512)
    whole_probability: float = 1.0
    zoom: tuple[float, float] = (1.0, 1.0)
    cut_size: tuple[int, int] | None = None
    mirror_probability: float = 0.0
    colour: ColourJitter | None = None
    sky: SkyPainting | None = None
    turn: CameraTurn | None = None

    def __post_init__(self) -> None:
        probability = self.whole_probability
        require(0 <= probability <= 1, 'view.whole_probability', 'in [0, 1]', probability)
        size, cut = self.input_size, self.cut_size or self.input_size
        require(min(size) > 0, 'view.input_size', 'two numbers > 0', size)
        is_part = 0 < cut[0] <= size[0] and 0 < cut[1] <= size[1]
        require(is_part, 'view.cut_size', f'two numbers > 0, a part of input_size {size}', cut)


@dataclass(frozen=True, kw_only=True, slots=True)
class SparseConfig:
    """What the sensor measures of a frame.

    Attributes:
        pattern: in training, drawn anew each time.
        degradations: in training, in their order.
        see_through_filter_probability: of the input to be filtered as the node's
            ``see_through_filter`` does.
        validation_pattern: in validation, the same points of a frame each time.
        min_depth_m: nearest and
        max_depth_m: farthest that is measured, metres.
    """

    pattern: SparsePattern = field(default_factory=BernoulliPattern)
    degradations: tuple[SparseDegradation, ...] = ()
    see_through_filter_probability: float = 0.0
    validation_pattern: SparsePattern = field(default_factory=BernoulliPattern)
    min_depth_m: float = 0.5
    max_depth_m: float = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunConfig:
    """How long and on what to train, and what to leave behind.

    Attributes:
        epochs: how many.
        batch_size: frames in a step, of each process.
        precision: ``bfloat16`` computes convolutions in mixed precision; losses are float32.
            ``auto``: where the device is faster with it (:func:`precision.uses_bfloat16`).
        compile: whether the training step is compiled first, for some minutes and with the C++
            compiler of the machine. On a CPU steps of ``mt_depth`` on whole frames then take 30 %
            less time, on small pieces of them more; those of ``mt_depth_plus`` 20 % more.
        accelerator: as Lightning Fabric's: ``auto``, ``cpu``, ``gpu``.
        devices: processes on each machine, each with a device of its own.
        nodes: machines.
        validate_every_epochs: every n-th epoch and the last.
        early_stopping_validations: stop after so many validations without a lower error; None:
            never.
        log_every_steps: how often a step's losses are logged.
        previews: validation frames of which pictures are made.
    """

    epochs: int
    batch_size: int = 4
    precision: Precision = 'float32'
    compile: bool = False
    accelerator: Literal['auto', 'cpu', 'gpu'] = 'auto'
    devices: int = 1
    nodes: int = 1
    validate_every_epochs: int = 1
    early_stopping_validations: int | None = None
    log_every_steps: int = 10
    previews: int = 2

    def __post_init__(self) -> None:
        for name in (
            'epochs', 'batch_size', 'devices', 'nodes', 'validate_every_epochs', 'log_every_steps',
        ):  # fmt: skip
            value = getattr(self, name)
            require(value >= 1, f'run.{name}', 'at least 1', value)
        patience, name = self.early_stopping_validations, 'run.early_stopping_validations'
        has_some = patience is None or patience >= 1
        require(has_some, name, 'at least 1, or null for never', patience)


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingConfig:
    """A training run.

    Attributes:
        output: its folder.
        seed: of the initial weights and of everything that is drawn.
        network, data, view, sparse, masks, loss, optimiser, run: its parts.
    """

    output: str
    network: NetworkChoice
    data: DataConfig
    run: RunConfig
    seed: int = 0
    view: ViewConfig = field(default_factory=ViewConfig)
    sparse: SparseConfig = field(default_factory=SparseConfig)
    masks: MaskConfig = field(default_factory=MaskConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)

    def __post_init__(self) -> None:
        network = build_network(self.network.architecture, self.network.options)
        multiple = network.size_multiple
        for name in ('input_size', 'cut_size'):
            size = getattr(self.view, name)
            fits = size is None or not any(length % multiple for length in size)
            require(fits, f'view.{name}', f'multiples of {multiple} for this network', size)
