"""How the adapter of a cluster logs in: kubeconfigs, tokens, certificates, exec plugins, the account of a Pod."""

from __future__ import annotations

import base64
import json
import os
import ssl
import sys
import urllib.error
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from pytest_podconform.errors import EnvironmentFault, UsageFault
from pytest_podconform.fixtures.kubernetes.admin import AdminAPI
from pytest_podconform.runtimes.kubernetes import client, credentials, kubeconfig
from pytest_podconform.runtimes.kubernetes.credentials import TOKEN_FILE_INTERVAL, Credentials

pytestmark = pytest.mark.timeout(30)

V1 = "client.authentication.k8s.io/v1"


def write(path: Path, user: dict[str, Any], cluster: dict[str, Any] | None = None, name: str = "x") -> Path:
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster or {"server": "http://192.0.2.1"}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "ignored"}}],
        "current-context": name,
        "preferences": {},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path


def load(path: Path, context: str = "") -> kubeconfig.Access:
    return kubeconfig.load(context, {"KUBECONFIG": str(path)})


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def plugin(folder: Path, body: str, **fields: Any) -> dict[str, Any]:
    """Write a login plugin that lies beside the kubeconfig, and return the user who logs in by it."""
    program = folder / "login"
    program.write_text(f"#!{sys.executable}\nimport json, os, pathlib, sys\n{body}\n")
    program.chmod(0o700)
    return {"exec": {"apiVersion": V1, "command": "./login", "interactiveMode": "IfAvailable", **fields}}


COUNTING = """
runs = pathlib.Path(__file__).with_name("runs")
n = len(runs.read_text()) + 1 if runs.exists() else 1
runs.write_text("." * n)
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
status = {"token": f"token-{n}"}
if len(sys.argv) > 1: status["expirationTimestamp"] = sys.argv[1]
print(json.dumps({"apiVersion": info["apiVersion"], "kind": "ExecCredential", "status": status}))
"""


class Server:
    """An API server that lets in who has one of its tokens, and says who that was."""

    def __init__(self, *tokens: str) -> None:
        self.accepted = set(tokens)
        self.seen: list[str] = []
        self.bodies: list[Any] = []

    @asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        server = TestServer(app, host="127.0.0.1", scheme="https" if tls else "http")
        await server.start_server(ssl=tls)
        try:
            yield str(server.make_url("/")).rstrip("/")
        finally:
            await server.close()

    async def _answer(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen.append(token)
        if request.can_read_body:
            self.bodies.append(await request.json())
        if token not in self.accepted:
            return web.json_response({"message": "Unauthorized"}, status=401)
        certificate: dict[str, Any] = (request.transport and request.transport.get_extra_info("peercert")) or {}
        subject: dict[str, str] = dict(part[0] for part in certificate.get("subject", ()))
        groups = request.headers.getall("Impersonate-Group", [])
        return web.json_response({"name": subject.get("commonName"), "as": [request.headers.get("Impersonate-User"), *groups]})


# ---- which cluster and which user


def test_the_first_file_counts_and_paths_are_relative_to_their_own(tmp_path: Path) -> None:
    one = write(tmp_path / "a/config", {"tokenFile": "t"}, {"server": "https://a", "certificate-authority": "ca"})
    two = write(tmp_path / "b/config", {"token": "other"}, name="y")
    three = write(tmp_path / "c/config", {"token": "later"})
    paths = os.pathsep.join(map(str, (tmp_path / "missing", one, two, three)))

    first = kubeconfig.load("", {"KUBECONFIG": paths})
    named = kubeconfig.load("y", {"KUBECONFIG": paths})

    assert first.cluster.certificate_authority == str(tmp_path / "a/ca")
    assert (first.user.token_file, first.user.token) == (str(tmp_path / "a/t"), None)
    assert named.user.token == "other"


def test_the_default_is_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write(tmp_path / ".kube/config", {"token": "t"})

    assert kubeconfig.load("", {}).user.token == "t"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "did not find expected node content|while parsing"),
        ("clusters: 1", r"Expected `array \| null`, got `int` - at `\$.clusters`"),
        ("contexts: [{name: x, context: {cluster: d, user: u}}]\ncurrent-context: x", "names the cluster 'd', which it does"),
        ("contexts: [{name: x, context: {cluster: c, user: u}}]", "has no current context"),
        ("", "no kubeconfig with a context"),
        ("apiVersion: v1\nclusters: null\nusers: null\ncontexts: null", "no kubeconfig with a context"),
    ],
)
def test_a_damaged_kubeconfig_is_a_clear_error(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "config").write_text(text)

    with pytest.raises(EnvironmentFault, match=f"no cluster: (.|\n)*({says})"):
        load(tmp_path / "config")


