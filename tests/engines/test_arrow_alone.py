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
