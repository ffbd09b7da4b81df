"""The service keeps to its own description, whatever is asked."""

from bench.reliability.fuzz import fuzz


def test_no_request_that_the_description_can_make_finds_a_fault(server: str) -> None:
    outcome = fuzz(server, examples=8, seed=7)
    assert outcome.is_well, outcome.said
    assert outcome.cases > 200
