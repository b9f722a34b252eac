"""A run inside a cluster: what pytest is told, and how results leave the Pod."""

from __future__ import annotations

import base64
import gzip
import tarfile
from pathlib import Path

import pytest
import yaml

from pytest_podconform.fleet import incluster
from tests.runtimes import kubeconfig
from tests.runtimes.fake_api import FakeAPI

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCS = Path(__file__).parents[2] / "docs/kubernetes.md"


def test_the_node_that_is_judged_is_the_pods_own(tmp_path: Path) -> None:
    options = incluster.options(tmp_path, {"PODCONFORM_NODE": "n1"})

    assert "--podconform-node=n1" in options
    assert f"--podconform-report={tmp_path}" in options
    assert not any(option.startswith("--podconform-node") for option in incluster.options(tmp_path, {}))


def test_sonobuoy_gets_all_results_and_is_told_where_they_are(tmp_path: Path) -> None:
    folder, results = tmp_path / "folder", tmp_path / "results"
    folder.mkdir()
    (folder / "junit.xml").write_text("<x/>")
    (folder / "report.json").write_text("{}")

    incluster.hand_to_sonobuoy(folder, results)

    with tarfile.open((results / "done").read_text()) as tar:
        assert tar.getnames() == ["junit.xml", "report.json"]


def test_a_run_that_ends_before_its_cases_tells_sonobuoy_all_the_same(tmp_path: Path) -> None:
    status = incluster.main(["--podconform-runtime=nonesuch"], {"SONOBUOY_RESULTS_DIR": str(tmp_path)})

    assert status == pytest.ExitCode.USAGE_ERROR
    assert (tmp_path / "done").exists()


@pytest.mark.asyncio
async def test_the_report_is_left_in_a_config_map_of_the_pods_own_namespace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.json").write_text("{}")
    (tmp_path / "namespace").write_text("mine")
    api = FakeAPI()

    async with api.running() as url:
        kubeconfig.use(url, tmp_path, monkeypatch)
        await incluster.publish(tmp_path, "report", tmp_path)

    assert api.deleted == ["/api/v1/namespaces/mine/configmaps/report"]
    assert gzip.decompress(base64.b64decode(api.created[0]["binaryData"][incluster.KEY])) == b"{}"


def test_the_rights_in_the_documentation_are_those_that_are_installed() -> None:
    installed = [made for made in yaml.safe_load_all((DEPLOY / "rbac.yaml").read_text()) if made["kind"] == "ClusterRole"]
    documented = yaml.safe_load(DOCS.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0])

    assert [documented] == installed


@pytest.mark.parametrize("name", ["job.yaml", "sonobuoy.yaml"])
def test_manifests_run_the_image_of_this_version(name: str) -> None:
    from pytest_podconform.fixtures.harness import image  # noqa: PLC0415

    text = (DEPLOY / name).read_text(encoding="utf-8")

    assert f"image: {image.tag()}\n" in text
    assert "pytest_podconform.fleet.incluster]" in text
