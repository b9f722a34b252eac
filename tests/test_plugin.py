"""The plugin as a pytest user meets it, on the simulated runtime."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from pytest_podconform.experiment.plan import load_cases
from pytest_podconform.requirements import load_requirements

CASES = load_cases(load_requirements())
ALONE = ("-p", "no:asyncio")
"""A user has no pytest-asyncio from us; here it is installed, and warns wherever no loop scope is configured."""
SIMULATED = ("--podconform", "--podconform-runtime=simulated")
BROKEN = """
    from pytest_podconform.errors import EnvironmentFault
    from pytest_podconform.runtimes.simulated import SimulatedRuntime

    class NoEngine(SimulatedRuntime):
        async def open(self, run):
            raise EnvironmentFault("no container engine answered", tried=["x"], do=["start Docker"])

    class Tidy(SimulatedRuntime):
        async def configure(self, node):
            from msgspec.structs import replace
            await super().configure(node)
            file = self._node.resolv_conf
            tidied = replace(file, searches=tuple(dict.fromkeys(file.searches)))
            self._node = replace(self._node, resolv_conf=tidied)

    class NeverReady(SimulatedRuntime):
        async def status(self, ref):
            from msgspec.structs import replace
            status = await super().status(ref)
            conditions = tuple(replace(c, status="False") for c in status.conditions)
            return replace(status, conditions=conditions)

    class Raises(SimulatedRuntime):
        async def status(self, ref):
            if "smoke" not in ref.name:
                raise ValueError("no status today")
            return await super().status(ref)
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Any:
    """Run pytest in a process of its own, in an empty folder."""
    pytester.makepyfile(broken=BROKEN)
    pytester.syspathinsert()

    def run(*args: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*ALONE, "-p", "no:cacheprovider", *args)

    return run


def report(pytester: pytest.Pytester, folder: str = "podconform-report") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((pytester.path / folder / "report.json").read_bytes())
    return found


@pytest.mark.long
def test_a_whole_run_is_green_and_says_so(run: Any, pytester: pytest.Pytester) -> None:
    result = run(*SIMULATED)

    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "podconform * runtime: simulated profile: documented*",
            "podconform *",
            "*Pod conformance: CONFORMANT for * MUST (* not covered by this release)*",
            "probes    MUST *",
            "evidence: podconform-report/report.json",
        ]
    )
    found = report(pytester)
    assert (found["gate"], found["exit_status"], found["not_selected"]) == ("conformant", 0, [])
    assert {requirement["state"] for requirement in found["requirements"]} == {"judged", "uncovered", "excluded"}
    assert found["timing"]["longest_case_s"] > 10
    assert found["timing"]["peak_rss_bytes"] < 300e6


