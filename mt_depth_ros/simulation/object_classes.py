"""The classes of Virtual KITTI 2, and the objects of the world that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ObjectClass(Enum):
    """Virtual KITTI 2's categories with the colours of its class images (red, green, blue)."""

    TERRAIN = (210, 0, 200)
    SKY = (90, 200, 255)
    TREE = (0, 199, 0)
    VEGETATION = (90, 240, 0)
    BUILDING = (140, 140, 140)
    ROAD = (100, 60, 100)
    GUARD_RAIL = (250, 100, 255)
    TRAFFIC_SIGN = (255, 255, 0)
    TRAFFIC_LIGHT = (200, 200, 0)
    POLE = (255, 130, 0)
    MISC = (80, 80, 80)
    TRUCK = (160, 60, 60)
    CAR = (255, 127, 80)
    VAN = (0, 139, 139)
    UNDEFINED = (0, 0, 0)

    @property
    def label(self) -> str:
        """The name as ``colors.txt`` spells it, e.g. ``GuardRail``."""
        return self.name.title().replace('_', '')


class InstanceLabel(str, Enum):
    """What an instance is; people are ``Misc`` in the class images, which have no such class."""

    CAR = 'Car'
    VAN = 'Van'
    TRUCK = 'Truck'
    PEDESTRIAN = 'Pedestrian'
    CYCLIST = 'Cyclist'


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldObject:
    """Something that stands or moves in the world.

    Attributes:
        object_class: its class.
        label: what instance it is, or None for anything that is not counted.
        model: name of its shape.
        colour: name of its colour.
        size_m: width, height, length; zeros where ``label`` is None.
        is_moving: whether it moves during the drive.
    """

    object_class: ObjectClass
    label: InstanceLabel | None = None
    model: str = ''
    colour: str = ''
    size_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    is_moving: bool = False
