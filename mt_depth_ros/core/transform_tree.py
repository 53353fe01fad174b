"""Static transforms between many frames: where one is seen from another."""

from __future__ import annotations

from collections.abc import Iterable

from mt_depth_ros.core.errors import TransformError
from mt_depth_ros.core.transforms import RigidTransform, StampedTransform


class TransformTree:
    """The latest static transform of every child frame.

    Frame names are compared without a leading ``/``, which ROS 1 wrote and ROS 2 does not. Holds
    no lock: one thread may call :meth:`set` while others call :meth:`lookup`, each of which works
    on one state of the tree.

    Args:
        by_hand: transforms that no other of the same child frame replaces. Others that would
            close a loop with them, as the same two frames the other way round, are left out.

    Raises:
        TransformError: one of them has a frame without a name or that is its own parent.
    """

    def __init__(self, by_hand: Iterable[StampedTransform] = ()) -> None:
        self._by_child: dict[str, StampedTransform] = {}
        self._by_hand: frozenset[str] = frozenset()
        for stamped in by_hand:
            self.set(stamped)
        self._by_hand = frozenset(self._by_child)

    @property
    def frames(self) -> tuple[str, ...]:
        """Every frame known, sorted."""
        known = self._by_child
        return tuple(sorted({*known, *(_bare(link.parent_frame) for link in known.values())}))

    @property
    def links(self) -> tuple[StampedTransform, ...]:
        """The transform of every child frame."""
        return tuple(self._by_child.values())

    def set(self, stamped: StampedTransform) -> None:
        """Adds a transform; it replaces what was known of the same child frame, unless by hand.

        Raises:
            TransformError: a frame has no name or is its own parent.
        """
        parent, child = _bare(stamped.parent_frame), _bare(stamped.child_frame)
        if not parent or not child or parent == child:
            raise TransformError(
                reason='bad_transform',
                expected='two different, named frames',
                got=f'parent {stamped.parent_frame!r}, child {stamped.child_frame!r}',
                where='static transform',
                remedy='correct the frame names at its publisher',
            )
        if self.is_ruled_out(parent, child):
            return
        # A new dict each time: whoever is looking up keeps the state it began with.
        self._by_child = {**self._by_child, child: stamped}

    def is_ruled_out(self, parent_frame: str, child_frame: str) -> bool:
        """Whether a transform between two frames has to give way to those given by hand.

        Either one of the same child frame is given, or this one would close a loop with them.

        Args:
            parent_frame: as a message names it.
            child_frame: likewise.
        """
        if not self._by_hand:
            return False
        parent, child = _bare(parent_frame), _bare(child_frame)
        return child in self._by_hand or self._closes_loop_by_hand(parent, child)

    def _closes_loop_by_hand(self, parent: str, child: str) -> bool:
        """Whether a transform given by hand leads from the parent up to the child."""
        seen: set[str] = set()
        frame = parent
        while frame in self._by_child and frame not in seen and frame != child:
            seen.add(frame)
            frame = _bare(self._by_child[frame].parent_frame)
        return frame == child and not seen.isdisjoint(self._by_hand)

    def lookup(self, target_frame: str, source_frame: str) -> RigidTransform:
        """The transform between two frames, through any chain of known ones.

        Returns:
            target_from_source: takes points of the source frame into the target frame.

        Raises:
            TransformError: no chain connects the two.
        """
        target, source = _bare(target_frame), _bare(source_frame)
        known = self._by_child
        target_chain, source_chain = _ancestors(known, target), _ancestors(known, source)
        for frame, frame_from_source in source_chain.items():
            if frame in target_chain:
                return target_chain[frame].inverse() @ frame_from_source
        raise TransformError(
            reason='missing_transform',
            expected=f'a transform from {source!r} to {target!r}',
            got=f'frames {", ".join(self.frames) or "none"}, which do not connect them',
            where='/tf_static',
            remedy='publish the static transform, set the parameter static_transforms, or give a '
            'command --static-transform',
        )


def _bare(frame_id: str) -> str:
    return frame_id.lstrip('/')


def _ancestors(known: dict[str, StampedTransform], frame: str) -> dict[str, RigidTransform]:
    """ancestor_from_frame for the frame itself and every frame above it, nearest first."""
    chain = {frame: RigidTransform.identity()}
    while frame in known:
        link = known[frame]
        parent = _bare(link.parent_frame)
        if parent in chain:
            raise TransformError(
                reason='bad_transform',
                expected='a tree of frames',
                got=f'a loop through {", ".join(chain)}',
                where='/tf_static',
                remedy='remove one of these transforms at its publisher',
            )
        chain[parent] = link.transform @ chain[frame]
        frame = parent
    return chain
