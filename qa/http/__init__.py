"""The service over HTTP: one module for each group of routes."""

from pydantic import BaseModel

# FastAPI's models of an OpenAPI document: built when one is asked for, not at every start.
BaseModel.model_config["defer_build"] = True
try:
    import fastapi.openapi.models  # noqa: F401 - before any other module imports it
finally:
    del BaseModel.model_config["defer_build"]
