"""One door to the compiler of numeric kernels (numba, extra ``data``): plain functions over NumPy arrays become machine code.

A kernel is compiled at its first call for each set of argument types and kept on disk beside its source, or in the user's cache
folder where that is not writable (``NUMBA_CACHE_DIR`` says otherwise): only the first run after an installation waits. Kernels
release the interpreter lock: several threads may run them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

__all__ = ["compiled"]

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function as machine code. It may use numbers, NumPy arrays and other compiled functions, nothing else."""
    kernel: Function = njit(function, cache=True, nogil=True)
    return kernel
