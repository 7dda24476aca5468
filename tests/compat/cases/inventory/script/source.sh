#!/bin/sh
cat <<'END'
{"dynamic": {"hosts": ["d1", "d2"], "vars": {"ansible_connection": "local", "colour": "red",
  "ansible_python_interpreter": "/usr/bin/python3"}},
 "_meta": {"hostvars": {"d1": {"taste": 1}, "d2": {"taste": "sweet", "colour": "blue"}}}}
END
