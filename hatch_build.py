"""Build hook: compiles the translations, so that every wheel carries them (``.mo`` files are not under version control)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MessagesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs ``tools/messages.py compile`` and adds its results to the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before each build; an editable install reads the files where they lie."""
        del version
        tools = Path(self.root) / "tools"
        if not (tools / "messages.py").is_file():
            return
        sys.path.insert(0, str(tools))
        try:
            import messages  # noqa: PLC0415 - found only through the path set above

            messages.compile_all()
        finally:
            sys.path.remove(str(tools))
        build_data["artifacts"].append("src/sekisho/**/*.mo")
