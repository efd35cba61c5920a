"""Arrow arrays are made without importing pandas."""

from __future__ import annotations

import subprocess
import sys


def test_no_array_imports_pandas() -> None:
    program = (
        "import sys\nfrom sekisho.engines.arrow_alone import without_pandas\nwithout_pandas()\nimport pyarrow as pa\n"
        "assert pa.array(['a', None]).to_pylist() == ['a', None]\nassert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_reading_logs_does_not_import_pandas() -> None:
    program = (
        "import sys\nimport sekisho.engines.events\nimport pyarrow as pa\n"
        "assert pa.array(['a', None]).to_pylist() == ['a', None]\nassert 'pandas' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
