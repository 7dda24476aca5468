"""Actions: copy, template, fetch, script, includes and the like, with real modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from provision.engine.contents import INLINE
from provision.engine.pipeline import WINDOW
from provision.inventory import Vault
from tests.unit.engine.harness import Kitchen


def test_copy_finds_files_and_converges(kitchen: Kitchen, tmp_path: Path) -> None:
    kitchen.write("files/f.txt", "from files\n")
    tasks = f"- copy: {{src: f.txt, dest: {tmp_path}/out.txt, mode: '0640'}}"
    first = kitchen.tasks(tasks, hosts="a")
    assert (tmp_path / "out.txt").read_text() == "from files\n"
    assert (tmp_path / "out.txt").stat().st_mode & 0o777 == 0o640
    assert first.recap["a"].changed == 1
    second = kitchen.tasks(tasks, hosts="a")
    assert second.recap["a"].changed == 0
    assert [module for _, module, _ in second.sessions.calls] == ["copy"]


def test_copy_prefers_the_role_s_files(kitchen: Kitchen, tmp_path: Path) -> None:
    kitchen.write("files/f.txt", "playbook")
    kitchen.write("roles/r/files/f.txt", "role")
    kitchen.write("roles/r/tasks/main.yml", f"- copy: {{src: f.txt, dest: {tmp_path}/out}}\n")
    kitchen.play("- hosts: a\n  gather_facts: false\n  roles: [r]\n")
    assert (tmp_path / "out").read_text() == "role"


def test_large_content_is_sent_only_when_it_is_missing(kitchen: Kitchen, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(b"x" * (INLINE + 1))
    tasks = f"- copy: {{src: {big}, dest: {tmp_path}/out}}"
    first = kitchen.tasks(tasks, hosts="a")
    assert [len(request.blob) for _, _, request in first.sessions.requests] == [0, INLINE + 1]
    second = kitchen.tasks(tasks, hosts="a")
    assert [len(request.blob) for _, _, request in second.sessions.requests] == [0]
    assert (tmp_path / "out").read_bytes() == big.read_bytes()


def test_copy_of_content_and_of_a_mapping(kitchen: Kitchen, tmp_path: Path) -> None:
    kitchen.tasks(
        f"""
        - copy: {{content: "hi {{{{ inventory_hostname }}}}\\n", dest: {tmp_path}/one}}
        - copy:
            content: {{a: 1}}
            dest: {tmp_path}/two
        """,
        hosts="a",
    )
    assert (tmp_path / "one").read_text() == "hi a\n"
    assert (tmp_path / "two").read_text() == '{"a": 1}'


def test_copy_of_folders(kitchen: Kitchen, tmp_path: Path) -> None:
    kitchen.write("files/tree/x", "x")
    kitchen.write("files/tree/sub/y", "y")
    seen = kitchen.tasks(
        f"""
        - copy: {{src: tree, dest: {tmp_path}/with, directory_mode: '0750'}}
        - copy: {{src: tree/, dest: {tmp_path}/without}}
        """,
        hosts="a",
    )
    assert (tmp_path / "with/tree/sub/y").read_text() == "y"
    assert (tmp_path / "without/sub/y").read_text() == "y"
    assert (tmp_path / "with/tree/sub").stat().st_mode & 0o777 == 0o750
    assert seen.recap["a"].changed == 2


def test_small_files_of_a_folder_go_together(kitchen: Kitchen, tmp_path: Path) -> None:
    big = "b" * (INLINE + 1)
    for name, content in {"a": "1", "b": "", "c": big, "d/e": "5", "d/f": "6"}.items():
        kitchen.write(f"files/tree/{name}", content)
    copy = f"- copy: {{src: tree/, dest: {tmp_path}/out/, mode: preserve}}"

    def changed(**options: Any) -> list[str]:
        seen = kitchen.tasks(copy, hosts="a", diff=True, **options)
        (result,) = seen.results("a")
        assert not result.get("failed"), result
        named = [Path(diff["after_header"].split()[0]).name for diff in result.get("diff", [])]
        return sorted(set(named) - {"out", "d"})

    assert changed(check=True) == ["a", "b", "c", "e", "f"]
    assert not (tmp_path / "out").exists()
    assert changed()
    assert (tmp_path / "out/c").read_text() == big
    assert [(tmp_path / "out" / name).read_text() for name in ("a", "b", "d/e", "d/f")] == (
        ["1", "", "5", "6"]
    )
    assert changed() == []
    (tmp_path / "out/d/e").write_text("other")
    assert changed() == ["e"]
    assert (tmp_path / "out/d/e").read_text() == "5"


def test_the_file_of_a_folder_that_cannot_be_written_is_named(
    kitchen: Kitchen, tmp_path: Path
) -> None:
    for name in ("a", "b", "c", "d/e", "f"):
        kitchen.write(f"files/tree/{name}", name)
    (tmp_path / "out/b/b").mkdir(parents=True)
    seen = kitchen.tasks(f"- copy: {{src: tree/, dest: {tmp_path}/out/}}", hosts="a")
    (result,) = seen.results("a")
    assert result["failed"] and f"{tmp_path}/out/b" in result["msg"]
    assert result["changed"] and (tmp_path / "out/a").exists()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "b"]


def test_many_folders_and_links_in_their_order(kitchen: Kitchen, tmp_path: Path) -> None:
    for number in range(3 * WINDOW):
        kitchen.write(f"files/tree/d{number}/f", str(number))
    (kitchen.folder / "files/tree/d0/link").symlink_to("f")
    copy = f"- copy: {{src: tree/, dest: {tmp_path}/out/, local_follow: false}}"
    assert kitchen.tasks(copy, hosts="a").recap["a"].changed == 1
    for number in range(3 * WINDOW):
        assert (tmp_path / f"out/d{number}/f").read_text() == str(number)
    assert (tmp_path / "out/d0/link").readlink() == Path("f")
    assert kitchen.tasks(copy, hosts="a").recap["a"].changed == 0


def test_copy_decrypts(kitchen: Kitchen, tmp_path: Path) -> None:
    vault = Vault({"default": "pw"})
    kitchen.write("files/secret", vault.encrypt("the secret"))
    kitchen.tasks(f"- copy: {{src: secret, dest: {tmp_path}/out}}", hosts="a", vault=vault)
    assert (tmp_path / "out").read_text() == "the secret"


def test_a_missing_file_says_where_it_was_looked_for(kitchen: Kitchen) -> None:
    kitchen.write("files/daemon.json", "{}")
    seen = kitchen.tasks("- copy: {src: deamon.json, dest: /tmp/x}", hosts="a")
    result = seen.results("a")[0]
    assert result["failed"] and "deamon.json" in result["msg"]
    assert result["hint"] == "did you mean 'daemon.json'?"


def test_template_renders_checks_and_diffs(kitchen: Kitchen, tmp_path: Path) -> None:
    kitchen.write(
        "templates/t.j2",
        "{% for host in groups.web %}\n{{ host }}\n{% endfor %}\n"
        "end {{ template_path | basename }}\n",
    )
    tasks = f"- template: {{src: t.j2, dest: {tmp_path}/out}}"
    looked = kitchen.tasks(tasks, hosts="a", check=True, diff=True)
    assert looked.recap["a"].changed == 1
    assert not (tmp_path / "out").exists()
    assert "a\nb\n" in str(looked.results("a")[0]["diff"]["after"])
    kitchen.tasks(tasks, hosts="a")
    assert (tmp_path / "out").read_text() == "a\nb\nend t.j2\n"
    assert kitchen.tasks(tasks, hosts="a").recap["a"].changed == 0


def test_an_error_in_a_template_names_its_line(kitchen: Kitchen) -> None:
    kitchen.write("templates/t.j2", "fine\n{{ missing_one }}\n")
    seen = kitchen.tasks("- template: {src: t.j2, dest: /tmp/never}", hosts="a")
    result = seen.results("a")[0]
    assert "missing_one" in result["msg"]
    assert result["location"].endswith("templates/t.j2:2")


def test_fetch_lays_files_out_by_host(kitchen: Kitchen, tmp_path: Path) -> None:
    (tmp_path / "remote").write_text("content")
    tasks = f"""
        - fetch: {{src: {tmp_path}/remote, dest: got}}
        - fetch: {{src: {tmp_path}/remote, dest: flat/, flat: true}}
    """
    assert kitchen.tasks(tasks, hosts="a").recap["a"].changed == 2
    assert (tmp_path / f"got/a{tmp_path}/remote").read_text() == "content"
    assert (tmp_path / "flat/remote").read_text() == "content"
    assert kitchen.tasks(tasks, hosts="a").recap["a"].changed == 0


def test_fetch_of_what_is_missing(kitchen: Kitchen) -> None:
    assert kitchen.tasks("- fetch: {src: /no/such, dest: x}", hosts="a").exit_code == 2
    seen = kitchen.tasks("- fetch: {src: /no/such, dest: x, fail_on_missing: false}", hosts="a")
    assert seen.exit_code == 0


def test_script_runs_with_arguments(kitchen: Kitchen) -> None:
    kitchen.write("files/s.sh", '#!/bin/sh\necho "got $1 in $PWD"\n')
    seen = kitchen.tasks(
        """
        - script: s.sh "two words"
          args: {chdir: /usr}
          register: it
        - debug: {msg: "{{ it.stdout }}"}
        - script: s.sh
          args: {creates: /usr}
        """,
        hosts="a",
    )
    assert seen.said("a") == ["got two words in /usr\n"]
    assert seen.recap["a"].skipped == 1


def test_includes_are_chosen_per_host(kitchen: Kitchen) -> None:
    for host in "ab":
        kitchen.write(f"{host}.yml", f"- debug: {{msg: file of {host}}}\n")
    seen = kitchen.tasks(
        """
        - include_tasks: "{{ inventory_hostname }}.yml"
          when: inventory_hostname != 'c'
        - debug: {msg: after}
        """
    )
    assert seen.said("a") == ["file of a", "after"]
    assert seen.said("b") == ["file of b", "after"]
    assert seen.said("c") == ["after"]


def test_an_include_fails_into_the_block_around_it(kitchen: Kitchen) -> None:
    kitchen.write("inc.yml", "- debug: {msg: in}\n- fail: {msg: broke}\n- debug: {msg: never}\n")
    seen = kitchen.tasks(
        """
        - block:
            - include_tasks: inc.yml
            - debug: {msg: never}
          rescue:
            - debug: {msg: "{{ ansible_failed_result.msg }}"}
        """,
        hosts="a",
    )
    assert seen.said("a") == ["in", "broke"]


def test_apply_reaches_included_tasks_and_tags_do_not(kitchen: Kitchen) -> None:
    kitchen.write("inc.yml", '- debug: {msg: "x"}\n')
    seen = kitchen.tasks("- include_tasks: inc.yml\n  tags: t\n", hosts="a", tags=["t"])
    assert seen.said("a") == []
    seen = kitchen.tasks(
        "- include_tasks: {file: inc.yml, apply: {tags: t}}\n  tags: t\n", hosts="a", tags=["t"]
    )
    assert seen.said("a") == ["x"]


def test_include_vars(kitchen: Kitchen) -> None:
    kitchen.write("vars/one.yml", "x: 1\n")
    kitchen.write("vars/dir/a.yml", "y: 1\n")
    kitchen.write("vars/dir/b.yml", "y: 2\n")
    seen = kitchen.tasks(
        """
        - include_vars: one.yml
        - include_vars: {dir: dir, name: both}
        - debug: {msg: "{{ x }} {{ both.y }}"}
        """,
        hosts="a",
    )
    assert seen.said("a") == ["1 2"]


def test_assert_says_which_condition(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("- assert: {that: ['1 == 1', '1 == 2'], fail_msg: wrong}", hosts="a")
    result = seen.results("a")[0]
    assert (result["assertion"], result["evaluated_to"], result["msg"]) == (
        "1 == 2",
        False,
        "wrong",
    )


def test_debug_of_what_is_not_defined(kitchen: Kitchen) -> None:
    seen = kitchen.tasks("- debug: {var: nothing.at.all}\n- debug: {var: 1 + 1}", hosts="a")
    assert seen.exit_code == 0
    assert seen.results("a")[0]["nothing.at.all"] == "VARIABLE IS NOT DEFINED!"
    assert seen.results("a")[1]["1 + 1"] == 2


def test_a_role_s_argument_spec_is_checked(kitchen: Kitchen) -> None:
    kitchen.write("roles/r/tasks/main.yml", "- debug: {msg: ran}\n")
    kitchen.write(
        "roles/r/meta/argument_specs.yml",
        "argument_specs:\n  main:\n    options:\n      size: {type: int, required: true}\n",
    )
    text = "- hosts: a\n  gather_facts: false\n  roles:\n    - {{role: r, vars: {{{}}}}}\n"
    assert kitchen.play(text.format("size: 3")).said("a") == ["ran"]
    broken = kitchen.play(text.format("size: big"))
    assert broken.exit_code == 2 and "size" in broken.results("a")[0]["msg"]
    assert kitchen.play(text.format("other: 1")).exit_code == 2


def test_facts_of_a_fresh_session_cost_no_call(kitchen: Kitchen) -> None:
    seen = kitchen.play("""
        - hosts: a
          tasks:
            - debug: {msg: "{{ ansible_hostname }}"}
        - hosts: a
          tasks: []
    """)
    assert seen.said("a") == ["a"]
    # The second play may not trust what the session said when it was opened.
    assert [module for _, module, _ in seen.sessions.calls] == ["setup"]
