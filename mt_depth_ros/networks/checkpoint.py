"""Weights on disk: a safetensors file and, beside it, a JSON file that describes it.

The description is also kept in the safetensors header, so the checksum covers it: a JSON file
that was edited, or that belongs to other weights, is refused. Nothing is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as bytes_from_tensors
from torch import float16, isfinite, Tensor

from mt_depth_ros.core.errors import CheckpointError, ConfigError
from mt_depth_ros.core.whole_files import whole_file
from mt_depth_ros.networks.checkpoint_description import (
    CheckpointDescription,
    description_from_json,
    Provenance,
)
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.registry import architecture_name, build_network

FETCH_AGAIN = 'fetch or train the weights again'
MAX_LISTED = 5
INPUT_FIELDS = (
    'image_mean', 'image_std', 'depth_scale_m', 'clip_input_depth', 'prefill', 'local_contrast',
    'pyramid_fill', 'mask_channels', 'mask_fill',
)  # fmt: skip
"""Fields of networks' configs that decide what layers are given, often in the same shapes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Checkpoint:
    """A network with its weights, and what is known about them.

    Attributes:
        network: on the CPU, in evaluation mode.
        description: architecture, config, input size, provenance.
        path: the weights file.
        sha256: of the weights file, hexadecimal.
    """

    network: DepthNetwork
    description: CheckpointDescription
    path: Path
    sha256: str


def save_checkpoint(
    path: Path,
    network: DepthNetwork,
    *,
    input_size: tuple[int, int],
    provenance: Provenance,
    half: bool = False,
) -> str:
    """Writes weights and description; each file is complete or not there at all.

    Args:
        path: the weights file, ``*.safetensors``; the description gets the same name with
            ``.json``.
        network: whose architecture is registered.
        input_size: (height, width) it was trained at, pixels.
        provenance: where the weights come from.
        half: keep the kernels of layers as float16, for a file of half the size; what is read is
            float32 again.

    Returns:
        The sha256 of the weights file.

    Raises:
        ValueError: the name does not end in ``.safetensors``.
    """
    if path.suffix != '.safetensors':
        raise ValueError(f'checkpoint: expected a name in .safetensors, got {path.name}')
    description = CheckpointDescription(
        architecture=architecture_name(network),
        config=asdict(network.config),
        input_size=input_size,
        provenance=provenance,
    )
    tensors = {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}
    if half:  # biases and statistics are few, and may not fit
        tensors = {name: t.half() if t.ndim > 1 else t for name, t in tensors.items()}
    weights = bytes_from_tensors(tensors, metadata={'description': description.to_json()})
    digest = sha256(weights).hexdigest()
    _write_whole(path, weights)
    sidecar = description.to_json(weights_sha256=digest)
    _write_whole(path.with_suffix('.json'), sidecar.encode())
    return digest


def load_checkpoint(path: Path, *, expected_sha256: str | None = None) -> Checkpoint:
    """Reads weights and the description beside them.

    Args:
        path: the weights file.
        expected_sha256: what a manifest says, checked besides the description's own.

    Raises:
        CheckpointError: a file is missing, damaged or truncated, the two do not belong together,
            or the weights do not fit the network that the description names.
    """
    sidecar = path.with_suffix('.json')
    text = _read(sidecar, 'the description of the weights').decode(errors='replace')
    description, described_sha256 = description_from_json(text, str(sidecar))
    weights = _read(path, 'a weights file')
    digest = sha256(weights).hexdigest()
    wanted = {sidecar.name: described_sha256, 'manifest': expected_sha256 or digest}
    for source, expected in wanted.items():
        if digest != expected:
            raise CheckpointError(
                expected=f'sha256 {expected} ({source})',
                got=f'{digest} of {len(weights)} bytes',
                where=str(path),
                remedy=f'the file is damaged or another one; {FETCH_AGAIN}',
            )
    tensors = {
        name: tensor.float() if tensor.dtype == float16 and tensor.ndim > 1 else tensor
        for name, tensor in _parse(weights, description, path).items()
    }
    network = _build(description, path)
    _check_fit(network.state_dict(), tensors, path)
    network.load_state_dict(tensors)
    return Checkpoint(network=network.eval(), description=description, path=path, sha256=digest)


def load_weights_into(
    network: DepthNetwork, path: Path, *, added_parts: Sequence[str] = ()
) -> None:
    """Gives a network the weights of a checkpoint, to go on learning from them.

    Args:
        network: changed in place.
        path: the weights file.
        added_parts: parts of the network that the checkpoint need not have; they keep theirs.

    Raises:
        CheckpointError: as :func:`load_checkpoint`, or the checkpoint is of another architecture,
            or of a config with other tensors or another input; what differs is named.
    """
    source = load_checkpoint(path).network
    given = source.state_dict()
    own = network.state_dict()
    wanted = {
        name: tensor
        for name, tensor in own.items()
        if name in given or not is_of_parts(name, added_parts)
    }
    _check_fit(wanted, given, path)
    _check_same_input(network, source, path)
    network.load_state_dict({**own, **given})