def test_an_unknown_context_is_named_with_the_closest(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="unknown context 'prodd'; did you mean 'prod'"):
        load(write(tmp_path / "config", {}, name="prod"), "prodd")


@pytest.mark.parametrize("user", [{"username": "u", "password": "p"}, {"auth-provider": {"name": "gcp", "config": {}}}])
@pytest.mark.asyncio
async def test_a_way_to_log_in_that_is_no_more_is_refused(tmp_path: Path, user: dict[str, Any]) -> None:
    with pytest.raises(EnvironmentFault, match=f"logs in by `{next(iter(user))}`"):
        await Credentials(load(write(tmp_path / "config", user))).get()


# ---- tokens


@pytest.mark.asyncio
async def test_the_account_of_a_pod_is_used_and_its_token_is_read_again(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    (tmp_path / "token").write_text("one\n")
    environment = {"HOME": "", "KUBECONFIG": str(tmp_path / "none")}
    inside = {**environment, "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    clock = Clock()

    with pytest.raises(EnvironmentFault, match="no cluster"):
        kubeconfig.load("", environment, tmp_path)
    access = kubeconfig.load("", inside, tmp_path)
    used = Credentials(access, clock)
    first = await used.get()
    (tmp_path / "token").write_text("two\n")
    clock.now += TOKEN_FILE_INTERVAL - 1
    still = await used.get()
    clock.now += 1
    later = await used.get()

    assert access.cluster.server == "https://[fd00::1]:443"
    assert dict(first.headers) == dict(still.headers) == {"Authorization": "Bearer one"}
    assert dict(later.headers) == {"Authorization": "Bearer two"}
    assert isinstance(first.tls, ssl.SSLContext)
    assert later.tls is first.tls, "connections are pooled by it"


@pytest.mark.asyncio
async def test_a_token_that_is_refused_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("old")
    server = Server("old")
    async with server.running() as url:
        monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "config", {"tokenFile": "token"}, {"server": url})))
        opened = await client.connect()
        await opened.get("/version")
        (tmp_path / "token").write_text("new")
        server.accepted = {"new"}
        await opened.post("/pods", {"kind": "Pod"})
        async with opened.stream("/log", {}) as answer:
            await answer.read()
        server.accepted = set()
        with pytest.raises(EnvironmentFault, match="does not accept these credentials"):
            await opened.get("/version")
        await opened.close()

    assert server.seen == ["old", "old", "new", "new", "new", "new"]
    assert server.bodies == [{"kind": "Pod"}, {"kind": "Pod"}]


@pytest.mark.asyncio
async def test_somebody_else_may_be_impersonated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server("t").running() as url:
        user = {"token": "t", "as": "jane", "as-groups": ["a", "b"], "as-uid": "7", "as-user-extra": {"x/y": ["z"]}}
        monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "config", user, {"server": url})))
        opened = await client.connect()
        answer = await opened.get("/version")
        identity = await Credentials(kubeconfig.load()).get()
        await opened.close()

    assert answer["as"] == ["jane", "a", "b"]
    assert ("Impersonate-Extra-x%2Fy", "z") in identity.headers
    assert ("Impersonate-Uid", "7") in identity.headers


# ---- certificates


def issue(authority: trustme.CA, name: str) -> tuple[bytes, bytes]:
    issued = authority.issue_cert("client.invalid", common_name=name)
    return issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes()


