"""Judge the node that this Pod runs on: `python -m pytest_podconform.fleet.incluster [ARGUMENTS OF PYTEST]`.

What comes out leaves the Pod in one of two ways, by the environment:

    SONOBUOY_RESULTS_DIR   a plugin of Sonobuoy: podconform.tar.gz in that folder, and its path in the file `done`
    PODCONFORM_RESULT      the name of a ConfigMap in the Pod's own namespace, which gets report.json.gz

PODCONFORM_NODE names the node (`fieldRef: spec.nodeName`). The exit status is pytest's.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from pytest_podconform.report import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
KEY: Final = files.COMPRESSED_NAME
ARCHIVE: Final = "podconform.tar.gz"


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Run pytest and hand over what it has written; return its exit status."""
    with tempfile.TemporaryDirectory(prefix="podconform-") as scratch:
        folder = Path(scratch)
        status = int(pytest.main([*options(folder, environment), *arguments]))
        results, name = environment.get("SONOBUOY_RESULTS_DIR"), environment.get("PODCONFORM_RESULT")
        if results:
            hand_to_sonobuoy(folder, Path(results))
        if name:
            asyncio.run(publish(folder, name))
    return status


def options(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Return pytest's options for a run on the Pod's own node."""
    node = environment.get("PODCONFORM_NODE")
    return [
        *("-p", "no:cacheprovider", "--podconform", "--podconform-runtime=kubernetes"),
        *([f"--podconform-node={node}"] if node else []),
        *(f"--podconform-report={folder}", f"--junit-xml={folder / 'junit.xml'}"),
    ]


def hand_to_sonobuoy(folder: Path, results: Path) -> None:
    """Pack all results, and say where they are: https://sonobuoy.io/docs/main/plugins/."""
    results.mkdir(parents=True, exist_ok=True)
    with tarfile.open(results / ARCHIVE, "w:gz") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    (results / "done").write_text(str(results / ARCHIVE))


async def publish(folder: Path, name: str, account: Path = ACCOUNT) -> None:
    """Put the report into a ConfigMap, which takes a megabyte; a report has a tenth of that when it is compressed."""
    from pytest_podconform.runtimes.kubernetes.client import connect  # noqa: PLC0415 - for this way only

    report = folder / files.NAME
    if not report.exists():  # a usage error: pytest has said so
        return
    namespace = (account / "namespace").read_text(encoding="ascii")
    data = base64.b64encode(files.compress(report.read_bytes())).decode()
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "binaryData": {KEY: data}}
    client = await connect()
    try:
        await client.delete(f"/api/v1/namespaces/{namespace}/configmaps/{name}")
        await client.post(f"/api/v1/namespaces/{namespace}/configmaps", made)
    finally:
        await client.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
