"""The terminal's table, as it goes through a pipe."""

import io
from collections.abc import Callable

from rich.console import Console

from qa.evaluation.earlier import Earlier
from qa.evaluation.evaluation import Evaluation
from qa.evaluation.latency import Latency
from qa.evaluation.table import print_evaluation


def printed(evaluation: Evaluation) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=80, soft_wrap=True, highlight=False, markup=False)
    print_evaluation(evaluation, console)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_the_outcome_comes_first_and_every_figure_has_its_line(evaluation: Evaluation) -> None:
    lines = printed(evaluation)
    assert lines[0] == "Of 4 answers shown, 2 are right."
    assert lines[3] == "6 queries, 2 of them without an answer; snap (a model)."
    figures = {" ".join(line.split()[:-1]): line.split()[-1] for line in lines if line}
    assert figures["wrong of shown 50.0%"] == "2"
    assert figures["another entry is right"] == "1"
    assert figures["the FAQ has no answer"] == "1"
    assert figures["MRR"] == "0.875"
    assert figures["now 0.550 50.0% 4"] == "2"
    assert figures["orders 3 0.667 3"] == "1"


def test_a_failure_tells_what_was_expected_and_what_came(evaluation: Evaluation) -> None:
    text = "\n".join(printed(evaluation))
    assert (
        "Another entry is right: 1\n"
        "0.60  my money back\n"
        "    expected  refund: Money <b>back</b>?\n"
        "    got       pay: How do I pay? (the right one came 2.)\n"
    ) in text
    assert "The FAQ has no answer: 1\n0.70  do you have a dog\n    got       visit: " in text
    assert "Right, but not shown: 1\n0.20  address\n    expected  visit: Where are you?" in text
    assert (
        "1 ×  pay: How do I pay?\n"
        "    instead of  refund: Money <b>back</b>?\n"
        "    as for      my money back\n"
    ) in text


def test_nothing_is_coloured_or_broken_in_a_pipe(
    evaluation_of: Callable[..., Evaluation], evaluation: Evaluation
) -> None:
    earlier = ("earlier.json", Earlier("qa-eval", 1, "", evaluation.results))
    lines = printed(evaluation_of(earlier=earlier, latency=Latency(6, 1.0, 2.0, 3.0)))
    assert not any("\x1b" in line or "…" in line for line in lines)
    assert any(line.startswith("Against earlier.json") for line in lines)
    assert "6 queries compared." in lines


def test_a_run_that_was_read_says_what_is_left_out(run_read: Evaluation) -> None:
    lines = printed(run_read)
    assert not any("AUROC" in line or "threshold" in line for line in lines)
    assert "Not measured: 2" in lines
    assert "A run holds no confidence: abstaining, calibration and latency are left out." in lines
