from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
import os
from pathlib import Path
from threading import Thread

import pytest

from mt_depth_ros.core.errors import ConfigError
from mt_depth_ros.core.user_cache import cache_folder
from mt_depth_ros.segmentation.weights import download_weights, find_weights


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return tmp_path / 'cache/mt_depth_ros'


@pytest.fixture
def release(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server that stands where the official weights are, and its folder."""
    folder = tmp_path / 'release'
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    server = HTTPServer(('127.0.0.1', 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}', folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / 'mine.pt'
    assert find_weights(str(path)) is None
    path.write_bytes(b'PK')
    assert find_weights(str(path)) == path


def test_an_official_name_is_fetched_once_and_then_found(
    release: tuple[str, Path], cache: Path
) -> None:
    url, folder = release
    (folder / 'yolo11n-seg.pt').write_bytes(b'PK weights')
    assert find_weights('yolo11n-seg.pt') is None
    path = download_weights('yolo11n-seg.pt', release_url=url)
    assert path == cache / 'yolo11n-seg.pt'
    assert path.read_bytes() == b'PK weights'
    assert find_weights('yolo11n-seg.pt') == path
    assert [p.name for p in cache.iterdir()] == ['yolo11n-seg.pt']


def test_two_nodes_that_fetch_at_the_same_time_both_get_the_weights(
    release: tuple[str, Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, folder = release
    (folder / 'yolo11n-seg.pt').write_bytes(b'PK weights')
    write, process = Path.write_bytes, os.getpid()

    def overtaken(path: Path, content: bytes) -> int:
        """While this node writes, the other one begins and ends."""
        monkeypatch.setattr(Path, 'write_bytes', write)
        written = write(path, content[:4])
        monkeypatch.setattr(os, 'getpid', lambda: process + 1)
        download_weights('yolo11n-seg.pt', release_url=url)
        monkeypatch.setattr(os, 'getpid', lambda: process)
        with path.open('ab') as file:
            return written + file.write(content[4:])

    monkeypatch.setattr(Path, 'write_bytes', overtaken)
    path = download_weights('yolo11n-seg.pt', release_url=url)
    assert path.read_bytes() == b'PK weights'
    assert [p.name for p in cache.iterdir()] == ['yolo11n-seg.pt']


def test_only_official_names_are_looked_up_in_the_cache(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / 'other.pt').write_bytes(b'PK')
    assert find_weights('other.pt') is None


def test_weights_that_cannot_be_had_say_what_to_do_instead(release: tuple[str, Path]) -> None:
    url, _ = release
    with pytest.raises(ConfigError, match=r'yolo11s-seg\.pt: .*404.*set weights to its path'):
        download_weights('yolo11s-seg.pt', release_url=url)


def test_a_page_in_place_of_weights_is_refused_and_not_kept(release: tuple[str, Path]) -> None:
    url, folder = release
    (folder / 'yolo11n-seg.pt').write_bytes(b'<html>sign in</html>')
    with pytest.raises(ConfigError, match=r'got 20 bytes that are no torch file'):
        download_weights('yolo11n-seg.pt', release_url=url)
    assert not cache_folder().exists()


def test_a_name_that_is_not_official_is_not_fetched() -> None:
    with pytest.raises(ConfigError, match=r"expected one of yolo11n-seg\.pt, .*'../x\.pt'"):
        download_weights('../x.pt')
