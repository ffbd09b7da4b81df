"""What an operator can set, read once from the environment and passed on as a value."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from index.model import DEFAULT_MODEL, INT8, Precision

Names: TypeAlias = Annotated[tuple[str, ...], NoDecode]
"""Several values in one variable, separated by commas."""

Protected: TypeAlias = Literal["ask", "metrics"]
"""Groups of routes that can be made to need a key."""


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
        description="What texts are encoded in: `int8`, or `float32`, which takes two to three "
        "times as long. The index step reads it.",
    )
    host: str = Field("127.0.0.1", description="The address that `qa serve` listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Its port; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="How many processes serve.")
    threads: int = Field(
        0,
        ge=0,
        le=256,
        description="How many questions each process encodes at once, and how many threads at most "
        "work on one that is alone; 0: one for each core.",
    )
    promised_error: float = Field(
        0.1,
        ge=0.01,
        le=0.3,
        description="The share of shown answers that may be wrong: 0.05 is one in twenty.",
    )
    allowed_origins: Names = Field(
        (),
        description="Origins whose pages may call from a browser, separated by commas, such as "
        "`https://www.example.org`.",
    )
    keep_comments: bool = Field(
        False,
        description="Whether what visitors write with their feedback is kept; they may write "
        "anything.",
    )

    allowed_hosts: Names = Field(
        (),
        description="Host names that requests may be for, separated by commas, such as "
        "`faq.example.org` or `*.example.org`; none: any.",
    )
    trusted_proxies: Names = Field(
        (),
        description="Addresses or networks of the proxies before the service, whose "
        "`X-Forwarded-For` and `X-Forwarded-Proto` are believed.",
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="The path under which a proxy shows the service, such as `/faq-service`.",
    )
    protected: Annotated[tuple[Protected, ...], NoDecode] = Field(
        (),
        description="What needs an API key: `ask` (asking, suggestions, entries, feedback and the "
        "pages), `metrics`, or both, separated by commas. Administration always does.",
    )
    rate_limit: str = Field(
        "",
        description="How often one address may ask, such as `60/minute`, several separated by "
        "`;`. A batch counts as its questions. Empty: as often as it likes.",
    )
    key_rate_limit: str = Field("", description="The same for one API key.")
    rate_store: str = Field(
        "",
        description="Where the counts of the rates are shared, such as `redis://localhost:6379`; "
        "needed with rates and more than one worker.",
    )
    queue: int = Field(
        160,
        ge=1,
        le=10_000,
        description="How many questions may wait in each process; what is more is refused at once.",
    )
    keep_snapshots: int = Field(
        3, ge=2, le=1_000, description="How many snapshots are kept, the one in force included."
    )
    keep_questions: bool = Field(
        False,
        description="Whether questions are kept, with addresses and numbers masked, for "
        "evaluation.",
    )
    retention_days: int = Field(
        30, ge=1, le=3_650, description="How long questions and comments are kept."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="What is logged; from `info` on, a line for each request."
    )
    log_format: Literal["text", "json"] = Field("text", description="How it is logged.")

    @field_validator(
        "allowed_origins", "allowed_hosts", "trusted_proxies", "protected", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip().rstrip("/") for name in value.split(",") if name.strip())
