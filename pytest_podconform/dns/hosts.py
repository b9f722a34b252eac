"""What a Pod's containers call themselves: hostname, FQDN and /etc/hosts.

https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-hostname-and-subdomain-fields
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pytest_podconform.model.rules import implements
from pytest_podconform.model.validation import MAX_LABEL

if TYPE_CHECKING:
    from pytest_podconform.model.pod import Pod

# pkg/kubelet/kubelet_pods.go, managedHostsFileContent
HEADER: Final = """\
# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
"""


MOST_HOSTNAME: Final = 64
"""Bytes that a kernel takes for a host name (`__NEW_UTS_LEN`); a Pod that wants a longer one is never started."""


@implements("dns.hosts.name", "dns.hosts.fqdn")
def hostname(pod: Pod, zone: str) -> str:
    """Return what the kernel of a Pod calls it: its short name, or with `setHostnameAsFQDN` its FQDN, where it has one."""
    names = own_names(pod, zone)
    return names[0] if pod.spec.set_hostname_as_fqdn else names[-1]


@implements("dns.hosts.name", "dns.hosts.long-name")
def own_names(pod: Pod, zone: str) -> list[str]:
    """Return what a Pod's address is called: its FQDN, where it has a subdomain, and its short name.

    That is `spec.hostname`, or else the Pod's name, cut to what may be a label.
    """
    short = (pod.spec.hostname or pod.metadata.name)[:MAX_LABEL].rstrip("-.")
    if not pod.spec.subdomain:
        return [short]
    return [f"{short}.{pod.spec.subdomain}.{pod.metadata.namespace}.svc.{zone}", short]


@implements("dns.hosts.file", "dns.hosts.managed")
def hosts_file(pod: Pod, address: str, zone: str) -> str:
    """Return the text of /etc/hosts."""
    text = HEADER + "\t".join([address, *own_names(pod, zone)]) + "\n"
    if pod.spec.host_aliases:
        text += "\n# Entries added by HostAliases.\n"
        text += "".join("\t".join([alias.ip, *alias.hostnames]) + "\n" for alias in pod.spec.host_aliases)
    return text
