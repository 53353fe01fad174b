"""The networks by name: the one place to add another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.networks.config import (
    config_from_mapping,
    MTDepthConfig,
    NetworkConfig,
    UNetConfig,
)
from mt_depth_ros.networks.mt_depth import MTDepth
from mt_depth_ros.networks.mt_depth_plus import MTDepthPlus
from mt_depth_ros.networks.mt_depth_plus_config import MTDepthPlusConfig
from mt_depth_ros.networks.network import DepthNetwork
from mt_depth_ros.networks.unet import UNet


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network and the config it is built from."""

    network_class: type[DepthNetwork]
    config_class: type[NetworkConfig]


ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {
        'unet': Architecture(UNet, UNetConfig),
        'mt_depth': Architecture(MTDepth, MTDepthConfig),
        'mt_depth_plus': Architecture(MTDepthPlus, MTDepthPlusConfig),
    }
)


def build_network(name: str, options: Mapping[str, Any] | None = None) -> DepthNetwork:
    """Builds a network with random weights, in training mode.

    Args:
        name: a key of :data:`ARCHITECTURES`.
        options: fields of its config that differ from the defaults.

    Raises:
        ConfigError: no such network, or an option it does not have.
    """
    if name not in ARCHITECTURES:
        raise ConfigError(
            expected=f'one of {", ".join(ARCHITECTURES)}',
            got=repr(name),
            where='network architecture',
            remedy='name one of these',
        )
    architecture = ARCHITECTURES[name]
    config = config_from_mapping(architecture.config_class, options or {})
    return architecture.network_class(config)


def architecture_name(network: DepthNetwork) -> str:
    """The name a network is registered by.

    Raises:
        ValueError: its class is not registered.
    """
    for name, architecture in ARCHITECTURES.items():
        if type(network) is architecture.network_class:
            return name
    raise ValueError(f'{type(network).__name__} is not in ARCHITECTURES')
