"""A recording in the forms the player and the node take it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from mt_depth_ros.bag.bag_reader import BagReader
from mt_depth_ros.bag.sensor_stream import static_transform_topics
from mt_depth_ros.core.errors import DataFileError
from mt_depth_ros.ros.player import BagItem, static_transform_texts


def bag_items(reader: BagReader) -> Iterator[BagItem]:
    """The messages of a bag for the player, still serialized."""
    for message in reader.messages():
        yield BagItem(
            topic=message.topic,
            type_name=message.type_name,
            receive_time_ns=message.receive_time_ns,
            message=message.serialized,
        )


def static_transforms(reader: BagReader) -> list[str]:
    """Every static transform of a bag, as values of the parameter ``static_transforms``."""
    texts: dict[str, None] = {}
    for message in reader.messages(static_transform_topics(reader)):
        texts.update(dict.fromkeys(static_transform_texts(message.read())))
    return list(texts)


def write_transforms_file(reader: BagReader, path: Path) -> None:
    """Writes the static transforms of a bag as a parameters file of the node.

    Raises:
        DataFileError: the file exists already.
    """
    if path.exists():
        raise DataFileError(
            expected='a file that does not exist yet',
            got='something there already',
            where=str(path),
            remedy='choose another --transforms-file, or delete it; nothing is overwritten',
        )
    # Not every version of ROS reads an empty list.
    parameters = {'static_transforms': static_transforms(reader) or ['']}
    content = {'/**': {'ros__parameters': parameters}}
    path.write_text(yaml.safe_dump(content, width=1000), encoding='utf-8')
