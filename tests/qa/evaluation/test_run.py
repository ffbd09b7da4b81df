"""Runs: by asking, and as TREC files."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import pytrec_eval

from index.entry import Entry
from index.errors import InputError
from qa.answer import NOTHING, Answer, Candidate
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import CHUNK, MISSING, Result, ask, read_run, refuse_unwritable, run_lines

QUERIES = [LabelledQuery(id_, id_, ("a",), f"f:{n}") for n, id_ in enumerate(["q1", "q2"], 1)]


def answer(texts: Sequence[str]) -> list[Answer]:
    """Entry `a` with a score of the text's length in tenths; nothing for an empty text."""
    return [
        Answer(
            answered=True,
            confidence=0.5,
            ranking=(Candidate(Entry(id="a", answer="A."), len(text) / 10),),
            offers=False,
        )
        if text != "nothing"
        else NOTHING
        for text in texts
    ]


class TestAsk:
    def test_each_query_has_its_result_in_order(self) -> None:
        queries = [LabelledQuery("1", "four", ()), LabelledQuery("2", "nothing", ())]
        results = ask(queries, ask_many=answer, problem_of=lambda _: None)
        assert results == [
            Result((("a", 0.4),), answered=True, confidence=0.5),
            Result((), answered=False, confidence=0.0),
        ]
        assert [result.top for result in results] == ["a", None]

    def test_they_are_asked_in_chunks_and_progress_is_told(self) -> None:
        sizes: list[int] = []
        done: list[int] = []

        def watched(texts: Sequence[str]) -> list[Answer]:
            sizes.append(len(texts))
            return answer(texts)

        queries = [LabelledQuery(str(n), "x", ()) for n in range(2 * CHUNK + 3)]
        ask(queries, ask_many=watched, problem_of=lambda _: None, on_progress=done.append)
        assert sizes == [CHUNK, CHUNK, 3]
        assert done == [CHUNK, 2 * CHUNK, 2 * CHUNK + 3]

    def test_a_query_that_cannot_be_asked_is_named_before_any_is(self) -> None:
        with pytest.raises(InputError) as caught:
            ask(
                QUERIES,
                ask_many=lambda _: pytest.fail("it was asked"),
                problem_of=lambda text: "the question is odd" if text == "q2" else None,
            )
        expected = "f:2: the question is odd. Mend its text, or leave the query out."
        assert str(caught.value) == expected


class TestRead:
    def read(self, folder: Path, text: str) -> list[Result]:
        path = folder / "run"
        path.write_text(text)
        return read_run(path, QUERIES)

    def test_a_query_that_the_run_lacks_found_nothing(self, tmp_path: Path) -> None:
        results = self.read(tmp_path, "q2 Q0 b 1 0.5 x\nq2 Q0 a 2 0.25 x\nother Q0 a 1 1 x\n")
        assert results == [MISSING, Result((("b", 0.5), ("a", 0.25)))]
        assert (MISSING.answered, MISSING.confidence) == (None, None)

    def test_scores_decide_and_equal_ones_fall_as_trec_eval_has_them(self, tmp_path: Path) -> None:
        """The rank is passed over; ids go from the last to the first; floats have 32 bits."""
        scores = {"a": 1.0, "c": 1.0, "b": 1.0, "d": 1.0 + 1e-9, "top": 2.0}
        lines = [f"q1 Q0 {id_} {n} {score!r} x\n" for n, (id_, score) in enumerate(scores.items())]
        (found, _) = self.read(tmp_path, "".join(lines))
        order = [id_ for id_, _ in found.ranking]
        assert order == ["top", "d", "c", "b", "a"]
        for rank, id_ in enumerate(order, 1):
            evaluator = pytrec_eval.RelevanceEvaluator({"q1": {id_: 1}}, {"recip_rank"})
            assert evaluator.evaluate({"q1": scores})["q1"]["recip_rank"] == pytest.approx(1 / rank)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("q1 a 0.5\n", ":1: this is no line of a run: 3 columns. Write query, Q0, entry,"),
            ("\nq1 Q0 a 1 high x\n", ":2: the score must be a number, not 'high'."),
            ("q1 Q0 a 1 nan x\n", ":1: the score must be a number, not 'nan'."),
            (
                "q1 Q0 a 1 2 x\nq1 Q0 a 2 1 x\n",
                ":2: the entry “a” is ranked twice for the query “q1”. Leave one of the two lines"
                " out.",
            ),
            ("q9 Q0 a 1 1 x\n", ": this run has none of the 2 queries."),
            ("", ": this run has none of the 2 queries."),
        ],
    )
    def test_what_is_no_run_is_told(self, tmp_path: Path, text: str, message: str) -> None:
        with pytest.raises(InputError) as caught:
            self.read(tmp_path, text)
        assert str(caught.value).startswith(f"{tmp_path}/run{message}")


class TestWrite:
    def test_scores_fall_strictly_in_the_order_that_was_served(self) -> None:
        served = Result((("b", 0.5), ("a", 0.5), ("c", 0.4999995), ("d", -0.25)))
        assert list(run_lines(QUERIES, [served, MISSING])) == [
            "q1 Q0 b 1 0.500000 qa\n",
            "q1 Q0 a 2 0.499999 qa\n",
            "q1 Q0 c 3 0.499998 qa\n",
            "q1 Q0 d 4 -0.250000 qa\n",
        ]

    def test_what_was_written_reads_back_in_the_same_order(self, tmp_path: Path) -> None:
        served = Result(tuple((f"e{n:02}", 0.75) for n in range(50)))
        path = tmp_path / "run"
        path.write_text("".join(run_lines(QUERIES, [served, MISSING])))
        first, second = read_run(path, QUERIES)
        assert [id_ for id_, _ in first.ranking] == [id_ for id_, _ in served.ranking]
        assert second is MISSING

    def test_an_id_with_a_space_is_refused(self) -> None:
        refuse_unwritable(QUERIES)
        with pytest.raises(InputError, match="f:9: the id “a b” has a space in it"):
            refuse_unwritable([*QUERIES, LabelledQuery("a b", "x", (), "f:9")])
