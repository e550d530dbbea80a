"""What platforms read agrees: `Procfile`, `app.json`, `Dockerfile`, the workflow, the settings, the README."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import aiohttp
import pytest
import yaml

from bench.image import IMAGE
from bench.tls import certificate
from bot.settings import NEEDED, Settings, load
from sandbox.realtimekit import StandInRealtimeKit
from sandbox.slack import StandInSlack
from sandbox.stage import environment, serving
from sandbox.world import World
from tests.process import PROCFILE, Process, free_port

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
APP = json.loads((ROOT / "app.json").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OF_THE_PLATFORM = {"DATABASE_URL", "PORT"}
"""What it sets itself."""
NOT_ASKED = {
    *("SLACK_API_URL", "CLOUDFLARE_BASE_URL", "REALTIMEKIT_WEBHOOK_KEYS_URL"),  # stand-ins, for tests
    *("HOST", "LOG_FORMAT"),  # right as they are there
    "SENTRY_DSN",  # needs an extra, which the buildpack cannot be told to install
}


def test_app_json_asks_for_each_variable_that_an_operator_may_set() -> None:
    assert set(APP["env"]) == {name.upper() for name in Settings.model_fields} - OF_THE_PLATFORM - NOT_ASKED


def test_app_json_says_of_each_variable_whether_it_is_needed_and_where_to_find_it() -> None:
    for name, entry in APP["env"].items():
        assert len(entry["description"]) > 20
        # The signing secret is not needed with Socket Mode, which the button must not refuse.
        assert entry.get("required", True) == (name in set(NEEDED) - {"SLACK_SIGNING_SECRET"})
        assert set(entry) <= {"description", "value", "required", "generator"}
        assert isinstance(entry.get("value", ""), str)


def test_what_app_json_sets_is_what_usher_does_without() -> None:
    given = {name.lower(): entry["value"] for name, entry in APP["env"].items() if "value" in entry}
    untouched = environment("http://localhost", "http://localhost")
    assert load(**(untouched | given)) == load(**untouched)


def test_app_json_takes_a_database_and_dynos_that_do_not_sleep() -> None:
    assert APP["addons"][0].startswith("heroku-postgresql")
    assert set(APP["formation"]) == set(PROCFILE) - {"release"}
    assert APP["formation"]["web"]["size"] not in ("eco", "free")


def test_the_buildpack_finds_one_lock_file_and_a_python_version_that_the_project_takes() -> None:
    assert [
        name for name in ("requirements.txt", "Pipfile.lock", "poetry.lock", "uv.lock") if (ROOT / name).exists()
    ] == ["uv.lock"]
    version = (ROOT / ".python-version").read_text().strip()
    assert re.fullmatch(r"3\.\d+", version)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["requires-python"] == f">={version}"


def test_the_documents_name_the_processes_of_the_procfile() -> None:
    for name, command in PROCFILE.items():
        assert f"`{name}: {command}`" in README


FETCH = """
import aiohttp, asyncio, sys
async def fetch():
    async with aiohttp.ClientSession() as http, http.get(sys.argv[1]) as response:
        print(response.status)
asyncio.run(fetch())
"""


@pytest.mark.parametrize(("known", "expected"), [(True, "200"), (False, "certificate verify failed")])
async def test_without_a_file_of_all_authorities_those_in_the_folder_are_trusted_and_no_others(
    tmp_path: Path, known: bool, expected: str
) -> None:
    context, authority = certificate(tmp_path)
    folder = tmp_path / "certs"
    folder.mkdir()
    if known:
        (folder / "88d0bdcb.0").symlink_to(authority)  # as update-ca-certificates does: `openssl x509 -hash`
    assert "rm -f \"$(python -c 'import ssl; print(ssl.get_default_verify_paths().openssl_cafile)')\"" in DOCKERFILE
    variables = {"SSL_CERT_FILE": IMAGE["SSL_CERT_FILE"], "SSL_CERT_DIR": str(folder)}

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(respond, "127.0.0.1", ssl=context) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", FETCH, url), env=variables, stdout=pipe, stderr=pipe
        )
        assert expected in b"".join(await child.communicate()).decode()


def test_the_container_runs_the_procfile_s_process_without_root() -> None:
    lines = DOCKERFILE.splitlines()
    assert f"CMD {json.dumps(shlex.split(PROCFILE['web']))}" == lines[-1]
    version = (ROOT / ".python-version").read_text().strip()
    assert re.findall(r"^FROM python:([\d.]+)-slim", DOCKERFILE, re.MULTILINE) == [version, version]
    assert lines.index("USER usher") < len(lines) - 1
    kept = (ROOT / ".dockerignore").read_text().split()
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE):
        for name in copied.split():
            assert (ROOT / name).exists()
            assert f"!{name}" in kept


def test_the_github_workflow_runs_what_ci_runs() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    assert [step["run"] for step in workflow["jobs"]["ci"]["steps"] if "run" in step] == ["bash .ci/run"]


def test_the_hooks_are_make_s_targets() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert {hook["entry"] for hook in repository["hooks"]} == {"make check-static", "make test"}


@pytest.mark.slow
@pytest.mark.timeout(60)
async def test_the_container_s_health_check_tells_a_running_usher_from_a_dead_one(
    world: World, database_url: str
) -> None:
    (check,) = re.findall(r"HEALTHCHECK .*\\\n +CMD (.+)", DOCKERFILE)
    slack, kit = StandInSlack(world), StandInRealtimeKit(world)

    async def healthy(port: str) -> bool:
        python, *rest = json.loads(check)
        assert python == "python"
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, *rest), env=os.environ | {"PORT": port}, stderr=subprocess.DEVNULL
        )
        return await child.wait() == 0

    async with serving(slack.app()) as slack.url, serving(kit.app()) as kit_url, aiohttp.ClientSession() as http:
        process = Process(http, environment(slack.url, kit_url) | {"database_url": database_url})
        await process.start()
        assert await healthy(process.url.rpartition(":")[2])
        await process.stop()
    assert not await healthy(str(free_port()))