@pytest.mark.long
def test_without_the_flag_nothing_happens(run: Any, pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_x(): pass")

    result = run("-v")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*podconform *runtime*")
    assert not (pytester.path / "podconform-report").exists()


@pytest.mark.long
def test_without_the_flag_nothing_heavy_is_imported(tmp_path: Path) -> None:
    code = (
        "import pytest, sys; pytest.main(['--co', '-q', sys.argv[1]]);"
        "print([name for name in sys.modules if name.partition('.')[0] in "
        "{'aiohttp', 'grpc', 'docker', 'testcontainers', 'msgspec', 'dns', 'aiodocker'} "
        "or name.startswith('pytest_podconform.')])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)

    declare = ["runtimes", "runtimes.options", "runtimes.kubernetes", "runtimes.kubernetes.options"]
    light = [*declare, "session", "session.settings", "plugin"]
    assert set(ast.literal_eval(done.stdout.splitlines()[-1])) == {f"pytest_podconform.{name}" for name in light}


@pytest.mark.long
def test_without_paths_only_cases_are_collected_and_with_paths_both(run: Any, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_mine(): pass")

    alone, both = run(*SIMULATED, "--co", "-q"), run(*SIMULATED, "--co", "-q", "test_mine.py")

    alone.stdout.no_fnmatch_line("*test_mine*")
    both.stdout.fnmatch_lines(["podconform::*", "test_mine.py::test_mine"])


@pytest.mark.long
def test_collecting_starts_nothing(run: Any, pytester: pytest.Pytester) -> None:
    result = run("--podconform", "--podconform-runtime=broken:NoEngine", "--co")

    assert result.ret == 0
    assert not (pytester.path / "podconform-report").exists()


@pytest.mark.long
def test_a_node_id_can_be_pasted(run: Any, pytester: pytest.Pytester) -> None:
    result = run(*SIMULATED, "podconform::probes/http/status-boundaries[399]", "podconform::probes/liveness")

    result.assert_outcomes(passed=3)
    assert {case["id"].partition("[")[0] for case in report(pytester)["cases"]} == {
        "probes/http/status-boundaries",
        "probes/liveness/failure-kills",
        "probes/liveness/failures-must-be-consecutive",
    }


@pytest.mark.long
@pytest.mark.parametrize("selection", [["-k", "port-number"], ["podconform::probes/http/port-number"]])
def test_a_selection_is_partial(run: Any, pytester: pytest.Pytester, selection: list[str]) -> None:
    result = run(*SIMULATED, *selection)

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*Pod conformance: PARTIAL for 1 of *: 1 of * cases were selected*", "not selected: *"])
    assert report(pytester)["gate"] == "partial"


@pytest.mark.long
def test_a_requirement_selects_its_cases(run: Any) -> None:
    run(*SIMULATED, "-k", "probe.readiness.recovers").assert_outcomes(passed=1, deselected=len(CASES) - 1)


@pytest.mark.long
def test_settings_of_the_user_do_not_change_what_there_is(run: Any, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\npython_files = nothing_*.py\npython_functions = nothing_*\ntestpaths = elsewhere")
    pytester.makeconftest(
        "import pytest\n@pytest.fixture(autouse=True)\ndef spoil():\n    raise RuntimeError('must not run')\n"
    )

    assert run(*SIMULATED).ret == 0


@pytest.mark.long
def test_a_failure_is_red_and_explains_itself(run: Any) -> None:
    result = run("--podconform", "--podconform-runtime=broken:NeverReady", "-k", "port-number")

    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "*podconform::probes/http/port-number*",
            "MUST     probe.http.port-number       fault: runtime",
            "says     *",
            "expected Ready soon after probe #1",
            "seen     no sign of Ready within *",
            "*t/s*container*",
            "*readiness #1 -> 200*",
            "again    python -m pytest * --podconform-runtime=broken:NeverReady 'podconform::probes/http/port-number'",
            "*NONCONFORMANT for 0 of *1 case failed*",
        ]
    )


@pytest.mark.long
def test_what_breaks_no_must_is_told_and_not_red(run: Any, pytester: pytest.Pytester) -> None:
    quick = [case for case in CASES.values() if "slow" not in case.marks]

    result = run("--podconform", "--podconform-runtime=broken:Tidy", "-k", "node-file", "-rx")

    assert result.ret == 0
    result.assert_outcomes(passed=8, xfailed=1, deselected=len(quick) - 9)
    result.stdout.fnmatch_lines(["XFAIL *odd-lines - differs: expected /etc/resolv.conf: *"])
    result.stdout.fnmatch_lines(["differs (told, never red): dns.node-file.parsed"])
    verdicts = {case["id"]: case["verdict"] for case in report(pytester)["cases"]}
    assert verdicts["dns/node-file/odd-lines"] == "differs"


@pytest.mark.long
def test_x_stops_and_the_rest_is_not_run(run: Any, pytester: pytest.Pytester) -> None:
    result = run("--podconform", "--podconform-runtime=broken:NeverReady", "-x")

    assert result.ret == 1
    assert report(pytester)["gate"] == "nonconformant"
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])


@pytest.mark.long
def test_no_engine_is_neither_green_nor_red(run: Any, pytester: pytest.Pytester) -> None:
    result = run("--podconform", "--podconform-runtime=broken:NoEngine")

    assert result.ret == 7
    result.stdout.fnmatch_lines(["podconform: error (environment): no container engine answered", "*start Docker*"])
    result.stdout.fnmatch_lines(["*INCONCLUSIVE*"])
    assert {case["verdict"] for case in report(pytester)["cases"]} == {"not-run"}


