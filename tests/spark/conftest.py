"""One Spark session for all tests. Without pyspark or Java, pytest does not collect this folder.

`make spark` installs pyspark, and sets `REQUIRE_SPARK`: then a missing part is an error.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

_missing = [
    name
    for name, found in (
        ("pyspark", find_spec("pyspark")),
        ("Java", shutil.which("java") or os.environ.get("JAVA_HOME")),
    )
    if not found
]
if _missing and os.environ.get("REQUIRE_SPARK"):
    raise pytest.UsageError(f"the tests of Spark need {' and '.join(_missing)}")
collect_ignore_glob = ["test_*.py"] if _missing else []

# Workers run the interpreter of the tests, which has the package.
os.environ["PYSPARK_PYTHON"] = sys.executable


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """A session with two threads and small batches."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "4")
    session = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()
