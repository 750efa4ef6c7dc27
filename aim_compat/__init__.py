"""The predecessor's package `aim`: its imports and signatures, answered by `aim_lib`. New programs import `aim_lib`."""

from __future__ import annotations

from aim_lib import __version__

__all__ = ["__version__"]
