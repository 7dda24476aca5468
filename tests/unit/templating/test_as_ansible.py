"""Filters, tests and lookups. Each expected value is what ansible-core 2.19 gave."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import json
from typing import Any

import pytest

from provision.templating import Templar

RAW: dict[str, Any] = {
    "one": 1,
    "two": {"j": 1, "k": "{{ one }}"},
    "three": [1, "{{ one + 1 }}", 3],
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ [3,1,'a','A',1] | unique }}", [3, 1, "a"]),
        ("{{ ['a','A','b'] | unique }}", ["a", "b"]),
        ("{{ [1,2,3] | union([3,4,1]) }}", [1, 2, 3, 4]),
        ("{{ [1,2] | symmetric_difference([2,3]) }}", [1, 3]),
        (
            "{{ {'a':{'x':1},'l':[1,2]} | combine({'a':{'y':2},'l':[2,3]}, recursive=true, list_merge='append_rp') }}",
            {"a": {"x": 1, "y": 2}, "l": [1, 2, 3]},
        ),
        (
            "{{ {'a':{'x':1},'l':[1,2]} | combine({'a':{'y':2},'l':[2,3]}, recursive=true, list_merge='prepend_rp') }}",
            {"a": {"x": 1, "y": 2}, "l": [2, 3, 1]},
        ),
        (
            "{{ {'a':{'x':1},'l':[1,2]} | combine({'a':{'y':2},'l':[2,3]}, list_merge='append') }}",
            {"a": {"y": 2}, "l": [1, 2, 2, 3]},
        ),
        ("{{ {'a':{'x':1}} | combine({'a':{'y':2}}) }}", {"a": {"y": 2}}),
        ("{{ [{'a':1},{'b':2}] | combine }}", {"a": 1, "b": 2}),
        ("{{ {'a':1} | dict2items(key_name='k') }}", [{"k": "a", "value": 1}]),
        ("{{ [{'key':'a','value':1}] | items2dict }}", {"a": 1}),
        ("{{ [1,[2,[3]]] | flatten(levels=1) }}", [1, 2, [3]]),
        ("{{ [1,2] | zip(['a','b']) | list }}", [[1, "a"], [2, "b"]]),
        ("{{ [1,2] | zip_longest(['a'], fillvalue='z') | list }}", [[1, "a"], [2, "z"]]),
        ("{{ [1,2] | product(['a','b']) | list }}", [[1, "a"], [1, "b"], [2, "a"], [2, "b"]]),
        (
            "{{ [1,2,3] | permutations(2) | list }}",
            [[1, 2], [1, 3], [2, 1], [2, 3], [3, 1], [3, 2]],
        ),
        ("{{ [1,2,3] | combinations(2) | list }}", [[1, 2], [1, 3], [2, 3]]),
        ("{{ ['x','y'] | map('extract', {'x':1,'y':2}) | list }}", [1, 2]),
        ("{{ 'x' | extract({'x':{'z':3}}, 'z') }}", 3),
        (
            "{{ [{'n':'a','l':[1,2]},{'n':'b','l':[3]}] | subelements('l') }}",
            [[{"l": [1, 2], "n": "a"}, 1], [{"l": [1, 2], "n": "a"}, 2], [{"l": [3], "n": "b"}, 3]],
        ),
        ("{{ 'foobar' | regex_search('o(.)a') }}", "oba"),
        ("{{ 'foobar' | regex_search('zz') }}", None),
        ("{{ 'foobar' | regex_replace('o+', '0') }}", "f0bar"),
        ("{{ 'foobar' | regex_replace('(o)', '<\\\\1>', count=1) }}", "f<\\1>obar"),
        ("{{ 'a1b22' | regex_findall('\\\\d+') }}", []),
        ("{{ 'a.b$c' | regex_escape }}", "a\\.b\\$c"),
        ("{{ 'a.b$c' | regex_escape('posix_basic') }}", "a\\.b\\$c"),
        ("{{ [1,{'a':[1,2]}] | to_nice_yaml(indent=2) }}", "- 1\n- a:\n  - 1\n  - 2\n"),
        ("{{ 'x' | to_yaml }}", "x\n"),
        ("{{ 'x' | to_nice_yaml }}", "x\n"),
        ("{{ '{\"a\": 1}' | from_json }}", {"a": 1}),
        ("{{ 'a: [1, 2]' | from_yaml }}", {"a": [1, 2]}),
        ("{{ '---\na: 1\n---\nb: 2' | from_yaml_all | list }}", [{"a": 1}, {"b": 2}]),
        ("{{ 'abc' | b64encode }}", "YWJj"),
        ("{{ 'YWJj' | b64decode }}", "abc"),
        (
            "{{ 'abc' | hash('sha256') }}",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        ("{{ 'abc' | checksum }}", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("{{ 'abc' | md5 }}", "900150983cd24fb0d6963f7d28e17f72"),
        ("{{ 'a b' | quote }}", "'a b'"),
        ("{{ '' | quote }}", "''"),
        ("{{ true | ternary('a','b') }}", "a"),
        ("{{ none | ternary('a','b','c') }}", "c"),
        ("{{ 1048576 | human_readable }}", "1.00 MB"),
        ("{{ 1500 | human_readable }}", "1.46 KB"),
        ("{{ 1500 | human_readable(isbits=true) }}", "1.46 Kb"),
        ("{{ 1500000 | human_readable(unit='K') }}", "1464.84 KB"),
        ("{{ 12 | human_readable }}", "12.00 Bytes"),
        ("{{ '1.5G' | human_to_bytes }}", 1610612736),
        ("{{ '10 MB' | human_to_bytes }}", 10485760),
        ("{{ '10' | human_to_bytes }}", 10),
        ("{{ '10' | human_to_bytes(default_unit='K') }}", 10240),
        ("{{ '10Kb' | human_to_bytes(isbits=true) }}", 10240),
        ("{{ 100 | random(seed='x') }}", 80),
        ("{{ [1,2,3,4] | random(seed='x') }}", 3),
        ("{{ [1,2,3,4] | shuffle(seed='x') }}", [1, 2, 4, 3]),
        ("{{ 'a\nb' | comment }}", "#\n# a\n# b\n#"),
        ("{{ 'a\n\nb' | comment('c') }}", "//\n// a\n//\n// b\n//"),
        ("{{ 'a' | comment('cblock') }}", "/*\n *\n * a\n *\n */"),
        ("{{ 'a' | comment('xml') }}", "<!--\n -\n - a\n -\n-->"),
        ("{{ 'a\n' | comment('plain', prefix='##', postfix='') }}", "##\n# a\n# \n"),
        ("{{ 'a' | comment(decoration='! ') }}", "!\n! a\n!"),
        (
            "{{ 'http://u:p@h.org:80/p?q=1#f' | urlsplit }}",
            {
                "fragment": "f",
                "hostname": "h.org",
                "netloc": "u:p@h.org:80",
                "password": "p",
                "path": "/p",
                "port": 80,
                "query": "q=1",
                "scheme": "http",
                "username": "u",
            },
        ),
        ("{{ 'a b&c' | urlencode }}", "a%20b%26c"),
        ("{{ 'a%20b' | urldecode }}", "a b"),
        ("{{ 'a,b,c' | split(',') }}", ["a", "b", "c"]),
        ("{{ 'a b' | split }}", ["a", "b"]),
        ("{{ '/a/b.txt' | basename }}", "b.txt"),
        ("{{ '/a/b.txt' | dirname }}", "/a"),
        ("{{ '/a/b.txt' | splitext }}", ["/a/b", ".txt"]),
        ("{{ ['/a','b'] | path_join }}", "/a/b"),
        ("{{ '/a/b' | relpath('/a/c') }}", "../b"),
        ("{{ ['/a/b','/a/c'] | commonpath }}", "/a"),
        ("{{ 8 | log(2) }}", 3.0),
        ("{{ 2 | pow(3) }}", 8.0),
        ("{{ 9 | root }}", 3.0),
        ("{{ 27 | root(3) }}", 3.0),
        ("{{ '1.10' is version('1.9', '>') }}", True),
        ("{{ '1.0rc1' is version('1.0', '<') }}", False),
        ("{{ '1.0.0-rc1' is version('1.0.0', '<', version_type='semver') }}", True),
        ("{{ '1.0' is version('1', '==') }}", False),
        ("{{ [1,2] is subset([1,2,3]) }}", True),
        ("{{ [1,2] is contains(2) }}", True),
        ("{{ 'foobar' is search('oba') }}", True),
        ("{{ 'foobar' is match('oba') }}", False),
        ("{{ 'foobar' is regex('^foo') }}", True),
        ("{{ [true,false] is any }}", True),
        ("{{ [true,false] is all }}", False),
        ("{{ 'yes' is truthy(convert_bool=true) }}", True),
        ("{{ '' is falsy }}", True),
        ("{{ '/etc' is directory }}", True),
        ("{{ '/etc/passwd' is file }}", True),
        ("{{ '/etc/nope' is exists }}", False),
        ("{{ {'changed':true} is changed }}", True),
        ("{{ {'failed':true} is failed }}", True),
        ("{{ {} is succeeded }}", True),
        ("{{ {'results':[{'changed':true}]} is changed }}", True),
        ("{{ lookup('sequence','1-5/2:web%02d') }}", "web01,web03,web05"),
        ("{{ query('sequence','start=1 end=3') }}", ["1", "2", "3"]),
        ("{{ query('sequence','count=3') }}", ["1", "2", "3"]),
        ("{{ query('nested',[1,2],['a','b']) }}", [[1, "a"], [1, "b"], [2, "a"], [2, "b"]]),
        ("{{ query('together',[1,2],['a']) }}", [[1, "a"], [2, None]]),
        ("{{ query('indexed_items',['a','b']) }}", [[0, "a"], [1, "b"]]),
        ("{{ query('dict',{'a':1}) }}", [{"key": "a", "value": 1}]),
        ("{{ lookup('env','NOPE_X') }}", ""),
        ("{{ lookup('env','NOPE_X', default='d') }}", "d"),
        ("{{ lookup('file','/nope', errors='ignore') }}", None),
        ("{{ query('file','/nope', errors='ignore') }}", []),
        ("{{ lookup('vars','nope_v', default='x') }}", "x"),
        ("{{ lookup('vars','one','two') }}", [1, {"j": 1, "k": 1}]),
        ("{{ query('varnames','^one$') }}", ["one"]),
        ("{{ query('list',[1,[2]]) }}", [[1, [2]]]),
        ("{{ query('items',[1,[2]]) }}", [1, [2]]),
        (
            "{{ query('subelements',[{'n':'a','l':[1,2]}],'l') }}",
            [[{"n": "a"}, 1], [{"n": "a"}, 2]],
        ),
        ("{{ query('flattened',[1,[2,[3]]]) }}", [1, 2, 3]),
        ("{{ lookup('items', []) }}", []),
        ("{{ query('first_found',['/nope','/etc/passwd']) }}", ["/etc/passwd"]),
        ("{{ query('first_found',['/nope'],skip=true) }}", []),
        ("{{ lookup('first_found',{'files':['passwd'],'paths':['/etc']}) }}", "/etc/passwd"),
        ("{{ 'x' | to_uuid }}", "66b2f013-1baa-5313-9c8c-e6f1182e0e90"),
        ("{{ '2024-01-02' | to_datetime('%Y-%m-%d') }}", "2024-01-02T00:00:00"),
        (
            "{{ ('2024-01-02 00:00:00' | to_datetime - '2024-01-01 00:00:00' | to_datetime).days }}",
            1,
        ),
        (
            "{{ [{'a':1,'b':2},{'a':1,'b':3}] | groupby('a') }}",
            [[1, [{"a": 1, "b": 2}, {"a": 1, "b": 3}]]],
        ),
        ("{{ [{'a':1},{'b':3}] | selectattr('a','defined') | list }}", [{"a": 1}]),
        ("{{ [{'a':1},{'b':3}] | map(attribute='a', default=0) | list }}", [1, 0]),
        (
            "{{ [{'name':'x','v':2},{'name':'y','v':1}] | sort(attribute='v') | map(attribute='name') | join(',') }}",
            "y,x",
        ),
        ("{{ [1,2,3] | sum }}", 6),
        ("{{ [3,1] | max }}", 3),
        ("{{ 'abc' | upper | reverse }}", "CBA"),
        ("{{ [1,2,3] | batch(2) | list }}", [[1, 2], [3]]),
        ("{{ '%s-%d' | format('a', 3) }}", "a-3"),
        ("{{ none | default('x') }}", None),
        ("{{ none | default('x', true) }}", "x"),
        ("{{ '' | default('x', true) }}", "x"),
        ("{{ [1, 2] | to_json(indent=2) }}", "[\n  1,\n  2\n]"),
        ("{{ 'a' | mandatory }}", "a"),
        ("{{ two | to_json }}", '{"j": 1, "k": 1}'),
        ("{{ two | combine({'z': one}) }}", {"j": 1, "k": 1, "z": 1}),
        ("{{ three | length }}{{ three | join('-') }}", "31-2-3"),
        ("{% macro m() %}{% endmacro %}[{{ m() | trim }}]", "[None]"),
        ("{{ [1,2] | map('regex_replace','1','x') | list }}", ["x", "2"]),
        ("{{ [' a '] | map('trim') | first }}", "a"),
        ("{{ two.items() | list }}", [["j", 1], ["k", 1]]),
        ("{{ 'é' | to_json }}", '"\\u00e9"'),
        ("{{ 'é' | to_json(ensure_ascii=false) }}", '"é"'),
        ("{{ [0.1, true, none] | string }}", "[0.1, True, None]"),
        ("{{ two | string }}", "{'j': 1, 'k': 1}"),
        (
            "{{ 1 is number }}{{ 'x' is string }}{{ [] is sequence }}{{ {} is mapping }}",
            "TrueTrueTrueTrue",
        ),
        ("{{ 'x' | bool }}", False),
        ("{{ 'on' | bool }}{{ 1 | bool }}{{ none | bool }}", "TrueTrueFalse"),
        ("{{ 2 | bool }}", False),
        ("{{ [1, [2]] | tojson }}", "[1, [2]]"),
        ("{{ '<a>' | e }}", "&lt;a&gt;"),
        ("{{ '<a>' | escape }}", "&lt;a&gt;"),
        ("{{ 'a/b' | urlencode }}", "a/b"),
        ("{{ {'a': 'b c'} | urlencode }}", "a=b+c"),
        ("{{ two['nope'] | default(4) }}", 4),
        ("{{ lookup('ansible.builtin.pipe', 'echo a') }}", "a"),
        ("{{ 'x' | ansible.builtin.quote }}", "x"),
        ("{{ 5 | ansible.builtin.ternary(1,2) }}", 1),
    ],
)
def test_as_ansible_does(template: str, value: Any) -> None:
    templar = Templar()
    found = templar.render(template, templar.scope(RAW))
    assert json.loads(json.dumps(found, default=lambda each: each.isoformat())) == value


def test_password_hashes_are_crypts() -> None:
    templar = Templar()
    found = templar.render(
        "{{ 'Hello world!' | password_hash('sha512', 'saltstring') }}", templar.scope({})
    )
    # The first test vector of https://www.akkadia.org/drepper/SHA-crypt.txt
    assert found == (
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/"
        "O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
    )
