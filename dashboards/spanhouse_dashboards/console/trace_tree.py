"""Orders a trace's spans as a tree that is drawn from top to bottom, whatever is wrong with their parents.

Must not know where spans come from or how rows are drawn. Every span appears exactly once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Oddity = Literal["", "missing parent", "cycle", "starts before its parent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What the tree needs of a span. `parent_id` is empty for a root."""

    span_id: str
    parent_id: str
    start_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A span's place: `index` into the given sequence, `depth` from 0, `descendants` below it, and what is odd about it."""

    index: int
    depth: int
    descendants: int
    oddity: Oddity


def arrange(nodes: Sequence[Node]) -> list[Row]:
    """The rows, parents before children, siblings by start; roots first by start.

    A span whose parent was not received stands as a root, as does the earliest span of a circle of parents; both say so.
    Linear in the number of spans but for sorting, and without recursion, because a trace may be one chain of thousands.
    """
    position = {node.span_id: index for index, node in enumerate(nodes)}
    children: dict[str, list[int]] = defaultdict(list)
    roots: list[tuple[int, Oddity]] = []
    for index in sorted(range(len(nodes)), key=lambda index: (nodes[index].start_ns, nodes[index].span_id)):
        node = nodes[index]
        if node.parent_id in position and node.parent_id != node.span_id:
            children[node.parent_id].append(index)
        else:
            roots.append((index, _why_root(node)))
    rows = _walk(nodes, children, roots)
    if len(rows) < len(nodes):
        rows += _circles(nodes, position, children, {row[0] for row in rows})
    return _counted(rows)


def _why_root(node: Node) -> Oddity:
    if not node.parent_id:
        return ""
    return "cycle" if node.parent_id == node.span_id else "missing parent"


_Place = tuple[int, int, Oddity]


def _walk(nodes: Sequence[Node], children: Mapping[str, list[int]], roots: Sequence[tuple[int, Oddity]]) -> list[_Place]:
    """(index, depth, oddity) in the order of drawing, for everything below the roots; never visits a span twice."""
    placed: list[_Place] = []
    seen: set[int] = set()
    waiting: list[_Place] = [(index, 0, oddity) for index, oddity in reversed(roots)]
    while waiting:
        index, depth, oddity = waiting.pop()
        if index in seen:
            continue
        seen.add(index)
        placed.append((index, depth, oddity))
        start_ns = nodes[index].start_ns
        for child in reversed(children.get(nodes[index].span_id, [])):
            early: Oddity = "starts before its parent" if nodes[child].start_ns < start_ns else ""
            waiting.append((child, depth + 1, early))
    return placed


def _circles(
    nodes: Sequence[Node], position: Mapping[str, int], children: Mapping[str, list[int]], seen: set[int]
) -> list[_Place]:
    """What no root leads to: each circle is cut open at its earliest span, and what hangs from it follows."""
    placed: list[_Place] = []
    for index in range(len(nodes)):
        if index not in seen:
            below = _walk(nodes, children, [(_opening(nodes, position, index), "cycle")])
            placed += below
            seen.update(place[0] for place in below)
    return placed


def _opening(nodes: Sequence[Node], position: Mapping[str, int], index: int) -> int:
    """The earliest span of the circle that the parents of `index` lead into."""
    path: dict[int, None] = {}
    while index not in path:
        path[index] = None
        index = position[nodes[index].parent_id]
    climbed = list(path)
    circle = climbed[climbed.index(index) :]
    return min(circle, key=lambda member: (nodes[member].start_ns, nodes[member].span_id))


def _counted(placed: Sequence[_Place]) -> list[Row]:
    """The rows with the number of spans below each; a row is done when one comes that is not deeper."""
    descendants = [0] * len(placed)
    open_rows: list[int] = []
    for row, (_, depth, _oddity) in enumerate(placed):
        while open_rows and placed[open_rows[-1]][1] >= depth:
            _close(open_rows, descendants)
        open_rows.append(row)
    while open_rows:
        _close(open_rows, descendants)
    return [
        Row(index=index, depth=depth, descendants=descendants[row], oddity=oddity)
        for row, (index, depth, oddity) in enumerate(placed)
    ]


def _close(open_rows: list[int], descendants: list[int]) -> None:
    done = open_rows.pop()
    if open_rows:
        descendants[open_rows[-1]] += descendants[done] + 1
