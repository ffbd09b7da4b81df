"""The service over HTTP: one module for each group of routes."""

from typing import Any

from pydantic import BaseModel

# Most of FastAPI's models are of an OpenAPI document: built when one is asked for, not at a start.
# Three of them, and so all that these name, it has built itself: its calls of `model_rebuild` have
# no arguments. Pydantic's own, when a model is first used, have some.
_base: Any = BaseModel
_config, _rebuild = _base.model_config, vars(_base)["model_rebuild"]


def _rebuild_when_used(model: Any, /, **how: Any) -> Any:  # noqa: ANN401 - whatever Pydantic has
    return _rebuild.__func__(model, **how) if how else None


_base.model_config = {**_config, "defer_build": True}
_base.model_rebuild = classmethod(_rebuild_when_used)
try:
    import fastapi.openapi.models  # before any other module imports it
    import fastapi.utils
finally:
    _base.model_config, _base.model_rebuild = _config, _rebuild

# When it makes the first route FastAPI would import `pydantic.v1`, of 23 modules, only to refuse
# models of that kind.
_utils: Any = fastapi.utils
_utils.annotation_is_pydantic_v1 = lambda _: False
