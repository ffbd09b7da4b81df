"""The service over HTTP: one module for each group of routes."""

from pydantic import BaseModel

# Most of FastAPI's models are of an OpenAPI document: built when one is asked for, not at a start.
_before = BaseModel.model_config
BaseModel.model_config = {**_before, "defer_build": True}
try:
    import fastapi.openapi.models  # noqa: F401 - before any other module imports it
finally:
    BaseModel.model_config = _before
