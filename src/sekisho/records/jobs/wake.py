"""The queue that wakes workers: huey's storage, in memory or on Redis. It carries no work, only the news that there is some.

Nothing but a constant goes through it, so that nobody who can write to Redis can make a worker run anything. A lost wake-up costs
a few seconds: workers also look by themselves.
"""

from __future__ import annotations

import logging
import time
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import redis
from django.conf import settings
from huey import MemoryHuey, RedisHuey

if TYPE_CHECKING:
    import threading

__all__ = ["wait", "wake"]

logger = logging.getLogger(__name__)
_TOKEN: Final = b"1"
_MOST_TOKENS: Final = 64
_LOOK: Final = 0.2


@cache
def _queue(redis_url: str) -> Any:
    if redis_url:
        return RedisHuey("sekisho", url=redis_url, blocking=False).storage
    return MemoryHuey("sekisho").storage


def wake() -> None:
    """Tell the workers that a job waits. Never fails: they would find it anyway."""
    try:
        queue = _queue(settings.CONFIG.redis_url)
        if queue.queue_size() < _MOST_TOKENS:
            queue.enqueue(_TOKEN)
    except redis.RedisError as error:
        logger.warning("jobs: the queue cannot be reached (%s); workers look by themselves", type(error).__name__)


def wait(stop: threading.Event, *, seconds: float) -> bool:
    """Wait until woken (True), stopped, or ``seconds`` have passed (False)."""
    until = time.monotonic() + seconds
    while not stop.is_set():
        try:
            if _queue(settings.CONFIG.redis_url).dequeue() is not None:
                return True
        except redis.RedisError as error:
            logger.warning("jobs: the queue cannot be reached (%s)", type(error).__name__)
            stop.wait(min(seconds, 5))
            return False
        left = until - time.monotonic()
        if left <= 0:
            return False
        stop.wait(min(_LOOK, left))
    return False
