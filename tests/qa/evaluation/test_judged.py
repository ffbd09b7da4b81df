"""Labels and results brought together."""

from qa.evaluation.judged import Judged


def test_each_query_is_judged_by_its_labels(judged: Judged) -> None:
    assert judged.answerable.tolist() == [True, True, True, True, False, False]
    assert judged.right.tolist() == [True, False, True, True, False, False]
    assert judged.shown.tolist() == [True, True, True, False, True, False]
    assert judged.wrong_shown.tolist() == [False, True, False, False, True, False]
    assert judged.confidence.tolist() == [0.9, 0.6, 0.8, 0.2, 0.7, 0.1]
