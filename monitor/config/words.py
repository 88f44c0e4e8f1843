"""The schema's objections in plain words, with the mend."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.codes import Code
from monitor.config.fields import ID, IN_WORDS
from monitor.config.schema import ConfigFile, IncludedFile
from monitor.config.tree import Finding, Keys, Tree

_NOT_A_LIST: Final = "a list belongs here: begin each item with `- `"
_NO_KEYS: Final = "keys belong here, each in a line of its own with a colon after it"
_SHAPES: Final = {
    "string_type": "one text belongs here, not a list or keys",
    "tuple_type": _NOT_A_LIST,
    "list_type": _NOT_A_LIST,
    "model_type": _NO_KEYS,
    "model_attributes_type": _NO_KEYS,
    "dict_type": _NO_KEYS,
}
_FORMS: Final = {
    "int_parsing": "a whole number belongs here",
    "int_type": "a whole number belongs here",
    "bool_parsing": "true or false belongs here",
    "bool_type": "true or false belongs here",
}
_LIMITS: Final = {
    "min_length": "at least",
    "max_length": "at most",
    "ge": "at least",
    "le": "at most",
}
_EXAMPLES: Final = {
    "version": ": write `version: 1`",
    "route": ", which says who hears the alerts: write `route: {receiver: here}`",
}


def objections(
    error: ValidationError, model: type[BaseModel], tree: Tree, base: Keys
) -> Iterator[Finding]:
    """Return what the model objects to, each with its place in the file.

    `base` leads to the value that the model was to read.
    """
    errors = error.errors(include_url=False)
    locs = [details["loc"] for details in errors]
    for details in errors:
        # pydantic counts only the items that are right: one wrong item is not too few of them
        inside = (one for one in locs if len(one) > len(details["loc"]))
        if details["type"] == "too_short" and any(_is_in(one, details["loc"]) for one in inside):
            continue
        loc = tuple(part for part in details["loc"] if part != "[key]")
        yield _finding(details, loc, model, tree, base)


def _is_in(inner: Keys, outer: Keys) -> bool:
    return inner[: len(outer)] == outer


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean …?`, or "" where nothing is like it."""
    known = {candidate.casefold(): candidate for candidate in words}
    close = get_close_matches(word.casefold(), known, n=1)
    return f"; did you mean `{known[close[0]]}`?" if close else ""


def _finding(
    details: ErrorDetails, loc: Keys, model: type[BaseModel], tree: Tree, base: Keys
) -> Finding:
    keys = (*base, *loc)
    kind = details["type"]
    at_key = kind == "extra_forbidden" or details["loc"][-1:] == ("[key]",)
    spot = tree.key_spot(keys) if at_key else tree.spot(tree.node(keys))
    column = getattr(details.get("ctx", {}).get("error"), "column", None)
    if isinstance(column, int):  # a text with a grammar of its own knows the character
        spot = tree.inside(tree.node(keys), column)
    if kind == "extra_forbidden":
        code, message = _unknown_key(loc, model, tree, keys)
    elif kind == "missing":
        code, message = Code.MISSING, f"`{loc[-1]}` is missing{_EXAMPLES.get(str(loc[-1]), '')}"
        spot = spot._replace(length=0)
    else:
        code, message = _wrong_value(details)
    return Finding(keys=keys, problem=tree.text.problem(code, message, spot))


def _unknown_key(loc: Keys, model: type[BaseModel], tree: Tree, keys: Keys) -> tuple[Code, str]:
    key = str(loc[-1])
    here = _model_at(model, loc[:-1])
    holder = tree.node(keys[:-1])
    if holder.flow and tree.node(keys).value is None:
        message = "the comma before this ends the text: put the whole text in quotes"
        return Code.COMMA, message
    if model is IncludedFile and len(loc) == 1 and key in _names(ConfigFile):
        return Code.WRONG_FILE, f"`{key}` belongs in the main file, not in one that it includes"
    for name, field in here.model_fields.items():
        if any(key in _names(inner) for inner in _models(field.annotation)):
            return Code.UNKNOWN_KEY, f"`{key}` belongs under `{field.alias or name}:`"
    known = _names(here)
    hint = did_you_mean(key, known) or (f": possible are {', '.join(known)}" if known else "")
    return Code.UNKNOWN_KEY, f"there is no key `{key}` here{hint}"


def _wrong_value(details: ErrorDetails) -> tuple[Code, str]:
    kind, value = details["type"], details["input"]
    context: dict[str, Any] = details.get("ctx", {})
    if value is None or value in ("", [], {}):
        return Code.EMPTY, "nothing stands here: write something, or delete this"
    if kind in _SHAPES:
        return Code.SHAPE, _SHAPES[kind]
    if kind in {"enum", "literal_error"}:
        return Code.CHOICE, _choice(str(value), str(context["expected"]))
    for limit in context.keys() & _LIMITS.keys():
        return Code.SIZE, f"{_size(kind, value)}: {_LIMITS[limit]} {context[limit]} may stand here"
    is_conflict = kind == "value_error" and isinstance(value, dict)
    return (Code.CONFLICT if is_conflict else Code.FORM), _form(kind, str(value), context, details)


def _form(kind: str, value: str, context: dict[str, Any], details: ErrorDetails) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        needed = IN_WORDS[str(context["pattern"])]
        slug = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:64]
        hint = f", such as `{slug}`" if context["pattern"] == ID and slug else ""
        return f"`{_short(value)}` does not fit: write {needed}{hint}"
    return _FORMS.get(kind, details["msg"])


def _size(kind: str, value: object) -> str:
    if kind.startswith("string"):
        return f"these are {len(str(value))} characters"
    if isinstance(value, list | tuple | dict):
        return "one item is not enough" if len(value) == 1 else f"these are {len(value)} items"
    return f"this is {_short(str(value))}"


def _choice(value: str, expected: str) -> str:
    words = [word.strip("'") for word in re.findall(r"'[^']*'|\d+", expected)]
    listed = f"write {words[0]}" if len(words) == 1 else f"choose from {', '.join(words)}"
    return f"`{_short(value)}` is not possible here: {listed}{did_you_mean(value, words)}"


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:59] + "…"


def _names(model: type[BaseModel]) -> list[str]:
    """Return a model's keys as they are written in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel]:
    """Return the model that reads the mapping at the end of that path."""
    for key in loc:
        for name, field in model.model_fields.items():
            if key == (field.alias or name):
                model = next(iter(_models(field.annotation)), model)
                break
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Return the models that an annotation speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
