"""Where the open span is known: threads, executors, tasks and callbacks."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import spanhouse
from spanhouse.testing import Captured


@spanhouse.observe(kind="tool")
def look_up(order: int) -> int:
    return order


def by_submit(orders: list[int]) -> None:
    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(spanhouse.carry(look_up), order) for order in orders]:
            future.result()


def by_map(orders: list[int]) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(spanhouse.carry(look_up), orders)) == orders


def by_thread(orders: list[int]) -> None:
    threads = [threading.Thread(target=spanhouse.carry(look_up), args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def by_timer(orders: list[int]) -> None:
    for order in orders:
        timer = threading.Timer(0, spanhouse.carry(look_up), [order])
        timer.start()
        timer.join()


def by_executor_of_the_loop(orders: list[int]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:  # its one thread is used again, with nothing left over from before
            for order in orders:
                await loop.run_in_executor(pool, spanhouse.carry(look_up), order)

    asyncio.run(main())


def by_to_thread(orders: list[int]) -> None:
    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(look_up, order) for order in orders))

    asyncio.run(main())


def by_tasks(orders: list[int]) -> None:
    async def one(order: int) -> None:
        await asyncio.sleep(0)
        look_up(order)

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for order in orders:
                tasks.create_task(one(order))

    asyncio.run(main())


@pytest.mark.parametrize("way", [by_submit, by_map, by_thread, by_timer, by_executor_of_the_loop, by_to_thread, by_tasks])
def test_observed_function_keeps_its_parent_and_session(spanhouse_capture: Captured, way: Callable[[list[int]], None]) -> None:
    with spanhouse.context(session_id="s-1"), spanhouse.span("support", kind="workflow") as parent:
        way([1, 2, 3])
    calls = [span for span in spanhouse_capture.spans if span.name == "execute_tool look_up"]
    assert [format(call.parent.span_id, "016x") for call in calls if call.parent] == [parent.span_id] * 3
    assert [(call.attributes or {})["session.id"] for call in calls] == ["s-1"] * 3


def test_thread_of_a_pool_forgets_what_it_was_given(spanhouse_capture: Captured) -> None:
    with ThreadPoolExecutor(1) as pool:
        with spanhouse.span("support"):
            pool.submit(spanhouse.carry(look_up), 1).result()
        pool.submit(look_up, 2).result()
    inside, _, outside = spanhouse_capture.spans
    assert (inside.parent is None, outside.parent is None) == (False, True)


def test_carried_function_keeps_its_name_its_value_and_its_error() -> None:
    def fail(text: str) -> None:
        """Fails."""
        raise ValueError(text)

    assert spanhouse.carry(look_up)(7) == 7
    assert spanhouse.carry(fail).__name__ == "fail"
    with pytest.raises(ValueError, match="as it is"):
        spanhouse.carry(fail)("as it is")
