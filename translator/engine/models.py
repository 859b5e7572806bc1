"""Return an event as an instance of a generated model."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from translator.errors import MissingExtraError, TranslationError

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class Model(Protocol):
    """An instance of a pydantic model."""

    def model_dump(self) -> dict[str, Any]:
        """Return the values of the model's fields by name."""


def as_model(event: object, target: str, model: Any) -> Any:
    """Return an event of the format `target` as an instance of `model`.

    `model` is one of the generated models of that format, a class derived from one, or the alias of
    a union of them. Raises `TranslationError` (`invalid-model`), or `MissingExtraError` without
    pydantic.
    """
    module = target.replace("-", "_")
    bases = getattr(model, "__mro__", (model,))
    if all(str(getattr(base, "__module__", "")).rpartition(".")[2] != module for base in bases):
        message = f"{_name_of(model)} is not a model of {target}"
        hint = f"use one of the module {module!r} that `translator generate` writes"
        raise TranslationError("invalid-model", "$", f"{message}; {hint}")
    try:
        from pydantic import ValidationError
    except ImportError as error:
        raise MissingExtraError("models", "translating to a model", "pydantic") from error
    try:
        return _adapter(model).validate_python(event)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(map(str, details["loc"])) or "$"
        message = f"the {target} event is not a {_name_of(model)}: {place}: {details['msg']}"
        raise TranslationError("invalid-model", "$", message) from error


@lru_cache(maxsize=256)
def _adapter(model: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(model)


def _name_of(model: Any) -> str:
    return getattr(model, "__name__", None) or repr(model)
