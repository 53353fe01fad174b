"""What stamp matching promises, whatever arrives in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
import weakref

from hypothesis import given, settings
from hypothesis import strategies as st

from mt_depth_ros.core.matching_config import MatchingConfig
from mt_depth_ros.core.matching_events import Drop, DropReason, Event, Match, Reset, Stream
from mt_depth_ros.core.stamp_matching import StampMatcher

MS = 1_000_000
FAR_FROM_FULL = 10_000
unhurried = settings(deadline=None)  # a busy machine is no failure


@dataclass(eq=False)
class Message:
    """What arrives; compared by identity, and weakly referenced to see who still holds it."""

    stream: Stream
    stamp_ns: int
    now_ns: int


Events = list[Event[Message, Message]]
Matcher = StampMatcher[Message, Message]


def deliver(matcher: Matcher, message: Message) -> Events:
    add = matcher.add_image if message.stream == 'image' else matcher.add_cloud
    return add(message.stamp_ns, message, message.now_ns)


def deliver_all(matcher: Matcher, messages: Sequence[Message]) -> Events:
    return [event for message in messages for event in deliver(matcher, message)]


milliseconds = st.integers(min_value=0, max_value=200).map(lambda value: value * MS)
fine_times = st.one_of(milliseconds, st.integers(min_value=0, max_value=200 * MS))
configs = st.builds(
    MatchingConfig,
    tolerance_ns=fine_times,
    max_wait_ns=fine_times,
    lidar_time_offset_ns=st.one_of(st.just(0), fine_times, fine_times.map(lambda ns: -ns)),
    reuse_clouds=st.booleans(),
    queue_size=st.one_of(st.integers(min_value=1, max_value=6), st.just(FAR_FROM_FULL)),
    reset_after_ns=st.sampled_from([0, 100 * MS, 500 * MS]),
)
forward = st.integers(min_value=1, max_value=150).map(lambda value: value * MS)
anywhere = st.one_of(
    forward,
    forward,
    forward,
    st.integers(min_value=-150, max_value=0).map(lambda value: value * MS),
    st.just(-700 * MS),
)


@st.composite
def deliveries(draw: st.DrawFn, steps: st.SearchStrategy[int] = anywhere) -> list[Message]:
    """Two streams whose stamps move by ``steps``, arriving in any interleaving."""
    newest: dict[Stream, int] = {'image': 5000 * MS, 'cloud': 5000 * MS}
    now_ns = draw(st.integers(min_value=0, max_value=10**12))
    messages = []
    calls = st.tuples(st.sampled_from(('image', 'cloud')), steps, fine_times)
    for stream, step_ns, pause_ns in draw(st.lists(calls, max_size=40)):
        newest[stream] = max(0, newest[stream] + step_ns)
        now_ns += pause_ns
        messages.append(Message(stream, newest[stream], now_ns))
    return messages


def decided_images(events: Events) -> list[Message]:
    return [
        event.image if isinstance(event, Match) else event.item
        for event in events
        if isinstance(event, Match) or (isinstance(event, Drop) and event.stream == 'image')
    ]


def matches(events: Events) -> list[Match[Message, Message]]:
    return [event for event in events if isinstance(event, Match)]


@unhurried
@given(configs, deliveries())
def test_every_image_is_decided_exactly_once(config: MatchingConfig, messages: list[Message]):
    matcher = Matcher(config)
    events = deliver_all(matcher, messages)
    events += matcher.flush(messages[-1].now_ns if messages else 0)
    images = Counter(message for message in messages if message.stream == 'image')
    assert Counter(decided_images(events)) == images


@unhurried
@given(configs, deliveries())
def test_matched_stamps_strictly_increase_within_an_epoch(
    config: MatchingConfig, messages: list[Message]
):
    found = matches(deliver_all(Matcher(config), messages))
    order = [(match.epoch, match.image_stamp_ns) for match in found]
    assert order == sorted(set(order))


@unhurried
@given(configs, deliveries())
def test_no_match_is_beyond_the_tolerance_or_the_wait(
    config: MatchingConfig, messages: list[Message]
):
    for match in matches(deliver_all(Matcher(config), messages)):
        assert abs(match.difference_ns) <= config.tolerance_ns
        assert 0 <= match.waited_ns <= config.max_wait_ns
        aligned_ns = match.cloud.stamp_ns + config.lidar_time_offset_ns
        assert match.difference_ns == aligned_ns - match.image.stamp_ns


@unhurried
@given(configs, deliveries())
def test_without_reuse_no_cloud_serves_twice(config: MatchingConfig, messages: list[Message]):
    found = matches(deliver_all(Matcher(replace(config, reuse_clouds=False)), messages))
    assert max(Counter(match.cloud for match in found).values(), default=0) <= 1


@unhurried
@given(configs, deliveries())
def test_the_books_balance_after_every_call(config: MatchingConfig, messages: list[Message]):
    matcher = Matcher(config)
    events: Events = []
    for count, message in enumerate(messages, start=1):
        events += deliver(matcher, message)
        statistics = matcher.statistics
        for stream in (statistics.images, statistics.clouds):
            assert stream.received == (
                stream.matched + sum(stream.dropped.values()) + stream.waiting
            )
        assert statistics.images.received + statistics.clouds.received == count
    drops = [event for event in events if isinstance(event, Drop)]
    statistics = matcher.statistics
    assert statistics.images.matched == len(matches(events))
    assert statistics.clouds.matched == len({match.cloud for match in matches(events)})
    assert statistics.resets == sum(isinstance(event, Reset) for event in events)
    for name, stream in (('image', statistics.images), ('cloud', statistics.clouds)):
        assert stream.dropped == Counter(drop.reason for drop in drops if drop.stream == name)


@unhurried
@given(configs, deliveries())
def test_no_more_messages_are_held_than_the_queues_allow(
    config: MatchingConfig, messages: list[Message]
):
    matcher = Matcher(config)
    alive: weakref.WeakSet[Message] = weakref.WeakSet()
    for message in messages:
        copy = replace(message)
        alive.add(copy)
        deliver(matcher, copy)
        del copy
        held = Counter(message.stream for message in alive)
        assert max(held.values(), default=0) <= config.queue_size


@unhurried
@given(configs, deliveries())
def test_once_polled_no_image_has_waited_too_long(config: MatchingConfig, messages: list[Message]):
    matcher = Matcher(config)
    for message in messages:
        deliver(matcher, message)
        deadline_ns = matcher.next_deadline_ns
        if deadline_ns is not None:
            assert message.now_ns < deadline_ns <= message.now_ns + config.max_wait_ns
            assert decided_images(matcher.poll(deadline_ns))
            assert (matcher.next_deadline_ns or deadline_ns + 1) > deadline_ns


@unhurried
@given(configs, deliveries(), st.lists(fine_times, max_size=60))
def test_polling_changes_when_an_event_is_told_but_not_what_it_says(
    config: MatchingConfig, messages: list[Message], pauses_ns: list[int]
):
    never_polled = deliver_all(Matcher(config), messages)

    matcher = Matcher(config)
    polled: Events = []
    pauses = iter(pauses_ns)
    now_ns = messages[0].now_ns if messages else 0
    for message in messages:
        while (pause_ns := next(pauses, None)) is not None:
            if now_ns + pause_ns >= message.now_ns:
                break
            now_ns += pause_ns
            polled += matcher.poll(now_ns)
        now_ns = message.now_ns
        polled += deliver(matcher, message)

    assert [str(event) for event in polled] == [str(event) for event in never_polled]


REFUSALS = {DropReason.ZERO_STAMP, DropReason.DUPLICATE_STAMP, DropReason.OUT_OF_ORDER}


def is_refused(events: Events) -> bool:
    return any(isinstance(event, Drop) and event.reason in REFUSALS for event in events)


@unhurried
@given(configs, deliveries())
def test_the_match_is_the_nearest_cloud_that_had_arrived_in_time(
    config: MatchingConfig, messages: list[Message]
):
    """Against every accepted cloud of the epoch, of which the matcher holds only a few."""
    config = replace(config, reuse_clouds=True, queue_size=FAR_FROM_FULL)
    matcher = Matcher(config)
    clouds: list[Message] = []
    for message in messages:
        events = deliver(matcher, message)
        resets = [event for event in events if isinstance(event, Reset)]
        new_cloud = [message] if message.stream == 'cloud' and not is_refused(events) else []
        for event in events:
            if isinstance(event, Reset):
                clouds = []
            for image in [] if is_refused([event]) else decided_images([event]):
                in_time = message.now_ns < image.now_ns + config.max_wait_ns
                known = [*clouds, *(new_cloud if in_time and not resets else [])]
                assert found_difference_ns(event) == nearest_difference_ns(image, known, config)
                assert isinstance(event, Match) == is_within_tolerance(image, known, config)
        clouds += new_cloud


def found_difference_ns(event: Event[Message, Message]) -> int | None:
    assert isinstance(event, Match | Drop)
    found = event.difference_ns if isinstance(event, Match) else event.nearest_difference_ns
    return None if found is None else abs(found)


def nearest_difference_ns(
    image: Message, clouds: list[Message], config: MatchingConfig
) -> int | None:
    offset_ns = config.lidar_time_offset_ns
    return min(
        (abs(cloud.stamp_ns + offset_ns - image.stamp_ns) for cloud in clouds), default=None
    )


def is_within_tolerance(image: Message, clouds: list[Message], config: MatchingConfig) -> bool:
    nearest_ns = nearest_difference_ns(image, clouds, config)
    return nearest_ns is not None and nearest_ns <= config.tolerance_ns


@unhurried
@given(configs, deliveries(steps=forward))
def test_waiting_in_line_costs_an_image_nothing(config: MatchingConfig, messages: list[Message]):
    """Each image fares as if it were the only one: no later image is ready before an earlier."""
    config = replace(config, reuse_clouds=True, queue_size=FAR_FROM_FULL)
    end_ns = messages[-1].now_ns + config.max_wait_ns if messages else 0

    def run(chosen: list[Message]) -> dict[Message, tuple[int, object]]:
        matcher = Matcher(config)
        fates: dict[Message, tuple[int, object]] = {}
        for message in messages:
            alone = message.stream == 'cloud' or message in chosen
            events = deliver(matcher, message) if alone else matcher.poll(message.now_ns)
            fates |= {
                image: (message.now_ns, cloud_of(event))
                for event in events
                for image in decided_images([event])
            }
        for event in matcher.poll(end_ns):
            fates |= {image: (end_ns, cloud_of(event)) for image in decided_images([event])}
        return fates

    images = [message for message in messages if message.stream == 'image']
    together = run(images)
    assert together.keys() == set(images)
    for image in images:
        assert run([image]) == {image: together[image]}


def cloud_of(event: Event[Message, Message]) -> object:
    return event.cloud if isinstance(event, Match) else None


@st.composite
def steady_recordings(draw: st.DrawFn) -> list[Message]:
    """A camera of any timing beside a LiDAR with an exact period; each delivers in order."""
    period_ns = draw(st.integers(min_value=20, max_value=200)) * MS
    phase_ns = draw(fine_times)
    latency_ns = draw(fine_times)
    messages = [
        Message('cloud', stamp_ns, stamp_ns + latency_ns)
        for stamp_ns in range(1000 * MS + phase_ns, 3000 * MS, period_ns)
    ]
    stamp_ns = now_ns = 1000 * MS
    for step_ns, delay_ns in draw(st.lists(st.tuples(forward, fine_times), max_size=20)):
        stamp_ns += step_ns
        now_ns = max(now_ns, stamp_ns + delay_ns)
        messages.append(Message('image', stamp_ns, now_ns))
    return sorted(messages, key=lambda message: message.now_ns)


@unhurried
@given(configs, steady_recordings())
def test_of_a_steady_lidar_a_settled_match_is_the_best_of_the_whole_recording(
    config: MatchingConfig, messages: list[Message]
):
    config = replace(config, reuse_clouds=True, queue_size=FAR_FROM_FULL)
    clouds = [message for message in messages if message.stream == 'cloud']
    for match in matches(deliver_all(Matcher(config), messages)):
        best_ns = nearest_difference_ns(match.image, clouds, config)
        assert best_ns is not None
        assert abs(match.difference_ns) == best_ns or not match.settled


@unhurried
@given(configs, steady_recordings())
def test_with_a_long_enough_wait_every_match_is_settled_before_the_end(
    config: MatchingConfig, messages: list[Message]
):
    config = replace(config, reuse_clouds=True, queue_size=FAR_FROM_FULL, max_wait_ns=10**12)
    for match in matches(deliver_all(Matcher(config), messages)):
        assert match.settled
