"""What an operator can set, read once from the environment and passed on as a value."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.model import DEFAULT_MODEL, INT8, Precision


class Settings(BaseSettings):
    """Settings, each from the variable of its name with the prefix `QA_`."""

    model_config = SettingsConfigDict(env_prefix="QA_", frozen=True)

    index: Path = Field(Path(".qa/index"), description="Where the snapshots lie.")
    model: str = Field(
        DEFAULT_MODEL,
        description="The encoder: a sentence-transformers model by name or path.",
    )
    precision: Precision = Field(
        INT8,
        description="What questions are encoded in: `int8`, or `float32`, which takes two to three "
        "times as long. The index step reads it.",
    )
    host: str = Field("127.0.0.1", description="The address that `qa serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Its port; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="How many processes serve.")
    threads: int = Field(
        0,
        ge=0,
        le=256,
        description="How many questions each process answers at once; 0: one for each core.",
    )
    promised_error: float = Field(
        0.1,
        ge=0.01,
        le=0.3,
        description="The share of shown answers that may be wrong: 0.05 is one in twenty.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins whose pages may call from a browser, separated by commas, such as "
        "`https://www.example.org`.",
    )
    keep_comments: bool = Field(
        False,
        description="Whether what visitors write with their feedback is kept; they may write "
        "anything.",
    )

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())
