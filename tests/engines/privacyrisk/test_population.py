"""Estimates of unique records in the population: on populations that are known."""

from math import comb

import numpy as np
import pytest

from sekisho.engines.privacyrisk.population import estimate, pitman, zayatz


def test_the_whole_population_is_counted_and_not_estimated():
    found = estimate(np.array([1, 1, 2, 6]), 1.0)
    assert found is not None
    assert (found.model, found.share, found.population) == ("census", 0.2, 10)


def test_without_unique_records_none_are_estimated():
    found = estimate(np.array([2, 3]), 0.05)
    assert found is not None
    assert found.share == 0.0


def test_zayatz_is_its_formula():
    sizes, population = np.array([1, 1, 1, 2, 2, 5]), 60
    rows = int(sizes.sum())

    def one(marked):
        return marked * comb(population - marked, rows - 1) / comb(population, rows)

    share = {1: 3 / 6, 2: 2 / 6, 5: 1 / 6}
    condition = share[1] * one(1) / sum(p * one(size) for size, p in share.items())
    assert zayatz(sizes, population) == pytest.approx(3 * condition * population / rows)


@pytest.mark.parametrize("fraction", [0.05, 0.1])
def test_pitman_is_near_the_truth_on_a_population_of_its_own_kind(fraction):
    random = np.random.default_rng(11)
    theta, alpha, size = 200.0, 0.5, 40_000
    people = np.empty(size, np.int64)
    counts: list[int] = []
    draws, picks = random.random(size), random.random(size)
    for place in range(size):  # Pitman's urn: a new class with chance (θ + α·classes) ÷ (θ + n)
        if draws[place] < (theta + alpha * len(counts)) / (theta + place):
            people[place] = len(counts)
            counts.append(1)
        else:
            while True:
                other = int(picks[place] * place)
                chosen = people[other]
                if random.random() < (counts[chosen] - alpha) / counts[chosen]:
                    break
                picks[place] = random.random()
            people[place] = chosen
            counts[chosen] += 1
    truth = sum(c == 1 for c in counts) / size
    sample = random.choice(people, int(size * fraction), replace=False)
    found = estimate(np.unique(sample, return_counts=True)[1].astype(np.int64), fraction)
    assert found is not None
    assert found.model == "pitman"
    assert found.share == pytest.approx(truth, rel=0.2)


def test_where_newton_finds_nothing_zayatz_answers():
    sizes = np.array([1] * 30)  # all unique: the likelihood has no maximum inside
    assert pitman(sizes, 3000) is None
    found = estimate(sizes, 0.01)
    assert found is not None
    assert (found.model, found.share) == ("zayatz", pytest.approx(1.0))