@pytest.mark.parametrize("kind", ["data", "files"])
@pytest.mark.asyncio
async def test_a_client_certificate_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("api.example").configure_cert(tls)
    authority.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    chain, key = issue(authority, "jane")
    parts = {"client-certificate": chain, "client-key": key}
    for name, content in parts.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "ca").write_bytes(authority.cert_pem.bytes())
    if kind == "data":
        user = {f"{name}-data": base64.b64encode(content).decode() for name, content in parts.items()}
        trust = {"certificate-authority-data": base64.b64encode(authority.cert_pem.bytes()).decode()}
    else:
        user = {name: name for name in parts}
        trust = {"certificate-authority": "ca"}

    async with Server("").running(tls) as url:
        cluster = {"server": url, "tls-server-name": "api.example", **trust}
        monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "config", user, cluster)))
        opened = await client.connect()
        answer = await opened.get("/version")
        await opened.close()

    assert answer["name"] == "jane"
    assert not list(scratch.iterdir()), "no copy of a key is left"


@pytest.mark.asyncio
async def test_a_server_of_another_authority_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    other = base64.b64encode(trustme.CA().cert_pem.bytes()).decode()

    async with Server("t").running(tls) as url:
        for cluster in ({"certificate-authority-data": other}, {"insecure-skip-tls-verify": True}):
            path = write(tmp_path / "config", {"token": "t"}, {"server": url, **cluster})
            monkeypatch.setenv("KUBECONFIG", str(path))
            opened = await client.connect()
            if "insecure-skip-tls-verify" in cluster:
                await opened.get("/version")
            else:
                with pytest.raises(EnvironmentFault, match="no trust in the API server"):
                    await opened.get("/version")
            await opened.close()


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ({"client-certificate-data": "%", "client-key-data": "%"}, "`client-certificate-data` is not base64"),
        ({"client-certificate-data": "eA==", "client-key-data": "eA=="}, "certificates cannot be used"),
        ({"client-certificate": "none", "client-key": "none"}, "none: No such file"),
        ({"tokenFile": "none"}, "none: No such file"),
    ],
)
@pytest.mark.asyncio
async def test_credentials_that_cannot_be_used_are_a_clear_error(tmp_path: Path, user: dict[str, Any], says: str) -> None:
    path = write(tmp_path / "config", user, {"server": "https://192.0.2.1"})

    with pytest.raises(EnvironmentFault, match=says):
        await Credentials(load(path)).get()


@pytest.mark.asyncio
async def test_a_key_with_a_password_is_an_error_and_no_question(tmp_path: Path) -> None:
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    chain, key = issue(trustme.CA(), "jane")
    locked = serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    user = {"client-certificate-data": base64.b64encode(chain).decode(), "client-key-data": base64.b64encode(locked).decode()}
    path = write(tmp_path / "config", user, {"server": "https://192.0.2.1"})

    with pytest.raises(EnvironmentFault, match="certificates cannot be used"):
        await Credentials(load(path)).get()


# ---- exec plugins