def load_part_into(network: DepthNetwork, part: str, path: Path) -> None:
    """Gives one part of a network the weights that it has in a checkpoint.

    Args:
        network: changed in place.
        part: as :func:`is_of_parts`.
        path: the weights file; its other parts may differ from the network's.

    Raises:
        CheckpointError: as :func:`load_checkpoint`, or the part differs, or neither network has
            it; the tensors that differ are named.
    """
    own, given = (
        {name: tensor for name, tensor in state.items() if is_of_parts(name, [part])}
        for state in (network.state_dict(), load_checkpoint(path).network.state_dict())
    )
    _check_fit(own, given, path)
    if not own:
        raise CheckpointError(
            expected=f'{part}, in both networks',
            got='no such part',
            where=str(path),
            remedy=f'name one of {", ".join(dict(network.named_children()))}',
        )
    network.load_state_dict(given, strict=False)


def is_of_parts(tensor_name: str, parts: Sequence[str]) -> bool:
    """Whether a tensor belongs to one of these parts of a network."""
    return any(tensor_name.startswith(f'{part}.') for part in parts)


def _parse(weights: bytes, description: CheckpointDescription, path: Path) -> dict[str, Tensor]:
    try:
        tensors: dict[str, Tensor] = tensors_from_bytes(weights)
    except SafetensorError as error:
        raise CheckpointError(
            expected='a safetensors file', got=str(error), where=str(path), remedy=FETCH_AGAIN
        ) from error
    # A safetensors file starts with the length of its JSON header, eight bytes, little-endian.
    header = json.loads(weights[8 : 8 + int.from_bytes(weights[:8], 'little')])
    text = header.get('__metadata__', {}).get('description', '{}')
    carried, _ = description_from_json(text, f'header of {path}')
    if carried.to_json() != description.to_json():
        raise CheckpointError(
            expected='the description that the weights carry in their header',
            got='another one',
            where=str(path.with_suffix('.json')),
            remedy='undo what was edited, or fetch the .json that came with the weights',
        )
    return tensors


def _build(description: CheckpointDescription, path: Path) -> DepthNetwork:
    try:
        return build_network(description.architecture, description.config)
    except ConfigError as error:
        raise CheckpointError(
            expected=error.expected,
            got=error.got,
            where=f'{path.with_suffix(".json")} ({error.where})',
            remedy='these weights need another version of this package',
        ) from error


def _check_fit(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], path: Path) -> None:
    """Raises unless names, shapes, dtypes agree and all numbers are finite."""
    differences = [f'missing {name}' for name in wanted if name not in given]
    differences += [f'unexpected {name}' for name in given if name not in wanted]
    differences += [
        f'{name}: expected {_layout(wanted[name])}, got {_layout(given[name])}'
        for name in wanted
        if name in given and _layout(wanted[name]) != _layout(given[name])
    ]
    differences += [f'{name}: not finite' for name in given if not isfinite(given[name]).all()]
    if differences:
        more = len(differences) - MAX_LISTED
        listed = '; '.join(differences[:MAX_LISTED]) + (f'; {more} more' if more > 0 else '')
        raise CheckpointError(
            expected=f'the {len(wanted)} tensors of the described network',
            got=listed,
            where=str(path),
            remedy='the weights belong to another architecture or version; choose others',
        )


def _check_same_input(network: DepthNetwork, source: DepthNetwork, path: Path) -> None:
    """Raises where weights would go on learning from an input that is not the one they know."""
    wanted, given = asdict(network.config), asdict(source.config)
    differing = [name for name in INPUT_FIELDS if wanted.get(name) != given.get(name)]
    if differing:
        raise CheckpointError(
            expected=', '.join(f'{name}: {wanted.get(name)!r}' for name in differing),
            got=', '.join(f'{name}: {given.get(name)!r}' for name in differing),
            where=str(path),
            remedy='give the network the options of the weights (the "config" in the .json beside '
            'them), or begin with others',
        )


def _layout(tensor: Tensor) -> str:
    return f'{str(tensor.dtype).removeprefix("torch.")} {tuple(tensor.shape)}'


def _read(path: Path, expected: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            expected=expected,
            got=error.strerror or str(error),
            where=str(path),
            remedy='check the path; weights are a .safetensors file with a .json beside it',
        ) from error


def _write_whole(path: Path, content: bytes) -> None:
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
