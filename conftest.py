"""What every test shares, those in docstrings and in the documentation too."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _data_home_of_the_tests(tmp_path_factory):
    """No test writes into the home of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCIKIT_LEARN_DATA", str(tmp_path_factory.mktemp("scikit_learn_data")))
        yield