@pytest.mark.asyncio
async def test_a_plugin_runs_once_until_its_token_expires(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = 4_102_444_800.0 - 10  # ten seconds before 2100
    user = plugin(tmp_path, COUNTING, args=["2100-01-01T00:00:00Z"])
    used = Credentials(load(write(tmp_path / "config", user)), clock)

    before = [await used.get() for _ in range(2)]
    clock.now += 10
    after = await used.get()

    assert [dict(each.headers)["Authorization"] for each in (*before, after)] == ["Bearer token-1"] * 2 + ["Bearer token-2"]


@pytest.mark.asyncio
async def test_a_plugin_runs_again_where_its_token_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server("token-1")
    async with server.running() as url:
        path = write(tmp_path / "config", plugin(tmp_path, COUNTING), {"server": url})
        monkeypatch.setenv("KUBECONFIG", str(path))
        opened = await client.connect()
        await opened.get("/version")
        server.accepted = {"token-2"}
        await opened.get("/version")
        await opened.close()

    assert server.seen == ["token-1", "token-1", "token-2"]


@pytest.mark.asyncio
async def test_a_plugin_gets_its_arguments_its_environment_and_the_cluster(tmp_path: Path) -> None:
    body = """
assert not sys.stdin.read()
answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
given = [sys.argv[1:], os.environ["EXTRA"], json.loads(os.environ["KUBERNETES_EXEC_INFO"])]
print(json.dumps({**answer, "status": {"token": json.dumps(given)}}))
"""
    env = [{"name": "EXTRA", "value": "more"}]
    user = plugin(tmp_path, body, args=["a", "b"], env=env, provideClusterInfo=True)
    path = write(tmp_path / "config", user, {"server": "http://192.0.2.1", "certificate-authority-data": "eA=="})

    identity = await Credentials(load(path)).get()

    arguments, extra, info = json.loads(dict(identity.headers)["Authorization"].removeprefix("Bearer "))
    assert (arguments, extra) == (["a", "b"], "more")
    assert (info["apiVersion"], info["kind"], info["spec"]["interactive"]) == (V1, "ExecCredential", False)
    assert info["spec"]["cluster"] == {"server": "http://192.0.2.1", "certificate-authority-data": "eA=="}


@pytest.mark.asyncio
async def test_a_plugin_may_answer_with_a_certificate(tmp_path: Path) -> None:
    chain, key = (part.decode() for part in issue(trustme.CA(), "jane"))
    status = json.dumps({"clientCertificateData": chain, "clientKeyData": key})
    body = f'print(json.dumps({{"apiVersion": "{V1}", "kind": "ExecCredential", "status": {status}}}))'
    path = write(tmp_path / "config", plugin(tmp_path, body), {"server": "https://192.0.2.1"})

    identity = await Credentials(load(path)).get()

    assert identity.headers == ()
    assert isinstance(identity.tls, ssl.SSLContext)


@pytest.mark.parametrize(
    ("body", "fields", "says", "do"),
    [
        ("sys.exit('session expired')", {}, "ended with 1: session expired", "log in to the cluster anew"),
        ("print('hello')", {}, "printed no ExecCredential", "log in"),
        ("print(json.dumps({'apiVersion': 'v2', 'kind': '', 'status': {'token': 't'}}))", {}, "version v2", "log in"),
        (
            f"print(json.dumps({{'apiVersion': '{V1}', 'kind': '', 'status': {{}}}}))",
            {},
            "no token and no certificate",
            "log in",
        ),
        ("", {"command": "./absent", "installHint": "brew install it"}, "absent: No such file", "brew install it"),
        ("", {"apiVersion": "client.authentication.k8s.io/v1alpha1"}, "speaks client.*v1alpha1", "choose a plugin"),
        ("", {"interactiveMode": "Always"}, "asks questions on a terminal", "choose a plugin"),
        ("import time; time.sleep(60)", {}, "did not end within 1 s", "log in"),
    ],
)
@pytest.mark.asyncio
async def test_a_plugin_that_fails_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, fields: dict[str, Any], says: str, do: str
) -> None:
    if "sleep" in body:
        monkeypatch.setattr(credentials, "PLUGIN_TIMEOUT", 1.0)
    path = write(tmp_path / "config", plugin(tmp_path, body, **fields))

    with pytest.raises(EnvironmentFault, match=f"login plugin .*{says}") as raised:
        await Credentials(load(path)).get()

    assert raised.value.do[0].startswith(do)


# ---- the administrator of the cluster that is built here


def test_the_administrator_creates_what_is_not_there_and_waits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    authority.issue_cert("c.invalid").private_key_and_cert_chain_pem.write_to_path(tmp_path / "admin.pem")
    api = AdminAPI("https://192.0.2.1", tmp_path / "ca.crt", tmp_path / "admin.pem")
    answers: list[Any] = [{}, {"status": {"conditions": [{"type": "Available", "status": "True"}]}}]
    asked: list[str] = []
    codes = {"there": 409, "wrong": 422}

    def request(_: AdminAPI, path: str, body: dict[str, Any] | None = None) -> Any:
        asked.append(path)
        if body is None:
            return answers.pop(0)
        if code := codes.get(body["metadata"]["name"]):
            raise urllib.error.HTTPError(path, code, "", {}, (tmp_path / "ca.crt").open("rb"))  # type: ignore[arg-type]  # any mapping does
        return body

    monkeypatch.setattr(AdminAPI, "_request", request)
    for name in ("new", "there"):
        api.create({"kind": "Service", "metadata": {"name": name, "namespace": "ns"}})
    with pytest.raises(EnvironmentFault, match="Service wrong was not created"):
        api.create({"kind": "Service", "metadata": {"name": "wrong", "namespace": "ns"}})
    api.wait_until_available("/deployments/d", 10)

    assert asked == ["/api/v1/namespaces/ns/services"] * 3 + ["/deployments/d"] * 2
    answers.extend([{}, {}])
    with pytest.raises(EnvironmentFault, match="d is not available after 0 s"):
        api.wait_until_available("/deployments/d", 0)
