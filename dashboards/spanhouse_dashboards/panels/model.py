"""What a panel is: a question, its SQL, and how to read the answer. Must not know Grafana, the console, or any store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from spanhouse_collector.errors import InvalidRequest

PanelKind = Literal["timeseries", "stat", "barchart", "table", "heatmap"]
# Units are named as Grafana names them; percentunit is a share from 0 to 1.
Unit = Literal["short", "none", "ms", "s", "percentunit", "currencyUSD", "bytes", "string"]
Role = Literal["time", "label", "value"]
Severity = Literal["good", "warning", "bad"]

# Variables every panel may be narrowed by, in the order in which they are offered.
FILTERS = ("environment", "service", "model", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From `value` upwards (in the panel's unit) the reading is `severity`; below the first threshold it is uncoloured."""

    value: float
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """How a bar chart with two labels is read: groups by `row`, bars by `column`, as long as `value`."""

    row: str
    column: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    `sql` names a file among `panels/sql/` (without its ending). Its columns tell their roles by their types: an instant
    is the time axis (named `time`), text is a label (one series each combination), a number is a value in `unit`. A value
    named `coverage` is a share from 0 to 1 beside a mean, one named `alarm` is 1 where a drift alarm was raised.
    A bar chart has one label, or two and a `matrix` that tells them apart. `constants` are numbers that its SQL takes by
    name, such as what the alert rules promise.
    `bounds` are the ends of the value axis, where the data should not choose them.
    `is_light`: it reads so few rows that a second thread costs more than it saves; the console then asks with one. Its SQL does
    not say so, because Grafana's user may be one whom the store lets change no setting.
    `width` is of 24 columns, `height` in rows of 30 pixels, both as Grafana counts them.
    """

    id: str
    page: str
    title: str
    description: str
    kind: PanelKind
    sql: str
    unit: Unit = "short"
    thresholds: tuple[Threshold, ...] = ()
    is_stacked: bool = False
    matrix: Matrix | None = None
    constants: Mapping[str, float] = field(default_factory=dict)
    bounds: tuple[float, float] | None = None
    is_light: bool = False
    width: int = 12
    height: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the console and a dashboard of Grafana."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRange:
    """From `start` to `end`, aware, `start` before `end`; raises InvalidRequest otherwise."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise InvalidRequest(f"the range {self.start} to {self.end} has no time zone; give both ends one")
        if self.start >= self.end:
            raise InvalidRequest(f"the range starts at {self.start} and ends at {self.end}; let it start before it ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a result: its name in the SQL and what it is to a chart."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelResult:
    """What a panel shows. `rows` are in the statement's order, one cell a column: aware datetime, str, float, int or None.

    `interval_s` is the distance between points of a time axis, in seconds.
    """

    columns: tuple[Column, ...]
    rows: Sequence[tuple[datetime | str | float | int | None, ...]] = field(default_factory=list)
    interval_s: int

    def names(self, role: Role) -> list[str]:
        """Names of the columns of this role, in order."""
        return [column.name for column in self.columns if column.role == role]