@pytest.mark.long
def test_a_broken_adapter_is_no_verdict_on_the_runtime(run: Any) -> None:
    result = run("--podconform", "--podconform-runtime=broken:Raises", "-k", "port-number")

    assert result.ret == 7
    result.stdout.fnmatch_lines(
        ["*(harness-error)*fault: the adapter or the harness*", "*status() raised ValueError: no status today (broken.py:*"]
    )


@pytest.mark.long
def test_failures_of_the_users_own_tests_win_over_not_knowing(run: Any, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_mine(): assert False")

    assert run("--podconform", "--podconform-runtime=broken:Raises", "-k", "port-number or mine", "test_mine.py").ret == 1


@pytest.mark.long
def test_two_workers_run_nothing_twice(run: Any, pytester: pytest.Pytester) -> None:
    result = run(*SIMULATED, "-n", "2", "-k", "http or resolv", "--junitxml=junit.xml")

    assert result.ret == 0
    found = report(pytester)
    assert (found["gate"], len(found["cases"])) == ("partial", len({case["id"] for case in found["cases"]}))
    tree = ET.parse(pytester.path / "junit.xml")
    names = [case.attrib["name"] for case in tree.iter("testcase")]
    assert sorted(names) == sorted(case["id"] for case in found["cases"])


@pytest.mark.long
def test_two_workers_explain_a_failure_all_the_same(run: Any) -> None:
    result = run("--podconform", "--podconform-runtime=broken:NeverReady", "-n", "2", "-k", "port-number")

    assert result.ret == 1
    result.stdout.fnmatch_lines(["expected Ready soon after probe #1", "*readiness #1 -> 200*"])


@pytest.mark.long
def test_junit_carries_verdict_level_and_requirements(run: Any, pytester: pytest.Pytester) -> None:
    run(*SIMULATED, "--junitxml=junit.xml", "-k", "leaves-and-returns")

    (case,) = ET.parse(pytester.path / "junit.xml").iter("testcase")
    properties = [(each.get("name"), each.get("value")) for each in case.iter("property")]
    assert properties == [
        ("verdict", "pass"),
        ("level", "MUST"),
        ("requirement", "probe.readiness.no-restart"),
        ("requirement", "probe.readiness.recovers"),
    ]
    assert float(case.get("time", "0")) > 10, "a report's duration is the experiment's, in virtual time"


@pytest.mark.long
def test_last_failed_selects_what_failed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(broken=BROKEN)
    pytester.syspathinsert()
    broken = (*ALONE, "--podconform", "--podconform-runtime=broken:NeverReady", "-k", "port-number or port-name or exit-code")
    pytester.runpytest_subprocess(*broken)

    result = pytester.runpytest_subprocess(*broken, "--lf", "--co", "-q")

    assert sorted(line for line in result.outlines if line.startswith("podconform::")) == [
        "podconform::probes/http/port-name",
        "podconform::probes/http/port-number",
    ]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--podconform", "--podconform-runtime=dokcer"], "unknown runtime 'dokcer'; did you mean 'docker'?"),
        (["--podconform", "--podconform-profile=dsn"], "unknown profile 'dsn'; did you mean 'dns'?"),
        (
            ["--podconform", "podconform::probes/http/port-nmae"],
            "unknown case 'probes/http/port-nmae'; did you mean 'probes/http/port-name'?",
        ),
        (["--podconform-runtime=docker"], "--podconform-runtime has no effect without --podconform"),
        (["--podconform-list"], "unrecognized arguments: --podconform-list"),
        (["--podconform-images", "save", "target.tar"], "unrecognized arguments: --podconform-images"),
        (["--podconform-explain-dns=web"], "unrecognized arguments: --podconform-explain-dns=web"),
        ([*SIMULATED, "--podconform-manifest=pod.yaml"], "unrecognized arguments: --podconform-manifest=pod.yaml"),
        ([*SIMULATED, "--podconform-node=n1"], "--podconform-node has no effect on the runtime simulated"),
        (
            ["--podconform", "--podconform-runtime=kubernetes", "--podconform-pull-policy=never"],
            "invalid choice: 'never' (choose from",
        ),
    ],
)
def test_bad_input_is_a_usage_error_with_the_closest_match(run: Any, args: list[str], says: str) -> None:
    result = run(*args)

    assert result.ret == 4
    assert says in "\n".join(result.errlines)


