"""JUnit XML as junitparser, which CI tools are built on, reads it back."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, Skipped

from aim_lib.reports import Look, junit_xml
from tests.contracts.test_reports import RECORDS, STAMP, STANDARD


def test_junitparser_reads_back_what_was_written() -> None:
    """The standard Result's cases, outcomes, times and texts come back."""
    found = JUnitXml.fromstring(junit_xml.render(STANDARD, Look(timestamp=STAMP)).encode())

    (suite,) = found
    cases = {case.name: case for case in suite}
    assert list(cases) == [record.title for record in RECORDS]
    assert (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) == ("aim install", 6, 1, 1, 1)
    outcomes = {name: [type(each) for each in case.result] for name, case in cases.items() if case.result}
    assert outcomes == {"kōan 公案": [Skipped], "isort": [Failure], "late": [Error]}
    assert cases["@openai/codex"].time == 12.34
    assert 'fix: choose another version & "try" again' in cases["isort"].result[0].text
