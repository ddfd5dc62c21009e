"""What arrives when a process ends, forks or is frozen: real processes, ended in the ways that docs/sdk/delivery.md names."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.sdk import applications
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net


def init(receiver: Receiver, **options: object) -> str:
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"spanhouse.init({receiver.url!r}, instrument=False{given})\n"


def names(receiver: Receiver) -> list[str]:
    return sorted(span.name for span in receiver.spans)


LAST_WORDS = "with spanhouse.span('last words'):\n    pass\n"


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise RuntimeError('the application fails')", 1),
        ("spanhouse.flush()\nos._exit(4)", 4),
        ("import threading\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()", 0),
        ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\nos.kill(os.getpid(), signal.SIGTERM)", 5),
    ],
    ids=["end of the script", "sys.exit", "exception", "os._exit after flush", "with a thread left", "SIGTERM that is handled"],
)
def test_span_arrives_when_the_process_ends_by(receiver: Receiver, ending: str, status: int) -> None:
    applications.run(init(receiver) + LAST_WORDS + ending, status=status)
    assert names(receiver) == ["last words"]


OF_THE_APPLICATION = """
import multiprocessing, threading
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
def add(processor):
    trace.get_tracer_provider().add_span_processor(processor)
class Hanging(SpanProcessor):
    def shutdown(self):
        threading.Event().wait()
class Raising(SpanProcessor):
    def shutdown(self):
        raise ValueError("theirs")
def its_own():
    return BatchSpanProcessor(ConsoleSpanExporter(formatter=lambda span: span.name + "\\n"))
def speak():
    with spanhouse.span(f"{multiprocessing.current_process().name} {os.getpid() - first}"):
        pass
first = os.getpid()
"""


@pytest.mark.parametrize("ending", ["", "sys.exit()", "spanhouse.shutdown()", "trace.get_tracer_provider().shutdown()"])
def test_processor_that_the_application_added_to_our_provider_sends_its_last_spans_too(receiver: Receiver, ending: str) -> None:
    """``shutdown`` leaves it alone, since ``init`` may be called again; the end of the process does not."""
    out, err = applications.run(OF_THE_APPLICATION + init(receiver) + f"add(its_own())\n{LAST_WORDS}{ending}")
    assert (out, err, names(receiver)) == ("last words\n", "", ["last words"])


def test_processors_of_the_application_that_hang_or_raise_at_the_end_cost_nobody_else_a_span(receiver: Receiver) -> None:
    """Nor do they hold the process: this test ends."""
    added = "add(Hanging())\nadd(Raising())\nadd(its_own())\n"
    out, err = applications.run(OF_THE_APPLICATION + init(receiver) + added + LAST_WORDS)
    assert (out, names(receiver)) == ("last words\n", ["last words"])
    told = [line for line in err.splitlines() if line.startswith("spanhouse.")]
    assert told == [
        "spanhouse.fault where=processor.shutdown count=1 error=ValueError",
        "spanhouse.left_behind processor=Hanging did not shut down within 3 s",
    ]


def test_processor_of_the_application_is_shut_down_where_the_collector_is_away() -> None:
    with applications.nobody() as url:
        script = f"{OF_THE_APPLICATION}spanhouse.init({url!r}, instrument=False)\nadd(its_own())\n{LAST_WORDS}"
        out, _ = applications.run(script)
    assert out == "last words\n"


@pytest.mark.parametrize(
    "fork",
    [
        "child = os.fork()\nif child:\n    os.waitpid(child, 0)\n",
        "child = multiprocessing.get_context('fork').Process(target=speak)\nchild.start()\nchild.join()\n",
    ],
    ids=["os.fork", "multiprocessing"],
)
def test_processor_of_the_application_sends_its_last_spans_in_a_child_too(receiver: Receiver, fork: str) -> None:
    out, err = applications.run(OF_THE_APPLICATION + init(receiver) + f"add(its_own())\n{fork}speak()\n")
    assert err == ""
    assert len(out.splitlines()) == 2
    assert sorted(out.splitlines()) == names(receiver)


def test_span_made_while_python_shuts_down_arrives_or_is_left_out_in_silence(receiver: Receiver) -> None:
    """Functions registered before ``import spanhouse`` run after its own, when nothing can be sent any more."""
    script = f"""
