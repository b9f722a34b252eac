"""The first Pod of a run: it shows whether the target image can be had and started, and what the node's resolv.conf says.

That file is read from the node itself, and not from a Pod with the policy Default: that is what shall be judged by it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from pytest_podconform.errors import EnvironmentFault
from pytest_podconform.model.refusal import Refused
from pytest_podconform.model.status import PodStatus

from .watch import status_of

if TYPE_CHECKING:
    from pytest_podconform.model.manifest import Manifest

    from .client import Client
    from .watch import Pods

LIMIT: Final = 90.0  # seconds; a pull from a registry may take that long
FILE: Final = "/node-resolv-conf"
NO_IMAGE: Final = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"})
PULL_POLICY: Final = "IfNotPresent"
"""What holds where the user says nothing: an image whose tag is a digest need not be pulled again."""
END: Final = "# the end of the node's file"
PRINT: Final = f"print(open({FILE!r}).read() + {END!r}, flush=True)"


class NoImageError(Exception):
    """Raised where the node cannot have the image; `fault` says what to do."""

    def __init__(self, fault: EnvironmentFault) -> None:
        super().__init__(fault.what)
        self.fault = fault


def manifest(name: str, namespace: str, image: str, policy: str, resolv_conf: str) -> Manifest:
    """Return the Pod; without a file of the node it prints nothing."""
    file = resolv_conf or "/dev/null"
    kind = "File" if resolv_conf else "CharDevice"
    container: Manifest = {
        "name": "scout",
        "image": image,
        "imagePullPolicy": policy,
        "command": ["/podconform/python", "-B", "-S", "-c", PRINT],
        "volumeMounts": [{"name": "file", "mountPath": FILE, "readOnly": True}],
    }
    volume = {"name": "file", "hostPath": {"path": file, "type": kind}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"restartPolicy": "Never", "containers": [container], "volumes": [volume]},
    }


async def read(client: Client, pods: Pods, path: str, name: str) -> str:
    """Wait until the scout has ended and return what it printed.

    Raises:
        NoImageError: its image cannot be had.
        EnvironmentFault: it cannot be started, or fails; says what to do.

    """
    status = PodStatus()
    try:
        async with asyncio.timeout(LIMIT):
            async for pod in pods.follow(name):
                status = status_of(pod)
                if (fault := image_fault(pod)) is not None:
                    raise NoImageError(fault)
                if status.phase == "Succeeded":
                    text, end, _ = (await client.text(f"{path}/{name}/log")).partition(END)
                    if end:
                        return text
                    break
                if status.phase == "Failed":
                    break
    except TimeoutError:
        pass
    said = [f"{each.type}: {each.message}" for each in status.conditions if each.message]
    said += [f"{each.name}: {each.state.word} {each.state}" for each in status.container_statuses]
    do = [f"kubectl describe pod {name}, in the namespace of a run"]
    raise EnvironmentFault(f"a first Pod did not run to its end ({status.phase})", tried=said, do=do)


def image_fault(pod: Manifest) -> EnvironmentFault | None:
    """Return what is wrong with the image of a Pod's first container, if it cannot be had."""
    status = status_of(pod)
    image = pod["spec"]["containers"][0]["image"]
    for each in status.container_statuses:
        waiting = each.state.waiting
        if waiting is not None and waiting.reason in NO_IMAGE:
            do = [
                "podconform images save target target.tar, and then on the node, by what it runs:",
                "ctr -n k8s.io images import target.tar | kind load image-archive target.tar | docker load -i target.tar",
                "or push it to a registry and name that: --podconform-image-prefix registry.example/team",
            ]
            return EnvironmentFault(f"the node cannot have the image {image}: {waiting.reason}: {waiting.message}", do=do)
    return None


def refused(error: Refused) -> EnvironmentFault:
    """Return what it means that the scout is refused."""
    do = ["docs/kubernetes.md lists all that a run needs: hostPath volumes, for this Pod"]
    return EnvironmentFault(f"the cluster refuses a first Pod: {error.reason}", do=do)