@pytest.mark.long
def test_the_documentation_alone_may_decide(run: Any, pytester: pytest.Pytester) -> None:
    result = run(*SIMULATED, "-k", "one-container-never-starts", "--podconform-strict")

    assert result.ret == 1
    result.stdout.fnmatch_lines(["seen *: what the kubelet does, and the documentation does not say"])
    assert report(pytester)["gate"] == "nonconformant"


def test_a_report_that_cannot_be_written_is_not_green(run: Any, pytester: pytest.Pytester) -> None:
    (pytester.path / "file").write_text("in the way")

    result = run(*SIMULATED, "-k", "port-number", "--podconform-report=file/below")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --podconform-report: *"])


@pytest.mark.long
def test_nothing_selected_is_not_green(run: Any) -> None:
    assert run(*SIMULATED, "-k", "no-such-case").ret == 5


def test_the_help_is_in_one_style(run: Any) -> None:
    text = "\n".join(run("--help").outlines)

    helps = re.findall(r"--podconform[a-z-]*(?:=\S+(?: FILE)?)?\s+(.+)", text)
    assert len(helps) >= 5
    assert all(re.match(r"[a-z]", line) for line in helps)


def test_an_installed_package_is_complete() -> None:
    from pytest_podconform.requirements.registry import SUITES  # noqa: PLC0415

    assert (SUITES / "nominal.json").exists()
    assert (Path(__file__).parents[1] / "pytest_podconform/report/report.schema.json").exists()


@pytest.mark.long
def test_what_takes_minutes_is_asked_for(run: Any) -> None:
    listed = run("--podconform", "--co", "-q").stdout.str()
    asked = run("--podconform", "--podconform-slow", "--co", "-q").stdout.str()
    named = run("--podconform", "podconform::lifecycle/backoff/delay-is-capped")

    assert "delay-is-capped" not in listed
    assert "delay-is-capped" in asked
    assert named.ret == pytest.ExitCode.USAGE_ERROR
    named.stderr.fnmatch_lines(["*delay-is-capped takes minutes, and is run with --podconform-slow only"])


@pytest.mark.long
def test_a_report_is_judged_again_without_a_runtime(run: Any, pytester: pytest.Pytester) -> None:
    selection = ("-k", "liveness or termination or http")
    first = run(*SIMULATED, *selection)

    again = run("--podconform", "--podconform-replay=podconform-report/report.json", "--podconform-report=again", *selection)

    assert first.ret == again.ret == 0
    old, new = (pytester.path / folder / "report.json" for folder in ("podconform-report", "again"))
    assert old.read_bytes() == new.read_bytes()


@pytest.mark.long
def test_a_replay_selects_what_there_is_evidence_of(run: Any, pytester: pytest.Pytester) -> None:
    run(*SIMULATED, "-k", "failure-kills")

    again = run("--podconform", "--podconform-replay=podconform-report/report.json", "-n", "2", "--podconform-report=again")

    again.assert_outcomes(passed=2)
    assert report(pytester, "again")["gate"] == "partial"


@pytest.mark.parametrize("text", [None, "{", '{"schema_version": 9}'])
def test_a_report_that_cannot_be_read_is_a_usage_error(run: Any, pytester: pytest.Pytester, text: str | None) -> None:
    if text is not None:
        (pytester.path / "old.json").write_text(text)

    result = run("--podconform", "--podconform-replay=old.json")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: old.json*"])


@pytest.mark.long
def test_contradictions_say_whose_side_was_taken(run: Any, pytester: pytest.Pytester) -> None:
    result = run(*SIMULATED, "podconform::lifecycle/phases/one-container-never-starts")

    result.stdout.fnmatch_lines(["takes the kubelet's side where it contradicts the documentation: phase.pending"])
    (taken,) = [each for each in report(pytester)["requirements"] if each["takes"]]
    assert (taken["id"], taken["takes"], taken["verdict"]) == ("phase.pending", "kubelet", "pass")


FAILING = {
    "verdict": ("def test_own():\n    assert False\n", 1),
    "import": ("import no_such_module\n", 1),
}


@pytest.mark.long
@pytest.mark.parametrize("kind", FAILING)
def test_with_workers_failures_of_the_users_own_tests_are_not_green(run: Any, pytester: pytest.Pytester, kind: str) -> None:
    text, status = FAILING[kind]
    pytester.makepyfile(test_own=text)

    result = run(*SIMULATED, "test_own.py", "-k", "own or port-number", "-n", "2")

    assert result.ret >= status


