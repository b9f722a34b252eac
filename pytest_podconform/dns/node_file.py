"""What a node agent reads out of the node's own resolv.conf.

`parseResolvConf`, `pkg/kubelet/network/dns/dns.go` (v1.34): nameservers add up; of several search lines the last one counts,
each entry without its trailing dot, "." left out; options add up, by name the last one counts; whatever else stands
there, `domain` included, is passed over.
"""

from __future__ import annotations

from pytest_podconform.model.rules import implements

from .policy import ResolvConf


@implements("dns.node-file.parsed")
def parse(text: str) -> ResolvConf:
    """Read a file.

    Raises:
        ValueError: a line names no nameserver, with which no Pod can be made.

    """
    nameservers: list[str] = []
    searches: tuple[str, ...] = ()
    options: dict[str, str] = {}
    for line in text.splitlines():
        match line.split():
            case [word, *_] if word.startswith("#"):
                continue
            case ["nameserver"]:
                msg = "nameserver without an address in the node's resolv.conf"
                raise ValueError(msg)
            case ["nameserver", address, *_]:
                nameservers.append(address)
            case ["search", *entries]:
                searches = tuple(entry.removesuffix(".") for entry in entries if entry != ".")
            case ["options", *given]:
                options |= {option.partition(":")[0]: option for option in given}
            case _:
                continue
    return ResolvConf(nameservers=tuple(nameservers), searches=searches, options=tuple(options.values()))
