"""A trained network behind the interface that every completer has."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import torch

from mt_depth_ros.classical.measured_grid import MeasuredGrid
from mt_depth_ros.classical.registry import build_classical, DEFAULT_CLASSICAL
from mt_depth_ros.core.arrays import FloatImage
from mt_depth_ros.core.completion import CompletedDepth, CompletionInput
from mt_depth_ros.core.errors import ConfigError, SensorInputError
from mt_depth_ros.networks.network import DepthNetwork, in_channels_last, NetworkOutput
from mt_depth_ros.networks.network_input import network_input, NetworkInput
from mt_depth_ros.pipeline.exported_network import RunNetwork

NetworkGrid: TypeAlias = Literal['trained', 'camera']
"""``trained``: the size it was trained at; ``camera``: the camera's own, for fully convolutional
networks that were trained on windows of that scale too."""

# What the classical fills are trusted by.
_UNCERTAINTY_BY_DISTANCE = build_classical(DEFAULT_CLASSICAL).uncertainty


class NetworkCompleter:
    """Runs a network on a grid that suits it.

    Args:
        name: the name it is reported by.
        network: the network with its weights; put into evaluation mode and moved to ``device``.
        trained_size: (height, width) it was trained at.
        grid: which grid it runs on.
        device: torch device.
        run: runs it in torch's place; None: torch does.
        is_initial: answer with the depth before refinement, without its uncertainty.
    """

    def __init__(
        self,
        name: str,
        network: DepthNetwork,
        *,
        trained_size: tuple[int, int],
        device: str,
        grid: NetworkGrid = 'trained',
        run: RunNetwork | None = None,
        is_initial: bool = False,
    ) -> None:
        self.name = name
        self._trained_size, self._grid = trained_size, grid
        self._device = torch.device(device)
        self._network = in_channels_last(network.eval()).to(self._device)
        self._run = run or self._run_in_torch
        self._is_initial = is_initial

    @property
    def uses_mask(self) -> bool:
        """Whether the network looks at the mask."""
        return self._network.uses_mask

    def initial_stage(self) -> NetworkCompleter:
        """The same network, answering with its depth before refinement."""
        return NetworkCompleter(
            self.name,
            self._network,
            trained_size=self._trained_size,
            device=str(self._device),
            grid=self._grid,
            is_initial=True,
        )

    def grid_size(self, camera_size: tuple[int, int]) -> tuple[int, int]:
        """The size it was trained at, or the camera's, up to the next multiple it can run on."""
        if self._grid == 'trained':
            return self._trained_size
        multiple = self._network.size_multiple
        height, width = (-(-length // multiple) * multiple for length in camera_size)
        return height, width

    def complete(self, given: CompletionInput) -> CompletedDepth:
        """Runs the network once; see :class:`core.completion.DepthCompleter`."""
        if not given.sparse_depth_m.any():
            raise SensorInputError(
                reason='no_measurements',
                expected='at least one depth measurement',
                got='none',
                where=f'input of {self.name}',
                remedy='check that the LiDAR sees what the camera sees',
            )
        output = self._run(network_input(given, self._device))
        if self._is_initial:
            output = _initial_only(output, self.name)
        depth_m = _image_from_tensor(output.depth_B1HW)
        depth_m = np.where(depth_m > 0.0, depth_m, np.float32(np.nan))
        if output.uncertainty_B1HW is None:
            # The paper's networks have no uncertainty head.
            distance_px = MeasuredGrid.from_sparse(given.sparse_depth_m).distance_px
            uncertainty_m = _UNCERTAINTY_BY_DISTANCE.laplace_scale(depth_m, distance_px)
        else:
            uncertainty_m = _image_from_tensor(output.uncertainty_B1HW)
        sky = None
        if output.sky_logit_B1HW is not None:
            sky = _image_from_tensor(output.sky_logit_B1HW) > 0.0
        return CompletedDepth(depth_m=depth_m, uncertainty_m=uncertainty_m, sky=sky)

    def _run_in_torch(self, given: NetworkInput) -> NetworkOutput:
        with torch.inference_mode():
            output: NetworkOutput = self._network(*given)
        return output


def _initial_only(output: NetworkOutput, name: str) -> NetworkOutput:
    if output.initial_depth_B1HW is None:
        raise ConfigError(
            expected='a network of two stages',
            got='one without an initial depth',
            where=name,
            remedy='ask for its final depth',
        )
    return NetworkOutput(depth_B1HW=output.initial_depth_B1HW)


def _image_from_tensor(tensor: torch.Tensor) -> FloatImage:
    image: FloatImage = tensor[0, 0].float().cpu().numpy()
    return image