@pytest.mark.long
def test_a_case_that_cannot_be_waited_for_is_not_green(run: Any, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "import signal\n"
        "import pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtest_call():\n"
        "    signal.pause()  # until the alarm, which the simulated runtime would else be too fast for\n"
    )

    result = run(*SIMULATED, "--timeout=0.1", "--timeout-method=signal", "-k", "port-number")

    assert result.ret != 0


@pytest.mark.long
def test_collection_errors_that_are_passed_over_do_not_keep_cases_from_running(run: Any, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="import no_such_module\n")

    result = run(*SIMULATED, "test_own.py", "--continue-on-collection-errors", "-k", "port-number")

    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == 1


@pytest.mark.parametrize("args", [["--podconform-replay="], ["--podconform-report="], ["--podconform-runtime="]])
def test_an_option_without_its_value_is_a_usage_error(run: Any, args: list[str]) -> None:
    result = run("--podconform", *args)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*needs a value"])


def test_what_has_no_effect_on_a_replay_is_a_usage_error(run: Any) -> None:
    result = run("--podconform", "--podconform-replay=old.json", "--podconform-profile=dns")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--podconform-profile has no effect on evidence that is judged again"])


@pytest.mark.long
def test_a_replay_leaves_its_evidence_alone(run: Any, pytester: pytest.Pytester) -> None:
    run(*SIMULATED, "-k", "liveness")
    before = (pytester.path / "podconform-report/report.json").read_bytes()

    again = run("--podconform", "--podconform-replay=podconform-report/report.json", "-k", "failure-kills")

    assert again.ret == 0
    assert (pytester.path / "podconform-report/report.json").read_bytes() == before
    assert report(pytester, "podconform-replay")["gate"] == "partial"


def without_place(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "place": None}


def without_events(result: dict[str, Any]) -> dict[str, Any]:
    return {**result, "timeline": []}


TAMPERED = {"no-place": without_place, "no-events": without_events}


@pytest.mark.long
@pytest.mark.parametrize("kind", TAMPERED)
def test_a_verdict_without_evidence_is_not_green(run: Any, pytester: pytest.Pytester, kind: str) -> None:
    run(*SIMULATED, "-k", "cluster-first or failure-kills")
    old = report(pytester)
    old["cases"] = [TAMPERED[kind](result) for result in old["cases"]]
    (pytester.path / "old.json").write_text(json.dumps(old))

    again = run("--podconform", "--podconform-replay=old.json")

    assert again.ret in {1, 7}
    assert report(pytester, "podconform-replay")["gate"] in {"inconclusive", "nonconformant"}


def without_details(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "data": {}}


def without_a_time(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "at"}


def of_no_kind(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "what": "no-such-event"}


def of_another_source(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "source": "target"}


DAMAGED = {
    "no-details": (without_details, "missing required field `kind` - at `$.cases[[]0[]].timeline[[]0[]].data`"),
    "no-time": (without_a_time, "missing required field `at` - at `$.cases[[]0[]].timeline[[]0[]]`"),
    "no-such-event": (of_no_kind, "Invalid value 'no-such-event' - at `$.cases[[]0[]].timeline[[]0[]].what`"),
    "another-source": (of_another_source, "Invalid enum value 'target' - at `$.cases[[]0[]].timeline[[]0[]].source`"),
}


@pytest.mark.long
@pytest.mark.parametrize("kind", DAMAGED)
def test_evidence_that_is_damaged_is_a_usage_error_that_names_the_place(run: Any, pytester: pytest.Pytester, kind: str) -> None:
    damage, says = DAMAGED[kind]
    run(*SIMULATED, "-k", "failure-kills")
    old = report(pytester)
    old["cases"][0]["timeline"] = [damage(event) for event in old["cases"][0]["timeline"]]
    (pytester.path / "old.json").write_text(json.dumps(old))

    again = run("--podconform", "--podconform-replay=old.json")

    assert again.ret == pytest.ExitCode.USAGE_ERROR
    again.stderr.fnmatch_lines([f"*old.json is no whole report: *{says}*"])


