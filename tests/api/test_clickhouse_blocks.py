"""ClickHouse's compressed blocks, held against those that the engine itself writes, and what is refused of them."""

from __future__ import annotations

import struct
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_collector.api import clickhouse_blocks
from spanhouse_collector.errors import InvalidRequest, TooLarge
from spanhouse_collector.storage import Store
from tests.api.conftest import Gateway

_MIB = 1 << 20
# A block's method stands after its checksum.
_METHOD_AT = 16


@pytest.mark.store
@pytest.mark.parametrize(("codec", "method"), [("LZ4", 0x82), ("ZSTD", 0x90), ("NONE", 0x02)])
def test_the_blocks_of_a_column_on_disk_are_read(store: Store, engine_url: str, codec: str, method: int) -> None:
    """The engine keeps columns in the very blocks that it sends, with its own checksum, so they are vectors for ours."""
    numbers = range(300_000)
    store.raw(
        f"CREATE TABLE blocks (n UInt64 CODEC({codec})) ENGINE = MergeTree ORDER BY () SETTINGS min_bytes_for_wide_part = 0",
        output_format="Null",
    )
    store.raw(f"INSERT INTO blocks SELECT number FROM numbers({len(numbers)})", output_format="Null")
    part = Path(engine_url.removeprefix("chdb://"), "data", store.database, "blocks", "all_1_1_0", "n.bin")
    data = part.read_bytes()
    assert data[_METHOD_AT] == method
    plain = struct.pack(f"<{len(numbers)}Q", *numbers)
    assert clickhouse_blocks.decompress(data, limit_bytes=len(plain)) == plain
    with pytest.raises(TooLarge):
        clickhouse_blocks.decompress(data, limit_bytes=len(plain) - 1)


@given(st.binary(max_size=200), st.integers(min_value=1, max_value=30_000))
def test_what_is_compressed_is_read_again(piece: bytes, times: int) -> None:
    data = piece * times
    assert clickhouse_blocks.decompress(clickhouse_blocks.compress(data), limit_bytes=len(data)) == data


def test_large_results_come_in_blocks_of_a_mebibyte() -> None:
    data = bytes(2 * _MIB + 1)
    blocks = clickhouse_blocks.compress(data)
    size = struct.unpack_from("<I", blocks, _METHOD_AT + 1)[0]
    assert clickhouse_blocks.decompress(blocks[: _METHOD_AT + size], limit_bytes=_MIB) == bytes(_MIB)
    assert clickhouse_blocks.compress(b"") == b""


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_block_with_any_byte_changed_is_refused(position: int, change: int) -> None:
    block = bytearray(clickhouse_blocks.compress(b"SELECT 1"))
    block[position % len(block)] ^= change
    with pytest.raises(InvalidRequest):
        clickhouse_blocks.decompress(bytes(block), limit_bytes=_MIB)


@given(st.integers(min_value=1, max_value=40))
def test_a_block_that_ends_early_is_refused(missing: int) -> None:
    block = clickhouse_blocks.compress(b"SELECT 1 + 1 + 1 + 1 + 1")
    with pytest.raises(InvalidRequest, match="send it whole"):
        clickhouse_blocks.decompress(block[:-missing] or b"\0", limit_bytes=_MIB)


@pytest.mark.store
@pytest.mark.net
def test_the_interface_answers_in_blocks_and_reads_statements_in_them(local_gateway: Gateway) -> None:
    """compress=1 and decompress=1, as clickhouse-go with LZ4 and JDBC ask for; errors come in blocks too, as a server's do."""
    answer = local_gateway.ask("SELECT 7", compress="1")
    assert "content-encoding" not in answer.headers
    assert clickhouse_blocks.decompress(answer.content, limit_bytes=_MIB) == b"7\n"
    refused = local_gateway.ask("SELECT nothing", compress="1")
    assert clickhouse_blocks.decompress(refused.content, limit_bytes=_MIB).startswith(b"Code: 47. DB::Exception: ")
    sent = clickhouse_blocks.compress(b"SELECT 8")
    assert httpx2.post(local_gateway.url, params={"decompress": "1"}, content=sent).text == "8\n"
    plain = httpx2.post(local_gateway.url, params={"decompress": "1"}, content="SELECT 8")
    assert (plain.status_code, plain.headers["x-clickhouse-exception-code"]) == (400, "36")


@pytest.mark.store
@pytest.mark.net
def test_blocks_stand_inside_an_encoding(local_gateway: Gateway) -> None:
    answer = local_gateway.ask("SELECT 7", compress="1", enable_http_compression="1")
    assert answer.headers["content-encoding"] in {"gzip", "deflate", "zstd"}
    assert clickhouse_blocks.decompress(answer.content, limit_bytes=_MIB) == b"7\n"
