"""Requests and replies, as OpenAPI shows them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from index.entry import Entry
from qa.answer import Answer, Basis, Candidate
from qa.answerer import MAX_CHARACTERS, Scope, problem_of
from qa.feedback import Verdict
from qa.rendering import below_root, to_html, to_passages


def _askable(question: str) -> str:
    if problem := problem_of(question):
        raise ValueError(f"{problem}.")
    return question.strip()


# What `str.strip` takes away, written out: what counts as white space differs between languages.
_BLANK = r"\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ASKABLE = f"^[{_BLANK}]*[^{_BLANK}](?:[\\s\\S]{{0,{MAX_CHARACTERS - 2}}}[^{_BLANK}])?[{_BLANK}]*$"

Question = Annotated[
    str,
    AfterValidator(_askable),
    Field(
        description=f"What a person asks, 1 to {MAX_CHARACTERS:,} characters without the blanks "
        "around it.",
        examples=["why did bolivia let the DEA back in"],
        json_schema_extra={"minLength": 1, "pattern": _ASKABLE},
    ),
]
Alternatives = Annotated[int, Field(ge=1, le=50, description="How many alternatives at most.")]
Tag = Annotated[str, Field(min_length=1, max_length=200)]
PageName = Annotated[str, Field(max_length=200)]


class _Asking(BaseModel):
    k: Alternatives = 3
    tags: (
        Annotated[
            list[Tag], Field(max_length=20, description="Only entries with all of these tags.")
        ]
        | None
    ) = None
    page: Annotated[PageName, Field(description="Only entries of this page.")] | None = None

    @property
    def scope(self) -> Scope:
        """Which entries may answer."""
        return Scope(tags=tuple(self.tags or ()), page=self.page or "")


class AskRequest(_Asking):
    """One question."""

    question: Question


class BatchRequest(_Asking):
    """Many questions."""

    questions: Annotated[list[Question], Field(min_length=1, max_length=1000)]


_ANSWERED = "The FAQ answers this."
_UNANSWERED = "The FAQ has no answer to this."


class EntryReply(BaseModel):
    """A stored entry. `answer` is its Markdown word for word, `html` the same, safe to show; links
    in it to the FAQ's own pages are relative to the service's root. `language` is a tag such as
    `de`, empty where nobody said.
    """

    id: str
    question: str
    answer: str
    html: str
    page: str
    url: str
    tags: list[str]
    language: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The entry as visitors may see it."""
        return cls(
            id=entry.id,
            question=entry.question,
            answer=entry.answer,
            html=to_html(entry.answer, below_root, entry.page),
            page=entry.page,
            url=entry.url,
            tags=list(entry.tags),
            language=entry.language,
        )


class BasisReply(BaseModel):
    """Why it was chosen: the entry's own wording nearest to the question, and the passage of its
    answer that is, as plain text; empty where there is none to tell from others.
    """

    wording: str
    passage: str

    @classmethod
    def of(cls, basis: Basis, entry: Entry) -> Self:
        """What an answer with this entry rests on."""
        passage = ""
        if basis.passage is not None:
            passage = to_passages(entry.answer)[basis.passage]
        return cls(wording=basis.wording, passage=passage)


class AlternativeReply(BaseModel):
    """Another entry that may be meant. `score` is for ranking, at most 1."""

    id: str
    question: str
    score: float

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        """The candidate without its answer."""
        entry = candidate.entry
        return cls(id=entry.id, question=entry.title, score=round(candidate.score, 4))


class AskReply(BaseModel):
    """The outcome: an answer; or none, with alternatives ("did you mean"); or none at all.

    `confidence` is the probability that the best entry answers the question.
    """

    id: Annotated[str, Field(description="Names this asking, for feedback within a day.")]
    question: str
    answered: bool
    confidence: Annotated[float, Field(ge=0, le=1)]
    answer: EntryReply | None
    basis: Annotated[
        BasisReply | None, Field(description="What the answer rests on; null without one.")
    ]
    alternatives: list[AlternativeReply]
    message: Annotated[str, Field(description="The outcome in a sentence.")]

    @classmethod
    def of(cls, id_: str, question: str, answer: Answer, k: int) -> Self:
        """The reply to one asking."""
        alternatives = answer.alternatives(k)
        return cls(
            id=id_,
            question=question,
            answered=answer.answered,
            confidence=round(answer.confidence, 6),
            answer=EntryReply.of(answer.entry) if answer.entry else None,
            basis=BasisReply.of(answer.basis, answer.entry) if answer.entry else None,
            alternatives=[AlternativeReply.of(one) for one in alternatives],
            message=_ANSWERED if answer.answered else _UNANSWERED,
        )


class BatchReply(BaseModel):
    """The outcomes, in the order of the questions."""

    answers: list[AskReply]


class SuggestionReply(BaseModel):
    """An entry whose question may be what is being typed."""

    id: str
    question: str


class SuggestReply(BaseModel):
    """Suggestions, best first."""

    suggestions: list[SuggestionReply]


class EntriesReply(BaseModel):
    """A slice of the entries; `total` counts them all."""

    total: int
    offset: int
    limit: int
    entries: list[EntryReply]


MAX_COMMENT = 1_000


def _storable(comment: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in comment):
        raise ValueError("the comment is not valid Unicode text.")
    return comment.strip()


class FeedbackRequest(BaseModel):
    """What a visitor says of the answer to one asking."""

    # What the validator below holds, told to whoever reads the description.
    model_config = ConfigDict(
        json_schema_extra={
            "not": {
                "properties": {"helpful": {"const": True}, "reason": {"type": "string"}},
                "required": ["helpful", "reason"],
            }
        }
    )

    id: Annotated[
        str,
        Field(min_length=1, max_length=200, description="The `id` that the asking's reply had."),
    ]
    helpful: StrictBool
    reason: (
        Annotated[
            Literal["not_my_question", "did_not_help"],
            Field(
                description="What went wrong: another question was answered, or the right one "
                "not well."
            ),
        ]
        | None
    ) = None
    comment: (
        Annotated[
            str,
            AfterValidator(_storable),
            Field(max_length=MAX_COMMENT, description="Dropped unless the operator keeps it."),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.helpful and self.reason:
            raise ValueError("reason says what went wrong, so helpful must be false.")
        return self

    @property
    def verdict(self) -> Verdict:
        """What is counted."""
        if self.helpful:
            return Verdict.HELPFUL
        return Verdict(self.reason) if self.reason else Verdict.NOT_HELPFUL


class HealthReply(BaseModel):
    """Whether the process lives, or is ready, and what it serves."""

    status: str
    snapshot: str = ""
    entries: int = 0