@pytest.mark.long
def test_evidence_of_cases_that_there_are_no_more_is_a_usage_error(run: Any, pytester: pytest.Pytester) -> None:
    run(*SIMULATED, "-k", "failure-kills")
    old = report(pytester)
    old["cases"][0]["id"] = "probes/liveness/gone"
    (pytester.path / "old.json").write_text(json.dumps(old))

    again = run("--podconform", "--podconform-replay=old.json")

    assert again.ret == pytest.ExitCode.USAGE_ERROR
    again.stderr.fnmatch_lines(["*1 cases that this release has not, the first is probes/liveness/gone*"])


ADAPTERS = """
    from pytest_podconform.runtimes.simulated import SimulatedRuntime

    class CannotClose(SimulatedRuntime):
        async def close(self):
            raise ValueError("no end")

    class Factless(SimulatedRuntime):
        async def facts(self):
            return {}

    class Leaves(SimulatedRuntime):
        async def open(self, run):
            raise SystemExit(3)

    class Strings(SimulatedRuntime):
        async def logs(self, ref, container):
            async for piece in super().logs(ref, container):
                yield piece.decode()

    class Refuses(SimulatedRuntime):
        async def apply(self, manifest):
            from pytest_podconform.runtimes.interface import Refused
            raise Refused("no more Pods today", "spec")
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("CannotClose", "*error (adapter): close() raised ValueError: no end*"),
        ("Factless", "*error (adapter): facts() returned dict, and not Facts*"),
        ("Leaves", "*SystemExit: 3*"),
        ("Strings", "*logs() yields str, and not bytes*"),
        ("Refuses", "*refused: no more Pods today*"),
    ],
)
def test_a_faulty_adapter_is_told_and_not_green(run: Any, pytester: pytest.Pytester, name: str, says: str) -> None:
    pytester.makepyfile(adapters=ADAPTERS)

    result = run("--podconform", f"--podconform-runtime=adapters:{name}", "-k", "port-number")

    assert result.ret == 7
    result.stdout.fnmatch_lines([says])


@pytest.mark.long
@pytest.mark.parametrize(("text", "says"), [("1 +", "*SyntaxError*"), ("raise RuntimeError('no')", "*RuntimeError: no*")])
def test_an_adapter_that_cannot_be_imported_is_the_adapters_fault(
    run: Any, pytester: pytest.Pytester, text: str, says: str
) -> None:
    pytester.makepyfile(unfit=text)

    result = run("--podconform", "--podconform-runtime=unfit:X", "-k", "port-number")

    assert result.ret == 7
    result.stdout.fnmatch_lines([f"*error (adapter): unfit:X cannot be imported: {says}"])


ACME = """
    from msgspec.structs import replace
    from pytest_podconform.runtimes.simulated import SimulatedRuntime

    class AcmeRuntime(SimulatedRuntime):
        capabilities = replace(SimulatedRuntime.capabilities{capability})

        async def facts(self):
            return replace(await super().facts(){fact})
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("capability", "fact", "says"),
    [
        (
            ", http_probes='yes'",
            "",
            "*error (adapter): acme:AcmeRuntime: Capabilities(http_probes='yes'): http_probes must be True or False*",
        ),
        (
            "",
            ", cluster_dns='10.0.0.1'",
            "*error (adapter): acme:AcmeRuntime: Facts(cluster_dns='10.0.0.1'): cluster_dns must be a tuple or list of IP *",
        ),
        (
            "",
            ", max_pods='100'",
            "*error (adapter): acme:AcmeRuntime: Facts(max_pods='100'): max_pods must be a whole number, 1 or more*",
        ),
    ],
)
def test_what_an_adapter_declares_is_checked_and_the_error_names_adapter_field_and_values(
    run: Any, pytester: pytest.Pytester, capability: str, fact: str, says: str
) -> None:
    pytester.makepyfile(acme=ACME.format(capability=capability, fact=fact))

    result = run("--podconform", "--podconform-runtime=acme:AcmeRuntime", "-k", "port-number")

    assert result.ret == 7
    result.stdout.fnmatch_lines([says])


@pytest.mark.long
def test_a_module_that_is_not_there_is_a_usage_error(run: Any) -> None:
    result = run("--podconform", "--podconform-runtime=nowhere:X", "-k", "port-number")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*no module 'nowhere'*", "*PYTHONPATH*"])
