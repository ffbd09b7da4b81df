"""The judgement over several sets."""

import numpy as np
import pytest

# bench.precision is imported in the functions below only: it imports torch.


def test_holm_adjusts_the_smallest_most_and_keeps_their_order() -> None:
    from bench.precision import adjusted

    # By hand: 3 * .01, 2 * .03, and .04, which is less than the one before; 1 is the most.
    assert adjusted([0.04, 0.01, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjusted([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert adjusted([0.02]) == pytest.approx([0.02])


@pytest.mark.parametrize(
    ("gained", "lost", "n", "expected"),
    # The likeliest shares under the hypothesis were found by trying two million.
    [(0, 0, 238, 0.060511), (3, 4, 447, 0.119747), (50, 48, 3079, 0.000755), (0, 6, 900, 0.157439)],
)
def test_few_queries_show_little_even_if_none_is_lost(
    gained: int, lost: int, n: int, expected: float
) -> None:
    from bench.precision import p_of_shares

    assert p_of_shares(gained, lost, n) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize(("loss", "low", "high"), [(0, 0, 0.01), (0.01, 0.3, 0.7), (0.1, 0.99, 1)])
def test_being_worse_by_a_hundredth_is_as_likely_as_it_looks(
    loss: float, low: float, high: float
) -> None:
    from bench.precision import p_by_bootstrap

    rng, n = np.random.default_rng(1), 4_000
    earlier = rng.random(n) < 0.8
    now = earlier.copy()
    now[rng.choice(np.flatnonzero(earlier), round(loss * n), replace=False)] = False
    both = np.concatenate([now, earlier]).astype(float)
    assert low <= p_by_bootstrap(lambda which: both[which].mean(axis=-1), n) <= high