import atexit, threading
class Late:
    def __del__(self):
        with spanhouse.span("too late"):
            pass
late = Late()
{init(receiver)}
atexit.register({"lambda: spanhouse.span('at exit').__enter__().__exit__(None, None, None)"})
threading.Thread(target=lambda: (time.sleep(0.2), spanhouse.span("thread").__enter__().end())).start()
"""
    _, err = applications.run(script)
    assert names(receiver) == ["at exit", "thread"]
    assert err == ""


def test_process_that_exits_hard_keeps_its_spans_in_the_spool(receiver: Receiver, tmp_path: Path) -> None:
    spooling = init(receiver, spool_dir=str(tmp_path))
    receiver.answers = [503] * 100
    script = f"{spooling}{LAST_WORDS}while not spanhouse.report().spooled:\n    time.sleep(0.005)\nos._exit(7)"
    applications.run(script, status=7)
    receiver.answers = []
    applications.run(spooling)
    assert names(receiver) == ["last words"]


def test_frozen_function_sends_what_it_flushed_and_goes_on_after_the_thaw(receiver: Receiver) -> None:
    """While it is frozen the collector hangs up; what waited then arrives with the next invocation."""
    script = f"""
{init(receiver)}
for line in sys.stdin:
    with spanhouse.span(f"invocation {{line.strip()}}"):
        pass
    print(spanhouse.flush(), flush=True)
    with spanhouse.span(f"after {{line.strip()}}"):
        pass
    print("made", flush=True)
"""
    with applications.start(script) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "True\n"
            assert f"invocation {number}" in names(receiver)  # before it is frozen, and perhaps never thawed
            assert process.stdout.readline() == "made\n"
            process.send_signal(signal.SIGSTOP)
            applications.wait_until_stopped(process.pid)
            receiver.hang_up()
            process.send_signal(signal.SIGCONT)
        process.stdin.close()
        assert process.wait() == 0
    assert names(receiver) == sorted(f"{what} {number}" for number in range(3) for what in ("after", "invocation"))


def test_span_that_was_open_while_the_process_was_frozen_arrives_once(receiver: Receiver) -> None:
    script = f"""
{init(receiver)}
with spanhouse.span("long"):
    os.kill(os.getpid(), signal.SIGSTOP)
"""
    with applications.start(script) as process:
        applications.wait_until_stopped(process.pid)
        process.send_signal(signal.SIGCONT)
        assert process.wait() == 0
    assert names(receiver) == ["long"]


def test_workers_forked_from_a_busy_parent_send_their_own_once(receiver: Receiver) -> None:
    """As a server that loads the application first and forks then: the parent's threads and locks are in use at the fork."""
    script = f"""
import threading
{init(receiver)}
def work(who):
    for number in range(200):
        with spanhouse.span(f"{{who}} {{number}}"):
            pass
        spanhouse.score("graded", 1.0)

busy = [threading.Thread(target=work, args=(f"thread {{number}}",)) for number in range(2)]
for thread in busy:
    thread.start()
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        work(f"child {{number}}")
        spanhouse.flush()
        os._exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
for thread in busy:
    thread.join()
"""
    applications.run(script)
    workers = [f"thread {number}" for number in range(2)] + [f"child {number}" for number in range(4)]
    assert Counter(names(receiver)) == Counter(f"{worker} {number}" for worker in workers for number in range(200))
    assert len(receiver.logs) == 1_200


def test_second_fork_in_a_worker_starts_empty_too(receiver: Receiver) -> None:
    script = f"""
{init(receiver)}
for depth in range(3):
    with spanhouse.span(f"depth {{depth}}"):
        pass
    if os.fork() != 0:
        os.wait()
        break
"""
    applications.run(script)
    assert names(receiver) == ["depth 0", "depth 1", "depth 2"]
