"""Numbers as bins."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from skembed.tables.number_bins import NumberBins


def bins_of(fitted, values):
    return fitted.transform(np.reshape(values, (-1, 1))).toarray().argmax(axis=1).tolist()


def test_bins_hold_equally_many_rows_whatever_the_scale():
    values = np.exp(np.random.default_rng(0).normal(scale=5, size=1000))
    counts = NumberBins(4).fit_transform(values[:, np.newaxis]).sum(axis=0)
    assert len(counts) == 5  # the last one is for missing numbers
    np.testing.assert_allclose(counts[:4], 250, atol=2)
    assert counts[4] == 0


@pytest.mark.parametrize("frequent", [0.0, 3.0, 9.0])
def test_a_frequent_value_has_a_bin_of_its_own(frequent):
    values = np.array([frequent] * 950 + [float(i) for i in range(10) if i != frequent] * 5)
    fitted = NumberBins(4).fit(values[:, np.newaxis])
    [own] = bins_of(fitted, [frequent])
    others = bins_of(fitted, [i for i in range(10) if i != frequent])
    assert own not in others


def test_missing_infinite_and_new_numbers():
    fitted = NumberBins().fit([[1.0], [2.0], [np.nan]])
    assert bins_of(fitted, [1, 2, np.nan, np.inf, -np.inf, 1.5, 7]) == [0, 1, 2, 1, 0, 0, 1]


def test_columns_of_one_value_and_of_none():
    fitted = NumberBins().fit([[1.0, np.nan], [1.0, np.nan]])
    assert fitted.transform([[5.0, np.nan], [np.nan, 2.0]]).toarray().tolist() == [
        [1, 0, 0, 1],
        [0, 1, 1, 0],
    ]


def test_names():
    fitted = NumberBins().fit(pd.DataFrame({"price": [1.0, 2.5]}))
    names = ["price lowest", "price >= 2.5", "price missing"]
    assert fitted.get_feature_names_out().tolist() == names


def test_refused():
    with pytest.raises(InvalidParameterError, match="n_bins"):
        NumberBins(1).fit([[1.0]])
    with pytest.raises(NotFittedError):
        NumberBins().transform([[1.0]])
