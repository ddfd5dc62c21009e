"""ClickHouse's error codes that this interface itself uses, and the HTTP status each is answered with."""

from __future__ import annotations

from spanhouse_collector.errors import QueryRejected

#: By their names in ClickHouse's ErrorCodes.cpp.
CODES = {
    "BAD_ARGUMENTS": 36,
    "NOT_IMPLEMENTED": 48,
    "UNKNOWN_TABLE": 60,
    "SYNTAX_ERROR": 62,
    "UNKNOWN_FORMAT": 73,
    "UNKNOWN_DATABASE": 81,
    "READONLY": 164,
    "REQUIRED_PASSWORD": 194,
    "TOO_MANY_SIMULTANEOUS_QUERIES": 202,
    "NETWORK_ERROR": 210,
    "TOO_DEEP_RECURSION": 306,
    "TOO_MANY_BYTES": 307,
    "SESSION_NOT_FOUND": 372,
    "INVALID_SESSION_TIMEOUT": 374,
    "ACCESS_DENIED": 497,
    "AUTHENTICATION_FAILED": 516,
}

# As a ClickHouse server answers (exceptionCodeToHTTPStatus in its HTTP handler); 500 for all others.
_STATUS = {
    **dict.fromkeys((6, 26, 27, 36, 38, 41, 42, 43, 53, 62, 69, 72, 117, 131, 306, 386, 456, 457), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 73, 81, 115), 404),
    **dict.fromkeys((497, 516), 403),
    **dict.fromkeys((202, 210), 503),
    48: 501,
    159: 408,
    194: 401,
    307: 413,
}


def rejected(name: str, message: str) -> QueryRejected:
    """A refusal in ClickHouse's words, by the name of its code."""
    return QueryRejected(f"Code: {CODES[name]}. DB::Exception: {message}. ({name})", code=CODES[name])


def status(code: int) -> int:
    """The HTTP status of an error by its code."""
    return _STATUS.get(code, 500)
