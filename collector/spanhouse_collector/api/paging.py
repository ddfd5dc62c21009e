"""Lists in pages: each page ends with a cursor that names its last row, so that new rows move nothing on the pages to come."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from spanhouse_collector.errors import InvalidRequest

Item = TypeVar("Item")

#: Beyond every instant in nanoseconds, and after every id and key, which are printable ASCII without `~`.
NO_BOUND = (1 << 63) - 1
LAST = "~"


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str = Field(description="give it as `cursor` for the next page; empty on the last one")


class Paging(BaseModel):
    """The query string of every list; a name that is no parameter is an error."""

    model_config = ConfigDict(extra="forbid")

    cursor: Annotated[str, Field(max_length=2000, description="`next_cursor` of the page before; empty for the first page")] = ""
    limit: Annotated[int, Field(ge=1, le=1000, description="rows of one page")] = 100

    def after(self, first: tuple[int, str]) -> tuple[int, str]:
        """What the cursor names, or `first`. Raises InvalidRequest for a cursor that is not ours."""
        if not self.cursor:
            return first
        try:
            number, text = json.loads(base64.urlsafe_b64decode(self.cursor.encode()))
            number, text = int(number), str(text)
        except (ValueError, TypeError, binascii.Error):
            number, text = NO_BOUND + 1, ""
        if abs(number) > NO_BOUND:
            raise InvalidRequest(f"cursor {self.cursor[:40]!r} is not one of ours; take it from next_cursor of the page before")
        return number, text


def next_cursor(rows: Sequence[Mapping[str, Any]], limit: int, *, key: tuple[str, str]) -> str:
    """The cursor that names the last row by a number and a text; '' if the page is not full, and so the last one."""
    if len(rows) < limit:
        return ""
    last = [rows[-1][part] for part in key]
    return base64.urlsafe_b64encode(json.dumps(last).encode()).decode()
