"""No message of an error is lost from the page that lists them all."""

from __future__ import annotations

import ast
import textwrap

from . import messages


def read(source: str) -> list[messages.Message]:
    return messages.Reader("m.py", ast.parse(textwrap.dedent(source))).messages


def test_each_message_has_words_or_says_whose_it_passes_on() -> None:
    wordless = [
        f"{each.module}:{each.line} ({each.function}): {text or 'nothing'}"
        for each in messages.collect()
        for text in each.texts or ("",)
        if not messages.words(text) and (each.culprit, text) not in messages.PASSED_ON
    ]

    assert wordless == [], "a shape of message that tests/messages.py cannot read, or that PASSED_ON does not explain"


def test_each_place_is_read() -> None:
    assert [f"{reader.module}:{line}" for reader in messages.readers() for line in reader.unread] == []


def test_no_error_is_made_that_the_page_does_not_know() -> None:
    assert messages.unlisted() == [], "add it to CULPRITS of tests/messages.py, or to WITHOUT_WORDS with a reason"


def test_every_exception_to_the_rule_is_needed() -> None:
    texts = {(each.culprit, text) for each in messages.collect() for text in each.texts}
    names = {
        str(getattr(node, {ast.Name: "id", ast.Attribute: "attr", ast.ClassDef: "name"}[type(node)]))
        for tree in messages.trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute | ast.ClassDef)
    }

    assert messages.PASSED_ON.keys() - texts == set()
    assert messages.WITHOUT_WORDS.keys() - names == set()


def test_all_branches_that_lead_to_a_message_are_read() -> None:
    (found,) = read("""
        def check(name, others):
            if not name:
                msg = "no name"
            elif name in others:
                msg = f"{name!r} is taken, {len(name):g} letters"
            else:
                return
            do = ["choose another"]
            do.append("or none")
            tried = [f"{other}: taken" for other in others]
            raise UsageFault(msg, tried=tried, do=do)
    """)

    assert found.texts == ("no name", "{name!r} is taken, {len(name)} letters")
    assert found.tried == (("{other}: taken (for each of others)",),)
    assert found.do == (("choose another", "or none"),)
    assert (found.culprit, found.function) == ("usage", "check")


def test_only_what_reaches_a_place_is_read_there() -> None:
    first, second = read("""
        def check(error):
            if error:
                do = ["mend it"]
                return EnvironmentFault("it is broken", do=do)
            do = ["look for it"]
            return EnvironmentFault("it is not here", do=do)
    """)

    assert (first.do, second.do) == ((("mend it",),), (("look for it",),))


def test_words_are_followed_into_functions_and_out_of_them() -> None:
    passed, made = read("""
        def _fault(path, what):
            return pytest.UsageError(f"{path}: {what}")

        def load(path):
            raise _fault(path, "it is no file")

        def _away(seconds):
            return f"away for {seconds} s"

        def follow(self):
            self.tell(Interrupted(_away(1)))
    """)

    assert passed.texts == ("{path}: it is no file",)
    assert made.texts == ("away for {seconds} s",)


def test_a_message_that_cannot_be_read_is_seen() -> None:
    opaque, empty = read("""
        def check(table):
            raise HarnessFault(table["x"])

        def nothing():
            raise HarnessFault()
    """)

    assert [messages.words(text) for text in opaque.texts] == [False]
    assert empty.texts == ()


def test_a_place_that_is_not_read_is_seen() -> None:
    tree = ast.parse("def check(fault=UsageFault('no')): ...")

    assert messages.Reader("m.py", tree).unread == [1]
