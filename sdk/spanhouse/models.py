"""What a pydantic object holds, as plain values: of a huge one only as much as can be written.

pydantic copies all of an object before anybody can look at it. Knows its objects by what they have, and imports nothing of it.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

_MOST_LEVELS: Final = 40
_OWN_WORDS: Final = ("field_serializers", "model_serializers", "computed_fields")
_SERIALIZERS: Final = "pydantic.functional_serializers"
_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
_ROWS: Final = frozenset({list, tuple, set, frozenset})
_known: WeakKeyDictionary[type, frozenset[str] | None] = WeakKeyDictionary()  # what ``_fields_of`` found


def is_model(value: object) -> bool:
    """Whether ``dumped`` can be asked for it."""
    return callable(getattr(type(value), "model_dump", None))  # of the class: an instance may answer to any name, as a mock does


def dumped(value: Any, *, most_values: int, exclude_none: bool = False) -> object:
    """What its ``model_dump`` gives, of at most twice as many values; what is left out lies behind those that are there.

    Twice, so that a reader who stops at ``most_values`` sees that there are more. A class with code of its own for this gets all
    that it holds: from a part, it would make something else. Raises what that code raises.
    """
    shown = _Shortened(2 * most_values).of(value)
    dump: Callable[..., object] = shown.model_dump
    return dump(exclude_none=True) if exclude_none else dump()


class _Shortened:
    """Gives values as they are while so many are not used up, then copies of what holds too many, with the first of them."""

    def __init__(self, most_values: int) -> None:
        self._values_left = most_values

    def of(self, value: Any, level: int = 0) -> Any:
        self._values_left -= 1
        kind = type(value)
        if level >= _MOST_LEVELS:
            return value
        if kind in _ROWS:
            return self._rows(value, level + 1)
        if kind is dict:
            return self._mapping(value, level + 1)
        if kind in _PLAIN:
            return value
        try:
            fields = _known[kind]
        except KeyError:
            fields = _known[kind] = _fields_of(kind)
        return value if fields is None else self._model(value, fields, level + 1)

    def _rows(self, value: Any, level: int) -> Any:
        kept, is_whole = [], True
        for item in value:
            if self._values_left <= 0:
                is_whole = False
                break
            shown = self.of(item, level)
            is_whole = is_whole and shown is item
            kept.append(shown)
        return value if is_whole else type(value)(kept)

    def _mapping(self, value: Mapping[Any, Any], level: int) -> Any:
        kept, is_whole = {}, True
        for key, item in value.items():
            if self._values_left <= 0:
                is_whole = False
                break
            shown = kept[key] = self.of(item, level)
            is_whole = is_whole and shown is item
        return value if is_whole else kept

    def _model(self, value: Any, fields: frozenset[str], level: int) -> Any:
        changed = {}
        for name, item in vars(value).items():
            if type(item) not in _PLAIN and name in fields:
                shown = self.of(item, level)
                if shown is not item:
                    changed[name] = shown
        others = value.__pydantic_extra__
        shown_others = self._mapping(others, level) if others else others
        if not changed and shown_others is others:
            return value
        shortened = copy.copy(value)
        vars(shortened).update(changed)  # past a frozen model's refusal, and no check reads them all
        object.__setattr__(shortened, "__pydantic_extra__", shown_others)
        return shortened


def _fields_of(kind: type) -> frozenset[str] | None:
    """The fields of a class of pydantic's that are shown; None for one that says so by code of its own, and for any other."""
    decorators = getattr(kind, "__pydantic_decorators__", None)
    fields = getattr(kind, "model_fields", None)
    if decorators is None or not isinstance(fields, Mapping) or any(getattr(decorators, words, None) for words in _OWN_WORDS):
        return None
    if any(type(said).__module__ == _SERIALIZERS for field in fields.values() for said in field.metadata):
        return None
    return frozenset(name for name, field in fields.items() if not field.exclude)
