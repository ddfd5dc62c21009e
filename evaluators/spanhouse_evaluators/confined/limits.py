"""Bounds that a process sets on itself before it runs somebody else's code. They cannot be lifted again.

Memory and files are bounded by resource limits, the network by a seccomp filter, which needs no privileges. What is not
bounded: the process is still its user's, and reads and writes the files that its user may.
"""

import ctypes
import platform
import resource
import struct

MIB = 2**20
MAX_FILE_BYTES = 64 * MIB
MAX_OPEN_FILES = 256

_SET_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
# linux/audit.h's name of the machine, and its numbers of socket(2) and io_uring_setup(2), which could open one as well.
# socketpair(2) stays: it reaches nobody, and asyncio needs it.
_MACHINES = {"x86_64": (0xC000_003E, 41, 425), "aarch64": (0xC000_00B7, 198, 425)}
_X32 = 0x4000_0000
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_REFUSE, _ALLOW, _KILL = 0x0005_0001, 0x7FFF_0000, 0x8000_0000
"""linux/seccomp.h: refuse with EPERM, allow, end the process."""


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_void_p)]


def bound_memory(memory_mib: int) -> None:
    """Bound the address space, in MiB, and the files it may write and open; leave no core file behind."""
    for what, most in (
        (resource.RLIMIT_AS, memory_mib * MIB),
        (resource.RLIMIT_FSIZE, MAX_FILE_BYTES),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def close_network() -> None:
    """Let this process and all that it starts open no socket from now on. Raises OSError where the kernel cannot do it."""
    machine = platform.machine()
    if machine not in _MACHINES:
        raise OSError(f"no filter is known for the machine {machine!r}")
    program = ctypes.create_string_buffer(_program(*_MACHINES[machine]))
    libc = ctypes.CDLL(None, use_errno=True)
    asked = _Filter(len(program.raw) // 8, ctypes.addressof(program))
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(asked), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no seccomp filter")


def _program(machine: int, socket: int, io_uring_setup: int) -> bytes:
    """Return the filter in classic BPF: operation, steps to go on if true and if false, operand."""
    steps = [
        (_LOAD, 0, 0, 4),
        (_EQUALS, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 2, 0, _X32),
        (_EQUALS, 1, 0, socket),
        (_EQUALS, 0, 1, io_uring_setup),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
