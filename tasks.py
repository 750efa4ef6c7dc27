"""AIM's tasks for Invoke: one group per module in `tasks/`, and the bootstrap chain, put together here.

The same file is `aim_lib/builtin_tasks/__init__.py` in the wheel.
"""

import sys
from pathlib import Path

# Invoke switches .pyc files off; twenty task modules then take three times as long to load.
sys.dont_write_bytecode = False
# With this, `tasks` is both this file and the folder beside it: `from tasks.x import y` works everywhere.
__path__ = globals().get("__path__") or [str(Path(__file__).with_suffix(""))]

from aim_lib.collect import collection, modules  # noqa: E402

found = modules(__name__, __path__)
install, pin, secrets, bootstrap = found["install"], found["pin"], found["secrets"], found["bootstrap"]

# invoke bootstrap: prepare -> secrets -> install -> pin -> verify, then the summary
bootstrap.bootstrap.pre = [bootstrap.prepare, secrets.ensure, install.install, pin.pin, install.verify]
# aim rebuild: that, and what is arranged around the tools
found["rebuild"].rebuild.pre = [
    bootstrap.bootstrap,
    found["env"].apply,
    found["cache_enforce"].enforce,
    found["wrappers"].rebuild,
]

ns = collection(found)
# The same tasks under the names of their groups.
for group, name, task in (
    ("version", "pin", pin.pin),
    ("version", "sync", install.sync_versions),
    ("tools", "install", install.install),
    ("tools", "verify", install.verify),
):
    ns.collections[group].add_task(task.task, name=name)
