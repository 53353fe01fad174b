"""The classes of Virtual KITTI 2, and the objects of the world that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mt_depth_ros.data.class_colours import CLASS_COLOURS, class_id


class ObjectClass(str, Enum):
    """The categories of Virtual KITTI 2 by the names its ``colors.txt`` gives them."""

    TERRAIN = 'Terrain'
    SKY = 'Sky'
    TREE = 'Tree'
    VEGETATION = 'Vegetation'
    BUILDING = 'Building'
    ROAD = 'Road'
    GUARD_RAIL = 'GuardRail'
    TRAFFIC_SIGN = 'TrafficSign'
    TRAFFIC_LIGHT = 'TrafficLight'
    POLE = 'Pole'
    MISC = 'Misc'
    TRUCK = 'Truck'
    CAR = 'Car'
    VAN = 'Van'

    @property
    def colour_rgb(self) -> tuple[int, int, int]:
        """Its colour in class images, 0 to 255."""
        colour = CLASS_COLOURS[class_id(self.value)]
        return colour.red, colour.green, colour.blue


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
