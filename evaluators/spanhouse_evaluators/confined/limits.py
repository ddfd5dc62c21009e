"""Bounds that a process sets on itself before it runs somebody else's code. They cannot be lifted again.

Memory and files are bounded by resource limits; a seccomp filter, which needs no privileges, closes the network and keeps all
that the process starts in its group, so that it can be ended with it. What is not bounded: the process is still its user's, and
reads and writes the files that its user may.
"""

import ctypes
import platform
import resource
import struct
import sys
from collections.abc import Sequence

MIB = 2**20
MAX_FILE_BYTES = 64 * MIB
MAX_OPEN_FILES = 256

_SET_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
# linux/audit.h's name of the machine, and its numbers of socket(2) and io_uring_setup(2), which could open one as well.
# socketpair(2) stays: it reaches nobody, and asyncio needs it.
_MACHINES = {"x86_64": (0xC000_003E, (41, 425)), "aarch64": (0xC000_00B7, (198, 425))}
# setsid(2) and setpgid(2), by which a process would leave the group that is ended when it is late.
_LEAVING = {"x86_64": (112, 109), "aarch64": (157, 154)}
_X32 = 0x4000_0000
_LOAD, _EQUALS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_REFUSE, _PASS_OVER, _ALLOW, _KILL = 0x0005_0001, 0x0005_0000, 0x7FFF_0000, 0x8000_0000
"""linux/seccomp.h: refuse with EPERM, do nothing and say that it went well, allow, end the process."""


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


def filter_calls(*, network: bool) -> None:
    """Let this process and all that it starts stay in its group from now on and, unless granted, open no socket.

    Who asks for a session or a group of its own is told that it has one, and works on in this one. Raises OSError where the
    kernel cannot close the network; where the network is granted, such a kernel goes without.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _MACHINES:
        if network:
            return
        raise OSError(f"no filter is known for the machine {machine!r}")
    audited, sockets = _MACHINES[machine]
    program = ctypes.create_string_buffer(_program(audited, () if network else sockets, passed_over=_LEAVING[machine]))
    libc = ctypes.CDLL(None, use_errno=True)
    asked = _Filter(len(program.raw) // 8, ctypes.addressof(program))
    refused = libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(asked), 0, 0)
    if refused and not network:
        raise OSError(ctypes.get_errno(), "the kernel takes no seccomp filter")


def _program(machine: int, refused: Sequence[int], *, passed_over: Sequence[int]) -> bytes:
    """Return the filter in classic BPF: operation, steps to go on if true and if false, operand."""
    left = len(refused) + len(passed_over)
    steps = [(_LOAD, 0, 0, 4), (_EQUALS, 1, 0, machine), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, 0)]
    # At the end: allow, refuse, pass over. Each step goes as far as is left before them.
    steps.append((_AT_LEAST, left + 1, 0, _X32))
    for place, call in enumerate([*refused, *passed_over]):
        steps.append((_EQUALS, left - place + (0 if call in refused else 1), 0, call))
    steps += [(_RETURN, 0, 0, verdict) for verdict in (_ALLOW, _REFUSE, _PASS_OVER)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
