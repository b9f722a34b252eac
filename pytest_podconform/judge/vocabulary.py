"""All that a suite needs, apart from the manifests of `model.build`: cases, moments, expectations, checks."""

from pytest_podconform.evidence.certainty import TRUNCATION
from pytest_podconform.evidence.status import EndpointChanged
from pytest_podconform.evidence.target import DNSQuery, FileShown, QueryDetails
from pytest_podconform.model.node import NodeConfig

from .case import Case, Place, case
from .check import Check, Look, SeriesCheck
from .checks import (
    AllDifferent,
    Begins,
    FromElsewhere,
    Has,
    HeaderLike,
    HeaderWritten,
    Like,
    MetadataLike,
    SaidMoreThan,
    header,
    phases,
    told,
)
from .dns_checks import (
    AddressOfPod,
    OneTTL,
    ResolvConfHas,
    SameAnswer,
    hosts_line,
    names_in_order,
    own_hosts_line,
    says,
)
from .moment import (
    ANY_LOOKUP,
    ANY_PHASE,
    CLOSED,
    DELETED,
    DELETING,
    HOSTNAME,
    LAST_SIGN,
    POD_ADDRESS,
    QUERY,
    READY,
    REFUSED,
    RESTARTED,
    UNREADY,
    Moment,
    answered,
    condition,
    endpoint,
    exited,
    file,
    hit,
    looked_up,
    phase,
    ready,
    resolves,
    restart_count,
    says_started,
    started,
    state,
    terminated,
    unresolvable,
)
from .monitors import (
    Agree,
    AtLeast,
    AtMost,
    Collected,
    Either,
    Eventually,
    Exactly,
    Longer,
    Monitor,
    Never,
    Noted,
    NotSooner,
    Soon,
    Spaced,
    chain,
    every,
    first,
)
from .tolerance import BEAT

agree = Agree
at_least = AtLeast
at_most = AtMost
collected = Collected
either = Either
eventually = Eventually
exactly = Exactly
longer = Longer
never = Never
not_sooner = NotSooner
noted = Noted
soon = Soon
spaced = Spaced

address_of_pod = AddressOfPod
all_different = AllDifferent
begins = Begins
from_elsewhere = FromElsewhere
has = Has
header_like = HeaderLike
header_written = HeaderWritten
like = Like
metadata_like = MetadataLike
one_ttl = OneTTL
resolv_conf = ResolvConfHas
said_more_than = SaidMoreThan
same_answer = SameAnswer

__all__ = [
    "ANY_LOOKUP",
    "ANY_PHASE",
    "BEAT",
    "CLOSED",
    "DELETED",
    "DELETING",
    "HOSTNAME",
    "LAST_SIGN",
    "POD_ADDRESS",
    "QUERY",
    "READY",
    "REFUSED",
    "RESTARTED",
    "TRUNCATION",
    "UNREADY",
    "Case",
    "Check",
    "DNSQuery",
    "EndpointChanged",
    "FileShown",
    "Look",
    "Moment",
    "Monitor",
    "NodeConfig",
    "Place",
    "QueryDetails",
    "SeriesCheck",
    "address_of_pod",
    "agree",
    "all_different",
    "answered",
    "at_least",
    "at_most",
    "begins",
    "case",
    "chain",
    "collected",
    "condition",
    "either",
    "endpoint",
    "eventually",
    "every",
    "exactly",
    "exited",
    "file",
    "first",
    "from_elsewhere",
    "has",
    "header",
    "header_like",
    "header_written",
    "hit",
    "hosts_line",
    "like",
    "longer",
    "looked_up",
    "metadata_like",
    "names_in_order",
    "never",
    "not_sooner",
    "noted",
    "one_ttl",
    "own_hosts_line",
    "phase",
    "phases",
    "ready",
    "resolv_conf",
    "resolves",
    "restart_count",
    "said_more_than",
    "same_answer",
    "says",
    "says_started",
    "soon",
    "spaced",
    "started",
    "state",
    "terminated",
    "told",
    "unresolvable",
]
