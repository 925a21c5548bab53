"""Certificates once for all tests of the unit."""

import pytest

from tests.deeplens.certificates import Certificates, certificates


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate authority, a server and a unit."""
    return certificates(tmp_path_factory.mktemp("pki"))
