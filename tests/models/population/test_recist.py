"""Sequences of scans read by hand (RECIST 1.1, and the modified 1.0 of EMILIA)."""

import numpy as np
import pytest

from models.tdm1.population.recist import RULES, Best, End, read, recorded

NAN = np.nan


def one(slds, rule="1.1", days=None, **course):
    """Read one patient scanned every six weeks, or on `days`."""
    slds = np.array([slds], dtype=float)
    times = np.arange(slds.shape[1])[None] * 42.0 if days is None else np.array([days], dtype=float)
    given = {name: np.array([value], dtype=float) for name, value in course.items()}
    found = read(times, slds, RULES[rule], **given)
    return Best(found.best[0]), found.responded[0], found.time[0], End(found.end[0]), found.change[0]


P, C, S = Best.PARTIAL, Best.COMPLETE, Best.STABLE
CASES = {
    # Response of 30 %, seen again six weeks later, dated at its first visit; progression 20 % above the nadir of 60.
    "confirmed": ([100, 70, 60, 65, 72], {}, (P, 42.0, 168.0, End.TARGET, -0.4)),
    "just too small a response": ([100, 70.1, 70.1], {}, (S, NAN, 84.0, End.CENSORED, -0.299)),
    # 60 to 72 is 20 % and 12 mm above the nadir although still 28 % below the baseline.
    "progression is judged from the nadir": ([100, 60, 72], {}, (S, NAN, 84.0, End.TARGET, -0.4)),
    "not confirmed": ([100, 69, 80, 82], {}, (S, NAN, 126.0, End.CENSORED, -0.31)),
    "response begun again": ([100, 69, 75, 68, 66], {}, (P, 126.0, 168.0, End.CENSORED, -0.34)),
    "missing scan between": ([100, 65, NAN, 64], {}, (P, 42.0, 126.0, End.CENSORED, -0.36)),
    "missing scan delays progression": ([100, 100, NAN, 130], {}, (S, NAN, 126.0, End.TARGET, 0.0)),
    "second scan too soon": ([100, 65, 64, 66], {"days": [0, 42, 63, 84]}, (P, 42.0, 84.0, End.CENSORED, -0.36)),
    "second scan too soon and the last": ([100, 65, 64], {"days": [0, 42, 63]}, (S, NAN, 63.0, End.CENSORED, -0.36)),
    "complete": ([100, 0, 0], {}, (C, 42.0, 84.0, End.CENSORED, -1.0)),
    "complete once, partial confirmed": ([100, 50, 40, 0], {}, (P, 42.0, 126.0, End.CENSORED, -1.0)),
    # After nothing was left, a lesion of 5 mm is 5 mm above the nadir.
    "back after complete": ([100, 0, 0, 5], {}, (C, 42.0, 126.0, End.TARGET, -1.0)),
    "progressive at once": ([100, 120], {}, (Best.PROGRESSIVE, NAN, 42.0, End.TARGET, 0.2)),
    "small lesions need 5 mm": ([10, 12, 14.9], {}, (S, NAN, 84.0, End.CENSORED, 0.2)),
    "small lesions in 1.0m": ([10, 12], {"rule": "1.0m"}, (Best.PROGRESSIVE, NAN, 42.0, End.TARGET, 0.2)),
    "new lesion": ([100, 50, 40, 40], {"new_lesion": 90}, (P, 42.0, 126.0, End.NEW_LESION, -0.6)),
    "new lesion, missed scan": ([100, 50, NAN, 40], {"new_lesion": 80}, (S, NAN, 126.0, End.NEW_LESION, -0.6)),
    "new lesion undoes a confirmation": ([100, 50, 40], {"new_lesion": 50}, (S, NAN, 84.0, End.NEW_LESION, -0.6)),
    "death": ([100, 50, 40, 40], {"death": 100}, (P, 42.0, 100.0, End.DEATH, -0.6)),
    "death before any scan": ([100, 50], {"death": 20}, (Best.NOT_EVALUABLE, NAN, 20.0, End.DEATH, NAN)),
    "death after follow-up": ([100, 90, 90], {"death": 80, "last": 60}, (S, NAN, 42.0, End.CENSORED, -0.1)),
    "censored without a scan": ([100, 50], {"last": 10}, (Best.NOT_EVALUABLE, NAN, 0.0, End.CENSORED, NAN)),
    "stable too early": ([100, 100], {"days": [0, 28]}, (Best.NOT_EVALUABLE, NAN, 28.0, End.CENSORED, 0.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_sequences_by_hand(name):
    slds, course, expected = CASES[name]
    found = one(slds, **course)
    assert found[0] is expected[0]
    assert found[3] is expected[3]
    # Sums and quotients of a few exact numbers: rounding only.
    np.testing.assert_allclose(found[1:3] + found[4:], expected[1:3] + expected[4:], rtol=1e-12)


def test_what_happens_after_progression_counts_for_nothing():
    first, second = one([100, 125, 20, 20]), one([100, 125, NAN, NAN])
    assert first[0] is second[0] is Best.PROGRESSIVE
    assert first[2:] == second[2:]


def test_without_confirmation_the_first_response_counts():
    from dataclasses import replace

    found = read(np.array([[0.0, 42.0]]), np.array([[100.0, 65.0]]), replace(RULES["1.1"], confirmation=0.0))
    assert found.best[0] == Best.PARTIAL
    assert found.responded[0] == 42.0


def test_patients_do_not_see_each_other():
    rng = np.random.default_rng(1)
    slds = 100.0 * np.exp(0.3 * rng.standard_normal((200, 9)).cumsum(axis=1))
    slds[rng.random(slds.shape) < 0.1] = np.nan
    slds[:, 0] = 100.0
    times = np.arange(9) * 42.0 + rng.uniform(-7.0, 7.0, (200, 9))
    course = {name: rng.exponential(300.0, 200) for name in ("new_lesion", "death", "last")}
    whole = read(times, slds, RULES["1.1"], **course)
    order = rng.permutation(200)
    other = read(times[order], slds[order], RULES["1.1"], **{name: x[order] for name, x in course.items()})
    for name, values in vars(whole).items():
        np.testing.assert_array_equal(values[order], getattr(other, name))
    assert set(whole.best) == {0, 1, 2, 3}
    assert set(whole.end) == {0, 1, 2, 3}


def test_small_lesions_are_recorded_as_readers_do():
    np.testing.assert_array_equal(recorded(np.array([1.9, 2.0, 4.9, 5.1, 30.0])), [0.0, 5.0, 5.0, 5.1, 30.0])


@pytest.mark.parametrize(
    ("slds", "message"),
    [(np.ones((0, 3)), "0 patients"), (np.ones((2, 1)), "visit after"), (np.array([[0.0, 1.0]]), "measurable"),
     (np.array([[NAN, 1.0]]), "measurable")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(slds, message):
    with pytest.raises(ValueError, match=message):
        read(np.zeros(slds.shape), slds, RULES["1.1"])
