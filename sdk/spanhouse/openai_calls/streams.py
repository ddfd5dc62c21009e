"""The client's streams, read along: what the application gets is a stream of the client's class that notes what passes."""

from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Any, Final, Protocol

import openai

from spanhouse import faults

Note = Callable[[Any], bool]  # takes a chunk before the application has it; True when it was the last that counts


class Call(Protocol):
    """Whose stream it is. Every method may be called again, and only ``listen`` may raise."""

    span: Any  # None once it ended
    heard: frozenset[type]  # what chunks that say something are instances of; the others need not be noted

    def listen(self) -> Note:
        """A chunk is here, maybe the first; what notes it, and all that follow."""
        ...

    def end(self) -> None:
        """The stream was read, or closed."""
        ...

    def fail(self, error: BaseException) -> None:
        """The stream, or whoever read it, raised."""
        ...

    def abandon(self) -> None:
        """Nobody will read on."""
        ...


def follow(stream: Any, call: Call) -> Any:
    """A stream in the same state, which tells ``call`` of its chunks and of its end.

    Another object, because the client's own holds itself alive by its generator: nobody would know when it is dropped.
    """
    kind = _FOLLOWED.get(type(stream))
    try:
        if kind is not None:
            followed: Any = object.__new__(kind)
            followed.__dict__ = state = vars(stream)  # one for both: the client's own is seen by nobody but its generator
            state["_call"] = call
            return followed
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: the stream is the application's, followed or not
        faults.record("openai_calls.follow", error)
    call.end()
    return stream


def _hear(call: Call, chunk: Any) -> None:
    """Takes a chunk of a stream that is read one by one."""
    try:
        if call.listen()(chunk):
            call.end()
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: the chunk is the application's
        faults.record("openai_calls.hear", error)


class _FollowedStream(openai.Stream[Any]):
    _call: Call

    def __iter__(self) -> Iterator[Any]:
        # In place of the client's own, not around it: for each chunk the application waits for one generator less.
        call, heard, note = self._call, self._call.heard, None
        try:
            for chunk in self._iterator:
                if type(chunk) in heard or note is None:
                    try:
                        if note is None:
                            note = call.listen()
                        if note(chunk):
                            call.end()
                    except Exception as error:  # noqa: BLE001 - the SDK's boundary: the chunk is the application's
                        faults.record("openai_calls.hear", error)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            call.fail(error)
            raise
        call.end()

    def __next__(self) -> Any:
        try:
            chunk = super().__next__()
        except StopIteration:
            self._call.end()
            raise
        except BaseException as error:
            self._call.fail(error)
            raise
        _hear(self._call, chunk)
        return chunk

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if error is not None:
            self._call.fail(error)
        super().__exit__(kind, error, traceback)

    def close(self) -> None:
        try:
            super().close()
        except BaseException as error:
            self._call.fail(error)
            raise
        self._call.end()

    def __del__(self) -> None:
        if self._call.span is not None:
            self._call.abandon()


class _FollowedAsyncStream(openai.AsyncStream[Any]):
    _call: Call

    async def __aiter__(self) -> AsyncIterator[Any]:
        call, heard, note = self._call, self._call.heard, None
        try:
            async for chunk in self._iterator:
                if type(chunk) in heard or note is None:
                    try:
                        if note is None:
                            note = call.listen()
                        if note(chunk):
                            call.end()
                    except Exception as error:  # noqa: BLE001 - the SDK's boundary: the chunk is the application's
                        faults.record("openai_calls.hear", error)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            call.fail(error)
            raise
        call.end()

    async def __anext__(self) -> Any:
        try:
            chunk = await super().__anext__()
        except StopAsyncIteration:
            self._call.end()
            raise
        except BaseException as error:
            self._call.fail(error)
            raise
        _hear(self._call, chunk)
        return chunk

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._call.fail(error)
        await super().__aexit__(kind, error, traceback)

    async def close(self) -> None:
        try:
            await super().close()
        except BaseException as error:
            self._call.fail(error)
            raise
        self._call.end()

    def __del__(self) -> None:
        if self._call.span is not None:
            self._call.abandon()


_FOLLOWED: Final[dict[type, Any]] = {openai.Stream: _FollowedStream, openai.AsyncStream: _FollowedAsyncStream}
