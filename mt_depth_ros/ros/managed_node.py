"""A lifecycle node whose transitions say why they fail, and never take the process with them."""

from __future__ import annotations

from collections.abc import Callable
import traceback
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

from mt_depth_ros.core.errors import MtDepthError

UNCONFIGURED, INACTIVE, ACTIVE, FINALIZED = 'unconfigured', 'inactive', 'active', 'finalized'
"""Labels of the primary states, as ``ros2 lifecycle get`` prints them."""

_REMINDER_S = 60.0


class ManagedNode(LifecycleNode):
    """The state machine; what a transition does is the subclass's.

    A subclass fills in :meth:`configure`, :meth:`activate`, :meth:`deactivate` and
    :meth:`cleanup`. Each runs in the executor's thread. What they raise is logged and ends in a
    state that can be retried from: a configure that fails leaves the node unconfigured, an
    activate that is refused leaves it inactive, anything else cleans up to unconfigured.

    Attributes:
        trouble: why the last transition failed; empty after one that did not.

    Args:
        name: of the node.
        node_options: keyword arguments of :class:`rclpy.node.Node`.
    """

    def __init__(self, name: str, **node_options: Any) -> None:
        self.trouble = ''
        super().__init__(name, **node_options)
        self._reminder = self.create_timer(
            _REMINDER_S, self._remind, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    @property
    def state(self) -> str:
        """Label of the present state: a primary one or, amid a transition, e.g. configuring."""
        return str(self._state_machine.current_state[1])

    def configure(self) -> None:
        """Acquires everything; after an error :meth:`cleanup` follows.

        Raises:
            MtDepthError: what the user has to correct before it can be tried again.
        """
        raise NotImplementedError

    def activate(self) -> None:
        """Starts to work; after an error :meth:`deactivate` follows.

        Raises:
            MtDepthError: what the user has to correct before it can be tried again.
        """
        raise NotImplementedError

    def deactivate(self) -> None:
        """Stops working, whatever has been started of it."""
        raise NotImplementedError

    def cleanup(self) -> None:
        """Frees everything, whatever has been acquired of it."""
        raise NotImplementedError

    def start(self) -> bool:
        """Configures and activates.

        Returns:
            Whether it is active now; if not, :attr:`trouble` says why.
        """
        done = TransitionCallbackReturn.SUCCESS
        return self.trigger_configure() == done and self.trigger_activate() == done

    def shut_down(self) -> None:
        """Takes the node to finalized, from whatever state it is in."""
        if self.state != FINALIZED:
            self.trigger_shutdown()

    def destroy_node(self) -> None:
        """Frees everything, the work first, so that it publishes on nothing that is gone."""
        self._attempt('destroy', self._release)
        super().destroy_node()

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Transition callback of rclpy; see :meth:`configure`."""
        return self._attempt('configure', self.configure, undo=self.cleanup)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Transition callback of rclpy; see :meth:`activate`."""
        return self._attempt('activate', self.activate, undo=self.deactivate)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Transition callback of rclpy; see :meth:`deactivate`."""
        return self._attempt('deactivate', self.deactivate)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Transition callback of rclpy; see :meth:`cleanup`."""
        return self._attempt('cleanup', self.cleanup)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Transition callback of rclpy: frees everything, from any state."""
        return self._attempt('shutdown', self._release)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Transition callback of rclpy: back to unconfigured, with everything freed."""
        trouble = self.trouble
        result = self._attempt('error recovery', self._release)
        # The recovery says how the node is now; what made it necessary still has to be told.
        self.trouble = trouble
        return result

    def _release(self) -> None:
        try:
            self.deactivate()
        finally:
            self.cleanup()

    def _attempt(
        self,
        transition: str,
        step: Callable[[], None],
        *,
        undo: Callable[[], None] | None = None,
    ) -> TransitionCallbackReturn:
        """Runs a step of the subclass.

        rclpy takes what a callback raises for an error and drops it unseen, so nothing gets out.

        Args:
            transition: its name.
            step: does it.
            undo: brings back what was before, where the transition can be refused.
        """
        try:
            step()
        except MtDepthError as error:
            self._fail(transition, str(error))
            if undo is None:
                return TransitionCallbackReturn.ERROR
            return self._undo(transition, undo)
        except Exception as error:
            self._fail(transition, ''.join(traceback.format_exception(error)))
            return TransitionCallbackReturn.ERROR
        self.trouble = ''
        return TransitionCallbackReturn.SUCCESS

    def _undo(self, transition: str, undo: Callable[[], None]) -> TransitionCallbackReturn:
        try:
            undo()
        except Exception as error:
            self._fail(f'undoing {transition}', ''.join(traceback.format_exception(error)))
            return TransitionCallbackReturn.ERROR
        return TransitionCallbackReturn.FAILURE

    def _fail(self, transition: str, why: str) -> None:
        self.trouble = f'{transition} failed: {why.strip()}'
        self.get_logger().error(f'{self.trouble}\n{self._advice(transition)}')

    def _remind(self) -> None:
        """Says again why the node does not work: who starts many nodes overlooks one line."""
        if self.trouble:
            self.get_logger().error(f'still {self.state}: {self.trouble}')

    def _advice(self, transition: str) -> str:
        name = self.get_fully_qualified_name()
        if transition == 'configure':
            return (
                'the node stays up, unconfigured. Once that is corrected: '
                f'ros2 lifecycle set {name} configure, then activate; or start the node again'
            )
        if transition == 'activate':
            return f'once that is corrected: ros2 lifecycle set {name} activate'
        return f'the state of the node: ros2 lifecycle get {name}'
