# Sourced by the scripts that need something from the system.

# need CHECK PACKAGES: when the command CHECK fails, installs Debian's packages if we may, and
# otherwise says in one line what to install.
need() {
  if eval "$1" >/dev/null 2>&1; then return; fi
  local sudo=
  [ "$(id -u)" = 0 ] || sudo="sudo -n"
  if command -v apt-get >/dev/null && { [ -z "$sudo" ] || $sudo true 2>/dev/null; }; then
    echo "installing $2"
    # The lists may be missing or old; whether that matters the installation will say.
    $sudo apt-get update -qq >/dev/null || true
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $2 >/dev/null && eval "$1" >/dev/null 2>&1 && return
  fi
  echo "please install $2" >&2
  exit 1
}
