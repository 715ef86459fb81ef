# Sourced by the scripts beside it: sets ROOT, VENV and PYTHON, and makes the virtual environment where it is missing or out of date.
# Needs Python 3.11 or later with venv, and (the first time only) a package index. POSIX sh; prints on stderr alone.

ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
VENV=$ROOT/.venv
PYTHON=$VENV/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PYTHONUTF8=1
# Many container images forbid Python to keep what it compiled; a run starts hundreds of interpreters, and each would compile anew.
unset PYTHONDONTWRITEBYTECODE

_fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 2
}

# The first interpreter that is new enough; a name may be there and not work (version managers leave such).
_interpreter() {
  for name in python3.13 python3.12 python3.11 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  _fail 'needs Python 3.11 or later; on Debian or Ubuntu: apt install python3 python3-venv'
}

_make_venv() {
  interpreter=$(_interpreter) || exit 2
  if ! "$interpreter" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$interpreter" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    _fail "$interpreter cannot make virtual environments; on Debian or Ubuntu: apt install python$version-venv"
  fi
  echo "making $VENV with $("$interpreter" --version)" >&2
  "$interpreter" -m venv --clear "$VENV" || _fail "could not make $VENV"
}

# What was installed: the project file, the place of the checkout (the installation is editable) and the interpreter.
_state() {
  { cat "$ROOT/pyproject.toml"; echo "$ROOT"; "$PYTHON" --version; } | sha256sum
}

_prepare() {
  "$PYTHON" -c 'import pip' 2>/dev/null || _make_venv
  [ "$(_state)" = "$(cat "$VENV/.installed" 2>/dev/null)" ] && return
  echo 'installing certmesh and its tools (the first time this takes a minute or two)' >&2
  "$PYTHON" -m pip install --quiet --editable "$ROOT[dev]" >&2 || _fail 'pip could not install; is the package index reachable?'
  _state >"$VENV/.installed"
}

# One at a time; this very file is what is locked, so that nothing is left behind.
exec 9<"$ROOT/scripts/_env.sh"
flock 9
_prepare
exec 9<&-
