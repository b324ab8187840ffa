"""The command line as a whole: every help as it is kept, examples, completions, manual pages.

Requirement: golden help of every command; an example for each; shell completions and manual pages generated from the
same source and right for the tools that read them.
"""
import functools
import json
import os
import re
import shutil
import subprocess

import pytest

from kit.golden import FOLDER, compare


def dump(binary):
    """The tree of commands, as the argument parser tells it."""
    told = subprocess.run([binary, "--experimental-dump-help"], capture_output=True, text=True, check=True)
    return json.loads(told.stdout)["command"]


def paths(command, above=()):
    """Every command that is shown, by its words; the first is the empty one."""
    yield above, command
    for inner in command.get("subcommands", []):
        if inner["commandName"] != "help" and inner.get("shouldDisplay", True):
            yield from paths(inner, (*above, inner["commandName"]))


@pytest.fixture(scope="module")
def commands(binary):
    return dict(paths(dump(binary)))


@pytest.fixture(scope="module")
def help_of(binary):
    @functools.cache
    def ask(words):
        finished = subprocess.run(
            [binary, *words, "--help"], capture_output=True, text=True, env=os.environ | {"COLUMNS": "80", "TMPDIR": "/tmp"})
        assert finished.returncode == 0, f"{words}: {finished.stderr}"
        return finished.stdout
    return ask


def test_every_help_is_the_kept_one(commands, help_of):
    """Golden texts: what people read changes only on purpose."""
    troubles = []
    for words in commands:
        try:
            compare("help/" + ("-".join(words) or "cxrgate") + ".txt", help_of(words))
        except AssertionError as trouble:
            troubles.append(str(trouble).splitlines()[0])
    kept = {file.stem for file in (FOLDER / "help").glob("*.txt")}
    gone = kept - {"-".join(words) or "cxrgate" for words in commands}
    assert not gone, f"kept helps of commands that are not there: {sorted(gone)}"
    assert not troubles, "\n".join(troubles)


def test_every_command_is_shown_in_an_example(commands, help_of):
    """In its own help, or in one above it."""
    without = []
    for words, command in commands.items():
        if command.get("subcommands") or not words:
            continue
        above = [words[:length] for length in range(len(words), -1, -1)]
        wanted = "cxrgate " + " ".join(words)
        texts = [help_of(each) for each in above]
        if not any(re.search(rf"^(?!USAGE).*{re.escape(wanted)}\b", text, re.MULTILINE) for text in texts):
            without.append(wanted)
    assert not without, f"without an example: {without}"


def test_help_has_no_escape_sequences(commands, help_of):
    """Nobody looks at a terminal here: no colour."""
    assert not [words for words in commands if "\x1b" in help_of(words)]


def complete(script, line):
    """What bash offers at the end of a line."""
    words = line.split(" ")
    bash = (
        f"source {script}\n"
        f"COMP_WORDS=({' '.join(repr(word) for word in words)}); COMP_CWORD={len(words) - 1}\n"
        f"COMP_LINE={line!r}; COMP_POINT={len(line)}; COMP_TYPE=9; COMP_KEY=9\n"
        "handler=$(complete -p cxrgate | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        f"$handler cxrgate {words[-1]!r} {words[-2]!r}\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n")
    finished = subprocess.run(["bash", "-c", bash], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return {word.strip() for word in finished.stdout.split()}


def test_bash_completes_nouns_verbs_and_options(binary, tmp_path):
    """The script that the command writes, in a real bash."""
    script = tmp_path / "cxrgate.bash"
    script.write_text(
        subprocess.run([binary, "--generate-completion-script", "bash"], capture_output=True, text=True,
                       check=True).stdout)
    assert {"status", "journal"} <= complete(script, "cxrgate ")
    assert complete(script, "cxrgate stat") >= {"status"}
    assert {"list", "add", "doctor"} <= complete(script, "cxrgate ae ")
    assert "--origin" in complete(script, "cxrgate config show --")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_too(binary, shell):
    told = subprocess.run([binary, "--generate-completion-script", shell], capture_output=True, text=True)
    assert told.returncode == 0 and "cxrgate" in told.stdout


def test_manual_pages_render_without_a_warning(binary, commands, tmp_path):
    """One page for the command and one for each noun, as groff wants them."""
    groff = shutil.which("groff")
    assert groff, "groff is not installed: apt-get install groff"
    subprocess.run([binary, "manual", tmp_path], check=True, capture_output=True)
    pages = sorted(tmp_path.glob("*.1"))
    nouns = {words[0] for words in commands if words}
    assert {page.name for page in pages} == {"cxrgate.1"} | {f"cxrgate-{noun}.1" for noun in nouns}
    for page in pages:
        rendered = subprocess.run(
            [groff, "-k", "-man", "-Tutf8", "-ww", page], capture_output=True, text=True,
            env=os.environ | {"LC_ALL": "C.UTF-8"})
        assert rendered.returncode == 0 and not rendered.stderr, f"{page.name}: {rendered.stderr}"
        # A terminal's bold is a letter over itself.
        assert "NAME" in re.sub(".\b", "", rendered.stdout)
    journal = (tmp_path / "cxrgate-journal.1").read_text()
    assert "verify" in journal and "\\-\\-public\\-key" in journal
