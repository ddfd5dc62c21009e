"""Giving back what only starting needed: memory goes, and nothing else does."""

from __future__ import annotations

import ctypes
import gc
import mmap
from pathlib import Path
from typing import Literal

import pytest

from spanhouse_collector.storage import Query, Store
from spanhouse_server.memory import release_startup_memory, spare_startup_objects
from tests.durability.process import Process


def _pages_kb(kind: Literal["RssAnon", "RssFile"]) -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(f"{kind}:"))


def _resident_kb(file: Path) -> int:
    smaps = Path("/proc/self/smaps").read_text(encoding="utf-8")
    mapping = smaps[smaps.index(str(file)) :]
    return int(mapping[mapping.index("Rss:") :].split()[1])


@pytest.mark.store
def test_the_engine_works_on_after_its_code_was_given_back(store: Store) -> None:
    asked = Query(name="work", text="SELECT sum(cityHash64(toString(number)) % 7) AS total FROM numbers(100000)")
    before = store.query(asked)
    held_kb = _pages_kb("RssFile")
    release_startup_memory()
    assert _pages_kb("RssFile") < held_kb - 20_000
    assert store.query(asked) == before


def test_what_was_allocated_and_freed_is_given_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = (ctypes.c_size_t,)
    library.free.argtypes = (ctypes.c_void_p,)
    pieces = [library.malloc(4096) for _ in range(20_000)]
    for piece in pieces:
        ctypes.memset(piece, 1, 4096)
    # The last piece keeps the heap from shrinking by itself.
    for piece in pieces[:-1]:
        library.free(piece)
    held_kb = _pages_kb("RssAnon")
    release_startup_memory()
    assert _pages_kb("RssAnon") < held_kb - 60_000
    library.free(pieces[-1])


@pytest.mark.store
def test_what_the_engine_freed_goes_back_to_the_system(store: Store) -> None:
    """Of the some 130 MB that the statement takes, the engine keeps the pages for seconds after it."""
    # What is kept of statements before is not this one's, and may go at any time.
    store.give_back_memory()
    before_kb = _pages_kb("RssAnon")
    store.query(Query(name="work", text="SELECT uniqExact(number) AS n FROM numbers(6000000)"))
    store.give_back_memory()
    assert _pages_kb("RssAnon") < before_kb + 40_000


def test_a_file_that_is_no_loaded_library_keeps_its_pages(tmp_path: Path) -> None:
    """Whoever mapped it may put memory of its own in its place meanwhile, as the loader does with a library on its way."""
    file = tmp_path / "large.so"
    file.write_bytes(b"x" * 16 * 1024 * 1024)
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as mapped:
        assert mapped.find(b"y") == -1
        assert _resident_kb(file) == 16 * 1024
        release_startup_memory()
        assert _resident_kb(file) == 16 * 1024


def test_collections_look_no_more_through_what_starting_made() -> None:
    made = [object()]
    spare_startup_objects()
    try:
        assert not any(one is made for one in gc.get_objects())
    finally:
        gc.unfreeze()
    assert any(one is made for one in gc.get_objects())


@pytest.mark.net
def test_a_service_starts_without_libraries_of_data_frames(tmp_path: Path) -> None:
    """Its first start stores rows: which migrations ran."""
    process = Process(tmp_path / "data")
    process.start()
    mapped = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    process.stop()
    assert "/chdb/" in mapped
    assert not {name for name in ("pandas", "polars", "scipy") if f"/{name}/" in mapped or f"/_{name}" in mapped}
